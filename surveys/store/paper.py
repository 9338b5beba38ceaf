"""Forms on paper (fieldwork.paper_entry, fieldwork.paper_outcome), and the response that becomes of one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from samenspraak.types.paper import PaperFault
from samenspraak.types.questionnaire import AnswerValue

from surveys.store.connection import Connection
from surveys.store.retention import Left

Turn = Literal["first", "second", "third"]
OutcomeState = Literal["differing", "completed", "without_consent", "turned_away"]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What one person keyed; `third`: what a third look settled, whole."""

    turn: Turn
    keyed_by: UUID
    fields: dict[str, str]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Both entries compared, and what became of the form."""

    state: OutcomeState
    fields: int
    differing: tuple[str, ...]
    text_fields: int
    text_differing: int
    faults: tuple[PaperFault, ...] = ()
    reason: str | None = None


# Every entry of one form.
ENTRIES = """
SELECT turn, keyed_by, fields::text AS fields FROM fieldwork.paper_entry WHERE audit_id = $1 AND response_id = $2
"""


async def entries(conn: Connection, *, audit_id: UUID, response_id: UUID) -> list[Entry]:
    return [
        Entry(
            turn=row["turn"],
            keyed_by=row["keyed_by"],
            fields=msgspec.json.decode(row["fields"], type=dict[str, str]),
        )
        for row in await conn.fetch(ENTRIES, audit_id, response_id)
    ]


# Keep an entry; keyed again by the same person it takes the place of what it was.
PUT_ENTRY = """
INSERT INTO fieldwork.paper_entry (audit_id, response_id, turn, keyed_by, fields, keyed_at)
VALUES ($1, $2, $3, $4, $5::text::jsonb, $6)
ON CONFLICT (audit_id, response_id, turn)
DO UPDATE SET fields = EXCLUDED.fields, keyed_at = EXCLUDED.keyed_at, keyed_by = EXCLUDED.keyed_by
"""


async def put_entry(conn: Connection, *, audit_id: UUID, response_id: UUID, entry: Entry, now: datetime) -> None:
    fields = msgspec.json.encode(entry.fields).decode()
    await conn.execute(PUT_ENTRY, audit_id, response_id, entry.turn, entry.keyed_by, fields, now)


# What became of one form.
OUTCOME = """
SELECT state, fields, differing, text_fields, text_differing, faults::text AS faults, reason
FROM fieldwork.paper_outcome WHERE audit_id = $1 AND response_id = $2
"""


async def outcome(conn: Connection, *, audit_id: UUID, response_id: UUID) -> Outcome | None:
    row = await conn.fetchrow(OUTCOME, audit_id, response_id)
    if row is None:
        return None
    faults = msgspec.json.decode(row["faults"], type=tuple[PaperFault, ...])
    return Outcome(**{**dict(row), "differing": tuple(row["differing"]), "faults": faults})


# Write down what became of a form.
PUT_OUTCOME = """
INSERT INTO fieldwork.paper_outcome (audit_id, response_id, state, fields, differing, text_fields, text_differing,
    faults, reason, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9, $10)
ON CONFLICT (audit_id, response_id)
DO UPDATE SET state = EXCLUDED.state, faults = EXCLUDED.faults, reason = EXCLUDED.reason,
    changed_at = EXCLUDED.changed_at
