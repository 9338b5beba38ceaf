"""The identity vault: addresses and tombstones (vault.contact, vault.erasure)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from panels.models import Address, Contact
from panels.store.connection import Connection


class NewContact(msgspec.Struct, frozen=True, kw_only=True):
    member_id: UUID
    email: str
    email_key: bytes
    language: str


class StoredContact(msgspec.Struct, frozen=True, kw_only=True):
    email_key: bytes
    state: str


# Drop the address of a sign-up into the vault (api role: INSERT is all it may do here).
INSERT_PENDING = """
INSERT INTO vault.contact (member_id, email, email_key, language, state, created_at)
VALUES ($1, $2, $3, $4, 'pending', $5)
"""


async def insert_pending(conn: Connection, *, contact: NewContact, now: datetime) -> None:
    await conn.execute(INSERT_PENDING, contact.member_id, contact.email, contact.email_key, contact.language, now)


# Addresses of imported members, many at once; an address that has a membership is left alone.
INSERT_ACTIVE = """
INSERT INTO vault.contact (member_id, email, email_key, language, state, created_at)
SELECT member_id, email, email_key, language, 'active', $5
FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::text[]) AS new (member_id, email, email_key, language)
ON CONFLICT (email_key) WHERE state = 'active' DO NOTHING
RETURNING member_id
"""


async def insert_active(vault_conn: Connection, *, contacts: Sequence[NewContact], now: datetime) -> set[UUID]:
    rows = await vault_conn.fetch(
        INSERT_ACTIVE,
        [one.member_id for one in contacts],
        [one.email for one in contacts],
        [one.email_key for one in contacts],
        [one.language for one in contacts],
        now,
    )
    return {row["member_id"] for row in rows}


# Which of these addresses have a membership that has not ended, their own or the one it was merged into.
SELECT_TAKEN = """
SELECT c.email_key FROM vault.contact AS c JOIN panel.member AS m ON m.id = c.member_id
JOIN panel.member AS k ON k.id = COALESCE(m.merged_into, m.id)
WHERE c.email_key = ANY($1::bytea[]) AND c.state = 'active' AND k.status IN ('active', 'paused')
"""


async def taken(vault_conn: Connection, *, email_keys: Sequence[bytes]) -> set[bytes]:
    rows = await vault_conn.fetch(SELECT_TAKEN, list(email_keys))
    return {row["email_key"] for row in rows}


# The contact row of a member, locked until the transaction ends.
LOCK_CONTACT = """
SELECT email_key, state FROM vault.contact WHERE member_id = $1 FOR UPDATE
"""


async def lock(vault_conn: Connection, *, member_id: UUID) -> StoredContact | None:
    row = await vault_conn.fetchrow(LOCK_CONTACT, member_id)
    return StoredContact(email_key=row["email_key"], state=row["state"]) if row else None


# Whether somebody else holds a membership with this address; a membership that ended does not count.
SELECT_HELD = """
SELECT EXISTS (
    SELECT 1 FROM vault.contact AS c JOIN panel.member AS m ON m.id = c.member_id
    JOIN panel.member AS k ON k.id = COALESCE(m.merged_into, m.id)
    WHERE c.email_key = $1 AND c.state = 'active' AND c.member_id <> $2 AND k.status IN ('active', 'paused')
)
"""


async def held_by_another(vault_conn: Connection, *, email_key: bytes, member_id: UUID) -> bool:
    return bool(await vault_conn.fetchval(SELECT_HELD, email_key, member_id))


# Free an address whose membership ended, for a new sign-up by the same person.
RELEASE = """
UPDATE vault.contact AS c SET state = 'ended'
WHERE c.email_key = $1 AND c.state = 'active' AND c.member_id <> $2
  AND NOT EXISTS (SELECT 1 FROM panel.member AS m JOIN panel.member AS k ON k.id = COALESCE(m.merged_into, m.id)
                  WHERE m.id = c.member_id AND k.status IN ('active', 'paused'))
