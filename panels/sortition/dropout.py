"""How likely a drawn person is to say no or to stay away, from past assemblies.

The log-odds of a person are those of the overall rate plus one effect per feature value. Effects are fitted by ridge
logistic regression on counts: a normal prior around 0 pulls each towards the overall rate, hard where few people were
drawn and hardly where many were. The overall rate itself is shrunken towards what staff expect, as if that had been
seen in `PRIOR_PEOPLE` people. A rate that staff give for a value takes the place of its effect."""

import math
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import msgspec
import numpy as np
from samenspraak.types.problem import Fault
from scipy import special

from analytics.arrays import FloatArray
from panels.errors import ReplacementInvalid
from panels.sortition.model import Person

EXPECTED = 0.2
"""Rate that is expected before anything is known."""
PRIOR_PEOPLE = 10.0
SPREAD = 0.5
"""Standard deviation of the prior of an effect in log-odds: most groups lie within a factor 2.7 of the overall odds."""

_EDGE = 1e-3
_STEPS = 60
_DONE = 1e-10

Rates = Mapping[str, Mapping[str, float]]
"""Chance of dropping out, by feature and value."""


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """People who were drawn before and are alike in what is known of them."""

    features: Mapping[str, str]
    """May leave features out: then the count says nothing about those."""
    drawn: int
    dropped: int
    """How many of them declined or did not come."""


class Dropout(msgspec.Struct, frozen=True, kw_only=True):
    overall: float
    """Shrunken rate of everybody."""
    effects: Mapping[str, Mapping[str, float]]
    """Log-odds on top of the overall ones, by feature and value; a value that is not there has none."""
    people: int
    """Past people behind it; 0: only what staff expect."""


def fit(past: Sequence[Past] = (), *, expected: float = EXPECTED, given: Rates = MappingProxyType({})) -> Dropout:
    """The chances of dropping out, from past counts and from rates that staff give for single values.

    Raises:
        ReplacementInvalid: counts below 0, more dropped than drawn, rates outside 0 to 1.
    """
    faults = tuple(_faults(past, expected, given))
    if faults:
        raise ReplacementInvalid(faults=faults)
    drawn = np.array([one.drawn for one in past], dtype=np.float64)
    dropped = np.array([one.dropped for one in past], dtype=np.float64)
    overall = float((dropped.sum() + PRIOR_PEOPLE * expected) / (drawn.sum() + PRIOR_PEOPLE))
    start = _log_odds(overall)
    fixed = {
        (feature, value): _log_odds(rate) - start for feature, rates in given.items() for value, rate in rates.items()
    }
    free = sorted({pair for one in past for pair in one.features.items()} - fixed.keys())
    at = {pair: column for column, pair in enumerate(free)}
    design = np.zeros((len(past), len(free)))
    offset = np.full(len(past), start)
    for row, one in enumerate(past):
        for pair in one.features.items():
            if pair in at:
                design[row, at[pair]] = 1.0
            else:
                offset[row] += fixed[pair]
    effects = dict(zip(free, _ridge(design, drawn, dropped, offset).tolist(), strict=True)) | fixed
    by_feature: dict[str, dict[str, float]] = {}
    for (feature, value), effect in sorted(effects.items()):
        by_feature.setdefault(feature, {})[value] = float(effect)
    return Dropout(overall=overall, effects=by_feature, people=int(drawn.sum()))


def predict(dropout: Dropout, people: Sequence[Person]) -> FloatArray:
    """Chance of each person (n) to drop out."""
    start = _log_odds(dropout.overall)
    scores = [
        start + sum(dropout.effects.get(feature, {}).get(value, 0.0) for feature, value in person.features.items())
        for person in people
    ]
    return np.asarray(special.expit(np.array(scores, dtype=np.float64)))


def _ridge(design: FloatArray, drawn: FloatArray, dropped: FloatArray, offset: FloatArray) -> FloatArray:
    """Effects (columns of `design`) that maximise the binomial likelihood with the prior: Newton steps on a strictly
    concave function, each halved until it does not go down."""
    beta = np.zeros(design.shape[1])
    precision = 1.0 / SPREAD**2

    def height(at: FloatArray) -> float:
        score = offset + design @ at
        return float(dropped @ score - drawn @ np.logaddexp(0.0, score) - precision / 2 * at @ at)

    for _ in range(_STEPS if beta.size else 0):
        chance = special.expit(offset + design @ beta)
        slope = design.T @ (dropped - drawn * chance) - precision * beta
        curve = (design.T * (drawn * chance * (1 - chance))) @ design + precision * np.eye(beta.size)
        step = np.linalg.solve(curve, slope)
        now = height(beta)
        while height(beta + step) < now and np.abs(step).max() > _DONE:
            step = step / 2
        beta = beta + step
        if np.abs(step).max() < _DONE:
            break
    return beta


def _log_odds(rate: float) -> float:
    return float(special.logit(min(max(rate, _EDGE), 1 - _EDGE)))


def _faults(past: Sequence[Past], expected: float, given: Rates) -> Iterator[Fault]:
    for number, one in enumerate(past):
        if not 0 <= one.dropped <= one.drawn:
            detail = f"{one.dropped} of {one.drawn} people dropped out; the first must lie between 0 and the second."
            yield Fault(pointer=f"past/{number}/dropped", code="out_of_range", detail=detail)
    rates = {"expected": expected} | {
        f"given/{feature}/{value}": rate for feature, values in given.items() for value, rate in values.items()
    }
    for pointer, rate in rates.items():
        if not (math.isfinite(rate) and 0 <= rate <= 1):
            yield Fault(pointer=pointer, code="out_of_range", detail=f"{rate} is no chance; it must lie in 0 to 1.")
