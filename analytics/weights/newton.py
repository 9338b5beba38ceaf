"""The dual Newton solver of calibration.

Minimises sum d H(x'lambda) - T'lambda, a convex function of as many unknowns as there are independent constraints; its
gradient is the margin error itself (Deville and Sarndal 1992). Step halving makes every step go down, a rank-revealing
factorisation leaves constraints out that follow from the others.
"""

import msgspec
import numpy as np
from scipy import linalg

from analytics.arrays import FloatArray, IntArray
from analytics.weights.distances import FactorFunction

_RANK_TOLERANCE = 1e-9
_STEPS = 100
_HALVINGS = 40


class Independent(msgspec.Struct, frozen=True, kw_only=True):
    """Which constraints carry information, and targets in which the others agree with them."""

    kept: IntArray
    dropped: IntArray
    totals: FloatArray
    """All targets, moved the least needed to agree; unchanged when they already do."""
    disagreement: float
    """Largest |target - what the others imply| over the scale of the totals, before moving."""
    relation: FloatArray
    """Coefficients over all columns of the relation that disagrees most: zero over every row, not over the targets."""


class Solution(msgspec.Struct, frozen=True, kw_only=True):
    g: FloatArray
    converged: bool
    iterations: int
    error: float
    """Largest |reached - target| over its scale."""


def independent(columns: FloatArray, start: FloatArray, totals: FloatArray, scale: FloatArray) -> Independent:
    """Pivoted QR of the columns weighted by the start weights, each column first scaled to the size of its target."""
    weighted = columns * np.sqrt(start)[:, None]
    norms = np.linalg.norm(weighted, axis=0)
    norms = np.where(norms > 0, norms, 1.0)
    _, r, pivot = linalg.qr(weighted / norms, mode="economic", pivoting=True)
    diagonal = np.abs(np.diag(r))
    rank = int((diagonal > _RANK_TOLERANCE * diagonal[0]).sum()) if diagonal.size else 0
    order = np.asarray(pivot, dtype=np.int64)
    kept, dropped = np.sort(order[:rank]), np.sort(order[rank:])
    if not dropped.size:
        none = np.zeros(totals.size)
        return Independent(kept=kept, dropped=dropped, totals=totals, disagreement=0.0, relation=none)
    implied = np.linalg.lstsq(weighted[:, kept] / norms[kept], weighted[:, dropped], rcond=None)[0] / norms[kept, None]
    implied[np.abs(implied) < 1e-9] = 0.0
    gaps = totals[dropped] - implied.T @ totals[kept]
    worst = int(np.argmax(np.abs(gaps) / scale[dropped]))
    relation = np.zeros(totals.size)
    relation[kept], relation[dropped[worst]] = -implied[:, worst], 1.0
    spread = np.zeros((totals.size, rank))
    spread[kept], spread[dropped] = np.eye(rank), implied.T
    reachable = np.linalg.lstsq(spread / scale[:, None], totals / scale, rcond=None)[0]
    return Independent(
        kept=kept,
        dropped=dropped,
        totals=spread @ reachable,
        disagreement=float(np.abs(gaps / scale[dropped])[worst]),
        relation=relation,
    )


def solve(
    columns: FloatArray,
    start: FloatArray,
    totals: FloatArray,
    scale: FloatArray,
    factor: FactorFunction,
    *,
    tolerance: float,
) -> Solution:
    """Weights factors g per row with columns' (start * g) = totals. Columns must be independent (`independent`).

    Never raises for want of convergence: `converged` and `error` tell.
    """
    x, target = columns / scale, totals / scale
    multipliers = np.zeros(x.shape[1])
    current = factor(x @ multipliers)
    value = float(start @ current.integral) - float(target @ multipliers)
    best = Solution(g=current.g, converged=False, iterations=0, error=np.inf)
    for iteration in range(_STEPS):
        gradient = x.T @ (start * current.g) - target
        error = float(np.abs(gradient).max(initial=0.0))
        if error < best.error:
            best = Solution(g=current.g, converged=error <= tolerance, iterations=iteration, error=error)
        elif best.converged:
            break
        if error <= tolerance * 1e-4:
            break
        step = _direction(x, start * current.slope, gradient)
        taken = _descend(x, start, target, factor, multipliers, step, value, float(gradient @ step))
        if taken is None:
            break
        multipliers, value = taken
        current = factor(x @ multipliers)
    return best


def _direction(x: FloatArray, weights: FloatArray, gradient: FloatArray) -> FloatArray:
    """Newton step; where limits have flattened the curvature a ridge, grown until the matrix can be solved."""
    curvature = (x * weights[:, None]).T @ x
    size = float(np.trace(curvature)) / max(x.shape[1], 1) or 1.0
    ridge = 0.0
    while True:
        try:
            factorised = linalg.cho_factor(curvature + ridge * np.eye(x.shape[1]), check_finite=False)
            step: FloatArray = linalg.cho_solve(factorised, -gradient, check_finite=False)
            if np.isfinite(step).all():
                return step
        except linalg.LinAlgError:
            pass
        ridge = max(ridge * 100, size * 1e-12)
        if ridge > size * 1e6:
            return -gradient / size


def _descend(
    x: FloatArray,
    start: FloatArray,
    target: FloatArray,
    factor: FactorFunction,
    multipliers: FloatArray,
    step: FloatArray,
    value: float,
    slope: float,
) -> tuple[FloatArray, float] | None:
    """The longest of step, step/2, step/4, ... that lowers the objective; None when rounding is all that is left."""
    length, slack = 1.0, 1e-13 * (abs(value) + 1.0)
    for _ in range(_HALVINGS):
        candidate = multipliers + length * step
        integral = factor(x @ candidate).integral
        reached = float(start @ integral) - float(target @ candidate)
        if np.isfinite(reached) and reached <= value + 1e-4 * length * slope + slack:
            return candidate, reached
        length /= 2
    return None
