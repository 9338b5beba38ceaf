"""Figures that put codes of an ordered scale together: top box, and net score.

A net score is the share positive minus the share negative. Both come from the same people, so its variance is that of
the mean of 1, 0 and -1, which holds the covariance of the two shares."""

from collections.abc import Collection, Sequence

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from analytics.arrays import BoolArray, FloatArray
from analytics.designs.design import Design
from analytics.errors import AnswersUnusable
from analytics.estimates.estimate import Estimate, mean, proportion
from analytics.estimates.interval import Interval, ProportionMethod


def box(y: ArrayLike, chosen: Collection[int], scale: Collection[int]) -> FloatArray:
    """1 where the answer is one of `chosen`, 0 for the rest of `scale`, NaN for anything else (don't know, missing).

    Raises:
        AnswersUnusable: chosen codes outside the scale.
    """
    strange = sorted(set(chosen) - set(scale))
    if strange:
        raise AnswersUnusable(f"Codes {strange} are not on the scale {sorted(scale)}.")
    answers = np.asarray(y, dtype=np.float64)
    return np.where(np.isin(answers, list(scale)), np.isin(answers, list(chosen)).astype(np.float64), np.nan)


def top_box(
    y: ArrayLike,
    scale: Sequence[int],
    design: Design,
    *,
    k: int = 2,
    domain: BoolArray | None = None,
    level: float = 0.95,
    method: ProportionMethod = "korn_graubard",
) -> Estimate:
    """Share of the highest `k` codes; `scale` runs from low to high, and answers outside it are left out of the base.

    Raises:
        AnswersUnusable: `k` is not between 1 and the number of codes less one.
    """
    if not 0 < k < len(scale):
        raise AnswersUnusable(f"A top box of {k} needs a scale of more than {k} codes; this one has {len(scale)}.")
    return proportion(box(y, scale[-k:], scale), design, domain=domain, level=level, method=method)


def net_score(
    y: ArrayLike,
    positive: Collection[int],
    negative: Collection[int],
    scale: Collection[int],
    design: Design,
    *,
    domain: BoolArray | None = None,
    level: float = 0.95,
) -> Estimate:
    """Share of `positive` minus share of `negative` codes, with a t interval within -1 and 1.

    Where all answers fall on one side or all in the middle, the limits follow from the one-sided limit of that share:
    with a share of at least L, the score can be at most 1 - L (twice that from one side to the other) away.

    Raises:
        AnswersUnusable: codes outside the scale, or on both sides.
    """
    both = sorted(set(positive) & set(negative))
    if both:
        raise AnswersUnusable(f"Codes {both} are both positive and negative.")
    score = box(y, positive, scale) - box(y, negative, scale)
    found = mean(score, design, domain=domain, level=level)
    if found.note == "no_spread" and found.value is not None:
        alike = np.where(np.isnan(score), np.nan, 1.0)
        limit = proportion(alike, design, domain=domain, level=level).interval
        assert limit is not None
        reach = (1 - limit.lower) * (1 if found.value == 0 else 2)
        lower, upper = found.value - reach, found.value + reach
        interval = Interval(lower=max(lower, -1.0), upper=min(upper, 1.0), level=level, method="one_sided")
        return msgspec.structs.replace(found, se=0.0, interval=interval, note="one_sided")
    if found.interval is None:
        return found
    lower, upper = max(found.interval.lower, -1.0), min(found.interval.upper, 1.0)
    return msgspec.structs.replace(found, interval=msgspec.structs.replace(found.interval, lower=lower, upper=upper))
