"""Why no weights exist, and what repairs it.

The weights within their limits that meet all targets form a polytope; linear programming finds out whether it is empty,
which targets are in the way, which merge of two neighbouring levels makes room, and how wide the limits must be.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from scipy import optimize, sparse

from analytics.arrays import FloatArray
from analytics.weights.frame import Margin, merge

_FREE = 1e-7
"""Slack, in shares of the population, under which a target counts as met."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Cells, their memberships per margin, and the limits on each cell's sum of weights, in population shares."""

    memberships: tuple[FloatArray, ...]
    low: FloatArray
    high: FloatArray


class Shortfall(msgspec.Struct, frozen=True, kw_only=True):
    """A level whose target lies out of reach while everything else is met as well as can be."""

    dimension: str
    level: str
    target: float
    gap: float
    """Target minus what can be reached; negative: too many people are in this level."""
    people: int


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    dimension: str
    first: str
    second: str
    enough: bool
    """Whether this merge alone makes weights possible."""


def shortfalls(problem: Problem, margins: Sequence[Margin], people: Sequence[FloatArray]) -> tuple[Shortfall, ...]:
    """Levels that cannot be met; empty when weights exist.

    First those out of reach by themselves. Only when each level alone is possible, those in which the smallest total
    of relative gaps remains. `people` counts the persons per level and margin, fractions included.
    """
    gaps = _alone(problem, margins)
    if not any((np.abs(gap) > _FREE).any() for gap in gaps):
        gaps = _gaps(problem, margins)
    found = []
    for margin, gap, count in zip(margins, gaps, people, strict=True):
        for level, share, off, n in zip(margin.levels, margin.shares, gap, count, strict=True):
            if abs(off) > _FREE:
                found.append(
                    Shortfall(dimension=margin.key, level=level, target=share, gap=float(off), people=round(float(n)))
                )
    return tuple(found)


def repairs(problem: Problem, margins: Sequence[Margin], short: Sequence[Shortfall]) -> tuple[Repair, ...]:
    """Merges of a level in trouble with a neighbour, best first: those that suffice, then the smallest merged level.

    When none suffices alone, the one that closes most of the gap comes first.
    """
    scored = []
    for index, margin in enumerate(margins):
        for first, second in _neighbours(margin, {s.level for s in short if s.dimension == margin.key}):
            merged, matrix = merge(margin, first, second)
            trial = [merged if i == index else m for i, m in enumerate(margins)]
            memberships = tuple(m @ matrix if i == index else m for i, m in enumerate(problem.memberships))
            left = _gaps(msgspec.structs.replace(problem, memberships=memberships), trial)
            size = sum(float(np.abs(gap).sum()) for gap in left)
            share = margin.shares[margin.levels.index(first)] + margin.shares[margin.levels.index(second)]
            enough = size <= _FREE
            repair = Repair(dimension=margin.key, first=first, second=second, enough=enough)
            scored.append((not enough, 0.0 if enough else size, share, first, second, repair))
    scored.sort(key=lambda entry: entry[:5])
    return tuple(entry[5] for entry in scored)


def widest_needed(problem: Problem, margins: Sequence[Margin], per_cell: FloatArray) -> float | None:
    """The smallest upper limit (in mean weights) with which weights exist, lower limits kept; None: no limit helps.

    `per_cell` is the share of people in each cell, so that the limit on a cell is limit x share.
    """
    constraints, targets = _stack(problem.memberships), _targets(margins)
    cells = problem.low.size
    solution = _minimise(
        np.r_[np.zeros(cells), 1.0],
        equality=sparse.hstack([constraints.T, sparse.csr_matrix((targets.size, 1))]),
        equals=targets,
        bounds=[*((low, None) for low in problem.low), (1.0, None)],
        ceiling=sparse.hstack([sparse.identity(cells), -sparse.csr_matrix(per_cell[:, None])]),
    )
    return None if solution is None else float(solution[-1])


