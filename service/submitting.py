"""The final submit: a response is sent, counts for its cell, and may end the fieldwork; for one person or for many.

All about one person happens in one transaction or not at all. Of a strict cell with one place left and three people in
the same moment, the first completes and the others read that their group is full.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from samenspraak.types.questionnaire import Questionnaire

from panels import batches as invitations
from panels import fieldwork
from service.audits import cases
from service.audits.models import Case
from service.store import Connection
from surveys import batches, incidents, responses, routing
from surveys.errors import Incomplete
from surveys.models import Response, Standing
from surveys.store.incidents import Noticed


class Sent(Struct, frozen=True, kw_only=True):
    """One person who sends, held by the caller's transaction."""

    invitation_id: UUID
    case: Case
    standing: Standing


async def one(
    conn: Connection,
    *,
    invitation_id: UUID,
    audit_id: UUID,
    response: Response,
    questionnaire: Questionnaire,
    now: datetime,
    new_id: Callable[[], UUID],
) -> None:
    """Send one response; sending it again changes nothing.

    Raises:
        Incomplete, ResponseFinished, QuotaFilled: as `responses.submit`.
        QuotaFull: the cell of this person is full, and the plan is strict.
    """
    submitted = await responses.submit(conn, response=response, questionnaire=questionnaire, now=now)
    if submitted.first:
        await incidents.look_through(
            conn,
            response=submitted.response,
            questionnaire=questionnaire,
            answers=await responses.answers(conn, submitted.response),
            now=now,
            new_id=new_id,
        )
    await fieldwork.mark(conn, invitation_id=invitation_id, disposition="completed", now=now)
    await _end(conn, [await cases.find(conn, audit_id=audit_id)], now=now)


async def many(
    conn: Connection, sent: Sequence[Sent], *, now: datetime, new_id: Callable[[], UUID]
) -> list[Exception | None]:
    """Send these responses, all under way; what kept each from it, or None.

    For questionnaires without quotas of their own: those reserve places one by one.
    """
    kept: list[Exception | None] = [_gap(one.standing) for one in sent]
    whole = [one for one, gap in zip(sent, kept, strict=True) if gap is None]
    if not whole:
        return kept
    refused = await invitations.complete(conn, invitation_ids=[one.invitation_id for one in whole], now=now)
    done = [one for one in whole if refused[one.invitation_id] is None]
    if done:
        await batches.complete(conn, [one.standing.response for one in done], now=now)
        await incidents.keep(conn, [seen for one in done for seen in _noticed(one.standing, now, new_id)])
        await _end(conn, {one.case.id: one.case for one in done}.values(), now=now)
    return [gap or refused.get(one.invitation_id) for one, gap in zip(sent, kept, strict=True)]


def _gap(standing: Standing) -> Incomplete | None:
    missing = routing.unanswered(standing.questionnaire, standing.response.respondent, standing.stored.values)
    return None if missing is None else Incomplete(details={"page": missing})


def _noticed(standing: Standing, now: datetime, new_id: Callable[[], UUID]) -> list[Noticed]:
    return incidents.notice(standing.response, standing.questionnaire, standing.stored.values, now=now, new_id=new_id)


async def _end(conn: Connection, ended: Collection[Case], *, now: datetime) -> None:
    """Queue the closing of every audit that has what its plan asks for; counted last, since others wait for it."""
    for case in sorted(ended, key=lambda case: case.id):
        wanted = case.plan.closing.completes if case.plan is not None else None
        if case.state != "fielding" or wanted is None:
            continue
        completes = await batches.count_in_turn(conn, case.id)
        if completes >= wanted:
            await cases.reach_target(conn, audit_id=case.id, completes=completes, now=now)
