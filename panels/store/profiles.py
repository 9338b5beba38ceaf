"""Profiles as members change them, and the origin that few give (panel.member, panel.origin, panel.profile_change)."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from panels.models import Origin, Profile, ProfileChange, Recipient
from panels.store.connection import Connection

# Take over the profile that a member gave.
UPDATE_PROFILE = """
UPDATE panel.member SET sex = $2, birth_year = $3, province = $4, education = $5, municipality = $6, urbanity = $7,
    household_key = $8, profile_at = $9
WHERE id = $1
"""


async def update(
    conn: Connection, *, member_id: UUID, profile: Profile, household_key: bytes | None, now: datetime
) -> None:
    await conn.execute(
        UPDATE_PROFILE,
        member_id,
        profile.sex,
        profile.birth_year,
        profile.province,
        profile.education,
        profile.municipality,
        profile.urbanity,
        household_key,
        now,
    )


# The household of a member, locked with the profile until the transaction ends.
LOCK_HOUSEHOLD = """
SELECT household_key FROM panel.member WHERE id = $1 FOR UPDATE
"""


async def lock_household(conn: Connection, *, member_id: UUID) -> bytes | None:
    return cast("bytes | None", await conn.fetchval(LOCK_HOUSEHOLD, member_id))


# Note that a profile was changed or confirmed; twice in one moment is once.
INSERT_CHANGE = """
INSERT INTO panel.profile_change (member_id, at, changed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""


async def note_change(conn: Connection, *, member_id: UUID, changed: Sequence[str], now: datetime) -> None:
    await conn.execute(INSERT_CHANGE, member_id, now, list(changed))


# When these members changed or confirmed their profile, oldest first.
SELECT_CHANGES = """
SELECT at, changed FROM panel.profile_change WHERE member_id = ANY($1::uuid[]) ORDER BY at
"""


async def changes(conn: Connection, *, member_ids: Sequence[UUID]) -> tuple[ProfileChange, ...]:
    rows = await conn.fetch(SELECT_CHANGES, list(member_ids))
    return tuple(ProfileChange(at=row["at"], changed=tuple(row["changed"])) for row in rows)


# Keep the origins of members who agreed to that.
INSERT_ORIGINS = """
INSERT INTO panel.origin (member_id, origin, given_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[])
"""
# The consents that go with them.
INSERT_ORIGIN_CONSENTS = """
INSERT INTO panel.consent (member_id, purpose, version, given_at)
SELECT member_id, 'origin', version, given_at
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS given (member_id, version, given_at)
"""


async def give_origins(
    conn: Connection, *, given: Sequence[tuple[UUID, Origin, datetime]], versions: Sequence[str]
) -> None:
    """Origin and consent of members who have neither: (member, origin, moment of consent), and the notice versions."""
    ids, moments = [one[0] for one in given], [one[2] for one in given]
    await conn.execute(INSERT_ORIGIN_CONSENTS, ids, list(versions), moments)
    await conn.execute(INSERT_ORIGINS, ids, [one[1] for one in given], moments)


# Forget the origin of members.
DELETE_ORIGIN = """
DELETE FROM panel.origin WHERE member_id = ANY($1::uuid[])
"""


async def forget_origin(conn: Connection, *, member_ids: Sequence[UUID]) -> None:
    await conn.execute(DELETE_ORIGIN, list(member_ids))


# The origin of those members who gave it and whose consent is in force.
SELECT_ORIGINS = """
SELECT o.member_id, o.origin FROM panel.origin AS o
WHERE o.member_id = ANY($1::uuid[]) AND EXISTS (
    SELECT 1 FROM panel.consent AS c
    WHERE c.member_id = o.member_id AND c.purpose = 'origin' AND c.withdrawn_at IS NULL)
"""


async def origins(conn: Connection, *, member_ids: Sequence[UUID]) -> dict[UUID, Origin]:
    rows = await conn.fetch(SELECT_ORIGINS, list(member_ids))
    return {row["member_id"]: cast(Origin, row["origin"]) for row in rows}


# Active members whose profile is older than a moment and who were not asked about it since that moment.
SELECT_STALE = """
SELECT id, language FROM panel.member
WHERE status = 'active' AND admitted AND COALESCE(profile_at, joined_at) < $1
  AND (profile_asked_at IS NULL OR profile_asked_at < $1)
ORDER BY id
LIMIT $2
"""


async def stale(conn: Connection, *, before: datetime, limit: int) -> list[Recipient]:
    rows = await conn.fetch(SELECT_STALE, before, limit)
    return [Recipient(member_id=row["id"], language=row["language"]) for row in rows]


# Claim the question to one member; a second claim finds the first.
UPDATE_ASKED = """
UPDATE panel.member SET profile_asked_at = $3
WHERE id = $1 AND status = 'active' AND COALESCE(profile_at, joined_at) < $2
  AND (profile_asked_at IS NULL OR profile_asked_at < $2)
RETURNING id
"""


async def mark_asked(conn: Connection, *, member_id: UUID, before: datetime, now: datetime) -> bool:
    return await conn.fetchval(UPDATE_ASKED, member_id, before, now) is not None


# Forget when a member changed the profile.
DELETE_CHANGES = """
DELETE FROM panel.profile_change WHERE member_id = ANY($1::uuid[])
"""


async def forget_changes(conn: Connection, *, member_ids: Sequence[UUID]) -> None:
    await conn.execute(DELETE_CHANGES, list(member_ids))
