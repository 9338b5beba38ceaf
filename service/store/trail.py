"""SQL of the audit trail: rows are added under a lock on the head, and never changed."""

from uuid import UUID

import msgspec
from samenspraak.types.audit import TrailEvent

from service.store import Connection, Row


class Head(msgspec.Struct, frozen=True):
    """The last link of the chain."""

    number: int
    hash: str


# Lock the head: one event at a time, in the order in which they will be read.
LOCK_HEAD = "SELECT number, hash FROM ops.trail_head FOR UPDATE"


async def lock_head(conn: Connection) -> Head:
    row = await conn.fetchrow(LOCK_HEAD)
    assert row is not None
    return Head(row["number"], row["hash"])


# The head as it stands.
HEAD = "SELECT number, hash FROM ops.trail_head"


async def head(conn: Connection) -> Head:
    row = await conn.fetchrow(HEAD)
    assert row is not None
    return Head(row["number"], row["hash"])


# Add one event.
ADD = """
INSERT INTO ops.trail (number, at, actor, event, organisation_id, audit_id, detail, previous_hash, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
# Move the head to it.
MOVE_HEAD = "UPDATE ops.trail_head SET number = $1, hash = $2"


async def add(conn: Connection, *, event: TrailEvent, organisation_id: UUID | None) -> None:
    await conn.execute(
        ADD,
        event.number,
        event.at,
        event.actor,
        event.event,
        organisation_id,
        UUID(event.audit_id) if event.audit_id else None,
        msgspec.json.encode(event.detail, order="sorted").decode(),
        event.previous_hash,
        event.hash,
    )
    await conn.execute(MOVE_HEAD, event.number, event.hash)


# Events in order, of one audit or of all, after a number.
PAGE = """
SELECT number, at, actor, event, audit_id, detail, previous_hash, hash FROM ops.trail
WHERE number > $1 AND ($2::uuid IS NULL OR audit_id = $2)
ORDER BY number
LIMIT $3
"""


async def page(conn: Connection, *, after: int, audit_id: UUID | None, limit: int) -> list[TrailEvent]:
    return [_event(row) for row in await conn.fetch(PAGE, after, audit_id, limit)]


# Events of one audit of one organisation, in order, after a number.
OF_AUDIT = """
SELECT number, at, actor, event, audit_id, detail, previous_hash, hash FROM ops.trail
WHERE organisation_id = $1 AND audit_id = $2 AND number > $3
ORDER BY number
LIMIT $4
"""


async def of_audit(
    conn: Connection, *, organisation_id: UUID, audit_id: UUID, after: int, limit: int
) -> list[TrailEvent]:
    return [_event(row) for row in await conn.fetch(OF_AUDIT, organisation_id, audit_id, after, limit)]


def _event(row: Row) -> TrailEvent:
    return TrailEvent(
        number=row["number"],
        at=row["at"],
        actor=row["actor"],
        event=row["event"],
        audit_id=str(row["audit_id"]) if row["audit_id"] else None,
        detail=msgspec.json.decode(row["detail"], type=dict[str, str | int | float | bool | None]),
        previous_hash=row["previous_hash"],
        hash=row["hash"],
    )
