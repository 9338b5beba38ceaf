"""Calibration of weights to population totals (Deville and Sarndal 1992; Deville, Sarndal and Sautory 1993)."""

import itertools
from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from samenspraak.types.problem import Fault

from analytics.arrays import FloatArray, as_float
from analytics.errors import AnalyticsError, Infeasible, MarginsUnusable, NotConverged
from analytics.weights import distances, feasibility, ipf, newton
from analytics.weights.codes import Cells, Coded, cells
from analytics.weights.distances import Distance
from analytics.weights.frame import SUM_TOLERANCE, Margin, check_margins
from analytics.weights.kish import kish

SeConvention = Literal["start_weights", "unweighted_sweep"]


_INVOLVED = 1e-6
_ENOUGH_TO_BLAME_MARGINS = 10
"""Two sets of levels that hold the same people by chance are an accident of a small sample; from this many people per
level on, it is the targets that contradict each other."""


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """What the solver promises about its weights."""

    method: str
    """`newton` or `ipf`, with the distance: `newton/raking`."""
    converged: bool
    iterations: int
    worst_margin_error: float
    """Largest |reached - target| over the population total."""
    g_min: float
    g_max: float
    """Range of final over start weight, both scaled to the same sum when raking."""
    negatives: int
    n: int
    n_eff: float
    deff: float
    n_eff_start: float
    """Kish n_eff of the start weights: the difference is what calibration cost."""
    trimmed_share: float
    """Share of people whose weight sits on a trimming limit."""
    redundant: tuple[str, ...] = ()
    """Constraints that follow from the others and were left out of the solve (they are met all the same)."""


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """The auxiliary columns of a calibration, for the residuals of its variance."""

    columns: FloatArray
    """n x p memberships or auxiliary values."""
    start_weights: FloatArray
    blocks: tuple[tuple[int, int], ...]
    """Column range of each margin, in order."""
    convention: SeConvention = "start_weights"


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    weights: FloatArray
    certificate: Certificate
    basis: Basis


def rake(
    coded: Sequence[Coded],
    margins: Sequence[Margin],
    start_weights: FloatArray,
    *,
    total: float | None = None,
    trim_low: float | None = None,
    trim_high: float | None = None,
    convention: SeConvention = "start_weights",
    tolerance: float = 1e-10,
) -> Calibration:
    """Rake to `margins`; weights sum to `total` (default: the sum of the start weights).

    Solved on unique cells, so the cost hardly grows with the number of people. `trim_low` and `trim_high` are limits on
    the final weight in mean weights; they are part of the problem, so trimmed weights still meet every margin.

    Raises:
        MarginsUnusable: margins that contradict themselves or each other.
        Infeasible: names the levels that cannot be met and the merges that repair it.
        NotConverged: the targets are not met although no reason was found.
    """
    margins = check_margins(margins)
    d = _start(start_weights, [c.codes.size for c in coded])
    scaled = d * ((float(d.sum()) if total is None else total) / d.sum())
    raking = _Raking.of(coded, margins, scaled, trim_low=trim_low, trim_high=trim_high)
    solution, redundant, method = raking.solve(tolerance)
    weights = scaled * solution.g[raking.cell.of]
    certificate = _certify(method, solution, scaled, weights, redundant, raking.share_at_limit(solution.g))
    edges = np.cumsum([0, *(len(m.levels) for m in margins)]).tolist()
    basis = Basis(
        columns=np.hstack([c.patterns[c.codes] for c in coded]),
        start_weights=d,
        blocks=tuple(itertools.pairwise(edges)),
        convention=convention,
    )
    return Calibration(weights=weights, certificate=_insist(certificate), basis=basis)


def calibrate(
    columns: FloatArray,
    totals: FloatArray,
    start_weights: FloatArray,
    *,
    distance: Distance = "raking",
    bounds: tuple[float, float] | None = None,
    tolerance: float = 1e-10,
    names: Sequence[str] = (),
) -> Calibration:
    """Calibrate to the totals of any auxiliary columns (first column usually the intercept); `bounds` are on g.

    The linear distance without bounds can give negative weights; the certificate counts them.

    Raises:
        MarginsUnusable: totals that no weights can meet because columns depend on each other.
        NotConverged: no weights within the bounds meet the totals; `details` holds the error that remained.
    """
    x, d = as_float(columns), _start(start_weights, [len(columns)])
    labels = tuple(names) or tuple(f"column {i + 1}" for i in range(x.shape[1]))
    scale = float(np.abs(as_float(totals)).max())
    task = _Task(columns=x, start=d, totals=as_float(totals), scale=None, names=labels)
    try:
        solution, redundant = task.solve(distances.choose(distance, bounds), tolerance)
    except _Disagreement as error:
        raise _disagreeing(error, labels) from None
    weights = d * solution.g
    reached = float(np.abs(x.T @ weights - task.totals).max()) / scale if solution.converged else solution.error
    solution = msgspec.structs.replace(solution, error=reached)
    trimmed = 0.0
    if bounds is not None and distance != "logit":
        trimmed = float(((solution.g <= bounds[0]) | (solution.g >= bounds[1])).mean())
    certificate = _certify(f"newton/{distance}", solution, d, weights, redundant, trimmed)
    basis = Basis(columns=x, start_weights=d, blocks=((0, x.shape[1]),))
    return Calibration(weights=weights, certificate=_insist(certificate), basis=basis)


