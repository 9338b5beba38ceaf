"""How far a figure can be relied upon: the NCHS presentation standards for proportions (Parker et al. 2017, Vital and
Health Statistics 2(175)), as a flag beside the estimate.

A share is unreliable with fewer than 30 answers or effective answers; with a 95 percent interval of 0.30 or wider; or,
unless the interval is 0.05 or narrower, with an interval wider than 130 percent of the share. Where the share passes
this last rule and its complement does not, that is said too. Fewer than 8 degrees of freedom, and shares of nobody or
everybody, call for a look by a person. A mean or a difference is judged by answers and degrees of freedom only.

The effective number of answers is n / deff, never above n; Kish's where the answers do not vary.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray
from samenspraak.types.estimate import ReliabilityFlag
from scipy import special

from analytics.arrays import BoolArray, FloatArray
from analytics.disclosure.thresholds import THRESHOLDS
from analytics.estimates.estimate import Estimate
from analytics.estimates.interval import METHODS


class Standard(msgspec.Struct, frozen=True, kw_only=True):
    """The limits, as published."""

    answers: int = THRESHOLDS.too_few_under
    """Least number of answers, and of effective answers."""
    wide: float = 0.30
    """Width of the interval from which a share is unreliable."""
    narrow: float = 0.05
    """Width of the interval up to which a share is reliable, however small it is."""
    relative: float = 1.30
    """Widest interval as a part of the share itself."""
    df: int = 8
    """Degrees of freedom under which somebody must look."""


STANDARD = Standard()
UNRELIABLE: frozenset[ReliabilityFlag] = frozenset(("few_answers", "wide", "relatively_wide"))
"""Flags of figures that the standard would not print."""


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that a figure does not meet."""

    code: ReliabilityFlag
    measured: float
    limit: float


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the standard says of a figure."""

    reasons: tuple[Reason, ...]
    """Most serious first; empty where all is well."""

    @property
    def flag(self) -> ReliabilityFlag:
        """The most serious reason, or `ok`."""
        return self.reasons[0].code if self.reasons else "ok"

    @property
    def reliable(self) -> bool:
        """Whether the standard would print the figure."""
        return self.flag not in UNRELIABLE


def judge(estimate: Estimate, standard: Standard = STANDARD) -> Verdict:
    """The verdict on one estimate.

    A share is recognised by the method of its interval, which is taken at the level of 95 percent.
    """
    reasons = _few_answers(estimate, standard)
    reasons += _width(estimate, standard)
    if estimate.n and estimate.df < standard.df:
        reasons.append(Reason(code="few_df", measured=float(estimate.df), limit=float(standard.df)))
    return Verdict(reasons=tuple(sorted(reasons, key=lambda reason: _ORDER.index(reason.code))))


_ORDER: tuple[ReliabilityFlag, ...] = (
    "few_answers", "wide", "relatively_wide", "few_df", "zero_or_all", "complement",
)  # fmt: skip


def flags(
    *,
    value: FloatArray,
    unweighted: FloatArray,
    n: FloatArray,
    n_eff: FloatArray,
    deff: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    share: BoolArray,
    df: float,
    level: float,
    standard: Standard = STANDARD,
) -> NDArray[np.str_]:
    """`judge(...).flag` of many estimates at once, arrays of one shape.

    Args:
        deff: NaN where there is none. lower, upper: NaN without interval. share: whether the figure is a share.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        usable = deff > 0
        least = np.minimum(np.where(usable, n / np.where(usable, deff, 1.0), n_eff), n)
        width = (upper - lower) * _to_95(level)
        p = np.clip(value, 0.0, 1.0)
        judged = share & np.isfinite(width) & np.isfinite(value)
        alike = judged & ((unweighted == 0.0) | (unweighted == 1.0))
        judged = judged & ~alike & (width > standard.narrow)
        wide = judged & (width >= standard.wide)
        relatively = judged & ~wide & (width > standard.relative * p)
        complement = judged & ~wide & ~relatively & (width > standard.relative * (1 - p))
    few_df = (n > 0) & (df < standard.df)
    rules = (least < standard.answers, wide, relatively, few_df, alike, complement)
    return np.select(rules, _ORDER, default="ok")


def effective(estimate: Estimate) -> float:
    """Effective number of answers: n / deff, never above n."""
    if estimate.deff is not None and estimate.deff > 0:
        return min(estimate.n / estimate.deff, float(estimate.n))
    return min(estimate.n_eff, float(estimate.n))


def _few_answers(estimate: Estimate, standard: Standard) -> list[Reason]:
    least = effective(estimate)
    if least >= standard.answers:
        return []
    return [Reason(code="few_answers", measured=least, limit=float(standard.answers))]


def _width(estimate: Estimate, standard: Standard) -> list[Reason]:
    interval = estimate.interval
    if estimate.value is None or interval is None or interval.method not in METHODS:
        return []
    # Negative weights can push a share a little over its edges.
    share = min(max(estimate.value, 0.0), 1.0)
    if estimate.unweighted in (0.0, 1.0):
        return [Reason(code="zero_or_all", measured=share, limit=share)]
    width = (interval.upper - interval.lower) * _to_95(interval.level)
    if width <= standard.narrow:
        return []
    if width >= standard.wide:
        return [Reason(code="wide", measured=width, limit=standard.wide)]
    if width > standard.relative * share:
        return [Reason(code="relatively_wide", measured=_ratio(width, share), limit=standard.relative)]
    if width > standard.relative * (1 - share):
        return [Reason(code="complement", measured=_ratio(width, 1 - share), limit=standard.relative)]
    return []


def _ratio(width: float, share: float) -> float:
    return width / share if share > 0 else float("inf")


def _to_95(level: float) -> float:
    """Factor from the width of an interval of this level to that of 95 percent."""
    return 1.0 if level == 0.95 else float(special.ndtri(0.975) / special.ndtri((1 + level) / 2))
