"""Estimates from cell tables: all measures of a questionnaire by all groups at once.

The figures, standard errors, degrees of freedom, intervals and notes are those of `analytics.estimates.estimate` on the
respondents: linearised variance on calibration residuals (Deville and Sarndal 1992), people outside a group kept in the
design (Binder 1983), Korn-Graubard intervals for shares."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.cells import linear
from analytics.cells.design import CellDesign
from analytics.cells.linear import Terms
from analytics.cells.measures import Measure
from analytics.cells.moments import counts, moments
from analytics.cells.table import CellTable, Grouping
from analytics.errors import AnalyticsError
from analytics.estimates.columns import Sums
from analytics.estimates.estimate import Estimate, Note, mean_estimates, share_estimates, without_spread
from analytics.estimates.interval import FIXED_SE, ProportionMethod, inflation, mean_limits, share_limits


class Intervals(msgspec.Struct, frozen=True, kw_only=True):
    """F measures by G groups."""

    lower: FloatArray
    upper: FloatArray
    se: FloatArray
    """0 where a margin fixes the figure."""
    note: NDArray[np.str_]
    """A `Note`. With `no_answers` and `no_weight` there is no figure, with `no_spread` no interval."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """F measures by G groups."""

    measures: tuple[Measure, ...]
    labels: tuple[str, ...]
    """Group names; one empty name for everybody."""
    sums: Sums
    """Values and bases, F x G."""
    variance: FloatArray
    """F x G."""
    df: int
    inflate: float = 1.0
    """Of the variance in the limits of shares, for what calibration explains (`interval.share_limits`)."""

    def estimates(
        self, *, level: float = 0.95, method: ProportionMethod = "korn_graubard"
    ) -> tuple[tuple[Estimate, ...], ...]:
        """One tuple per measure, one estimate per group; means with t intervals, shares with those of `method`."""
        share = np.array([measure.kind == "share" for measure in self.measures], dtype=np.bool_)
        found = np.empty((share.size, len(self.labels)), dtype=object)
        shares = share_estimates(*self._part(share), df=self.df, level=level, method=method, inflate=self.inflate)
        found[share] = self._shaped(shares)
        found[~share] = self._shaped(mean_estimates(*self._part(~share), df=self.df, level=level))
        return tuple(map(tuple, found.tolist()))

    def intervals(self, *, level: float = 0.95, method: ProportionMethod = "korn_graubard") -> "Intervals":
        """Limits and notes of `estimates` as arrays, for where a struct per figure costs more than the figures."""
        share = np.array([measure.kind == "share" for measure in self.measures], dtype=np.bool_)
        sums, se = self.sums, np.sqrt(self.variance)
        fixed = (se <= FIXED_SE * np.sqrt(sums.spread2)) & (sums.spread2 > 0)
        lower, upper = mean_limits(sums.value, np.where(fixed, 0.0, se), df=self.df, level=level)
        alike, one_sided = without_spread(sums) & ~share[:, None], np.zeros(fixed.shape, dtype=np.bool_)
        if share.any():
            part, variance = self._part(share)
            limits = share_limits(
                part.value,
                variance,
                part.n,
                n_eff(part),
                df=self.df,
                level=level,
                method=method,
                inflate=self.inflate,
            )
            shape = (-1, len(self.labels))
            lower[share], upper[share] = limits.lower.reshape(shape), limits.upper.reshape(shape)
            fixed[share], one_sided[share] = limits.fixed.reshape(shape), limits.one_sided.reshape(shape)
        reasons: dict[Note, BoolArray] = {
            "no_answers": sums.n == 0,
            "no_weight": sums.weight <= 0,
            "no_spread": alike,
            "fixed_by_margin": fixed,
            "one_sided": one_sided,
        }
        note = np.select(list(reasons.values()), list(reasons), "")
        return Intervals(lower=lower, upper=upper, se=np.where(note == "fixed_by_margin", 0.0, se), note=note)

    def _part(self, measures: BoolArray) -> tuple[Sums, FloatArray]:
        flat = {name: getattr(self.sums, name)[measures].reshape(-1) for name in Sums.__struct_fields__}
        return Sums(**flat), self.variance[measures].reshape(-1)

    def _shaped(self, found: tuple[Estimate, ...]) -> "np.ndarray[tuple[int, int], np.dtype[np.object_]]":
        array = np.empty(len(found), dtype=object)
        array[:] = found
        return array.reshape(-1, len(self.labels))


class Joint(msgspec.Struct, frozen=True, kw_only=True):
    """Values of F measures by G groups in that order (measure by measure), and their covariance."""

    labels: tuple[tuple[int, str], ...]
    """Position of the measure, and group."""
    value: FloatArray
    n: FloatArray
    covariance: FloatArray
    df: int


def n_eff(sums: Sums) -> FloatArray:
    """Kish's effective number of people; 0 for nobody."""
    return np.asarray(sums.weight**2 / np.where(sums.squares > 0, sums.squares, 1.0))


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """Measures looked up in one table, for many groupings."""

    measures: tuple[Measure, ...]
    terms: Terms


