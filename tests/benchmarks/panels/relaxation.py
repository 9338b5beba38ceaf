"""Explaining quotas that cannot be met: least relaxation, smallest conflict, fewest recruits, by pool size."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from harness import Bench, Row

from panels.sortition.infeasible import conflict, recruits, relaxation
from panels.sortition.model import Draft, Person, Quota
from panels.sortition.types import group

SHARES = {
    "age": {"18-24": 0.11, "25-34": 0.16, "35-44": 0.15, "45-54": 0.16, "55-64": 0.17, "65-74": 0.14, "75+": 0.11},
    "sex": {"F": 0.5, "M": 0.48, "X": 0.02},
    "education": {"basic": 0.08, "lower": 0.17, "middle": 0.39, "bachelor": 0.22, "master": 0.14},
    "province": dict(
        zip("GFDOLEUNHZBM", [0.03, 0.04, 0.03, 0.07, 0.02, 0.12, 0.08, 0.17, 0.21, 0.02, 0.15, 0.06], strict=True)
    ),
    "origin": {"NL": 0.74, "europe": 0.1, "turkey": 0.05, "surinam": 0.04, "other": 0.07},
    "urbanity": {"1": 0.25, "2": 0.3, "3": 0.17, "4": 0.18, "5": 0.1},
}
"""Round figures in the shape of the Dutch population."""

WANTED = {("urbanity", value): share for value, share in zip("12345", (0.1, 0.05, 0.05, 0.5, 0.3), strict=True)}
WANTED |= {("education", "master"): 0.3, ("education", "middle"): 0.23}
"""Shares of the panel that differ from those of the population."""

SIZES = {500: 50, 2_000: 100, 10_000: 400, 50_000: 1_000}


def rows(bench: Bench) -> Iterator[Row]:
    for people, size in SIZES.items():
        if bench.short and people > 2_000:
            continue
        for name, draft in drafts(people, size).items():
            yield from _measured(bench, name, draft)


def _measured(bench: Bench, name: str, draft: Draft) -> Iterator[Row]:
    types, people = group(draft), len(draft.people)
    for label, method in (("fewest units", relaxation.smallest), ("least cost", relaxation.cheapest)):
        seconds, found = timed(partial(method, types))
        note = f"{found.units} units, proven: {found.proven}"
        yield bench.limit(f"relaxation, {label}, {name}", n=people, ours=seconds, at_most=3.0, note=note)
    seconds, clashes = timed(partial(conflict.conflicts, types))
    note = f"{len(clashes)} found, all proven smallest: {all(one.smallest for one in clashes)}"
    yield bench.row(f"smallest conflicts, {name}", n=people, ours=seconds, peer=None, peer_name="", note=note)
    seconds, needed = timed(partial(recruits.recruits, draft, types))
    note = f"{needed.total} people in {len(needed.cells)} groups, proven: {needed.proven}"
    yield bench.row(f"fewest recruits, {name}", n=people, ours=seconds, peer=None, peer_name="", note=note)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of one call, and what it gave."""
    before = time.process_time()
    found = work()
    return time.process_time() - before, found


def drafts(people: int, size: int) -> dict[str, Draft]:
    """Drafts without a panel: `joint`: every quota can be met by itself, but those with a master's degree do not live
    where most of the panel has to come from; `short`: two groups lack everybody, too."""
    rng = np.random.default_rng(people)
    columns = {feature: _column(rng, shares, people) for feature, shares in SHARES.items()}
    rural = np.isin(columns["urbanity"], ["4", "5"])
    columns["education"][rural & (columns["education"] == "master")] = "bachelor"
    pool = tuple(
        Person(id=f"p{i}", features={feature: str(column[i]) for feature, column in columns.items()})
        for i in range(people)
    )
    quotas = {
        (feature, value): _bounds(size * share) for feature, shares in SHARES.items() for value, share in shares.items()
    }
    for key, share in WANTED.items():
        quotas[key] = _bounds(size * share)
    left = tuple(
        person for person in pool if person.features["province"] != "L" and person.features["origin"] != "surinam"
    )
    return {"joint": _draft(pool, quotas, size), "short": _draft(left, quotas, size)}


def _column(rng: np.random.Generator, shares: dict[str, float], people: int) -> np.ndarray:
    skew = np.array(list(shares.values())) * rng.uniform(0.4, 1.6, len(shares))
    return rng.choice(np.array(list(shares), dtype="U12"), size=people, p=skew / skew.sum())


def _bounds(seats: float) -> tuple[int, int]:
    return int(np.floor(seats * 0.97)), int(np.ceil(seats * 1.03))


def _draft(pool: tuple[Person, ...], quotas: dict[tuple[str, str], tuple[int, int]], size: int) -> Draft:
    return Draft(
        people=pool,
        quotas=tuple(
            Quota(feature=feature, value=value, minimum=low, maximum=high)
            for (feature, value), (low, high) in quotas.items()
        ),
        size=size,
    )
