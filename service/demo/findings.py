"""The honesty check: what the report says beside what is true, which only the simulation knows."""

import numpy as np
from samenspraak.types.estimate import Estimate, Interval
from samenspraak.types.margins import MarginSet
from samenspraak.types.report import Report

from service.demo import honesty
from service.demo.console import Console
from service.demo.opinions import FIGURES
from service.demo.population import Population

_HEADER = ("figure", "truth", "raw", "weighted", "interval", "holds", "sensitivity band", "holds")
_TOP_TWO = (4, 5)
_VOTES_FOR = (1, 2)
_CONCERNS = {"privacy": "CN_PRIV", "discrimination": "CN_DISC", "errors": "CN_ERR"}
"""Codes of the concern ranking -> question keys, for the three that are followed."""


def show(report: Report, population: Population, console: Console) -> None:
    """Ten key figures of this very audit beside the population's own."""
    console.chapter(f"Honesty check: this audit beside the truth ({population.world} world)")
    rows = [
        line for key, estimate in _headlines(report).items() if (line := _line(key, estimate, population)) is not None
    ]
    console.table(_HEADER, rows)
    held = sum(row[5] == "yes" for row in rows)
    banded = sum(row[7] == "yes" for row in rows)
    console.step(f"{held} of {len(rows)} intervals and {banded} of {len(rows)} sensitivity bands hold the truth")
    console.step(report.risk.nl)


def show_both_worlds(margins: MarginSet, console: Console) -> None:
    """One more audit in each world, without HTTP: the panel, the draw and the answers, weighted by the same code."""
    for world, rows in honesty.both_worlds(margins, seed=honesty.SEED).items():
        console.chapter(f"One audit in the {world} world")
        console.table(honesty.RUN_HEADER, honesty.run_lines(rows))
    console.step("how often this holds over thousands of audits: make honesty")


def _headlines(report: Report) -> dict[str, Estimate]:
    found: dict[str, Estimate] = {}
    for figure in (*report.value, *report.use, *report.other, *((report.vote_item,) if report.vote_item else ())):
        if figure.key in FIGURES and figure.headline is not None:
            found[figure.key] = figure.headline
    for ranked in report.concerns:
        if ranked.code in _CONCERNS:
            found[_CONCERNS[ranked.code]] = ranked.share
    return {key: found[key] for key in FIGURES if key in found}


def _line(key: str, estimate: Estimate, population: Population) -> tuple[str, ...] | None:
    if estimate.value is None or estimate.interval is None:
        return None
    is_share = estimate.interval.method != "t"
    truth = _truth(key, population, is_share)
    band = estimate.sensitivity or estimate.interval
    return (
        f"{key} {FIGURES[key].label if key != 'PV_BAL' else 'sees more benefits than drawbacks'}",
        _number(truth, is_share),
        _number(estimate.unweighted, is_share),
        _number(estimate.value, is_share),
        _span(estimate.interval, is_share),
        _holds(estimate.interval, truth),
        _span(band, is_share),
        _holds(band, truth),
    )


def _truth(key: str, population: Population, is_share: bool) -> float:
    """The population's figure in the terms of the report: top two of the scale, votes for, or the mean."""
    answers = population.values(key)
    valid = answers[answers < 97]
    if not is_share:
        return float(valid.mean())
    return float(np.isin(valid, _VOTES_FOR if key == "VT_MAIN" else _TOP_TWO).mean())


def _holds(interval: Interval, truth: float) -> str:
    return "yes" if interval.lower <= truth <= interval.upper else "NO"


def _number(value: float | None, is_share: bool) -> str:
    if value is None:
        return "-"
    return f"{100 * value:.1f} %" if is_share else f"{value:.2f}"


def _span(interval: Interval, is_share: bool) -> str:
    return f"{_number(interval.lower, is_share)} - {_number(interval.upper, is_share)}"