def prepare(table: CellTable, measures: Sequence[Measure]) -> Prepared:
    """Look measures up once where many calls use them.

    Raises:
        AnalyticsError: a question that the table lacks, or a score over several answers of a list.
    """
    return Prepared(measures=tuple(measures), terms=linear.terms(table, measures))


def estimate(
    table: CellTable,
    design: CellDesign,
    measures: Sequence[Measure] | Prepared,
    *,
    by: Grouping | None = None,
    where: BoolArray | None = None,
) -> Figures:
    """Every measure for every group of `by` (default: everybody), among the cells of the mask `where`.

    Raises:
        AnalyticsError: a question that the table lacks, or a mask or grouping of another number of cells.
    """
    groups, labels = _groups(table, by, where)
    ready = measures if isinstance(measures, Prepared) else prepare(table, measures)
    m = moments(table, design, groups, len(labels))
    found = linear.linear(design, ready.terms, ready.measures, m)
    return Figures(
        measures=ready.measures,
        labels=labels,
        sums=found.sums,
        variance=linear.variances(table, design, ready.terms, m, found, groups),
        df=design.df,
        inflate=inflation(int(design.units.sum()), design.fitted.shape[1]),
    )


def bases(
    table: CellTable,
    measures: Sequence[Measure] | Prepared,
    *,
    by: Grouping | None = None,
    where: BoolArray | None = None,
) -> FloatArray:
    """How many people each measure is about in each group (F x G), without estimating anything.

    Raises:
        AnalyticsError: as `estimate`.
    """
    groups, labels = _groups(table, by, where)
    asked = (measures if isinstance(measures, Prepared) else prepare(table, measures)).terms
    return asked.add(counts(table, groups, len(labels))[asked.column])


def covariance(
    table: CellTable,
    design: CellDesign,
    measures: Sequence[Measure],
    *,
    by: Grouping | None = None,
    where: BoolArray | None = None,
) -> Joint:
    """Joint covariance of measures and groups, for contrasts. Measures of one question need nothing more; of each two
    questions the table must hold their crossing (`crosses` of `tabulate.from_arrays`).

    Raises:
        AnalyticsError: a crossing is missing, each named; or several answers of a list, which cells do not hold
        together.
    """
    groups, labels = _groups(table, by, where)
    asked = linear.terms(table, measures)
    m = moments(table, design, groups, len(labels))
    found = linear.linear(design, asked, measures, m)
    size = found.sums.value.size
    b, crossed = (array.reshape(size, design.fitted.shape[1]) for array in (found.coefficients, found.crossed))
    left = found.left.reshape(size, design.units.size)
    mixed = crossed @ b.T
    matrix = b @ design.spread @ b.T - mixed - mixed.T - (left / (design.units - 1)) @ left.T
    matrix += linear.overlaps(table, measures, found, m)
    return Joint(
        labels=tuple((i, label) for i in range(len(measures)) for label in labels),
        value=found.sums.value.reshape(-1),
        n=found.sums.n.reshape(-1),
        covariance=(matrix + matrix.T) / 2,
        df=design.df,
    )


def _groups(table: CellTable, by: Grouping | None, where: BoolArray | None) -> tuple[IntArray, tuple[str, ...]]:
    codes = np.zeros(table.size, dtype=np.int64) if by is None else by.codes
    for name, size in (("grouping", codes.size), ("mask", table.size if where is None else where.size)):
        if size != table.size:
            raise AnalyticsError(f"The {name} has {size} entries; the table has {table.size} cells.")
    return codes if where is None else np.where(where, codes, -1), ("",) if by is None else by.labels
