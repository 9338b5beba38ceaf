"""Draws, cells and evenness of participation (panel.wave, panel.quota_cell, panel.observation, panel.draw_turn)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import cast
from uuid import UUID

import asyncpg
import msgspec
from samenspraak.types.base import SampleKind

from panels.models import Closing, DecidedBy, Decision, DrawMethod, Observation, QuotaCell, StratumReport, WaveRecord
from panels.store.connection import Connection

# Hold the turn to draw among members of one sample kind until the transaction ends.
TAKE_TURN = """
INSERT INTO panel.draw_turn (sample_kind, taken_at) VALUES ($1, $2)
ON CONFLICT (sample_kind) DO UPDATE SET taken_at = EXCLUDED.taken_at
"""


async def take_turn(conn: Connection, *, kind: SampleKind, now: datetime) -> None:
    await conn.execute(TAKE_TURN, kind, now)


# Who was invited to what since a date.
SELECT_INVITED = """
SELECT member_id, audit_id, invited_on FROM panel.participation WHERE invited_on >= $1 OR audit_id = $2
"""


async def invited(conn: Connection, *, audit_id: UUID, since: date) -> dict[UUID, tuple[tuple[UUID, date], ...]]:
    """By member: (audit, day) of every invitation since that date, and of this audit whenever it was."""
    found: dict[UUID, list[tuple[UUID, date]]] = {}
    for row in await conn.fetch(SELECT_INVITED, since, audit_id):
        found.setdefault(row["member_id"], []).append((row["audit_id"], row["invited_on"]))
    return {member_id: tuple(times) for member_id, times in found.items()}


# Members of a kind who cannot be drawn whatever the audit, by reason.
COUNT_UNDRAWABLE = """
SELECT CASE WHEN m.status = 'active' AND m.admitted THEN 'consent_ended' WHEN m.status = 'active' THEN 'not_admitted'
    ELSE m.status END AS reason, count(*) AS people
FROM panel.member AS m
WHERE m.kind = $1 AND m.status IN ('active', 'pending', 'paused') AND NOT (
    m.status = 'active' AND m.admitted
    AND (SELECT count(DISTINCT c.purpose) FROM panel.consent AS c
         WHERE c.member_id = m.id AND c.withdrawn_at IS NULL AND c.purpose IN ('membership', 'profile')) = 2)
GROUP BY 1
"""


async def undrawable(conn: Connection, *, kind: SampleKind) -> dict[str, int]:
    return {row["reason"]: row["people"] for row in await conn.fetch(COUNT_UNDRAWABLE, kind)}


# When members joined.
SELECT_JOINED = """
SELECT id, joined_at FROM panel.member WHERE id = ANY($1::uuid[])
"""


async def joined(conn: Connection, *, member_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    return {row["id"]: row["joined_at"] for row in await conn.fetch(SELECT_JOINED, list(member_ids))}


# Book a draw; the same number again adds nothing.
INSERT_WAVE = """
INSERT INTO panel.wave (audit_id, number, decided_by, method, size, frame_size, frame_hash, strata, excluded,
    first_batch, batches, drawn_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9::text::jsonb, $10, $11, $12)
ON CONFLICT (audit_id, number) DO NOTHING
RETURNING number
"""


async def insert_wave(conn: Connection, *, audit_id: UUID, wave: WaveRecord) -> bool:
    """Whether this was the first draw with its number; waits for one that is under way."""
    booked = await conn.fetchval(
        INSERT_WAVE,
        audit_id,
        wave.number,
        wave.decided_by,
        wave.method,
        wave.size,
        wave.frame_size,
        wave.frame_hash,
        msgspec.json.encode(wave.strata).decode(),
        msgspec.json.encode(wave.excluded).decode(),
        wave.first_batch,
        wave.batches,
        wave.drawn_at,
    )
    return booked is not None


# All draws of an audit, in order.
SELECT_WAVES = """
SELECT number, decided_by, method, size, frame_size, frame_hash, strata::text AS strata, excluded::text AS excluded,
    first_batch, batches, drawn_at
