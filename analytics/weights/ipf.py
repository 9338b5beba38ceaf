"""Iterative proportional fitting, for margins on whose edge the Newton solver cannot stand.

Deming and Stephan (1940); it converges whenever raking weights exist, also when some must go to zero (Ireland and
Kullback 1968), only slowly. Weights are kept inside their limits after every sweep."""

from collections.abc import Sequence

import numpy as np

from analytics.arrays import FloatArray
from analytics.weights.newton import Solution

_SWEEPS = 2000


def fit(
    memberships: Sequence[FloatArray],
    start: FloatArray,
    targets: Sequence[FloatArray],
    *,
    low: FloatArray,
    high: FloatArray,
    tolerance: float,
) -> Solution:
    """Factors g per row. `memberships` are rows x levels per margin; a fractional row moves by the weighted geometric
    mean of its levels' corrections. `low` and `high` are limits on g."""
    weights, total = start.copy(), float(targets[0].sum())
    error, sweep = np.inf, 0
    while sweep < _SWEEPS and error > tolerance:
        sweep += 1
        for membership, target in zip(memberships, targets, strict=True):
            reached = membership.T @ weights
            correction = np.log(target / np.maximum(reached, 1e-300))
            weights = weights * np.exp(np.clip(membership @ correction, -50, 50))
        weights = np.clip(weights, low * start, high * start)
        gaps = [np.abs(m.T @ weights - t).max() for m, t in zip(memberships, targets, strict=True)]
        error = float(max(gaps)) / total
    return Solution(g=weights / start, converged=error <= tolerance, iterations=sweep, error=error)
