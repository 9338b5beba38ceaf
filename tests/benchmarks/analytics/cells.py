"""Figures from cell tables: beside svy from the same answers, and at ten million people beside a hundred thousand.

`from the answers` counts the respondents, rakes the cells and makes 480 estimates with their standard errors; at 1,000
people there are hardly fewer cells than people, so only the larger size has a goal. `after the grouped query` starts
from the table that a database would have counted: its cost must hardly grow with people. That table is drawn cell by
cell, so that ten million people need no memory."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from harness import Bench, Row, median_cpu
from population import SIZES, Sampled, sampled

from analytics.arrays import FloatArray
from analytics.cells import estimates, measures, tabulate
from analytics.cells.measures import Measure
from analytics.cells.table import AnswerRow, CellSums, CellTable, Grouping
from analytics.cells.weigh import weigh
from analytics.estimates.estimate import Estimate
from analytics.weights.codes import Coded
from analytics.weights.frame import Margin

ITEMS = 40
BY = "province"
STANDARD = 52
LEVELS = {"sex_age": 14, "province": 12, "education": 4}
SCALE = (1.0, 2.0, 3.0, 4.0, 5.0)
ANSWERS = (0.1, 0.15, 0.3, 0.3, 0.15)


def rows(bench: Bench) -> Iterator[Row]:
    for n in (1000,) if bench.short else (1000, 100_000):
        yield from _beside_svy(bench, n)
    yield from _growth(bench, 100_000, 10_000_000)


def _beside_svy(bench: Bench, n: int) -> Iterator[Row]:
    people = sampled(n, seed=n)
    items = [f"y{j}" for j in range(ITEMS)]
    y = np.random.default_rng(n).choice(SCALE, size=(n, ITEMS), p=ANSWERS)
    name = "40 items x 12 groups by cells, from the answers"
    try:
        import svy
    except ImportError:
        yield bench.row(
            name, n=n, ours=median_cpu(lambda: _ours(people, y, items)), peer=None, peer_name="svy (missing)"
        )
        return
    columns = dict(zip(items, y.T, strict=True))
    frame, controls = people.frame(**columns), people.controls()

    def theirs() -> Any:
        raked = svy.Sample(frame, svy.Design(wgt="w")).weighting.rake(controls=controls, tol=1e-10)
        return raked.estimation.mean(items, by=BY)

    _check(theirs(), _ours(people, y, items))
    yield bench.compare(
        name,
        n=n,
        ours=lambda: _ours(people, y, items),
        peer=theirs,
        peer_name=f"svy {svy.__version__}",
        goal=100 if n > 1000 else None,
        note="counting, raking, estimates",
    )


def _ours(people: Sampled, y: FloatArray, items: Sequence[str]) -> tuple[tuple[Estimate, ...], ...]:
    """Start weights all differ and nothing is trimmed, so people of different weights share a cell."""
    coded = dict(zip(SIZES, people.coded, strict=True))
    table = tabulate.from_arrays(coded=coded, base_weights=people.weights, questions=items, answers=y, by_weight=False)
    weighting = weigh(table, people.margins, trim_low=None, trim_high=None)
    by = Grouping(labels=people.margins[list(SIZES).index(BY)].levels, codes=table.coded[BY].codes)
    return estimates.estimate(table, weighting.design, measures.every_mean(table), by=by).estimates()


def _check(theirs: list[Any], ours: tuple[tuple[Estimate, ...], ...]) -> None:
    """Equal values; standard errors within what the two conventions differ."""
    table = theirs[0].to_polars()
    for level, value, se in zip(table[BY], table["est"], table["se"], strict=True):
        mine = ours[0][int(str(level).removeprefix(BY))]
        assert mine.value is not None
        assert mine.se is not None
        assert abs(value - mine.value) < 1e-6
        assert abs(se / mine.se - 1) < 0.1


def _growth(bench: Bench, few: int, many: int) -> Iterator[Row]:
    """The same analysis of two tables that differ in people only."""
    yield from _twice(bench, "40 items x 12 groups", ITEMS, ("province",), few, many)
    if not bench.short:
        subgroups = ("", "sex", "age", "school", "part", "skill", "touched")
        yield from _twice(bench, "52 items x 6 subgroups, all shares", STANDARD, subgroups, few, many)


def _twice(bench: Bench, name: str, items: int, groupings: Sequence[str], few: int, many: int) -> Iterator[Row]:
    small, large = _counted(few, items), _counted(many, items)
    made = _analysed(small, groupings)
    before = median_cpu(lambda: _analysed(small, groupings), 3)
    after = median_cpu(lambda: _analysed(large, groupings), 3)
    name = f"{name}, after the grouped query"
    note = "{} cells, {} counts, {} estimates"
    sizes = [(table.size, table.answers.n.size, made) for table, _ in (small, large)]
    yield bench.row(name, n=few, ours=before, peer=None, peer_name="", note=note.format(*sizes[0]))
    yield bench.limit(name, n=many, ours=after, at_most=2 * before, note=note.format(*sizes[1]))


def _analysed(counted: tuple[CellTable, tuple[Margin, ...]], groupings: Sequence[str]) -> int:
    """Raking with limits, then every mean, share and top two by every grouping; how many estimates were made."""
    table, margins = counted
    weighting = weigh(table, margins)
    if len(groupings) == 1:
        asked: list[Measure] = list(measures.every_mean(table))
    else:
        asked = [
            *measures.every_mean(table),
            *measures.every_share(table),
            *(measures.share(key, SCALE[-2:]) for key in table.answers.questions),
        ]
    ready = estimates.prepare(table, asked)
    made = 0
    for key in groupings:
        by = table.groups[key] if key else None
        made += sum(map(len, estimates.estimate(table, weighting.design, ready, by=by).estimates()))
    return made


def _counted(n: int, items: int) -> tuple[CellTable, tuple[Margin, ...]]:
    """A table of `n` people in every combination of profile, base weight (3) and two background answers."""
    rng = np.random.default_rng(1)
    shape = (*LEVELS.values(), 3, 2, 2)
    targets = [rng.dirichlet(np.full(size, 40.0)) for size in LEVELS.values()]
    leans = [target * np.exp(rng.uniform(-0.3, 0.3, target.size)) for target in targets]
    chance = leans[0][:, None, None] * leans[1][None, :, None] * leans[2][None, None, :]
    chance = (chance[..., None] * np.full(12, 1 / 12)).ravel()
    people = rng.multinomial(n, chance / chance.sum()).astype(np.float64)
    cells = np.flatnonzero(people)
    people = people[cells]
    sex_age, province, education, weight, skill, touched = np.unravel_index(cells, shape)
    unit = np.array([2.0, 2.5, 4.0])[weight]
    codes = dict(zip(LEVELS, (sex_age, province, education), strict=True))
    groups = {
        "province": (12, province),
        "sex": (2, sex_age // 7),
        "age": (3, sex_age % 7 // 3),
        "school": (4, education),
        "part": (4, province // 3),
        "skill": (2, skill),
        "touched": (2, touched),
    }
    table = tabulate.from_rows(
        coded={key: Coded(codes=codes[key], patterns=np.eye(size)) for key, size in LEVELS.items()},
        groups={
            key: Grouping(labels=tuple(map(str, range(size))), codes=own.astype(np.int64))
            for key, (size, own) in groups.items()
        },
        sums=CellSums(n=people, d=people * unit, d2=people * unit**2),
        answers=list(_drawn(rng, people, unit, items)),
    )
    margins = tuple(
        Margin(key=key, levels=tuple(map(str, range(size))), shares=tuple((target / target.sum()).tolist()))
        for (key, size), target in zip(LEVELS.items(), targets, strict=True)
    )
    return table, margins


def _drawn(rng: np.random.Generator, people: FloatArray, unit: FloatArray, items: int) -> Iterator[AnswerRow]:
    for item in range(items):
        given = rng.multinomial(people.astype(np.int64), ANSWERS).astype(np.float64)
        for code, counts in zip(SCALE, given.T, strict=True):
            cells = np.flatnonzero(counts)
            n, u = counts[cells], unit[cells]
            yield AnswerRow(question=f"Q{item}", code=code, cells=cells, n=n, d=n * u, d2=n * u * u)
