"""Tables of postcodes (panel.postcode_table, panel.postcode): public facts about places, nothing about people."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from panels.store.connection import Connection


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a postcode of four digits lies."""

    pc4: str
    municipality: str
    province: str
    landsdeel: str
    urbanity: str


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the table, without its rows."""

    id: UUID
    version: str
    source: str
    provenance: str
    content_hash: str
    size: int
    imported_at: datetime


# Keep a version, unless it is there.
INSERT_TABLE = """
INSERT INTO panel.postcode_table (id, version, source, provenance, content_hash, size, staff, imported_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (version, content_hash) DO NOTHING
RETURNING id
"""
# Its rows.
INSERT_PLACES = """
INSERT INTO panel.postcode (table_id, pc4, municipality, province, landsdeel, urbanity)
SELECT $1, new.* FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) AS new
"""


async def add(conn: Connection, *, table: Table, places: Sequence[Place], staff: str) -> bool:
    """False when this version with this content is there already."""
    added = await conn.fetchval(
        INSERT_TABLE,
        table.id,
        table.version,
        table.source,
        table.provenance,
        table.content_hash,
        table.size,
        staff,
        table.imported_at,
    )
    if added is None:
        return False
    await conn.execute(
        INSERT_PLACES,
        table.id,
        [place.pc4 for place in places],
        [place.municipality for place in places],
        [place.province for place in places],
        [place.landsdeel for place in places],
        [place.urbanity for place in places],
    )
    return True


# The version with this content.
SELECT_SAME = """
SELECT id, version, source, provenance, content_hash, size, imported_at
FROM panel.postcode_table WHERE version = $1 AND content_hash = $2
"""


async def same(conn: Connection, *, version: str, content_hash: str) -> Table | None:
    row = await conn.fetchrow(SELECT_SAME, version, content_hash)
    return _table(row) if row else None


# Versions, newest first; the first one counts.
SELECT_TABLES = """
SELECT id, version, source, provenance, content_hash, size, imported_at
FROM panel.postcode_table WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2
"""


async def tables(conn: Connection, *, after: UUID | None, limit: int) -> list[Table]:
    return [_table(row) for row in await conn.fetch(SELECT_TABLES, after, limit)]


# Where these postcodes lie by the newest table.
SELECT_PLACES = """
SELECT pc4, municipality, province, landsdeel, urbanity FROM panel.postcode
WHERE table_id = (SELECT id FROM panel.postcode_table ORDER BY id DESC LIMIT 1)
  AND ($1::text[] IS NULL OR pc4 = ANY($1::text[]))
"""


async def places(conn: Connection, *, pc4s: Sequence[str] | None) -> dict[str, Place]:
    """The places of some postcodes, or of all."""
    rows = await conn.fetch(SELECT_PLACES, None if pc4s is None else list(pc4s))
    return {row["pc4"]: Place(**row) for row in rows}


# Whether there is a table at all.
SELECT_LOADED = """
SELECT EXISTS (SELECT 1 FROM panel.postcode_table)
"""


async def loaded(conn: Connection) -> bool:
    return bool(await conn.fetchval(SELECT_LOADED))


def _table(row: asyncpg.Record) -> Table:
    return Table(**row)
