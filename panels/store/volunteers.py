"""People who were asked for an assembly, and their answers (panel.assembly_candidate)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeVar, cast
from uuid import UUID

import asyncpg
import msgspec
from samenspraak.types.base import SampleKind

from panels.assemblies.models import Candidate, CandidateAnswer, Frozen, NewCandidate
from panels.models import AssemblyPart, Education, Profile, Sex
from panels.store.connection import Connection

PART = 2000
"""Rows that are read or written at once: between two parts others get their turn, so a large pool stalls nobody."""
_BEFORE_ALL = UUID(int=0)
T = TypeVar("T")


def _parts(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    return (rows[start : start + PART] for start in range(0, len(rows), PART))


class Volunteer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was asked, with the profile as it is now; `profile` None: not a member (any more)."""

    id: UUID
    answer: CandidateAnswer
    member_id: UUID | None
    profile: Profile | None
    household_key: str | None
    """Hexadecimal."""


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    asked: int
    yes: int
    no: int
    left: int


# Members of one kind, born in or before a year, who agreed to be asked for assemblies.
SELECT_ASKABLE = """
SELECT m.id, m.language FROM panel.member AS m
WHERE m.kind = $1 AND m.status = 'active' AND m.admitted AND m.birth_year <= $2
  AND (SELECT count(DISTINCT c.purpose) FROM panel.consent AS c
       WHERE c.member_id = m.id AND c.withdrawn_at IS NULL
         AND c.purpose IN ('membership', 'profile', 'assembly')) = 3
  AND m.id > $3
ORDER BY m.id
LIMIT $4
"""


async def askable(conn: Connection, *, kind: SampleKind, born_by: int) -> list[tuple[UUID, str]]:
    """Id and language."""
    found: list[tuple[UUID, str]] = []
    after = _BEFORE_ALL
    while rows := await conn.fetch(SELECT_ASKABLE, kind, born_by, after, PART):
        found += [(row["id"], row["language"]) for row in rows]
        after = rows[-1]["id"]
    return found


# Many candidates at once.
INSERT_CANDIDATES = """
INSERT INTO panel.assembly_candidate (assembly_id, id, member_id, reference, batch, language, token_hash, answer,
    features, household, invited, created_at)
SELECT $1, c.id, c.member_id, c.reference, c.batch, c.language, c.token_hash, c.answer, c.features::jsonb, c.household,
    c.invited, $2
FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::integer[], $7::text[], $8::bytea[], $9::text[], $10::text[],
    $11::text[], $12::float8[]) AS c (id, member_id, reference, batch, language, token_hash, answer, features,
    household, invited)
"""


async def insert(conn: Connection, *, assembly_id: UUID, people: Sequence[NewCandidate], now: datetime) -> None:
    for part in _parts(people):
        await conn.execute(
            INSERT_CANDIDATES,
            assembly_id,
            now,
            [one.id for one in part],
            [one.member_id for one in part],
            [one.reference for one in part],
            [one.batch for one in part],
            [one.language for one in part],
            [one.token_hash for one in part],
            [one.answer for one in part],
            [_json(one.features) if one.features is not None else None for one in part],
            [one.household for one in part],
            [one.invited for one in part],
        )


# Forget the list that was there: a new one replaces it as a whole.
DELETE_LISTED = """
DELETE FROM panel.assembly_candidate WHERE assembly_id = $1 AND member_id IS NULL
"""


async def delete_listed(conn: Connection, *, assembly_id: UUID) -> None:
    await conn.execute(DELETE_LISTED, assembly_id)


# The person behind a link.
SELECT_BY_TOKEN = """
SELECT assembly_id, id, member_id, reference, language, answer, features::text AS features, household, ticket, invited,
    responded, selected
FROM panel.assembly_candidate WHERE token_hash = $1
"""


async def find_by_token(conn: Connection, *, token_hash: bytes) -> Candidate | None:
    row = await conn.fetchrow(SELECT_BY_TOKEN, token_hash)
    return _candidate(row) if row else None


# Everybody in the pool after an id, in order.
SELECT_POOL = """
SELECT assembly_id, id, member_id, reference, language, answer, features::text AS features, household, ticket, invited,
    responded, selected
FROM panel.assembly_candidate
WHERE assembly_id = $1 AND id > $2 AND features IS NOT NULL AND answer IN ('yes', 'left')
ORDER BY id
LIMIT $3
"""


