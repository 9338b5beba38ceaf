"""Linearised variance on calibration residuals.

A figure is linearised (Binder 1983), what calibration explains is taken out, and the residuals, times the final
weights, vary between the units of each stratum. Two conventions for the same weights differ by up to a percent or so:

- `start_weights`: residuals of a regression weighted by the weights before calibration (as R `survey::calibrate`);
- `unweighted_sweep`: the linearised variable centred over each margin in turn with unweighted means, ten sweeps (as R
  `survey::rake`).

Several stages follow the recursion of Bellhouse (1985): between-unit variance at this stage, plus, times this stage's
sampling fraction, the variance of the next stage within each unit.
"""

from collections.abc import Sequence

import numpy as np

from analytics.arrays import FloatArray, IntArray
from analytics.designs.design import Design, Stage
from analytics.errors import DesignUnusable
from analytics.weights.calibrate import Basis

_SWEEPS = 10
_CENSUS = 1e-7


def residuals(z: FloatArray, design: Design) -> FloatArray:
    """What the calibrations leave of the linearised values `z` (n or n x k)."""
    e = z
    for basis, span in zip(design.bases, design.explained, strict=True):
        e = _swept(e, basis) if basis.convention == "unweighted_sweep" else _regressed(e, basis, span)
    return e


def covariance(z: FloatArray, design: Design) -> FloatArray:
    """k x k covariance of the figures with linearised values `z` (n x k), unweighted."""
    u = residuals(z, design) * design.weights[:, None]
    if not design.stages:
        centred = u - u.mean(axis=0)
        return np.asarray(centred.T @ centred * (u.shape[0] / (u.shape[0] - 1)))
    return _staged(u, design.stages, design.lonely)


def variances(z: FloatArray, design: Design) -> FloatArray:
    """The diagonal of `covariance`, without its cost."""
    if design.stages:
        return np.diag(covariance(z, design)).copy()
    u = residuals(z, design) * design.weights[:, None]
    centred = u - u.mean(axis=0)
    return np.asarray(np.einsum("ij,ij->j", centred, centred) * (u.shape[0] / (u.shape[0] - 1)))


def _regressed(z: FloatArray, basis: Basis, span: FloatArray) -> FloatArray:
    root = np.sqrt(basis.start_weights)
    root = root if z.ndim == 1 else root[:, None]
    scaled = z * root
    return np.asarray((scaled - span @ (span.T @ scaled)) / root)


def _swept(z: FloatArray, basis: Basis) -> FloatArray:
    """Centring over memberships: group means for whole members, least squares where membership is fractional."""
    blocks = [np.ascontiguousarray(basis.columns[:, a:b]) for a, b in basis.blocks]
    solvers = [np.linalg.pinv(block.T @ block) @ block.T for block in blocks]
    for _ in range(_SWEEPS):
        for block, solver in zip(blocks, solvers, strict=True):
            z = z - block @ (solver @ z)
    return z


def _staged(u: FloatArray, stages: Sequence[Stage], lonely: str) -> FloatArray:
    k = u.shape[1]
    first = stages[0]
    _, firsts = np.unique(first.units, return_index=True)
    per_stratum = np.bincount(first.strata[firsts])
    parts, missing, strata = np.zeros((k, k)), 0, np.unique(first.strata)
    for stratum in strata:
        part = _stratum(u, first, int(stratum), int(per_stratum[stratum]), lonely)
        missing += part is None
        parts = parts if part is None else parts + part
    if missing:
        if missing == strata.size:
            raise DesignUnusable("Every stratum has a single unit; no variance can be estimated.")
        parts = parts * strata.size / (strata.size - missing)
    if len(stages) > 1 and first.population is not None:
        for unit in np.unique(first.units):
            rows = np.flatnonzero(first.units == unit)
            fraction = per_stratum[first.strata[rows[0]]] / first.population[rows[0]]
            parts = parts + fraction * _staged(u[rows], [_within(s, rows) for s in stages[1:]], lonely)
    return parts


def _stratum(u: FloatArray, first: Stage, stratum: int, units: int, lonely: str) -> FloatArray | None:
    """Variance within one stratum; None where the average of the others must stand in."""
    rows = np.flatnonzero(first.strata == stratum)
    correction = 1.0
    if first.population is not None:
        correction = 1.0 - units / float(first.population[rows[0]])
    if correction < _CENSUS:
        return np.zeros((u.shape[1], u.shape[1]))
    totals = _unit_totals(u[rows], first.units[rows])
    if units > 1:
        centred = totals - totals.mean(axis=0)
        return np.asarray(correction * units / (units - 1) * (centred.T @ centred))
    if lonely == "fail":
        raise DesignUnusable(f"Stratum number {stratum} has a single unit.", details={"stratum": stratum})
    if lonely == "average":
        return None
    if lonely == "adjust":
        return np.asarray(correction * (totals.T @ totals))
    return np.zeros((u.shape[1], u.shape[1]))


def _unit_totals(u: FloatArray, units: IntArray) -> FloatArray:
    _, dense = np.unique(units, return_inverse=True)
    totals = np.zeros((int(dense.max()) + 1, u.shape[1]))
    np.add.at(totals, dense.reshape(-1), u)
    return totals


def _within(stage: Stage, rows: IntArray) -> Stage:
    population = None if stage.population is None else stage.population[rows]
    return Stage(strata=stage.strata[rows], units=stage.units[rows], population=population)
