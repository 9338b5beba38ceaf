"""Profiles and consents (panel.member, panel.consent)."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

import asyncpg
import msgspec
from samenspraak.types.base import SampleKind
from samenspraak.types.margins import MarginSet

from panels.models import ChannelName, ConsentRecord, Education, Member, MemberStatus, Profile, Purpose, Sex
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
    household_key: bytes | None = None
    recruitment_probability: float | None = None
    recruitment_wave: str | None = None
    recruitment_batch: UUID | None = None
    assembly_at: datetime | None = None
    """When the member agreed to be asked for citizens' assemblies."""


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    status: str
    kind: str
    people: int


# Profiles of new members, many at once.
INSERT_MEMBERS = """
INSERT INTO panel.member (id, status, admitted, kind, sex, birth_year, province, education, language,
    consent_version, consent_at, joined_at, confirm_hash, link_hash, municipality, urbanity, household_key,
    recruitment_probability, recruitment_wave, recruitment_batch)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::boolean[], $4::text[], $5::text[], $6::smallint[], $7::text[],
    $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::bytea[], $14::bytea[],
    $15::text[], $16::text[], $17::bytea[], $18::double precision[], $19::text[], $20::uuid[])
"""

# The consents of each new member: both that make a member, and the third where it was given.
INSERT_CONSENTS = """
INSERT INTO panel.consent (member_id, purpose, version, given_at)
SELECT m.member_id, p.purpose, m.version, CASE p.purpose WHEN 'assembly' THEN m.assembly_at ELSE m.given_at END
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[])
    AS m (member_id, version, given_at, assembly_at)
CROSS JOIN (VALUES ('membership'), ('profile'), ('assembly')) AS p (purpose)
WHERE p.purpose <> 'assembly' OR m.assembly_at IS NOT NULL
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
        [one.profile.municipality for one in members],
        [one.profile.urbanity for one in members],
        [one.household_key for one in members],
        [one.recruitment_probability for one in members],
        [one.recruitment_wave for one in members],
        [one.recruitment_batch for one in members],
    )
    await conn.execute(
        INSERT_CONSENTS,
        [one.id for one in members],
        [one.consent_version for one in members],
        [one.consent_at for one in members],
        [one.assembly_at for one in members],
    )


# One member by id.
SELECT_MEMBER = """
SELECT id, status, kind, sex, birth_year, province, education, municipality, urbanity, language, consent_version,
    consent_at, joined_at, profile_at, household_key, recruitment_probability, recruitment_wave, channel, phone_given,
    address_given
FROM panel.member WHERE id = $1
"""


async def find(conn: Connection, *, member_id: UUID) -> Member | None:
    row = await conn.fetchrow(SELECT_MEMBER, member_id)
    return _member(row) if row else None


# The member behind a member link, while there is a membership; the link of a merged duplicate leads to the one kept.
SELECT_BY_LINK = """
SELECT m.id, m.status, m.kind, m.sex, m.birth_year, m.province, m.education, m.municipality, m.urbanity, m.language,
    m.consent_version, m.consent_at, m.joined_at, m.profile_at, m.household_key, m.recruitment_probability,
    m.recruitment_wave, m.channel, m.phone_given, m.address_given
FROM panel.member AS l JOIN panel.member AS m ON m.id = COALESCE(l.merged_into, l.id)
WHERE l.link_hash = $1 AND m.status IN ('active', 'paused', 'withdrawn')
"""


async def find_by_link(conn: Connection, *, link_hash: bytes) -> Member | None:
    row = await conn.fetchrow(SELECT_BY_LINK, link_hash)
    return _member(row) if row else None


# The member behind a confirmation link: waiting and not too old, or confirmed before.
SELECT_BY_CONFIRMATION = """
SELECT id, status, kind, sex, birth_year, province, education, municipality, urbanity, language, consent_version,
    consent_at, joined_at, profile_at, household_key, recruitment_probability, recruitment_wave, channel, phone_given,
    address_given
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


# Agree to one purpose, unless that is in force.
INSERT_CONSENT = """
INSERT INTO panel.consent (member_id, purpose, version, given_at)
SELECT $1, $2, $3, $4
WHERE NOT EXISTS (SELECT 1 FROM panel.consent WHERE member_id = $1 AND purpose = $2 AND withdrawn_at IS NULL)
"""


async def give_consent(conn: Connection, *, member_id: UUID, purpose: Purpose, version: str, now: datetime) -> None:
    await conn.execute(INSERT_CONSENT, member_id, purpose, version, now)


# End the consent to one purpose.
END_CONSENT = """
UPDATE panel.consent SET withdrawn_at = $3 WHERE member_id = $1 AND purpose = $2 AND withdrawn_at IS NULL
"""


async def end_consent(conn: Connection, *, member_id: UUID, purpose: Purpose, now: datetime) -> None:
    await conn.execute(END_CONSENT, member_id, purpose, now)


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
SELECT m.id, m.sex, m.birth_year, m.province, m.education, m.municipality, m.urbanity, m.language
FROM panel.member AS m
WHERE m.kind = $1 AND m.status = 'active' AND m.admitted
  AND (SELECT count(DISTINCT c.purpose) FROM panel.consent AS c
       WHERE c.member_id = m.id AND c.withdrawn_at IS NULL AND c.purpose IN ('membership', 'profile')) = 2
ORDER BY m.id
"""


async def frame(conn: Connection, *, kind: SampleKind) -> list[tuple[UUID, Profile, str]]:
    rows = await conn.fetch(SELECT_FRAME, kind)
    return [(row["id"], _profile(row), row["language"]) for row in rows]


# Profiles of everybody who can be invited now, for the counts by level.
SELECT_ACTIVE_PROFILES = """
SELECT sex, birth_year, province, education, municipality, urbanity, count(*) AS people
FROM panel.member WHERE status = 'active' AND admitted
GROUP BY sex, birth_year, province, education, municipality, urbanity
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


# The newest population figures that reach down to 16 years.
SELECT_WITH_MINORS = """
SELECT margins::text AS margins FROM panel.margin_set WHERE margins->>'base' = '16+'
ORDER BY imported_at DESC, id DESC LIMIT 10
"""


async def margins_with_minors(conn: Connection) -> list[MarginSet]:
    return [msgspec.json.decode(row["margins"], type=MarginSet) for row in await conn.fetch(SELECT_WITH_MINORS)]


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
        municipality=row["municipality"],
        urbanity=row["urbanity"],
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
        profile_at=row["profile_at"],
        household=row["household_key"] is not None,
        recruitment_probability=row["recruitment_probability"],
        recruitment_wave=row["recruitment_wave"],
        channel=cast(ChannelName, row["channel"]),
        phone_given=row["phone_given"],
        address_given=row["address_given"],
    )
