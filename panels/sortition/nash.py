"""Nash: the largest product of all chances, the compromise that no group would give up much to change.

A primal-dual interior-point method (Nocedal and Wright 2006, Numerical Optimization, sections 14.2 and 19) on the
relaxation. All the work of a step is one linear system with a row per quota and per kind of household."""

import msgspec
import numpy as np
from scipy import sparse
from scipy.sparse import linalg

from analytics.arrays import BoolArray, FloatArray
from panels.errors import PanelError
from panels.sortition.relaxation import Relaxation

_STEPS = 100
_GAP = 1e-10
"""Wanted: the mean logarithm of the chances is this near to its upper bound."""
_ENOUGH = 1e-7
"""Accepted when rounding allows no more."""
_MISS = 1e-10
"""Wanted: rows are met to this part of the panel's size."""
_TO_BOUNDARY = 0.995
_CENTRING = 0.15


class _Point(msgspec.Struct, kw_only=True):
    """Chances with the distances of the rows to their bounds, and a multiplier for each of the three."""

    p: FloatArray
    above: FloatArray
    """Row minus lower bound, for rows whose bounds differ; 1 for the others, where it plays no part."""
    below: FloatArray
    """Upper bound minus row, likewise."""
    cap: FloatArray
    """Multipliers of p <= 1."""
    low: FloatArray
    """Multipliers of the lower bounds; of the row itself, of either sign, where both bounds are equal."""
    high: FloatArray


def chances(relaxed: Relaxation) -> FloatArray:
    """The chance of each open type that maximises the sum of `counts * log(chance)`. The relaxation must have an
    interior (`implied.within`).

    Stops when a bound computed from the multipliers, which holds whatever their errors, shows the mean logarithm to be
    within 1e-10 of the best.

    Raises:
        PanelError: the method stopped short of 1e-7.
    """
    equal = relaxed.lower == relaxed.upper
    point = _start(relaxed, equal)
    best, nearest = point.p.copy(), np.inf
    for _ in range(_STEPS):
        off = max(_gap(relaxed, point) / _GAP, _miss(relaxed, point.p) / _MISS)
        if off < nearest:
            best, nearest = point.p.copy(), off
        if off <= 1 or not _step(relaxed, point, equal):
            break
    if nearest > _ENOUGH / _GAP:
        raise PanelError("The chances with the largest product were not found; choose leximin or maximin.")
    return best


def _start(relaxed: Relaxation, equal: BoolArray) -> _Point:
    size = relaxed.lower[-1]
    p = np.full(relaxed.counts.size, np.clip(size / relaxed.counts.sum(), 1e-3, 0.9))
    reached = relaxed.matrix @ p
    above = np.where(equal, 1.0, np.maximum(reached - relaxed.lower, 1.0))
    below = np.where(equal, 1.0, np.maximum(relaxed.upper - reached, 1.0))
    mu = relaxed.counts.mean()
    low, high = np.where(equal, 0.0, mu / above), np.where(equal, 0.0, mu / below)
    return _Point(p=p, above=above, below=below, cap=mu / (1 - p), low=low, high=high)


def _step(relaxed: Relaxation, at: _Point, equal: BoolArray) -> bool:
    """One Newton step towards the central path, made in place; False when rounding allows none."""
    matrix, free = relaxed.matrix, ~equal
    mu = _CENTRING * _complementarity(at, free)
    reached = matrix @ at.p
    lack, excess = reached - at.above - relaxed.lower, reached + at.below - relaxed.upper
    room = 1 - at.p
    curvature = relaxed.counts / at.p**2 + at.cap / room
    push = relaxed.counts / at.p + matrix.T @ (at.low - at.high) - mu / room
    stiff = np.where(free, at.low / at.above + at.high / at.below, np.inf)
    pull = (mu - at.low * lack) / at.above - at.low - (mu + at.high * excess) / at.below + at.high
    target = np.where(free, pull / stiff, relaxed.lower - reached)
    scaled = sparse.csr_array(matrix.multiply(1 / curvature))
    system = sparse.csc_array(scaled @ matrix.T + sparse.diags_array(1 / stiff))
    scale = system.diagonal().max()
    dual = linalg.splu(sparse.csc_array(system + 1e-14 * scale * sparse.eye_array(stiff.size))).solve(
        target - scaled @ push
    )
    dp = (push + matrix.T @ dual) / curvature
    moved = matrix @ dp
    return _move(at, free, mu, dp, moved + lack, -moved - excess, dual)


def _move(
    at: _Point,
    free: BoolArray,
    mu: float,
    dp: FloatArray,
    d_above: FloatArray,
    d_below: FloatArray,
    dual: FloatArray,
) -> bool:
    room = 1 - at.p
    d_cap = (mu + at.cap * dp) / room - at.cap
    d_low = mu / at.above - at.low - at.low / at.above * d_above
    d_high = mu / at.below - at.high - at.high / at.below * d_below
    # One of the two follows from the other, so that the forces on p stay in balance to the last digit.
    lower = free & (at.low / at.above > at.high / at.below)
    d_low, d_high = np.where(lower, dual + d_high, d_low), np.where(free & ~lower, d_low - dual, d_high)
    d_low, d_high = np.where(free, d_low, dual), np.where(free, d_high, 0.0)
    d_above, d_below = np.where(free, d_above, 0.0), np.where(free, d_below, 0.0)
    primal = min(_reach(at.p, dp), _reach(room, -dp), _reach(at.above, d_above), _reach(at.below, d_below))
    multipliers = min(_reach(at.cap, d_cap), _reach(at.low[free], d_low[free]), _reach(at.high[free], d_high[free]))
    step = min(primal, multipliers)
    if not (np.isfinite(step) and step > 1e-12):
        return False
    at.p, at.above, at.below = at.p + step * dp, at.above + step * d_above, at.below + step * d_below
    at.cap, at.low, at.high = at.cap + step * d_cap, at.low + step * d_low, at.high + step * d_high
    return True


def _reach(value: FloatArray, direction: FloatArray) -> float:
    """How much of a step keeps a positive value positive, at most 1."""
    shrinks = direction < 0
    if not shrinks.any():
        return 1.0
    return float(min(1.0, _TO_BOUNDARY * (-value[shrinks] / direction[shrinks]).min()))


def _complementarity(at: _Point, free: BoolArray) -> float:
    products = np.concatenate([at.cap * (1 - at.p), (at.low * at.above)[free], (at.high * at.below)[free]])
    return float(products.mean())


def _miss(relaxed: Relaxation, p: FloatArray) -> float:
    """Largest miss of a row, as part of the size of the panel."""
    reached = relaxed.matrix @ p
    miss = np.maximum(relaxed.lower - reached, reached - relaxed.upper).max()
    return float(max(miss, 0.0) / max(relaxed.lower[-1], 1.0))


def _gap(relaxed: Relaxation, at: _Point) -> float:
    """How far the mean logarithm can be from the best: the dual function at the multipliers minus the present value."""
    counts = relaxed.counts
    slope = relaxed.matrix.T @ (at.low - at.high)
    best = np.where(slope < -counts, counts / np.maximum(-slope, counts), 1.0)
    bound = counts @ np.log(best) + slope @ best
    bound -= at.low @ relaxed.lower - at.high @ relaxed.upper
    return float((bound - counts @ np.log(at.p)) / counts.sum())