"""


async def put_outcome(conn: Connection, *, audit_id: UUID, response_id: UUID, outcome: Outcome, now: datetime) -> None:
    await conn.execute(
        PUT_OUTCOME,
        audit_id,
        response_id,
        outcome.state,
        outcome.fields,
        list(outcome.differing),
        outcome.text_fields,
        outcome.text_differing,
        msgspec.json.encode(outcome.faults).decode(),
        outcome.reason,
        now,
    )


# Whatever was answered on the web before, gone: the form that was sent back says all.
EMPTY = """
WITH times AS (DELETE FROM fieldwork.page_time WHERE audit_id = $1 AND response_id = $2),
recodings AS (DELETE FROM fieldwork.recoding WHERE audit_id = $1 AND response_id = $2)
DELETE FROM fieldwork.answer WHERE audit_id = $1 AND response_id = $2
"""
# The answers of a form, each on the route or beside it.
INSERT_ANSWERS = """
INSERT INTO fieldwork.answer (audit_id, response_id, question, value, revision, on_route)
SELECT $1, $2, one.key, one.value, $3, NOT one.key = ANY($5::text[]) FROM jsonb_each($4::text::jsonb) AS one
"""
# The response as it was given on paper: the way it came in, and the last page that was reached.
ON_PAPER = "UPDATE fieldwork.response SET mode = 'paper', last_page = $3 WHERE audit_id = $1 AND id = $2"


async def write_answers(
    conn: Connection,
    *,
    audit_id: UUID,
    response_id: UUID,
    revision: int,
    last_page: str | None,
    values: dict[str, AnswerValue],
    off_route: Sequence[str],
) -> None:
    await conn.execute(EMPTY, audit_id, response_id)
    encoded = msgspec.json.encode(values).decode()
    await conn.execute(INSERT_ANSWERS, audit_id, response_id, revision, encoded, off_route)
    await conn.execute(ON_PAPER, audit_id, response_id, last_page)


# Somebody who has a form on paper answers in another way after all; the time begins now.
TAKE_OVER = """
UPDATE fieldwork.response SET mode = $3, started_at = $4, saved_at = $4
WHERE audit_id = $1 AND id = $2 AND mode = 'paper' AND state = 'in_progress'
"""


async def take_over(conn: Connection, *, audit_id: UUID, response_id: UUID, mode: str, now: datetime) -> None:
    await conn.execute(TAKE_OVER, audit_id, response_id, mode, now)


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over the forms of an audit that were keyed twice."""

    forms: int
    fields: int
    differing: int
    text_fields: int
    text_differing: int
    unsettled: int
    waiting: int


# How often two typists differ, over all forms of an audit.
COUNT = """
SELECT count(*) AS forms, coalesce(sum(fields), 0) AS fields, coalesce(sum(cardinality(differing)), 0) AS differing,
    coalesce(sum(text_fields), 0) AS text_fields, coalesce(sum(text_differing), 0) AS text_differing,
    count(*) FILTER (WHERE state = 'differing') AS unsettled,
    (SELECT count(*) FROM fieldwork.paper_entry e WHERE e.audit_id = $1 AND NOT EXISTS (
        SELECT FROM fieldwork.paper_outcome o WHERE o.audit_id = e.audit_id AND o.response_id = e.response_id))
        AS waiting
FROM fieldwork.paper_outcome WHERE audit_id = $1
"""


async def count(conn: Connection, *, audit_id: UUID) -> Counted:
    return Counted(**dict(await conn.fetchrow(COUNT, audit_id) or {}))


# Entries whose response is gone.
DELETE_ENTRIES = """
DELETE FROM fieldwork.paper_entry e
WHERE NOT EXISTS (SELECT FROM fieldwork.response r WHERE r.audit_id = e.audit_id AND r.id = e.response_id)
"""


async def delete_entries(conn: Connection) -> int:
    return int((await conn.execute(DELETE_ENTRIES)).rsplit(" ", 1)[-1])


# Outcomes whose response is gone.
DELETE_OUTCOMES = """
DELETE FROM fieldwork.paper_outcome o
WHERE NOT EXISTS (SELECT FROM fieldwork.response r WHERE r.audit_id = o.audit_id AND r.id = o.response_id)
"""


async def delete_outcomes(conn: Connection) -> int:
    return int((await conn.execute(DELETE_OUTCOMES)).rsplit(" ", 1)[-1])


# What stays of the entries.
LEFT_ENTRIES = "SELECT count(*) AS kept, min(keyed_at) AS oldest FROM fieldwork.paper_entry"


async def left_entries(conn: Connection) -> Left:
    return Left(**dict(await conn.fetchrow(LEFT_ENTRIES) or {}))


# What stays of the outcomes.
LEFT_OUTCOMES = "SELECT count(*) AS kept, min(changed_at) AS oldest FROM fieldwork.paper_outcome"


async def left_outcomes(conn: Connection) -> Left:
    return Left(**dict(await conn.fetchrow(LEFT_OUTCOMES) or {}))
