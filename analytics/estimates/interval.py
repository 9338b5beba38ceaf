"""Confidence intervals for means and proportions, on arrays.

Means: Student's t with the design's degrees of freedom. Proportions, never outside [0, 1]:

- `korn_graubard` (default): exact binomial limits on the effective sample size p(1-p)/v, corrected for few degrees of
  freedom (Korn and Graubard 1998), with a variance that is careful in two ways (`share_limits`);
- `wilson`: score limits on the effective sample size (Dean and Pavlou 2015; Franco, Little, Louis and Slud 2019);
- `logit`, `asin`: delta method on the log odds and on the arcsine of the root;
- `likelihood`: binomial likelihood ratio scaled by the design effect (Rao and Scott 1984);
- `wald`: t, cut off at 0 and 1.

Where all answers agree the limit is one-sided (0 or 1 on that side); where the variance is zero because a margin fixes
the figure the interval has no width."""

from typing import Literal, get_args

import msgspec
import numpy as np
from scipy import optimize, special

from analytics.arrays import BoolArray, FloatArray
from analytics.errors import AnalyticsError

ProportionMethod = Literal["korn_graubard", "wilson", "logit", "likelihood", "asin", "wald"]
METHODS: tuple[str, ...] = get_args(ProportionMethod)

FIXED_SE = 1e-9
"""A standard error below this, on the scale of a share, is rounding: the weighting fixes the figure."""


RARE, COMMON = 15.0, 25.0
"""Effective people on the smaller side of a share: with fewer than the first, the variance is not trusted alone; with
more than the second, it is."""

_NOBODY = 1e-12
"""A share below this is rounding of zero."""


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    lower: float
    upper: float
    level: float
    method: str


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Intervals of many proportions, and why some have a special form."""

    lower: FloatArray
    upper: FloatArray
    fixed: BoolArray
    one_sided: BoolArray


def t_quantile(level: float, df: FloatArray | float) -> FloatArray:
    """Two-sided t quantile: 1.96 for level 0.95 and many degrees of freedom.

    Raises:
        AnalyticsError: a level that is no share.
    """
    if not 0 < level < 1:
        raise AnalyticsError(f"A level lies between 0 and 1, such as 0.95; {level:g} does not.")
    return np.asarray(special.stdtrit(df, (1 + level) / 2))


def mean_limits(value: FloatArray, se: FloatArray, *, df: float, level: float) -> tuple[FloatArray, FloatArray]:
    """t interval with the design's degrees of freedom."""
    half = t_quantile(level, df) * se
    return value - half, value + half


def share_limits(
    p: FloatArray,
    variance: FloatArray,
    n: FloatArray,
    n_eff: FloatArray,
    *,
    df: int,
    level: float,
    method: ProportionMethod = "korn_graubard",
    inflate: float = 1.0,
) -> Limits:
    """As `proportion_limits`, for shares of calibrated samples.

    Residuals of a calibration to r figures are, over n people, (n - r) / n of what they should be; `inflate` gives that
    back (`inflation`). And where fewer than `RARE` effective people are on the smaller side, the estimated variance
    hangs on who they happen to be: it is then not taken to be below that of Kish's `n_eff` (fading out to `COMMON`).
    Without both, limits at 300 people hold shares of 90 to 98 percent too seldom. Other methods are as published.
    """
    if method == "korn_graubard":
        fewest = np.minimum(p, 1 - p) * n_eff
        part = np.clip((COMMON - fewest) / (COMMON - RARE), 0.0, 1.0)
        floor = part * p * (1 - p) / np.maximum(n_eff, 1.0)
        variance = np.where(np.sqrt(variance) < FIXED_SE, variance, np.maximum(variance * inflate, floor))
    return proportion_limits(p, variance, n, n_eff, df=df, level=level, method=method)


def inflation(people: int, explained: int) -> float:
    """n / (n - r) for a calibration that explains r dimensions among n people."""
    return people / max(people - explained, 1)


