"""Open answers as staff read them, and what staff made of them (fieldwork.answer, fieldwork.recoding).

An answer is named by a hash of its audit, response and question: the hash puts answers in an order that says nothing
about time, and does not show which answers are one person's.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from samenspraak.types.base import Lang
from samenspraak.types.open_answers import Recoding as Made

from surveys.models import Recoding
from surveys.store.connection import Connection


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """One open answer of a completed response, with what one coder made of it."""

    ref: str
    response_id: UUID
    text: str
    language: Lang
    made: Made | None


# Open answers to one question after a place in the order, each with what this coder made of it.
PAGE = """
WITH written AS (
    SELECT left(encode(sha256(convert_to(concat_ws('/', a.audit_id, a.response_id, a.question), 'UTF8')), 'hex'), 32)
        AS ref, a.response_id, a.value #>> '{}' AS text, r.language
    FROM fieldwork.answer a JOIN fieldwork.response r ON r.audit_id = a.audit_id AND r.id = a.response_id
    WHERE a.audit_id = $1 AND a.question = $2 AND a.on_route AND r.state = 'completed'
        AND jsonb_typeof(a.value) = 'string' AND btrim(a.value #>> '{}') <> ''
)
SELECT w.ref, w.response_id, w.text, w.language, c.codes, c.quote_approved, c.decided_at
FROM written w
LEFT JOIN fieldwork.recoding c
    ON c.audit_id = $1 AND c.response_id = w.response_id AND c.question = $2 AND c.coder = $3
WHERE $4::text IS NULL OR w.ref > $4
ORDER BY w.ref
LIMIT $5
"""


async def page(
    conn: Connection, *, audit_id: UUID, question: str, coder: UUID, after: str | None, limit: int
) -> list[Written]:
    return [_written(dict(row)) for row in await conn.fetch(PAGE, audit_id, question, coder, after, limit)]


# One open answer by its name, held so that it cannot be taken back before this transaction ends.
FIND = """
SELECT a.question, a.response_id, a.value #>> '{}' AS text, r.language, c.codes, c.quote_approved, c.decided_at
FROM fieldwork.answer a
JOIN fieldwork.response r ON r.audit_id = a.audit_id AND r.id = a.response_id
LEFT JOIN fieldwork.recoding c
    ON c.audit_id = a.audit_id AND c.response_id = a.response_id AND c.question = a.question AND c.coder = $2
WHERE a.audit_id = $1 AND a.question = ANY($4::text[]) AND a.on_route AND r.state = 'completed'
    AND jsonb_typeof(a.value) = 'string' AND btrim(a.value #>> '{}') <> ''
    AND left(encode(sha256(convert_to(concat_ws('/', a.audit_id, a.response_id, a.question), 'UTF8')), 'hex'), 32) = $3
FOR SHARE OF r
"""


async def find(
    conn: Connection, *, audit_id: UUID, ref: str, coder: UUID, questions: list[str]
) -> tuple[str, Written] | None:
    """The question and the answer to it; only answers to `questions` are looked at."""
    row = await conn.fetchrow(FIND, audit_id, coder, ref, questions)
    return None if row is None else (row["question"], _written({**row, "ref": ref}))


# What a coder makes of an answer, over what the same coder made of it before.
PUT = """
INSERT INTO fieldwork.recoding (audit_id, response_id, question, coder, codes, quote_approved, decided_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (audit_id, response_id, question, coder) DO UPDATE
SET codes = EXCLUDED.codes, quote_approved = EXCLUDED.quote_approved, decided_at = EXCLUDED.decided_at
"""


async def put(
    conn: Connection,
    *,
    audit_id: UUID,
    response_id: UUID,
    question: str,
    coder: UUID,
    codes: tuple[str, ...],
    quote_approved: bool,
    now: datetime,
) -> None:
    await conn.execute(PUT, audit_id, response_id, question, coder, list(codes), quote_approved, now)


# What everybody made of the answers of completed responses; the order says nothing about time.
RECODINGS = """
SELECT r.respondent_id, c.question, c.coder, c.codes, c.quote_approved
FROM fieldwork.recoding c
JOIN fieldwork.response r ON r.audit_id = c.audit_id AND r.id = c.response_id
WHERE c.audit_id = $1 AND r.state = 'completed'
ORDER BY r.respondent_id, c.question, c.coder
"""


async def recodings(conn: Connection, *, audit_id: UUID) -> list[Recoding]:
    return [
        Recoding(
            respondent_id=row["respondent_id"],
            question=row["question"],
            coder=row["coder"],
            codes=tuple(row["codes"]),
            quote_approved=row["quote_approved"],
        )
        for row in await conn.fetch(RECODINGS, audit_id)
    ]


def _written(row: Mapping[str, Any]) -> Written:
    made = None
    if row["decided_at"] is not None:
        codes = tuple(row["codes"])
        made = Made(codes=codes, quote_approved=row["quote_approved"], decided_at=row["decided_at"])
    return Written(
        ref=row["ref"], response_id=row["response_id"], text=row["text"], language=row["language"], made=made
    )
