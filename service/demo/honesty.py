"""Does the method keep its promises? Panel, draw and answering repeated many times on a population whose truth is
known.

One repetition: people join the panel with the bias of the world, a stratified draw invites part of them, some answer,
and the same functions that weight and estimate a real audit do so here. Everybody answers carefully, so that what is
seen is the error of who took part and nothing else. Draws are a small part of the population, and variances treat
them as with replacement.

Run `python -m service.demo.honesty` for one run and the coverage in both worlds, and for a control world in which what
nobody weights on works twice as strongly on opinions and on willingness alike.
"""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import resources

import msgspec
import numpy as np
from samenspraak.types.margins import MarginSet

from analytics.arrays import FloatArray, IntArray
from analytics.designs.design import Design
from analytics.estimates.estimate import Estimate, means, proportions
from analytics.estimates.interval import Interval
from analytics.representation import sensitivity
from analytics.weights.codes import Coded
from analytics.weights.frame import Margin, margins_of
from analytics.weights.weigh import weigh_coded
from panels.margins.sets import parse
from service.demo.opinions import Figure, key_figures
from service.demo.population import WORLDS, Population, World, simulate

DIMENSIONS = ("sex_age", "province", "education")
FINISHES = 0.94
"""Of those who open an invitation: neither declining nor breaking off for good."""