def proportion_limits(
    p: FloatArray,
    variance: FloatArray,
    n: FloatArray,
    n_eff: FloatArray,
    *,
    df: int,
    level: float,
    method: ProportionMethod = "korn_graubard",
) -> Limits:
    """Limits of k proportions with their design variances.

    `n` people and Kish's `n_eff` are used where the variance says nothing: zero and full counts.

    Raises:
        AnalyticsError: a level that is no share, or a method that is none of `METHODS`.
    """
    if method not in METHODS:
        raise AnalyticsError(f"`{method}` is no interval for a share; there are: {', '.join(METHODS)}.")
    p = np.clip(p, 0.0, 1.0)
    agree = (p <= _NOBODY) | (p >= 1 - _NOBODY)
    fixed = ~agree & (np.sqrt(variance) < FIXED_SE)
    usable = ~agree & ~fixed
    safe_p = np.where(usable, p, 0.5)
    safe_v = np.where(usable, variance, 0.25)
    ratio = _df_ratio(n, df, level)
    effective = np.where(usable, safe_p * (1 - safe_p) / safe_v, n_eff) * ratio
    if method == "korn_graubard":
        lower, upper = _beta(np.where(agree, p, safe_p), effective, level)
    elif method == "likelihood":
        lower, upper = _likelihood(safe_p, safe_v, t_quantile(level, df), n)
    else:
        lower, upper = _FORMS[method](safe_p, safe_v, t_quantile(level, df))
    if method != "korn_graubard" and agree.any():
        lower, upper = lower.copy(), upper.copy()
        lower[agree], upper[agree] = _beta(p[agree], effective[agree], level)
    lower, upper = np.where(fixed, p, lower), np.where(fixed, p, upper)
    lower, upper = np.clip(lower, 0.0, p), np.clip(upper, p, 1.0)
    return Limits(lower=lower, upper=upper, fixed=fixed, one_sided=agree)


def _df_ratio(n: FloatArray, df: int, level: float) -> FloatArray:
    """Squared ratio of t quantiles, n - 1 over design df (Korn and Graubard); in a small domain never above 1."""
    own = t_quantile(level, np.maximum(n - 1, 1))
    return np.minimum((own / t_quantile(level, df)) ** 2, 1.0)


def _beta(p: FloatArray, effective: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    tail = (1 - level) / 2
    hits, misses = p * effective, (1 - p) * effective
    with np.errstate(invalid="ignore"):
        lower = np.where(hits > 0, special.betaincinv(np.maximum(hits, 1e-12), misses + 1, tail), 0.0)
        upper = np.where(misses > 0, special.betaincinv(hits + 1, np.maximum(misses, 1e-12), 1 - tail), 1.0)
    return lower, upper


def _wald(p: FloatArray, v: FloatArray, t: FloatArray) -> tuple[FloatArray, FloatArray]:
    half = t * np.sqrt(v)
    return p - half, p + half


def _logit(p: FloatArray, v: FloatArray, t: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Delta method on the log odds."""
    centre, half = special.logit(p), t * np.sqrt(v) / (p * (1 - p))
    return special.expit(centre - half), special.expit(centre + half)


def _asin(p: FloatArray, v: FloatArray, t: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Delta method on the arcsine of the root."""
    centre, half = np.arcsin(np.sqrt(p)), t * np.sqrt(v / (p * (1 - p))) / 2
    return np.sin(np.maximum(centre - half, 0.0)) ** 2, np.sin(np.minimum(centre + half, np.pi / 2)) ** 2


def _wilson(p: FloatArray, v: FloatArray, t: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Score interval on the effective sample size."""
    spread = t * t / (p * (1 - p) / v)
    centre = (p + spread / 2) / (1 + spread)
    half = np.sqrt(spread * p * (1 - p) + spread * spread / 4) / (1 + spread)
    return centre - half, centre + half


def _likelihood(p: FloatArray, v: FloatArray, t: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Binomial likelihood ratio, scaled by the design effect (Rao and Scott 1984) with dispersion over n - 1."""
    cutoff = float(t) ** 2 * n / np.maximum(n - 1, 1)
    pairs = [_profile(float(a), float(b), float(c)) for a, b, c in zip(p, v, cutoff, strict=True)]
    return np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])


def _profile(p: float, v: float, cutoff: float) -> tuple[float, float]:
    bound = cutoff * v / (p * (1 - p))

    def excess(q: float) -> float:
        return 2 * float(special.rel_entr(p, q) + special.rel_entr(1 - p, 1 - q)) - bound

    edge = 1e-300
    lower = optimize.brentq(excess, edge, p, xtol=1e-14) if excess(edge) > 0 else 0.0
    upper = optimize.brentq(excess, p, 1 - 1e-16, xtol=1e-14) if excess(1 - 1e-16) > 0 else 1.0
    return float(lower), float(upper)


_FORMS = {"wald": _wald, "logit": _logit, "asin": _asin, "wilson": _wilson}
