"""Differences between groups, by the joint covariance of their figures."""

import msgspec
import numpy as np
from scipy import special

from analytics.arrays import BoolArray, FloatArray, IntArray, as_float
from analytics.designs.design import Design, degrees
from analytics.errors import AnalyticsError
from analytics.estimates.estimate import joint
from analytics.estimates.interval import Interval, t_quantile


class GroupTest(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the groups' means differ at all."""

    statistic: float
    """F, with `df1` and `df2` degrees of freedom."""
    df1: int
    df2: int
    p: float
    groups: tuple[int, ...]
    """Groups with enough answers to take part."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    value: float
    se: float
    t: float
    df: int
    p: float
    interval: Interval


def group_test(
    y: FloatArray,
    groups: IntArray,
    design: Design,
    *,
    domain: BoolArray | None = None,
    minimum: int = 30,
) -> GroupTest | None:
    """Wald test that all group means are equal, as an F with the denominator corrected for few degrees of freedom.

    F = (df - q + 1) / df x W / q with q and df - q + 1 degrees of freedom (Korn and Graubard 1990); W uses the joint
    covariance of the groups on the full design. None with fewer than two groups of `minimum` answers, or without
    variance."""
    columns, names = _by_column(y, groups)
    value, n, covariance = joint(columns, design, domain=domain)
    chosen = np.flatnonzero(n >= max(minimum, 1))
    if chosen.size < 2:
        return None
    q = chosen.size - 1
    contrast = np.hstack([np.ones((q, 1)), -np.eye(q)])
    gaps = contrast @ value[chosen]
    spread = contrast @ covariance[np.ix_(chosen, chosen)] @ contrast.T
    if np.linalg.matrix_rank(spread, tol=1e-14) < q:
        return None
    wald = float(gaps @ np.linalg.solve(spread, gaps))
    df2 = design.df - q + 1
    statistic = max(df2 / design.df * wald / q, 0.0)
    p = float(special.fdtrc(q, df2, statistic))
    return GroupTest(statistic=statistic, df1=int(q), df2=int(df2), p=p, groups=tuple(int(names[i]) for i in chosen))


def difference(
    y: FloatArray, groups: IntArray, first: int, second: int, design: Design, *, level: float = 0.95
) -> Difference:
    """Mean of one group minus that of another, through their joint covariance, with a t test."""
    columns, names = _by_column(y, groups)
    value, _, covariance = joint(columns, design)
    i, j = names.index(first), names.index(second)
    gap = float(value[i] - value[j])
    se = float(np.sqrt(max(covariance[i, i] + covariance[j, j] - 2 * covariance[i, j], 0.0)))
    t = gap / se if se > 0 else float(np.inf if gap else 0.0)
    half = float(t_quantile(level, design.df)) * se
    return Difference(
        value=gap,
        se=se,
        t=t,
        df=design.df,
        p=float(2 * special.stdtr(design.df, -abs(t))),
        interval=Interval(lower=gap - half, upper=gap + half, level=level, method="t"),
    )


class TTest(msgspec.Struct, frozen=True, kw_only=True):
    """A mean against a fixed value, or the difference between two groups."""

    value: float
    se: float
    t: float
    df: int
    p: float
    interval: Interval


def t_test(
    y: FloatArray,
    design: Design,
    *,
    groups: IntArray | None = None,
    null: float = 0.0,
    domain: BoolArray | None = None,
    level: float = 0.95,
) -> TTest:
    """Design-based t test, two-sided: second group minus first, or the mean minus `null` without groups.

    One degree of freedom of the units that answered goes to what is estimated.

    Raises:
        AnalyticsError: there are not exactly two groups with answers, or the answers do not vary.
    """
    answers = as_float(y)
    valid = ~np.isnan(answers) & (True if domain is None else np.asarray(domain, dtype=bool))
    if groups is None:
        columns = np.where(valid, answers, np.nan)[:, None]
        contrast = np.array([1.0])
    else:
        code = np.asarray(groups)
        valid &= code >= 0
        names = np.unique(code[valid])
        if names.size != 2:
            raise AnalyticsError(f"A t test compares two groups; answers come from {names.size}.")
        columns = np.where(valid[:, None] & (code[:, None] == names), answers[:, None], np.nan)
        contrast = np.array([-1.0, 1.0])
    value, _, spread = joint(columns, design)
    gap, se = float(contrast @ value), float(np.sqrt(max(contrast @ spread @ contrast, 0.0)))
    df = degrees(design, valid) - 1
    if se == 0 or df < 1:
        raise AnalyticsError("The answers do not vary enough for a t test; report the figures without one.")
    t, half = (gap - null) / se, float(t_quantile(level, df)) * se
    return TTest(
        value=gap,
        se=se,
        t=t,
        df=df,
        p=float(2 * special.stdtr(df, -abs(t))),
        interval=Interval(lower=gap - half, upper=gap + half, level=level, method="t"),
    )


def _by_column(y: FloatArray, groups: IntArray) -> tuple[FloatArray, list[int]]:
    codes = np.asarray(groups)
    names = [int(g) for g in np.unique(codes) if g >= 0]
    return np.where(codes[:, None] == np.array(names, dtype=np.int64), as_float(y)[:, None], np.nan), names
