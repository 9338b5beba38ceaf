"""Seats of assemblies (panel.assembly_seat)."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

import asyncpg
from samenspraak.types.assembly import SeatState

from panels.assemblies.models import Seat
from panels.store.connection import Connection

# Seats as they are drawn; whoever was erased in between has given theirs back.
INSERT_SEATS = """
INSERT INTO panel.assembly_seat (assembly_id, candidate_id, round, state, chance, offered_at, settled_at)
SELECT $1, d.id, $2, CASE WHEN c.answer = 'left' THEN 'declined' ELSE 'offered' END, d.chance, $3::timestamptz,
    CASE WHEN c.answer = 'left' THEN $3::timestamptz END
FROM unnest($4::uuid[], $5::float8[]) AS d (id, chance)
JOIN panel.assembly_candidate AS c ON c.assembly_id = $1 AND c.id = d.id
ON CONFLICT DO NOTHING
"""


async def insert(
    conn: Connection, *, assembly_id: UUID, number: int, drawn: Sequence[tuple[UUID, float]], now: datetime
) -> None:
    """`drawn`: candidate and chance; whoever holds a seat already keeps it as it is."""
    await conn.execute(
        INSERT_SEATS, assembly_id, number, now, [one for one, _ in drawn], [chance for _, chance in drawn]
    )


# Every seat of an assembly, in order of round and candidate.
SELECT_SEATS = """
SELECT candidate_id, round, state, chance, settled_at FROM panel.assembly_seat
WHERE assembly_id = $1 ORDER BY round, candidate_id
"""


async def all(conn: Connection, *, assembly_id: UUID) -> tuple[Seat, ...]:
    return tuple(_seat(row) for row in await conn.fetch(SELECT_SEATS, assembly_id))


# The seat of one person.
SELECT_SEAT = """
SELECT candidate_id, round, state, chance, settled_at FROM panel.assembly_seat
WHERE assembly_id = $1 AND candidate_id = $2
"""


async def find(conn: Connection, *, assembly_id: UUID, candidate_id: UUID) -> Seat | None:
    row = await conn.fetchrow(SELECT_SEAT, assembly_id, candidate_id)
    return _seat(row) if row else None


# Settle a seat, from one of these states.
UPDATE_SEAT = """
UPDATE panel.assembly_seat SET state = $3, settled_at = $4
WHERE assembly_id = $1 AND candidate_id = $2 AND state = ANY($5::text[])
RETURNING candidate_id
"""


async def settle(
    conn: Connection,
    *,
    assembly_id: UUID,
    candidate_id: UUID,
    state: SeatState,
    sources: Sequence[SeatState],
    now: datetime,
) -> bool:
    return await conn.fetchval(UPDATE_SEAT, assembly_id, candidate_id, state, now, list(sources)) is not None


# Seats by state.
COUNT_SEATS = """
SELECT state, count(*) AS people FROM panel.assembly_seat WHERE assembly_id = $1 GROUP BY state
"""


async def count(conn: Connection, *, assembly_id: UUID) -> dict[SeatState, int]:
    rows = await conn.fetch(COUNT_SEATS, assembly_id)
    return {cast(SeatState, row["state"]): row["people"] for row in rows}


def _seat(row: asyncpg.Record) -> Seat:
    return Seat(
        candidate_id=row["candidate_id"],
        round=row["round"],
        state=cast(SeatState, row["state"]),
        chance=row["chance"],
        settled_at=row["settled_at"],
    )
