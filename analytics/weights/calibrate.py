"""Calibration of weights to population totals (Deville and Sarndal 1992; Deville, Sarndal and Sautory 1993)."""

import functools
from collections.abc import Sequence

import msgspec
import numpy as np

from analytics.arrays import FloatArray
from analytics.errors import AnalyticsError
from analytics.weights import auxiliary, checks, raking
from analytics.weights.auxiliary import Variable
from analytics.weights.basis import Basis, SeConvention
from analytics.weights.certificate import Calibration, Certificate, certify
from analytics.weights.codes import Coded, sums_by
from analytics.weights.distances import Distance
from analytics.weights.frame import Margin, ZeroTargets, check_margins
from analytics.weights.greg import Columns
from analytics.weights.kish import Kish, kish, kish_of_sums

__all__ = [
    "Basis",
    "Calibration",
    "Certificate",
    "Distance",
    "RakedCells",
    "SeConvention",
    "Variable",
    "calibrate",
    "calibrate_mixed",
    "poststratify",
    "rake",
    "rake_cells",
]


class RakedCells(msgspec.Struct, frozen=True, kw_only=True):
    factor: FloatArray
    """Final over start weight, per cell."""
    certificate: Certificate
    basis: Basis
    """Its start weights are the sums of the cells."""


def rake(
    coded: Sequence[Coded],
    margins: Sequence[Margin],
    start_weights: FloatArray,
    *,
    total: float | None = None,
    trim_low: float | None = None,
    trim_high: float | None = None,
    zero_targets: ZeroTargets = "refuse",
    convention: SeConvention = "start_weights",
    tolerance: float = 1e-10,
) -> Calibration:
    """Rake to `margins`; weights sum to `total` (default: the sum of the start weights).

    Solved on the kinds of people that occur, so the cost hardly grows with the number of people. `trim_low` and
    `trim_high` are limits on the final weight in mean weights; they are part of the problem, so trimmed weights still
    meet every margin. A margin with a ridge or a tolerance may be missed; the certificate says by how much.

    Raises:
        MarginsUnusable: margins that contradict themselves or each other, or that do not fit the codes.
        ValuesUnknown, WeightsUnusable: codes or start weights that cannot be used.
        Infeasible: names the levels or pairs that cannot be met and the merges that repair it.
        NotConverged: the targets are not met although no reason was found.
    """
    rules = raking.Rules(
        total=total,
        trim_low=trim_low,
        trim_high=trim_high,
        zero_targets=zero_targets,
        convention=convention,
        tolerance=tolerance,
    )
    people = coded[0].codes.size if coded else None
    used, d, _, _ = checks.together(
        lambda: check_margins(margins),
        lambda: checks.weights(start_weights, people),
        lambda: checks.coded(coded, margins),
        rules.check,
        otherwise=lambda: checks.ranges(coded, margins),
    )
    found = raking.factors(coded, used, d, None, rules)
    weights = found.per_entry(d)
    before, after = (d, weights) if found.excluded is None else (d[~found.excluded], weights[~found.excluded])
    certificate = found.certify(_kish(before), _kish(after), excluded=d.size - before.size)
    return Calibration(weights=weights, certificate=certificate, basis=found.basis(d, convention))


def rake_cells(
    coded: Sequence[Coded],
    margins: Sequence[Margin],
    start_sums: FloatArray,
    people: FloatArray,
    *,
    squares: FloatArray | None = None,
    total: float | None = None,
    trim_low: float | None = None,
    trim_high: float | None = None,
    zero_targets: ZeroTargets = "refuse",
    convention: SeConvention = "start_weights",
    tolerance: float = 1e-10,
) -> RakedCells:
    """`rake` for people who are counted together: `coded` has one code per cell, `start_sums` and `squares` the sums of
    their start weights and of the squares, `people` their number.

    Without limits the result is that of raking the people. With limits it is when all people of a cell share one start
    weight, so cells must then be made by start weight too. `squares` default to what they are in that case.

    Raises:
        As `rake`; AnalyticsError: limits, while some cell holds different start weights.
    """
    rules = raking.Rules(
        total=total,
        trim_low=trim_low,
        trim_high=trim_high,
        zero_targets=zero_targets,
        convention=convention,
        tolerance=tolerance,
    )
    size = coded[0].codes.size if coded else None
    used, d, n, _, _ = checks.together(
        lambda: check_margins(margins),
        lambda: checks.positive(start_sums, size, "sums of start weights"),
        lambda: checks.positive(people, size, "numbers of people"),
        lambda: checks.coded(coded, margins),
        rules.check,
        otherwise=lambda: checks.ranges(coded, margins),
    )
    checks.weights(d / n)
    squared = d * d / n if squares is None else checks.positive(squares, d.size, "sums of squares")
    if (trim_low is not None or trim_high is not None) and (squared * n > d * d * (1 + 1e-9)).any():
        raise AnalyticsError(
            "Limits on final weights need cells whose people share one start weight; make the cells by start weight."
        )
    found = raking.factors(coded, used, d, n, rules)
    factor = found.per_entry()
    kept = np.ones(d.size, dtype=bool) if found.excluded is None else ~found.excluded
    before = kish_of_sums(round(float(n[kept].sum())), float(d[kept].sum()), float(squared[kept].sum()))
    after = kish_of_sums(before.n, float((d * factor).sum()), float((squared * factor * factor).sum()))
    excluded = round(float(n[~kept].sum()))
    return RakedCells(
        factor=factor, certificate=found.certify(before, after, excluded), basis=found.basis(d, convention)
    )


