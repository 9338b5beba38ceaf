"""Assemblies and their lotteries as they are written (panel.assembly, panel.assembly_lottery)."""

from datetime import datetime
from typing import cast
from uuid import UUID

import asyncpg
import msgspec
from samenspraak.types.assembly import AssemblyState, EnteredValue, Fairness, Impossibility
from samenspraak.types.base import Localised, SampleKind
from samenspraak.types.lottery import Drawing, LotteryQuota, PublicRandomness

from panels.assemblies.models import Assembly, Round, Terms
from panels.store.connection import Connection


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """A published lottery in few words."""

    commitment: str
    drawing: Drawing | None


# A new assembly.
INSERT_ASSEMBLY = """
INSERT INTO panel.assembly (id, state, sample_kind, terms, quotas, round, attempt, randomness, seed, salt, warnings,
    created_at, changed_at)
VALUES ($1, $2, $3, $4::text::jsonb, $5::text::jsonb, $6, $7, $8::text::jsonb, $9, $10, $11::text::jsonb, $12, $12)
"""


async def insert(conn: Connection, *, assembly: Assembly) -> None:
    await conn.execute(
        INSERT_ASSEMBLY,
        assembly.id,
        assembly.state,
        assembly.sample_kind,
        _json(assembly.terms),
        _json(assembly.quotas),
        assembly.round,
        assembly.attempt,
        _json(assembly.randomness),
        assembly.seed,
        assembly.salt,
        _json(assembly.warnings),
        assembly.created_at,
    )


# Everything that a step may change.
UPDATE_ASSEMBLY = """
UPDATE panel.assembly SET state = $2, quotas = $3::text::jsonb, round = $4, attempt = $5, randomness = $6::text::jsonb,
    seed = $7, fairness = $8::text::jsonb, impossibility = $9::text::jsonb,
    warnings = $10::text::jsonb, entered = $11::text::jsonb,
    asked = $12, volunteers = $13, declined = $14, answer_by = $15, reason = $16, changed_at = $17,
    pool_closed_at = $18, published_at = $19, drawn_at = $20, ended_at = $21
WHERE id = $1
"""


async def save(conn: Connection, *, assembly: Assembly) -> None:
    await conn.execute(
        UPDATE_ASSEMBLY,
        assembly.id,
        assembly.state,
        _json(assembly.quotas),
        assembly.round,
        assembly.attempt,
        _json(assembly.randomness),
        assembly.seed,
        _json_or_none(assembly.fairness),
        _json_or_none(assembly.impossibility),
        _json(assembly.warnings),
        _json_or_none(assembly.entered),
        assembly.asked,
        assembly.volunteers,
        assembly.declined,
        assembly.answer_by,
        assembly.reason,
        assembly.changed_at,
        assembly.pool_closed_at,
        assembly.published_at,
        assembly.drawn_at,
        assembly.ended_at,
    )


# One assembly.
SELECT_ASSEMBLY = """
SELECT id, state, sample_kind, terms::text AS terms, quotas::text AS quotas, round, attempt,
    randomness::text AS randomness, seed, salt, fairness::text AS fairness, impossibility::text AS impossibility,
    warnings::text AS warnings, entered::text AS entered, asked, volunteers, declined, answer_by, reason, created_at,
    changed_at, pool_closed_at, published_at, drawn_at, ended_at
FROM panel.assembly WHERE id = $1
"""


async def find(conn: Connection, *, assembly_id: UUID) -> Assembly | None:
    row = await conn.fetchrow(SELECT_ASSEMBLY, assembly_id)
    return _assembly(row) if row else None


# One assembly, held by whoever moves it.
LOCK_ASSEMBLY = SELECT_ASSEMBLY + "FOR UPDATE"


async def lock(conn: Connection, *, assembly_id: UUID) -> Assembly | None:
    row = await conn.fetchrow(LOCK_ASSEMBLY, assembly_id)
    return _assembly(row) if row else None