async def pool(conn: Connection, *, assembly_id: UUID) -> tuple[Candidate, ...]:
    """Also people who left after the pool closed: a lottery that was published keeps their ticket."""
    found: list[Candidate] = []
    after = _BEFORE_ALL
    while rows := await conn.fetch(SELECT_POOL, assembly_id, after, PART):
        found += [_candidate(row) for row in rows]
        after = rows[-1]["id"]
    return tuple(found)


# Everybody who was ever offered a seat.
SELECT_SEATED = """
SELECT c.assembly_id, c.id, c.member_id, c.reference, c.language, c.answer, c.features::text AS features, c.household,
    c.ticket, c.invited, c.responded, c.selected
FROM panel.assembly_candidate AS c
JOIN panel.assembly_seat AS s ON s.assembly_id = c.assembly_id AND s.candidate_id = c.id
WHERE c.assembly_id = $1
ORDER BY c.id
"""


async def seated(conn: Connection, *, assembly_id: UUID) -> tuple[Candidate, ...]:
    return tuple(_candidate(row) for row in await conn.fetch(SELECT_SEATED, assembly_id))


# How many of the willing people whose features are known have each value.
COUNT_VALUES = """
SELECT f.key AS feature, f.value, count(*) AS people
FROM panel.assembly_candidate AS c CROSS JOIN LATERAL jsonb_each_text(c.features) AS f
WHERE c.assembly_id = $1 AND c.features IS NOT NULL AND c.answer = 'yes'
GROUP BY f.key, f.value
"""


async def count_values(conn: Connection, *, assembly_id: UUID) -> dict[str, dict[str, int]]:
    """People by feature and value; empty while the pool of members is open."""
    counted: dict[str, dict[str, int]] = {}
    for row in await conn.fetch(COUNT_VALUES, assembly_id):
        counted.setdefault(row["feature"], {})[row["value"]] = row["people"]
    return counted


# Say yes or no, from one of these answers.
UPDATE_ANSWER = """
UPDATE panel.assembly_candidate SET answer = $3, answered_at = $4
WHERE assembly_id = $1 AND id = $2 AND answer = ANY($5::text[])
"""


async def change_answer(
    conn: Connection,
    *,
    assembly_id: UUID,
    candidate_id: UUID,
    answer: CandidateAnswer,
    sources: Sequence[CandidateAnswer],
    now: datetime,
) -> None:
    await conn.execute(UPDATE_ANSWER, assembly_id, candidate_id, answer, now, list(sources))


# How people answered.
COUNT_ANSWERS = """
SELECT count(*) FILTER (WHERE answer = 'asked') AS asked, count(*) FILTER (WHERE answer = 'yes') AS yes,
    count(*) FILTER (WHERE answer = 'no') AS no, count(*) FILTER (WHERE answer = 'left') AS gone
FROM panel.assembly_candidate WHERE assembly_id = $1
"""


async def count_answers(conn: Connection, *, assembly_id: UUID) -> Answers:
    row = await conn.fetchrow(COUNT_ANSWERS, assembly_id)
    assert row is not None
    return Answers(asked=row["asked"], yes=row["yes"], no=row["no"], left=row["gone"])


# Everybody who was asked, after an id, with the profile of this moment while there is a membership (of a merged one: of
# the one that was kept).
SELECT_ASKED = """
SELECT c.id, c.answer, m.id AS member_id, m.sex, m.birth_year, m.province, m.education, m.municipality, m.urbanity,
    encode(m.household_key, 'hex') AS household_key
FROM panel.assembly_candidate AS c
LEFT JOIN panel.member AS l ON l.id = c.member_id
LEFT JOIN panel.member AS m ON m.id = COALESCE(l.merged_into, l.id) AND m.status IN ('active', 'paused')
WHERE c.assembly_id = $1 AND c.id > $2
ORDER BY c.id
LIMIT $3
"""


async def asked(conn: Connection, *, assembly_id: UUID) -> tuple[Volunteer, ...]:
    found: list[Volunteer] = []
    after = _BEFORE_ALL
    while rows := await conn.fetch(SELECT_ASKED, assembly_id, after, PART):
        found += [
            Volunteer(
                id=row["id"],
                answer=cast(CandidateAnswer, row["answer"]),
                member_id=row["member_id"],
                profile=_profile(row) if row["member_id"] else None,
                household_key=row["household_key"],
            )
            for row in rows
        ]
        after = rows[-1]["id"]
    return tuple(found)


