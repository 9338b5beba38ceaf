"""Cell tables: how many people are alike in everything the weighting looks at, and how many of them gave each answer.

A cell holds people with the same code in every weighting dimension, in every grouping that figures are wanted for, and
(by default) with the same base weight. Per cell, and per cell and answer, three sums are kept: people, base weights,
squared base weights. They are sufficient for raking, Kish's n_eff, weighted shares and means and their linearised
variances (`analytics.cells.moments`)."""

from typing import Literal

import msgspec
import numpy as np

from analytics.arrays import FloatArray, IntArray, as_float
from analytics.errors import AnalyticsError
from analytics.weights.codes import Coded

ROUNDING = 1e-9
"""Relative difference between two sums of the same weights that is rounding."""

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
    """The questions a column speaks of: the key itself, or both of a crossing."""
    start: int
    stop: int


class AnswerCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Sums per cell and answer, for the pairs that occur, in order of cell and column."""

    questions: dict[str, Question]
    codes: FloatArray
    """Answer per column. NaN: the base of a list, or no valid answer to the first question of a crossing."""
    seconds: FloatArray
    """Answer to the second question of a crossing; NaN elsewhere."""
    cell: IntArray
    column: IntArray
    n: FloatArray
    """People, in whole numbers."""
    d: FloatArray
    d2: FloatArray


class CellSums(msgspec.Struct, frozen=True, kw_only=True):
    """The people of each cell."""

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


class CellTable(msgspec.Struct, frozen=True, kw_only=True):
    """People by cell, and their answers by cell."""

    coded: dict[str, Coded]
    """Per weighting dimension the code of each cell, partial knowledge included."""
    groups: dict[str, Grouping]
    n: FloatArray
    """People per cell, in whole numbers, all above 0."""
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

    def question(self, key: str) -> Question:
        """The columns of a question or crossing.

        Raises:
            AnalyticsError: the table does not hold it; the message says what it holds.
        """
        if key not in self.answers.questions:
            known = ", ".join(self.answers.questions) or "none"
            raise AnalyticsError(f"The cell table has no question `{key}`; it has: {known}.")
        return self.answers.questions[key]

    def grouping(self, key: str) -> Grouping:
        """A grouping by name.

        Raises:
            AnalyticsError: the cells do not tell these groups apart.
        """
        if key not in self.groups:
            known = ", ".join(sorted(self.groups)) or "none"
            raise AnalyticsError(f"The cells do not tell groups of `{key}` apart; groupings in the table: {known}.")
        return self.groups[key]


def tally(keys: IntArray, weights: FloatArray | None, size: int) -> FloatArray:
    """Sum of `weights` (None: the number) of the entries of each key below `size`."""
    return as_float(np.bincount(keys, weights=weights, minlength=size))
