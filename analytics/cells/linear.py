"""Figures from moments: values, bases, linearised values and their variance, F measures by G groups at once."""

import itertools
from collections.abc import Sequence

import msgspec
import numpy as np
from scipy import sparse

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.cells.columns import crossing
from analytics.cells.design import CellDesign
from analytics.cells.measures import Measure
from analytics.cells.moments import Moments, complements
from analytics.cells.table import CellTable, Question, tally
from analytics.errors import AnalyticsError
from analytics.estimates.columns import Sums

_CANCELLED = 1e-5
"""A variance below this share of its largest term has lost digits in the subtraction and is summed cell by cell."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of `Moments` in the base of each measure, with their scores; ordered by measure."""

    measure: IntArray
    column: IntArray
    score: FloatArray
    size: int
    """Number of measures."""

    def matrix(self, data: FloatArray, columns: int) -> sparse.csr_array:
        """Measures x columns."""
        return sparse.csr_array((data, (self.measure, self.column)), shape=(self.size, columns))

    def add(self, per_term: FloatArray) -> FloatArray:
        """Sums of the terms of each measure."""
        found = np.zeros((self.size, *per_term.shape[1:]))
        starts = np.flatnonzero(np.diff(self.measure, prepend=-1))
        if starts.size:
            found[self.measure[starts]] = np.add.reduceat(per_term, starts, axis=0)
        return found


class Linear(msgspec.Struct, frozen=True, kw_only=True):
    """F measures by G groups."""

    sums: Sums
    z: FloatArray
    """Terms x G: linearised value of each answer."""
    coefficients: FloatArray
    """F x G x r: what calibration explains."""
    crossed: FloatArray
    """F x G x r: sum of z over `Moments.fitted`."""
    left: FloatArray
    """F x G x strata: weighted sum of the residuals."""


def terms(table: CellTable, measures: Sequence[Measure], *, within: Question | None = None) -> Terms:
    """Columns and scores. `within`: take the answers from this crossing instead of the question's own columns.

    Raises:
        AnalyticsError: a question the table lacks, or a score over several answers of a list.
    """
    found: list[tuple[int, int, float]] = []
    complement = dict(zip(complements(table)[1].tolist(), range(table.answers.codes.size, 2**62), strict=False))
    for index, measure in enumerate(measures):
        question = within or table.question(measure.question)
        if question.kind == "list":
            found += [(index, *term) for term in _listed(table, question, measure, complement)]
        else:
            found += [(index, *term) for term in _coded(table, question, measure)]
    measure_of, column, score = zip(*found, strict=True) if found else ((), (), ())
    return Terms(
        measure=np.array(measure_of, dtype=np.int64),
        column=np.array(column, dtype=np.int64),
        score=np.array(score, dtype=np.float64),
        size=len(measures),
    )


def linear(design: CellDesign, asked: Terms, measures: Sequence[Measure], m: Moments) -> Linear:
    """Values and what their variances need."""
    weights = m.weight.sum(axis=2)
    n, weight = asked.add(m.n[asked.column]), asked.add(weights[asked.column])
    some = np.where(weight > 0, weight, 1.0)
    points = asked.score[:, None]
    value = asked.add(points * weights[asked.column]) / some
    unweighted = asked.add(points * m.n[asked.column]) / np.maximum(n, 1)
    spread2 = asked.add(weights[asked.column] * (points - value[asked.measure]) ** 2) / some
    spread2 *= np.where(n > 1, n / np.maximum(n - 1, 1), 1.0)
    squares = asked.add(m.square[asked.column])
    share = np.array([measure.kind == "share" for measure in measures])[:, None]
    value = np.where(share & (unweighted == 0.0), 0.0, np.where(share & (unweighted == 1.0), 1.0, value))
    z = (points - value[asked.measure]) / some[asked.measure]

    def linearised(per_column: FloatArray) -> FloatArray:
        """Sum over the base of z times what `per_column` (K x G x r) sums."""
        columns, *shape = per_column.shape
        flat = per_column.reshape(columns, -1)
        scored = (asked.matrix(asked.score, columns) @ flat).reshape(-1, *shape)
        whole = (asked.matrix(np.ones(asked.score.size), columns) @ flat).reshape(-1, *shape)
        return np.asarray((scored - value[:, :, None] * whole) / some[:, :, None])

    every = linearised(np.concatenate([m.seen, m.fitted, m.weight], axis=2))
    r = m.seen.shape[2]
    coefficients, crossed, left = every[:, :, :r], every[:, :, r : 2 * r], every[:, :, 2 * r :]
    return Linear(
        sums=Sums(n=n, weight=weight, squares=squares, value=value, unweighted=unweighted, spread2=spread2),
        z=z,
        coefficients=coefficients,
        crossed=crossed,
        left=left - coefficients @ design.sums.T,
    )


def variances(
    table: CellTable, design: CellDesign, asked: Terms, m: Moments, found: Linear, groups: IntArray
) -> FloatArray:
    """F x G design variances. `groups` are those of the moments."""
    b = found.coefficients
    largest = asked.add(found.z**2 * m.inflated[asked.column])
    explained = np.einsum("fgr,fgr->fg", b @ design.spread - 2 * found.crossed, b)
    variance = largest + explained - found.left**2 @ _between(design)
    for f, g in np.argwhere((variance < _CANCELLED * largest) & (largest > 0)).tolist():
        variance[f, g] = _exact(table, design, asked, found, groups == g, f, g)
    return np.asarray(np.maximum(variance, 0.0))


