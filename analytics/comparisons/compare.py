"""Whether groups differ, and by how much, through the joint covariance of their figures.

Groups of one sample share strata, clusters and calibration, so their figures are not independent.

All groups at once (`group_test`), after Rao and Scott (1984): the part of the answers' variance that lies between the
groups, compared with what simple random sampling would give, and corrected by the mean design effect of the groups'
contrasts, with Satterthwaite's degrees of freedom. For yes-or-no answers that is the second-order test of the table of
answer by group, as R `svychisq`. It keeps its level where groups are small or answers rare; the Wald test (Korn and
Graubard 1990) takes every group's variance from its own few answers there and finds far too much, but is at hand.

One difference (`difference`, `pairwise`) has variance V_a + V_b - 2 cov_ab and a t test with the degrees of freedom of
the design."""

from collections.abc import Sequence
from itertools import combinations
from typing import Literal, get_args

import msgspec
import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg, special

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.comparisons import groups as grouping
from analytics.comparisons import tables
from analytics.designs.design import Design, degrees
from analytics.designs.variance import covariance
from analytics.errors import ComparisonUnusable
from analytics.estimates import contrast
from analytics.estimates.columns import Sums, answers, linearised, mask, read
from analytics.estimates.contrast import Joint
from analytics.estimates.interval import Interval

GroupMethod = Literal["second_order", "wald"]
METHODS: tuple[str, ...] = get_args(GroupMethod)

_INDEPENDENT = 1e-9
"""Smallest eigenvalue of a correlation matrix that still counts as of full rank."""
_NOTHING = 1e-24
"""A variance below this part of the squared figures is rounding."""


class GroupTest(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the groups' means differ at all."""

    method: GroupMethod
    statistic: float
    """F, with `df1` and `df2` degrees of freedom; whole numbers for the Wald test only."""
    df1: float
    df2: float
    p: float
    groups: tuple[int, ...]
    """Groups with enough answers to take part."""
    unanimous: tuple[int, ...] = ()
    """Those of them whose answers are all the same. They show no variance: the Wald test takes them for certain."""


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
    method: GroupMethod = "second_order",
) -> GroupTest | None:
    """Test that the means of all groups (codes; -1: in none) with at least `minimum` answers are equal.

    With a `domain` the degrees of freedom are those of the first-stage units with somebody in it. None with fewer than
    two such groups, without variance, or (Wald) with more groups than the degrees of freedom carry.

    Raises:
        AnswersUnusable: answers or a domain that do not fit the design.
        ComparisonUnusable: groups that do not.
    """
    codes = grouping.read(groups, design)
    column = _one(y, design)
    inside = mask(domain, design)
    df = design.df if inside is None else degrees(design, inside)
    names = np.unique(codes[codes >= 0])
    if df < 1 or not names.size:
        return None
    columns = read(np.where(codes[:, None] == names, column, np.nan), design, inside)
    sums = columns.sums
    taking = sums.n >= max(minimum, 1)
    if method == "second_order" and is_share(column[:, 0], design):
        found = by_table(column[:, 0], np.where(np.isin(codes, names[taking]), codes, -1), design, domain=inside)
    else:
        found = equal(sums, covariance(linearised(columns), design), df, minimum=minimum, method=method)
        found = found and msgspec.structs.replace(found, groups=tuple(int(names[i]) for i in found.groups))
    alike = set(names[without_variance(sums)].tolist())
    return found and msgspec.structs.replace(found, unanimous=tuple(code for code in found.groups if code in alike))


def without_variance(sums: Sums) -> BoolArray:
    """Groups whose answers are all the same."""
    return np.asarray(sums.spread2 <= _NOTHING * sums.value**2)


def is_share(answer: FloatArray, design: Design) -> bool:
    """Whether all answers are 0 or 1 (NaN: none), under weights that fill a table."""
    return bool(((answer == 0) | (answer == 1) | np.isnan(answer)).all() and (design.weights >= 0).all())


def by_table(
    answer: FloatArray, codes: IntArray, design: Design, *, domain: BoolArray | None = None
) -> GroupTest | None:
    """`group_test` of a yes-or-no answer (1, 0, NaN) by all groups (codes; -1: in none), as the test of the table."""
    try:
        found = tables.independence(
            codes, np.where(np.isnan(answer), -1, answer == 1).astype(np.int64), design, domain=domain
        )
    except ComparisonUnusable:
        # One group, one answer, or weights that fix the table: what `group_test` answers with None.
        return None
    assert found.df1 is not None
    assert found.df2 is not None
    return GroupTest(
        method="second_order",
        statistic=found.statistic,
        df1=found.df1,
        df2=found.df2,
        p=found.p,
        groups=found.table.rows,
    )