def poststratify(coded: Coded, totals: FloatArray, start_weights: FloatArray) -> Calibration:
    """Make the weights of each cell sum to its total: calibration on one margin, without iteration.

    Raises:
        Infeasible: a cell with a target but without people.
    """
    x = coded.patterns[coded.codes]
    d = _start(start_weights, [coded.codes.size])
    reached = x.T @ d
    if (reached <= 0).any():
        empty = tuple(np.flatnonzero(reached <= 0).tolist())
        raise Infeasible(f"Nobody answered in cells {empty}, which have a target.", details={"levels": empty})
    g = x @ (as_float(totals) / reached)
    solution = newton.Solution(g=g, converged=True, iterations=1, error=0.0)
    certificate = _certify("poststratify", solution, d, d * g, (), 0.0)
    basis = Basis(columns=x, start_weights=d, blocks=((0, x.shape[1]),))
    return Calibration(weights=d * g, certificate=certificate, basis=basis)


class _Disagreement(Exception):
    def __init__(self, relation: FloatArray, gap: float) -> None:
        self.relation, self.gap = relation, gap


class _Task(msgspec.Struct, frozen=True, kw_only=True):
    """One calibration problem, ready to be made independent and solved."""

    columns: FloatArray
    start: FloatArray
    totals: FloatArray
    scale: float | None
    """One scale for all constraints (margins), or None: each constraint its own (columns of different units)."""
    names: tuple[str, ...]

    def solve(self, factor: distances.FactorFunction, tolerance: float) -> tuple[newton.Solution, tuple[str, ...]]:
        own = np.maximum(np.abs(self.columns).T @ self.start, np.abs(self.totals))
        scale = np.where(own > 0, own, 1.0) if self.scale is None else np.full(self.totals.size, self.scale)
        free = newton.independent(self.columns, self.start, self.totals, scale)
        if free.disagreement > SUM_TOLERANCE * 10:
            raise _Disagreement(free.relation, free.disagreement)
        x, totals = self.columns[:, free.kept], free.totals[free.kept]
        solution = newton.solve(x, self.start, totals, scale[free.kept], factor, tolerance=tolerance)
        gaps = np.abs(self.columns.T @ (self.start * solution.g) - free.totals) / scale
        worst = float(gaps.max(initial=0.0))
        solution = msgspec.structs.replace(solution, error=worst, converged=worst <= tolerance * 10)
        return solution, tuple(self.names[i] for i in free.dropped)


