"""Responses of people who come at the same moment, read and written together."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from surveys import responses
from surveys.models import Response, Standing
from surveys.saving import Write
from surveys.store import Connection
from surveys.store import batches as store
from surveys.store import responses as single

Whose = tuple[UUID, UUID]
"""Audit and respondent."""


async def standings(conn: Connection, whose: Collection[Whose]) -> dict[Whose, Standing]:
    """Where each stands; those who have not begun are left out."""
    found = {}
    for response, stored, hash in await single.standings(conn, whose=list(whose)):
        asked = await responses.questionnaire_of(conn, response.audit_id, hash)
        standing = Standing(response=response, questionnaire=asked, stored=stored)
        found[response.audit_id, response.respondent_id] = standing
    return found


async def held(conn: Connection, whose: Collection[Whose]) -> dict[Whose, Standing]:
    """As `standings`, and none of them changes until this transaction ends."""
    # Two statements: what a statement that had to wait reads beside the row it waited for is as old as its start.
    await store.hold(conn, whose=list(whose))
    return await standings(conn, whose)


async def save(conn: Connection, writes: Sequence[Write]) -> set[UUID]:
    """Save a page of each; the ids of those whose response had not moved on meanwhile."""
    return await single.save(conn, writes=writes) if writes else set()


async def complete(conn: Connection, sent: Sequence[Response], *, now: datetime) -> None:
    """Complete these responses, which are held."""
    await store.complete(conn, responses=[(one.audit_id, one.id) for one in sent], now=now)


async def count_in_turn(conn: Connection, audit_id: UUID) -> int:
    """Completes of an audit, counted by one at a time until the transaction ends: the last one sees all others."""
    await store.take_turn(conn, audit_id=audit_id)
    return await responses.count_completed(conn, audit_id)
