"""Trimming outside the calibration, to explore; the weighting of an audit trims inside (`calibrate.rake`)."""

import numpy as np

from analytics.arrays import FloatArray, as_float
from analytics.errors import AnalyticsError


def trim(weights: FloatArray, *, low: float, high: float, strict: bool = False) -> FloatArray:
    """Weights outside [low, high] set to the limit, the difference shared equally over those that were inside.

    Sharing may push others over a limit; `strict` repeats until all fit. The sum is kept (Potter 1990). Margins are
    not.

    Raises:
        AnalyticsError: nobody is left inside the limits to take what was cut off.
    """
    w = as_float(weights).copy()
    moved = np.zeros(w.size, dtype=np.bool_)
    while True:
        outside = (w < low) | (w > high)
        moved |= outside
        if not outside.any():
            return w
        if moved.all():
            raise AnalyticsError(f"No weight lies between {low} and {high}; the limits are too tight for this sum.")
        clipped = np.clip(w, low, high)
        clipped[~moved] += (w.sum() - clipped.sum()) / (~moved).sum()
        w = clipped
        if not strict:
            return w
