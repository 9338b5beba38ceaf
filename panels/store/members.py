"""Profiles and consents (panel.member, panel.consent)."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

import asyncpg
import msgspec
from samenspraak.types.base import SampleKind

from panels.models import ConsentRecord, Education, Member, MemberStatus, Profile, Purpose, Sex
from panels.store.connection import Connection


class NewMember(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    status: MemberStatus
    admitted: bool
    kind: SampleKind
    profile: Profile
    language: str
    consent_version: str
    consent_at: datetime
    joined_at: datetime
    confirm_hash: bytes
    link_hash: bytes


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    status: str
    kind: str
    people: int


# Profiles of new members, many at once.
INSERT_MEMBERS = """
INSERT INTO panel.member (id, status, admitted, kind, sex, birth_year, province, education, language,
    consent_version, consent_at, joined_at, confirm_hash, link_hash)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::boolean[], $4::text[], $5::text[], $6::smallint[], $7::text[],
    $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::bytea[], $14::bytea[])
"""

# Both consents of each new member.
INSERT_CONSENTS = """
INSERT INTO panel.consent (member_id, purpose, version, given_at)
SELECT m.member_id, p.purpose, m.version, m.given_at
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS m (member_id, version, given_at)
CROSS JOIN (VALUES ('membership'), ('profile')) AS p (purpose)
"""


async def insert(conn: Connection, *, members: Sequence[NewMember]) -> None:
    await conn.execute(
        INSERT_MEMBERS,
        [one.id for one in members],
        [one.status for one in members],
        [one.admitted for one in members],
        [one.kind for one in members],
        [one.profile.sex for one in members],
        [one.profile.birth_year for one in members],
        [one.profile.province for one in members],
        [one.profile.education for one in members],
        [one.language for one in members],
        [one.consent_version for one in members],
        [one.consent_at for one in members],
        [one.joined_at for one in members],
        [one.confirm_hash for one in members],
        [one.link_hash for one in members],
    )
    await conn.execute(
        INSERT_CONSENTS,
        [one.id for one in members],
        [one.consent_version for one in members],
        [one.consent_at for one in members],
    )


# One member by id.
SELECT_MEMBER = """
SELECT id, status, kind, sex, birth_year, province, education, language, consent_version, consent_at, joined_at
FROM panel.member WHERE id = $1
"""


async def find(conn: Connection, *, member_id: UUID) -> Member | None:
    row = await conn.fetchrow(SELECT_MEMBER, member_id)
    return _member(row) if row else None


# The member behind a member link, while there is a membership.
SELECT_BY_LINK = """
SELECT id, status, kind, sex, birth_year, province, education, language, consent_version, consent_at, joined_at
FROM panel.member WHERE link_hash = $1 AND status IN ('active', 'paused', 'withdrawn')
"""


async def find_by_link(conn: Connection, *, link_hash: bytes) -> Member | None:
    row = await conn.fetchrow(SELECT_BY_LINK, link_hash)
    return _member(row) if row else None


# The member behind a confirmation link: waiting and not too old, or confirmed before.
SELECT_BY_CONFIRMATION = """
SELECT id, status, kind, sex, birth_year, province, education, language, consent_version, consent_at, joined_at
FROM panel.member
WHERE confirm_hash = $1 AND (status = 'active' OR (status = 'pending' AND joined_at > $2))
"""


async def find_by_confirmation(conn: Connection, *, confirm_hash: bytes, joined_after: datetime) -> Member | None:
    row = await conn.fetchrow(SELECT_BY_CONFIRMATION, confirm_hash, joined_after)
    return _member(row) if row else None


# Change the status of a member, from one of the given ones only.
UPDATE_STATUS = """
UPDATE panel.member SET status = $2, ended_at = $3 WHERE id = $1 AND status = ANY($4::text[])
RETURNING id
"""


async def change_status(
    conn: Connection,
    *,
    member_id: UUID,
    status: MemberStatus,
    sources: Sequence[MemberStatus],
    ended_at: datetime | None,
) -> bool:
    return await conn.fetchval(UPDATE_STATUS, member_id, status, ended_at, list(sources)) is not None


# Ask for the erasure of a member.
UPDATE_ERASURE = """
UPDATE panel.member SET erasure_requested_at = COALESCE(erasure_requested_at, $2) WHERE id = $1
"""


async def mark_erasure(conn: Connection, *, member_id: UUID, now: datetime) -> None:
    await conn.execute(UPDATE_ERASURE, member_id, now)


# End all consents of a member.
END_CONSENTS = """
UPDATE panel.consent SET withdrawn_at = $2 WHERE member_id = $1 AND withdrawn_at IS NULL
"""


async def end_consents(conn: Connection, *, member_id: UUID, now: datetime) -> None:
    await conn.execute(END_CONSENTS, member_id, now)


# Consents of a member, oldest first.
SELECT_CONSENTS = """
SELECT purpose, version, given_at, withdrawn_at FROM panel.consent WHERE member_id = $1 ORDER BY given_at, purpose
"""


async def consents(conn: Connection, *, member_id: UUID) -> tuple[ConsentRecord, ...]:
    rows = await conn.fetch(SELECT_CONSENTS, member_id)
    return tuple(
        ConsentRecord(
            purpose=cast(Purpose, row["purpose"]),
            version=row["version"],
            given_at=row["given_at"],
            withdrawn_at=row["withdrawn_at"],
        )
        for row in rows
    )


# The vault gives the address to this member: from now on the member may be drawn.
ADMIT = """
UPDATE panel.member SET admitted = true WHERE id = $1
"""


async def admit(vault_conn: Connection, *, member_id: UUID) -> None:
    await vault_conn.execute(ADMIT, member_id)


# Members of one sample kind who may be drawn: active, address claimed, consent to both purposes in force.
SELECT_FRAME = """
SELECT m.id, m.sex, m.birth_year, m.province, m.education, m.language
FROM panel.member AS m
WHERE m.kind = $1 AND m.status = 'active' AND m.admitted
  AND (SELECT count(DISTINCT c.purpose) FROM panel.consent AS c
       WHERE c.member_id = m.id AND c.withdrawn_at IS NULL) = 2
