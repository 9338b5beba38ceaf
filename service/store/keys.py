"""SQL of the API keys. Only the hash of a key is ever here."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from service.store import Connection

Role = Literal["developer", "staff", "fieldwork", "auditor"]


class StoredKey(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    role: Role
    organisation_id: UUID | None
    scopes: tuple[str, ...]
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


# Keep a new key by its hash.
ADD = """
INSERT INTO ops.api_key (id, secret_hash, role, organisation_id, scopes, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


async def add(conn: Connection, *, key: StoredKey, secret_hash: bytes, now: datetime) -> None:
    await conn.execute(ADD, key.id, secret_hash, key.role, key.organisation_id, list(key.scopes), now, key.expires_at)


# The key behind a hash, revoked and expired ones included.
BY_HASH = """
SELECT id, role, organisation_id, scopes, expires_at, revoked_at, last_used_at
FROM ops.api_key WHERE secret_hash = $1
"""


async def by_hash(conn: Connection, *, secret_hash: bytes) -> StoredKey | None:
    row = await conn.fetchrow(BY_HASH, secret_hash)
    return msgspec.convert(dict(row), StoredKey) if row else None


# Note that a key was used, once an hour at most.
TOUCH = """
UPDATE ops.api_key SET last_used_at = $2
WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2::timestamptz - interval '1 hour')
"""


async def touch(conn: Connection, *, key_id: UUID, now: datetime) -> None:
    await conn.execute(TOUCH, key_id, now)


# End a key at once; a key that ended before keeps its time.
REVOKE = """
UPDATE ops.api_key SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1 RETURNING organisation_id
"""


async def revoke(conn: Connection, *, key_id: UUID, now: datetime) -> bool:
    """False when there is no such key."""
    return await conn.fetchrow(REVOKE, key_id, now) is not None


# Whether any key of a role is in force.
ANY_OF_ROLE = """
SELECT true FROM ops.api_key
WHERE role = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
LIMIT 1
"""


async def any_of_role(conn: Connection, *, role: Role, now: datetime) -> bool:
    return bool(await conn.fetchval(ANY_OF_ROLE, role, now))


# Remove keys that ended long ago.
PURGE = "DELETE FROM ops.api_key WHERE least(revoked_at, expires_at) < $1"


async def purge(conn: Connection, *, before: datetime) -> int:
    return int((await conn.execute(PURGE, before)).split()[-1])


# What is left, and since when the oldest ended.
LEFT = "SELECT count(*) AS kept, min(least(revoked_at, expires_at)) AS oldest FROM ops.api_key"


async def left(conn: Connection) -> tuple[int, datetime | None]:
    row = await conn.fetchrow(LEFT)
    assert row is not None
    return row["kept"], row["oldest"]
