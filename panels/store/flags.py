"""Signs that a member may be a program or a double, and what was decided about them (panel.flag)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

import asyncpg
import msgspec

from panels.models import FlagRecord
from panels.store.connection import Connection


class NewFlag(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    member_id: UUID
    kind: str
    evidence: Mapping[str, object]


class StoredFlag(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    member_id: UUID
    member_status: str
    flag: FlagRecord


class FlagCount(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    decision: str | None
    flags: int


# Raise flags; a member has one of each kind.
INSERT_FLAGS = """
INSERT INTO panel.flag (id, member_id, kind, evidence, raised_at)
SELECT new.id, new.member_id, new.kind, new.evidence::jsonb, $5
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS new (id, member_id, kind, evidence)
ON CONFLICT (member_id, kind) DO NOTHING
"""


async def add(conn: Connection, *, flags: Sequence[NewFlag], now: datetime) -> None:
    await conn.execute(
        INSERT_FLAGS,
        [flag.id for flag in flags],
        [flag.member_id for flag in flags],
        [flag.kind for flag in flags],
        [msgspec.json.encode(dict(flag.evidence)).decode() for flag in flags],
        now,
    )


class Likeness(msgspec.Struct, frozen=True, kw_only=True):
    """How many other people look like a member, among those who could be members."""

    member_id: UUID
    household: int
    """Members and sign-ups behind the same front door."""
    twins: int
    """Of the members among them: with the same sex and year of birth."""


# How many others share the household of these members, and how many of them the profile as well.
SELECT_LIKENESS = """
SELECT n.id AS member_id, count(o.id) AS household,
    count(o.id) FILTER (WHERE o.status <> 'pending' AND o.birth_year = n.birth_year
        AND o.sex IS NOT DISTINCT FROM n.sex) AS twins
FROM panel.member AS n
JOIN panel.member AS o ON o.household_key = n.household_key AND o.id <> n.id
    AND o.status IN ('pending', 'active', 'paused')
WHERE n.id = ANY($1::uuid[]) AND n.household_key IS NOT NULL
GROUP BY n.id
"""


async def likeness(conn: Connection, *, member_ids: Sequence[UUID]) -> list[Likeness]:
    rows = await conn.fetch(SELECT_LIKENESS, list(member_ids))
    return [Likeness(**row) for row in rows]


# How many others of one year of birth and municipality signed up by themselves since a moment: they agree and join in
# one moment, while whoever comes in with a file agreed before.
COUNT_CROWD = """
SELECT count(*) FROM panel.member AS o JOIN panel.member AS n
    ON n.municipality = o.municipality AND n.birth_year = o.birth_year AND n.id <> o.id
WHERE n.id = $1 AND o.joined_at > $2 AND o.consent_at = o.joined_at AND o.recruitment_batch IS NULL
  AND o.status IN ('pending', 'active', 'paused')
"""


async def crowd(conn: Connection, *, member_id: UUID, since: datetime) -> int:
    return int(await conn.fetchval(COUNT_CROWD, member_id, since))


# Flags, newest first; of people who are members, open ones or those decided upon.
SELECT_FLAGS = """
SELECT f.id, f.member_id, m.status, f.kind, f.evidence::text AS evidence, f.raised_at, f.decision, f.reason,
    f.decided_at
FROM panel.flag AS f JOIN panel.member AS m ON m.id = f.member_id
WHERE m.status IN ('active', 'paused', 'withdrawn') AND (f.decision IS NOT NULL) = $1
  AND ($2::uuid IS NULL OR f.id < $2)
ORDER BY f.id DESC
LIMIT $3
"""


async def listed(conn: Connection, *, decided: bool, after: UUID | None, limit: int) -> list[StoredFlag]:
    return [_stored(row) for row in await conn.fetch(SELECT_FLAGS, decided, after, limit)]


# How many flags there are of each kind, by decision.
COUNT_FLAGS = """
SELECT f.kind, f.decision, count(*) AS flags
FROM panel.flag AS f JOIN panel.member AS m ON m.id = f.member_id
WHERE m.status IN ('active', 'paused', 'withdrawn')
GROUP BY f.kind, f.decision ORDER BY f.kind, f.decision
"""


async def counts(conn: Connection) -> list[FlagCount]:
    return [FlagCount(**row) for row in await conn.fetch(COUNT_FLAGS)]


# How many members have an open flag.
COUNT_FLAGGED = """
SELECT count(DISTINCT f.member_id) FROM panel.flag AS f JOIN panel.member AS m ON m.id = f.member_id
WHERE f.decision IS NULL AND m.status IN ('active', 'paused')
"""


async def flagged_members(conn: Connection) -> int:
    return int(await conn.fetchval(COUNT_FLAGGED))


# One flag, locked until the transaction ends.
LOCK_FLAG = """
SELECT f.id, f.member_id, m.status, f.kind, f.evidence::text AS evidence, f.raised_at, f.decision, f.reason,
    f.decided_at
FROM panel.flag AS f JOIN panel.member AS m ON m.id = f.member_id
WHERE f.id = $1 FOR UPDATE OF f
"""


async def lock(conn: Connection, *, flag_id: UUID) -> StoredFlag | None:
    row = await conn.fetchrow(LOCK_FLAG, flag_id)
    return _stored(row) if row else None


# Record what was decided, and by which key.
UPDATE_DECISION = """
UPDATE panel.flag SET decision = $2, reason = $3, decided_by = $4, decided_at = $5 WHERE id = $1
"""


async def decide(conn: Connection, *, flag_id: UUID, decision: str, reason: str, staff: str, now: datetime) -> None:
    await conn.execute(UPDATE_DECISION, flag_id, decision, reason, staff, now)


# Flags of some members, oldest first.
SELECT_OF_MEMBERS = """
SELECT kind, evidence::text AS evidence, raised_at, decision, reason, decided_at
FROM panel.flag WHERE member_id = ANY($1::uuid[]) ORDER BY raised_at, kind
"""


async def of_members(conn: Connection, *, member_ids: Sequence[UUID]) -> tuple[FlagRecord, ...]:
    return tuple(_flag(row) for row in await conn.fetch(SELECT_OF_MEMBERS, list(member_ids)))


# Forget the flags of members.
DELETE_FLAGS = """
DELETE FROM panel.flag WHERE member_id = ANY($1::uuid[])
"""


async def delete(vault_conn: Connection, *, member_ids: Sequence[UUID]) -> None:
    await vault_conn.execute(DELETE_FLAGS, list(member_ids))


def _stored(row: asyncpg.Record) -> StoredFlag:
    return StoredFlag(id=row["id"], member_id=row["member_id"], member_status=cast(str, row["status"]), flag=_flag(row))


def _flag(row: asyncpg.Record) -> FlagRecord:
    return FlagRecord(
        kind=row["kind"],
        evidence=msgspec.json.decode(row["evidence"], type=dict[str, object]),
        raised_at=row["raised_at"],
        decision=row["decision"],
        reason=row["reason"],
        decided_at=row["decided_at"],
    )
