"""Agreements and the files asked for under them: who may have row-level data, of which audit, until when."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from samenspraak.types.microdata import Agreement, AgreementRequest, Microdata, MicrodataFormat
from samenspraak.types.problem import Fault

from service import outbox
from service.audits import cases, trail
from service.audits.errors import AuditUnknown
from service.audits.models import Actor, Case
from service.errors import Detail
from service.microdata.errors import (
    AgreementInvalid,
    AgreementUnknown,
    MicrodataNotReady,
    MicrodataRefused,
    MicrodataUnknown,
)
from service.store import Connection
from service.store import microdata as store
from service.store.microdata import StoredAgreement, StoredMicrodata
from service.tasks.arguments import MicrodataMake

KEPT_DAYS = 30
REPORTED = ("reported", "published")
LONGEST = timedelta(days=3653)
"""Ten years: an agreement without an end is none."""


async def record(
    conn: Connection, *, request: AgreementRequest, actor: Actor, now: datetime, new_id: Callable[[], UUID]
) -> StoredAgreement:
    """Record what was signed.

    Raises:
        AgreementInvalid: with every fault: a last day in the past or too far away, audits that do not exist or occur
            twice.
    """
    audits, faults = await _audits(conn, request.audits)
    today = now.date()
    if not today <= request.ends_on <= today + LONGEST:
        detail = "The last day lies in the past or more than ten years ahead; give the day that was agreed."
        faults.insert(0, Fault(pointer="/ends_on", code="out_of_range", detail=detail))
    if faults:
        raise AgreementInvalid(faults=tuple(faults))
    agreement = StoredAgreement(
        id=new_id(),
        institution=request.institution.strip(),
        researcher=request.researcher.strip(),
        purpose=request.purpose.strip(),
        reference=request.reference.strip(),
        ends_on=request.ends_on,
        audits=tuple(audits),
        recorded_at=now,
    )
    await store.add_agreement(conn, agreement=agreement)
    await _note(conn, actor, "agreement.record", agreement, now)
    return agreement


async def end(conn: Connection, *, id: UUID, actor: Actor, now: datetime) -> StoredAgreement:
    """End an agreement before its last day; again does no harm.

    Raises:
        AgreementUnknown
    """
    found = await find(conn, id=id)
    if found.ended_at is None:
        await store.end_agreement(conn, id=id, now=now)
        await _note(conn, actor, "agreement.end", found, now)
    return await find(conn, id=id)


async def find(conn: Connection, *, id: UUID) -> StoredAgreement:
    """One agreement.

    Raises:
        AgreementUnknown
    """
    found = await store.agreement(conn, id=id)
    if found is None:
        raise AgreementUnknown
    return found


async def ask(
    conn: Connection,
    *,
    audit_id: UUID,
    agreement: str,
    actor: Actor,
    now: datetime,
    new_id: Callable[[], UUID],
) -> StoredMicrodata:
    """Have a file made; the job does the rest.

    Raises:
        AuditUnknown, AgreementUnknown
        MicrodataRefused: with everything that is missing.
    """
    case = await cases.find(conn, audit_id=audit_id)
    held = await find(conn, id=_id(agreement))
    faults = tuple(_missing(held, case, now))
    if faults:
        raise MicrodataRefused(faults=faults)
    asked = StoredMicrodata(
        organisation_id=case.organisation_id,
        audit_id=case.id,
        id=new_id(),
        agreement_id=held.id,
        state="making",
        asked_at=now,
    )
    await store.add(conn, asked=asked)
    await outbox.put(
        conn, "microdata.make", MicrodataMake(microdata_id=asked.id), dedup_key=f"microdata.make:{asked.id}"
    )
    await note(conn, actor, "microdata.ask", asked, now)
    return asked


async def fetch(conn: Connection, *, id: UUID, form: MicrodataFormat, actor: Actor, now: datetime) -> bytes:
    """One form of a file that is ready. Leaves its mark in the trail before anything leaves the house.

    Raises:
        MicrodataUnknown, MicrodataNotReady
        MicrodataRefused: the agreement does not hold any more.
    """
    found = await store.find(conn, id=id)
    if found is None or now - found.asked_at > timedelta(days=KEPT_DAYS):
        raise MicrodataUnknown
    case = await cases.find(conn, audit_id=found.audit_id)
    faults = tuple(_missing(await find(conn, id=found.agreement_id), case, now))
    if faults:
        raise MicrodataRefused(faults=faults)
    content = await store.content(conn, id=id, form=form)
    if found.state != "ready" or content is None:
        raise MicrodataNotReady(details={"state": found.state, "why": found.why})
    await note(conn, actor, "microdata.fetch", found, now, form=form)
    return content


def still_holds(agreement: StoredAgreement, case: Case, now: datetime) -> bool:
    """Whether a file may be made now."""
    return not any(_missing(agreement, case, now))


async def note(
    conn: Connection, actor: Actor, event: str, file: StoredMicrodata, now: datetime, **more: Detail
) -> None:
    """An event of one file; its owner reads it too. It names the agreement, and nobody."""
    detail: dict[str, Detail] = {"agreement_id": str(file.agreement_id), "microdata_id": str(file.id), **more}
    await trail.append(
        conn,
        actor=actor,
        event=event,
        now=now,
        organisation_id=file.organisation_id,
        audit_id=file.audit_id,
        detail=detail,
    )


def shown(agreement: StoredAgreement, now: datetime) -> Agreement:
    return Agreement(
        id=str(agreement.id),
        institution=agreement.institution,
        researcher=agreement.researcher,
        purpose=agreement.purpose,
        reference=agreement.reference,
        ends_on=agreement.ends_on,
        audits=tuple(str(audit) for audit in agreement.audits),
        recorded_at=agreement.recorded_at,
        ended_at=agreement.ended_at,
        valid=agreement.holds(now.date()),
    )


def seen(file: StoredMicrodata) -> Microdata:
    summary = file.summary
    return Microdata(
        id=str(file.id),
        audit_id=str(file.audit_id),
        agreement_id=str(file.agreement_id),
        state=file.state,
        asked_at=file.asked_at,
        why=file.why,
        made_at=file.made_at,
        deleted_after=file.asked_at + timedelta(days=KEPT_DAYS),
        rows=summary.rows if summary else None,
        columns=summary.columns if summary else None,
        protection=summary.protection if summary else None,
        figures=summary.figures if summary else (),
    )


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise AgreementUnknown from error


def _missing(agreement: StoredAgreement, case: Case, now: datetime) -> Iterator[Fault]:
    if not agreement.holds(now.date()):
        detail = f"The agreement ended on {agreement.ended_at or agreement.ends_on:%Y-%m-%d}; record a new one."
        yield Fault(pointer="/agreement_id", code="ended", detail=detail)
    if case.id not in agreement.audits:
        detail = "The agreement does not cover this audit; record one that does."
        yield Fault(pointer="/agreement_id", code="not_covered", detail=detail)
    if case.state not in REPORTED:
        detail = f"The audit is {case.state}; row-level data are given once it is reported."
        yield Fault(pointer="/audit_id", code="not_reported", detail=detail)


async def _audits(conn: Connection, given: tuple[str, ...]) -> tuple[list[UUID], list[Fault]]:
    found: list[UUID] = []
    faults: list[Fault] = []
    for number, text in enumerate(given):
        pointer = f"/audits/{number}"
        try:
            case = await cases.find(conn, audit_id=UUID(text))
        except (ValueError, AuditUnknown):
            faults.append(Fault(pointer=pointer, code="unknown_audit", detail=f"There is no audit {text}."))
            continue
        if case.id in found:
            faults.append(Fault(pointer=pointer, code="duplicate", detail="The audit is named twice; name it once."))
        found.append(case.id)
    return found, faults


async def _note(conn: Connection, actor: Actor, event: str, agreement: StoredAgreement, now: datetime) -> None:
    detail: dict[str, Detail] = {
        "agreement_id": str(agreement.id),
        "reference": agreement.reference,
        "ends_on": agreement.ends_on.isoformat(),
        "audits": len(agreement.audits),
    }
    await trail.append(conn, actor=actor, event=event, now=now, detail=detail)
