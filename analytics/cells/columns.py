"""Answers of people as columns of a cell table: one column per question and code."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from samenspraak.types.problem import Fault

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.cells.table import Listed, Question
from analytics.errors import CellsUnusable

_WIDEST = 1000
"""Whole-number answers further apart than this are matched by sorting instead of by a table of all codes between."""
_CACHED = 65_536
"""Answers handled at once where several passes are made over them: they stay in the processor's cache."""


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Which columns there are."""

    questions: dict[str, Question]
    codes: FloatArray
    """Answer per column."""
    seconds: FloatArray
    """Second answer per column, for crossings."""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """Who stands in which column."""

    columns: Columns
    single: "_Matched"
    marks: tuple[tuple[IntArray, IntArray], ...]
    """Person and column, of lists and crossings."""

    @property
    def entries(self) -> int:
        """Answers that could be counted."""
        return self.single.bins.size + sum(person.size for person, _ in self.marks)

    def blocks(self, cell_of: IntArray, size: int) -> Iterator[tuple[IntArray, IntArray]]:
        """cell x (columns + 1) + column of every answer, and who gave it, at most about `size` at once. The last column
        stands for no valid answer."""
        width, k = self.columns.codes.size + 1, self.single.bins.shape[1]
        rows = max(1, size // max(k, 1))
        for start in range(0, cell_of.size if k else 0, rows):
            people = np.arange(start, min(start + rows, cell_of.size))
            keys = self.single.columns(slice(start, start + rows), none=width - 1)
            keys += (cell_of[people] * width)[:, None]
            yield keys.ravel(), np.repeat(people, k)
        for person, column in self.marks:
            yield cell_of[person] * width + column, person


class _Matched(msgspec.Struct, frozen=True, kw_only=True):
    """Answers of n people to k questions as column numbers."""

    bins: NDArray[np.int32]
    """n x k."""
    column_of: IntArray
    """Column of each bin; -1 for no valid answer, the last bin."""
    codes: FloatArray
    """Answer per column, ascending within a question."""
    starts: IntArray
    """First column of each question, and one beyond the last."""

    def columns(self, rows: slice, *, none: int) -> IntArray:
        return np.where(self.column_of < 0, none, self.column_of)[self.bins[rows]]

    def of(self, j: int) -> tuple[IntArray, FloatArray]:
        """Position of everybody's answer to one question, and the codes; no valid answer is one more, NaN."""
        codes = np.append(self.codes[self.starts[j] : self.starts[j + 1]], np.nan)
        at = self.column_of[self.bins[:, j]]
        return np.where(at < 0, codes.size - 1, at - self.starts[j]), codes


def match(
    questions: Sequence[str],
    answers: FloatArray,
    lists: Mapping[str, Listed],
    crosses: Sequence[tuple[str, str]],
    levels: Mapping[str, Sequence[float]],
) -> Answered:
    """Every answer in a column: the questions in their order, then lists, then crossings.

    Raises:
        CellsUnusable: answers that `levels` does not declare, each named with how often it occurs.
    """
    single = _matched(answers, questions, levels)
    edges = single.starts.tolist()
    found = {
        key: Question(key=key, kind="code", parts=(key,), start=edges[j], stop=edges[j + 1])
        for j, key in enumerate(questions)
    }
    codes, seconds, marks = [single.codes], [np.full(single.codes.size, np.nan)], []
    stop = single.codes.size
    for key, one in lists.items():
        start, stop = stop, stop + 1 + len(one.codes)
        found[key] = Question(key=key, kind="list", parts=(key,), start=start, stop=stop)
        codes.append(np.array([np.nan, *one.codes]))
        seconds.append(np.full(stop - start, np.nan))
        marks.append(_list(one, start))
    place = {key: j for j, key in enumerate(questions)}
    for pair in crosses:
        first, second, person, column = _cross(single, place[pair[0]], place[pair[1]])
        start, stop = stop, stop + first.size
        key = crossing(*pair)
        found[key] = Question(key=key, kind="cross", parts=pair, start=start, stop=stop)
        codes.append(first)
        seconds.append(second)
        marks.append((person, start + column))
    columns = Columns(questions=found, codes=np.concatenate(codes), seconds=np.concatenate(seconds))
    return Answered(columns=columns, single=single, marks=tuple(marks))


def crossing(first: str, second: str) -> str:
    """The key of two questions counted together."""
    return f"{first} x {second}"


def stranger(question: str, code: float, times: float, declared: Sequence[float]) -> Fault:
    """The fault of an answer that the question does not have."""
    known = ", ".join(f"{level:g}" for level in declared)
    return Fault(
        pointer=f"/{question}/{code:g}",
        code="unknown_level",
        detail=f"Answer {code:g} to `{question}` occurs {times:g} times and is not one of: {known}.",
    )


def _list(one: Listed, start: int) -> tuple[IntArray, IntArray]:
    """The base first, then every code."""
    asked = np.flatnonzero(~np.isnan(one.hits).any(axis=1))
    person, chosen = np.nonzero(one.hits == 1.0)
    return np.concatenate([asked, person]), np.concatenate([np.full(asked.size, start), start + 1 + chosen])


