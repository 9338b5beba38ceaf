"""Rank tests under a survey design (Lumley and Scott 2013).

People get the rank that they would have in the population: the weighted share below plus half of those at their own
answer. The mean scores of the groups are then compared with their design-based covariance."""

from typing import Literal, get_args

import msgspec
import numpy as np
from scipy import special

from analytics.arrays import BoolArray, FloatArray, IntArray, as_float
from analytics.designs.design import Design, degrees
from analytics.errors import AnalyticsError
from analytics.estimates.estimate import joint

Score = Literal["wilcoxon", "van_der_waerden", "median"]
"""The rank itself (with three or more groups: Kruskal-Wallis), its normal quantile, or whether it lies above half."""
SCORES: tuple[str, ...] = get_args(Score)


class RankTest(msgspec.Struct, frozen=True, kw_only=True):
    score: Score
    groups: tuple[int, ...]
    difference: float | None
    """Mean score of the second group minus that of the first; None with three or more groups."""
    statistic: float
    """t with two groups, otherwise a Wald chi-square."""
    df1: int
    df2: int
    p: float


def rank_test(
    y: FloatArray, groups: IntArray, design: Design, *, score: Score = "wilcoxon", domain: BoolArray | None = None
) -> RankTest:
    """Whether the groups (-1: in none) answer alike, by ranks. Two-sided.

    Raises:
        AnalyticsError: fewer than two groups have answers, or all answers are the same.
    """
    answers, code = as_float(y), np.asarray(groups)
    valid = ~np.isnan(answers) & (code >= 0) & (True if domain is None else np.asarray(domain, dtype=bool))
    names = [int(name) for name in np.unique(code[valid])]
    if len(names) < 2:
        raise AnalyticsError(f"A rank test needs two groups with answers; there are answers of {len(names)}.")
    if np.unique(answers[valid]).size < 2:
        raise AnalyticsError("All answers are the same; ranks cannot differ.")
    scores = np.full(answers.size, np.nan)
    scores[valid] = _scored(_shares(answers[valid], design.weights[valid]), score)
    columns = np.where(code[:, None] == np.array(names), scores[:, None], np.nan)
    value, _, spread = joint(columns, design)
    gaps = value[1:] - value[0]
    contrast = np.hstack([-np.ones((gaps.size, 1)), np.eye(gaps.size)])
    within = contrast @ spread @ contrast.T
    if np.linalg.matrix_rank(within) < gaps.size:
        raise AnalyticsError("The group scores have no variance under this design; there is nothing to test against.")
    df2 = degrees(design, valid) - gaps.size
    if df2 < 1:
        raise AnalyticsError(f"Too few first-stage units for a rank test of {len(names)} groups.")
    if gaps.size == 1:
        t = float(gaps[0] / np.sqrt(within[0, 0]))
        p = float(2 * special.stdtr(df2, -abs(t)))
        return RankTest(score=score, groups=tuple(names), difference=float(gaps[0]), statistic=t, df1=1, df2=df2, p=p)
    wald = float(gaps @ np.linalg.solve(within, gaps))
    p = float(special.fdtrc(gaps.size, df2, wald / gaps.size))
    return RankTest(score=score, groups=tuple(names), difference=None, statistic=wald, df1=int(gaps.size), df2=df2, p=p)


def _shares(y: FloatArray, w: FloatArray) -> FloatArray:
    """Weighted share below each answer plus half of its own weight, averaged over people with the same answer."""
    order = np.argsort(y, kind="stable")
    middle = np.cumsum(w[order]) - w[order] / 2
    _, tie = np.unique(y[order], return_inverse=True)
    mean = np.bincount(tie.reshape(-1), weights=middle) / np.bincount(tie.reshape(-1))
    found = np.empty(y.size)
    found[order] = mean[tie.reshape(-1)]
    return np.asarray(found / w.sum())


def _scored(share: FloatArray, score: Score) -> FloatArray:
    if score == "van_der_waerden":
        return np.asarray(special.ndtri(share))
    return (share > 0.5).astype(np.float64) if score == "median" else share
