"""What comes back on paper, in one transaction: keyed, compared, and where two agree a completed response.

The same rules hold as on the page after "send": the answers are looked through for harm, the cell of the person is
counted, and the audit closes when its target is reached.
"""

from collections.abc import Mapping
from uuid import UUID

from msgspec.structs import replace
from samenspraak.types.paper import KeyingErrors, PaperSettlement, PaperState, PaperTurn

from panels import fieldwork
from panels.errors import QuotaFull
from panels.models import Invitation
from service.audits import cases, fielding, trail
from service.audits.models import Actor
from service.context import Context
from service.paper import forms
from service.store import Connection
from surveys import incidents, responses
from surveys.errors import AnsweredOnline, PaperFormUnknown, QuotaFilled, ResponseFinished
from surveys.models import Standing
from surveys.paper import keying
from surveys.paper.judging import Judged
from surveys.paper.keying import Desk
from surveys.store.paper import Outcome


async def key(
    conn: Connection,
    context: Context,
    *,
    audit_id: UUID,
    code: str,
    turn: PaperTurn,
    answers: Mapping[str, str],
    by: UUID,
    actor: Actor,
) -> PaperState:
    """Keep one entry of a form; when two agree the answers count.

    Raises:
        AuditUnknown, TransitionRefused: not in the field.
        PaperFormUnknown, AnsweredOnline, ResponseFinished: about the person.
        PaperInvalid, SameOperator, PaperKeyed, PaperNotKeyed: about the entry.
    """
    invitation, desk = await _held(conn, context, audit_id, code)
    before = desk.entries
    desk = await keying.key(conn, desk, turn=turn, by=by, answers=answers, now=context.now())
    changed = desk.entries != before
    desk = await _finish(conn, context, invitation, desk)
    if changed:
        await _noted(conn, context, audit_id, actor, "paper.key", turn=turn)
    return keying.shown(desk)


async def settle(
    conn: Connection,
    context: Context,
    *,
    audit_id: UUID,
    code: str,
    settlement: PaperSettlement,
    by: UUID,
    actor: Actor,
) -> PaperState:
    """Take the right values after a third look; then the answers count. Raises as `key`."""
    invitation, desk = await _held(conn, context, audit_id, code)
    before = desk.entries
    desk = await keying.settle(
        conn, desk, by=by, answers=settlement.answers, reason=settlement.reason, now=context.now()
    )
    changed = desk.entries != before
    desk = await _finish(conn, context, invitation, desk)
    if changed:
        await _noted(conn, context, audit_id, actor, "paper.settle", fields=len(settlement.answers))
    return keying.shown(desk)


async def state(conn: Connection, context: Context, *, audit_id: UUID, code: str) -> PaperState:
    """How far a form is. Raises AuditUnknown and PaperFormUnknown."""
    await cases.find(conn, audit_id=audit_id)
    invitation = await _invited(conn, context, audit_id, code)
    return keying.shown(await keying.desk(conn, await _standing(conn, invitation)))


async def errors(conn: Connection, *, audit_id: UUID) -> KeyingErrors:
    """How often two typists differ. Raises AuditUnknown."""
    await cases.find(conn, audit_id=audit_id)
    return await keying.errors(conn, audit_id)


async def _held(conn: Connection, context: Context, audit_id: UUID, code: str) -> tuple[Invitation, Desk]:
    """A form that may be keyed, held until the transaction ends: two typists at once wait for each other."""
    case, _ = fielding.fielding(await cases.hold(conn, audit_id=audit_id))
    invitation = await _invited(conn, context, case.id, code)
    await keying.hold(conn, audit_id=audit_id, respondent_id=invitation.respondent_id)
    desk = await keying.desk(conn, await _standing(conn, invitation))
    response = desk.standing.response
    if response.state == "completed" and response.mode != "paper":
        raise AnsweredOnline
    # A form whose outcome stands may be sent again; the answer is the same.
    if desk.outcome is None and (response.state != "in_progress" or invitation.disposition in forms.GONE):
        raise ResponseFinished(details={"state": response.state, "disposition": invitation.disposition})
    return invitation, desk


async def _invited(conn: Connection, context: Context, audit_id: UUID, code: str) -> Invitation:
    found = await forms.find(conn, context, audit_id=audit_id, code=code)
    if found is None:
        raise PaperFormUnknown
    return found


async def _standing(conn: Connection, invitation: Invitation) -> Standing:
    standing = await responses.standing(conn, audit_id=invitation.audit_id, respondent_id=invitation.respondent_id)
    if standing is None:
        raise PaperFormUnknown
    return standing


async def _finish(conn: Connection, context: Context, invitation: Invitation, desk: Desk) -> Desk:
    """Let an agreed entry count, once."""
    agreed = desk.agreed
    if agreed is None or desk.outcome is None or desk.outcome.state != "differing":
        return desk
    found = keying.judged(desk, agreed)
    if not found.consent:
        return await _without_consent(conn, context, invitation, desk, desk.outcome)
    try:
        # A savepoint: a full group undoes the answers and leaves both entries.
        async with conn.transaction():
            await _send(conn, context, invitation, desk, found)
    except (QuotaFull, QuotaFilled) as full:
        return await _turned_away(conn, context, invitation, desk, full)
    outcome = replace(desk.outcome, state="completed", faults=found.faults)
    return await keying.conclude(conn, desk, outcome, now=context.now())


async def _send(conn: Connection, context: Context, invitation: Invitation, desk: Desk, found: Judged) -> None:
    now = context.now()
    submitted = await keying.complete(conn, desk, found, now=now)
    await incidents.look_through(
        conn,
        response=submitted.response,
        questionnaire=desk.standing.questionnaire,
        answers=found.values,
        now=now,
        new_id=context.new_id,
    )
    await fieldwork.take_paper(conn, invitation_id=invitation.id, now=now)
    await cases.reach_target(conn, audit_id=invitation.audit_id, completes=submitted.completes, now=now)


async def _without_consent(
    conn: Connection, context: Context, invitation: Invitation, desk: Desk, outcome: Outcome
) -> Desk:
    """Nothing is kept of what somebody wrote who did not agree: neither answers nor entries."""
    now = context.now()
    await responses.decline(conn, audit_id=invitation.audit_id, respondent_id=invitation.respondent_id, now=now)
    await fieldwork.mark(conn, invitation_id=invitation.id, disposition="declined", now=now)
    desk = replace(desk, entries={})
    return await keying.conclude(conn, desk, replace(outcome, state="without_consent"), now=now)


async def _turned_away(
    conn: Connection, context: Context, invitation: Invitation, desk: Desk, full: QuotaFull | QuotaFilled
) -> Desk:
    """The group is full and the plan or the questionnaire lets nobody in: the answers do not count."""
    now, outcome = context.now(), desk.outcome
    assert outcome is not None, "only an agreed form comes here"
    if isinstance(full, QuotaFilled):
        await responses.let_go(
            conn,
            audit_id=invitation.audit_id,
            respondent_id=invitation.respondent_id,
            quota=str(full.details["quota"]),
            now=now,
        )
        await fieldwork.mark(conn, invitation_id=invitation.id, disposition="quota_full", now=now)
        desk = replace(desk, entries={})
    return await keying.conclude(conn, desk, replace(outcome, state="turned_away"), now=now)


async def _noted(
    conn: Connection, context: Context, audit_id: UUID, actor: Actor, event: str, **detail: str | int
) -> None:
    """The trail says that somebody keyed, never which form: a code leads to a person."""
    await trail.append(conn, actor=actor, event=event, now=context.now(), audit_id=audit_id, detail=dict(detail))
