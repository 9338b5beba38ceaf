"""Why no weights exist, and what repairs it.

The weights within their limits that meet all targets form a polytope. A level, or a pair of levels, that is out of
reach whatever happens elsewhere is found by interval arithmetic; linear programming finds out whether the rest is
empty, which targets are in the way, which merge of two neighbouring levels makes room, and how wide the limits must be.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from scipy import optimize, sparse

from analytics.arrays import FloatArray
from analytics.weights.frame import Margin, merge

_FREE = 1e-7
"""Slack, in shares of the population, under which a target counts as met."""
_PATH = 40
"""Merges in a row that are tried before giving up."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Kinds of people, their memberships per margin, and the limits on each kind's sum of weights.

    Limits are in shares of the population. Margins with a tolerance may miss each level by that much; margins with a
    ridge do not belong here.
    """

    memberships: tuple[FloatArray, ...]
    margins: tuple[Margin, ...]
    people: FloatArray
    """Persons of each kind."""
    low: FloatArray
    high: FloatArray

    def merged(self, index: int, first: str, second: str) -> "Problem":
        """The problem after merging two levels of one margin."""
        margin, matrix = merge(self.margins[index], first, second)
        return msgspec.structs.replace(
            self,
            margins=tuple(margin if i == index else m for i, m in enumerate(self.margins)),
            memberships=tuple(m @ matrix if i == index else m for i, m in enumerate(self.memberships)),
        )

    @property
    def targets(self) -> FloatArray:
        return np.concatenate([np.asarray(margin.shares) for margin in self.margins])

    @property
    def leeway(self) -> FloatArray:
        """Miss allowed per level."""
        return np.concatenate([np.full(len(margin.levels), margin.tolerance) for margin in self.margins])

    def split(self, values: FloatArray) -> list[FloatArray]:
        """Values over all levels, one array per margin."""
        return np.split(values, np.cumsum([len(margin.levels) for margin in self.margins])[:-1])


class Shortfall(msgspec.Struct, frozen=True, kw_only=True):
    """A level whose target lies out of reach while everything else is met as well as can be."""

    dimension: str
    level: str
    target: float
    gap: float
    """Target minus what can be reached; negative: too many people are in this level."""
    people: int


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Two levels that can be met one by one, but not together."""

    dimensions: tuple[str, str]
    levels: tuple[str, str]
    targets: tuple[float, float]
    people: tuple[int, int, int]
    """Persons in the first only, the second only, and both."""
    gap: float
    """Part of the population by which the two are apart."""


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    dimension: str
    first: str
    second: str
    enough: bool
    """Whether this merge alone makes weights possible."""


def shortfalls(problem: Problem) -> tuple[Shortfall, ...]:
    """Levels that cannot be met; empty when weights exist.

    First those out of reach by themselves. Only when each level alone is possible, those in which the smallest total
    of relative gaps remains.
    """
    gaps = _alone(problem)
    if not _any(gaps):
        gaps = _gaps(problem)
    found = []
    for margin, membership, gap in zip(problem.margins, problem.memberships, gaps, strict=True):
        count = membership.T @ problem.people
        for level, share, off, n in zip(margin.levels, margin.shares, gap, count, strict=True):
            if abs(off) > _FREE:
                found.append(
                    Shortfall(dimension=margin.key, level=level, target=share, gap=float(off), people=round(float(n)))
                )
    return tuple(found)


def pairs(problem: Problem) -> tuple[Pair, ...]:
    """Pairs of levels of different margins that cannot be met together although each can alone; the widest apart first.

    People in both levels, in one of them, and in neither have a lowest and a highest weight; what the two targets ask
    of those in both must fit all four. People whose level is known in part only belong to several levels; pairs they
    are in are left to the linear programme.
    """
    low, high = problem.low, problem.high
    found = []
    for (m, mine), (o, other) in itertools.combinations(list(enumerate(problem.memberships)), 2):
        first, second = problem.margins[m], problem.margins[o]
        a, b = np.asarray(first.shares)[:, None], np.asarray(second.shares)[None, :]
        both = [mine.T @ (weight[:, None] * other) for weight in (low, high)]
        whole_a = [(mine.T @ weight)[:, None] for weight in (low, high)]
        whole_b = [(other.T @ weight)[None, :] for weight in (low, high)]
        neither = [
            weight.sum() - x - y + z for weight, x, y, z in zip((low, high), whole_a, whole_b, both, strict=True)
        ]
        least = np.maximum.reduce(
            [both[0], a - (whole_a[1] - both[1]), b - (whole_b[1] - both[1]), neither[0] - (1.0 - a - b)]
        )
        most = np.minimum.reduce(
            [both[1], a - (whole_a[0] - both[0]), b - (whole_b[0] - both[0]), neither[1] - (1.0 - a - b)]
        )
        apart = least - most - (first.tolerance + second.tolerance)
        partial = np.logical_or.outer((mine % 1.0).any(axis=0), (other % 1.0).any(axis=0))
        for i, j in np.argwhere((apart > _FREE) & ~partial).tolist():
            together = float(mine[:, i] @ (problem.people * other[:, j]))
            alone = float(mine[:, i] @ problem.people), float(other[:, j] @ problem.people)
            found.append(
                Pair(
                    dimensions=(first.key, second.key),
                    levels=(first.levels[i], second.levels[j]),
                    targets=(first.shares[i], second.shares[j]),
                    people=(round(alone[0] - together), round(alone[1] - together), round(together)),
                    gap=float(apart[i, j]),
                )
            )
    return tuple(sorted(found, key=lambda pair: (-pair.gap, pair.dimensions, pair.levels)))