class Fieldwork(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes of one audit."""

    population: int = 200_000
    panel: int = 4000
    invited: int = 1900


SEED = 2026
"""Of the printed runs, here and in the demonstration, so that both print the same."""

AUDIT = Fieldwork()
"""About a thousand completes, as a common audit has."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of one run beside the truth."""

    figure: Figure
    truth: float
    raw: float
    weighted: float
    interval: Interval
    band: Interval
    n: int
    n_eff: float
    kish_n_eff: float

    @property
    def covered(self) -> bool:
        return self.interval.lower <= self.truth <= self.interval.upper

    @property
    def held(self) -> bool:
        return self.band.lower <= self.truth <= self.band.upper


class FigureScore(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to one figure over all repetitions."""

    figure: Figure
    truth: float
    coverage: float
    """Share of plain intervals that hold the truth."""
    band_coverage: float
    raw_error: float
    """Mean absolute error without weighting."""
    weighted_error: float
    expected_hits: float
    """Mean of n_eff x p for a share (n_eff for a mean): how many effective people the figure rests on."""


class Score(msgspec.Struct, frozen=True, kw_only=True):
    world: World
    repetitions: int
    mean_n: float
    figures: tuple[FigureScore, ...]

    @property
    def raw_error(self) -> float:
        """Mean over the figures of the absolute error, in standard deviations of an answer."""
        return float(np.mean([f.raw_error for f in self.figures]))

    @property
    def weighted_error(self) -> float:
        return float(np.mean([f.weighted_error for f in self.figures]))


class Field:
    """A population ready to be surveyed again and again."""

    def __init__(self, population: Population, margins: Sequence[Margin], figures: Sequence[Figure]) -> None:
        self.population, self.margins, self.figures = population, tuple(margins), tuple(figures)
        self.scores = np.column_stack([population.scored(figure) for figure in figures])
        self.is_share = np.array([figure.is_share for figure in figures])
        self.truth = np.array([population.truth(figure.key) for figure in figures])
        self.spread = np.nanstd(self.scores, axis=0)
        self._eyes = {margin.key: np.eye(len(margin.levels)) for margin in margins}

    def survey(self, rng: np.random.Generator, sizes: Fieldwork) -> tuple[IntArray, FloatArray]:
        """Who completes one audit, and the chance each had of being drawn from the panel."""
        panel = self.population.sample_panel(sizes.panel, rng)
        shares = np.asarray(next(m.shares for m in self.margins if m.key == "sex_age"))
        chosen, chance = draw(self.population.sex_age[panel], shares, sizes.invited, rng)
        people = panel[chosen]
        completes = rng.random(people.size) < self.population.respond[people] * FINISHES
        return people[completes], chance[completes]

    def estimate(self, people: IntArray, chance: FloatArray) -> tuple[Estimate, ...]:
        """The key figures as an audit of these people reports them."""
        arrays = {key: getattr(self.population, key)[people] for key in self._eyes}
        coded = [Coded(codes=arrays[m.key], patterns=self._eyes[m.key]) for m in self.margins]
        design = weigh_coded(coded, self.margins, start_weights=1 / chance).design
        return self._figures(self.scores[people], design)

    def _figures(self, answers: FloatArray, design: Design) -> tuple[Estimate, ...]:
        shares = iter(proportions(answers[:, self.is_share], design))
        averages = iter(means(answers[:, ~self.is_share], design))
        return tuple(next(shares) if share else next(averages) for share in self.is_share)


def draw(strata: IntArray, shares: FloatArray, places: int, rng: np.random.Generator) -> tuple[IntArray, FloatArray]:
    """A stratified simple random draw, proportional to the population; full strata pass their places on."""
    available = np.bincount(strata, minlength=shares.size)
    taken = _allocate(available, shares, places)
    order = np.lexsort((rng.random(strata.size), strata))
    place = np.arange(strata.size) - np.repeat(np.cumsum(available) - available, available)
    chosen = order[place < taken[strata[order]]]
    return chosen.astype(np.int64), (taken / np.maximum(available, 1))[strata[chosen]]


def _allocate(available: IntArray, shares: FloatArray, places: int) -> IntArray:
    taken = np.zeros_like(available)
    left = min(places, int(available.sum()))
    while left > 0:
        room = taken < available
        wanted = shares * room / (shares * room).sum() * left
        floor = np.floor(wanted).astype(np.int64)
        floor[np.argsort(-(wanted - floor), kind="stable")[: left - int(floor.sum())]] += 1
        taken = np.minimum(taken + floor, available)
        left = min(places, int(available.sum())) - int(taken.sum())
    return taken


def run_once(field: Field, rng: np.random.Generator, sizes: Fieldwork = AUDIT) -> tuple[Row, ...]:
    """One audit, each figure beside the truth."""
    estimates = field.estimate(*field.survey(rng, sizes))
    term = sensitivity.measure(estimates)
    return tuple(
        _row(figure, float(truth), found, term)
        for figure, truth, found in zip(field.figures, field.truth, estimates, strict=True)
    )


def _row(figure: Figure, truth: float, found: Estimate, term: sensitivity.BiasTerm) -> Row:
    band = sensitivity.band(found, term)
    assert found.value is not None
    assert found.unweighted is not None
    assert found.interval is not None
    assert band is not None
    return Row(
        figure=figure,
        truth=truth,
        raw=found.unweighted,
        weighted=found.value,
        interval=found.interval,
        band=band,
        n=found.n,
        n_eff=found.n / found.deff if found.deff else found.n_eff,
        kish_n_eff=found.n_eff,
    )


def repeat(field: Field, repetitions: int, rng: np.random.Generator, sizes: Fieldwork = AUDIT) -> Score:
    """Survey the population `repetitions` times and count how often the truth was held."""
    rows = [run_once(field, rng, sizes) for _ in range(repetitions)]
    return Score(
        world=field.population.world,
        repetitions=repetitions,
        mean_n=float(np.mean([run[0].n for run in rows])),
        figures=tuple(
            _score(figure, float(field.spread[j]), [run[j] for run in rows]) for j, figure in enumerate(field.figures)
        ),
    )


def _score(figure: Figure, spread: float, rows: Sequence[Row]) -> FigureScore:
    truth = rows[0].truth
    smaller = min(truth, 1 - truth) if figure.is_share else 1.0
    return FigureScore(
        figure=figure,
        truth=truth,
        coverage=float(np.mean([row.covered for row in rows])),
        band_coverage=float(np.mean([row.held for row in rows])),
        raw_error=float(np.mean([abs(row.raw - truth) for row in rows])) / spread,
        weighted_error=float(np.mean([abs(row.weighted - truth) for row in rows])) / spread,
        expected_hits=float(np.mean([row.kish_n_eff for row in rows])) * smaller,
    )


def prepare(margins: MarginSet, world: World, *, seed: int, sizes: Fieldwork = AUDIT, hidden: float = 1.0) -> Field:
    """A population of one world with everything needed to survey it."""
    population = simulate(margins, size=sizes.population, seed=seed, world=world, hidden=hidden)
    return Field(population, margins_of(margins, DIMENSIONS), key_figures())


def both_worlds(margins: MarginSet, *, seed: int, sizes: Fieldwork = AUDIT) -> dict[World, tuple[Row, ...]]:
    """One audit in each world: what a report would say, beside the truth it does not know."""
    return {
        world: run_once(prepare(margins, world, seed=seed, sizes=sizes), np.random.default_rng([seed, 2]), sizes)
        for world in WORLDS
    }


RUN_HEADER = ("figure", "truth", "raw", "weighted", "interval", "holds", "sensitivity band", "holds")


def run_lines(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """A run as lines of a table, under `RUN_HEADER`."""
    return [
        (
            f"{row.figure.key} {row.figure.label}",
            _number(row.figure, row.truth),
            _number(row.figure, row.raw),
            _number(row.figure, row.weighted),
            _span(row.figure, row.interval),
            "yes" if row.covered else "NO",
            _span(row.figure, row.band),
            "yes" if row.held else "NO",
        )
        for row in rows
    ]


SCORE_HEADER = ("figure", "truth", "interval holds", "band holds", "raw error", "weighted error")


def score_lines(score: Score) -> list[tuple[str, ...]]:
    """Coverage and errors (in standard deviations of an answer) as lines of a table, under `SCORE_HEADER`."""
    return [
        (
            f"{f.figure.key} {f.figure.label}",
            _number(f.figure, f.truth),
            f"{100 * f.coverage:.1f} %",
            f"{100 * f.band_coverage:.1f} %",
            f"{f.raw_error:.3f}",
            f"{f.weighted_error:.3f}",
        )
        for f in score.figures
    ]


def _number(figure: Figure, value: float) -> str:
    return f"{100 * value:.1f} %" if figure.is_share else f"{value:.2f}"


def _span(figure: Figure, interval: Interval) -> str:
    return f"{_number(figure, interval.lower)} - {_number(figure, interval.upper)}"


def table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Plain text: first column left, the others right."""
    widths = [max(len(line[i]) for line in (header, *lines)) for i in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in (header, *lines)
    )


def default_margins() -> MarginSet:
    """The margins that ship with the service."""
    text = (resources.files("panels") / "data" / "nl_weighting_default.csv").read_text(encoding="utf-8")
    return parse(text, name="default", now=datetime(2026, 1, 1, tzinfo=UTC), id="default")


def main(repetitions: int = 2000, seed: int = SEED) -> int:
    """Print one run and the coverage of both worlds, then the control."""
    margins, out = default_margins(), sys.stdout
    for world, rows in both_worlds(margins, seed=seed).items():
        out.write(f"\nOne audit in the {world} world\n{table(RUN_HEADER, run_lines(rows))}\n")
    for world, hidden in ((WORLDS[0], 1.0), (WORLDS[1], 1.0), (WORLDS[1], 2.0)):
        times = repetitions if hidden == 1.0 else max(repetitions // 10, 1)
        score = repeat(prepare(margins, world, seed=seed, hidden=hidden), times, np.random.default_rng([seed, 3]))
        title = f"{score.repetitions} audits in the {world} world"
        title += f", hidden selection {hidden:g} times as strong (control)" if hidden != 1.0 else ""
        out.write(f"\n{title}, {score.mean_n:.0f} completes on average\n{table(SCORE_HEADER, score_lines(score))}\n")
        out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
