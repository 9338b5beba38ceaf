"""Quantiles of an answer with Woodruff intervals.

A weighted quantile inverts the weighted distribution function; the rules differ in what they do between two answers
(Hyndman and Fan 1996, with weights in the place of counts). The interval of Woodruff (1952) puts the limits of the
share at or below the quantile through the same rule. It holds for skewed answers; on a scale of few codes, where one
code holds much of the weight, the quantile is that code in nearly every sample and shares say more (`estimate.shares`).
"""

from collections.abc import Sequence
from typing import Literal, get_args

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from analytics.arrays import BoolArray, FloatArray
from analytics.designs.design import Design
from analytics.designs.variance import variances
from analytics.errors import AnalyticsError
from analytics.estimates.columns import answers as checked
from analytics.estimates.columns import mask
from analytics.estimates.interval import Interval, ProportionMethod, proportion_limits, t_quantile

Rule = Literal["hf1", "hf2", "hf4", "hf6", "hf7"]
"""hf1: the smallest answer at which the distribution function reaches p (an answer that somebody gave). hf2: as hf1,
the middle of two answers where p is reached exactly. hf4, hf6, hf7: straight lines through (share, answer), where the
share at the k-th answer is C_k / C_n, C_k / (C_n + w_n), or C_(k-1) / C_(n-1) for cumulative weights C."""
RULES: tuple[str, ...] = get_args(Rule)

EXACT = 1e-12
"""A share this close to p reaches it exactly: which of two answers is taken then does not hang on rounding."""

ROUNDING = 1e-9
"""A limit this far outside [0, 1] is on the edge."""


class Quantile(msgspec.Struct, frozen=True, kw_only=True):
    """One quantile of one base."""

    p: float
    value: float | None
    """None when nobody gave a valid answer."""
    se: float | None
    """Half the interval over its t quantile; None where a limit is missing."""
    lower: float | None
    """None where the limit of the share lies below 0: the answers do not reach that far."""
    upper: float | None
    """None where the limit of the share lies above 1, and at the largest answer."""
    level: float
    rule: Rule
    method: str
    df: int
    n: int
    share: tuple[float, float] | None = None
    """Limits of the share of people at or below `value`, which `lower` and `upper` are read from."""

    @property
    def interval(self) -> Interval | None:
        """Both limits, where both exist."""
        if self.lower is None or self.upper is None:
            return None
        return Interval(lower=self.lower, upper=self.upper, level=self.level, method=self.method)


def quantiles(
    y: ArrayLike,
    p: Sequence[float],
    design: Design,
    *,
    rule: Rule = "hf1",
    domain: BoolArray | None = None,
    level: float = 0.95,
    method: ProportionMethod = "wald",
    df: int | None = None,
    exact: float = EXACT,
) -> tuple[Quantile, ...]:
    """Quantiles at the shares `p`; people outside `domain` or without an answer stay in the design.

    `method` is the interval of the share at or below the quantile: `wald` is Woodruff's own. `df` are the degrees of
    freedom of its t quantile, those of the whole design unless given. A share of people within `exact` of p reaches
    it; 0 leaves that to the rounding of the weights, as R does.

    Raises:
        AnalyticsError: a share outside (0, 1), a rule that is none of `RULES`, or a weight below zero, with which no
        distribution function exists. AnswersUnusable: answers or a domain that do not fit the design.
    """
    if rule not in RULES:
        raise AnalyticsError(f"`{rule}` is no rule for a quantile; there are: {', '.join(RULES)}.")
    freedom = design.df if df is None else df
    wrong = [share for share in p if not 0 < share < 1]
    if wrong:
        raise AnalyticsError(f"A quantile needs shares between 0 and 1, not {', '.join(f'{x:g}' for x in wrong)}.")
    answers, inside = checked(y, design)[:, 0], mask(domain, design)
    valid = np.asarray(~np.isnan(answers) if inside is None else ~np.isnan(answers) & inside)
    if (design.weights[valid] < 0).any():
        count = int((design.weights[valid] < 0).sum())
        raise AnalyticsError(
            f"{count} weights are below 0; a quantile needs weights that are not. Use bounded weights."
        )
    x, w = _sorted(answers, design.weights, valid)
    if not x.size:
        return tuple(_nothing(share, freedom, level, rule, method) for share in p)
    value = np.array([invert(x, w, share, rule, exact) for share in p])
    lower, upper = _share_limits(answers, valid, value, design, level, method, freedom)
    half = 2 * float(t_quantile(level, freedom))
    found = []
    for share, one, low, high in zip(p, value, lower, upper, strict=True):
        a = None if low < -ROUNDING else invert(x, w, max(float(low), 0.0), rule, exact)
        # At the largest answer the share is 1 without any variance: that says nothing about what lies above it.
        beyond = high > 1 + ROUNDING or one == x[-1]
        b = None if beyond else invert(x, w, min(float(high), 1.0), rule, exact)
        found.append(
            Quantile(
                p=share,
                value=float(one),
                se=None if a is None or b is None else (b - a) / half,
                lower=a,
                upper=b,
                level=level,
                rule=rule,
                method=f"woodruff+{method}",
                df=freedom,
                n=int(valid.sum()),
                share=(float(low), float(high)),
            )
        )
    return tuple(found)


