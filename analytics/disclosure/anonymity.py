"""Microdata in which nobody stands alone: k-anonymity by local suppression, and weights that say no more than that.

A record is as safe as the number of records with the same key variables (Samarati 2001; Hundepool et al. 2012, ch. 3).
What is suppressed counts as a value of its own, which is stricter than letting it match everything. A survey weight
betrays the profile it was made from, also where the profile itself was coarsened or suppressed, so weights are averaged
over groups of k records with the same keys and calibrated back, so that given totals stay what they were.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from analytics.arrays import FloatArray, IntArray, as_float
from analytics.errors import AnalyticsError

SUPPRESSED = -1
"""What stands in place of a suppressed code."""
MOST_MOVED = 0.5
"""Largest relative change that calibration may make to an averaged weight."""


def sizes(keys: IntArray) -> IntArray:
    """Records with the same combination of keys, per record. `keys` is n x variables."""
    _, of, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    return np.asarray(counts[of.reshape(-1)], dtype=np.int64)


def unique_share(keys: IntArray) -> float:
    """Share of the records whose combination of keys nobody else has."""
    return float((sizes(keys) == 1).mean()) if len(keys) else 0.0


def suppress(keys: IntArray, *, k: int, order: Sequence[int]) -> IntArray:
    """The keys with as many codes replaced by `SUPPRESSED` as it takes that no combination is rarer than `k`.

    Args:
        order: variables by place, the one that is given up first in front.

    Raises:
        AnalyticsError: fewer than `k` records, or negative codes.
    """
    if len(keys) < k or (keys < 0).any():
        raise AnalyticsError(f"{k} records or more with codes from 0 on are needed, not {len(keys)}.")
    safe = np.array(keys, dtype=np.int64)
    for variable in order:
        safe[sizes(safe) < k, variable] = SUPPRESSED
    while True:
        rare = sizes(safe) < k
        if not rare.any():
            return safe
        # Too few records are left without any key: the smallest other group joins them.
        others = np.where(rare, len(safe) + 1, sizes(safe))
        joins = (safe == safe[int(np.argmin(others))]).all(axis=1)
        safe[rare | joins] = SUPPRESSED


def shared_weights(weights: ArrayLike, keys: IntArray, totals: ArrayLike, *, k: int) -> tuple[FloatArray, int]:
    """Weights that at least `k` records with the same keys have in common, and how many totals they keep.

    Args:
        weights: n. keys: n x variables, no combination rarer than `k`.
        totals: n x m; the weighted sum of each column is kept, those in front before those behind, as far as no
            averaged weight must change by more than a half. The sum of all weights is kept in any case.
    """
    start, columns = as_float(weights), np.atleast_2d(as_float(totals))
    group = _groups(start, keys, k)
    people = as_float(np.bincount(group))
    mean = as_float(np.bincount(group, weights=start)) / people
    for kept in range(columns.shape[1], 0, -1):
        x = np.column_stack([np.ones(start.size), columns[:, :kept]])
        within = np.column_stack([np.bincount(group, weights=column) for column in x.T]) / people[:, None]
        system = within.T @ (within * (people * mean)[:, None])
        change = within @ (np.linalg.pinv(system) @ (x.T @ (start - mean[group])))
        moved = mean * (1.0 + change)
        exact = np.allclose(x.T @ moved[group], x.T @ start, rtol=1e-9, atol=1e-6)
        if exact and np.abs(change).max() <= MOST_MOVED:
            return as_float(moved[group]), kept
    return as_float(mean[group]), 0


def _groups(weights: FloatArray, keys: IntArray, k: int) -> IntArray:
    """A group per record: same keys, weights next to each other, `k` records or more, ties not torn apart."""
    _, cell = np.unique(keys, axis=0, return_inverse=True)
    cell = cell.reshape(-1)
    group = np.zeros(weights.size, dtype=np.int64)
    number = 0
    for one in range(int(cell.max()) + 1):
        members = np.flatnonzero(cell == one)
        members = members[np.argsort(weights[members], kind="stable")]
        for part in _parts(np.round(weights[members], 9), k):
            group[members[part]] = number
            number += 1
    return group


def _parts(ordered: FloatArray, k: int) -> list[slice]:
    """Runs of an ordered column: each begins where the value changes, and holds `k` or more; all in one if fewer."""
    starts = [0]
    for place in range(1, ordered.size):
        if place - starts[-1] >= k and ordered.size - place >= k and ordered[place] != ordered[place - 1]:
            starts.append(place)
    return [slice(start, end) for start, end in zip(starts, [*starts[1:], ordered.size], strict=True)]