# One assembly, kept in its state by many who add to it.
SHARE_ASSEMBLY = SELECT_ASSEMBLY + "FOR SHARE"


async def share(conn: Connection, *, assembly_id: UUID) -> Assembly | None:
    row = await conn.fetchrow(SHARE_ASSEMBLY, assembly_id)
    return _assembly(row) if row else None


# Assemblies, newest first, in these states or in any.
SELECT_PAGE = """
SELECT id, state, sample_kind, terms::text AS terms, quotas::text AS quotas, round, attempt,
    randomness::text AS randomness, seed, salt, fairness::text AS fairness, impossibility::text AS impossibility,
    warnings::text AS warnings, entered::text AS entered, asked, volunteers, declined, answer_by, reason, created_at,
    changed_at, pool_closed_at, published_at, drawn_at, ended_at
FROM panel.assembly
WHERE ($1::uuid IS NULL OR id < $1) AND ($2::text[] IS NULL OR state = ANY($2))
ORDER BY id DESC
LIMIT $3
"""


async def page(
    conn: Connection, *, after: UUID | None, states: list[AssemblyState] | None, limit: int
) -> tuple[Assembly, ...]:
    rows = await conn.fetch(SELECT_PAGE, after, states, limit)
    return tuple(_assembly(row) for row in rows)


# Assemblies that everybody may see, newest first.
SELECT_PUBLIC = """
SELECT id, state, sample_kind, terms::text AS terms, quotas::text AS quotas, round, attempt,
    randomness::text AS randomness, seed, salt, fairness::text AS fairness, impossibility::text AS impossibility,
    warnings::text AS warnings, entered::text AS entered, asked, volunteers, declined, answer_by, reason, created_at,
    changed_at, pool_closed_at, published_at, drawn_at, ended_at
FROM panel.assembly
WHERE ($1::uuid IS NULL OR id < $1) AND (published_at IS NOT NULL OR (state = 'cancelled' AND asked > 0))
ORDER BY id DESC
LIMIT $2
"""


async def public_page(conn: Connection, *, after: UUID | None, limit: int) -> tuple[Assembly, ...]:
    return tuple(_assembly(row) for row in await conn.fetch(SELECT_PUBLIC, after, limit))


# Keep what a calculation found; an older one of the same round was never published.
UPSERT_LOTTERY = """
INSERT INTO panel.assembly_lottery (assembly_id, round, solution, solved_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (assembly_id, round) DO UPDATE SET solution = excluded.solution, solved_at = excluded.solved_at
WHERE panel.assembly_lottery.content IS NULL
"""


async def keep_solution(conn: Connection, *, assembly_id: UUID, number: int, solution: bytes, now: datetime) -> None:
    await conn.execute(UPSERT_LOTTERY, assembly_id, number, solution, now)


# Publish a lottery: from now on its row does not change but for the drawing.
PUBLISH_LOTTERY = """
UPDATE panel.assembly_lottery
SET content = $3, pool_table = $4, commitment = $5, selection = $6::text::jsonb, published_at = $7
WHERE assembly_id = $1 AND round = $2 AND content IS NULL
RETURNING round
"""


async def publish(
    conn: Connection,
    *,
    assembly_id: UUID,
    number: int,
    content: bytes,
    pool_table: bytes,
    commitment: str,
    selection: bytes,
    now: datetime,
) -> bool:
    """False when it was published before."""
    done = await conn.fetchval(
        PUBLISH_LOTTERY, assembly_id, number, content, pool_table, commitment, selection.decode(), now
    )
    return done is not None


# Book the drawing of a lottery, once.
DRAW_LOTTERY = """
UPDATE panel.assembly_lottery SET drawing = $3::text::jsonb, selection = $4::text::jsonb, drawn_at = $5
WHERE assembly_id = $1 AND round = $2 AND drawing IS NULL AND content IS NOT NULL
RETURNING round
"""


