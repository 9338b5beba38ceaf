"""How fast completes come in: the share that is in, by age of the invitation."""

from collections.abc import Sequence

import msgspec
import numpy as np

from analytics.arrays import FloatArray, as_float
from panels.errors import PlanUnfit

_AFTER_MAIL = 1.5
"""Plan days; the mean wait after a mail of those who act on it."""
_FADING = 0.6
"""Each further mail brings this part of what the one before brought."""
_TAIL = 8.0
"""Mean waits after the last mail at which everybody counts as in."""
_POINTS = 60

PRIOR_COMPLETES = 30.0
"""Completes that an assumed curve is worth beside observed ones."""


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """Share of all who will ever complete that has completed, by age; straight between the days, flat after the last.

    Both never fall; the last share is 1.
    """

    days: tuple[float, ...]
    share: tuple[float, ...]

    def __post_init__(self) -> None:
        days, share = as_float(self.days), as_float(self.share)
        fits = days.size == share.size > 0 and bool(np.isfinite(days).all() and np.isfinite(share).all())
        rising = fits and bool((np.diff(days) > 0).all() and (np.diff(share) >= 0).all())
        if not rising or days[0] < 0 or share[0] < 0 or share[-1] != 1:
            raise PlanUnfit("A response curve has rising days from 0 on, and shares that do not fall and end at 1.")

    def at(self, age: float) -> float:
        """Share that is in at an age in plan days."""
        return float(np.interp(age, self.days, self.share, left=0.0 if self.days[0] > 0 else self.share[0]))


INSTANT = Curve(days=(0.0,), share=(1.0,))
"""Everybody who will complete has completed: for looking back on a closed audit, or where delay does not matter."""


def assumed(reminder_days: Sequence[float] = (3.0, 7.0)) -> Curve:
    """A curve for an audit without a past: an assumption, to be replaced by `fitted` as soon as completes are known.

    Each mail sets off a group who wait exponentially with a mean of 1.5 days; each group is 0.6 times the one before.
    """
    mails = [0.0, *sorted(float(day) for day in reminder_days)]
    last = mails[-1] + _TAIL * _AFTER_MAIL
    days = np.linspace(0.0, last, _POINTS)
    group = _FADING ** np.arange(len(mails))
    share = sum(
        (
            size * -np.expm1(-np.maximum(days - start, 0.0) / _AFTER_MAIL)
            for size, start in zip(group, mails, strict=True)
        ),
        start=np.zeros(_POINTS),
    )
    return _curve(days, share / share[-1])


def fitted(ages: Sequence[float], *, prior: Curve) -> Curve:
    """The curve of past completes, mixed with `prior` as if that were 30 completes.

    Args:
        ages: plan days from invitation to completion, of audits that have closed; of open ones the slow are missing.

    Raises:
        PlanUnfit: an age that is negative or no number.
    """
    seen = np.sort(as_float(ages))
    if seen.size and not (np.isfinite(seen).all() and seen[0] >= 0):
        raise PlanUnfit("Ages of completes are plan days, 0 or more; one of those given is not.")
    days = (
        np.unique(np.concatenate([as_float(prior.days), np.quantile(seen, np.linspace(0, 1, _POINTS))]))
        if (seen.size)
        else as_float(prior.days)
    )
    before = np.array([prior.at(day) for day in days.tolist()])
    counted = np.searchsorted(seen, days, side="right")
    share = (PRIOR_COMPLETES * before + counted) / (PRIOR_COMPLETES + seen.size)
    return _curve(days, share)


def _curve(days: FloatArray, share: FloatArray) -> Curve:
    rising = np.minimum(np.maximum.accumulate(share), 1.0)
    rising[-1] = 1.0
    return Curve(days=tuple(days.tolist()), share=tuple(rising.tolist()))
