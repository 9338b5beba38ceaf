"""Responses, answers and page times (fieldwork.response, fieldwork.answer, fieldwork.page_time)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from samenspraak.types.questionnaire import AnswerValue

from surveys.models import CompletedResponse, Response, Stored
from surveys.saving import Write
from surveys.store.connection import Connection

Values = dict[str, AnswerValue]

# One response.
LOAD = """
SELECT id, audit_id, respondent_id, state, language, mode, version, easy, profile, arm, seed, revision, last_page,
    started_at, saved_at, completed_at
FROM fieldwork.response WHERE audit_id = $1 AND respondent_id = $2
"""


async def load(conn: Connection, *, audit_id: UUID, respondent_id: UUID) -> Response | None:
    row = await conn.fetchrow(LOAD, audit_id, respondent_id)
    return None if row is None else _response(dict(row))


# The same, held until the transaction ends: two tabs of one person wait for each other.
HOLD = LOAD + "FOR UPDATE"


async def hold(conn: Connection, *, audit_id: UUID, respondent_id: UUID) -> Response | None:
    row = await conn.fetchrow(HOLD, audit_id, respondent_id)
    return None if row is None else _response(dict(row))


# Every stored answer of a response, and which of them lie on an abandoned route.
ANSWERS = "SELECT question, value, on_route FROM fieldwork.answer WHERE audit_id = $1 AND response_id = $2"


async def answers(conn: Connection, *, audit_id: UUID, response_id: UUID) -> Stored:
    rows = await conn.fetch(ANSWERS, audit_id, response_id)
    values = {row["question"]: msgspec.json.decode(row["value"], type=AnswerValue) for row in rows}
    return Stored(values, frozenset(row["question"] for row in rows if not row["on_route"]))


# One response with all its answers and the hash of its version of the questionnaire: one statement sees one moment.
_STANDING = """
SELECT r.id, r.audit_id, r.respondent_id, r.state, r.language, r.mode, r.version, r.easy, r.profile, r.arm, r.seed,
    r.revision, r.last_page, r.started_at, r.saved_at, r.completed_at, q.hash,
    (SELECT jsonb_object_agg(a.question, a.value) FROM fieldwork.answer a
     WHERE a.audit_id = r.audit_id AND a.response_id = r.id) AS answers,
    ARRAY(SELECT a.question FROM fieldwork.answer a
          WHERE a.audit_id = r.audit_id AND a.response_id = r.id AND NOT a.on_route) AS off_route
