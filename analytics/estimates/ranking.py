"""Which rank an item may truly have."""

import msgspec
import numpy as np
from scipy import special

from analytics.arrays import BoolArray, FloatArray
from analytics.comparisons.families import holm
from analytics.designs.design import Design
from analytics.estimates.estimate import joint


class RankInterval(msgspec.Struct, frozen=True, kw_only=True):
    """Position 1 is the highest value."""

    rank: int
    low: int
    high: int


def rank_intervals(
    y: FloatArray, design: Design, *, domain: BoolArray | None = None, level: float = 0.95
) -> tuple[RankInterval, ...]:
    """Simultaneous rank intervals for the columns of `y` (n x k, NaN where not answered).

    Pairwise differences with their joint covariance, Holm-corrected over all pairs: with probability `level` all true
    ranks lie inside together (Klein, Wright and Wieczorek 2020, with Holm in place of Bonferroni). An item nobody
    answered may have any rank and comes last.
    """
    value, n, covariance = joint(y, design, domain=domain)
    k = value.size
    value = np.where(n > 0, value, -np.inf)
    order = np.argsort(-value, kind="stable")
    rank = np.empty(k, dtype=np.int64)
    rank[order] = np.arange(1, k + 1)
    pairs = [(i, j) for i in range(k) for j in range(i + 1, k)]
    p = [_p_value(value, n, covariance, i, j, design.df) for i, j in pairs]
    higher, lower = np.zeros(k, dtype=np.int64), np.zeros(k, dtype=np.int64)
    for (i, j), adjusted in zip(pairs, holm(p), strict=True):
        if adjusted is not None and adjusted <= 1 - level:
            top, bottom = (i, j) if value[i] > value[j] else (j, i)
            higher[bottom] += 1
            lower[top] += 1
    return tuple(RankInterval(rank=int(rank[i]), low=int(1 + higher[i]), high=int(k - lower[i])) for i in range(k))


def _p_value(value: FloatArray, n: FloatArray, covariance: FloatArray, i: int, j: int, df: int) -> float | None:
    """Two-sided t test of a difference. None: an item without answers, or a difference without variance."""
    if not (n[i] and n[j]):
        return None
    spread = covariance[i, i] + covariance[j, j] - 2 * covariance[i, j]
    difference = abs(float(value[i] - value[j]))
    if spread <= 1e-18:
        return 0.0 if difference > 1e-9 else 1.0
    return float(2 * special.stdtr(df, -difference / np.sqrt(spread)))
