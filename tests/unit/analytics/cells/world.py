"""A made-up survey, as respondents' arrays and as cell tables: partial knowledge, unequal base weights, don't know."""

from collections.abc import Mapping

import msgspec
import numpy as np

from analytics.arrays import FloatArray
from analytics.cells import tabulate
from analytics.cells.table import CellTable, Grouping, Listed
from analytics.weights.codes import Cells, Coded, code_partial
from analytics.weights.frame import Margin

LEVELS = {"sex_age": 6, "region": 5, "school": 3}
DONT_KNOW = 98.0
OPTIONS = (1.0, 2.0, 5.0, 7.0)


class World(msgspec.Struct, frozen=True, kw_only=True):
    """n people."""

    coded: dict[str, Coded]
    margins: tuple[Margin, ...]
    base_weights: FloatArray
    answers: dict[str, FloatArray]
    lists: dict[str, Listed]
    groups: dict[str, Grouping]

    @property
    def n(self) -> int:
        return int(self.base_weights.size)

    def matrix(self) -> FloatArray:
        return np.column_stack(list(self.answers.values()))

    def table(
        self, *, by_weight: bool = True, crosses: tuple[tuple[str, str], ...] = (), strata: Grouping | None = None
    ) -> CellTable:
        return tabulate.from_arrays(
            coded=self.coded,
            base_weights=self.base_weights,
            questions=tuple(self.answers),
            answers=self.matrix(),
            lists=self.lists,
            groups=self.split(strata),
            crosses=crosses,
            by_weight=by_weight,
        )

    def cells(self, *, by_weight: bool = True, strata: Grouping | None = None) -> Cells:
        return tabulate.number(self.coded, self.base_weights, self.split(strata), by_weight=by_weight)

    def split(self, strata: Grouping | None) -> Mapping[str, Grouping]:
        return self.groups if strata is None else {**self.groups, "stratum": strata}


def world(n: int = 800, seed: int = 3, *, weights: tuple[float, ...] = (1.0, 1.6, 4.0)) -> World:
    """A skewed sample. `COPY` repeats a weighting dimension; everybody answers `SAME` alike, nobody answers `NONE`."""
    rng = np.random.default_rng(seed)
    coded, margins = {}, []
    for key, size in LEVELS.items():
        levels = tuple(f"{key}{i}" for i in range(size))
        target = rng.dirichlet(np.full(size, 30.0))
        sample = rng.dirichlet(np.full(size, 30.0))
        known = [levels[i] for i in rng.choice(size, n, p=sample)]
        values = [
            None if chance < 0.03 else (level, levels[0]) if chance < 0.08 else level
            for level, chance in zip(known, rng.random(n), strict=True)
        ]
        coded[key] = code_partial(values, levels, target.tolist())
        margins.append(Margin(key=key, levels=levels, shares=tuple((target / target.sum()).tolist())))
    lean = 0.5 * (coded["school"].codes % 3) + 0.2 * (coded["region"].codes % 5) + rng.normal(0, 1, n)
    answers = {f"Q{i}": np.clip(np.rint(3 + lean * 0.6 + rng.normal(0, 1, n)), 1, 5) for i in range(4)}
    answers["SCORE"] = np.rint(5 + 2 * lean + rng.normal(0, 1, n))
    answers["INDEX"] = (answers["Q0"] + answers["Q1"] + answers["Q2"]) / 3
    answers["EUROS"] = np.rint(np.exp(8 + lean))
    for given in answers.values():
        given[rng.random(n) < 0.06] = np.nan
    answers["Q0"][rng.random(n) < 0.1] = DONT_KNOW
    answers["COPY"] = np.where(coded["school"].codes < 3, coded["school"].codes, np.nan).astype(np.float64)
    answers["SAME"] = np.full(n, 2.0)
    answers["NONE"] = np.full(n, np.nan)
    hits = (rng.random((n, len(OPTIONS))) < (0.2, 0.5, 0.05, 0.7)).astype(np.float64)
    hits[rng.random(n) < 0.15] = np.nan
    arm = rng.integers(0, 2, n)
    flagged = (rng.random(n) < 0.1).astype(np.int64)
    return World(
        coded=coded,
        margins=tuple(margins),
        base_weights=rng.choice(np.array(weights), n),
        answers=answers,
        lists={"WHY": Listed(codes=OPTIONS, hits=hits)},
        groups={
            "arm": Grouping(labels=("a", "b"), codes=arm),
            "flagged": Grouping(labels=("no", "yes"), codes=flagged),
            "half": Grouping(labels=("x", "y", "empty"), codes=np.where(coded["region"].codes < 4, arm, -1)),
        },
    )
