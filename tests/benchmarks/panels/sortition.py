"""The draw of a panel: target, lottery and uniform panels, beside sortition-algorithms with HiGHS where it finishes.

Ours includes grouping, the target, its certificate and a verified lottery. `shortfall` is how far the lowest chance of
the lottery is below the bound that no lottery can pass, as part of that bound. The peer solves maximin and nash; its
leximin needs a solver that is sold. Beyond 500 people it does not finish in a reasonable time and is left out."""

import csv
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
from harness import Bench, Row, cpu, peak_mib

from panels.sortition import draw, faces, halving, integer, maximin, targets, types, uniform, verify, weighting
from panels.sortition.model import Algorithm, Draft, Lottery, Person, Quota, Target, Types

POOLS = Path(__file__).resolve().parent / "pools"
PEER = "sortition-algorithms 0.12.15"
LIMITS = {"nl_200_30": 3.0, "nl_hh_200_30": 3.0, "nl_500_50": 8.0, "nl_2000_100": 15.0, "nl_10000_400": 90.0}
BOUND_LIMITS = {"nl_500_50": 0.2, "nl_2000_100": 0.5, "nl_10000_400": 2.0}
PEER_GOALS: dict[str, dict[Algorithm, float | None]] = {
    "nl_200_30": {"maximin": None, "nash": None},
    "nl_500_50": {"maximin": 10.0, "nash": 20.0},
}
SHORT = ("nl_200_30", "nl_hh_200_30")


def rows(bench: Bench) -> Iterator[Row]:
    sizes = [name for name in LIMITS if not bench.short or name in SHORT]
    for name in sizes:
        yield from leximin(bench, name)
    if not bench.short:
        yield from largest(bench)
    for name in sizes:
        for algorithm, goal in PEER_GOALS.get(name, {}).items():
            yield from beside(bench, name, algorithm, goal)


def leximin(bench: Bench, name: str) -> Iterator[Row]:
    """Speed, shortfall, memory and the uniform lottery of one pool."""
    draft = read(name)
    n = len(draft.people)
    seconds, (grouped, target, lottery) = timed(lambda: solved(draft, "leximin"))
    peak = peak_mib()
    chance = lowest(grouped, lottery)
    note = f"{len(lottery.weights)} panels, {grouped.counts.size} types, exact: {lottery.exact}"
    yield bench.limit(f"leximin {name[3:]}", n=n, ours=seconds, at_most=LIMITS[name], note=note)
    short = max(0.0, (target.bound - chance) / target.bound)
    note = f"lowest chance {chance:.7f}, bound {target.bound:.7f}"
    yield bench.limit(f"shortfall {name[3:]}", n=n, ours=short, at_most=0.001, unit="of the bound", note=note)
    if name in BOUND_LIMITS:
        seconds, _ = timed(lambda: maximin.bound(grouped))
        yield bench.limit(f"bound alone {name[3:]}", n=n, ours=seconds, at_most=BOUND_LIMITS[name])
    seconds, panels = timed(lambda: uniform.uniform(grouped, lottery, 1000, np.random.default_rng(1)))
    best = float(np.floor(1000 * target.bound + 1e-9) / 1000)
    reached = float((panels.mean(axis=0) / grouped.counts).min())
    note = f"lowest chance {reached:.4f}, best possible {best:.4f}"
    yield bench.row(
        f"1,000 uniform panels {name[3:]}",
        n=n,
        ours=seconds,
        peer=None,
        peer_name="",
        holds=bool(reached >= best - 1e-9),
        note=note,
    )
    if name == "nl_10000_400":
        seconds, _ = timed(lambda: draw.solve(draft, seed=1))
        yield bench.limit(
            f"whole draw {name[3:]}", n=n, ours=seconds, at_most=LIMITS[name], note="with all people seated"
        )
    yield bench.limit(f"memory up to {name[3:]}", n=n, ours=peak, at_most=300, unit="MiB")


def largest(bench: Bench) -> Iterator[Row]:
    """50,000 people: the certificate, one panel near the leximin chances, and a coarser lottery."""
    draft = read("nl_50000_1000")
    n = len(draft.people)

    def certified() -> tuple[Types, Target]:
        grouped = types.group(draft)
        return grouped, targets.find(grouped, "leximin")

    seconds, (grouped, target) = timed(certified)
    yield bench.limit("leximin target and bound 50000_1000", n=n, ours=seconds, at_most=10.0)
    expected = faces.settle(grouped, target.expected)
    seconds, panel = timed(lambda: halving.totals(grouped, expected, 1))
    assert panel is not None
    verify.panels(grouped, panel[None])
    near = float(np.abs(panel - expected).max())
    note = f"every type within {near:.3f} people of its expectation"
    yield bench.limit("one panel, leximin rounded 50000_1000", n=n, ours=seconds, at_most=30.0, note=note)
    seconds, lottery = timed(lambda: faces.realise(grouped, target, np.random.default_rng(1)))
    short = max(0.0, (target.bound - lowest(grouped, lottery)) / target.bound)
    note = f"{seconds:.1f} CPU s, {len(lottery.weights)} panels"
    yield bench.limit("shortfall 50000_1000", n=n, ours=short, at_most=0.01, unit="of the bound", note=note)
    seconds, _ = timed(lambda: integer.panel(grouped))
    yield bench.row("any panel at all 50000_1000", n=n, ours=seconds, peer=None, peer_name="")


