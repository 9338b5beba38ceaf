"""Weighting every replicate again, as the sample itself was weighted, each with its own certificate.

People alike in everything the weighting looks at form cells; the start weights of a replicate are sums over cells, and
all replicates are solved together (`designs.batch`). Kept are the multipliers of each replicate, from which its weights
are made again when they are needed.

A replicate that lost a level, or does not reach the targets, is never used half-weighted. Its weights are NaN, it is
counted and the level named; a bootstrap goes on without it as long as no more than one in twenty is lost (leaving it
out is the same as drawing again until every level is there), a jackknife, which needs every replicate, refuses."""

from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import ArrayLike
from samenspraak.types.problem import Fault

from analytics.arrays import BoolArray, FloatArray, IntArray, as_float
from analytics.designs import batch
from analytics.designs.replicates import Replicates, Spread, blocks, spread
from analytics.errors import AnswersUnusable, DesignUnusable, MarginsUnusable, NotConverged
from analytics.weights import codes, distances
from analytics.weights.codes import Coded
from analytics.weights.distances import Distance
from analytics.weights.frame import SUM_TOLERANCE, Margin, check_margins

MOST_LOST = 0.05
"""A bootstrap that loses more of its replicates says too little; levels must be merged."""
_BATCH = 1 << 18
"""Numbers worked on at once, 2 MB, so that they stay in the cache."""
_FEWEST = 8
"""Replicates solved at once at least."""


class ReplicateCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """What was reached in every replicate."""

    converged: BoolArray
    error: FloatArray
    """Largest |reached - target| over its scale, per replicate; infinite where a level is lost."""
    iterations: IntArray
    tolerance: float
    lost: tuple[str, ...] = ()
    """Levels that some replicate lost, with how many replicates did: `education=1 (3)`."""

    @property
    def worst(self) -> float:
        """Largest error among the replicates that are used."""
        return float(self.error[self.converged].max(initial=0.0))

    @property
    def failed(self) -> int:
        return int((~self.converged).sum())


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """Final over base weight of every cell in every replicate, as multipliers."""

    cell_of: IntArray
    columns: FloatArray
    """Cells x p."""
    multipliers: FloatArray
    """p x replicates; NaN for a replicate that is not used."""
    distance: Distance
    low: FloatArray
    """Limits on the factor, cells x 1."""
    high: FloatArray

    def rows(self, start: int, stop: int) -> FloatArray:
        """Factors on the weights of people, replicates x people."""
        u = self.columns @ self.multipliers[:, start:stop]
        g = np.ascontiguousarray(_factor(self.distance, self.low, self.high)(u).g.T)
        return np.take(g, self.cell_of, axis=1)


class ReplicateWeights(msgspec.Struct, frozen=True, kw_only=True):
    """Final weights of every replicate, kept small: base weight x factor x correction of the person's cell."""

    base: FloatArray
    replicates: Replicates
    correction: Correction | None = None
    """None where nothing was calibrated."""
    certificate: ReplicateCertificate | None = None

    @property
    def kept(self) -> BoolArray:
        """Replicates that are used."""
        everything = np.ones(self.replicates.size, dtype=bool)
        return everything if self.certificate is None else self.certificate.converged

    def rows(self) -> Iterator[FloatArray]:
        """Replicates x people, a few replicates at a time, in order; NaN for a replicate that is not used."""
        for start, stop in blocks(self.replicates.size, self.base.size):
            weights = self.replicates.weights(self.base, start, stop)
            if self.correction is not None:
                weights *= self.correction.rows(start, stop)
            yield weights

    def blocks(self) -> Iterator[FloatArray]:
        """As `rows`, people x replicates."""
        for weights in self.rows():
            yield weights.T

    def export(self) -> np.ndarray:
        """All of them as people x replicates in single precision, for a file beside the data."""
        table = np.empty((self.base.size, self.replicates.size), dtype=np.float32)
        column = 0
        for weights in self.rows():
            table[:, column : column + weights.shape[0]] = weights.T
            column += weights.shape[0]
        return table


def plain(base: ArrayLike, replicates: Replicates) -> ReplicateWeights:
    """Replicate weights without calibration."""
    return ReplicateWeights(base=_base(base, replicates), replicates=replicates)


