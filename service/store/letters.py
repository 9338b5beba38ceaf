"""SQL of batches of letters (results.letter_batch)."""

from datetime import datetime
from uuid import UUID

import msgspec
from samenspraak.types.letters import LetterState

from service.store import Connection, Row


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """One batch without its content."""

    organisation_id: UUID
    audit_id: UUID
    id: UUID
    state: LetterState
    asked_at: datetime
    people: int


# Ask for a batch.
ADD = """
INSERT INTO results.letter_batch (organisation_id, audit_id, id, asked_at) VALUES ($1, $2, $3, $4)
RETURNING organisation_id, audit_id, id, state, asked_at, people
"""


async def add(conn: Connection, *, organisation_id: UUID, audit_id: UUID, id: UUID, now: datetime) -> Batch:
    return _batch(await conn.fetchrow(ADD, organisation_id, audit_id, id, now))


# One batch.
FIND = """
SELECT organisation_id, audit_id, id, state, asked_at, people FROM results.letter_batch WHERE id = $1
"""


async def find(conn: Connection, *, id: UUID) -> Batch | None:
    row = await conn.fetchrow(FIND, id)
    return _batch(row) if row else None


# Batches of an audit, the latest first, before an id.
OF_AUDIT = """
SELECT organisation_id, audit_id, id, state, asked_at, people FROM results.letter_batch
WHERE organisation_id = $1 AND audit_id = $2 AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4
"""


async def of_audit(
    conn: Connection, *, organisation_id: UUID, audit_id: UUID, before: UUID | None, limit: int
) -> list[Batch]:
    return [_batch(row) for row in await conn.fetch(OF_AUDIT, organisation_id, audit_id, before, limit)]


# The letters themselves.
CONTENT = "SELECT pdf FROM results.letter_batch WHERE id = $1"


async def content(conn: Connection, *, id: UUID) -> bytes | None:
    found: bytes | None = await conn.fetchval(CONTENT, id)
    return found


# Keep the letters of a batch that was being made.
SAVE = """
UPDATE results.letter_batch SET state = $2, people = $3, pdf = $4 WHERE id = $1 AND state = 'making'
"""


async def save(conn: Connection, *, id: UUID, people: int, pdf: bytes | None) -> None:
    await conn.execute(SAVE, id, "empty" if pdf is None else "ready", people, pdf)


# Delete every batch of an audit.
FORGET = "DELETE FROM results.letter_batch WHERE audit_id = $1"


async def forget(conn: Connection, *, audit_id: UUID) -> None:
    await conn.execute(FORGET, audit_id)


# Delete batches that were asked for before this moment.
PURGE = "DELETE FROM results.letter_batch WHERE asked_at < $1 RETURNING id"


async def purge(conn: Connection, *, before: datetime) -> int:
    return len(await conn.fetch(PURGE, before))


# What stays.
LEFT = "SELECT count(*) AS kept, min(asked_at) AS oldest FROM results.letter_batch"


async def left(conn: Connection) -> tuple[int, datetime | None]:
    row = await conn.fetchrow(LEFT)
    assert row is not None
    return row["kept"], row["oldest"]


def _batch(row: Row | None) -> Batch:
    assert row is not None
    return Batch(**dict(row))
