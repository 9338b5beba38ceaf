"""SQL of the idempotency keys: claimed first, completed in the same transaction as the effect."""

from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from service.store import Connection


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The answer that belongs to a key."""

    fingerprint: bytes
    status: int
    headers: dict[str, str]
    body: bytes


class StillRunning(Exception):
    """Another transaction holds this key and has not ended."""


# Wait only this long for a row that another transaction holds.
WAIT = "SELECT set_config('lock_timeout', $1, true)"

# Claim a key; nothing is returned when someone else has it.
CLAIM = """
INSERT INTO ops.idempotency (api_key_id, key, fingerprint, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (api_key_id, key) DO NOTHING
RETURNING true
"""


async def claim(
    conn: Connection, *, api_key_id: UUID, key: str, fingerprint: bytes, now: datetime, wait: str = "750ms"
) -> bool:
    """Claim a key in this transaction. False when it is there already, from a transaction that has ended.

    Raises:
        StillRunning: the transaction that holds it did not end within `wait`; this one is spoilt and must be undone.
    """
    await conn.fetchval(WAIT, wait)
    try:
        claimed = await conn.fetchval(CLAIM, api_key_id, key, fingerprint, now)
    except asyncpg.LockNotAvailableError as error:
        raise StillRunning from error
    await conn.fetchval(WAIT, "0")
    return bool(claimed)


# The answer kept under a key.
FIND = "SELECT fingerprint, status, headers, body FROM ops.idempotency WHERE api_key_id = $1 AND key = $2"


async def find(conn: Connection, *, api_key_id: UUID, key: str) -> Kept | None:
    row = await conn.fetchrow(FIND, api_key_id, key)
    if row is None or row["status"] is None:
        return None
    return Kept(
        fingerprint=row["fingerprint"],
        status=row["status"],
        headers=msgspec.json.decode(row["headers"], type=dict[str, str]),
        body=row["body"],
    )


# Keep the answer beside the key.
COMPLETE = "UPDATE ops.idempotency SET status = $3, headers = $4, body = $5 WHERE api_key_id = $1 AND key = $2"


async def complete(conn: Connection, *, api_key_id: UUID, key: str, kept: Kept) -> None:
    await conn.execute(COMPLETE, api_key_id, key, kept.status, kept.headers, kept.body)


# Remove keys that are too old to be sent again.
PURGE = "DELETE FROM ops.idempotency WHERE created_at < $1"


async def purge(conn: Connection, *, before: datetime) -> int:
    return int((await conn.execute(PURGE, before)).split()[-1])


# What is left, and its oldest.
LEFT = "SELECT count(*) AS kept, min(created_at) AS oldest FROM ops.idempotency"


async def left(conn: Connection) -> tuple[int, datetime | None]:
    row = await conn.fetchrow(LEFT)
    assert row is not None
    return row["kept"], row["oldest"]