class _Raking(msgspec.Struct, frozen=True, kw_only=True):
    """A raking problem on unique cells: people alike in every margin and in start weight, counted together."""

    cell: Cells
    count: FloatArray
    unit: FloatArray
    """Start weight of one person in the cell, scaled to the total."""
    memberships: tuple[FloatArray, ...]
    margins: tuple[Margin, ...]
    low: FloatArray
    """Limits on g, from the trimming limits on the final weight."""
    high: FloatArray
    size: float
    limited: bool

    @classmethod
    def of(
        cls,
        coded: Sequence[Coded],
        margins: Sequence[Margin],
        d: FloatArray,
        *,
        trim_low: float | None,
        trim_high: float | None,
    ) -> "_Raking":
        cell = _weight_cells(coded, d)
        count = np.bincount(cell.of, minlength=cell.first.size).astype(np.float64)
        unit, mean = d[cell.first], float(d.mean())
        return cls(
            cell=cell,
            count=count,
            unit=unit,
            memberships=tuple(c.patterns[c.codes[cell.first]] for c in coded),
            margins=tuple(margins),
            low=np.zeros(count.size) if trim_low is None else trim_low * mean / unit,
            high=np.full(count.size, np.inf) if trim_high is None else trim_high * mean / unit,
            size=float(d.sum()),
            limited=trim_high is not None,
        )

    def solve(self, tolerance: float) -> tuple[newton.Solution, tuple[str, ...], str]:
        """Newton; iterative fitting where it does not arrive; a reasoned refusal where nothing can."""
        names = tuple(f"{m.key}={level}" for m in self.margins for level in m.levels)
        targets = [self.size * np.asarray(m.shares) for m in self.margins]
        start = self.unit * self.count
        columns, totals = np.hstack(self.memberships), np.concatenate(targets)
        task = _Task(columns=columns, start=start, totals=totals, scale=self.size, names=names)
        if not feasibility.each_level_reachable(self._problem(), self.margins):
            self._refuse_unreachable()
        try:
            solution, redundant = task.solve(distances.raking(self.low, self.high), tolerance)
        except _Disagreement as error:
            people = columns.T @ self.count
            if people[np.abs(error.relation) > _INVOLVED].min() < _ENOUGH_TO_BLAME_MARGINS:
                self._refuse_unreachable()
            raise _disagreeing(error, names) from None
        if solution.converged:
            return solution, redundant, "newton/raking"
        self._refuse_unreachable()
        fitted = ipf.fit(self.memberships, start, targets, low=self.low, high=self.high, tolerance=tolerance)
        return fitted, redundant, "ipf/raking"

    def share_at_limit(self, g: FloatArray) -> float:
        at_limit = (g <= self.low * (1 + 1e-9)) | (g >= self.high * (1 - 1e-9))
        return float((at_limit * self.count).sum() / self.count.sum())

    def _problem(self) -> feasibility.Problem:
        share = self.count * self.unit / self.size
        return feasibility.Problem(
            memberships=self.memberships, low=self.low * share, high=np.minimum(self.high * share, 1.0)
        )

    def _refuse_unreachable(self) -> None:
        """Raise when the targets lie out of reach, with the reason and the repair; return when weights do exist."""
        problem = self._problem()
        short = feasibility.shortfalls(problem, self.margins, [m.T @ self.count for m in self.memberships])
        if not short:
            return
        merges = feasibility.repairs(problem, self.margins, short)
        per_cell = self.count / self.count.sum()
        widest = feasibility.widest_needed(problem, self.margins, per_cell) if self.limited else None
        raise Infeasible(
            feasibility.explain(short, merges, widest),
            faults=[
                Fault(pointer=f"/{s.dimension}/{s.level}", code="out_of_reach", detail=feasibility.sentence(s))
                for s in short
            ],
            details={"levels": short, "repairs": merges, "trim_high_needed": widest},
        )


def _start(weights: FloatArray, lengths: Sequence[int]) -> FloatArray:
    d = as_float(weights)
    if any(length != d.size for length in lengths) or d.size == 0:
        raise AnalyticsError(f"{d.size} start weights for profiles of {sorted(set(lengths))} people.")
    if not (np.isfinite(d).all() and (d > 0).all()):
        raise AnalyticsError("Every start weight must be a finite number above 0.")
    return d


def _weight_cells(coded: Sequence[Coded], d: FloatArray) -> Cells:
    _, distinct = np.unique(d, return_inverse=True)
    return cells(*(c.codes for c in coded), distinct.reshape(-1).astype(np.int64))


def _disagreeing(error: _Disagreement, names: Sequence[str]) -> MarginsUnusable:
    involved = [(names[i], float(c)) for i, c in enumerate(error.relation) if abs(c) > _INVOLVED]
    left = " + ".join(name for name, c in involved if c > 0)
    right = " + ".join(name for name, c in involved if c < 0) or "nothing"
    detail = (
        f"{left} and {right} are the same people among those who answered, but their targets differ by "
        f"{100 * error.gap:.4f} % of the population."
    )
    fault = Fault(pointer="/" + involved[0][0].replace("=", "/"), code="disagreement", detail=detail)
    return MarginsUnusable(detail, faults=[fault], details={"relation": tuple(involved)})


def _certify(
    method: str,
    solution: newton.Solution,
    start: FloatArray,
    weights: FloatArray,
    redundant: tuple[str, ...],
    trimmed_share: float,
) -> Certificate:
    after = kish(weights)
    return Certificate(
        method=method,
        converged=solution.converged,
        iterations=solution.iterations,
        worst_margin_error=solution.error,
        g_min=float(solution.g.min()),
        g_max=float(solution.g.max()),
        negatives=int((weights < 0).sum()),
        n=after.n,
        n_eff=after.n_eff,
        deff=after.deff,
        n_eff_start=kish(start).n_eff,
        trimmed_share=trimmed_share,
        redundant=redundant,
    )


def _insist(certificate: Certificate) -> Certificate:
    if certificate.converged:
        return certificate
    raise NotConverged(
        f"After {certificate.iterations} steps the weights miss a target by {certificate.worst_margin_error:.2e}.",
        details=msgspec.structs.asdict(certificate),
    )
