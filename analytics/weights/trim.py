"""Trimming outside the calibration, to explore; the weighting of an audit trims inside (`calibrate.rake`)."""

import numpy as np

from analytics.arrays import FloatArray, as_float
from analytics.errors import AnalyticsError

_ROUNDS = 1000


def trim(weights: FloatArray, *, low: float, high: float, strict: bool = False) -> FloatArray:
    """Weights outside [low, high] set to the limit, the difference shared equally over those that were inside.

    Sharing may push others over a limit; `strict` repeats, over everybody with room left, until all fit. The sum is
    kept (Potter 1990), margins are not.

    Raises:
        AnalyticsError: the limits cannot hold the sum, or nobody is inside to take what was cut off.
    """
    w = as_float(weights).copy()
    outside = (w < low) | (w > high)
    if strict and not low * w.size <= w.sum() <= high * w.size:
        raise AnalyticsError(f"{w.size} weights between {low} and {high} cannot sum to {w.sum():g}: limits too tight.")
    takers = ~outside
    for _ in range(_ROUNDS):
        if not outside.any():
            break
        if not takers.any():
            raise AnalyticsError(f"No weight lies between {low} and {high} to take what is cut off: limits too tight.")
        clipped = np.clip(w, low, high)
        cut = float(w.sum() - clipped.sum())
        clipped[takers] += cut / takers.sum()
        w = clipped
        if not strict:
            break
        outside = (w < low) | (w > high)
        takers = np.clip(w, low, high) < high if cut > 0 else np.clip(w, low, high) > low
    return w