def repairs(problem: Problem, troubled: Sequence[tuple[str, str]]) -> tuple[Repair, ...]:
    """Merges of a level in trouble, (dimension, level), with a neighbour, best first: those that suffice, then the
    smallest merged level. When none suffices alone, the one that closes most of the gap comes first."""
    scored = []
    for index, margin in enumerate(problem.margins):
        for first, second in _neighbours(margin, {level for key, level in troubled if key == margin.key}):
            left = _gaps(problem.merged(index, first, second))
            size = sum(float(np.abs(gap).sum()) for gap in left)
            share = margin.shares[margin.levels.index(first)] + margin.shares[margin.levels.index(second)]
            enough = size <= _FREE
            repair = Repair(dimension=margin.key, first=first, second=second, enough=enough)
            scored.append((not enough, 0.0 if enough else size, share, first, second, repair))
    scored.sort(key=lambda entry: entry[:5])
    return tuple(entry[5] for entry in scored)


def path(problem: Problem, merges: Sequence[Repair]) -> tuple[Repair, ...]:
    """Merges that repair it together, best next one each time; empty where even all of them do not."""
    taken: list[Repair] = []
    for _ in range(_PATH):
        if not merges:
            return ()
        taken.append(merges[0])
        if merges[0].enough:
            return tuple(taken)
        index = [margin.key for margin in problem.margins].index(merges[0].dimension)
        problem = problem.merged(index, merges[0].first, merges[0].second)
        merges = repairs(problem, [(s.dimension, s.level) for s in shortfalls(problem)])
    return ()


def highest_needed(problem: Problem) -> float | None:
    """The smallest upper limit (in mean weights) with which weights exist, lower limits kept; None: no limit helps."""
    return _limit(problem, upper=True)


def lowest_needed(problem: Problem) -> float | None:
    """The largest lower limit (in mean weights) with which weights exist, upper limits kept; None: no limit helps."""
    found = _limit(problem, upper=False)
    return None if found is None else max(-found, 0.0)


def each_level_reachable(problem: Problem) -> bool:
    """Whether every level by itself can carry its target: the cheap look before solving."""
    return not _any(_alone(problem))


def explain(
    short: Sequence[Shortfall],
    together: Sequence[Pair],
    merges: Sequence[Repair],
    steps: Sequence[Repair],
    limits: tuple[float | None, float | None],
) -> str:
    """What cannot be met and what would repair it, in sentences. `limits` are the upper and lower one needed."""
    parts = [pair_sentence(pair) for pair in together[:3]] or [sentence(s) for s in short]
    if merges and merges[0].enough:
        parts.append(f"Merging `{merges[0].first}` with `{merges[0].second}` of `{merges[0].dimension}` repairs it.")
    elif steps:
        listed = ", then ".join(f"`{s.first}` with `{s.second}` of `{s.dimension}`" for s in steps)
        parts.append(f"No single merge repairs it; these together do: {listed}.")
    elif merges:
        parts.append("No merge of neighbouring levels repairs it; leave a margin out or give it a tolerance.")
    high, low = limits
    if high is not None:
        parts.append(f"Without merging, weights up to {high:.2f} times the mean would be needed.")
    if low is not None:
        parts.append(f"Without merging, weights down to {low:.3f} times the mean would be needed.")
    return " ".join(parts)


def sentence(s: Shortfall) -> str:
    """One level that is out of reach."""
    where = f"`{s.level}` of `{s.dimension}` ({100 * s.target:.1f} % of the population)"
    if s.people == 0:
        return f"Nobody who answered is in {where}."
    size = "people cannot carry" if s.gap > 0 else "people weigh too much for"
    return f"The {s.people} {size} {where}: {100 * abs(s.gap):.2f} points remain."


