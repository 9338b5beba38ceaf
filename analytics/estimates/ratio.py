"""The ratio of two totals, such as hours of use per user."""

import numpy as np
from numpy.typing import ArrayLike

from analytics.arrays import BoolArray
from analytics.designs.design import Design
from analytics.designs.variance import variances
from analytics.estimates.columns import answers, mask
from analytics.estimates.estimate import Estimate
from analytics.estimates.interval import FIXED_SE, Interval, mean_limits

_NOTHING = 1e-12
"""A denominator below this part of its absolute values adds up to nothing."""


def ratio(
    numerator: ArrayLike,
    denominator: ArrayLike,
    design: Design,
    *,
    domain: BoolArray | None = None,
    level: float = 0.95,
) -> Estimate:
    """Weighted total of `numerator` over that of `denominator`, among people who answered both.

    The linearised value is (y - R x) / X (Woodruff 1971), the interval Student's t. `spread` and `deff` are those of
    (y - R x) over the mean of x. Without anybody, or with a denominator that adds up to nothing, there is no value
    (note `no_answers` or `no_weight`).
    """
    inside = mask(domain, design)
    both = np.column_stack([answers(numerator, design), answers(denominator, design)])
    valid: BoolArray = np.asarray(~np.isnan(both).any(axis=1))
    valid = valid if inside is None else valid & inside
    w = np.where(valid, design.weights, 0.0)
    y, x = np.where(valid[:, None], both, 0.0).T
    n, weight, below = int(valid.sum()), float(w.sum()), float(w @ x)
    squares = float(w @ w)
    if n == 0 or abs(below) <= _NOTHING * float(np.abs(w) @ np.abs(x)):
        return Estimate(
            value=None,
            se=None,
            df=design.df,
            interval=None,
            n=n,
            n_eff=weight**2 / squares if squares else 0.0,
            deff=None,
            unweighted=None,
            weight_sum=weight,
            note="no_weight" if n else "no_answers",
        )
    value = float(w @ y) / below
    z = (y - value * x) / below
    variance = float(variances(z[:, None], design)[0])
    spread2 = float(w @ (z * weight) ** 2) / weight * n / max(n - 1, 1)
    fixed = np.sqrt(variance) <= FIXED_SE * np.sqrt(spread2)
    alike = spread2 <= (FIXED_SE * value) ** 2
    se = 0.0 if fixed or alike else float(np.sqrt(variance))
    lower, upper = mean_limits(np.array(value), np.array(se), df=design.df, level=level)
    return Estimate(
        value=value,
        se=None if alike else se,
        df=design.df,
        interval=None if alike else Interval(lower=float(lower), upper=float(upper), level=level, method="t"),
        n=n,
        n_eff=weight**2 / squares,
        deff=None if alike else variance / (spread2 / n),
        unweighted=float(y.sum() / x.sum()) if x.sum() else None,
        weight_sum=weight,
        spread=float(np.sqrt(spread2)),
        note="no_spread" if alike else "fixed_by_margin" if fixed else "",
    )
