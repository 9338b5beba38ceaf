"""Maximin: the lowest chance as high as it can be."""

import numpy as np

from analytics.arrays import FloatArray
from panels.errors import DraftImpossible
from panels.sortition import capped, implied, relaxation
from panels.sortition.model import Types
from panels.sortition.relaxation import Relaxation

_NOBODY = 1e-7
"""A lowest chance under this is taken for 0, and the types that cause it are looked for."""


def bound(types: Types) -> float:
    """What no lottery's lowest chance can be above. Confirmed people are left out, and so are types that even the
    relaxation cannot reach.

    Raises:
        DraftImpossible: the relaxation is empty, so there is no panel.
    """
    relaxed = relaxation.of(types, np.zeros(types.counts.size, dtype=np.bool_))
    found = relaxation.rise(relaxed)
    if found is not None and found.value < _NOBODY:
        bounds = implied.implied(relaxed)
        found = None if bounds is None else relaxation.rise(implied.within(relaxed, bounds))
    if found is None:
        raise DraftImpossible
    return min(found.value, 1.0)


def chances(relaxed: Relaxation) -> FloatArray:
    """Chances with the largest minimum, and among those with the smallest maximum.

    Maximin alone leaves everything above the minimum open, and a solver then gives some people far more than others for
    no reason.

    Raises:
        DraftImpossible: the relaxation is empty.
    """
    found = relaxation.rise(relaxed)
    if found is None:
        raise DraftImpossible
    return capped.lowest_maximum(relaxed, min(found.value, 1.0)).chance