def equal(
    sums: Sums, spread: FloatArray, df: int, *, minimum: int = 30, method: GroupMethod = "second_order"
) -> GroupTest | None:
    """`group_test` on the sums of k groups and the covariance of their means (k x k); groups are positions.

    Takes what `estimates.columns.read` gives, and what cell tables give for one measure.
    """
    chosen = np.flatnonzero((sums.n >= max(minimum, 1)) & (sums.weight > 0))
    if chosen.size < 2:
        return None
    part = spread[np.ix_(chosen, chosen)]
    value = sums.value[chosen]
    if (np.diag(part) <= _NOTHING * float(np.max(value**2))).all():
        return None
    found = _wald(value, part, df) if method == "wald" else _second_order(sums, chosen, part, df)
    return found and msgspec.structs.replace(found, groups=tuple(chosen.tolist()))


def _second_order(sums: Sums, chosen: IntArray, spread: FloatArray, df: int) -> GroupTest | None:
    """F = n eta^2 / (q x mean design effect) with q = groups - 1.

    The variance between groups is taken against that of all answers, as if there were no difference; the design effects
    against each group's own, so that a group with little variance by chance does not pass for a certain one. A group
    whose answers are all the same has no design effect; the others' stands for it."""
    n, weight, value = sums.n[chosen], sums.weight[chosen], sums.value[chosen]
    people, whole = float(n.sum()), float(weight.sum())
    own = sums.spread2[chosen] * np.where(n > 1, (n - 1) / np.maximum(n, 1), 1.0)
    distance = value - float(weight @ value) / whole
    between_groups, within = float(weight @ distance**2) / whole, float(weight @ own) / whole
    vary = np.flatnonzero(own > _NOTHING * float(np.max(value**2)))
    if vary.size < 2:
        return None
    effects = _design_effects(spread[np.ix_(vary, vary)], own[vary] * whole / (weight[vary] * people))
    total = float(effects.sum())
    if total <= _INDEPENDENT * effects.size:
        return None
    q = chosen.size - 1
    df1 = q / effects.size * total**2 / float((effects * effects).sum())
    statistic = people * between_groups / (between_groups + within) / (q * total / effects.size)
    p = float(special.fdtrc(df1, df1 * df, statistic))
    return GroupTest(method="second_order", statistic=statistic, df1=df1, df2=df1 * df, p=p, groups=())


def _design_effects(spread: FloatArray, simple: FloatArray) -> FloatArray:
    """Of the contrasts between groups: their covariance over that of independent means with variances `simple`."""
    q = simple.size - 1
    contrasts = np.hstack([np.ones((q, 1)), -np.eye(q)])
    effects = linalg.eigh(contrasts @ spread @ contrasts.T, (contrasts * simple) @ contrasts.T, eigvals_only=True)
    return np.asarray(np.maximum(effects, 0.0))


def _wald(value: FloatArray, covariances: FloatArray, df: int) -> GroupTest | None:
    """F = (df - q + 1) / df x W / q with q = groups - 1."""
    q = value.size - 1
    df2 = df - q + 1
    contrasts = np.hstack([np.ones((q, 1)), -np.eye(q)])
    spread = contrasts @ covariances @ contrasts.T
    size = np.diag(spread)
    if df2 < 1 or (size <= _NOTHING * float(np.max(value**2))).any() or (size <= 0).any():
        return None
    root = np.sqrt(size)
    correlation = spread / np.outer(root, root)
    if np.linalg.eigvalsh(correlation)[0] < _INDEPENDENT:
        return None
    scaled = contrasts @ value / root
    wald = float(scaled @ np.linalg.solve(correlation, scaled))
    statistic = max(df2 / df * wald / q, 0.0)
    p = float(special.fdtrc(q, df2, statistic))
    return GroupTest(method="wald", statistic=statistic, df1=float(q), df2=float(df2), p=p, groups=())


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
    columns = np.where(codes[:, None] == names, _one(y, design), np.nan)
    labels = [str(code) for code in names.tolist()]
    return contrast.of_means(columns, labels, design, domain=domain), names.tolist()


def _one(y: ArrayLike, design: Design) -> FloatArray:
    column = answers(y, design)
    if column.shape[1] != 1:
        raise ComparisonUnusable(f"One answer is compared at a time; {column.shape[1]} columns were given.")
    return column
