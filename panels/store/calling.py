"""Requests to be called (panel.call_request)."""

from datetime import date, datetime
from uuid import UUID

import asyncpg
import msgspec
from samenspraak.types.base import Lang
from samenspraak.types.calls import CallCounts, CallMoment, CallState

from panels.store.connection import Connection


class StoredCall(msgspec.Struct, frozen=True, kw_only=True):
    audit_id: UUID
    id: UUID
    invitation_id: UUID
    phone: bytes | None
    """Sealed; None once the person took the request back."""
    moment: CallMoment
    language: Lang
    asked_at: datetime
    due_on: date
    state: CallState
    attempts: int
    decided_at: datetime | None


# Ask to be called; whoever asked before gets the new number and moment, and the old request is forgotten.
UPSERT = """
INSERT INTO panel.call_request (audit_id, id, invitation_id, phone, moment, language, asked_at, due_on)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (audit_id, invitation_id) DO UPDATE SET
    id = excluded.id, phone = excluded.phone, moment = excluded.moment, language = excluded.language,
    asked_at = excluded.asked_at, due_on = excluded.due_on, state = 'open', attempts = 0, decided_by = NULL,
    decided_at = NULL
"""


async def put(conn: Connection, *, call: StoredCall) -> None:
    await conn.execute(
        UPSERT,
        call.audit_id,
        call.id,
        call.invitation_id,
        call.phone,
        call.moment,
        call.language,
        call.asked_at,
        call.due_on,
    )


# The request of one person.
SELECT_OF = """
SELECT audit_id, id, invitation_id, phone, moment, language, asked_at, due_on, state, attempts, decided_at
FROM panel.call_request WHERE audit_id = $1 AND invitation_id = $2
"""


async def of(conn: Connection, *, audit_id: UUID, invitation_id: UUID) -> StoredCall | None:
    row = await conn.fetchrow(SELECT_OF, audit_id, invitation_id)
    return _call(row) if row else None


# The person does not want to be called after all.
DELETE_OF = """
DELETE FROM panel.call_request WHERE audit_id = $1 AND invitation_id = $2
"""


async def take_back(conn: Connection, *, audit_id: UUID, invitation_id: UUID) -> None:
    await conn.execute(DELETE_OF, audit_id, invitation_id)


# Requests in one state, the most urgent first. Nobody is called who has sent the answers or said no since.
SELECT_PAGE = """
SELECT c.audit_id, c.id, c.invitation_id, c.phone, c.moment, c.language, c.asked_at, c.due_on, c.state, c.attempts,
    c.decided_at
FROM panel.call_request AS c
JOIN panel.invitation AS i ON i.audit_id = c.audit_id AND i.id = c.invitation_id
WHERE c.state = $1
  AND (c.state <> 'open' OR i.disposition IN ('queued', 'sent', 'undeliverable', 'started'))
  AND ($2::date IS NULL OR (c.due_on, c.id) > ($2, $3))
ORDER BY c.due_on, c.id LIMIT $4
"""


async def page(conn: Connection, *, state: CallState, after: tuple[date, UUID] | None, limit: int) -> list[StoredCall]:
    due, id = after or (None, None)
    return [_call(row) for row in await conn.fetch(SELECT_PAGE, state, due, id, limit)]


# How many stand how, by the same rule.
SELECT_COUNTS = """
SELECT count(*) FILTER (WHERE c.state = 'open' AND still.wanted) AS open,
    count(*) FILTER (WHERE c.state = 'open' AND still.wanted AND c.due_on < $1) AS overdue,
    count(*) FILTER (WHERE c.state = 'done') AS done,
    count(*) FILTER (WHERE c.state = 'not_reached') AS not_reached,
    count(*) FILTER (WHERE c.state = 'withdrawn') AS withdrawn
FROM panel.call_request AS c
JOIN panel.invitation AS i ON i.audit_id = c.audit_id AND i.id = c.invitation_id
CROSS JOIN LATERAL (SELECT i.disposition IN ('queued', 'sent', 'undeliverable', 'started') AS wanted) AS still
"""


async def counts(conn: Connection, *, today: date) -> CallCounts:
    row = await conn.fetchrow(SELECT_COUNTS, today)
    assert row is not None, "counts always have a row"
    return CallCounts(**dict(row))


# One request, held until the end of the transaction.
SELECT_LOCKED = """
SELECT audit_id, id, invitation_id, phone, moment, language, asked_at, due_on, state, attempts, decided_at
FROM panel.call_request WHERE id = $1 FOR UPDATE
"""


async def lock(conn: Connection, *, id: UUID) -> StoredCall | None:
    row = await conn.fetchrow(SELECT_LOCKED, id)
    return _call(row) if row else None


# What came of a call. A request that was taken back loses its number at once.
UPDATE_STATE = """
UPDATE panel.call_request SET state = $3, attempts = $4, due_on = $5, decided_by = $6, decided_at = $7,
    phone = CASE WHEN $3 = 'withdrawn' THEN NULL ELSE phone END
WHERE audit_id = $1 AND id = $2
"""


async def settle(conn: Connection, *, call: StoredCall, by: UUID) -> None:
    await conn.execute(
        UPDATE_STATE,
        call.audit_id,
        call.id,
        call.state,
        call.attempts,
        call.due_on,
        None if call.decided_at is None else by,
        call.decided_at,
    )


# Every number of an audit goes with the link between people and answers.
DELETE_AUDIT = """
DELETE FROM panel.call_request WHERE audit_id = $1
"""


async def forget(conn: Connection, *, audit_id: UUID) -> None:
    await conn.execute(DELETE_AUDIT, audit_id)


# Those of a member who is erased. Before the link between member and invitation is cut.
DELETE_OF_MEMBER = """
DELETE FROM panel.call_request AS c USING panel.invitation AS i
WHERE i.audit_id = c.audit_id AND i.id = c.invitation_id AND i.member_id = $1
"""


async def forget_member(vault_conn: Connection, *, member_id: UUID) -> None:
    await vault_conn.execute(DELETE_OF_MEMBER, member_id)


def _call(row: asyncpg.Record) -> StoredCall:
    return StoredCall(**dict(row))