# Fix what the lottery knows about each volunteer.
FREEZE = """
UPDATE panel.assembly_candidate AS c
SET features = f.features::jsonb, household = f.household, responded = f.responded
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::float8[]) AS f (id, features, household, responded)
WHERE c.assembly_id = $1 AND c.id = f.id
"""

# Whoever said yes and is not a member any more.
MARK_LEFT = """
UPDATE panel.assembly_candidate SET answer = 'left' WHERE assembly_id = $1 AND answer = 'yes' AND features IS NULL
"""


async def freeze(conn: Connection, *, assembly_id: UUID, people: Sequence[Frozen]) -> None:
    for part in _parts(people):
        await conn.execute(
            FREEZE,
            assembly_id,
            [one.id for one in part],
            [_json(one.features) for one in part],
            [one.household for one in part],
            [one.responded for one in part],
        )
    await conn.execute(MARK_LEFT, assembly_id)


# Tickets and chances of the first lottery, when it is published.
WRITE_TICKETS = """
UPDATE panel.assembly_candidate AS c SET ticket = t.ticket, selected = t.selected
FROM unnest($2::uuid[], $3::text[], $4::float8[]) AS t (id, ticket, selected)
WHERE c.assembly_id = $1 AND c.id = t.id
"""


async def write_tickets(conn: Connection, *, assembly_id: UUID, tickets: Sequence[tuple[UUID, str, float]]) -> None:
    """`tickets`: id, ticket, share of the panels that hold this person."""
    for part in _parts(tickets):
        await conn.execute(
            WRITE_TICKETS, assembly_id, [row[0] for row in part], [row[1] for row in part], [row[2] for row in part]
        )


# Assemblies that one member was asked for, newest first.
SELECT_OF_MEMBER = """
SELECT c.assembly_id, c.answer, c.features::text AS features, c.ticket, s.state AS seat
FROM panel.assembly_candidate AS c
LEFT JOIN panel.assembly_seat AS s ON s.assembly_id = c.assembly_id AND s.candidate_id = c.id
WHERE c.member_id = $1
ORDER BY c.created_at DESC, c.assembly_id
"""


async def of_member(conn: Connection, *, member_id: UUID) -> tuple[AssemblyPart, ...]:
    rows = await conn.fetch(SELECT_OF_MEMBER, member_id)
    return tuple(
        AssemblyPart(
            assembly_id=row["assembly_id"],
            answer=row["answer"],
            features=_features(row["features"]),
            ticket=row["ticket"] or "",
            seat=row["seat"],
        )
        for row in rows
    )


# Of assemblies whose pool is open nothing stays of a member who is erased.
ERASE_OPEN = """
DELETE FROM panel.assembly_candidate WHERE member_id = $1 AND features IS NULL
"""

# A seat that a member who is erased has not given back falls free.
ERASE_SEATS = """
UPDATE panel.assembly_seat AS s SET state = 'declined', settled_at = $2
FROM panel.assembly_candidate AS c
WHERE c.member_id = $1 AND s.assembly_id = c.assembly_id AND s.candidate_id = c.id AND s.state <> 'declined'
"""

# In a closed pool the ticket stays as a number; who held it is not known any more.
ERASE_LINKS = """
UPDATE panel.assembly_candidate SET member_id = NULL, token_hash = NULL, answer = 'left' WHERE member_id = $1
"""


async def erase_of_member(vault_conn: Connection, *, member_id: UUID, now: datetime) -> None:
    """Cut every link of a member with assemblies; may run twice."""
    await vault_conn.execute(ERASE_OPEN, member_id)
    await vault_conn.execute(ERASE_SEATS, member_id, now)
    await vault_conn.execute(ERASE_LINKS, member_id)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _features(text: str | None) -> dict[str, str]:
    return msgspec.json.decode(text, type=dict[str, str]) if text else {}


def _profile(row: asyncpg.Record) -> Profile:
    return Profile(
        sex=cast("Sex | None", row["sex"]),
        birth_year=row["birth_year"],
        province=row["province"],
        education=cast("Education | None", row["education"]),
        municipality=row["municipality"],
        urbanity=row["urbanity"],
    )


def _candidate(row: asyncpg.Record) -> Candidate:
    return Candidate(
        assembly_id=row["assembly_id"],
        id=row["id"],
        member_id=row["member_id"],
        reference=row["reference"],
        language=row["language"],
        answer=cast(CandidateAnswer, row["answer"]),
        features=_features(row["features"]),
        household=row["household"] or "",
        ticket=row["ticket"] or "",
        invited=row["invited"],
        responded=row["responded"],
        selected=row["selected"],
    )
