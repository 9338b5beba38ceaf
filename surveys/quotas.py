"""Quotas of a questionnaire in the field: a place is reserved on the way and counts once the answers are sent.

A place is reserved as soon as the condition of a quota is true of a person, at the start or after a page. It is given
back when the condition is true no longer, when the person stops, and when nothing was saved for a day. So a quota that
ends is never overdrawn, and nobody who hurries loses a place to somebody who was first to begin and never came back.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from samenspraak.types.fieldwork import QuotaStatus
from samenspraak.types.questionnaire import AnswerValue, Questionnaire

from surveys import routing
from surveys.errors import QuotaFilled
from surveys.expressions import holds
from surveys.models import Response
from surveys.store import Connection
from surveys.store import quotas as store

HELD = timedelta(hours=24)
"""How long a place is kept for somebody who saves nothing."""


async def define(conn: Connection, *, audit_id: UUID, questionnaire: Questionnaire) -> None:
    """Start counting for the quotas of a questionnaire."""
    await store.define(conn, audit_id=audit_id, quotas=questionnaire.quotas)


async def settle(
    conn: Connection,
    *,
    response: Response,
    questionnaire: Questionnaire,
    answers: Mapping[str, AnswerValue],
    now: datetime,
    sent: bool = False,
) -> None:
    """Reserve what this person counts for by now, and give back what no longer holds; with `sent` it counts for good.

    Answers on an abandoned route say nothing. A questionnaire without quotas costs no statement.

    Raises:
        QuotaFilled: no place is left; undo this transaction and let the person go.
    """
    if not questionnaire.quotas:
        return
    ids = {"audit_id": response.audit_id, "response_id": response.id}
    wanted = _counted_in(questionnaire, response, answers)
    held = await store.keep(conn, **ids, until=now + HELD)
    changing = wanted | held if sent else wanted ^ held
    if not changing:
        return
    await store.hold(conn, audit_id=response.audit_id, keys=sorted(changing))
    for key in sorted(held - wanted):
        await store.give_back(conn, **ids, key=key)
    for key in sorted(wanted - held):
        await _take(conn, response, key, now)
    if sent:
        await store.count(conn, **ids)


async def _take(conn: Connection, response: Response, key: str, now: datetime) -> None:
    place = {"audit_id": response.audit_id, "response_id": response.id}
    if await store.take(conn, **place, key=key, until=now + HELD):
        return
    await store.expire(conn, audit_id=response.audit_id, key=key, now=now)
    if not await store.take(conn, **place, key=key, until=now + HELD):
        raise QuotaFilled(details={"quota": key})


def _counted_in(questionnaire: Questionnaire, response: Response, answers: Mapping[str, AnswerValue]) -> set[str]:
    who = response.respondent
    route = routing.on_route(questionnaire, who, answers)
    given = {key: value for key, value in answers.items() if key in route}
    return {quota.key for quota in questionnaire.quotas if holds(quota.when, who, given) is True}


async def release(conn: Connection, *, audit_id: UUID, response_id: UUID) -> None:
    """Give back every place of a response that stopped or was erased."""
    await _give_back(conn, audit_id, response_id, await store.places(conn, audit_id=audit_id, response_id=response_id))


async def turn_away(conn: Connection, *, audit_id: UUID, response_id: UUID | None, key: str) -> None:
    """Count one person more who came when this quota was full, and give back the places that person had elsewhere.

    Args:
        response_id: None when nothing was begun.
    """
    if response_id is None:
        await store.turn_away(conn, audit_id=audit_id, key=key)
        return
    held = await store.places(conn, audit_id=audit_id, response_id=response_id)
    await _give_back(conn, audit_id, response_id, held, also=key)
    await store.turn_away(conn, audit_id=audit_id, key=key)


async def _give_back(conn: Connection, audit_id: UUID, response_id: UUID, keys: list[str], *, also: str = "") -> None:
    if not keys:
        return
    await store.hold(conn, audit_id=audit_id, keys=sorted({*keys, also}))
    for key in keys:
        await store.give_back(conn, audit_id=audit_id, response_id=response_id, key=key)


async def status(
    conn: Connection, *, audit_id: UUID, questionnaire: Questionnaire, now: datetime
) -> tuple[QuotaStatus, ...]:
    """Every quota in the order of the questionnaire, in counts."""
    found = await store.filled(conn, audit_id=audit_id, now=now)
    return tuple(
        QuotaStatus(
            key=quota.key,
            label=quota.label,
            full=quota.full,
            limit=quota.limit,
            have=found[quota.key].have,
            reserved=found[quota.key].reserved,
            turned_away=found[quota.key].turned_away,
        )
        for quota in questionnaire.quotas
        if quota.key in found
    )
