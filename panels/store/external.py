"""Sources of people who are no members (panel.source, panel.register_person, panel.arrival)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, cast
from uuid import UUID

import asyncpg
import msgspec
from samenspraak.types.base import SampleKind
from samenspraak.types.external import SourceRequest

from panels.external.register_csv import RegisterPerson
from panels.store.connection import Connection

TurnedAway = Literal["screened_out", "quota_full"]


class StoredSource(msgspec.Struct, frozen=True, kw_only=True):
    audit_id: UUID
    id: UUID
    intake: Literal["link_in", "register"]
    sample_kind: SampleKind
    definition: SourceRequest
    most: int | None
    came_in: int
    screened_out: int
    quota_full: int
    created_at: datetime
    listed: int = 0
    completed: int = 0


# Keep a source.
INSERT_SOURCE = """
INSERT INTO panel.source (audit_id, id, intake, sample_kind, definition, token_hash, most, created_at)
VALUES ($1, $2, $3, $4, $5::text::jsonb, $6, $7, $8)
"""


async def insert_source(conn: Connection, *, source: StoredSource, token_hash: bytes) -> None:
    await conn.execute(
        INSERT_SOURCE,
        source.audit_id,
        source.id,
        source.intake,
        source.sample_kind,
        msgspec.json.encode(source.definition).decode(),
        token_hash,
        source.most,
        source.created_at,
    )


# The sources of an audit with their counts, oldest first.
SELECT_SOURCES = """
SELECT s.audit_id, s.id, s.intake, s.sample_kind, s.definition::text AS definition, s.most, s.came_in, s.screened_out,
    s.quota_full, s.created_at,
    (SELECT count(*) FROM panel.register_person AS p WHERE p.audit_id = s.audit_id AND p.source_id = s.id)
        AS waiting,
    (SELECT count(*) FROM panel.invitation AS i WHERE i.audit_id = s.audit_id AND i.source_id = s.id) AS invited,
    (SELECT count(*) FROM panel.invitation AS i
     WHERE i.audit_id = s.audit_id AND i.source_id = s.id AND i.disposition = 'completed') AS completed
FROM panel.source AS s WHERE s.audit_id = $1 ORDER BY s.id
"""


async def sources(conn: Connection, *, audit_id: UUID) -> tuple[StoredSource, ...]:
    return tuple(_source(row) for row in await conn.fetch(SELECT_SOURCES, audit_id))


# The source behind a link, held until it has let somebody in, so that nobody comes in beyond its limit.
SELECT_SOURCE_BY_TOKEN = """
SELECT audit_id, id, intake, sample_kind, definition::text AS definition, most, came_in, screened_out, quota_full,
    created_at, 0 AS waiting, 0 AS invited, 0 AS completed
FROM panel.source WHERE token_hash = $1
"""
LOCK_SOURCE_BY_TOKEN = SELECT_SOURCE_BY_TOKEN + "FOR UPDATE\n"


async def by_token(conn: Connection, *, token_hash: bytes, lock: bool = False) -> StoredSource | None:
    row = await conn.fetchrow(LOCK_SOURCE_BY_TOKEN if lock else SELECT_SOURCE_BY_TOKEN, token_hash)
    return _source(row) if row else None


# The source that sent the person behind an invitation, with the reference it knows them by.
SELECT_SOURCE_OF = """
SELECT s.definition::text AS definition, a.reference
FROM panel.invitation AS i
JOIN panel.source AS s ON s.audit_id = i.audit_id AND s.id = i.source_id
LEFT JOIN panel.arrival AS a ON a.audit_id = i.audit_id AND a.invitation_id = i.id
WHERE i.audit_id = $1 AND i.id = $2
"""


async def source_of(
    conn: Connection, *, audit_id: UUID, invitation_id: UUID
) -> tuple[SourceRequest, str | None] | None:
    row = await conn.fetchrow(SELECT_SOURCE_OF, audit_id, invitation_id)
    return (msgspec.json.decode(row["definition"], type=SourceRequest), row["reference"]) if row else None


# Count one more person who came in.
COUNT_IN = """
UPDATE panel.source SET came_in = came_in + 1 WHERE audit_id = $1 AND id = $2
"""
# Count one more person who was turned away.
COUNT_AWAY = """
UPDATE panel.source
SET screened_out = screened_out + CASE WHEN $3 = 'screened_out' THEN 1 ELSE 0 END,
    quota_full = quota_full + CASE WHEN $3 = 'quota_full' THEN 1 ELSE 0 END
