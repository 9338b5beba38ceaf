"""From a column of answers to a published estimate: on the full design, with the band for who took part, nothing
unsafe."""

import hashlib

import msgspec
import numpy as np
from samenspraak.types.base import SampleKind
from samenspraak.types.estimate import Estimate, Interval, WordingRule

from analytics.arrays import BoolArray, FloatArray
from analytics.disclosure import thresholds
from analytics.disclosure.publish import publish as as_allowed
from analytics.estimates import estimate as analysis
from analytics.representation import sensitivity
from service.reports.sample import Sample

DIGITS = 6
"""Decimals kept in a report: far below any interval, and free of the last bits that differ between machines."""


class Headline(msgspec.Struct, frozen=True, kw_only=True):
    """What the sentence of a question is about, per person; NaN where a person is outside its base."""

    y: FloatArray
    is_share: bool
    """Ones and zeros; otherwise a value on a scale."""
    base: str = "knows"


def raw(sample: Sample, headline: Headline, domain: BoolArray | None = None) -> analysis.Estimate:
    """The estimate before anything is hidden."""
    if headline.is_share:
        return analysis.proportion(
            headline.y,
            sample.design,
            domain=domain,
            level=sample.plan.level,
            method=sample.plan.interval_method,
        )
    return analysis.mean(headline.y, sample.design, domain=domain, level=sample.plan.level)


def raw_shares(sample: Sample, hits: FloatArray) -> tuple[analysis.Estimate, ...]:
    """One estimate per column of `hits`."""
    return analysis.proportions(hits, sample.design, level=sample.plan.level, method=sample.plan.interval_method)


def publish(sample: Sample, figure: analysis.Estimate, *, base: str, hidden: bool = False) -> Estimate:
    """The figure as it may leave, rounded."""
    band = sensitivity.band(figure, sample.bias) if sample.bias is not None else None
    found = as_allowed(figure, base=base, sample_kind=sample.kind, hidden=hidden, sensitivity=band)
    shown = found.value is not None
    return rounded(
        msgspec.structs.replace(
            found,
            df=float(figure.df) if shown else None,
            se_convention=sample.plan.se_convention if shown and sample.design.bases else "",
            wording=_rules(found),
        )
    )


KIND_RULES: dict[SampleKind, WordingRule] = {"probability": "probability", "simulated": "simulated"}
"""Every other kind of sample chose itself."""


def _rules(estimate: Estimate) -> tuple[WordingRule, ...]:
    """What the sample kind and the base of a figure demand of a sentence about it."""
    kind = KIND_RULES.get(estimate.sample_kind, "opt_in")
    if estimate.value is None:
        return (kind, "too_few")
    return (kind, "exploratory") if estimate.flag == "exploratory" else (kind,)


def variable_of(y: FloatArray) -> str:
    """The name of a column of answers: equal columns are the same answers, wherever they are used."""
    return hashlib.blake2b(np.where(np.isnan(y), np.inf, y).tobytes(), digest_size=8).hexdigest()


def cell_key(variable: str, base: str) -> str:
    """Names the figure about one part of the people who gave these answers."""
    return f"{variable}|{base}"


def withheld(sample: Sample, headline: Headline, base: str) -> bool:
    """Whether the figure about this part would give others in the report away."""
    return bool(sample.withheld) and cell_key(variable_of(headline.y), base) in sample.withheld


def part(sample: Sample, headline: Headline, mask: BoolArray, *, base: str) -> Estimate | None:
    """The headline among a part of the people, unless the rest would be so few that the difference betrays them."""
    valid = ~_missing(headline.y)
    whole, inside = int(valid.sum()), int((valid & mask).sum())
    if inside == whole or not thresholds.complement_safe(whole, inside) or withheld(sample, headline, base):
        return None
    found = raw(sample, headline, mask)
    return publish(sample, found, base=base, hidden=unanimous(found))


def unanimous(figure: analysis.Estimate) -> bool:
    """Everybody gave the same answer: the share would give away each of them."""
    return thresholds.unanimous(figure.unweighted)


def rounded(estimate: Estimate) -> Estimate:
    """All numbers to `DIGITS` decimals."""
    return msgspec.structs.replace(
        estimate,
        value=_round(estimate.value),
        se=_round(estimate.se),
        interval=_round_interval(estimate.interval),
        n_eff=_round(estimate.n_eff),
        deff=_round(estimate.deff),
        unweighted=_round(estimate.unweighted),
        sensitivity=_round_interval(estimate.sensitivity),
    )


def _round(value: float | None) -> float | None:
    return None if value is None else round(float(value), DIGITS) + 0.0


def _round_interval(interval: Interval | None) -> Interval | None:
    if interval is None:
        return None
    return msgspec.structs.replace(
        interval, lower=round(float(interval.lower), DIGITS) + 0.0, upper=round(float(interval.upper), DIGITS) + 0.0
    )


def _missing(y: FloatArray) -> BoolArray:
    return np.asarray(np.isnan(y))
