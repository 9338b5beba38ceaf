"""Answers that wait for a person (fieldwork.incident)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from msgspec import Struct
from samenspraak.types.base import Language
from samenspraak.types.incidents import IncidentKind, IncidentState

from surveys.store.connection import Connection


class Row(Struct, frozen=True, kw_only=True):
    audit_id: UUID
    id: UUID
    question: str
    kind: IncidentKind
    found: tuple[str, ...]
    noticed_on: date
    due_on: date
    state: IncidentState
    note: str | None
    decided_on: date | None
    text: str
    language: Language


class Noticed(Struct, frozen=True, kw_only=True):
    """An answer that a person must look at."""

    audit_id: UUID
    id: UUID
    response_id: UUID
    question: str
    kind: IncidentKind
    found: tuple[str, ...]
    noticed_on: date
    due_on: date


# An answer is noticed once; sending it again changes nothing.
PUT = """
INSERT INTO fieldwork.incident (audit_id, id, response_id, question, kind, found, noticed_on, due_on)
SELECT n.audit_id, n.id, n.response_id, n.question, n.kind, n.found, n.noticed_on, n.due_on
FROM jsonb_to_recordset($1::jsonb) AS n(audit_id uuid, id uuid, response_id uuid, question text, kind text,
    found text[], noticed_on date, due_on date)
ON CONFLICT (audit_id, response_id, question) DO NOTHING
"""


async def put(conn: Connection, *, noticed: Sequence[Noticed]) -> None:
    await conn.execute(PUT, noticed)


# Those in one state, the most urgent first, each with the answer as it is now.
PAGE = """
SELECT i.audit_id, i.id, i.question, i.kind, i.found, i.noticed_on, i.due_on, i.state, i.note, i.decided_on,
    a.value #>> '{}' AS text, r.language
FROM fieldwork.incident i
JOIN fieldwork.response r ON r.audit_id = i.audit_id AND r.id = i.response_id
JOIN fieldwork.answer a ON a.audit_id = i.audit_id AND a.response_id = i.response_id AND a.question = i.question
WHERE i.state = $1 AND ($2::date IS NULL OR (i.due_on, i.id) > ($2, $3))
ORDER BY i.due_on, i.id LIMIT $4
"""


async def page(conn: Connection, *, state: IncidentState, after: tuple[date, UUID] | None, limit: int) -> list[Row]:
    due, id = after or (None, None)
    return [_row(dict(row)) for row in await conn.fetch(PAGE, state, due, id, limit)]


# A decision; once, by whoever was first.
DECIDE = """
WITH decided AS (
    UPDATE fieldwork.incident SET state = $3, note = $4, decided_by = $5, decided_on = $6
    WHERE audit_id = $1 AND id = $2 AND (state = 'open' OR (state = $3 AND note = $4))
    RETURNING *
)
SELECT i.audit_id, i.id, i.question, i.kind, i.found, i.noticed_on, i.due_on, i.state, i.note, i.decided_on,
    a.value #>> '{}' AS text, r.language
FROM decided i
JOIN fieldwork.response r ON r.audit_id = i.audit_id AND r.id = i.response_id
JOIN fieldwork.answer a ON a.audit_id = i.audit_id AND a.response_id = i.response_id AND a.question = i.question
"""


async def decide(
    conn: Connection, *, audit_id: UUID, id: UUID, state: IncidentState, note: str, by: UUID, on: date
) -> Row | None:
    row = await conn.fetchrow(DECIDE, audit_id, id, state, note, by, on)
    return None if row is None else _row(dict(row))


# The state of one.
STATE = "SELECT state FROM fieldwork.incident WHERE audit_id = $1 AND id = $2"


async def state(conn: Connection, *, audit_id: UUID, id: UUID) -> IncidentState | None:
    found: IncidentState | None = await conn.fetchval(STATE, audit_id, id)
    return found


def _row(row: Mapping[str, Any]) -> Row:
    return Row(**{**row, "found": tuple(row["found"])})
