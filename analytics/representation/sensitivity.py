"""How far a figure could be off because of who took part, beyond what weighting could see.

An interval speaks about chance only. In a sample that chose itself, something else may still be wrong: people who
took part may differ from others in ways that the weighting variables do not show. Two kinds of evidence say how much
that can matter, and the band is made from the one that says most:

- what weighting changed (`measure`): the band assumes that what weighting could not see is at most half as large as
  what it did see, on average over the key figures, or for this figure where its own change was larger;
- benchmarks (`from_benchmarks`): figures of the same survey whose truth is known from elsewhere, and which weighting
  does not use. Their average absolute error after weighting is the allowance (the bias term from benchmarks in the
  guidance of AAPOR 2016 on precision; Tourangeau, Conrad and Couper 2013). It holds chance as well, so it is on the
  careful side.

The interval is widened on both sides by the allowance, in standard deviations of an answer. It is a declared assumption
and no proof: selection that works more strongly on a figure than on the evidence lies outside the band.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from samenspraak.types.problem import Fault

from analytics.errors import AnswersUnusable
from analytics.estimates.estimate import Estimate
from analytics.estimates.interval import METHODS, Interval

PART = 0.5
"""How large the unseen may be, as a part of what weighting saw."""

FLOOR = 0.02
"""Smallest allowance, in standard deviations of an answer: no change seen is no proof of no bias."""


class BiasTerm(msgspec.Struct, frozen=True, kw_only=True):
    """The declared bias allowance, in standard deviations of an answer."""

    standardised: float
    figures: int
    """Figures it was measured on."""
    source: Literal["weighting", "benchmarks"] = "weighting"


class Benchmark(msgspec.Struct, frozen=True, kw_only=True):
    """One figure whose truth is known from elsewhere."""

    name: str
    truth: float
    """In the scale of the estimate."""
    estimate: Estimate
    """Weighted, from this survey."""
    source: str
    """Where the truth comes from, with its date."""


class BenchmarkError(msgspec.Struct, frozen=True, kw_only=True):
    """How far one benchmark was off."""

    name: str
    error: float
    """Estimate minus truth."""
    standardised: float
    """The same, over the standard deviation of an answer; absolute."""
    beyond_chance: bool
    """The truth lies outside the interval of the estimate."""
    source: str


def measure(estimates: Sequence[Estimate]) -> BiasTerm:
    """Half of what weighting changed on average over the key figures: |weighted - unweighted| / standard deviation."""
    changes = [change for estimate in estimates if (change := _change(estimate)) is not None]
    average = float(np.mean(changes)) if changes else 0.0
    return BiasTerm(standardised=max(PART * average, FLOOR), figures=len(changes))


def benchmark_errors(benchmarks: Sequence[Benchmark]) -> tuple[BenchmarkError, ...]:
    """What each benchmark says.

    Raises:
        AnswersUnusable: benchmarks that the weighting fixes (their error is 0 by construction), without answers, with
        answers that are all equal, or without a source; all are named.
    """
    faults = [
        Fault(pointer=f"/{one.name}", code="no_evidence", detail=why) for one in benchmarks if (why := _useless(one))
    ]
    if faults:
        raise AnswersUnusable(" ".join(fault.detail for fault in faults), faults=faults)
    found = []
    for one in benchmarks:
        error, interval = (one.estimate.value or 0.0) - one.truth, one.estimate.interval
        found.append(
            BenchmarkError(
                name=one.name,
                error=error,
                standardised=abs(error) / (one.estimate.spread or 1.0),
                beyond_chance=interval is not None and not interval.lower <= one.truth <= interval.upper,
                source=one.source,
            )
        )
    return tuple(found)


def from_benchmarks(benchmarks: Sequence[Benchmark]) -> BiasTerm:
    """The average absolute error of the benchmarks, at least `FLOOR`.

    Raises:
        AnswersUnusable: as `benchmark_errors`; also without any benchmark.
    """
    if not benchmarks:
        raise AnswersUnusable("Give at least one benchmark, or let the change by weighting speak (`measure`).")
    errors = [one.standardised for one in benchmark_errors(benchmarks)]
    return BiasTerm(standardised=max(float(np.mean(errors)), FLOOR), figures=len(errors), source="benchmarks")


def larger(terms: Sequence[BiasTerm]) -> BiasTerm:
    """The term that allows most; evidence of little bias never takes away other evidence of more."""
    return max(terms, key=lambda term: term.standardised)


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
    if interval.method in METHODS:
        lower, upper = max(lower, 0.0), min(upper, 1.0)
    return Interval(lower=lower, upper=upper, level=interval.level, method=f"{interval.method}+selection")


def _change(estimate: Estimate) -> float | None:
    if estimate.value is None or estimate.unweighted is None or not estimate.spread:
        return None
    return abs(estimate.value - estimate.unweighted) / estimate.spread


def _useless(one: Benchmark) -> str:
    """Why a benchmark is no evidence; empty when it is."""
    estimate = one.estimate
    if not one.source.strip():
        return f"`{one.name}` needs the source of its truth."
    if not np.isfinite(one.truth):
        return f"The truth of `{one.name}` must be a finite number."
    if estimate.note == "fixed_by_margin":
        return f"`{one.name}` is fixed by the weighting, so it cannot show an error; take figures outside the margins."
    if estimate.value is None:
        return f"Nobody answered `{one.name}`."
    return "" if estimate.spread else f"All answers to `{one.name}` are equal."