def invert(x: FloatArray, w: FloatArray, p: float, rule: Rule, exact: float = EXACT) -> float:
    """The quantile at share `p` of sorted answers `x` with weights `w` above zero."""
    reached, total = _reached(w)
    if rule == "hf6":
        return float(np.interp(p, reached / (reached[-1] + w[-1]), x))
    if rule == "hf7":
        return float(x[0]) if x.size == 1 else float(np.interp(p, np.r_[0.0, reached[:-1]] / reached[-2], x))
    share = reached / total
    below = int(np.searchsorted(reached, (p + exact) * total, side="right")) - 1
    if below < 0:
        return float(x[0])
    above = min(below + 1, x.size - 1)
    gap, room = p - share[below], share[above] - p
    if rule == "hf1":
        return float(x[below] if gap <= exact else x[above])
    if rule == "hf2":
        return float((x[below] + x[above]) / 2 if gap <= exact else x[above])
    part = 0.0 if above == below else gap / (gap + room)
    return float(x[below] * (1 - part) + x[above] * part)


def _reached(w: FloatArray) -> tuple[FloatArray, float]:
    """Cumulative weights and their sum, added up in extended precision."""
    wide = np.cumsum(w.astype(np.longdouble))
    return wide.astype(np.float64), float(wide[-1])


def _sorted(y: FloatArray, weights: FloatArray, valid: BoolArray) -> tuple[FloatArray, FloatArray]:
    kept = valid & (weights > 0)
    order = np.argsort(y[kept], kind="stable")
    return y[kept][order], weights[kept][order]


def _share_limits(
    y: FloatArray, valid: BoolArray, value: FloatArray, design: Design, level: float, method: ProportionMethod, df: int
) -> tuple[FloatArray, FloatArray]:
    """Limits of the share of people at or below each quantile."""
    w = np.where(valid, design.weights, 0.0)
    with np.errstate(invalid="ignore"):
        below = (y[:, None] <= value) & valid[:, None]
    share = w @ below / w.sum()
    z = np.where(valid[:, None], below - share, 0.0) / w.sum()
    spread = variances(z, design)
    if method == "wald":
        half = t_quantile(level, df) * np.sqrt(spread)
        return np.asarray(share - half), np.asarray(share + half)
    n = np.full(share.size, float(valid.sum()))
    n_eff = np.full(share.size, float(w.sum() ** 2 / (w @ w)))
    limits = proportion_limits(share, spread, n, n_eff, df=df, level=level, method=method)
    return limits.lower, limits.upper


def _nothing(p: float, df: int, level: float, rule: Rule, method: str) -> Quantile:
    return Quantile(
        p=p,
        value=None,
        se=None,
        lower=None,
        upper=None,
        level=level,
        rule=rule,
        method=f"woodruff+{method}",
        df=df,
        n=0,
    )