def _cross(single: _Matched, a: int, b: int) -> tuple[FloatArray, FloatArray, IntArray, IntArray]:
    """Every pair of answers that occurs; somebody who answered only one of the two has no code for the other."""
    (first, own), (second, other) = single.of(a), single.of(b)
    pair = first * other.size + second
    person = np.flatnonzero(pair < own.size * other.size - 1)
    pairs, at = np.unique(pair[person], return_inverse=True)
    rows, columns = np.divmod(pairs, other.size)
    return own[rows], other[columns], person, at.reshape(-1)


class _Bins(msgspec.Struct, frozen=True, kw_only=True):
    """One bin for each answer that a question may have; the number of bins itself stands for no valid answer."""

    shift: FloatArray
    """What makes the answers to each question numbers of bins."""
    values: FloatArray
    """Answer that each bin stands for."""
    question: IntArray
    """Question that each bin belongs to."""


def _matched(answers: FloatArray, questions: Sequence[str], levels: Mapping[str, Sequence[float]]) -> _Matched:
    declared = [levels.get(key) for key in questions]
    answers, bins = _planned(answers, declared)
    of, times = _binned(answers, bins)
    known, free = _declared(bins, declared)
    unknown = np.flatnonzero((times > 0) & ~known & ~free)
    if unknown.size:
        faults = [
            stranger(questions[q], float(bins.values[b]), float(times[b]), declared[q] or ())
            for b, q in zip(unknown.tolist(), bins.question[unknown].tolist(), strict=True)
        ]
        raise CellsUnusable(f"Answers outside the declared levels. {faults[0].detail}", faults=faults)
    used = known | (times > 0)
    edges = np.searchsorted(bins.question[used], np.arange(len(questions) + 1))
    return _Matched(
        bins=of,
        column_of=np.append(np.where(used, np.cumsum(used) - 1, -1), -1),
        codes=bins.values[used],
        starts=edges.astype(np.int64),
    )


def _declared(bins: _Bins, declared: Sequence[Sequence[float] | None]) -> tuple[BoolArray, BoolArray]:
    """Which bins are declared levels, and which belong to questions without a declaration."""
    known = np.zeros(bins.values.size, dtype=np.bool_)
    free = np.array([levels is None for levels in declared], dtype=np.bool_)
    edges = np.searchsorted(bins.question, np.arange(len(declared) + 1))
    for j in np.flatnonzero(~free).tolist():
        here = slice(int(edges[j]), int(edges[j + 1]))
        known[here] = np.isin(bins.values[here], np.asarray(declared[j], dtype=np.float64))
    return known, free[bins.question]


def _planned(answers: FloatArray, declared: Sequence[Sequence[float] | None]) -> tuple[FloatArray, _Bins]:
    """Whole numbers close together get a bin for each number between; other answers, replaced by their position among
    all that occur, a bin for each."""
    low, high, whole = _ranges(answers)
    for j, levels in enumerate(declared):
        if levels:
            low[j], high[j] = min(low[j], *levels), max(high[j], *levels)
            whole[j] &= all(float(level).is_integer() for level in levels)
    empty = low > high
    low[empty], high[empty] = 0.0, -1.0
    wide = np.flatnonzero(~whole | (high - low >= _WIDEST)).tolist()
    if wide:
        answers = answers.copy()
    sorted_codes: dict[int, FloatArray] = {}
    for j in wide:
        given = ~np.isnan(answers[:, j])
        own = np.union1d(answers[given, j], np.asarray(declared[j] or (), dtype=np.float64))
        answers[given, j] = np.searchsorted(own, answers[given, j])
        sorted_codes[j], low[j], high[j] = own, 0.0, own.size - 1.0
    width = (high - low).astype(np.int64) + 1
    stops = np.cumsum(width)
    shift = stops - width - low
    question = np.repeat(np.arange(width.size), width)
    values = np.arange(question.size) - shift[question]
    for j, own in sorted_codes.items():
        values[stops[j] - width[j] : stops[j]] = own
    return answers, _Bins(shift=shift, values=values, question=question)


def _ranges(answers: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Lowest and highest answer per question (infinities where there is none), and whether all are whole numbers."""
    n, k = answers.shape
    low, high, whole = np.full(k, np.inf), np.full(k, -np.inf), np.ones(k, dtype=np.bool_)
    for rows in _slices(n, k):
        part = answers[rows]
        low, high = np.fmin(low, np.fmin.reduce(part, axis=0)), np.fmax(high, np.fmax.reduce(part, axis=0))
        whole &= ~((np.rint(part) != part) & ~np.isnan(part)).any(axis=0)
    return low, high, whole


def _binned(answers: FloatArray, bins: _Bins) -> tuple[NDArray[np.int32], FloatArray]:
    """Bin of each answer, and how often each bin occurs."""
    n, k = answers.shape
    none = bins.values.size
    of, times = np.empty((n, k), dtype=np.int32), np.zeros(none + 1)
    for rows in _slices(n, k):
        part = answers[rows] + bins.shift
        np.copyto(part, none, where=np.isnan(part))
        whole = part.astype(np.int64)
        times += np.bincount(whole.ravel(), minlength=none + 1)
        of[rows] = whole
    return of, times[:-1]


def _slices(n: int, k: int) -> Iterator[slice]:
    rows = max(1, _CACHED // max(k, 1))
    return (slice(start, start + rows) for start in range(0, n, rows))
