"""Design-based t tests of a mean or of two groups, with the degrees of freedom that R survey gives them."""

import msgspec
import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analytics.arrays import BoolArray
from analytics.comparisons import groups as grouping
from analytics.designs.design import Design, degrees
from analytics.errors import ComparisonUnusable
from analytics.estimates.columns import answers, mask
from analytics.estimates.estimate import joint
from analytics.estimates.interval import Interval, t_quantile

_ROUNDING = 1e-12
"""A standard error below this part of the largest answer is rounding."""


class TTest(msgspec.Struct, frozen=True, kw_only=True):
    """A mean against a fixed value, or the difference between two groups."""

    value: float
    """The mean, or the mean of the second group minus that of the first."""
    se: float
    null: float
    """What the value is tested against."""
    t: float
    df: int
    p: float
    """Two-sided."""
    interval: Interval
    groups: tuple[int, ...] = ()
    """Codes of the first and second group."""


def t_test(
    y: ArrayLike,
    design: Design,
    *,
    groups: ArrayLike | None = None,
    null: float = 0.0,
    domain: BoolArray | None = None,
    level: float = 0.95,
) -> TTest:
    """Second group minus first (codes; -1: in none), or the mean without groups, against `null`.

    Degrees of freedom are the first-stage units minus strata, minus one: those of the whole design for one mean, those
    with an answer in a group for two (as R `svyttest`).

    Raises:
        ComparisonUnusable: there are not exactly two groups with answers, the answers do not vary, or the units are too
            few.
        AnswersUnusable: answers or a domain that do not fit the design.
    """
    columns = answers(y, design)
    if columns.shape[1] != 1:
        raise ComparisonUnusable(f"One answer is tested at a time; {columns.shape[1]} columns were given.")
    valid = ~np.isnan(columns[:, 0])
    inside = mask(domain, design)
    if inside is not None:
        valid &= inside
    names: tuple[int, ...] = ()
    if groups is None:
        columns, contrast = np.where(valid[:, None], columns, np.nan), np.array([1.0])
        df = (design.df if inside is None else degrees(design, inside)) - 1
    else:
        code = grouping.read(groups, design)
        valid &= code >= 0
        names = tuple(np.unique(code[valid]).tolist())
        if len(names) != 2:
            raise ComparisonUnusable(
                f"A t test compares two groups; answers come from {len(names)} ({list(names)}). Merge groups, or use "
                "`compare.group_test`.",
                details={"groups": names},
            )
        columns, contrast = np.where(valid[:, None] & (code[:, None] == names), columns, np.nan), np.array([-1.0, 1.0])
        df = degrees(design, valid) - 1
    if not valid.any():
        raise ComparisonUnusable("Nobody gave an answer; there is nothing to test.")
    if df < 1:
        raise ComparisonUnusable(f"A t test needs a degree of freedom; these first-stage units leave {df}.")
    value, _, spread = joint(columns, design)
    gap, se = float(contrast @ value), float(np.sqrt(max(contrast @ spread @ contrast, 0.0)))
    if se <= _ROUNDING * float(np.abs(columns[valid]).max(initial=0.0, where=~np.isnan(columns[valid]))):
        raise ComparisonUnusable(
            "The answers do not vary under this design (all the same, or fixed by the weighting); report the figures "
            "without a test."
        )
    t, half = (gap - null) / se, float(t_quantile(level, df)) * se
    return TTest(
        value=gap,
        se=se,
        null=null,
        t=t,
        df=df,
        p=float(2 * special.stdtr(df, -abs(t))),
        interval=Interval(lower=gap - half, upper=gap + half, level=level, method="t"),
        groups=names,
    )