def pair_sentence(pair: Pair) -> str:
    """Two levels that are out of reach together."""
    first, second = (
        f"`{level}` of `{dimension}` ({100 * target:.1f} % of the population)"
        for level, dimension, target in zip(pair.levels, pair.dimensions, pair.targets, strict=True)
    )
    one, other, both = pair.people
    return (
        f"{first} and {second} cannot both be met: {both} people are in both, {one} in the first only and {other} in "
        f"the second only; {100 * pair.gap:.2f} points remain."
    )


def _any(gaps: Sequence[FloatArray]) -> bool:
    return any((np.abs(gap) > _FREE).any() for gap in gaps)


def _alone(problem: Problem) -> list[FloatArray]:
    """Target minus the nearest weight that a level can have when nothing else matters but the sum of all weights."""
    gaps = []
    low, high = problem.low, problem.high
    for membership, margin in zip(problem.memberships, problem.margins, strict=True):
        target = np.asarray(margin.shares)
        gap = target - np.clip(target, membership.T @ low, membership.T @ high)
        gaps.append(np.sign(gap) * np.maximum(np.abs(gap) - margin.tolerance, 0.0))
    return gaps


def _gaps(problem: Problem) -> list[FloatArray]:
    """Target minus reached per level beyond its leeway, where the sum of relative gaps is smallest and the weights sum
    to 1."""
    targets, kinds = problem.targets, problem.low.size
    k, leeway = targets.size, problem.leeway
    identity = sparse.identity(k)
    constraints = sparse.csr_matrix(np.hstack(problem.memberships))
    whole = sparse.csr_matrix(np.r_[np.ones(kinds), np.zeros(3 * k)][None, :])
    price = 1 / np.maximum(targets, 1e-9)
    solution = _minimise(
        np.r_[np.zeros(kinds), price, price, np.zeros(k)],
        equality=sparse.vstack([sparse.hstack([constraints.T, identity, -identity, identity]), whole]),
        equals=np.r_[targets, 1.0],
        bounds=[
            *zip(problem.low, problem.high, strict=True),
            *[(0.0, None)] * (2 * k),
            *zip(-leeway, leeway, strict=True),
        ],
    )
    if solution is None:
        return [np.asarray(margin.shares) for margin in problem.margins]
    return problem.split(solution[kinds : kinds + k] - solution[kinds + k : kinds + 2 * k])


def _limit(problem: Problem, *, upper: bool) -> float | None:
    """The smallest t with every weight <= t means, or (not `upper`) every weight >= -t means; the other limits hold."""
    kinds, targets, leeway = problem.low.size, problem.targets, problem.leeway
    k, sign = targets.size, 1.0 if upper else -1.0
    mean = sparse.csr_matrix((problem.people / problem.people.sum())[:, None])
    constraints = sparse.csr_matrix(np.hstack(problem.memberships))
    whole = sparse.csr_matrix(np.r_[np.ones(kinds), np.zeros(k + 1)][None, :])
    lows = problem.low if upper else np.zeros(kinds)
    highs: list[float | None] = [None] * kinds if upper else problem.high.tolist()
    solution = _minimise(
        np.r_[np.zeros(kinds), 1.0, np.zeros(k)],
        equality=sparse.vstack([sparse.hstack([constraints.T, sparse.csr_matrix((k, 1)), sparse.identity(k)]), whole]),
        equals=np.r_[targets, 1.0],
        bounds=[*zip(lows, highs, strict=True), (None, None), *zip(-leeway, leeway, strict=True)],
        ceiling=sparse.hstack([sign * sparse.identity(kinds), -mean, sparse.csr_matrix((kinds, k))]),
    )
    return None if solution is None else float(solution[kinds])


def _minimise(cost: FloatArray, *, equality: Any, equals: FloatArray, bounds: Any, ceiling: Any = None) -> Any:
    """The cheapest point with equality @ x = equals and ceiling @ x <= 0; None when there is none."""
    limits: Any = {} if ceiling is None else {"A_ub": ceiling.tocsr(), "b_ub": np.zeros(ceiling.shape[0])}
    found = optimize.linprog(cost, A_eq=equality.tocsr(), b_eq=equals, bounds=bounds, **limits)
    return found.x if found.status == 0 else None


def _neighbours(margin: Margin, troubled: set[str]) -> list[tuple[str, str]]:
    """Pairs of a troubled level and the level before or after it in the published order."""
    following = zip(margin.levels, margin.levels[1:], strict=False)
    return [pair for pair in following if pair[0] in troubled or pair[1] in troubled]
