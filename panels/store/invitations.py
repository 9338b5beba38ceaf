"""Draws and invitations as they are written (panel.draw, panel.invitation, panel.participation)."""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from panels.errors import CodeTaken
from panels.models import StratumReport
from panels.store.connection import Connection


class NewDraw(msgspec.Struct, frozen=True, kw_only=True):
    audit_id: UUID
    margins_id: str
    sample_kind: str
    seed: str
    size: int
    frame_size: int
    frame_hash: str
    strata: tuple[StratumReport, ...]
    drawn_at: datetime


class NewInvitation(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    member_id: UUID | None
    """None for people who are no members."""
    respondent_id: UUID
    batch: int
    stratum: str
    probability: float
    """To be invited in this wave or an earlier one."""
    wave: int
    wave_probability: float
    profile: dict[str, str | None]
    language: str
    token_hash: bytes
    code_hash: bytes
    """Keyed hash of the typed code (`panels.codes`)."""


# Book the draw of an audit; there is only ever one.
INSERT_DRAW = """
INSERT INTO panel.draw (audit_id, margins_id, sample_kind, seed, size, frame_size, frame_hash, strata, drawn_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9)
ON CONFLICT (audit_id) DO NOTHING
RETURNING audit_id
"""


async def insert_draw(conn: Connection, *, draw: NewDraw) -> bool:
    """Whether this was the first draw of the audit; waits for one that is under way."""
    booked = await conn.fetchval(
        INSERT_DRAW,
        draw.audit_id,
        draw.margins_id,
        draw.sample_kind,
        draw.seed,
        draw.size,
        draw.frame_size,
        draw.frame_hash,
        msgspec.json.encode(draw.strata).decode(),
        draw.drawn_at,
    )
    return booked is not None


# Write the invitations in the order they come in; the chance of recruitment is that of the member, frozen here.
INSERT_INVITATIONS = """
INSERT INTO panel.invitation (audit_id, id, member_id, respondent_id, batch, stratum, probability, profile, language,
    token_hash, code_hash, wave, wave_probability, recruitment, created_at, disposition_at)
SELECT $1, new.id, new.member_id, new.respondent_id, new.batch, new.stratum, new.probability, new.profile::jsonb,
    new.language, new.token_hash, new.code_hash, new.wave, new.wave_probability,
    (SELECT m.recruitment_probability FROM panel.member AS m WHERE m.id = new.member_id), $2, $2
FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::integer[], $7::text[], $8::float8[], $9::text[], $10::text[],
    $11::bytea[], $12::bytea[], $13::integer[], $14::float8[])
    AS new (id, member_id, respondent_id, batch, stratum, probability, profile, language, token_hash, code_hash, wave,
        wave_probability)
"""

# Note who was invited, in member order and without a respondent.
INSERT_PARTICIPATION = """
INSERT INTO panel.participation (audit_id, member_id, invited_on)
SELECT $1, member_id, $2::date FROM unnest($3::uuid[]) AS new (member_id)
"""


async def insert_invitations(
    conn: Connection, *, audit_id: UUID, invitations: Sequence[NewInvitation], now: datetime
) -> None:
    with _codes_apart():
        await conn.execute(
            INSERT_INVITATIONS,
            audit_id,
            now,
            [one.id for one in invitations],
            [one.member_id for one in invitations],
            [one.respondent_id for one in invitations],
            [one.batch for one in invitations],
            [one.stratum for one in invitations],
            [one.probability for one in invitations],
            [msgspec.json.encode(one.profile).decode() for one in invitations],
            [one.language for one in invitations],
            [one.token_hash for one in invitations],
            [one.code_hash for one in invitations],
            [one.wave for one in invitations],
            [one.wave_probability for one in invitations],
        )
    members = sorted(one.member_id for one in invitations if one.member_id is not None)
    await conn.execute(INSERT_PARTICIPATION, audit_id, now.date(), members)


# Write invitations of people who are no members: whoever sends them has given them the link, so they count as sent.
INSERT_EXTERNAL = """
INSERT INTO panel.invitation (audit_id, id, member_id, respondent_id, batch, stratum, probability, profile, language,
    token_hash, code_hash, wave, wave_probability, disposition, source_id, created_at, disposition_at)
SELECT $1, new.id, NULL, new.respondent_id, 0, new.stratum, new.probability, new.profile::jsonb, new.language,
    new.token_hash, new.code_hash, 1, new.probability, 'sent', $3, $2, $2
FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::float8[], $8::text[], $9::text[], $10::bytea[], $11::bytea[])
    AS new (id, respondent_id, stratum, probability, profile, language, token_hash, code_hash)
"""


async def insert_external(
    conn: Connection, *, audit_id: UUID, source_id: UUID, invitations: Sequence[NewInvitation], now: datetime
) -> None:
    with _codes_apart():
        await conn.execute(
            INSERT_EXTERNAL,
            audit_id,
            now,
            source_id,
            [one.id for one in invitations],
            [one.respondent_id for one in invitations],
            [one.stratum for one in invitations],
            [one.probability for one in invitations],
            [msgspec.json.encode(one.profile).decode() for one in invitations],
            [one.language for one in invitations],
            [one.token_hash for one in invitations],
            [one.code_hash for one in invitations],
        )


@contextlib.contextmanager
def _codes_apart() -> Iterator[None]:
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "invitation_code_hash":
            raise
        raise CodeTaken from error