ORDER BY m.id
"""


async def frame(conn: Connection, *, kind: SampleKind) -> list[tuple[UUID, Profile, str]]:
    rows = await conn.fetch(SELECT_FRAME, kind)
    return [(row["id"], _profile(row), row["language"]) for row in rows]


# Profiles of everybody who can be invited now, for the counts by level.
SELECT_ACTIVE_PROFILES = """
SELECT sex, birth_year, province, education, count(*) AS people
FROM panel.member WHERE status = 'active' AND admitted
GROUP BY sex, birth_year, province, education
"""


async def active_profiles(conn: Connection) -> list[tuple[Profile, int]]:
    rows = await conn.fetch(SELECT_ACTIVE_PROFILES)
    return [(_profile(row), row["people"]) for row in rows]


# Members by status and kind; whoever confirmed but has no claim on the address yet still counts as pending.
COUNT_MEMBERS = """
SELECT CASE WHEN status = 'active' AND NOT admitted THEN 'pending' ELSE status END AS status, kind, count(*) AS people
FROM panel.member GROUP BY 1, 2
"""


async def count(conn: Connection) -> list[Counted]:
    rows = await conn.fetch(COUNT_MEMBERS)
    return [Counted(status=row["status"], kind=row["kind"], people=row["people"]) for row in rows]


# Forget the profile of a member.
DELETE_MEMBER = """
DELETE FROM panel.member WHERE id = $1 RETURNING id
"""


async def delete(vault_conn: Connection, *, member_id: UUID) -> bool:
    return await vault_conn.fetchval(DELETE_MEMBER, member_id) is not None


# Forget the consents of a member.
DELETE_CONSENTS = """
WITH gone AS (DELETE FROM panel.consent WHERE member_id = $1 RETURNING 1) SELECT count(*) FROM gone
"""


async def delete_consents(vault_conn: Connection, *, member_id: UUID) -> int:
    return int(await vault_conn.fetchval(DELETE_CONSENTS, member_id))


def _profile(row: asyncpg.Record) -> Profile:
    return Profile(
        sex=cast("Sex | None", row["sex"]),
        birth_year=row["birth_year"],
        province=row["province"],
        education=cast("Education | None", row["education"]),
    )


def _member(row: asyncpg.Record) -> Member:
    return Member(
        id=row["id"],
        status=cast(MemberStatus, row["status"]),
        kind=cast(SampleKind, row["kind"]),
        profile=_profile(row),
        language=row["language"],
        consent_version=row["consent_version"],
        consent_at=row["consent_at"],
        joined_at=row["joined_at"],
    )
