"""Applications by version (fieldwork.application_series, fieldwork.application)."""

from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec
from samenspraak.types.application import Application, Readability, StoredApplication

from surveys.store.connection import Connection

# The next version number of an application; two at once get two numbers.
NEXT_VERSION = """
INSERT INTO fieldwork.application_series AS s (organisation_id, slug, latest) VALUES ($1, $2, 1)
ON CONFLICT (organisation_id, slug) DO UPDATE SET latest = s.latest + 1
RETURNING latest
"""


async def next_version(conn: Connection, *, organisation_id: UUID, slug: str) -> int:
    number: int = await conn.fetchval(NEXT_VERSION, organisation_id, slug)
    return number


# One version as it was sent, with its reading level.
INSERT = """
INSERT INTO fieldwork.application (organisation_id, id, slug, version, body, readability, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


async def insert(
    conn: Connection,
    *,
    organisation_id: UUID,
    id: UUID,
    version: int,
    application: Application,
    readability: Readability,
    created_at: datetime,
) -> None:
    await conn.execute(INSERT, organisation_id, id, application.id, version, application, readability, created_at)


# One version, of this organisation only.
FIND = """
SELECT organisation_id, id, version, body, readability, created_at
FROM fieldwork.application WHERE organisation_id = $1 AND id = $2
"""


async def find(conn: Connection, *, organisation_id: UUID, id: UUID) -> StoredApplication | None:
    row = await conn.fetchrow(FIND, organisation_id, id)
    return None if row is None else _stored(row)


# Versions of one organisation, newest first; ids rise with time.
LISTING = """
SELECT organisation_id, id, version, body, readability, created_at
FROM fieldwork.application
WHERE organisation_id = $1 AND ($2::uuid IS NULL OR id < $2)
ORDER BY id DESC LIMIT $3
"""


async def listing(
    conn: Connection, *, organisation_id: UUID, after: UUID | None, limit: int
) -> list[StoredApplication]:
    return [_stored(row) for row in await conn.fetch(LISTING, organisation_id, after, limit)]


def _stored(row: asyncpg.Record) -> StoredApplication:
    return StoredApplication(
        id=str(row["id"]),
        organisation_id=str(row["organisation_id"]),
        version=row["version"],
        application=msgspec.json.decode(row["body"], type=Application),
        readability=msgspec.json.decode(row["readability"], type=Readability),
        created_at=row["created_at"],
    )
