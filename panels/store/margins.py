"""Population margins (panel.margin_set)."""

import msgspec
from samenspraak.types.margins import MarginSet

from panels.store.connection import Connection

# Keep a set, unless the same figures are there under the same name.
INSERT_SET = """
INSERT INTO panel.margin_set (id, name, content_hash, margins, imported_at)
VALUES ($1, $2, $3, $4::text::jsonb, $5)
ON CONFLICT (content_hash, name) DO NOTHING
"""

# The set with these figures and this name.
SELECT_SAME = """
SELECT margins::text AS margins FROM panel.margin_set WHERE content_hash = $1 AND name = $2
"""


async def add(conn: Connection, *, margin_set: MarginSet) -> MarginSet:
    await conn.execute(
        INSERT_SET,
        margin_set.id,
        margin_set.name,
        margin_set.content_hash,
        msgspec.json.encode(margin_set).decode(),
        margin_set.imported_at,
    )
    found = await conn.fetchval(SELECT_SAME, margin_set.content_hash, margin_set.name)
    return msgspec.json.decode(found, type=MarginSet)


# One set by id.
SELECT_SET = """
SELECT margins::text AS margins FROM panel.margin_set WHERE id = $1
"""


async def find(conn: Connection, *, id: str) -> MarginSet | None:
    found = await conn.fetchval(SELECT_SET, id)
    return msgspec.json.decode(found, type=MarginSet) if found else None


# All sets, newest first.
SELECT_SETS = """
SELECT margins::text AS margins FROM panel.margin_set ORDER BY imported_at DESC, id DESC LIMIT $1
"""


async def newest(conn: Connection, *, limit: int | None) -> list[MarginSet]:
    rows = await conn.fetch(SELECT_SETS, limit)
    return [msgspec.json.decode(row["margins"], type=MarginSet) for row in rows]
