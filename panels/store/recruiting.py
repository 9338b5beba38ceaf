"""Batches of invitation codes and the codes themselves, as keyed hashes (panel.code_batch, panel.code)."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

import asyncpg
import msgspec
from samenspraak.types.base import SampleKind

from panels.store.connection import Connection


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    prefix: str
    name: str
    kind: SampleKind
    probability: float | None
    source: str
    legal_basis: str
    size: int
    used: int
    wrong: int
    wrong_since: datetime | None
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None


class CodeState(msgspec.Struct, frozen=True, kw_only=True):
    used: bool
    claimed: bool
    """Somebody signed up with it and is a member, though not by this code any more."""


# Keep a batch, unless another one has the prefix.
INSERT_BATCH = """
INSERT INTO panel.code_batch
    (id, prefix, name, kind, probability, source, legal_basis, size, staff, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (prefix) DO NOTHING
RETURNING id
"""


async def add_batch(conn: Connection, *, batch: Batch, staff: str) -> bool:
    """False when the prefix is taken."""
    return (
        await conn.fetchval(
            INSERT_BATCH,
            batch.id,
            batch.prefix,
            batch.name,
            batch.kind,
            batch.probability,
            batch.source,
            batch.legal_basis,
            batch.size,
            staff,
            batch.created_at,
            batch.expires_at,
        )
        is not None
    )


# Keep the codes of a batch, in the order of their hashes: the table says nothing about the order of the letters.
INSERT_CODES = """
INSERT INTO panel.code (code_hash, batch_id)
SELECT new.code_hash, $2 FROM unnest($1::bytea[]) AS new (code_hash) ORDER BY new.code_hash
"""


async def add_codes(conn: Connection, *, batch_id: UUID, hashes: Sequence[bytes]) -> None:
    await conn.execute(INSERT_CODES, list(hashes), batch_id)


# The batch that a prefix names, locked: attempts on one batch follow each other, so that none escapes the count.
LOCK_BY_PREFIX = """
SELECT id, prefix, name, kind, probability, source, legal_basis, size, used, wrong, wrong_since, created_at, expires_at,
    ended_at
FROM panel.code_batch WHERE prefix = $1 FOR UPDATE
"""


async def lock_by_prefix(conn: Connection, *, prefix: str) -> Batch | None:
    row = await conn.fetchrow(LOCK_BY_PREFIX, prefix)
    return _batch(row) if row else None


# Whether any batch has this prefix.
PREFIX_KNOWN = "SELECT EXISTS (SELECT 1 FROM panel.code_batch WHERE prefix = $1)"


async def prefix_known(conn: Connection, *, prefix: str) -> bool:
    return bool(await conn.fetchval(PREFIX_KNOWN, prefix))


# Count a wrong code.
UPDATE_WRONG = """
UPDATE panel.code_batch SET wrong = $2, wrong_since = $3 WHERE id = $1
"""


async def count_wrong(conn: Connection, *, batch_id: UUID, wrong: int, since: datetime) -> None:
    await conn.execute(UPDATE_WRONG, batch_id, wrong, since)


# How a code stands.
SELECT_CODE = """
SELECT c.used_at IS NOT NULL AS used,
    EXISTS (SELECT 1 FROM panel.member AS m WHERE m.id = c.member_id AND m.status NOT IN ('pending', 'duplicate'))
        AS claimed
FROM panel.code AS c WHERE c.code_hash = $1 AND c.batch_id = $2
"""


async def code_state(conn: Connection, *, code_hash: bytes, batch_id: UUID) -> CodeState | None:
    row = await conn.fetchrow(SELECT_CODE, code_hash, batch_id)
    return CodeState(used=row["used"], claimed=row["claimed"]) if row else None


# Tie a code to a sign-up; an earlier sign-up that was never confirmed loses it.
CLAIM_CODE = """
UPDATE panel.code AS c SET member_id = $2
WHERE c.code_hash = $1 AND c.used_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM panel.member AS m WHERE m.id = c.member_id AND m.status NOT IN ('pending', 'duplicate'))
RETURNING c.batch_id
"""


async def claim(conn: Connection, *, code_hash: bytes, member_id: UUID) -> bool:
    return await conn.fetchval(CLAIM_CODE, code_hash, member_id) is not None


# Use the code that a sign-up holds, once.
USE_CODE = """
WITH used AS (UPDATE panel.code SET used_at = $2 WHERE member_id = $1 AND used_at IS NULL RETURNING batch_id)
UPDATE panel.code_batch AS b SET used = b.used + 1 FROM used WHERE b.id = used.batch_id
RETURNING b.id
"""


async def use(conn: Connection, *, member_id: UUID, now: datetime) -> bool:
    return await conn.fetchval(USE_CODE, member_id, now) is not None


# A sign-up whose code went to a later one of the same letter joins as anybody does.
DROP_RECRUITMENT = """
UPDATE panel.member SET recruitment_batch = NULL, recruitment_probability = NULL,
    kind = CASE kind WHEN 'simulated' THEN kind ELSE 'opt_in_panel' END
WHERE id = $1 AND status = 'pending' AND recruitment_batch IS NOT NULL
"""


async def drop_recruitment(conn: Connection, *, member_id: UUID) -> None:
    await conn.execute(DROP_RECRUITMENT, member_id)


# Let go of the code that an erased member used; that it was used stays.
RELEASE_CODES = """
UPDATE panel.code SET member_id = NULL WHERE member_id = ANY($1::uuid[])
"""


async def release(vault_conn: Connection, *, member_ids: Sequence[UUID]) -> None:
    await vault_conn.execute(RELEASE_CODES, list(member_ids))


# Batches, newest first.
SELECT_BATCHES = """
SELECT id, prefix, name, kind, probability, source, legal_basis, size, used, wrong, wrong_since, created_at, expires_at,
    ended_at
FROM panel.code_batch WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2
"""


async def batches(conn: Connection, *, after: UUID | None, limit: int) -> list[Batch]:
    return [_batch(row) for row in await conn.fetch(SELECT_BATCHES, after, limit)]


# One batch.
SELECT_BATCH = """
SELECT id, prefix, name, kind, probability, source, legal_basis, size, used, wrong, wrong_since, created_at, expires_at,
    ended_at
FROM panel.code_batch WHERE id = $1
"""


async def find_batch(conn: Connection, *, batch_id: UUID) -> Batch | None:
    row = await conn.fetchrow(SELECT_BATCH, batch_id)
    return _batch(row) if row else None


# End a batch before its time; ending it twice changes nothing.
END_BATCH = """
UPDATE panel.code_batch SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL
"""


async def end_batch(conn: Connection, *, batch_id: UUID, now: datetime) -> None:
    await conn.execute(END_BATCH, batch_id, now)


def _batch(row: asyncpg.Record) -> Batch:
    return Batch(
        id=row["id"],
        prefix=row["prefix"],
        name=row["name"],
        kind=cast(SampleKind, row["kind"]),
        probability=row["probability"],
        source=row["source"],
        legal_basis=row["legal_basis"],
        size=row["size"],
        used=row["used"],
        wrong=row["wrong"],
        wrong_since=row["wrong_since"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        ended_at=row["ended_at"],
    )
