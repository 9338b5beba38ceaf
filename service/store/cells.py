"""SQL of cell tables: everybody who completed, counted by the database; one read for a whole audit.

It joins the invitation, which knows profile and selection probability, to the response by the respondent's id; the
worker's role may. What leaves the database are counts: no row of the outcome is about one response or one answer."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
import numpy as np

from analytics.arrays import FloatArray, IntArray
from analytics.cells.table import AnswerRow, CellSums
from service.store import Connection


class Counting(msgspec.Struct, frozen=True, kw_only=True):
    """What is counted, and by what."""

    profile: tuple[str, ...]
    """Keys of the coded profile that tell cells apart."""
    background: tuple[str, ...] = ()
    """Questions with one code each whose answers tell cells apart."""
    right: Mapping[str, int] = msgspec.field(default_factory=dict)
    """Knowledge questions with their right answer: cells are told apart by how many are right."""
    flagged: tuple[UUID, ...] = ()
    """Respondents of doubtful quality: cells are told apart by it."""
    questions: tuple[str, ...]
    """Questions whose answers are counted."""
    ranked: tuple[str, ...] = ()
    """Of these the lists whose empty list is no answer."""


class CountedCells(msgspec.Struct, frozen=True, kw_only=True):
    """C cells; cell i of every field is the same one."""

    profiles: tuple[dict[str, str | None], ...]
    """Coded profile, as far as asked for; None where it is not known."""
    background: dict[str, tuple[int | None, ...]]
    """Answer to each background question; None where it was not given."""
    arms: tuple[str, ...]
    right: IntArray
    """Knowledge questions answered right."""
    flagged: IntArray
    """1: of doubtful quality."""
    sums: CellSums
    """Base weights are inverse selection probabilities, the same for everybody in a cell."""
    answers: tuple[AnswerRow, ...]


# Completed responses by cell (the row without a question), and by cell and answer on the route: one row for each answer
# to each question, whose arrays run over the cells. A list counts once for each code in it, and once without a code.
COUNT_CELLS = """
WITH person AS MATERIALIZED (
    SELECT r.id, 1 / i.probability AS weight, ARRAY[r.arm, (r.respondent_id = ANY($6::uuid[]))::int::text, (
            SELECT count(*) FROM fieldwork.answer AS a
            JOIN unnest($4::text[], $5::int[]) AS known (question, code) ON a.question = known.question
            WHERE a.audit_id = $1 AND a.response_id = r.id AND a.on_route AND a.value = to_jsonb(known.code))::text]
        || ARRAY(SELECT i.profile ->> k.key FROM unnest($2::text[]) WITH ORDINALITY AS k (key, place) ORDER BY k.place)
        || ARRAY(SELECT (
            SELECT a.value #>> '{}' FROM fieldwork.answer AS a
            WHERE a.audit_id = $1 AND a.response_id = r.id AND a.question = k.key AND a.on_route)
            FROM unnest($3::text[]) WITH ORDINALITY AS k (key, place) ORDER BY k.place) AS key
    FROM fieldwork.response AS r
    JOIN panel.invitation AS i ON i.audit_id = r.audit_id AND i.respondent_id = r.respondent_id
    WHERE r.audit_id = $1 AND r.state = 'completed'
), placed AS MATERIALIZED (
    SELECT id, key, weight, dense_rank() OVER (ORDER BY key, weight)::int - 1 AS cell FROM person
), cell AS (
    SELECT cell, key, count(*)::float8 AS n, sum(weight) AS d, sum(weight * weight) AS d2 FROM placed GROUP BY cell, key
), given AS MATERIALIZED (
    SELECT p.cell, a.question, a.value, jsonb_typeof(a.value) AS kind,
        count(*)::float8 AS n, sum(p.weight) AS d, sum(p.weight * p.weight) AS d2
    FROM placed AS p JOIN fieldwork.answer AS a ON a.response_id = p.id
    WHERE a.audit_id = $1 AND a.on_route AND a.question = ANY($7::text[])
    GROUP BY p.cell, a.question, a.value
), coded AS (
    SELECT cell, question, value::int AS code, n, d, d2 FROM given WHERE kind = 'number'
    UNION ALL
    SELECT cell, question, NULL, n, d, d2 FROM given
    WHERE kind = 'array' AND NOT (value = '[]' AND question = ANY($8::text[]))
    UNION ALL
    SELECT cell, question, chosen.code::int, n, d, d2
    FROM given CROSS JOIN LATERAL (SELECT DISTINCT code FROM jsonb_array_elements(given.value) AS code) AS chosen
    WHERE kind = 'array'
), counted AS (
    SELECT cell, question, code, sum(n) AS n, sum(d) AS d, sum(d2) AS d2 FROM coded GROUP BY cell, question, code
)
SELECT NULL AS question, NULL::int AS code, array_agg(cell ORDER BY cell) AS cells, array_agg(n ORDER BY cell) AS n,
    array_agg(d ORDER BY cell) AS d, array_agg(d2 ORDER BY cell) AS d2, array_agg(key ORDER BY cell) AS keys
FROM cell
UNION ALL
SELECT question, code, array_agg(cell ORDER BY cell), array_agg(n ORDER BY cell), array_agg(d ORDER BY cell),
    array_agg(d2 ORDER BY cell), NULL
FROM counted GROUP BY question, code
ORDER BY question NULLS FIRST, code NULLS FIRST
"""


async def count_cells(conn: Connection, *, audit_id: UUID, counting: Counting) -> CountedCells:
    """Completed responses of an audit, counted (worker role).

    A response whose invitation is gone has no selection probability and is not counted. An answer that is no code and
    no list of codes (text, or seen and left open) is not counted either.
    """
    whole, *rows = await conn.fetch(
        COUNT_CELLS,
        audit_id,
        list(counting.profile),
        list(counting.background),
        list(counting.right),
        list(counting.right.values()),
        list(counting.flagged),
        list(counting.questions),
        list(counting.ranked),
    )
    keys: list[list[str | None]] = whole["keys"] or []
    start = 3 + len(counting.profile)
    return CountedCells(
        profiles=tuple(dict(zip(counting.profile, key[3:start], strict=True)) for key in keys),
        background={
            question: tuple(_code(key[start + place]) for key in keys)
            for place, question in enumerate(counting.background)
        },
        arms=tuple(key[0] or "" for key in keys),
        flagged=np.array([int(key[1] or 0) for key in keys], dtype=np.int64),
        right=np.array([int(key[2] or 0) for key in keys], dtype=np.int64),
        sums=CellSums(n=_floats(whole["n"]), d=_floats(whole["d"]), d2=_floats(whole["d2"])),
        answers=tuple(
            AnswerRow(
                question=row["question"],
                code=None if row["code"] is None else float(row["code"]),
                cells=np.array(row["cells"], dtype=np.int64),
                n=_floats(row["n"]),
                d=_floats(row["d"]),
                d2=_floats(row["d2"]),
            )
            for row in rows
        ),
    )


def _code(text: str | None) -> int | None:
    """A background answer as a code; text, lists and what was left open have none."""
    return int(text) if text is not None and text.lstrip("-").isdigit() else None


def _floats(values: Sequence[float] | None) -> FloatArray:
    return np.array(values or [], dtype=np.float64)