WHERE audit_id = $1 AND id = $2
"""


async def count_in(conn: Connection, *, audit_id: UUID, source_id: UUID) -> None:
    await conn.execute(COUNT_IN, audit_id, source_id)


async def count_away(conn: Connection, *, audit_id: UUID, source_id: UUID, why: TurnedAway) -> None:
    await conn.execute(COUNT_AWAY, audit_id, source_id, why)


# The invitation that a reference came in with before.
SELECT_ARRIVAL = """
SELECT invitation_id FROM panel.arrival WHERE audit_id = $1 AND source_id = $2 AND reference = $3
"""


async def arrival(conn: Connection, *, audit_id: UUID, source_id: UUID, reference: str) -> UUID | None:
    found = await conn.fetchval(SELECT_ARRIVAL, audit_id, source_id, reference)
    return cast("UUID | None", found)


# Remember which references belong to which invitations.
INSERT_ARRIVALS = """
INSERT INTO panel.arrival (audit_id, source_id, reference, invitation_id)
SELECT $1, $2, a.reference, a.invitation_id FROM unnest($3::text[], $4::uuid[]) AS a (reference, invitation_id)
"""


async def insert_arrivals(
    conn: Connection, *, audit_id: UUID, source_id: UUID, references: Sequence[str], invitation_ids: Sequence[UUID]
) -> None:
    await conn.execute(INSERT_ARRIVALS, audit_id, source_id, references, invitation_ids)


# References of a source with their invitations, in order of reference.
SELECT_ARRIVALS = """
SELECT reference, invitation_id FROM panel.arrival WHERE audit_id = $1 AND source_id = $2 ORDER BY reference
"""


async def arrivals(conn: Connection, *, audit_id: UUID, source_id: UUID) -> list[tuple[str, UUID]]:
    rows = await conn.fetch(SELECT_ARRIVALS, audit_id, source_id)
    return [(row["reference"], row["invitation_id"]) for row in rows]


# Cut the references of an audit loose.
FORGET_ARRIVALS = """
DELETE FROM panel.arrival WHERE audit_id = $1
"""


async def forget(conn: Connection, *, audit_id: UUID) -> None:
    await conn.execute(FORGET_ARRIVALS, audit_id)


# Replace what was loaded from a register file before.
DELETE_REGISTER = """
DELETE FROM panel.register_person WHERE audit_id = $1 AND source_id = $2
"""
INSERT_REGISTER = """
INSERT INTO panel.register_person (audit_id, source_id, reference, probability, stratum, profile, language, loaded_at)
SELECT $1, $2, p.reference, p.probability, p.stratum, p.profile::jsonb, p.language, $3
FROM unnest($4::text[], $5::float8[], $6::text[], $7::text[], $8::text[])
    AS p (reference, probability, stratum, profile, language)
"""


async def replace_register(
    conn: Connection, *, audit_id: UUID, source_id: UUID, people: Sequence[RegisterPerson], now: datetime
) -> None:
    await conn.execute(DELETE_REGISTER, audit_id, source_id)
    await conn.execute(
        INSERT_REGISTER,
        audit_id,
        source_id,
        now,
        [one.reference for one in people],
        [one.probability for one in people],
        [one.stratum for one in people],
        [msgspec.json.encode(one.coded).decode() for one in people],
        [one.language for one in people],
    )


# Everybody loaded for an audit, by source and reference.
SELECT_REGISTER = """
SELECT source_id, reference, probability, stratum, profile::text AS profile, language
FROM panel.register_person WHERE audit_id = $1 ORDER BY source_id, reference
"""


async def register(conn: Connection, *, audit_id: UUID) -> list[tuple[UUID, RegisterPerson]]:
    return [
        (
            row["source_id"],
            RegisterPerson(
                reference=row["reference"],
                probability=row["probability"],
                stratum=row["stratum"],
                coded=msgspec.json.decode(row["profile"], type=dict[str, str | None]),
                language=row["language"],
            ),
        )
        for row in await conn.fetch(SELECT_REGISTER, audit_id)
    ]


# The loaded rows have become invitations.
CLEAR_REGISTER = """
DELETE FROM panel.register_person WHERE audit_id = $1
"""


async def clear_register(conn: Connection, *, audit_id: UUID) -> None:
    await conn.execute(CLEAR_REGISTER, audit_id)


# Whether a cell takes nobody new; locked, so that it cannot fill up in between.
SELECT_CELL_CLOSED = """
SELECT closed FROM panel.quota_cell WHERE audit_id = $1 AND key = $2 FOR UPDATE
"""


async def cell_closed(conn: Connection, *, audit_id: UUID, key: str) -> bool:
    return bool(await conn.fetchval(SELECT_CELL_CLOSED, audit_id, key))


def _source(row: asyncpg.Record) -> StoredSource:
    register = row["intake"] == "register"
    return StoredSource(
        audit_id=row["audit_id"],
        id=row["id"],
        intake=row["intake"],
        sample_kind=row["sample_kind"],
        definition=msgspec.json.decode(row["definition"], type=SourceRequest),
        most=row["most"],
        came_in=row["invited"] if register else row["came_in"],
        screened_out=row["screened_out"],
        quota_full=row["quota_full"],
        created_at=row["created_at"],
        listed=row["waiting"] + row["invited"] if register else 0,
        completed=row["completed"],
    )
