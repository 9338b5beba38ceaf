"""Base weights of the respondents: the chances of recruitment, invitation and response, kept apart and multiplied.

The chance to respond is estimated from everybody invited, by what the frame knows of them: response-homogeneity groups
(the strata of the draw) or classes of a propensity model. Both read the same profile that was frozen at the draw."""

from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np
from msgspec import UNSET
from samenspraak.types.report import WeightFactor

from analytics.arrays import FloatArray
from analytics.errors import AnalyticsError
from analytics.weights import nonresponse
from panels.chain import Chain
from service.reports.inputs import Invited, ReportInputs, Respondent

LEAST_IN_GROUP = 10
"""Respondents that a response group needs; a thinner one joins the next in order."""
RIDGE = 1.0
"""Penalty of the propensity model, in people: a level where everybody answered must not break it."""

Person = Invited | Respondent


class Base(msgspec.Struct, frozen=True, kw_only=True):
    weights: FloatArray
    """Per respondent, mean 1."""
    factors: tuple[WeightFactor, ...]
    """What they are made of, with the range of each."""
    why_not: str = ""
    """Why response is not among them although the plan asked for it."""


def base(inputs: ReportInputs, respondents: Sequence[Respondent]) -> Base:
    """Base weights as the plan asks. Where response cannot be modelled the report still comes, and says why."""
    known = [one.recruited for one in respondents if one.recruited is not None]
    recruited = np.array(known) if len(known) == len(respondents) else np.ones(len(respondents))
    responded, method, why_not = _response(inputs, respondents)
    chain = Chain(
        recruited=recruited,
        invited=np.array([one.probability for one in respondents]),
        responded=responded,
        selected=np.ones(len(respondents)),
    )
    factors = [_factor("recruited", "draw", chain.recruited)] if len(known) == len(respondents) else []
    factors.append(_factor("invited", "draw", chain.invited))
    if method:
        factors.append(_factor("responded", method, chain.responded))
    weights = chain.weights()
    return Base(weights=weights * (weights.size / weights.sum()), factors=tuple(factors), why_not=why_not)


def _factor(step: str, method: str, chance: FloatArray) -> WeightFactor:
    return WeightFactor(
        step=step, method=method, lowest=round(float(chance.min()), 4), highest=round(float(chance.max()), 4)
    )


def _response(inputs: ReportInputs, respondents: Sequence[Respondent]) -> tuple[FloatArray, str, str]:
    """Estimated chance to respond of each respondent, how it was estimated, or why it was not."""
    nobody, asked = np.ones(len(respondents)), inputs.plan.weighting.response
    if asked is UNSET:
        return nobody, "", ""
    if not inputs.frame:
        return nobody, "", "the people invited are not known"
    model = _groups if asked == "groups" else _propensity
    try:
        chance, method = model(inputs)
    except AnalyticsError as failure:
        return nobody, "", failure.message
    return np.array([chance(one) for one in respondents]), method, ""


def _groups(inputs: ReportInputs) -> tuple[Callable[[Person], float], str]:
    number = _merged(inputs.frame)
    found = nonresponse.by_groups(
        np.array([one.responded for one in inputs.frame]),
        np.array([number[one.stratum] for one in inputs.frame]),
        np.array([1.0 / one.probability for one in inputs.frame]),
    )
    rates = {int(group.name.rpartition(" ")[2]): group.rate for group in found.certificate.groups}
    return (lambda one: rates[number[one.stratum]]), f"{len(rates)} groups of the draw"


def _merged(frame: Sequence[Invited]) -> dict[str, int]:
    """Number of the response group of every stratum; strata are joined in order until each has enough respondents."""
    answered: dict[str, int] = {}
    for one in frame:
        answered[one.stratum] = answered.get(one.stratum, 0) + one.responded
    number: dict[str, int] = {}
    group, inside = 0, 0
    for stratum in sorted(answered):
        if inside >= LEAST_IN_GROUP:
            group, inside = group + 1, 0
        number[stratum] = group
        inside += answered[stratum]
    if inside < LEAST_IN_GROUP and group:
        number = {stratum: min(place, group - 1) for stratum, place in number.items()}
    return number


def _propensity(inputs: ReportInputs) -> tuple[Callable[[Person], float], str]:
    keys = inputs.plan.weighting.dimensions
    levels = {key: sorted({one.profile.get(key) or "?" for one in inputs.frame})[1:] for key in keys}
    names = [f"{key}={level}" for key in keys for level in levels[key]]
    found = nonresponse.by_propensity(
        np.array([one.responded for one in inputs.frame]),
        np.array([_columns(one.profile, levels) for one in inputs.frame]).reshape(len(inputs.frame), len(names)),
        np.array([1.0 / one.probability for one in inputs.frame]),
        names=names,
        ridge=RIDGE,
    )
    answered = [one for one in inputs.frame if one.responded]
    # People alike in the frame are in one class, so the profile settles the factor.
    rates = {_alike(one, keys): 1.0 / factor for one, factor in zip(answered, found.factor.tolist(), strict=True)}
    return (lambda one: rates[_alike(one, keys)]), f"{len(found.certificate.groups)} classes of propensity"


def _columns(profile: Mapping[str, str | None], levels: Mapping[str, Sequence[str]]) -> list[float]:
    return [float((profile.get(key) or "?") == level) for key, of_key in levels.items() for level in of_key]


def _alike(one: Person, keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(one.profile.get(key) or "?" for key in keys)