def rake(
    replicates: Replicates,
    coded: Sequence[Coded],
    margins: Sequence[Margin],
    start_weights: ArrayLike,
    *,
    total: float | None = None,
    trim_low: float | None = None,
    trim_high: float | None = None,
    tolerance: float = 1e-10,
) -> ReplicateWeights:
    """Rake every replicate to `margins`; the arguments are those of `weights.calibrate.rake`.

    One margin is post-stratification. Limits on the final weight hold for each drawn copy of a person.

    Raises:
        MarginsUnusable: margins that contradict themselves, that are soft, or that have a target of zero.
        DesignUnusable: a jackknife replicate lost a level, or a bootstrap lost more than one replicate in twenty; the
            levels are named.
        NotConverged: a jackknife replicate, or more than one bootstrap replicate in twenty, misses the margins.
    """
    checked = check_margins(margins)
    _check_hard(checked)
    d = _base(start_weights, replicates)
    _check_codes(coded, checked, d.size)
    size = float(d.sum()) if total is None else total
    base = d * (size / d.sum())
    keys = [one.codes for one in coded]
    if trim_low is not None or trim_high is not None:
        keys.append(np.unique(base, return_inverse=True)[1].reshape(-1).astype(np.int64))
    cell = codes.cells(*keys)
    mean, unit = float(base.mean()), base[cell.first][:, None]
    task = _Task(
        columns=np.hstack([one.patterns[one.codes[cell.first]] for one in coded]),
        totals=np.concatenate([np.asarray(margin.shares) for margin in checked]),
        scale=np.ones(sum(len(margin.levels) for margin in checked)),
        names=tuple(f"{margin.key}={level}" for margin in checked for level in margin.levels),
        unit=size,
        cell=cell,
        distance="raking",
        low=np.zeros_like(unit) if trim_low is None else trim_low * mean / unit,
        high=np.full_like(unit, np.inf) if trim_high is None else trim_high * mean / unit,
        levels=True,
    )
    return _solved(replicates, base, task, tolerance)


def calibrate(
    replicates: Replicates,
    columns: ArrayLike,
    totals: ArrayLike,
    start_weights: ArrayLike,
    *,
    distance: Distance = "raking",
    bounds: tuple[float, float] | None = None,
    names: Sequence[str] = (),
    tolerance: float = 1e-10,
) -> ReplicateWeights:
    """Calibrate every replicate to the totals of any columns (people x p), as `weights.calibrate.calibrate` does.

    Raises:
        MarginsUnusable: columns that are not finite or of another shape, or totals that contradict each other.
        DesignUnusable, NotConverged: as `rake`.
    """
    x, d, target = as_float(columns), _base(start_weights, replicates), as_float(totals)
    if x.shape != (d.size, target.size) or not (np.isfinite(x).all() and np.isfinite(target).all()):
        raise MarginsUnusable(
            f"Columns of {x.shape} do not fit {d.size} people and {target.size} totals, or are not finite throughout."
        )
    distances.choose(distance, bounds)
    own = np.maximum(np.abs(x).T @ d, np.abs(target))
    cell = codes.cells(*(np.unique(column, return_inverse=True)[1].reshape(-1).astype(np.int64) for column in x.T))
    limits = bounds or ((0.0, np.inf) if distance == "raking" else (-np.inf, np.inf))
    task = _Task(
        columns=x[cell.first],
        totals=target,
        scale=np.where(own > 0, own, 1.0),
        names=tuple(names) or tuple(f"column {i + 1}" for i in range(x.shape[1])),
        unit=1.0,
        cell=cell,
        distance=distance,
        low=np.array([[limits[0]]]),
        high=np.array([[limits[1]]]),
        levels=False,
    )
    return _solved(replicates, d, task, tolerance)


def means(weights: ReplicateWeights, y: ArrayLike, *, domain: ArrayLike | None = None) -> FloatArray:
    """Weighted means of the columns of `y` (n x k, NaN: no answer) in every replicate, R x k.

    Args:
        domain: a mask over people, or one per column (n x k).

    NaN where nobody of the base is in a replicate, and for replicates that are not used.
    """
    filled, valid = _answers(weights, y, domain)
    if not valid.size or valid.all():
        masks, which = np.ones((valid.shape[0], 1)), np.zeros(valid.shape[1], dtype=np.int64)
    else:
        _, first, which = np.unique(np.packbits(valid, axis=0), axis=1, return_index=True, return_inverse=True)
        masks, which = valid[:, first].astype(np.float64), which.reshape(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.vstack([(block @ filled) / (block @ masks)[:, which] for block in weights.rows()])


def totals(weights: ReplicateWeights, y: ArrayLike, *, domain: ArrayLike | None = None) -> FloatArray:
    """Weighted totals of the columns of `y` in every replicate, R x k; no answer counts as zero."""
    filled, _ = _answers(weights, y, domain)
    return np.vstack([block @ filled for block in weights.rows()])


def ratios(
    weights: ReplicateWeights, above: ArrayLike, below: ArrayLike, *, domain: ArrayLike | None = None
) -> FloatArray:
    """Ratios of the totals of two tables (n x k), column by column, over people who answered both; R x k."""
    over, first = _answers(weights, above, domain)
    under, second = _answers(weights, below, domain)
    both = first & second
    columns = np.hstack([np.where(both, over, 0.0), np.where(both, under, 0.0)])
    sums = np.vstack([block @ columns for block in weights.rows()])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums[:, : over.shape[1]] / sums[:, over.shape[1] :])


