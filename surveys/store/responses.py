"""Responses, answers and page times (fieldwork.response, fieldwork.answer, fieldwork.page_time)."""

from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec
from samenspraak.types.questionnaire import AnswerValue

from surveys.models import CompletedResponse, Response
from surveys.store.connection import Connection

Values = dict[str, AnswerValue]

# One response.
LOAD = """
SELECT id, audit_id, respondent_id, state, language, easy, profile, arm, seed, revision, last_page,
    started_at, saved_at, completed_at
FROM fieldwork.response WHERE audit_id = $1 AND respondent_id = $2
"""


async def load(conn: Connection, *, audit_id: UUID, respondent_id: UUID) -> Response | None:
    row = await conn.fetchrow(LOAD, audit_id, respondent_id)
    return None if row is None else _response(row)


# The same, held until the transaction ends: two tabs of one person wait for each other.
HOLD = LOAD + "FOR UPDATE"


async def hold(conn: Connection, *, audit_id: UUID, respondent_id: UUID) -> Response | None:
    row = await conn.fetchrow(HOLD, audit_id, respondent_id)
    return None if row is None else _response(row)


class Stored(msgspec.Struct, frozen=True):
    values: Values
    off_route: frozenset[str]


# Every stored answer of a response, and which of them lie on an abandoned route.
ANSWERS = "SELECT question, value, on_route FROM fieldwork.answer WHERE audit_id = $1 AND response_id = $2"


async def answers(conn: Connection, *, audit_id: UUID, response_id: UUID) -> Stored:
    rows = await conn.fetch(ANSWERS, audit_id, response_id)
    values = {row["question"]: msgspec.json.decode(row["value"], type=AnswerValue) for row in rows}
    return Stored(values, frozenset(row["question"] for row in rows if not row["on_route"]))


# Store the answers of one page, over those given before.
PUT_ANSWERS = """
INSERT INTO fieldwork.answer (audit_id, response_id, question, value, revision)
SELECT $1, $2, given.key, given.value, $4 FROM jsonb_each($3::jsonb) AS given
ON CONFLICT (audit_id, response_id, question)
DO UPDATE SET value = EXCLUDED.value, revision = EXCLUDED.revision, on_route = true
"""


async def put_answers(conn: Connection, *, audit_id: UUID, response_id: UUID, values: Values, revision: int) -> None:
    await conn.execute(PUT_ANSWERS, audit_id, response_id, values, revision)


# Note which answers lie on the present route.
MARK_ROUTE = """
UPDATE fieldwork.answer SET on_route = (question = ANY($3::text[]))
WHERE audit_id = $1 AND response_id = $2 AND on_route <> (question = ANY($3::text[]))
"""


async def mark_route(conn: Connection, *, audit_id: UUID, response_id: UUID, on_route: list[str]) -> None:
    await conn.execute(MARK_ROUTE, audit_id, response_id, on_route)


# A page is saved: new revision, time since the commit before added to that page.
PAGE_SAVED = """
WITH timed AS (
    INSERT INTO fieldwork.page_time AS t (audit_id, response_id, page, seconds, commits) VALUES ($1, $2, $3, $6, 1)
    ON CONFLICT (audit_id, response_id, page)
    DO UPDATE SET seconds = t.seconds + EXCLUDED.seconds, commits = t.commits + 1
)
UPDATE fieldwork.response SET revision = $4, last_page = $3, saved_at = $5 WHERE audit_id = $1 AND id = $2
"""


async def page_saved(
    conn: Connection, *, audit_id: UUID, response_id: UUID, page: str, revision: int, now: datetime, seconds: float
) -> None:
    await conn.execute(PAGE_SAVED, audit_id, response_id, page, revision, now, seconds)


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
recodings AS (DELETE FROM fieldwork.recoding WHERE audit_id = $1 AND response_id = $2)
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
SELECT r.respondent_id, r.language, r.arm, r.started_at, r.completed_at,
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
            arm=row["arm"],
            answers=decode_answers(row["answers"]),
            page_seconds=decode_times(row["page_seconds"]),
            started_at=row["started_at"],
            completed_at=row["completed_at"],
        )
        for row in await conn.fetch(COMPLETED, audit_id)
    ]


def _response(row: asyncpg.Record) -> Response:
    return Response(**{**row, "profile": msgspec.json.decode(row["profile"], type=dict[str, str])})
