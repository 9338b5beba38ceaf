"""Two memberships of one person made into one (panel.merge, and what moves from the one to the other)."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

import msgspec

from panels.models import MemberStatus
from panels.store.connection import Connection


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two, locked."""

    id: UUID
    status: MemberStatus
    admitted: bool
    joined_at: datetime


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """A merge as it was done: how much moved, and how many audits both had been invited to."""

    id: UUID
    kept: UUID
    duplicate: UUID
    participations: int
    consents: int
    invitations: int
    overlapping: int
    merged_at: datetime


# Both members, locked in one order so that two merges never wait for each other in a ring.
LOCK_PAIR = """
SELECT id, status, admitted, joined_at FROM panel.member WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE
"""


async def lock_pair(conn: Connection, *, member_ids: Sequence[UUID]) -> list[Pair]:
    rows = await conn.fetch(LOCK_PAIR, list(member_ids))
    return [
        Pair(
            id=row["id"],
            status=cast(MemberStatus, row["status"]),
            admitted=row["admitted"],
            joined_at=row["joined_at"],
        )
        for row in rows
    ]


# Who was invited to what moves along; an audit that both were invited to keeps both rows.
MOVE_PARTICIPATION = """
UPDATE panel.participation AS p SET member_id = $1
WHERE p.member_id = $2
  AND NOT EXISTS (SELECT 1 FROM panel.participation AS o WHERE o.audit_id = p.audit_id AND o.member_id = $1)
"""
# Invitations that are still linked and can move along, in the same way.
COUNT_INVITATIONS = """
SELECT count(*) FROM panel.invitation AS i
WHERE i.member_id = $2
  AND NOT EXISTS (SELECT 1 FROM panel.invitation AS o WHERE o.audit_id = i.audit_id AND o.member_id = $1)
"""
# They move under the role that keeps the vault: one that could change `member_id` from the API could cut people loose.
MOVE_INVITATIONS = """
UPDATE panel.invitation AS i SET member_id = $1
WHERE i.member_id = $2
  AND NOT EXISTS (SELECT 1 FROM panel.invitation AS o WHERE o.audit_id = i.audit_id AND o.member_id = $1)
"""
# Consents move along with version and dates.
MOVE_CONSENTS = """
UPDATE panel.consent AS c SET member_id = $1
WHERE c.member_id = $2
  AND NOT EXISTS (
      SELECT 1 FROM panel.consent AS o
      WHERE o.member_id = $1 AND o.purpose = c.purpose AND o.version = c.version AND o.given_at = c.given_at)
"""
# The last word counts: a consent given before the same person withdrew it elsewhere has ended.
END_OUTDATED_CONSENTS = """
UPDATE panel.consent AS c SET withdrawn_at = $2
WHERE c.member_id = $1 AND c.withdrawn_at IS NULL
  AND EXISTS (SELECT 1 FROM panel.consent AS o
              WHERE o.member_id = $1 AND o.purpose = c.purpose AND o.withdrawn_at > c.given_at)
"""
# The origin moves along when the kept member has none.
MOVE_ORIGIN = """
INSERT INTO panel.origin (member_id, origin, given_at)
SELECT $1, origin, given_at FROM panel.origin WHERE member_id = $2
ON CONFLICT (member_id) DO NOTHING
"""
DELETE_ORIGIN_OF_DUPLICATE = """
DELETE FROM panel.origin WHERE member_id = $1
"""
# The other one becomes a duplicate of the one kept; what was merged into it before follows.
MARK_DUPLICATE = """
UPDATE panel.member SET status = CASE WHEN id = $2 THEN 'duplicate' ELSE status END, merged_into = $1
WHERE id = $2 OR merged_into = $2
"""
# How many audits know both.
COUNT_OVERLAPPING = """
SELECT count(*) FROM (
    SELECT audit_id FROM panel.participation WHERE member_id = $2
    UNION SELECT audit_id FROM panel.invitation WHERE member_id = $2) AS left_behind
WHERE EXISTS (SELECT 1 FROM panel.participation AS p WHERE p.audit_id = left_behind.audit_id AND p.member_id = $1)
   OR EXISTS (SELECT 1 FROM panel.invitation AS i WHERE i.audit_id = left_behind.audit_id AND i.member_id = $1)
"""


async def move(conn: Connection, *, kept: UUID, duplicate: UUID, now: datetime) -> dict[str, int]:
    """Move everything that can move; returns the counts of a `Merge`."""
    participations = _rows(await conn.execute(MOVE_PARTICIPATION, kept, duplicate))
    invitations = int(await conn.fetchval(COUNT_INVITATIONS, kept, duplicate))
    consents = _rows(await conn.execute(MOVE_CONSENTS, kept, duplicate))
    await conn.execute(END_OUTDATED_CONSENTS, kept, now)
    await conn.execute(MOVE_ORIGIN, kept, duplicate)
    await conn.execute(DELETE_ORIGIN_OF_DUPLICATE, duplicate)
    await conn.execute(MARK_DUPLICATE, kept, duplicate)
    overlapping = int(await conn.fetchval(COUNT_OVERLAPPING, kept, duplicate))
    return {
        "participations": participations,
        "invitations": invitations,
        "consents": consents,
        "overlapping": overlapping,
    }


async def move_invitations(vault_conn: Connection, *, kept: UUID, duplicate: UUID) -> None:
    await vault_conn.execute(MOVE_INVITATIONS, kept, duplicate)


# Record a merge.
INSERT_MERGE = """
INSERT INTO panel.merge
    (id, kept, duplicate, participations, consents, invitations, overlapping, reason, staff, merged_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


async def add(conn: Connection, *, merge: Merge, reason: str, staff: str) -> None:
    await conn.execute(
        INSERT_MERGE,
        merge.id,
        merge.kept,
        merge.duplicate,
        merge.participations,
        merge.consents,
        merge.invitations,
        merge.overlapping,
        reason,
        staff,
        merge.merged_at,
    )


# Memberships of the same person that were merged into this one.
SELECT_MERGED = """
SELECT id FROM panel.member WHERE merged_into = $1 ORDER BY id
"""


async def merged(conn: Connection, *, member_id: UUID) -> tuple[UUID, ...]:
    return tuple(row["id"] for row in await conn.fetch(SELECT_MERGED, member_id))


# Forget the merges of a person.
DELETE_MERGES = """
DELETE FROM panel.merge WHERE kept = ANY($1::uuid[]) OR duplicate = ANY($1::uuid[])
"""


async def delete(vault_conn: Connection, *, member_ids: Sequence[UUID]) -> None:
    await vault_conn.execute(DELETE_MERGES, list(member_ids))


def _rows(done: str) -> int:
    return int(done.rsplit(" ", 1)[-1])
