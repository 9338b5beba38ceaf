"""Names for the arrays that travel through this package."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
"""Real numbers; NaN means: no valid answer."""
IntArray = NDArray[np.int64]
"""Codes and positions; -1 means: unknown."""
BoolArray = NDArray[np.bool_]
"""A mask over respondents, True where a person belongs."""


def as_float(values: Any) -> FloatArray:
    """A contiguous float64 view or copy of `values`; None becomes NaN."""
    return np.ascontiguousarray(values, dtype=np.float64)