def statistic(weights: ReplicateWeights, measure: Callable[[FloatArray], ArrayLike]) -> FloatArray:
    """Any statistic of a weight vector, (n) -> number or (k), in every replicate, R x k; NaN where not used."""
    found: list[FloatArray | None] = []
    for block in weights.rows():
        found += [None if np.isnan(row).any() else np.atleast_1d(as_float(measure(row))) for row in block]
    width = next((one.size for one in found if one is not None), 1)
    return np.array([np.full(width, np.nan) if one is None else one for one in found])


def summary(weights: ReplicateWeights, estimates: FloatArray, full: ArrayLike) -> Spread:
    """Covariance, standard errors, replicates used, centre and degrees of freedom of k figures.

    Args:
        estimates: R x k, from `means`, `totals`, `ratios` or `statistic`.
        full: the k figures of the full sample.
    """
    return spread(estimates, full, weights.replicates, weights.kept)


def covariance(weights: ReplicateWeights, estimates: FloatArray, full: ArrayLike) -> FloatArray:
    """k x k covariance of figures from their replicate estimates (R x k) and full-sample values (k)."""
    return summary(weights, estimates, full).covariance


class _Task(msgspec.Struct, frozen=True, kw_only=True):
    """A calibration on cells."""

    columns: FloatArray
    totals: FloatArray
    scale: FloatArray
    names: tuple[str, ...]
    unit: float
    """Start weights are divided by this."""
    cell: codes.Cells
    distance: Distance
    low: FloatArray
    high: FloatArray
    levels: bool
    """Whether the columns are memberships, of which each must have somebody."""


def _solved(replicates: Replicates, base: FloatArray, task: _Task, tolerance: float) -> ReplicateWeights:
    cells, size = task.cell.first.size, replicates.size
    whole = np.bincount(task.cell.of, weights=base, minlength=cells) / task.unit
    problem = batch.Problem.of(
        task.columns, whole, task.totals, task.scale, _factor(task.distance, task.low, task.high)
    )
    if problem.disagreement > SUM_TOLERANCE * 10:
        raise MarginsUnusable(
            f"The targets contradict each other by {100 * problem.disagreement:.4f} %; weight the sample itself "
            "(`weights.calibrate`) to see which ones."
        )
    none = np.zeros(problem.kept.size)
    first = batch.solve(problem, whole[:, None], none, tolerance=tolerance)
    begin = first.multipliers[:, 0] if first.error[0] <= tolerance else none
    multipliers = np.empty((problem.kept.size, size))
    error, iterations = np.full(size, np.inf), np.zeros(size, dtype=np.int64)
    missing = np.zeros(len(task.names), dtype=np.int64)
    for a, b in blocks(size, cells, max(_BATCH, _FEWEST * cells)):
        start = _cell_sums(replicates, base / task.unit, task.cell, a, b)
        empty = (task.columns.T @ start <= 0) if task.levels else np.zeros((len(task.names), b - a), dtype=bool)
        missing += empty.sum(axis=1)
        there = ~empty.any(axis=0)
        done = batch.solve(problem, start[:, there], begin, tolerance=tolerance)
        rows = np.flatnonzero(there) + a
        multipliers[:, rows], error[rows], iterations[rows] = done.multipliers, done.error, done.iterations
    certificate = ReplicateCertificate(
        converged=error <= tolerance,
        error=error,
        iterations=iterations,
        tolerance=tolerance,
        lost=tuple(f"{name} ({n})" for name, n in zip(task.names, missing.tolist(), strict=True) if n),
    )
    _insist(certificate, replicates)
    multipliers[:, ~certificate.converged] = np.nan
    correction = Correction(
        cell_of=task.cell.of,
        columns=problem.solving,
        multipliers=multipliers,
        distance=task.distance,
        low=task.low,
        high=task.high,
    )
    return ReplicateWeights(base=base, replicates=replicates, correction=correction, certificate=certificate)