async def draw(
    conn: Connection, *, assembly_id: UUID, number: int, drawing: Drawing, selection: bytes, now: datetime
) -> bool:
    """False when it was drawn before."""
    done = await conn.fetchval(DRAW_LOTTERY, assembly_id, number, _json(drawing), selection.decode(), now)
    return done is not None


# One lottery of an assembly.
SELECT_LOTTERY = """
SELECT assembly_id, round, solution, content, pool_table, commitment, selection::text AS selection,
    drawing::text AS drawing, published_at
FROM panel.assembly_lottery WHERE assembly_id = $1 AND round = $2
"""


async def lottery(conn: Connection, *, assembly_id: UUID, number: int) -> Round | None:
    row = await conn.fetchrow(SELECT_LOTTERY, assembly_id, number)
    return _round(row) if row else None


# The published lotteries of an assembly, in order.
SELECT_PUBLISHED = """
SELECT assembly_id, round, ''::bytea AS solution, content, NULL::bytea AS pool_table, commitment,
    selection::text AS selection, drawing::text AS drawing, published_at
FROM panel.assembly_lottery WHERE assembly_id = $1 AND content IS NOT NULL ORDER BY round
"""


async def published(conn: Connection, *, assembly_id: UUID) -> tuple[Round, ...]:
    rows = await conn.fetch(SELECT_PUBLISHED, assembly_id)
    return tuple(_round(row) for row in rows)


# What is known of a lottery in few words.
SELECT_FACTS = """
SELECT commitment, drawing::text AS drawing FROM panel.assembly_lottery
WHERE assembly_id = $1 AND round = $2 AND content IS NOT NULL
"""


async def published_facts(conn: Connection, *, assembly_id: UUID, number: int) -> Facts | None:
    row = await conn.fetchrow(SELECT_FACTS, assembly_id, number)
    if row is None:
        return None
    return Facts(
        commitment=row["commitment"],
        drawing=msgspec.json.decode(row["drawing"], type=Drawing) if row["drawing"] else None,
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _json_or_none(value: object) -> str | None:
    return None if value is None else _json(value)


def _assembly(row: asyncpg.Record) -> Assembly:
    return Assembly(
        id=row["id"],
        state=cast(AssemblyState, row["state"]),
        sample_kind=cast(SampleKind, row["sample_kind"]),
        terms=msgspec.json.decode(row["terms"], type=Terms),
        quotas=msgspec.json.decode(row["quotas"], type=tuple[LotteryQuota, ...]),
        round=row["round"],
        attempt=row["attempt"],
        randomness=msgspec.json.decode(row["randomness"], type=PublicRandomness),
        seed=row["seed"],
        salt=row["salt"],
        fairness=msgspec.json.decode(row["fairness"], type=Fairness) if row["fairness"] else None,
        impossibility=msgspec.json.decode(row["impossibility"], type=Impossibility) if row["impossibility"] else None,
        warnings=msgspec.json.decode(row["warnings"], type=tuple[Localised, ...]),
        entered=msgspec.json.decode(row["entered"], type=EnteredValue) if row["entered"] else None,
        asked=row["asked"],
        volunteers=row["volunteers"],
        declined=row["declined"],
        answer_by=row["answer_by"],
        reason=row["reason"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
        pool_closed_at=row["pool_closed_at"],
        published_at=row["published_at"],
        drawn_at=row["drawn_at"],
        ended_at=row["ended_at"],
    )


def _round(row: asyncpg.Record) -> Round:
    return Round(
        assembly_id=row["assembly_id"],
        number=row["round"],
        solution=row["solution"],
        content=row["content"],
        pool_table=row["pool_table"],
        commitment=row["commitment"],
        selection=row["selection"].encode() if row["selection"] else None,
        drawing=msgspec.json.decode(row["drawing"], type=Drawing) if row["drawing"] else None,
        published_at=row["published_at"],
    )
