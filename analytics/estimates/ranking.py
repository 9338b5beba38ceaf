"""Which rank an item may truly have.

Every pair of items is compared through the joint covariance; with probability `level` every order that is claimed is
right, and an item's rank then lies between the number of items surely above it and the number surely below it (Mogstad,
Romano, Shaikh and Wilhelm 2024; simultaneous as in Klein, Wright and Wieczorek 2020). The claims have a direction, so
Holm's steps run over both directions of all pairs."""

import msgspec
import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analytics.arrays import BoolArray, FloatArray
from analytics.designs.design import Design
from analytics.designs.variance import covariance
from analytics.estimates.columns import answers, linearised, mask, read
from analytics.estimates.estimate import without_spread

_SAME = 1e-12
"""Values that differ by less than this part of the largest are tied."""


class RankInterval(msgspec.Struct, frozen=True, kw_only=True):
    """Position 1 is the highest value; tied items share the best position of their tie."""

    rank: int
    low: int
    high: int


def rank_intervals(
    y: ArrayLike, design: Design, *, domain: BoolArray | None = None, level: float = 0.95
) -> tuple[RankInterval, ...]:
    """Simultaneous rank intervals for the columns of `y` (n x k, NaN where not answered).

    An item nobody answered comes last and may have any rank. An item on which all answers agree has no variance to
    judge by: it keeps its place, but may have any rank and is no evidence about others.
    """
    columns = read(answers(y, design), design, mask(domain, design))
    sums, spread = columns.sums, covariance(linearised(columns), design)
    known = (sums.n > 0) & (sums.weight > 0)
    judged = known & ~without_spread(sums)
    gap = sums.value[:, None] - sums.value
    gap = np.where(np.abs(gap) <= _SAME * np.abs(sums.value).max(initial=0.0), 0.0, gap)
    above = np.where(known[:, None] & known, gap > 0, known[:, None] & ~known)
    surely = _surely_above(gap, spread, judged, design.df, level)
    rank = 1 + above.sum(axis=0)
    low, high = 1 + surely.sum(axis=0), known.size - surely.sum(axis=1)
    return tuple(RankInterval(rank=int(r), low=int(a), high=int(b)) for r, a, b in zip(rank, low, high, strict=True))


def _surely_above(gap: FloatArray, spread: FloatArray, judged: BoolArray, df: int, level: float) -> BoolArray:
    """k x k: whether the item of the row is above that of the column, all claims together at `level`."""
    own = np.diag(spread)
    variance = own[:, None] + own - 2 * spread
    exact = variance <= _SAME * (own[:, None] + own)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = special.stdtr(df, -gap / np.sqrt(np.where(exact, np.nan, variance)))
    p = np.where(exact, np.where(gap > 0, 0.0, 1.0), p)
    np.fill_diagonal(p, 1.0)
    p = np.where(judged[:, None] & judged, p, 1.0)
    count = own.size * (own.size - 1)
    order = np.argsort(p, axis=None, kind="stable")
    steps = np.maximum.accumulate(p.reshape(-1)[order] * np.maximum(count - np.arange(p.size), 1))
    claimed = np.zeros(p.size, dtype=bool)
    claimed[order] = steps <= 1 - level
    return claimed.reshape(p.shape)
