"""Which of two answers is ahead, and how sure that is.

Two shares of one question move against each other, so the lead has variance V_a + V_b - 2 cov_ab; the probability of a
lead is the share of its approximate normal distribution above zero. A lead is too close to call when its interval holds
zero."""

import msgspec
import numpy as np
from scipy import special

from analytics.arrays import BoolArray, FloatArray, as_float
from analytics.designs.design import Design
from analytics.estimates.estimate import joint
from analytics.estimates.interval import Interval, t_quantile


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    value: float
    """Share of the first minus share of the second."""
    se: float
    interval: Interval
    probability: float
    """That the first is ahead of the second in the population, chance alone considered."""
    too_close: bool
    n: int


def lead(
    first: FloatArray, second: FloatArray, design: Design, *, domain: BoolArray | None = None, level: float = 0.95
) -> Lead | None:
    """The lead of one answer over another; both are 0/1 columns over the same base (NaN: no answer).

    None when nobody answered.
    """
    columns = np.column_stack([as_float(first), as_float(second)])
    columns[np.isnan(columns).any(axis=1)] = np.nan
    value, n, spread = joint(columns, design, domain=domain)
    if n[0] == 0:
        return None
    gap = float(value[0] - value[1])
    se = float(np.sqrt(max(spread[0, 0] + spread[1, 1] - 2 * spread[0, 1], 0.0)))
    half = float(t_quantile(level, design.df)) * se
    sure = 0.5 if gap == 0 else float(gap > 0)
    return Lead(
        value=gap,
        se=se,
        interval=Interval(lower=max(gap - half, -1.0), upper=min(gap + half, 1.0), level=level, method="t"),
        probability=float(special.stdtr(design.df, gap / se)) if se > 0 else sure,
        too_close=abs(gap) <= half,
        n=int(n[0]),
    )