FROM fieldwork.response r JOIN fieldwork.questionnaire q ON q.audit_id = r.audit_id AND q.version = r.version
"""
STANDING = _STANDING + "WHERE r.audit_id = $1 AND r.respondent_id = $2"
# The same for many: audit and respondent of each, in two lists.
STANDINGS = _STANDING + "WHERE (r.audit_id, r.respondent_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))"
_values = msgspec.json.Decoder(Values)


async def standing(conn: Connection, *, audit_id: UUID, respondent_id: UUID) -> tuple[Response, Stored, str] | None:
    row = await conn.fetchrow(STANDING, audit_id, respondent_id)
    return None if row is None else _stood(dict(row))


async def standings(conn: Connection, *, whose: Sequence[tuple[UUID, UUID]]) -> list[tuple[Response, Stored, str]]:
    """By (audit, respondent); those who have not begun are left out."""
    rows = await conn.fetch(STANDINGS, [audit_id for audit_id, _ in whose], [respondent for _, respondent in whose])
    return [_stood(dict(row)) for row in rows]


def _stood(fields: dict[str, Any]) -> tuple[Response, Stored, str]:
    given, off_route, hash = fields.pop("answers"), fields.pop("off_route"), fields.pop("hash")
    return _response(fields), Stored(_values.decode(given) if given else {}, frozenset(off_route)), hash


# Save a page of each of some responses: its answers over those given before, which answers lie on the present route
# (null: as before), what was noted about the page, and the new revision. Nothing at all of a response that has moved
# on from its revision meanwhile: the update waits for whoever holds the row and then looks again.
SAVE = """
WITH wanted AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS w(audit_id uuid, id uuid, revision integer, page text,
        at timestamptz, seconds double precision, changes integer, backs integer, given jsonb, on_route jsonb)
), held AS (
    UPDATE fieldwork.response r SET revision = w.revision + 1, last_page = w.page, saved_at = w.at
    FROM wanted w
    WHERE r.audit_id = w.audit_id AND r.id = w.id AND r.revision = w.revision AND r.state = 'in_progress'
    RETURNING r.audit_id, r.id
), saved AS MATERIALIZED (
    SELECT w.* FROM wanted w JOIN held USING (audit_id, id)
), given AS (
    INSERT INTO fieldwork.answer (audit_id, response_id, question, value, revision)
    SELECT s.audit_id, s.id, one.key, one.value, s.revision + 1 FROM saved s, jsonb_each(s.given) AS one
    ON CONFLICT (audit_id, response_id, question)
    DO UPDATE SET value = EXCLUDED.value, revision = EXCLUDED.revision, on_route = true
), marked AS (
    UPDATE fieldwork.answer a SET on_route = NOT a.on_route
    FROM saved s
    WHERE s.on_route IS NOT NULL AND a.audit_id = s.audit_id AND a.response_id = s.id
        AND a.on_route <> (s.on_route ? a.question) AND NOT s.given ? a.question
), timed AS (
    INSERT INTO fieldwork.page_time AS t (audit_id, response_id, page, seconds, commits, changes, backs)
    SELECT s.audit_id, s.id, s.page, s.seconds, 1, s.changes, s.backs FROM saved s
    ON CONFLICT (audit_id, response_id, page)
    DO UPDATE SET seconds = t.seconds + EXCLUDED.seconds, commits = t.commits + 1,
        changes = t.changes + EXCLUDED.changes, backs = t.backs + EXCLUDED.backs
)
SELECT id FROM saved
"""


async def save(conn: Connection, *, writes: Sequence[Write]) -> set[UUID]:
    """The ids of the responses that were saved; each response at most once in `writes`."""
    wanted = [
        {
            "audit_id": one.held.audit_id,
            "id": one.held.id,
            "revision": one.held.revision,
            "page": one.page,
            "at": one.now,
            "seconds": one.seconds,
            "changes": one.changes,
            "backs": int(one.back),
            "given": one.values,
            "on_route": one.on_route,
        }
        for one in writes
    ]
    return {row["id"] for row in await conn.fetch(SAVE, wanted)}


# A response is sent, or stopped.
SET_STATE = """
UPDATE fieldwork.response
SET state = $3, revision = revision + 1, saved_at = $4, completed_at = CASE WHEN $3 = 'completed' THEN $4::timestamptz
END WHERE audit_id = $1 AND id = $2
"""


async def set_state(conn: Connection, *, audit_id: UUID, response_id: UUID, state: str, now: datetime) -> None:
    await conn.execute(SET_STATE, audit_id, response_id, state, now)


# The language a respondent goes on in.
SET_LANGUAGE = "UPDATE fieldwork.response SET language = $3 WHERE audit_id = $1 AND id = $2"


async def set_language(conn: Connection, *, audit_id: UUID, response_id: UUID, language: str) -> None:
    await conn.execute(SET_LANGUAGE, audit_id, response_id, language)


# Everything a response holds, and what staff made of it, gone; the response itself stays.
CLEAR = """
WITH times AS (DELETE FROM fieldwork.page_time WHERE audit_id = $1 AND response_id = $2),
recodings AS (DELETE FROM fieldwork.recoding WHERE audit_id = $1 AND response_id = $2),
incidents AS (DELETE FROM fieldwork.incident WHERE audit_id = $1 AND response_id = $2),
entries AS (DELETE FROM fieldwork.paper_entry WHERE audit_id = $1 AND response_id = $2),
outcomes AS (DELETE FROM fieldwork.paper_outcome WHERE audit_id = $1 AND response_id = $2)
DELETE FROM fieldwork.answer WHERE audit_id = $1 AND response_id = $2
"""


async def clear(conn: Connection, *, audit_id: UUID, response_id: UUID) -> None:
    await conn.execute(CLEAR, audit_id, response_id)


# The response itself, gone.
DELETE = "DELETE FROM fieldwork.response WHERE audit_id = $1 AND respondent_id = $2 RETURNING id"


async def delete(conn: Connection, *, audit_id: UUID, respondent_id: UUID) -> UUID | None:
    gone: UUID | None = await conn.fetchval(DELETE, audit_id, respondent_id)
    return gone


# How many have completed.
COUNT_COMPLETED = "SELECT count(*) FROM fieldwork.response WHERE audit_id = $1 AND state = 'completed'"


async def count_completed(conn: Connection, *, audit_id: UUID) -> int:
    number: int = await conn.fetchval(COUNT_COMPLETED, audit_id)
    return number


# Every completed response with its answers on the route and its page times; the order says nothing about time. Each
# response looks its own rows up by key: a plan that joins sums of all of them goes wrong on tables without statistics.
COMPLETED = """
SELECT r.respondent_id, r.language, r.mode, r.version, r.easy, r.arm, r.started_at, r.completed_at,
    coalesce((SELECT jsonb_object_agg(a.question, a.value) FROM fieldwork.answer a
              WHERE a.audit_id = r.audit_id AND a.response_id = r.id AND a.on_route), '{}') AS answers,
    coalesce((SELECT jsonb_object_agg(t.page, t.seconds) FROM fieldwork.page_time t
              WHERE t.audit_id = r.audit_id AND t.response_id = r.id), '{}') AS page_seconds
FROM fieldwork.response r
WHERE r.audit_id = $1 AND r.state = 'completed'
ORDER BY r.respondent_id
"""


async def completed(conn: Connection, *, audit_id: UUID) -> list[CompletedResponse]:
    decode_answers = msgspec.json.Decoder(Values).decode
    decode_times = msgspec.json.Decoder(dict[str, float]).decode
    return [
        CompletedResponse(
            respondent_id=row["respondent_id"],
            language=row["language"],
            mode=row["mode"],
            version=row["version"],
            easy=row["easy"],
            arm=row["arm"],
            answers=decode_answers(row["answers"]),
            page_seconds=decode_times(row["page_seconds"]),
            started_at=row["started_at"],
            completed_at=row["completed_at"],
        )
        for row in await conn.fetch(COMPLETED, audit_id)
    ]


_profile = msgspec.json.Decoder(dict[str, str])


def _response(row: Mapping[str, Any]) -> Response:
    return Response(**{**row, "profile": _profile.decode(row["profile"])})