"""

# Claim the address for one member.
CLAIM = """
UPDATE vault.contact SET state = 'active' WHERE member_id = $1
"""


async def claim(vault_conn: Connection, *, member_id: UUID, email_key: bytes) -> bool:
    """Whether the address now belongs to this member; False when somebody else was first, also in a race."""
    await vault_conn.execute(RELEASE, email_key, member_id)
    try:
        # A savepoint: losing the race must not undo what the caller did before.
        async with vault_conn.transaction():
            await vault_conn.execute(CLAIM, member_id)
    except asyncpg.UniqueViolationError:
        return False
    return True


# Where members can be reached.
SELECT_CONTACTS = """
SELECT member_id, email, language, phone, name, street, door, postcode, place
FROM vault.contact WHERE member_id = ANY($1::uuid[])
"""


async def contacts(vault_conn: Connection, *, member_ids: Sequence[UUID]) -> dict[UUID, Contact]:
    rows = await vault_conn.fetch(SELECT_CONTACTS, list(member_ids))
    return {
        row["member_id"]: Contact(
            email=row["email"], language=row["language"], phone=row["phone"], address=_address(row)
        )
        for row in rows
    }


def _address(row: asyncpg.Record) -> Address | None:
    if row["street"] is None:
        return None
    return Address(
        name=row["name"] or "",
        street=row["street"],
        door=row["door"],
        postcode=row["postcode"],
        place=row["place"],
    )


# Forget the address of a member.
DELETE_CONTACT = """
DELETE FROM vault.contact WHERE member_id = $1 RETURNING email_key
"""


async def delete(vault_conn: Connection, *, member_id: UUID) -> bytes | None:
    key: bytes | None = await vault_conn.fetchval(DELETE_CONTACT, member_id)
    return key


# Leave a tombstone; a second erasure changes nothing.
INSERT_ERASURE = """
INSERT INTO vault.erasure (member_hash, email_key, erased_at) VALUES ($1, $2, $3)
ON CONFLICT (member_hash) DO NOTHING
"""


async def insert_erasure(vault_conn: Connection, *, member_hash: bytes, email_key: bytes | None, now: datetime) -> None:
    await vault_conn.execute(INSERT_ERASURE, member_hash, email_key, now)


# When each of these addresses was last erased, or its membership ended, at the person's own wish.
SELECT_LEFT = """
SELECT email_key, max(left_at) AS left_at FROM (
    SELECT e.email_key, e.erased_at AS left_at FROM vault.erasure AS e WHERE e.email_key = ANY($1::bytea[])
    UNION ALL
    SELECT c.email_key, k.ended_at FROM vault.contact AS c JOIN panel.member AS m ON m.id = c.member_id
    JOIN panel.member AS k ON k.id = COALESCE(m.merged_into, m.id)
    WHERE c.email_key = ANY($1::bytea[]) AND k.status = 'withdrawn' AND k.ended_at IS NOT NULL
) AS gone GROUP BY email_key
"""


async def left_at(vault_conn: Connection, *, email_keys: Sequence[bytes]) -> dict[bytes, datetime]:
    rows = await vault_conn.fetch(SELECT_LEFT, list(email_keys))
    return {row["email_key"]: row["left_at"] for row in rows}


# Free the addresses of ended memberships among these, for people who agreed again later.
RELEASE_MANY = """
UPDATE vault.contact AS c SET state = 'ended'
FROM panel.member AS m JOIN panel.member AS k ON k.id = COALESCE(m.merged_into, m.id)
WHERE m.id = c.member_id AND k.status = 'withdrawn' AND c.state = 'active' AND c.email_key = ANY($1::bytea[])
"""


async def release(vault_conn: Connection, *, email_keys: Sequence[bytes]) -> None:
    await vault_conn.execute(RELEASE_MANY, list(email_keys))
