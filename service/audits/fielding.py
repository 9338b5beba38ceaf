"""An audit in the field as staff and its plan steer it: cells, forecasts, further waves."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from samenspraak.types.audit import Plan
from samenspraak.types.fieldwork import CellStatus, FieldworkMonitor, QuestionnaireProgress, Wave, WaveProposal

from panels import fieldwork, invitations
from panels.margins import sets as margin_sets
from panels.models import DecidedBy, QuotaCell
from panels.waves import cells, monitoring, reading
from service.audits import cases, handover, trail
from service.audits.errors import TransitionRefused
from service.audits.models import SYSTEM, Actor, Case
from service.store import Connection
from surveys import ballots, dropoff, quotas, responses

T = TypeVar("T")


async def aside(work: Callable[[], T], /) -> T:
    """Run a long calculation in a thread, so that other requests of this process go on."""
    return await asyncio.to_thread(work)


async def monitor(conn: Connection, *, audit_id: UUID, now: datetime) -> FieldworkMonitor:
    """Every cell with its forecast; of an audit that has closed, as it stood then.

    Raises:
        AuditUnknown: no such audit.
        TransitionRefused: fieldwork was never opened.
        WaveRefused: it was opened before cells were counted.
    """
    case, plan = opened(await cases.find(conn, audit_id=audit_id))
    moment = min(now, case.closed_at or now)
    return await monitoring.monitor(conn, audit_id=audit_id, plan=plan, seed=_seed(case), now=moment, compute=aside)


async def progress(conn: Connection, *, audit_id: UUID, now: datetime) -> QuestionnaireProgress:
    """The way through the questionnaire in counts. Raises AuditUnknown and TransitionRefused as `monitor`."""
    case, _ = opened(await cases.find(conn, audit_id=audit_id))
    asked = await responses.questionnaire(conn, case.id)
    people = await fieldwork.state(conn, case.id)
    inside = await dropoff.progress(conn, case.id, compute=aside)
    stands = people.dispositions
    return QuestionnaireProgress(
        invited=people.invited,
        reached=people.invited - stands["undeliverable"],
        channels=people.channels,
        returned=people.returned,
        began=sum(stands[step] for step in ("started", "completed", "broken_off")),
        completed=stands["completed"],
        declined=stands["declined"] + stands["withdrawn"],
        broken_off=stands["broken_off"],
        under_way=stands["started"],
        median_minutes=inside.median_minutes,
        pages=inside.pages,
        languages=inside.languages,
        easy=inside.easy,
        flags=inside.flags,
        flagged=inside.flagged,
        turned_away=stands["quota_full"],
        quotas=await quotas.status(conn, audit_id=case.id, questionnaire=asked, now=now),
    )


async def proposal(conn: Connection, *, audit_id: UUID, now: datetime) -> WaveProposal:
    """What the next wave would be. Raises as `monitor`, and TransitionRefused for an audit that is not in the field."""
    case, plan = fielding(await cases.find(conn, audit_id=audit_id))
    margins = await margin_sets.get(conn, plan.margins_id)
    return await monitoring.propose(
        conn, audit_id=audit_id, plan=plan, margins=margins, seed=_seed(case), now=now, compute=aside
    )


async def draw_wave(
    conn: Connection,
    *,
    audit_id: UUID,
    number: int,
    invite: Mapping[str, int],
    decided_by: DecidedBy,
    actor: Actor,
    link_key: bytes,
    now: datetime,
    new_id: Callable[[], UUID],
    entropy: Callable[[int], bytes],
) -> Wave:
    """Draw a further wave, enter its people in the register of the ballot and queue their mail; all of it or nothing.

    Raises:
        AuditUnknown, TransitionRefused: no audit in the field.
        WaveRefused: not the next wave, or the plan has none now.
        WaveInvalid: with every fault of the sizes.
    """
    case, plan = fielding(await cases.hold(conn, audit_id=audit_id))
    drawn = await invitations.next_wave(
        conn,
        audit_id=audit_id,
        plan=plan,
        margins=await margin_sets.get(conn, plan.margins_id),
        seed=_seed(case),
        number=number,
        invite=invite,
        decided_by=decided_by,
        link_key=link_key,
        now=now,
        new_id=new_id,
        entropy=entropy,
        compute=aside,
    )
    if plan.ballot is not None:
        dimensions = plan.ballot.cell_dimensions
        voters = [(respondent, ballots.cell(coded, dimensions)) for respondent, coded in drawn.respondents]
        await ballots.entitle(conn, audit_id=audit_id, voters=voters)
    batches = range(drawn.first_batch, drawn.first_batch + drawn.batches)
    await handover.mail_waves(conn, audit_id=audit_id, plan=plan, batches=batches, now=now)
    await trail.append(
        conn,
        actor=actor,
        event="fieldwork.draw_wave",
        now=now,
        organisation_id=case.organisation_id,
        audit_id=audit_id,
        detail={"wave": number, "invited": drawn.invited, "decided_by": decided_by},
    )
    return (await reading.waves(conn, audit_id))[-1]


async def draw_due_wave(
    conn: Connection,
    *,
    audit_id: UUID,
    link_key: bytes,
    now: datetime,
    new_id: Callable[[], UUID],
    entropy: Callable[[int], bytes],
) -> Wave | None:
    """Draw the wave that the plan itself wants now; None where it wants none, or the audit has closed."""
    case = await cases.hold(conn, audit_id=audit_id)
    if case.state != "fielding" or case.plan is None:
        return None
    plan = case.plan
    margins = await margin_sets.get(conn, plan.margins_id)
    wanted = await monitoring.automatic(
        conn, audit_id=audit_id, plan=plan, margins=margins, seed=_seed(case), now=now, compute=aside
    )
    if wanted is None:
        return None
    number, invite = wanted
    return await draw_wave(
        conn,
        audit_id=audit_id,
        number=number,
        invite=invite,
        decided_by="plan",
        actor=SYSTEM,
        link_key=link_key,
        now=now,
        new_id=new_id,
        entropy=entropy,
    )


async def stop_cell(conn: Connection, *, audit_id: UUID, key: str, actor: Actor, now: datetime) -> CellStatus:
    """No mail to a cell and nobody new in it. Raises AuditUnknown, TransitionRefused, CellUnknown."""
    case, _ = fielding(await cases.hold(conn, audit_id=audit_id))
    cell = await cells.stop(conn, audit_id=audit_id, key=key, now=now)
    return await _told(conn, case, cell, event="fieldwork.stop_cell", actor=actor, now=now)


async def reopen_cell(conn: Connection, *, audit_id: UUID, key: str, actor: Actor, now: datetime) -> CellStatus:
    """Let people into a cell again; whoever still waits for the invitation gets it now. Raises as `stop_cell`."""
    case, plan = fielding(await cases.hold(conn, audit_id=audit_id))
    cell = await cells.reopen(conn, audit_id=audit_id, key=key, now=now)
    await mail_waiting(conn, case, plan, now=now)
    return await _told(conn, case, cell, event="fieldwork.reopen_cell", actor=actor, now=now)


async def mail_waiting(conn: Connection, case: Case, plan: Plan, *, now: datetime) -> None:
    """Queue the invitations that closed cells held back and that may go now."""
    assert case.opened_at is not None, "asked of an audit in the field"
    batches = await fieldwork.waiting_batches(conn, case.id)
    await handover.mail_waiting(conn, audit_id=case.id, plan=plan, batches=batches, opened_at=case.opened_at, now=now)


def opened(case: Case) -> tuple[Case, Plan]:
    """The audit with its plan, once fieldwork began.

    Raises:
        TransitionRefused: it has not been opened.
    """
    if case.opened_at is None or case.plan is None:
        raise TransitionRefused("Fieldwork has not been opened yet.", details={"state": case.state})
    return case, case.plan


def fielding(case: Case) -> tuple[Case, Plan]:
    """The same while it is open.

    Raises:
        TransitionRefused: not opened yet, or closed.
    """
    case, plan = opened(case)
    if case.state != "fielding":
        raise TransitionRefused("Fieldwork has closed.", details={"state": case.state})
    return case, plan


async def _told(
    conn: Connection, case: Case, cell: QuotaCell, *, event: str, actor: Actor, now: datetime
) -> CellStatus:
    await trail.append(
        conn,
        actor=actor,
        event=event,
        now=now,
        organisation_id=case.organisation_id,
        audit_id=case.id,
        detail={"cell": cell.key, "have": cell.have, "need": cell.need},
    )
    return CellStatus(key=cell.key, standing=cells.standing(cell), need=cell.need, have=cell.have, pending=cell.pending)


def _seed(case: Case) -> int:
    assert case.seed is not None, "a planned audit has a seed"
    return int(case.seed, 16)
