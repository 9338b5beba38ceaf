"""Which of two answers is ahead, and how sure that is.

Two shares of one question move against each other, so the lead has variance V_a + V_b - 2 cov_ab (Kish 1965, 12.10);
the probability of a lead is the part of its approximate t distribution above zero. A lead is too close to call when its
interval holds zero, or would hold it with the declared allowance for selection on both sides."""

from typing import Literal

import msgspec
import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analytics.arrays import BoolArray
from analytics.comparisons.compare import between
from analytics.designs.design import Design
from analytics.errors import ComparisonUnusable
from analytics.estimates import contrast
from analytics.estimates.columns import hits
from analytics.estimates.interval import Interval


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    value: float
    """Share of the first minus share of the second."""
    se: float
    interval: Interval
    """Of chance alone, within [-1, 1]."""
    probability: float
    """That the first is ahead of the second in the population, chance alone considered."""
    too_close: bool
    n: int
    bias: float = 0.0
    """Allowance for selection that `too_close` adds on both sides of the interval."""
    note: Literal["", "fixed", "no_spread"] = ""
    """`fixed`: the weighting fixes the lead. `no_spread`: everybody answered the same; there is no variance, the limits
    are those of a binomial (Clopper and Pearson 1934) and the probability that of a flat prior, both on people."""


def lead(
    first: ArrayLike,
    second: ArrayLike,
    design: Design,
    *,
    domain: BoolArray | None = None,
    level: float = 0.95,
    bias: float = 0.0,
) -> Lead | None:
    """The lead of one answer over another: 0/1 columns over the same base (NaN in either: no answer).

    `bias` is in shares, 0.02 for two points each way. None when nobody answered, or only people without weight.

    Raises:
        AnswersUnusable: columns or a domain that do not fit the design, or answers other than 0, 1 and NaN.
        ComparisonUnusable: people who gave both answers, or a negative allowance.
    """
    columns = np.column_stack([hits(first, design), hits(second, design)])
    if columns.shape[1] != 2 or bias < 0:
        raise ComparisonUnusable(f"A lead is between two columns, with an allowance of 0 or more, not {bias:g}.")
    both = int((columns.sum(axis=1) == 2).sum())
    if both:
        raise ComparisonUnusable(f"{both} people gave both answers; a lead is between answers that exclude each other.")
    columns[np.isnan(columns).any(axis=1)] = np.nan
    figures = contrast.of_means(columns, ["first", "second"], design, domain=domain)
    n = int(figures.n[0])
    if n == 0 or np.isnan(figures.value).any():
        return None
    gap = float(figures.value[0] - figures.value[1])
    if figures.alike.all():
        return _alike(gap, n, level, bias)
    found = between(figures, "first", "second", level=level)
    half = found.interval.upper - found.value
    return Lead(
        value=gap,
        se=found.se,
        interval=_within(gap - half, gap + half, level, "t"),
        probability=float(special.stdtr(design.df, gap / found.se)) if found.se > 0 else _sure(gap),
        too_close=abs(gap) <= half + bias,
        n=n,
        bias=bias,
        note="fixed" if found.note == "fixed" else "",
    )


def _alike(gap: float, n: int, level: float, bias: float) -> Lead:
    """Everybody gave one answer, or nobody gave either: the rule of three in its exact form, on people."""
    least = float(((1 - level) / 2) ** (1 / n))
    lower, upper = (2 * least - 1, 1.0) if gap > 0 else (-1.0, 1 - 2 * least) if gap < 0 else (least - 1, 1 - least)
    return Lead(
        value=gap,
        se=0.0,
        interval=_within(lower, upper, level, "clopper_pearson"),
        probability=0.5 if gap == 0 else 1 - 0.5 ** (n + 1) if gap > 0 else 0.5 ** (n + 1),
        too_close=lower - bias <= 0 <= upper + bias,
        n=n,
        bias=bias,
        note="no_spread",
    )


def _within(lower: float, upper: float, level: float, method: str) -> Interval:
    return Interval(lower=max(lower, -1.0), upper=min(upper, 1.0), level=level, method=method)


def _sure(gap: float) -> float:
    return 0.5 if gap == 0 else float(gap > 0)