FROM panel.wave WHERE audit_id = $1 ORDER BY number
"""


async def waves(conn: Connection, *, audit_id: UUID) -> tuple[WaveRecord, ...]:
    return tuple(_wave(row) for row in await conn.fetch(SELECT_WAVES, audit_id))


# Another chance for people invited before: the wave that is drawn now could have drawn them as well.
RAISE_PROBABILITY = """
UPDATE panel.invitation AS i SET probability = LEAST(1, 1 - (1 - i.probability) * (1 - s.probability))
FROM unnest($2::uuid[], $3::float8[]) AS s (member_id, probability)
WHERE i.audit_id = $1 AND i.member_id = s.member_id
"""


async def raise_probability(conn: Connection, *, audit_id: UUID, chances: Mapping[UUID, float]) -> None:
    """`chances`: by member, in the wave that is drawn now."""
    await conn.execute(RAISE_PROBABILITY, audit_id, list(chances), list(chances.values()))


# The cells of an audit, empty.
INSERT_CELLS = """
INSERT INTO panel.quota_cell (audit_id, key, need, closing)
SELECT $1, c.key, c.need, $2 FROM unnest($3::text[], $4::integer[]) AS c (key, need)
ON CONFLICT DO NOTHING
"""


async def insert_cells(conn: Connection, *, audit_id: UUID, needs: Mapping[str, int], closing: Closing) -> None:
    await conn.execute(INSERT_CELLS, audit_id, closing, list(needs), list(needs.values()))


# People were invited: their cells expect more.
ADD_PENDING = """
UPDATE panel.quota_cell AS q SET pending = q.pending + d.people
FROM unnest($2::text[], $3::integer[]) AS d (key, people)
WHERE q.audit_id = $1 AND q.key = d.key
"""


async def add_pending(conn: Connection, *, audit_id: UUID, invited: Mapping[str, int]) -> None:
    await conn.execute(ADD_PENDING, audit_id, list(invited), list(invited.values()))


# The counters of an audit.
SELECT_CELLS = """
SELECT key, need, have, pending, closing, decision, closed FROM panel.quota_cell WHERE audit_id = $1 ORDER BY key
"""


async def cells(conn: Connection, *, audit_id: UUID) -> tuple[QuotaCell, ...]:
    return tuple(_cell(row) for row in await conn.fetch(SELECT_CELLS, audit_id))


# Staff stop a cell, or open it again. A cell that was stopped before it was full counts by itself again; one that is
# full stays open until it is stopped.
DECIDE = """
UPDATE panel.quota_cell
SET decision = CASE
        WHEN $3::text = 'stopped' THEN 'stopped'
        WHEN closing <> 'watch' AND need > 0 AND have >= need THEN 'reopened'
    END,
    decided_at = $4
WHERE audit_id = $1 AND key = $2
RETURNING key, need, have, pending, closing, decision, closed
"""


async def decide(conn: Connection, *, audit_id: UUID, key: str, decision: Decision, now: datetime) -> QuotaCell | None:
    row = await conn.fetchrow(DECIDE, audit_id, key, decision, now)
    return _cell(row) if row else None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """People of one stratum and profile who were invited at one moment and stand at one disposition."""

    stratum: str
    coded: dict[str, str | None]
    """Age, sex, education and province."""
    invited_at: datetime
    disposition: str
    people: int


# Where the people of an audit stand, by stratum, the moment of their invitation, and profile.
SELECT_STANDINGS = """
SELECT stratum, created_at, disposition, profile ->> 'age7' AS age7, profile ->> 'sex' AS sex,
    profile ->> 'education3' AS education3, profile ->> 'province' AS province, count(*) AS people
FROM panel.invitation WHERE audit_id = $1 GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7
"""


async def standings(conn: Connection, *, audit_id: UUID) -> tuple[Standing, ...]:
    return tuple(
        Standing(
            stratum=row["stratum"],
            coded={name: row[name] for name in ("age7", "sex", "education3", "province")},
            invited_at=row["created_at"],
            disposition=row["disposition"],
            people=row["people"],
        )
        for row in await conn.fetch(SELECT_STANDINGS, audit_id)
    )


class PastProfile(msgspec.Struct, frozen=True, kw_only=True):
    """Invitations to one audit that is over, of people with one profile."""

    audit_id: UUID
    coded: dict[str, str | None]
    invited: int
    completed: int


# What came of invitations of the same kind, in the latest audits that are over.
SELECT_PAST = """
WITH past AS (
    SELECT d.audit_id FROM panel.draw AS d
    WHERE d.sample_kind = $1 AND d.audit_id <> $2
      AND NOT EXISTS (SELECT 1 FROM panel.invitation AS i WHERE i.audit_id = d.audit_id AND i.unlinked_at IS NULL)
      AND EXISTS (SELECT 1 FROM panel.invitation AS i WHERE i.audit_id = d.audit_id)
    ORDER BY d.drawn_at DESC LIMIT $3)
