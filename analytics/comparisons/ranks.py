"""Rank tests under a survey design (Lumley and Scott 2013).

People get the rank that they would have in the population: the weighted share below plus half of those at their own
answer. The mean scores of the groups are then compared with their design-based covariance."""

from typing import Literal, get_args

import msgspec
import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analytics.arrays import BoolArray, FloatArray
from analytics.comparisons import groups as grouping
from analytics.designs.design import Design, degrees
from analytics.errors import ComparisonUnusable
from analytics.estimates.columns import answers
from analytics.estimates.estimate import joint

Score = Literal["wilcoxon", "van_der_waerden", "median"]
"""The rank itself (with three or more groups: Kruskal-Wallis), its normal quantile, or whether it lies above half."""
SCORES: tuple[str, ...] = get_args(Score)

_ROUNDING = 1e-12
"""On the scale of scores, which are shares or normal quantiles."""


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
    y: ArrayLike, groups: ArrayLike, design: Design, *, score: Score = "wilcoxon", domain: BoolArray | None = None
) -> RankTest:
    """Whether the groups (codes; -1: in none) answer alike, by ranks. Two-sided.

    Degrees of freedom are the first-stage units minus strata that have an answer in a group, minus groups, plus one (as
    R `svyranktest`). People with a weight of zero have no rank.

    Raises:
        ComparisonUnusable: fewer than two groups have answers, all answers are the same, the scores have no variance,
            the units are too few, or weights are negative.
        AnswersUnusable: answers or a domain that do not fit the design.
    """
    columns, code = answers(y, design), grouping.read(groups, design)
    if columns.shape[1] != 1:
        raise ComparisonUnusable(f"One answer is ranked at a time; {columns.shape[1]} columns were given.")
    given = columns[:, 0]
    valid = ~np.isnan(given) & (code >= 0) & grouping.counted(design, domain)
    names = [int(name) for name in np.unique(code[valid])]
    if len(names) < 2:
        raise ComparisonUnusable(f"A rank test needs two groups with answers; there are answers of {len(names)}.")
    if np.unique(given[valid]).size < 2:
        raise ComparisonUnusable("All answers are the same; ranks cannot differ.")
    scores = np.full(given.size, np.nan)
    scores[valid] = _scored(_shares(given[valid], design.weights[valid]), score)
    value, _, spread = joint(np.where(code[:, None] == np.array(names), scores[:, None], np.nan), design)
    gaps = value[1:] - value[0]
    q = gaps.size
    contrast = np.hstack([-np.ones((q, 1)), np.eye(q)])
    within = contrast @ spread @ contrast.T
    root = np.sqrt(np.maximum(np.diag(within), 0.0))
    if (root <= _ROUNDING).any() or np.linalg.eigvalsh(within / np.outer(root, root))[0] < _ROUNDING:
        raise ComparisonUnusable(
            "The scores of the groups have no variance under this design, or too few first-stage units for so many "
            "groups; merge groups, or do not test."
        )
    df2 = degrees(design, valid) - q
    if df2 < 1:
        raise ComparisonUnusable(f"Too few first-stage units for a rank test of {len(names)} groups; merge groups.")
    if q == 1:
        t = float(gaps[0] / root[0])
        p = float(2 * special.stdtr(df2, -abs(t)))
        return RankTest(score=score, groups=tuple(names), difference=float(gaps[0]), statistic=t, df1=1, df2=df2, p=p)
    wald = float(gaps @ np.linalg.solve(within, gaps))
    p = float(special.fdtrc(q, df2, wald / q))
    return RankTest(score=score, groups=tuple(names), difference=None, statistic=wald, df1=int(q), df2=df2, p=p)


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
    # Half the weight lies at or below a share of exactly one half, which sums of weights meet to rounding only.
    return (share > 0.5 + _ROUNDING).astype(np.float64) if score == "median" else share
