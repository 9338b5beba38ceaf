"""Responses of many people in one statement each (fieldwork.response, fieldwork.answer)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from surveys.store.connection import Connection

# Hold some responses until the transaction ends, always in the same order.
HOLD = """
SELECT id FROM fieldwork.response
WHERE (audit_id, respondent_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
ORDER BY id FOR UPDATE
"""


async def hold(conn: Connection, *, whose: Sequence[tuple[UUID, UUID]]) -> None:
    """Hold by (audit, respondent)."""
    await conn.fetch(HOLD, [audit_id for audit_id, _ in whose], [respondent for _, respondent in whose])


# Some responses are sent; audit and id of each, in two lists.
COMPLETE = """
UPDATE fieldwork.response SET state = 'completed', revision = revision + 1, saved_at = $3, completed_at = $3
WHERE (audit_id, id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[])) AND state = 'in_progress'
"""


async def complete(conn: Connection, *, responses: Sequence[tuple[UUID, UUID]], now: datetime) -> None:
    """By (audit, id)."""
    await conn.execute(COMPLETE, [audit_id for audit_id, _ in responses], [id for _, id in responses], now)


# Whoever counts the completes of an audit to decide on its end waits for whoever counted before and has not committed:
# else two at once would each miss the other, and the last complete that is needed would end nothing.
TURN = "SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 20261124))"


async def take_turn(conn: Connection, *, audit_id: UUID) -> None:
    await conn.execute(TURN, audit_id)
