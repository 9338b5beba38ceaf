"""Quantiles of an answer with Woodruff intervals.

A weighted quantile inverts the weighted distribution function; the rules differ in what they do between two answers
(Hyndman and Fan 1996, with weights in the place of counts). The interval of Woodruff (1952) puts the limits of the
share at or below the quantile through the same rule; it is valid for skewed answers and many ties."""

from collections.abc import Sequence
from typing import Literal, get_args

import msgspec
import numpy as np

from analytics.arrays import BoolArray, FloatArray, as_float
from analytics.designs.design import Design
from analytics.designs.variance import variances
from analytics.errors import AnalyticsError
from analytics.estimates.interval import Interval, ProportionMethod, proportion_limits, t_quantile

Rule = Literal["hf1", "hf2", "hf4", "hf6", "hf7"]
"""hf1: the smallest answer at which the distribution function reaches p (an answer that somebody gave). hf2: as hf1,
the middle of two answers where p is reached exactly. hf4, hf6, hf7: straight lines through (share, answer), where the
share at the k-th answer is C_k / C_n, C_k / (C_n + w_n), or C_(k-1) / C_(n-1) for cumulative weights C."""
RULES: tuple[str, ...] = get_args(Rule)

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

    @property
    def interval(self) -> Interval | None:
        """Both limits, where both exist."""
        if self.lower is None or self.upper is None:
            return None
        return Interval(lower=self.lower, upper=self.upper, level=self.level, method=self.method)


def quantiles(
    y: FloatArray,
    p: Sequence[float],
    design: Design,
    *,
    rule: Rule = "hf1",
    domain: BoolArray | None = None,
    level: float = 0.95,
    method: ProportionMethod = "wald",
) -> tuple[Quantile, ...]:
    """Quantiles at the shares `p`; people outside `domain` or without an answer stay in the design.

    `method` is the interval of the share at or below the quantile: `wald` is Woodruff's own.

    Raises:
        AnalyticsError: a share outside (0, 1), or a weight below zero, with which no distribution function exists.
    """
    wrong = [share for share in p if not 0 < share < 1]
    if wrong:
        raise AnalyticsError(f"A quantile needs shares between 0 and 1, not {', '.join(f'{x:g}' for x in wrong)}.")
    answers = as_float(y)
    valid = ~np.isnan(answers) & (True if domain is None else np.asarray(domain, dtype=bool))
    if (design.weights[valid] < 0).any():
        count = int((design.weights[valid] < 0).sum())
        raise AnalyticsError(
            f"{count} weights are below 0; a quantile needs weights that are not. Use bounded weights."
        )
    x, w = _sorted(answers, design.weights, valid)
    if not x.size:
        return tuple(_nothing(share, design, level, rule, method) for share in p)
    value = np.array([invert(x, w, share, rule) for share in p])
    lower, upper = _share_limits(answers, valid, value, design, level, method)
    half = 2 * float(t_quantile(level, design.df))
    found = []
    for share, one, low, high in zip(p, value, lower, upper, strict=True):
        a = None if low < -ROUNDING else invert(x, w, max(float(low), 0.0), rule)
        # At the largest answer the share is 1 without any variance: that says nothing about what lies above it.
        beyond = high > 1 + ROUNDING or one == x[-1]
        b = None if beyond else invert(x, w, min(float(high), 1.0), rule)
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
                df=design.df,
                n=int(valid.sum()),
            )
        )
    return tuple(found)


def invert(x: FloatArray, w: FloatArray, p: float, rule: Rule) -> float:
    """The quantile at share `p` of sorted answers `x` with weights `w` above zero."""
    reached, total = _reached(w)
    if rule == "hf6":
        return float(np.interp(p, reached / (reached[-1] + w[-1]), x))
    if rule == "hf7":
        return float(x[0]) if x.size == 1 else float(np.interp(p, np.r_[0.0, reached[:-1]] / reached[-2], x))
    below = int(np.searchsorted(reached, p * total, side="right")) - 1
    if below < 0:
        return float(x[0])
    above = min(below + 1, x.size - 1)
    gap, room = p - reached[below] / total, reached[above] / total - p
    if rule == "hf1":
        return float(x[below] if gap == 0 else x[above])
    if rule == "hf2":
        return float((x[below] + x[above]) / 2 if gap == 0 else x[above])
    part = 0.0 if above == below else gap / (gap + room)
    return float(x[below] * (1 - part) + x[above] * part)


def _reached(w: FloatArray) -> tuple[FloatArray, float]:
    """Cumulative weights and their sum, added up in extended precision.

    Whether a share is reached exactly decides between two answers, so the sums are as good as they can be made.
    """
    wide = np.cumsum(w.astype(np.longdouble))
    return wide.astype(np.float64), float(wide[-1])


def _sorted(y: FloatArray, weights: FloatArray, valid: BoolArray) -> tuple[FloatArray, FloatArray]:
    kept = valid & (weights > 0)
    order = np.argsort(y[kept], kind="stable")
    return y[kept][order], weights[kept][order]


def _share_limits(
    y: FloatArray, valid: BoolArray, value: FloatArray, design: Design, level: float, method: ProportionMethod
) -> tuple[FloatArray, FloatArray]:
    """Limits of the share of people at or below each quantile."""
    w = np.where(valid, design.weights, 0.0)
    with np.errstate(invalid="ignore"):
        below = (y[:, None] <= value) & valid[:, None]
    share = w @ below / w.sum()
    z = np.where(valid[:, None], below - share, 0.0) / w.sum()
    spread = variances(z, design)
    if method == "wald":
        half = t_quantile(level, design.df) * np.sqrt(spread)
        return np.asarray(share - half), np.asarray(share + half)
    n = np.full(share.size, float(valid.sum()))
    n_eff = np.full(share.size, float(w.sum() ** 2 / (w @ w)))
    limits = proportion_limits(share, spread, n, n_eff, df=design.df, level=level, method=method)
    return limits.lower, limits.upper


def _nothing(p: float, design: Design, level: float, rule: Rule, method: str) -> Quantile:
    return Quantile(
        p=p,
        value=None,
        se=None,
        lower=None,
        upper=None,
        level=level,
        rule=rule,
        method=f"woodruff+{method}",
        df=design.df,
        n=0,
    )
