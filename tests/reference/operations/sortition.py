"""Instances of panel selection: a folder with `pool.csv` or `pool.csv.gz`, `quotas.csv`, `meta.json`, `expected.json`.

Every key of `expected.json` is one case. Chances are compared to 1e-6. A leximin target is settled level by level, and
a reference that lost 1e-9 on each of many people at a low level gives what it saved to the few at a high one. So at a
level that few people share, what counts is the sum of their chances: to 1e-7 of the panel."""

import csv
import functools
import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from analytics.arrays import FloatArray
from panels.errors import DraftImpossible
from panels.sortition import draw, infeasible, maximin, reach, targets, types
from panels.sortition.model import Draft, Person, Quota, Target, Types

CLOSE = 1e-6
SHARED = 1e-7
REALISED = 1e-5
"""For chances of a lottery rather than of a target."""
FIVE_DIGITS = 1.5e-5
"""For what is printed with five decimals."""
LOOSE = 2e-4
"""For the lowest and highest chance of a Nash target, which hardly move its objective."""
DESCRIPTIONS = frozenset({"name", "note", "source"})
PANELS = 200

Solvable = Literal["leximin", "maximin"]


class Instance:
    """One folder, with what was computed from it so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.expected: dict[str, Any] = json.loads((folder / "expected.json").read_text())
        self.draft = read(folder)

    @functools.cached_property
    def types(self) -> Types:
        return types.group(self.draft)

    @functools.cache  # noqa: B019  an instance lives as long as its run
    def target(self, algorithm: Literal["leximin", "nash"]) -> Target:
        return targets.find(self.types, algorithm)

    @functools.cache  # noqa: B019
    def solved(self, algorithm: Solvable) -> draw.Solved:
        return draw.solve(self.draft, algorithm=algorithm, seed=1, panels=PANELS)

    def chances(self, algorithm: Literal["leximin", "nash"]) -> FloatArray:
        """Per person of the pool who can be on a panel, ascending."""
        target = self.target(algorithm)
        per_type = target.expected / self.types.counts
        return np.sort(np.repeat(per_type[~target.unreachable], self.types.counts[~target.unreachable]))


def folders(root: Path) -> list[Path]:
    """Every instance at or under `root`, in name order."""
    return sorted(path.parent for path in root.rglob("quotas.csv") if (path.parent / "expected.json").is_file())


def read(folder: Path) -> Draft:
    """The draft of one folder."""
    meta = json.loads((folder / "meta.json").read_text())
    quotas = tuple(
        Quota(feature=row["feature"], value=row["value"], minimum=int(row["min"]), maximum=int(row["max"]))
        for row in _rows(folder / "quotas.csv")
    )
    features = {quota.feature for quota in quotas}
    packed = folder / "pool.csv.gz"
    people = tuple(
        Person(id=row["id"], features={name: row[name] for name in features}, household=row.get("address", ""))
        for row in _rows(packed if packed.is_file() else folder / "pool.csv")
    )
    return Draft(
        people=people, quotas=quotas, size=meta["panel_size"], one_per_household=meta.get("household_constraint", False)
    )


def _rows(file: Path) -> list[dict[str, str]]:
    packed = file.read_bytes()
    text = (gzip.decompress(packed) if file.suffix == ".gz" else packed).decode("utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


def cases(instance: Instance) -> Iterator[tuple[str, Callable[[], Iterator[str]] | None]]:
    """Name of every case of an instance, with what yields a line for each thing that is off; None: not covered."""
    for key, expected in instance.expected.items():
        if key not in DESCRIPTIONS:
            check = CHECKS.get(key)
            yield key, functools.partial(check, instance, expected) if check else None
    for name, check in FILES.items():
        if (instance.folder / name).is_file():
            yield name, functools.partial(check, instance, _rows(instance.folder / name))


def _close(name: str, got: float, expected: float, tolerance: float = CLOSE) -> Iterator[str]:
    if not abs(got - expected) <= tolerance:
        yield f"  {name}: got {got!r}, expected {expected!r}"


def _tolerance(instance: Instance, expected: FloatArray) -> FloatArray:
    """How far each chance may be off: 1e-6, or 1e-7 of the panel shared by the people who are expected at its level."""
    _, level, people = np.unique(expected.round(6), return_inverse=True, return_counts=True)
    return np.maximum(CLOSE, SHARED * instance.draft.size / people[level])


def _lp_bound(instance: Instance, expected: dict[str, Any] | float) -> Iterator[str]:
    bounds = expected if isinstance(expected, dict) else {"maximin": expected}
    if "maximin" in bounds:
        yield from _close("maximin", maximin.bound(instance.types), bounds["maximin"])
    if "leximin_levels" in bounds:
        yield from _levels(instance, bounds["leximin_levels"])
    chances = instance.chances("leximin")
    top = _tolerance(instance, chances)[-1]
    yield from _statistics(chances, bounds, {"min_p": CLOSE, "max_p": top})


def _levels(instance: Instance, expected: list[tuple[float, int]]) -> Iterator[str]:
    wanted = np.repeat(*(np.array(column) for column in zip(*expected, strict=True)))
    chances = instance.chances("leximin")
    if chances.size != wanted.size or (np.abs(chances - wanted) > _tolerance(instance, wanted)).any():
        yield f"  leximin_levels: got {instance.target('leximin').levels}, expected {expected}"


def _nash_bound(instance: Instance, expected: dict[str, Any]) -> Iterator[str]:
    yield from _statistics(instance.chances("nash"), expected, {"min_p": LOOSE, "max_p": LOOSE})


def _statistics(chances: FloatArray, expected: dict[str, Any], tolerances: dict[str, float]) -> Iterator[str]:
    """Those of the lowest and highest chance, Gini coefficient and geometric mean that are expected."""
    got = {
        "min_p": float(chances[0]),
        "max_p": float(chances[-1]),
        "gini": _gini(chances),
        "geo": float(np.exp(np.log(chances).mean())),
    }
    allowed = {"gini": FIVE_DIGITS, "geo": CLOSE, **tolerances}
    for name in got.keys() & expected.keys():
        yield from _close(name, got[name], expected[name], allowed[name])


def _gini(ascending: FloatArray) -> float:
    n = ascending.size
    return float(2 * (np.arange(1, n + 1) @ ascending) / (n * ascending.sum()) - (n + 1) / n)


def _uniform_bound(instance: Instance, expected: float) -> Iterator[str]:
    got = np.floor(1000 * maximin.bound(instance.types) + 1e-9) / 1000
    yield from _close("bound of a lottery over 1000 panels", float(got), expected)


def _feasible(instance: Instance, expected: bool) -> Iterator[str]:
    found = infeasible.explain(instance.draft, instance.types)
    yield from _same("feasible", found.possible, expected)
    if not expected and not (found.conflicts or found.supply.shortages or found.supply.sums):
        yield "  feasible: no panel exists, and nothing explains why"


def _relaxation_feasible(instance: Instance, expected: bool) -> Iterator[str]:
    try:
        maximin.bound(instance.types)
    except DraftImpossible:
        yield from _same("lp_relaxation_feasible", False, expected)
    else:
        yield from _same("lp_relaxation_feasible", True, expected)


def _relaxation(instance: Instance, expected: dict[str, Any]) -> Iterator[str]:
    found = infeasible.explain(instance.draft, instance.types).smallest
    units = None if found is None else found.units
    yield from _same("relaxation/min_total_units", units, expected["min_total_units"])


def _exact_maximin(instance: Instance, expected: float) -> Iterator[str]:
    solved = instance.solved("maximin")
    yield from _same("maximin/exact", solved.lottery.exact, True)
    yield from _close("maximin", solved.chances.minimum, expected, REALISED)


def _attained(instance: Instance, expected: bool) -> Iterator[str]:
    got = instance.solved("maximin").chances.minimum > maximin.bound(instance.types) - CLOSE
    yield from _same("lp_bound_attained", got, expected)


def _unreachable(instance: Instance, expected: Sequence[str] | int) -> Iterator[str]:
    yield from _people("unreachable_people", instance.solved("leximin").chances.never, expected)


def _forced(instance: Instance, expected: Sequence[str] | int) -> Iterator[str]:
    always = np.append(reach.exact(instance.types).always, False)[instance.types.type_of]
    forced = [person.id for person, on in zip(instance.draft.people, always, strict=True) if on]
    yield from _people("forced_people", forced, expected)
    missing = set(forced) - set(instance.solved("leximin").chances.always)
    yield from _same("forced people missing from the draw", missing, set())


def _people(name: str, got: Sequence[str], expected: Sequence[str] | int) -> Iterator[str]:
    if isinstance(expected, int):
        yield from _same(name, len(got), expected)
    else:
        yield from _same(name, sorted(got), sorted(expected))


def _household(instance: Instance, expected: bool) -> Iterator[str]:
    """The rule is on where it should be, and no panel that can be drawn breaks it."""
    yield from _same("household_constraint", instance.draft.one_per_household, expected)
    if not expected:
        return
    home = {person.id: person.household or person.id for person in instance.draft.people}
    for panel in instance.solved("leximin").seats:
        if len({home[one] for one in panel}) < len(panel):
            yield f"  household_constraint: two people of one address in {panel}"
            return


def _statistic(name: str) -> Callable[[Instance, float], Iterator[str]]:
    def check(instance: Instance, expected: float) -> Iterator[str]:
        yield from _close(name, getattr(instance.solved("leximin").chances, name), expected, FIVE_DIGITS)

    return check


def _solved(instance: Instance, expected: dict[str, Any]) -> Iterator[str]:
    """What a run of the whole draw gave."""
    solved = instance.solved("leximin")
    yield from _same("solved/realised", solved.lottery.exact, expected["realised"])
    yield from _close("solved/maximin", solved.chances.minimum, expected["maximin"], REALISED)
    chances = np.sort(solved.chances.p)
    tolerances = dict.fromkeys(("min_p", "max_p", "geo"), REALISED)
    yield from _statistics(chances, expected.get("stats", {}), tolerances)


def _target_by_person(instance: Instance, rows: list[dict[str, str]]) -> Iterator[str]:
    chance = np.append(instance.target("leximin").expected / instance.types.counts, 0.0)[instance.types.type_of]
    ids = [person.id for person in instance.draft.people]
    expected = np.array([float(row["p"]) for row in rows])
    yield from _by_person(dict(zip(ids, chance.tolist(), strict=True)), rows, _tolerance(instance, expected))


def _lottery_by_person(instance: Instance, rows: list[dict[str, str]]) -> Iterator[str]:
    solved = instance.solved("leximin")
    got = dict(zip(solved.people, solved.chances.p.tolist(), strict=True))
    yield from _by_person(got, rows, np.full(len(rows), REALISED))


def _by_person(got: dict[str, float], rows: list[dict[str, str]], tolerance: FloatArray) -> Iterator[str]:
    off = np.array([abs(got.get(row["id"], -1.0) - float(row["p"])) for row in rows]) - tolerance
    if (off > 0).any():
        worst = rows[int(off.argmax())]
        expected, number = float(worst["p"]), int((off > 0).sum())
        yield f"  p of {worst['id']}: got {got.get(worst['id'])!r}, expected {expected!r}; {number} people are off"


def _same(name: str, got: object, expected: object) -> Iterator[str]:
    if got != expected:
        yield f"  {name}: got {got!r}, expected {expected!r}"


CHECKS: dict[str, Callable[[Instance, Any], Iterator[str]]] = {
    "pool_size": lambda instance, expected: _same("pool_size", len(instance.draft.people), expected),
    "panel_size": lambda instance, expected: _same("panel_size", instance.draft.size, expected),
    "household_constraint": _household,
    "distinct_types": lambda instance, expected: _same("distinct_types", instance.types.counts.size, expected),
    "lp_bound": _lp_bound,
    "nash_bound": _nash_bound,
    "uniform_lottery_1000_min_p_bound": _uniform_bound,
    "feasible": _feasible,
    "lp_relaxation_feasible": _relaxation_feasible,
    "relaxation": _relaxation,
    "maximin": _exact_maximin,
    "lp_bound_attained": _attained,
    "unreachable_people": _unreachable,
    "forced_people": _forced,
    "leximin_min_p": _statistic("minimum"),
    "leximin_gini": _statistic("gini"),
    "leximin_geo_mean": _statistic("geometric_mean"),
    "leximin_max_p": _statistic("maximum"),
    "solved": _solved,
}
"""By key of `expected.json`."""

FILES: dict[str, Callable[[Instance, list[dict[str, str]]], Iterator[str]]] = {
    "leximin_lp_p.csv": _target_by_person,
    "leximin_p.csv": _lottery_by_person,
}
"""By file beside it."""
