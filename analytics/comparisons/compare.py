"""Whether groups differ, and by how much, through the joint covariance of their figures.

Groups of one sample share strata, clusters and calibration, so their figures are not independent. The omnibus test is a
Wald test as an F with its denominator corrected for few degrees of freedom (Korn and Graubard 1990); a single
difference has variance V_a + V_b - 2 cov_ab and a t test with the degrees of freedom of the design."""

from collections.abc import Sequence
from itertools import combinations
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.comparisons import groups as grouping
from analytics.designs.design import Design
from analytics.errors import ComparisonUnusable
from analytics.estimates import contrast
from analytics.estimates.columns import answers
from analytics.estimates.contrast import Joint
from analytics.estimates.interval import Interval

_INDEPENDENT = 1e-9
"""Smallest eigenvalue of a correlation matrix that still counts as of full rank."""
_NOTHING = 1e-24
"""A variance below this part of the squared figures is rounding."""


class GroupTest(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the groups' means differ at all."""

    statistic: float
    """F, with `df1` and `df2` degrees of freedom."""
    df1: int
    df2: int
    p: float
    groups: tuple[int, ...]
    """Groups with enough answers to take part."""
    unanimous: tuple[int, ...] = ()
    """Those of them whose answers are all the same: they show no variance, so that this p is too small. Test such a
    table with `tables.independence`."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    value: float
    se: float
    t: float
    df: int
    p: float
    """1 where the figures are equal without variance, 0 where they differ without variance."""
    interval: Interval
    note: Literal["", "fixed", "no_spread"] = ""
    """`fixed`: the weighting fixes the difference, chance does not move it. `no_spread`: the answers of one group are
    all the same, which says nothing about its precision: `se`, `p` and `interval` are then too confident."""


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """One difference among several groups."""

    first: str
    second: str
    n: tuple[int, int]
    """People with an answer in each."""
    difference: Difference


def group_test(
    y: ArrayLike,
    groups: ArrayLike,
    design: Design,
    *,
    domain: BoolArray | None = None,
    minimum: int = 30,
) -> GroupTest | None:
    """Test that the means of all groups (codes; -1: in none) with at least `minimum` answers are equal.

    None with fewer than two such groups, without variance, or with more groups than the degrees of freedom carry.

    Raises:
        AnswersUnusable: answers or a domain that do not fit the design.
        ComparisonUnusable: groups that do not.
    """
    figures, names = by_group(y, groups, design, domain=domain)
    found = equal(figures.value, figures.n, figures.covariance, figures.df, minimum=minimum)
    if found is None:
        return None
    return msgspec.structs.replace(
        found,
        groups=tuple(names[i] for i in found.groups),
        unanimous=tuple(names[i] for i in found.groups if figures.alike[i]),
    )


def equal(value: FloatArray, n: FloatArray, covariance: FloatArray, df: int, *, minimum: int = 30) -> GroupTest | None:
    """`group_test` on figures that are already there, with their bases and joint covariance; groups are positions.

    F = (df - q + 1) / df x W / q with q = groups - 1.
    """
    chosen = np.flatnonzero((n >= max(minimum, 1)) & np.isfinite(value))
    q = chosen.size - 1
    df2 = df - q + 1
    if q < 1 or df2 < 1:
        return None
    contrasts = np.hstack([np.ones((q, 1)), -np.eye(q)])
    gaps = contrasts @ value[chosen]
    spread = contrasts @ covariance[np.ix_(chosen, chosen)] @ contrasts.T
    size = np.diag(spread)
    if (size <= _NOTHING * float(np.max(value[chosen] ** 2))).any() or (size <= 0).any():
        return None
    root = np.sqrt(size)
    correlation = spread / np.outer(root, root)
    if np.linalg.eigvalsh(correlation)[0] < _INDEPENDENT:
        return None
    scaled = gaps / root
    wald = float(scaled @ np.linalg.solve(correlation, scaled))
    statistic = max(df2 / df * wald / q, 0.0)
    return GroupTest(
        statistic=statistic,
        df1=q,
        df2=df2,
        p=float(special.fdtrc(q, df2, statistic)),
        groups=tuple(chosen.tolist()),
    )


def difference(
    y: ArrayLike,
    groups: ArrayLike,
    first: int,
    second: int,
    design: Design,
    *,
    domain: BoolArray | None = None,
    level: float = 0.95,
) -> Difference:
    """Mean of one group minus that of another, with a t test.

    Raises:
        ComparisonUnusable: a group that nobody with an answer is in.
        AnswersUnusable: answers or a domain that do not fit the design.
    """
    figures, names = by_group(y, groups, design, domain=domain)
    empty = [code for code in (first, second) if code not in names or figures.n[names.index(code)] == 0]
    if empty:
        raise ComparisonUnusable(f"Nobody in group {empty[0]} gave an answer; there is nothing to compare.")
    return between(figures, str(first), str(second), level=level)


def between(figures: Joint, first: str, second: str, *, level: float = 0.95) -> Difference:
    """The first of two figures minus the second."""
    i, j = figures.names.index(first), figures.names.index(second)
    made = contrast.difference(figures, first, second, level=level)
    square = figures.covariance[i, i] + figures.covariance[j, j] - 2 * figures.covariance[i, j]
    still = made.note == "fixed" or square <= _NOTHING * float(np.max(figures.value[[i, j]] ** 2))
    se = 0.0 if still else float(np.sqrt(square))
    t = made.value / se if se > 0 else float(np.copysign(np.inf, made.value)) if made.value else 0.0
    half = float(special.stdtrit(figures.df, (1 + level) / 2)) * se
    return Difference(
        value=made.value,
        se=se,
        t=t,
        df=figures.df,
        p=float(2 * special.stdtr(figures.df, -abs(t))),
        interval=Interval(lower=made.value - half, upper=made.value + half, level=level, method="t"),
        note=made.note or ("fixed" if still else ""),
    )


def pairwise(figures: Joint, *, minimum: int = 30, level: float = 0.95) -> tuple[Pair, ...]:
    """Every pair of figures with at least `minimum` answers each, earlier minus later, not corrected: their p-values
    belong in a family (`comparisons.families`)."""
    chosen = [name for name, n in zip(figures.names, figures.n, strict=True) if n >= max(minimum, 1)]
    size = dict(zip(figures.names, figures.n, strict=True))
    return tuple(
        Pair(
            first=one,
            second=other,
            n=(int(size[one]), int(size[other])),
            difference=between(figures, one, other, level=level),
        )
        for one, other in combinations(chosen, 2)
    )


def by_group(
    y: ArrayLike, groups: ArrayLike, design: Design, *, domain: BoolArray | None = None
) -> tuple[Joint, Sequence[int]]:
    """Means of one answer in every group that occurs, on the full design, and the codes of the groups."""
    codes: IntArray = grouping.read(groups, design)
    names = np.unique(codes[codes >= 0])
    column = answers(y, design)
    if column.shape[1] != 1:
        raise ComparisonUnusable(f"One answer is compared at a time; {column.shape[1]} columns were given.")
    columns = np.where(codes[:, None] == names, column, np.nan)
    labels = [str(code) for code in names.tolist()]
    return contrast.of_means(columns, labels, design, domain=domain), names.tolist()
