"""What can be done with an audit. Every change moves state, trail and next jobs in the caller's transaction.

Approval stands in `approval` (the gate, the plan) and the start of fieldwork in `opening`.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from samenspraak.types.application import StoredApplication
from samenspraak.types.audit import AuditRequest, OwnerResponse, OwnerResponseRequest

from service.audits import asked, handover, trail
from service.audits.errors import (
    AuditUnknown,
    ClosingRuleUnmet,
    NothingToAnswer,
    ReportNotReady,
    ResponseGiven,
    TooEarly,
)
from service.audits.models import PUBLICATION_DAYS, SYSTEM, Actor, Case
from service.audits.transitions import Event, target
from service.errors import Detail
from service.store import Connection, audits, results

NO_ANSWER = "the owner gave no answer"


async def find(conn: Connection, *, audit_id: UUID, organisation_id: UUID | None = None) -> Case:
    """The stored audit.

    Args:
        organisation_id: None for staff, jobs and pages, which may see the audits of every organisation.

    Raises:
        AuditUnknown: no such audit, or not of this organisation.
    """
    if organisation_id is None:
        case = await audits.find_any(conn, audit_id=audit_id)
    else:
        case = await audits.find(conn, organisation_id=organisation_id, audit_id=audit_id)
    if case is None:
        raise AuditUnknown
    return case


async def lock(conn: Connection, *, audit_id: UUID, organisation_id: UUID | None = None) -> Case:
    """The stored audit, held until the transaction ends, so that every step is made once.

    Raises:
        AuditUnknown: as `find`.
    """
    case = await audits.lock_any(conn, audit_id=audit_id)
    if case is None or organisation_id not in (None, case.organisation_id):
        raise AuditUnknown
    return case


async def hold(conn: Connection, *, audit_id: UUID) -> Case:
    """The stored audit, kept in its state until the transaction ends: for those who add to it while it is open.

    Many may hold it at once; whoever wants to move it waits.

    Raises:
        AuditUnknown: as `find`.
    """
    case = await audits.share_any(conn, audit_id=audit_id)
    if case is None:
        raise AuditUnknown
    return case


async def hold_all(conn: Connection, *, audit_ids: Collection[UUID]) -> dict[UUID, Case]:
    """As `hold`, for several audits; unknown ones are left out."""
    return {case.id: case for case in await audits.share_all(conn, audit_ids=sorted(audit_ids))}


async def move(
    conn: Connection,
    case: Case,
    event: Event,
    *,
    actor: Actor,
    now: datetime,
    detail: dict[str, Detail] | None = None,
    **changes: object,
) -> Case:
    """Make one step of a locked case: the new state and `changes` are stored, the trail gets its event.

    Raises:
        TransitionRefused: the table does not have this step.
    """
    moved = msgspec.structs.replace(case, state=target(case.state, event, actor), **changes)
    await audits.save(conn, case=moved)
    await trail.append(
        conn,
        actor=actor,
        event=f"audit.{event}",
        now=now,
        organisation_id=case.organisation_id,
        audit_id=case.id,
        detail={"from": case.state, "to": moved.state, **(detail or {})},
    )
    return moved


async def create(
    conn: Connection,
    *,
    organisation_id: UUID,
    application: StoredApplication,
    request: AuditRequest,
    actor: Actor,
    now: datetime,
    new_id: Callable[[], UUID],
) -> Case:
    """A new audit of one stored application version, as a draft.

    Raises:
        BodyInvalid: with every fault of the owner's own questions and quotas.
    """
    asked.accept(request, application=application.application)
    case = Case(
        id=new_id(),
        organisation_id=organisation_id,
        application_id=UUID(application.id),
        application_name=application.application.name.nl,
        form=request.form,
        target_completes=request.target_completes,
        secret_ballot=request.secret_ballot,
        wants_to_learn=request.wants_to_learn,
        state="draft",
        created_at=now,
        own_questions=request.own_questions,
        quotas=request.quotas,
    )
    await audits.add(conn, case=case)
    await trail.append(
        conn,
        actor=actor,
        event="audit.create",
        now=now,
        organisation_id=organisation_id,
        audit_id=case.id,
        detail={"application_id": application.id, "version": application.version, "form": request.form},
    )
    return case


async def submit(conn: Connection, *, audit_id: UUID, organisation_id: UUID, actor: Actor, now: datetime) -> Case:
    """draft -> submitted. The reason of an earlier request for changes is cleared."""
    case = await lock(conn, audit_id=audit_id, organisation_id=organisation_id)
    return await move(conn, case, "submit", actor=actor, now=now, reason=None)


async def withdraw(
    conn: Connection, *, audit_id: UUID, organisation_id: UUID, actor: Actor, reason: str, now: datetime
) -> Case:
    """-> withdrawn, with a public reason; only before fielding. From then on nobody can bury a result."""
    case = await lock(conn, audit_id=audit_id, organisation_id=organisation_id)
    return await move(conn, case, "withdraw", actor=actor, now=now, reason=reason, detail={"reason": reason})


async def start_review(conn: Connection, *, audit_id: UUID, actor: Actor, now: datetime) -> Case:
    """submitted -> in_review."""
    case = await lock(conn, audit_id=audit_id)
    return await move(conn, case, "start_review", actor=actor, now=now)


async def request_changes(conn: Connection, *, audit_id: UUID, actor: Actor, reason: str, now: datetime) -> Case:
    """in_review -> draft, with the changes that are asked for."""
    case = await lock(conn, audit_id=audit_id)
    return await move(conn, case, "request_changes", actor=actor, now=now, reason=reason, detail={"reason": reason})


async def refuse(conn: Connection, *, audit_id: UUID, actor: Actor, reason: str, now: datetime) -> Case:
    """in_review -> refused, with a public reason."""
    case = await lock(conn, audit_id=audit_id)
    return await move(conn, case, "refuse", actor=actor, now=now, reason=reason, detail={"reason": reason})


async def reach_target(conn: Connection, *, audit_id: UUID, completes: int, now: datetime) -> bool:
    """Queue the closing when this many completes meet the rule. True when this call queued it.

    Takes no lock: many people may send their answers at once, and the job itself is unique.
    """
    case = await find(conn, audit_id=audit_id)
    if case.state != "fielding" or case.plan is None or case.plan.closing.completes is None:
        return False
    if completes < case.plan.closing.completes:
        return False
    return await handover.close_by_completes(conn, audit_id=audit_id)


async def close(conn: Connection, *, audit_id: UUID, actor: Actor, completes: int, now: datetime) -> Case:
    """fielding -> closed, once, when the closing rule is met: enough completes, or the date and its grace are over.

    Raises:
        TransitionRefused: not fielding, so also when it was closed before.
        ClosingRuleUnmet: with what is missing.
    """
    case = await lock(conn, audit_id=audit_id)
    target(case.state, "close", actor)
    assert case.plan is not None, "a fielding audit has a plan"
    needed, moment = case.plan.closing.completes, handover.closes_at(case.plan)
    enough = needed is not None and completes >= needed
    over = moment is not None and now >= moment
    if not (enough or over):
        missing = [f"{needed - completes} more completes"] if needed is not None else []
        missing += [f"the date {moment:%Y-%m-%dT%H:%M:%SZ}"] if moment is not None else []
        raise ClosingRuleUnmet(
            f"The closing rule is not met: it waits for {' or '.join(missing)}.",
            details={
                "completes": completes,
                "completes_needed": needed,
                "closes_at": moment.isoformat() if moment else None,
            },
        )
    why = "completes" if enough else "date"
    detail: dict[str, Detail] = {"why": why, "completes": completes}
    closed = await move(conn, case, "close", actor=actor, now=now, closed_at=now, detail=detail)
    await handover.build_report(conn, audit_id=audit_id)
    return closed


async def begin_analysis(conn: Connection, *, audit_id: UUID, now: datetime) -> Case:
    """closed -> analysing. An audit that is analysing stays so: a job that starts again does no harm."""
    case = await lock(conn, audit_id=audit_id)
    if case.state == "analysing":
        return case
    return await move(conn, case, "begin_analysis", actor=SYSTEM, now=now)


async def record_report(conn: Connection, *, audit_id: UUID, now: datetime) -> Case:
    """analysing -> reported, once the report is stored; starts the time to answer and queues its end.

    Raises:
        ReportNotReady: no report is stored.
    """
    case = await lock(conn, audit_id=audit_id)
    file = await results.report_file(conn, organisation_id=case.organisation_id, audit_id=audit_id, form="json")
    if file is None:
        raise ReportNotReady(details={"state": case.state})
    deadline = now + timedelta(days=PUBLICATION_DAYS)
    reported = await move(
        conn,
        case,
        "record_report",
        actor=SYSTEM,
        now=now,
        reported_at=now,
        publish_by=deadline,
        detail={"report": file.etag.strip('"'), "publish_by": deadline.isoformat()},
    )
    await handover.publish(conn, audit_id=audit_id, at=deadline)
    return reported


async def answer(
    conn: Connection,
    *,
    audit_id: UUID,
    organisation_id: UUID,
    actor: Actor,
    response: OwnerResponseRequest,
    now: datetime,
) -> OwnerResponse:
    """Keep the owner's answer to a report and queue its publication. After publication an answer is still welcome.

    Raises:
        NothingToAnswer: there is no report yet.
        ResponseGiven: an answer was given before.
    """
    case = await lock(conn, audit_id=audit_id, organisation_id=organisation_id)
    if case.state not in ("reported", "published"):
        raise NothingToAnswer(details={"state": case.state})
    kept = await results.save_response(
        conn, organisation_id=case.organisation_id, audit_id=audit_id, response=response, now=now
    )
    if not kept:
        raise ResponseGiven
    await trail.append(
        conn,
        actor=actor,
        event="audit.answer",
        now=now,
        organisation_id=case.organisation_id,
        audit_id=audit_id,
        detail={"measures": len(response.measures)},
    )
    if case.state == "reported":
        await handover.publish(conn, audit_id=audit_id, at=None)
    return OwnerResponse(audit_id=str(audit_id), response=response, received_at=now)


async def publish(conn: Connection, *, audit_id: UUID, actor: Actor, now: datetime) -> Case:
    """reported -> published: with the owner's answer, or without it once the time to answer is over.

    Published stays published, so that the two jobs that may ask for it do no harm.

    Raises:
        TransitionRefused: not reported yet.
        TooEarly: no answer yet, and still time to give one.
    """
    case = await lock(conn, audit_id=audit_id)
    if case.state == "published":
        return case
    target(case.state, "publish", actor)
    answered = await results.response(conn, organisation_id=case.organisation_id, audit_id=audit_id)
    assert case.publish_by is not None, "a reported audit has a deadline"
    if answered is None and now < case.publish_by:
        raise TooEarly(details={"publish_by": case.publish_by.isoformat()})
    note = "the owner answered" if answered else NO_ANSWER
    return await move(conn, case, "publish", actor=actor, now=now, published_at=now, detail={"owner": note})


async def publish_overdue(conn: Connection, *, now: datetime) -> tuple[UUID, ...]:
    """Publish every audit whose time to answer is over, with the owner's answer or with "the owner gave no answer"."""
    due = await audits.overdue(conn, now=now)
    for audit_id in due:
        await publish(conn, audit_id=audit_id, actor=SYSTEM, now=now)
    return tuple(due)