def _cell_sums(replicates: Replicates, base: FloatArray, cell: codes.Cells, start: int, stop: int) -> FloatArray:
    """Start weights of a few replicates, summed over cells: cells x replicates."""
    sums = np.empty((stop - start, cell.first.size))
    for a, b in blocks(stop - start, base.size, _BATCH):
        for row, one in enumerate(replicates.weights(base, start + a, start + b), start=a):
            sums[row] = np.bincount(cell.of, weights=one, minlength=cell.first.size)
    return np.ascontiguousarray(sums.T)


def _check_hard(margins: Sequence[Margin]) -> None:
    soft = [margin.key for margin in margins if margin.ridge > 0 or margin.tolerance > 0]
    zero = [f"{m.key}={level}" for m in margins for level, share in zip(m.levels, m.shares, strict=True) if share == 0]
    faults = [
        Fault(pointer=f"/{key}", code="soft", detail=f"Margin `{key}` has a ridge or a tolerance.") for key in soft
    ]
    faults += [Fault(pointer=f"/{name}", code="not_positive", detail=f"The target of `{name}` is 0.") for name in zero]
    if faults:
        raise MarginsUnusable(
            f"{' '.join(fault.detail for fault in faults)} Replicates are raked to every margin exactly: leave people "
            "out whose level has no target, and use the linearised variance with soft margins.",
            faults=faults,
        )


def _factor(distance: Distance, low: FloatArray, high: FloatArray) -> distances.FactorFunction:
    if distance == "logit":
        return distances.logit(float(low[0, 0]), float(high[0, 0]))
    if distance == "linear":
        return distances.linear(low, high)
    free = not low.any() and bool(np.isinf(high).all())
    return batch.exponential if free else distances.raking(low, high)


def _base(weights: ArrayLike, replicates: Replicates) -> FloatArray:
    base = as_float(weights)
    if base.shape != (replicates.people,) or not np.isfinite(base).all() or not base.sum() > 0:
        raise DesignUnusable(
            f"Base weights are a finite number for each of the {replicates.people} people, with a sum above 0; got "
            f"{base.size} of them."
        )
    return base


def _check_codes(coded: Sequence[Coded], margins: Sequence[Margin], people: int) -> None:
    fits = len(coded) == len(margins) and all(
        one.codes.size == people and one.patterns.shape[1] == len(margin.levels)
        for one, margin in zip(coded, margins, strict=False)
    )
    if not fits:
        raise MarginsUnusable(f"Every margin needs codes of its own levels for {people} people.")


def _answers(weights: ReplicateWeights, y: ArrayLike, domain: ArrayLike | None) -> tuple[FloatArray, BoolArray]:
    """Answers with zeros where there are none, and where there are any; n x k both."""
    given = np.asarray(y, dtype=np.float64)
    columns = given[:, None] if given.ndim == 1 else given
    if columns.ndim != 2 or columns.shape[0] != weights.base.size:
        raise AnswersUnusable(f"Answers of shape {given.shape} do not fit weights of {weights.base.size} people.")
    valid = ~np.isnan(columns)
    if domain is not None:
        mask = np.asarray(domain)
        mask = mask[:, None] if mask.ndim == 1 else mask
        if mask.dtype != np.bool_ or mask.shape[0] != columns.shape[0] or mask.shape[1] not in (1, columns.shape[1]):
            raise AnswersUnusable("A domain is True or False per person, or per person and column.")
        valid &= mask
    return np.where(valid, columns, 0.0), valid


def _insist(certificate: ReplicateCertificate, replicates: Replicates) -> None:
    jackknifed = replicates.kind in ("jk1", "jkn")
    if not certificate.failed or (not jackknifed and certificate.failed <= MOST_LOST * replicates.size):
        return
    of = f"{certificate.failed} of {replicates.size} replicates"
    details = {"failed": certificate.failed, "lost": certificate.lost, "worst": float(certificate.error.max())}
    if certificate.lost:
        faults = [Fault(pointer=f"/{name}", code="lost_level", detail=f"Lost: {name}.") for name in certificate.lost]
        raise DesignUnusable(
            f"{of} cannot be weighted: they lost {', '.join(certificate.lost)}. Merge these levels with others before "
            "weighting.",
            faults=faults,
            details=details,
        )
    raise NotConverged(f"{of} do not reach the targets; widen the limits or merge levels.", details=details)
