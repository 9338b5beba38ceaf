"""How far a figure could be off because of who took part, beyond what weighting could see.

An interval speaks about chance only. In a sample that chose itself, something else may still be wrong: people who
took part may differ from others in ways that the weighting variables do not show. What weighting did change is the
only evidence at hand about how much selection can matter. The band assumes that what weighting could not see is at most
half as large as what it did see: the interval is widened on both sides by half the average standardised change that
weighting made over the key figures, or by half of this figure's own change where that was larger (compare the bias term
from benchmarks in the guidance of AAPOR 2016 on precision). It is a declared assumption and no proof: selection on
something that stands apart from all weighting variables and works more strongly than they do lies outside the band.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from analytics.estimates.estimate import Estimate
from analytics.estimates.interval import Interval

PART = 0.5
"""How large the unseen may be, as a part of what weighting saw."""

FLOOR = 0.02
"""Smallest allowance, in standard deviations of an answer: no change seen is no proof of no bias."""


class BiasTerm(msgspec.Struct, frozen=True, kw_only=True):
    """The declared bias allowance, in standard deviations of an answer."""

    standardised: float
    figures: int
    """Figures it was measured on."""


def measure(estimates: Sequence[Estimate]) -> BiasTerm:
    """Half of what weighting changed on average over the key figures: |weighted - unweighted| / standard deviation."""
    changes = [change for estimate in estimates if (change := _change(estimate)) is not None]
    average = float(np.mean(changes)) if changes else 0.0
    return BiasTerm(standardised=max(PART * average, FLOOR), figures=len(changes))


def band(estimate: Estimate, term: BiasTerm) -> Interval | None:
    """The interval widened on both sides by the bias term in this figure's own scale; shares stay within [0, 1].

    None without an interval. A figure fixed by a margin keeps its interval: selection cannot move it.
    """
    interval = estimate.interval
    if interval is None or estimate.spread is None:
        return None
    if estimate.note == "fixed_by_margin":
        return interval
    bias = max(term.standardised, PART * (_change(estimate) or 0.0)) * estimate.spread
    lower, upper = interval.lower - bias, interval.upper + bias
    if interval.method != "t":
        lower, upper = max(lower, 0.0), min(upper, 1.0)
    return Interval(lower=lower, upper=upper, level=interval.level, method=f"{interval.method}+selection")


def _change(estimate: Estimate) -> float | None:
    if estimate.value is None or estimate.unweighted is None or not estimate.spread:
        return None
    return abs(estimate.value - estimate.unweighted) / estimate.spread
