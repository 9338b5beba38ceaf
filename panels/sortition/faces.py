"""From wanted chances to panels: a lottery that gives each type its expected people.

Every panel that such a lottery can hold lies in the smallest face of the relaxation that holds the target: a row that
is full in the mean must be full in every panel, a type that nobody gets must be on none. So the target is first put
exactly on that face, then spread over many panels of it (`halving`), whose weights are adjusted until the chances are
met (`weighting`)."""

import hashlib

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import lsqr

from analytics.arrays import FloatArray, IntArray
from panels.sortition import halving, integer, verify, weighting
from panels.sortition.model import Lottery, Panels, Target, Types
from panels.sortition.weighting import Weighted

_TIGHT = 1e-6
"""A target comes from a solver with tolerances: a row this near to its bound is taken to be at it."""
_WHOLE = 1e-7
"""Likewise for the people of a type, near a whole number."""
_EXACT = 1e-8
"""Nobody may be further below the target for it to be reached, ..."""
_NEAR = 1e-6
"""... nor anybody further away from it."""
_SPARE = 1.25
"""Panels per type that has a chance between 0 and 1: with fewer than one, no weights could meet all chances."""
_LEAST = 400
_CELLS = 24_000_000
"""Numbers in the largest set of panels (96 MB)."""
_COARSE = 1_000
"""Panels where the set would be larger: chances are then met to within 1 / panels."""
_SMALL = 700
"""Types up to which panels are added for who falls short, ..."""
_MORE = 300
"""... at most so many, ..."""
_GAIN = 1e-9
"""... while they help by more than this."""
_RANDOM = 60


def realise(types: Types, target: Target, rng: np.random.Generator) -> Lottery:
    """A lottery with the chances of the target, as nearly as whole panels can.

    `exact` tells that the target is reached, to 1e-8; since a target bounds every lottery, no lottery is fairer then. A
    target that whole panels cannot reach (the relaxation promises too much) is approached: the largest shortfall is as
    small as the panels found allow.
    """
    expected = settle(types, target.expected)
    varied = int((np.abs(expected - np.rint(expected)) > 0).sum())
    count = max(_LEAST, int(_SPARE * varied))
    fine = count * types.counts.size <= _CELLS
    panels, start = _distinct(_spread(types, expected, count if fine else _suited(target.bound, _COARSE), rng))
    if fine:
        panels, found = _adjusted(types, panels, start, expected)
        kept = found.weights > 0
        lottery = Lottery(
            panels=panels if kept.all() else panels[kept],
            weights=found.weights[kept] / found.weights[kept].sum(),
            exact=_reached(found),
        )
    else:
        lottery = Lottery(panels=panels, weights=start)
    verify.panels(types, lottery.panels)
    return lottery


def _adjusted(types: Types, panels: Panels, start: FloatArray, expected: FloatArray) -> tuple[Panels, Weighted]:
    """Panels and weights that have the expected people; in a small pool more panels are made for who falls short, until
    nobody does or no panel helps."""
    counts = types.counts.astype(np.float64)
    found = weighting.adjust(panels, start, expected, counts)
    if _reached(found) or types.counts.size > _SMALL:
        return panels, found
    for _ in range(_MORE):
        shortest = weighting.shortest(panels, expected, counts)
        if _reached(shortest.found):
            return panels, shortest.found
        new = integer.panel(types, shortest.duals)
        if new is None or shortest.duals @ new <= shortest.value + _GAIN:
            break
        panels = np.vstack([panels, new[None].astype(np.int32)])
    return panels, shortest.found


def _reached(found: Weighted) -> bool:
    return found.short <= _EXACT and found.error <= _NEAR


def settle(types: Types, expected: FloatArray) -> FloatArray:
    """The nearest point of the smallest face: whole numbers whole, full rows full, the size exact."""
    near = np.clip(np.rint(expected), types.floor, types.counts)
    whole = np.abs(expected - near) < _WHOLE
    settled = np.where(whole, near, np.clip(expected, types.floor, types.counts))
    reached = types.matrix @ settled
    full, empty = reached > types.upper - _TIGHT, reached < types.lower + _TIGHT
    tight = full | empty
    ones = sparse.csr_array(np.ones((1, settled.size)))
    matrix = sparse.csr_array(sparse.vstack([types.matrix[tight], ones], format="csr"), dtype=np.float64)
    wanted = np.append(np.where(full, types.upper, types.lower)[tight], types.size)
    room = np.where(whole, 0.0, np.minimum(settled - types.floor, types.counts - settled))
    scaled = sparse.csr_array(matrix.multiply(room[None, :]))
    step = room * lsqr(scaled, wanted - matrix @ settled, atol=1e-15, btol=1e-15)[0]
    return np.asarray(np.clip(settled + step, types.floor, types.counts))


def _suited(lowest: float, most: int) -> int:
    """The number of panels between half of `most` and `most` for which the lowest chance loses least by rounding
    down."""
    counts = np.arange(most, most // 2, -1)
    return int(counts[np.argmax(np.floor(counts * lowest + 1e-9) / counts)])


def _spread(types: Types, expected: FloatArray, count: int, rng: np.random.Generator) -> Panels:
    """Panels of the face; where there are none, panels that were best for random objectives."""
    together = halving.totals(types, expected, count)
    panels = halving.spread(types, together, count, rng) if together is not None else _none(types)
    if len(panels):
        return panels
    best: list[IntArray] = []
    for _ in range(_RANDOM):
        panel = integer.panel(types, expected / np.maximum(types.counts, 1) * rng.exponential(size=expected.size))
        if panel is None:
            raise ValueError("No panel meets the quotas; test that before a lottery is made.")
        best.append(panel)
    return np.array(best, dtype=np.int32)


def _none(types: Types) -> Panels:
    return np.zeros((0, types.counts.size), dtype=np.int32)


def _distinct(panels: Panels) -> tuple[Panels, FloatArray]:
    """Each panel once, in order of first appearance, with its share of all."""
    first: dict[bytes, int] = {}
    number = np.array([first.setdefault(hashlib.sha256(panel).digest(), len(first)) for panel in panels])
    position = np.full(len(first), -1)
    position[number[::-1]] = np.arange(len(panels))[::-1]
    share = np.bincount(number) / len(panels)
    return (panels if len(first) == len(panels) else panels[position]), share
