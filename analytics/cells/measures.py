"""What is asked of the answers to a question: a score for each answer of a base."""

from collections.abc import Collection, Sequence
from typing import Literal

import msgspec

from analytics.cells.table import CellTable


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure per group: the weighted mean of the scores of everybody in the base."""

    question: str
    kind: Literal["mean", "share"]
    """A share gets an interval inside [0, 1]; a mean a t interval."""
    base: tuple[float, ...] | None = None
    """Answers that count; None: every answer. Of a list the base is everybody who was asked, whatever stands here."""
    scores: tuple[tuple[float, float], ...] | None = None
    """Answer and score; answers of the base that are not named score 0. None: the answer is its own score."""


def mean(question: str, *, base: Sequence[float] | None = None) -> Measure:
    """Average answer; leave the code of don't know out of `base`."""
    return Measure(question=question, kind="mean", base=None if base is None else tuple(base))


def share(question: str, hits: Collection[float], *, base: Sequence[float] | None = None) -> Measure:
    """Share with one of the answers in `hits`: one option, or the top two of a scale."""
    scores = tuple((float(code), 1.0) for code in sorted(hits))
    return Measure(question=question, kind="share", base=None if base is None else tuple(base), scores=scores)


def net(
    question: str, high: Collection[float], low: Collection[float], *, base: Sequence[float] | None = None
) -> Measure:
    """Share with an answer in `high` minus share with one in `low`: between -1 and 1."""
    scores = (*((float(code), 1.0) for code in sorted(high)), *((float(code), -1.0) for code in sorted(low)))
    return Measure(question=question, kind="mean", base=None if base is None else tuple(base), scores=scores)


def every_mean(table: CellTable, *, without: Collection[float] = ()) -> tuple[Measure, ...]:
    """The mean of every question with one answer per person; codes in `without` (don't know) are no answers."""
    return tuple(
        mean(key, base=_base(table, key, without) if without else None)
        for key, question in table.answers.questions.items()
        if question.kind == "code"
    )


def every_share(table: CellTable, *, without: Collection[float] = ()) -> tuple[Measure, ...]:
    """The share of every answer to every question, crossings aside; codes in `without` are no answers."""
    return tuple(
        share(key, [code], base=None if question.kind == "list" or not without else _base(table, key, without))
        for key, question in table.answers.questions.items()
        if question.kind != "cross"
        for code in _base(table, key, without)
    )


def _base(table: CellTable, key: str, without: Collection[float]) -> tuple[float, ...]:
    question = table.question(key)
    codes = table.answers.codes[question.start : question.stop].tolist()
    return tuple(code for code in codes if code == code and code not in without)