def beside(bench: Bench, name: str, algorithm: Algorithm, goal: float | None) -> Iterator[Row]:
    """Speed beside the peer, and that what it optimises is equal."""
    draft = read(name)
    mine: list[tuple[Types, Target, Lottery]] = []
    theirs: list[np.ndarray] = []
    yield bench.compare(
        f"{algorithm} {name[3:]}",
        n=len(draft.people),
        ours=lambda: mine.append(solved(draft, algorithm)),
        peer=lambda: theirs.append(peer(name, algorithm)),
        peer_name=PEER,
        goal=goal,
        repeats=3,
    )
    grouped, _, lottery = mine[0]
    each = (weighting.mean(lottery.weights, lottery.panels) / grouped.counts)[grouped.type_of]
    measure = np.min if algorithm == "maximin" else geometric_mean
    what = "lowest chance" if algorithm == "maximin" else "geometric mean"
    ours, other = float(measure(each)), float(measure(theirs[0]))
    yield bench.limit(
        f"difference in {what}, {algorithm} {name[3:]}",
        n=len(draft.people),
        ours=abs(ours - other),
        at_most=1e-6,
        unit="chance",
        note=f"{ours:.8f} beside {other:.8f}",
    )


def solved(draft: Draft, algorithm: Algorithm) -> tuple[Types, Target, Lottery]:
    """From people to a verified lottery."""
    grouped = types.group(draft)
    target = targets.find(grouped, algorithm)
    return grouped, target, faces.realise(grouped, target, np.random.default_rng(1))


def lowest(grouped: Types, lottery: Lottery) -> float:
    return float((weighting.mean(lottery.weights, lottery.panels) / grouped.counts).min())


def geometric_mean(chances: np.ndarray) -> float:
    return float(np.exp(np.log(chances).mean()))


T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """CPU seconds, and the outcome."""
    kept: list[T] = []
    return cpu(lambda: kept.append(work())), kept[0]


def table(name: str, file: str) -> list[dict[str, str]]:
    content = (POOLS / name / file).read_bytes()
    text = (gzip.decompress(content) if file.endswith(".gz") else content).decode()
    return list(csv.DictReader(text.splitlines()))


def meta(name: str) -> dict[str, int]:
    return dict(json.loads((POOLS / name / "meta.json").read_text(encoding="utf-8")))


def read(name: str) -> Draft:
    quotas = table(name, "quotas.csv")
    features = dict.fromkeys(row["feature"] for row in quotas)
    return Draft(
        people=tuple(
            Person(id=row["id"], features={feature: row[feature] for feature in features}, household=row["address"])
            for row in table(name, "pool.csv.gz")
        ),
        quotas=tuple(
            Quota(feature=row["feature"], value=row["value"], minimum=int(row["min"]), maximum=int(row["max"]))
            for row in quotas
        ),
        size=meta(name)["panel_size"],
        one_per_household=bool(meta(name)["household_constraint"]),
    )


def peer(name: str, algorithm: str) -> np.ndarray:
    """Everybody's chance by the peer's lottery, in the order of the pool."""
    from sortition_algorithms import committee_generation, features, people, settings

    head = ["feature", "value", "min", "max"]
    quotas, _, _ = features.read_in_features(head, table(name, "quotas.csv"), meta(name)["panel_size"])
    pool = table(name, "pool.csv.gz")
    chosen = settings.Settings(id_column="id", columns_to_keep=[], random_number_seed=1)
    everybody, _ = people.read_in_people(list(pool[0]), pool, quotas, chosen)
    solve = {
        "maximin": committee_generation.find_distribution_maximin,
        "nash": committee_generation.find_distribution_nash,
    }[algorithm]
    committees, weights, _ = solve(quotas, everybody, meta(name)["panel_size"], [])
    place = {row["id"]: i for i, row in enumerate(pool)}
    chances = np.zeros(len(pool))
    for committee, weight in zip(committees, weights, strict=True):
        chances[[place[one] for one in committee]] += weight
    return chances