SELECT i.audit_id, i.profile::text AS profile, count(*) AS invited,
    count(*) FILTER (WHERE i.disposition = 'completed') AS completed
FROM panel.invitation AS i JOIN past USING (audit_id)
GROUP BY i.audit_id, i.profile
"""


async def past(conn: Connection, *, audit_id: UUID, kind: SampleKind, audits: int) -> tuple[PastProfile, ...]:
    return tuple(
        PastProfile(
            audit_id=row["audit_id"],
            coded=msgspec.json.decode(row["profile"], type=dict[str, str | None]),
            invited=row["invited"],
            completed=row["completed"],
        )
        for row in await conn.fetch(SELECT_PAST, kind, audit_id, audits)
    )


# How long after their invitation people completed, in the latest audits that are over. By the random respondent id the
# first ones are a random sample.
SELECT_PAST_SECONDS = """
WITH past AS (
    SELECT d.audit_id FROM panel.draw AS d
    WHERE d.sample_kind = $1 AND d.audit_id <> $2
      AND NOT EXISTS (SELECT 1 FROM panel.invitation AS i WHERE i.audit_id = d.audit_id AND i.unlinked_at IS NULL)
    ORDER BY d.drawn_at DESC LIMIT $3)
SELECT extract(epoch FROM i.disposition_at - i.created_at)::float8 AS seconds
FROM panel.invitation AS i JOIN past USING (audit_id)
WHERE i.disposition = 'completed' AND i.disposition_at >= i.created_at
ORDER BY i.respondent_id LIMIT $4
"""


async def past_seconds(
    conn: Connection, *, audit_id: UUID, kind: SampleKind, audits: int, people: int
) -> tuple[float, ...]:
    rows = await conn.fetch(SELECT_PAST_SECONDS, kind, audit_id, audits, people)
    return tuple(row["seconds"] for row in rows)


# Batches in which somebody waits for the invitation and may have it.
SELECT_WAITING_BATCHES = """
SELECT DISTINCT i.batch
FROM panel.invitation AS i
LEFT JOIN panel.quota_cell AS q ON q.audit_id = i.audit_id AND q.key = i.stratum
WHERE i.audit_id = $1 AND i.disposition = 'queued' AND NOT COALESCE(q.closed, false)
ORDER BY i.batch
"""


async def waiting_batches(conn: Connection, *, audit_id: UUID) -> tuple[int, ...]:
    return tuple(row["batch"] for row in await conn.fetch(SELECT_WAITING_BATCHES, audit_id))


# Keep how even participation was; a day is kept once.
INSERT_OBSERVATION = """
INSERT INTO panel.observation (audit_id, day, at, wave, invited, completed, r, lower, upper)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING
"""


async def insert_observation(conn: Connection, *, audit_id: UUID, observation: Observation) -> None:
    one = observation
    await conn.execute(
        INSERT_OBSERVATION,
        audit_id,
        one.day,
        one.at,
        one.wave,
        one.invited,
        one.completed,
        one.r,
        one.lower,
        one.upper,
    )


# How even participation was, day by day.
SELECT_OBSERVATIONS = """
SELECT day, at, wave, invited, completed, r, lower, upper FROM panel.observation WHERE audit_id = $1 ORDER BY day
"""


async def observations(conn: Connection, *, audit_id: UUID) -> tuple[Observation, ...]:
    return tuple(Observation(**dict(row)) for row in await conn.fetch(SELECT_OBSERVATIONS, audit_id))


def _cell(row: asyncpg.Record) -> QuotaCell:
    return QuotaCell(
        key=row["key"],
        need=row["need"],
        have=row["have"],
        pending=row["pending"],
        closing=cast(Closing, row["closing"]),
        decision=cast("Decision | None", row["decision"]),
        closed=row["closed"],
    )


def _wave(row: asyncpg.Record) -> WaveRecord:
    return WaveRecord(
        number=row["number"],
        decided_by=cast(DecidedBy, row["decided_by"]),
        method=cast(DrawMethod, row["method"]),
        size=row["size"],
        frame_size=row["frame_size"],
        frame_hash=row["frame_hash"],
        strata=msgspec.json.decode(row["strata"], type=tuple[StratumReport, ...]),
        excluded=msgspec.json.decode(row["excluded"], type=dict[str, int]),
        first_batch=row["first_batch"],
        batches=row["batches"],
        drawn_at=row["drawn_at"],
    )