def overlaps(table: CellTable, measures: Sequence[Measure], found: Linear, m: Moments) -> FloatArray:
    """(F G) x (F G): inflated squared weights of people who count in both of two figures, times both their z. People of
    different groups do not overlap.

    Raises:
        AnalyticsError: crossings that the table lacks, all of them; or two answers of a list.
    """
    size, groups = found.sums.value.shape
    together = np.zeros((size, groups, size, groups))
    of_question: dict[str, list[int]] = {}
    for index, measure in enumerate(measures):
        of_question.setdefault(measure.question, []).append(index)
    pairs = list(itertools.combinations_with_replacement(of_question, 2))
    held = {pair: _held(table, *pair) for pair in pairs}
    _refuse_missing(table, of_question, [pair for pair in pairs if held[pair] is None])
    diagonal = np.arange(groups)
    for first, second in pairs:
        rows, columns = of_question[first], of_question[second]
        left, right = (_spread(table, measures, own, found, held[first, second], m) for own in (rows, columns))
        shared = np.einsum("fkg,ekg,kg->fge", left, right, m.inflated)
        for i, f in enumerate(rows):
            for j, e in enumerate(columns):
                together[f, diagonal, e, diagonal] = shared[i, :, j]
                together[e, diagonal, f, diagonal] = shared[i, :, j]
    return together.reshape(size * groups, size * groups)


def _held(table: CellTable, first: str, second: str) -> Question | None:
    """The question itself, or the crossing of two in either order; None when the table lacks it."""
    if first == second:
        return table.question(first)
    known = table.answers.questions
    return known.get(crossing(first, second)) or known.get(crossing(second, first))


def _refuse_missing(table: CellTable, of_question: dict[str, list[int]], missing: Sequence[tuple[str, str]]) -> None:
    lists = [key for key, own in of_question.items() if table.question(key).kind == "list" and len(own) > 1]
    if lists:
        raise AnalyticsError(
            f"Cells do not hold which answers of {', '.join(lists)} were chosen together; use the respondents' arrays."
        )
    if missing:
        names = "; ".join(crossing(*pair) for pair in missing)
        raise AnalyticsError(f"Their covariance needs crossings that the cell table lacks: {names}. Pass `crosses`.")


def _spread(
    table: CellTable,
    measures: Sequence[Measure],
    own: Sequence[int],
    found: Linear,
    within: Question | None,
    m: Moments,
) -> FloatArray:
    """Linearised value of some measures per column and group, on the columns of one question or crossing."""
    asked = terms(table, [measures[f] for f in own], within=within)
    weight = np.where(found.sums.weight > 0, found.sums.weight, 1.0)[own][asked.measure]
    values = np.zeros((len(own), *m.inflated.shape))
    values[asked.measure, asked.column] = (asked.score[:, None] - found.sums.value[own][asked.measure]) / weight
    return values


def _between(design: CellDesign) -> FloatArray:
    """1 / (n - 1) per stratum: n / (n - 1) times the squared sum over n."""
    return np.asarray(1.0 / (design.units - 1))


def _exact(
    table: CellTable, design: CellDesign, asked: Terms, found: Linear, members: BoolArray, f: int, g: int
) -> float:
    """The variance as a sum of squared residuals, answer by answer and cell by cell."""
    u = design.fitted @ found.coefficients[f, g]
    square, weight = design.square.copy(), design.weight.copy()
    total, sums = 0.0, np.zeros(design.units.size)
    for term in np.flatnonzero(asked.measure == f).tolist():
        d, d2 = column_sums(table, int(asked.column[term]))
        own, own_square = np.where(members, d * design.factor, 0.0), np.where(members, d2 * design.factor**2, 0.0)
        residual = found.z[term, g] - u
        total += float((own_square * design.inflate) @ residual**2)
        sums += tally(design.strata, own * residual, sums.size)
        square, weight = square - own_square, weight - own
    total += float((np.maximum(square, 0.0) * design.inflate) @ u**2)
    sums -= tally(design.strata, weight * u, sums.size)
    return total - float(sums**2 @ _between(design))


def column_sums(table: CellTable, column: int) -> tuple[FloatArray, FloatArray]:
    """Base weights and their squares per cell of the people in one column of `Moments`."""
    width = table.answers.codes.size
    if column >= width:
        base, chosen = (int(one[column - width]) for one in complements(table))
        whole, part = column_sums(table, base), column_sums(table, chosen)
        return whole[0] - part[0], whole[1] - part[1]
    here = table.answers.column == column
    cell = table.answers.cell[here]
    return (
        tally(cell, table.answers.d[here], table.size),
        tally(cell, table.answers.d2[here], table.size),
    )


def _coded(table: CellTable, question: Question, measure: Measure) -> list[tuple[int, float]]:
    """Column and score of each answer in the base."""
    codes = table.answers.codes if question.parts[0] == measure.question else table.answers.seconds
    scores = None if measure.scores is None else dict(measure.scores)
    base = None if measure.base is None else set(measure.base)
    found = []
    for column, code in enumerate(codes[question.start : question.stop].tolist(), start=question.start):
        if code == code and (base is None or code in base):
            found.append((column, code if scores is None else scores.get(code, 0.0)))
    return found


def _listed(
    table: CellTable, question: Question, measure: Measure, complement: dict[int, int]
) -> list[tuple[int, float]]:
    """Who chose the answer, and who was asked and did not."""
    if measure.scores is None or len(measure.scores) != 1:
        raise AnalyticsError(
            f"Several answers to `{question.key}` may come from one person, so only the share of a single one can be "
            "estimated from cell tables; use the respondents' arrays for a score over several."
        )
    ((code, score),) = measure.scores
    codes = table.answers.codes[question.start : question.stop].tolist()
    if code not in codes:
        return [(question.start, 0.0)]
    column = question.start + codes.index(code)
    return [(column, score), (complement[column], 0.0)]
