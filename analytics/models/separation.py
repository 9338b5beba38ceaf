"""Answers that variables predict without error, so that no finite coefficients exist (Albert and Anderson 1984).

Ones and zeros are separated when some combination of the columns is never below zero for ones and never above it for
zeros, without being zero throughout. A linear program finds such a combination if there is one (Konis 2007). Counts are
separated when a combination is zero for every positive count and never above zero for the others (Correia, Guimaraes
and Zylkin 2019). The columns named are those that separate by themselves or, where none does, a set of which every one
is needed."""

from collections.abc import Sequence

import numpy as np
from scipy import optimize

from analytics.arrays import FloatArray
from analytics.models.family import Family

_CLEAR = 1e-6
"""A combination separates when it moves somebody by more than this, on columns with standard deviation 1, and leaves
the others on their side to this part of it."""


def separating(x: FloatArray, y: FloatArray, names: Sequence[str], family: Family = "binomial") -> tuple[str, ...]:
    """Names of the columns that separate the answers; empty when ones and zeros overlap.

    `x` (n x p) holds the intercept first; `y` holds 0 and 1, or counts for `poisson`.
    """
    hits = (y > 0).astype(np.float64)
    table = np.unique(np.column_stack([x, hits]), axis=0)
    scaled, one = _standard(table[:, 1:-1]), table[:, -1] > 0.5
    everything = list(range(scaled.shape[1]))
    if not _separated(scaled, one, everything, family):
        return ()
    alone = [j for j in everything if _separated(scaled, one, [j], family)]
    return tuple(names[j + 1] for j in (alone or _needed(scaled, one, everything, family)))


def described(x: FloatArray, y: FloatArray, names: Sequence[str], culprits: Sequence[str]) -> str:
    """What separates, for a reader: "all 12 people with `b` answered 1" for a 0/1 column that does so by itself."""
    found = []
    for name in culprits:
        column = x[:, list(names).index(name)]
        for value, word in ((1.0, "with"), (0.0, "without")):
            given = y[column == value]
            if np.isin(column, (0.0, 1.0)).all() and given.size and np.ptp(given) == 0:
                found.append(f"all {given.size} people {word} `{name}` answered {given[0]:g}")
    return "; ".join(found)


def _standard(columns: FloatArray) -> FloatArray:
    spread = columns.std(axis=0)
    return np.asarray((columns - columns.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def _needed(scaled: FloatArray, one: np.ndarray, columns: list[int], family: Family) -> list[int]:
    """A set of columns that separates and of which none can be missed."""
    kept = list(columns)
    for j in columns:
        rest = [other for other in kept if other != j]
        if rest and _separated(scaled, one, rest, family):
            kept = rest
    return kept


def _separated(scaled: FloatArray, one: np.ndarray, columns: list[int], family: Family) -> bool:
    """Whether these columns and the intercept separate."""
    x = np.column_stack([np.ones(one.size), scaled[:, columns]])
    free = -x[~one] if family == "poisson" else np.where(one[:, None], x, -x)
    equal = x[one] if family == "poisson" else None
    found = optimize.linprog(
        -free.sum(axis=0),
        A_ub=-free,
        b_ub=np.zeros(free.shape[0]),
        A_eq=equal,
        b_eq=None if equal is None else np.zeros(equal.shape[0]),
        bounds=(-1, 1),
    )
    if found.status != 0 or found.x is None:
        return False
    moved = free @ found.x
    furthest = float(moved.max(initial=0.0))
    level = float(np.abs(equal @ found.x).max(initial=0.0)) if equal is not None else 0.0
    return furthest > _CLEAR and float(moved.min()) >= -_CLEAR * furthest and level <= _CLEAR * furthest
