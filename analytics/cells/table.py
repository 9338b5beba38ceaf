"""Cell tables: how many people are alike in everything the weighting looks at, and how many of them gave each answer.

A cell holds people with the same code in every weighting dimension, in every grouping that figures are wanted for, and
(by default) with the same base weight. Per cell, and per cell and answer, three sums are kept: people, base weights,
squared base weights. They are sufficient for raking, Kish's n_eff, weighted shares and means and their linearised
variances (`analytics.cells.moments`)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np
from samenspraak.types.problem import Fault

from analytics.arrays import FloatArray, IntArray, as_float
from analytics.errors import AnalyticsError, CellsUnusable
from analytics.weights.codes import Cells, Coded
from analytics.weights.codes import cells as unique_cells

ROUNDING = 1e-9
"""Relative difference between two sums of the same weights that is rounding."""

_SAME_WEIGHT = 1e-12
_DENSE = 16
"""A table of all possible entries is used up to this many places per entry; beyond it, entries are sorted."""
_WIDEST = 1000
"""Whole-number answers further apart than this are matched by sorting."""

Kind = Literal["code", "list", "cross"]


class Grouping(msgspec.Struct, frozen=True, kw_only=True):
    """A variable that figures are split by."""

    labels: tuple[str, ...]
    codes: IntArray
    """Position in `labels` per person or per cell; -1: in no group."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """The answers to a question where several may be chosen."""

    codes: tuple[float, ...]
    hits: FloatArray
    """n x codes, 1.0 where chosen; a row of NaN for somebody outside the base."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Where the answers to one question stand among the columns of `AnswerCounts`."""

    key: str
    kind: Kind
    """`code`: one answer per person. `list`: several; the first column is the base. `cross`: two questions at once."""
    parts: tuple[str, ...]
    """The questions a person answered to get into a column: the key itself, or both of a crossing."""
    start: int
    stop: int


class AnswerCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Sums per cell and answer, for the pairs that occur, in order of cell and column."""

    questions: tuple[Question, ...]
    codes: FloatArray
    """Answer per column. NaN: the base of a list, or no valid answer to the first question of a crossing."""
    seconds: FloatArray
    """Answer to the second question of a crossing; NaN elsewhere."""
    cell: IntArray
    column: IntArray
    n: FloatArray
    """People, with whole numbers."""
    d: FloatArray
    d2: FloatArray

    def question(self, key: str) -> Question:
        """The columns of a question.

        Raises:
            AnalyticsError: the table does not hold it; the message says what it holds.
        """
        found = next((question for question in self.questions if question.key == key), None)
        if found is None:
            raise AnalyticsError(f"The cell table has no question `{key}`; it has: {_listed(self.questions)}.")
        return found


class CellTable(msgspec.Struct, frozen=True, kw_only=True):
    """People by cell, and their answers by cell."""

    coded: dict[str, Coded]
    """Per weighting dimension the code of each cell, partial knowledge included."""
    groups: dict[str, Grouping]
    n: FloatArray
    """People per cell, with whole numbers, all above 0."""
    d: FloatArray
    """Sum of base weights per cell."""
    d2: FloatArray
    """Sum of squared base weights per cell."""
    answers: AnswerCounts

    @property
    def size(self) -> int:
        """Number of cells."""
        return int(self.n.size)

    @property
    def people(self) -> int:
        return round(float(self.n.sum()))

    @property
    def one_weight_per_cell(self) -> bool:
        """Whether everybody in a cell has the same base weight: what limits on final weights need."""
        return bool((np.abs(self.n * self.d2 - self.d * self.d) <= ROUNDING * self.d * self.d).all())

    def grouping(self, key: str) -> Grouping:
        """A grouping by name.

        Raises:
            AnalyticsError: the cells do not tell these groups apart.
        """
        if key not in self.groups:
            known = ", ".join(sorted(self.groups)) or "none"
            raise AnalyticsError(f"The cells do not tell groups of `{key}` apart; groupings in the table: {known}.")
        return self.groups[key]


class CellSums(msgspec.Struct, frozen=True, kw_only=True):
    """The people of each cell, as they come from a grouped query."""

    n: FloatArray
    d: FloatArray
    d2: FloatArray


class AnswerRow(msgspec.Struct, frozen=True, kw_only=True):
    """One answer to one question over the cells where it occurs, as it comes from a grouped query."""

    question: str
    code: float | None
    """None: the base of a question where several answers may be chosen."""
    cells: IntArray
    """Positions in `CellSums`."""
    n: FloatArray
    d: FloatArray
    d2: FloatArray


def number(
    coded: Mapping[str, Coded], base_weights: FloatArray, groups: Mapping[str, Grouping], *, by_weight: bool = True
) -> Cells:
    """Cells of people with the same codes, groups and, with `by_weight`, the same base weight up to rounding."""
    columns = [one.codes for one in coded.values()] + [one.codes for one in groups.values()]
    if by_weight or not columns:
        columns.append(weight_classes(base_weights) if by_weight else np.zeros(base_weights.size, dtype=np.int64))
    return unique_cells(*columns)


def weight_classes(weights: FloatArray) -> IntArray:
    """Number of each distinct weight, in ascending order; weights that differ by rounding are the same."""
    order = np.argsort(weights, kind="stable")
    ordered = weights[order]
    steps = np.diff(ordered) > _SAME_WEIGHT * np.abs(ordered[1:])
    found = np.empty(weights.size, dtype=np.int64)
    found[order] = np.concatenate([[0], np.cumsum(steps)])
    return found


def from_arrays(
    *,
    coded: Mapping[str, Coded],
    base_weights: FloatArray,
    questions: Sequence[str],
    answers: FloatArray,
    lists: Mapping[str, Listed] | None = None,
    groups: Mapping[str, Grouping] | None = None,
    crosses: Sequence[tuple[str, str]] = (),
    levels: Mapping[str, Sequence[float]] | None = None,
    by_weight: bool = True,
) -> CellTable:
    """Count respondents.

    `coded` and `groups` hold one code per person; `answers` is n x questions with NaN for no valid answer. `lists` are
    questions with several answers each. `crosses` names pairs of questions that are counted together as well, for their
    covariance. `levels` declares the answers of a question: any other is a fault, and answers nobody gave still get a
    column. `by_weight=False` joins people of different base weights in a cell, for weights that nearly all differ; then
    no limits on the final weights can be kept.

    Raises:
        CellsUnusable: with every fault: lengths that differ, weights that are not finite and above 0, answers that are
        infinite or not declared, hits that are neither 0 nor 1.
    """
    d, y = as_float(base_weights), as_float(answers)
    lists, groups, levels = lists or {}, groups or {}, levels or {}
    _insist([*_array_faults(coded, d, questions, y, lists, groups), *_cross_faults(questions, crosses)])
    cells = number(coded, d, groups, by_weight=by_weight)
    columns = _columns(questions, y, lists, crosses, levels)
    sums = _cell_sums(cells, d, by_weight)
    counts = columns.counts(cells, d, sums if by_weight else None)
    return CellTable(
        coded={key: Coded(codes=one.codes[cells.first], patterns=one.patterns) for key, one in coded.items()},
        groups={key: Grouping(labels=one.labels, codes=one.codes[cells.first]) for key, one in groups.items()},
        n=sums.n,
        d=sums.d,
        d2=sums.d2,
        answers=counts,
    )


def from_rows(
    *,
    coded: Mapping[str, Coded],
    groups: Mapping[str, Grouping],
    sums: CellSums,
    answers: Sequence[AnswerRow],
    levels: Mapping[str, Sequence[float]] | None = None,
    lists: Sequence[str] = (),
    by_weight: bool = True,
) -> CellTable:
    """The table from the rows of a grouped query. `coded` and `groups` hold one code per cell of the query; cells that
    agree in all of them (and, with `by_weight`, in base weight) are joined.

    `levels` as in `from_arrays`; `lists` names the questions where several answers may be chosen.

    Raises:
        CellsUnusable: with every fault: codes outside their levels, counts that are negative or not whole, sums that
        cannot belong to so many people, answers of more people than the cell holds, an answer given twice.
    """
    levels = levels or {}
    n, d, d2 = as_float(sums.n), as_float(sums.d), as_float(sums.d2)
    sums = CellSums(n=n, d=d, d2=d2)
    _insist([*_sum_faults(sums), *_code_faults(coded, groups, n.size), *_row_faults(answers, sums, levels, set(lists))])
    cells = number(coded, d / n, groups, by_weight=by_weight)
    size = cells.first.size
    questions, codes, place = _declared(answers, levels, set(lists))
    return CellTable(
        coded={key: Coded(codes=one.codes[cells.first], patterns=one.patterns) for key, one in coded.items()},
        groups={key: Grouping(labels=one.labels, codes=one.codes[cells.first]) for key, one in groups.items()},
        n=np.bincount(cells.of, weights=n, minlength=size),
        d=np.bincount(cells.of, weights=d, minlength=size),
        d2=np.bincount(cells.of, weights=d2, minlength=size),
        answers=_joined(answers, cells, questions, codes, place),
    )


class _Entries(msgspec.Struct, frozen=True, kw_only=True):
    """One mark per person and answer given."""

    person: IntArray
    column: IntArray


class _Columns(msgspec.Struct, frozen=True, kw_only=True):
    """All answers of all people as column numbers."""

    questions: tuple[Question, ...]
    codes: FloatArray
    seconds: FloatArray
    entries: tuple[_Entries, ...]

    def counts(self, cells: Cells, d: FloatArray, sums: CellSums | None) -> AnswerCounts:
        """Sums per cell and column; with `sums`, whose cells hold one weight each, weights follow from the counts."""
        width = self.codes.size
        keys = np.concatenate([cells.of[one.person] * width + one.column for one in self.entries])
        places = cells.first.size * width
        weights = None if sums is not None else np.concatenate([d[one.person] for one in self.entries])
        if places <= _DENSE * keys.size + 1024:
            n = np.bincount(keys, minlength=places)
            found = np.flatnonzero(n)
            n = n[found].astype(np.float64)
            inverse = keys
        else:
            found, inverse, people = np.unique(keys, return_inverse=True, return_counts=True)
            n = people.astype(np.float64)
        cell, column = np.divmod(found, max(width, 1))
        if sums is not None:
            unit = (sums.d / sums.n)[cell]
            base, squares = n * unit, n * unit * unit
        else:
            assert weights is not None
            pick = found if inverse is keys else slice(None)
            base = np.bincount(inverse.reshape(-1), weights=weights)[pick]
            squares = np.bincount(inverse.reshape(-1), weights=weights * weights)[pick]
        return AnswerCounts(
            questions=self.questions,
            codes=self.codes,
            seconds=self.seconds,
            cell=cell,
            column=column,
            n=n,
            d=base,
            d2=squares,
        )