def calibrate(
    columns: FloatArray,
    totals: FloatArray,
    start_weights: FloatArray,
    *,
    distance: Distance = "raking",
    bounds: tuple[float, float] | None = None,
    weight_limits: tuple[float, float] | None = None,
    ridge: FloatArray | float = 0.0,
    slack: FloatArray | float = 0.0,
    tolerance: float = 1e-10,
    names: Sequence[str] = (),
) -> Calibration:
    """Calibrate to the totals of any auxiliary columns (first column usually the intercept); `bounds` are on g.

    Distances: `raking` (exponential), `linear` (the generalised regression estimator), `logit` (needs bounds). The
    linear distance without bounds can give negative weights; the certificate counts them. `weight_limits` are limits on
    the final weight itself, for `raking` and `linear`.

    `ridge` makes columns soft (Chambers 1996): 0 is exact; r adds r x_j'Dx_j to the diagonal of X'DX, so that a column
    by itself keeps the share r / (1 + r) of its gap. `slack` allows a miss in the units of the total (Rao and Singh
    1997). Both may be given per column; the certificate shows what each soft column missed.

    Raises:
        MarginsUnusable: columns or totals that are no numbers, or that contradict each other.
        WeightsUnusable: start weights that cannot be used.
        Infeasible: no weights within the bounds meet the totals; `details` holds the columns in `conflict` and the
        bounds that are `needed`.
        NotConverged: weights exist but were not found.
    """
    aux, d = checks.together(
        lambda: auxiliary.of_columns(columns, totals, names, ridge, slack),
        lambda: checks.weights(start_weights, len(columns)),
    )
    return Columns.of(aux, d, distance, bounds, weight_limits, None).calibrate(tolerance)


def calibrate_mixed(
    coded: Sequence[Coded],
    margins: Sequence[Margin],
    variables: Sequence[Variable],
    start_weights: FloatArray,
    *,
    total: float | None = None,
    distance: Distance = "raking",
    bounds: tuple[float, float] | None = None,
    weight_limits: tuple[float, float] | None = None,
    tolerance: float = 1e-10,
) -> Calibration:
    """Calibrate to margins and to totals of continuous variables in one call.

    Weights sum to `total` (default: the sum of the start weights), which is the size that the shares of the margins and
    the totals of the variables belong to. The rest is as in `calibrate`.

    Raises:
        As `rake` and `calibrate`.
    """
    rules = raking.Rules(total=total)
    used, d, _, _, _ = checks.together(
        lambda: check_margins(margins) if margins else (),
        lambda: checks.weights(start_weights, coded[0].codes.size if coded else None),
        lambda: checks.coded(coded, margins),
        lambda: checks.ranges(coded, margins),
        rules.check,
    )
    size = float(d.sum()) if total is None else total
    for part, margin in zip(coded, used, strict=True):
        counted = functools.partial(sums_by, part.codes, None, len(part.patterns))
        checks.zero_levels([part.patterns], [margin], counted, "refuse")
    aux = auxiliary.mixed(coded, used, variables, size, d.size)
    return Columns.of(aux, d, distance, bounds, weight_limits, size).calibrate(tolerance)


def poststratify(coded: Coded, totals: FloatArray, start_weights: FloatArray) -> Calibration:
    """Make the weights of each cell sum to its total: calibration on one margin, without iteration (Holt and Smith
    1979).

    Raises:
        MarginsUnusable: totals that are no numbers of 0 or more, or 0 for cells with people.
        ValuesUnknown, WeightsUnusable: codes or start weights that cannot be used.
        Infeasible: cells with a target but without people, with the smallest neighbour to merge each with.
    """
    target = auxiliary.totals_of_cells(totals)
    levels = tuple(str(i) for i in range(target.size))
    margin = Margin(key="cell", levels=levels, shares=tuple((target / max(target.sum(), 1e-300)).tolist()))
    checks.together(lambda: checks.coded([coded], [margin]), lambda: checks.weights(start_weights, coded.codes.size))
    d = checks.weights(start_weights)
    counted = functools.partial(sums_by, coded.codes, None, len(coded.patterns))
    checks.zero_levels([coded.patterns], [margin], counted, "refuse")
    if not (coded.patterns % 1.0).any():
        sums = sums_by(coded.codes, d, len(coded.patterns))
        reached = coded.patterns.T @ sums
        short = np.flatnonzero((reached <= 0) & (target > 0))
        if not short.size:
            per_cell = np.divide(target, reached, out=np.zeros(target.size), where=reached > 0)
            return _poststratified(coded, d, coded.patterns @ per_cell)
    return rake([coded], [margin], d, total=float(target.sum()))


def _poststratified(coded: Coded, d: FloatArray, per_pattern: FloatArray) -> Calibration:
    weights = per_pattern[coded.codes] * d
    occurs = np.bincount(coded.codes, minlength=len(coded.patterns)) > 0
    certificate = certify(
        method="poststratify",
        converged=True,
        iterations=1,
        error=0.0,
        g=per_pattern[occurs],
        before=kish(d),
        after=kish(weights),
    )
    basis = Basis(kinds=coded.patterns, kind_of=coded.codes, start_weights=d, blocks=((0, coded.patterns.shape[1]),))
    return Calibration(weights=weights, certificate=certificate, basis=basis)


def _kish(weights: FloatArray) -> Kish:
    """Kish figures without the extremes."""
    return kish_of_sums(weights.size, float(weights.sum()), float(np.einsum("i,i->", weights, weights)))
