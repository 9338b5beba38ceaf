"""An estimate as it may leave: nothing that its base does not allow, and how far it can be relied upon."""

from samenspraak.types import estimate as published
from samenspraak.types.base import SampleKind

from analytics.disclosure import reliability
from analytics.disclosure.thresholds import flag
from analytics.estimates.estimate import Estimate
from analytics.estimates.interval import Interval


def publish(
    estimate: Estimate,
    *,
    base: str,
    sample_kind: SampleKind,
    hidden: bool = False,
    sensitivity: Interval | None = None,
) -> published.Estimate:
    """The published figure. `hidden` enforces secondary suppression and unanimity."""
    verdict = flag(estimate.n)
    if verdict == "suppressed" or (hidden and estimate.n):
        return published.Estimate(value=None, base=base, flag="suppressed", sample_kind=sample_kind)
    if verdict in ("no_answers", "too_few"):
        return published.Estimate(value=None, n=estimate.n, base=base, flag=verdict, sample_kind=sample_kind)
    fixed = estimate.note == "fixed_by_margin"
    return published.Estimate(
        value=estimate.value,
        se=estimate.se,
        interval=_published(estimate.interval),
        n=estimate.n,
        n_eff=estimate.n_eff,
        deff=estimate.deff,
        base=base,
        flag="fixed_by_margin" if fixed else verdict,
        sample_kind=sample_kind,
        unweighted=estimate.unweighted,
        sensitivity=_published(sensitivity),
        reliability=reliability.judge(estimate).flag,
    )


def _published(interval: Interval | None) -> published.Interval | None:
    if interval is None:
        return None
    return published.Interval(lower=interval.lower, upper=interval.upper, level=interval.level, method=interval.method)
