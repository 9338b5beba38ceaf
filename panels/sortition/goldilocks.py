"""Goldilocks: chances neither too low nor too high.

A high chance is a reason to claim a rare feature, a low one is unfair; this method bounds both. It minimises

    (highest chance) / (k / n)  +  weight * (k / n) / (lowest chance)

where k / n, seats by people, is everybody's chance in a plain draw: the sum of the two largest ratios by which a chance
departs from it (Baharav and Flanigan 2024, Fair, manipulation-robust and transparent sortition). People whose chance is
always 0 or 1 and confirmed people are in neither."""

import math

from analytics.arrays import FloatArray
from panels.errors import DraftImpossible
from panels.sortition import capped, relaxation
from panels.sortition.capped import Capped
from panels.sortition.relaxation import Relaxation

_CUTS = 60
_GAP = 1e-9
_LEVEL = 1e-6
"""A smaller slope of the highest chance is rounding."""

Line = tuple[float, float]
"""Slope and height at 0 of a line under the smallest maximum, as a function of the minimum."""


def chances(relaxed: Relaxation, weight: float = 1.0) -> FloatArray:
    """The chance of each open type. The smallest maximum is a convex function of the minimum; it is approached by
    lines from below, each from one programme, until their best promise is kept to 1e-9.

    Raises:
        DraftImpossible: the relaxation is empty.
    """
    highest = relaxation.rise(relaxed)
    if highest is None:
        raise DraftImpossible
    top, fair = min(highest.value, 1.0), relaxed.lower[-1] / relaxed.counts.sum()
    minimum, best = top, capped.lowest_maximum(relaxed, top)
    found, least = best, best.value / fair + weight * fair / top
    lines: list[Line] = []
    for _ in range(_CUTS):
        lines.append(_line(found, minimum))
        minimum, promised = _lowest(lines, top, fair, weight)
        if least - promised <= _GAP * least:
            break
        found = capped.lowest_maximum(relaxed, minimum)
        value = found.value / fair + weight * fair / minimum
        if value < least:
            best, least = found, value
    return best.chance


def _line(found: Capped, minimum: float) -> Line:
    slope = found.slope if found.slope > _LEVEL else 0.0
    return slope, found.value - slope * minimum


def _lowest(lines: list[Line], top: float, fair: float, weight: float) -> tuple[float, float]:
    """Where the lines promise the lowest objective for a minimum up to `top`, and that objective.

    It is convex, so its lowest point is `top`, a crossing of two lines, or the lowest point of one of them.
    """
    points = {top}
    points |= {fair * math.sqrt(weight / slope) for slope, _ in lines if slope > 0}
    points |= {
        (height - other) / (steep - slope)
        for slope, height in lines
        for steep, other in lines
        if steep - slope > _LEVEL
    }

    def objective(minimum: float) -> float:
        return max(slope * minimum + height for slope, height in lines) / fair + weight * fair / minimum

    return min(((point, objective(point)) for point in sorted(points) if 0 < point <= top), key=lambda pair: pair[1])
