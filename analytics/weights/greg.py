"""Calibration on columns: generalised regression and its bounded relatives (Deville and Sarndal 1992; Deville, Sarndal
and Sautory 1993), with a ridge or a tolerance where a total may be missed."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from analytics.arrays import FloatArray
from analytics.errors import AnalyticsError, Infeasible, MarginsUnusable
from analytics.weights import bounds, distances, newton
from analytics.weights.auxiliary import Auxiliary
from analytics.weights.basis import Basis
from analytics.weights.certificate import Calibration, certify, soft_targets
from analytics.weights.distances import Distance
from analytics.weights.frame import SUM_TOLERANCE
from analytics.weights.kish import kish

_INVOLVED = 1e-6


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Calibration on columns: the task, and how far g may go in each row."""

    aux: Auxiliary
    start: FloatArray
    distance: Distance
    bounds: tuple[float, float] | None
    factor: distances.FactorFunction
    low: FloatArray
    high: FloatArray
    scale: FloatArray
    """Size of each constraint."""
    ridge: FloatArray

    @classmethod
    def of(
        cls,
        aux: Auxiliary,
        d: FloatArray,
        distance: Distance,
        limits: tuple[float, float] | None,
        weight_limits: tuple[float, float] | None,
        size: float | None,
    ) -> "Columns":
        """The task with limits on g per row; `size` is one scale for all constraints, None: each has its own.

        Raises:
            AnalyticsError: limits that leave no weights by themselves.
        """
        floor = 0.0 if distance == "raking" else -np.inf
        low, high = np.full(d.size, floor), np.full(d.size, np.inf)
        if limits is not None:
            low, high = np.maximum(low, limits[0]), np.full(d.size, limits[1])
        if weight_limits is not None:
            low, high = _within(weight_limits, d, low, high, distance)
        factor = distances.choose(distance, limits)
        if weight_limits is not None:
            factor = distances.raking(low, high) if distance == "raking" else distances.linear(low, high)
        own = np.maximum(np.abs(aux.columns).T @ d, np.abs(aux.totals))
        return cls(
            aux=aux,
            start=d,
            distance=distance,
            bounds=limits,
            factor=factor,
            low=low,
            high=high,
            scale=np.where(own > 0, own, 1.0) if size is None else np.maximum(own, size),
            ridge=aux.ridge * np.einsum("ij,ij,i->j", aux.columns, aux.columns, d),
        )

    def calibrate(self, tolerance: float) -> Calibration:
        """Weights that meet the totals.

        Raises:
            As `calibrate.calibrate`.
        """
        aux, d = self.aux, self.start
        free, kept, totals = self._independent()
        solution = newton.solve(
            aux.columns[:, kept],
            d,
            totals[kept],
            self.scale[kept],
            self.factor,
            tolerance=tolerance,
            ridge=self.ridge[kept],
            slack=aux.tolerance[kept],
        )
        weights = d * solution.g
        reached = aux.columns.T @ weights
        error = self._error(reached, totals)
        converged = error <= tolerance * 10 and (bool(self._exact.all()) or solution.error <= tolerance * 10)
        if not converged:
            bounds.refuse(bounds.problem_of(aux, d, self.low, self.high), self.bounds)
        certificate = certify(
            method=f"newton/{self.distance}",
            converged=converged,
            iterations=solution.iterations,
            error=error,
            g=solution.g,
            before=kish(d),
            after=kish(weights),
            negatives=int((weights < 0).sum()),
            trimmed_share=self._at_limit(solution.g),
            redundant=[aux.names[i] for i in np.flatnonzero(self._exact)[free.dropped].tolist()],
            soft=soft_targets(aux.names, aux.totals, reached, aux.ridge, aux.tolerance),
        )
        return Calibration(weights=weights, certificate=certificate, basis=self._basis(reached))

    @property
    def _exact(self) -> Any:
        return (self.aux.ridge == 0) & (self.aux.tolerance == 0)

    def _independent(self) -> tuple[newton.Independent, Any, FloatArray]:
        """The exact columns that carry information, all columns to use, and the totals moved to agree."""
        aux, exact = self.aux, np.flatnonzero(self._exact)
        free = newton.independent(aux.columns[:, exact], self.start, aux.totals[exact], self.scale[exact])
        if free.disagreement > SUM_TOLERANCE * 10:
            raise self._disagreeing(free, [aux.names[i] for i in exact.tolist()])
        totals = aux.totals.copy()
        totals[exact] = free.totals
        return free, np.sort(np.concatenate([exact[free.kept], np.flatnonzero(~self._exact)])), totals

    def _error(self, reached: FloatArray, totals: FloatArray) -> float:
        """Largest miss among the exact totals, in parts of the column's size."""
        worst = float((np.abs(reached - totals) / self.scale)[self._exact].max(initial=0.0))
        return worst if np.isfinite(worst) else np.inf

    def _at_limit(self, g: FloatArray) -> float:
        if self.distance == "logit":
            return 0.0
        limited = np.isfinite(self.high) | (np.isfinite(self.low) & (self.low > 0))
        return float((((g <= self.low) | (g >= self.high)) & limited).mean())

    def _basis(self, reached: FloatArray) -> Basis:
        """What the calibration explains; columns that ended inside their tolerance asked nothing."""
        aux = self.aux
        soft = not self._exact.all()
        missed = np.abs(reached - aux.totals)
        idle = (aux.tolerance > 0) & (aux.ridge == 0) & (missed < aux.tolerance * (1 - 1e-6))
        return Basis(
            kinds=np.where(idle, 0.0, aux.columns) if soft else aux.columns,
            start_weights=self.start,
            blocks=aux.blocks,
            ridge=self.ridge if soft else None,
        )

    def _disagreeing(self, free: newton.Independent, names: Sequence[str]) -> MarginsUnusable:
        involved = [(names[i], float(c)) for i, c in enumerate(free.relation.tolist()) if abs(c) > _INVOLVED]
        listed = " + ".join(f"{c:g} `{name}`" for name, c in involved)
        return MarginsUnusable(
            f"Among these people {listed} is 0 for everybody, but not in the totals ({100 * free.disagreement:.4f} % "
            "apart): leave one of these columns out, or correct its total.",
            details={"relation": tuple(involved)},
        )


def _within(
    weight_limits: tuple[float, float], d: FloatArray, low: FloatArray, high: FloatArray, distance: Distance
) -> tuple[FloatArray, FloatArray]:
    """Limits on g that also keep the final weight within limits."""
    if distance == "logit":
        raise AnalyticsError("The logit distance takes bounds on g only; use `raking` or `linear` with weight limits.")
    if not 0 <= weight_limits[0] < weight_limits[1]:
        raise AnalyticsError(f"Limits on the weight are two numbers from 0 up; got {weight_limits}.")
    low, high = np.maximum(low, weight_limits[0] / d), np.minimum(high, weight_limits[1] / d)
    crossed = np.flatnonzero(low > high)
    if crossed.size:
        raise Infeasible(
            f"For {crossed.size} people (the first is number {int(crossed[0]) + 1}) the bounds on g and the limits on "
            "the weight leave no weight at all; widen one of them.",
            details={"rows": tuple(crossed.tolist()), "levels": (), "repairs": ()},
        )
    return low, high