def each_level_reachable(problem: Problem, margins: Sequence[Margin]) -> bool:
    """Whether every level by itself can carry its target: the cheap look before solving."""
    return not any((np.abs(gap) > _FREE).any() for gap in _alone(problem, margins))


def explain(short: Sequence[Shortfall], merges: Sequence[Repair], widest: float | None) -> str:
    """What cannot be met and what would repair it, in sentences."""
    parts = [sentence(s) for s in short]
    if merges:
        best = merges[0]
        verb = "repairs" if best.enough else "helps, but does not by itself repair"
        parts.append(f"Merging `{best.first}` with `{best.second}` of `{best.dimension}` {verb} it.")
    if widest is not None:
        parts.append(f"Without merging, weights up to {widest:.2f} times the mean would be needed.")
    return " ".join(parts)


def sentence(s: Shortfall) -> str:
    """One level that is out of reach."""
    where = f"`{s.level}` of `{s.dimension}` ({100 * s.target:.1f} % of the population)"
    if s.people == 0:
        return f"Nobody who answered is in {where}."
    size = "people cannot carry" if s.gap > 0 else "people weigh too much for"
    return f"The {s.people} {size} {where}: {100 * abs(s.gap):.2f} points remain."


def _alone(problem: Problem, margins: Sequence[Margin]) -> list[FloatArray]:
    """Target minus the nearest weight that a level can have when nothing else matters."""
    gaps = []
    for membership, margin in zip(problem.memberships, margins, strict=True):
        target = np.asarray(margin.shares)
        gaps.append(target - np.clip(target, membership.T @ problem.low, membership.T @ problem.high))
    return gaps


def _gaps(problem: Problem, margins: Sequence[Margin]) -> list[FloatArray]:
    """Target minus reached per level, where the sum of relative gaps is smallest and the weights sum to 1."""
    constraints, targets = _stack(problem.memberships), _targets(margins)
    cells, k = problem.low.size, targets.size
    identity = sparse.identity(k)
    whole = sparse.csr_matrix(np.r_[np.ones(cells), np.zeros(2 * k)][None, :])
    solution = _minimise(
        np.r_[np.zeros(cells), 1 / targets, 1 / targets],
        equality=sparse.vstack([sparse.hstack([constraints.T, identity, -identity]), whole]),
        equals=np.r_[targets, 1.0],
        bounds=[*zip(problem.low, problem.high, strict=True), *[(0.0, None)] * (2 * k)],
    )
    if solution is None:
        return [np.asarray(margin.shares) for margin in margins]
    slack = solution[cells : cells + k] - solution[cells + k :]
    splits = np.cumsum([len(margin.levels) for margin in margins])[:-1]
    return [np.asarray(part) for part in np.split(slack, splits)]


def _minimise(cost: FloatArray, *, equality: Any, equals: FloatArray, bounds: Any, ceiling: Any = None) -> Any:
    """The cheapest point with equality @ x = equals and ceiling @ x <= 0; None when there is none."""
    limits: Any = {} if ceiling is None else {"A_ub": ceiling.tocsr(), "b_ub": np.zeros(ceiling.shape[0])}
    found = optimize.linprog(cost, A_eq=equality.tocsr(), b_eq=equals, bounds=bounds, **limits)
    return found.x if found.status == 0 else None


def _neighbours(margin: Margin, troubled: set[str]) -> list[tuple[str, str]]:
    """Pairs of a troubled level and the level before or after it in the published order."""
    pairs = zip(margin.levels, margin.levels[1:], strict=False)
    return [pair for pair in pairs if pair[0] in troubled or pair[1] in troubled]


def _stack(memberships: Sequence[FloatArray]) -> Any:
    return sparse.csr_matrix(np.hstack(memberships))


def _targets(margins: Sequence[Margin]) -> FloatArray:
    return np.concatenate([np.asarray(margin.shares) for margin in margins])
