"""What a reader can work out from everything that was released, by the methods of the disclosure literature.

Every released figure about a set of people is a known sum over that set: of people, of answers, of weights. So the sets
alone decide what follows from what, whichever sum was printed:

- `linear`: a hidden set whose sum is a combination of shown sums (row space; Cox 1980);
- `bounds`: a hidden count that lies between narrow limits, given all shown counts and that no count is negative
  (linear programming; Fischetti and Salazar 2001);
- `differences`: two shown sets that differ by a few people;
- `fewest`: of all combinations of shown sums, one that speaks of as few people as can be found (L1 minimisation;
  Candes and Tao 2005). It knows nothing of how the release was protected, so it finds what a protection forgot.

Sets are boolean rows over people, or over kinds of people with a number of people each.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg, optimize, sparse

from analytics.arrays import BoolArray, FloatArray, IntArray, as_float
from analytics.disclosure.thresholds import THRESHOLDS
from analytics.errors import AnalyticsError

_EXACT = 1e-6
"""A count that is known within this is known."""
_RELATIVE = 1e-10
"""Size of a direction among the shown sets, relative to the largest, under which it is rounding."""


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Two shown sets that are not the same, and by how many people they differ."""

    first: int
    second: int
    people: int


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of each target."""

    recovered: BoolArray
    """t: its sum is a combination of shown sums."""
    needed: BoolArray
    """t x s: without this shown set the sum would not follow."""
    used: BoolArray
    """t x s: the shown set has a part in the shortest combination, but others could take its place."""


def linear(shown: ArrayLike, targets: ArrayLike) -> BoolArray:
    """Which of the `targets` (t x r) follow from the `shown` sets (s x r) by adding and subtracting.

    Targets may have entries of -1, 0 and 1, such as the difference of two sets.
    """
    return solve(_rows(shown), _rows(targets)).recovered


def solve(shown: FloatArray, targets: FloatArray) -> Known:
    """`linear`, with the shown sets that each recovery rests on."""
    t, s = targets.shape[0], shown.shape[0]
    if not s or not t:
        nothing = np.zeros((t, s), dtype=bool)
        return Known(recovered=np.asarray(~targets.any(axis=1)), needed=nothing, used=nothing)
    value, vector = linalg.eigh(shown @ shown.T, check_finite=False)
    rank = value > _RELATIVE * max(value[-1], 1.0)
    vector, value = vector[:, rank], value[rank]
    weights = (targets @ shown.T @ vector / value) @ vector.T
    left = np.abs(targets - weights @ shown).max(axis=1)
    recovered = left <= _EXACT
    # A set is needed when it has a weight and stands in no relation with other shown sets that could replace it.
    free = 1.0 - np.einsum("ij,ij->i", vector, vector) > _EXACT
    used = recovered[:, None] & (np.abs(weights) > _EXACT)
    return Known(recovered=recovered, needed=used & ~free, used=used & free)


def bounds(shown: ArrayLike, targets: ArrayLike, people: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Smallest and largest number of people each target can hold, for a reader of the counts of the shown sets.

    Args:
        shown: s x r. targets: t x r. people: r, the true number of people of each kind.

    Raises:
        AnalyticsError: arrays that do not fit, or negative numbers of people.
    """
    rows, wanted, counts = _rows(shown), _rows(targets), _people(people)
    if rows.shape[1:] != counts.shape or wanted.shape[1:] != counts.shape:
        raise AnalyticsError(
            f"Sets over {rows.shape[1]} and {wanted.shape[1]} kinds of people do not fit {counts.size} counts."
        )
    kinds, first = np.unique(np.vstack([rows, wanted]), axis=1, return_index=True)
    del kinds
    sums = rows @ counts
    low = np.array([_extreme(one[first], rows[:, first], sums).fun for one in wanted])
    high = np.array([-_extreme(-one[first], rows[:, first], sums).fun for one in wanted])
    return np.maximum(low, 0.0) + 0.0, high + 0.0


def differences(sets: ArrayLike, people: ArrayLike) -> tuple[Pair, ...]:
    """Pairs of sets (s x r) that differ by 1 to 9 people, whichever of the two they are in."""
    rows, counts = _rows(sets), _people(people)
    apart = distances(rows, rows, counts)
    first, second = np.nonzero(np.triu((apart > 0) & (apart < THRESHOLDS.suppressed_under), 1))
    return tuple(
        Pair(first=i, second=j, people=round(float(apart[i, j])))
        for i, j in zip(first.tolist(), second.tolist(), strict=True)
    )


def distances(rows: FloatArray, others: FloatArray, people: FloatArray) -> FloatArray:
    """People in one of two sets and not in the other, for every pair: s x t."""
    common = (rows * people) @ others.T
    return as_float((rows @ people)[:, None] + (others @ people)[None, :] - 2.0 * common)


def fewest(shown: ArrayLike, people: ArrayLike, start: Sequence[int] | IntArray | None = None) -> int:
    """People that the narrowest combination of shown sums speaks of, as far as it can be found.

    For each kind of people in `start` (all by default) the combination with weight 1 there and as little as possible
    elsewhere. 0 where nothing is shown.
    """
    rows, counts = _rows(shown), _people(people)
    kinds, of = np.unique(rows, axis=1, return_inverse=True)
    counts = as_float(np.bincount(of.reshape(-1), weights=counts, minlength=kinds.shape[1]))
    kinds, counts = kinds[:, counts > 0], counts[counts > 0]
    picked = range(kinds.shape[1]) if start is None else np.unique(of.reshape(-1)[np.asarray(start)])
    smallest = [_support(kinds, counts, int(kind)) for kind in picked if kinds[:, int(kind)].any()]
    return min(smallest, default=0)


def table(counts: ArrayLike, hidden: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """`bounds` of every cell of a one- or two-way table that is published with all its totals."""
    shape = np.shape(counts)
    cells = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    mask = np.atleast_2d(np.asarray(hidden, dtype=bool))
    low, high = cells.copy(), cells.copy()
    if mask.any():
        own = np.eye(cells.size)
        shown = np.vstack([_lines(cells.shape), own[~mask.ravel()]])
        low[mask], high[mask] = bounds(shown, own[mask.ravel()], cells.ravel())
    return low.reshape(shape), high.reshape(shape)


def recovered(counts: ArrayLike, hidden: ArrayLike) -> BoolArray:
    """Hidden cells of a table that `table` knows exactly."""
    low, high = table(counts, hidden)
    return np.asarray(np.asarray(hidden, dtype=bool) & (high - low < _EXACT))


def binding(target: FloatArray, shown: FloatArray, people: FloatArray) -> tuple[float, BoolArray]:
    """Width of what is known of one target, and the shown sets that hold it there (nonzero dual values)."""
    sums = shown @ people
    least, most = _extreme(target, shown, sums), _extreme(-target, shown, sums)
    duals = np.abs(least.eqlin.marginals) + np.abs(most.eqlin.marginals)
    return -float(most.fun) - float(least.fun), np.asarray(duals > _EXACT)


def _extreme(cost: FloatArray, shown: FloatArray, sums: FloatArray) -> Any:
    return optimize.linprog(cost, A_eq=shown, b_eq=sums, bounds=(0, None), method="highs")


def _support(kinds: FloatArray, counts: FloatArray, at: int) -> int:
    """People with a weight in the combination that has weight 1 at kind `at` and the least weight elsewhere."""
    s, r = kinds.shape
    # Weight of kind k is up - down; both cost their number of people.
    across = sparse.csr_array(kinds.T)
    one = sparse.eye_array(r, format="csr")
    conditions = sparse.hstack([across, -one, one], format="csr")
    pinned = sparse.csr_array(np.concatenate([kinds[:, at], np.zeros(2 * r)])[None, :])
    cost = np.concatenate([np.zeros(s), counts, counts])
    found = optimize.linprog(
        cost,
        A_eq=sparse.vstack([conditions, pinned], format="csr"),
        b_eq=np.concatenate([np.zeros(r), [1.0]]),
        bounds=[(None, None)] * s + [(0, None)] * (2 * r),
        method="highs",
    )
    weights = np.asarray(found.x)[:s] @ kinds
    return round(float(counts[np.abs(weights) > _EXACT].sum()))


def _lines(shape: tuple[int, ...]) -> FloatArray:
    """The totals of a table as sets of cells: rows, columns, everything."""
    rows, columns = shape
    place = np.arange(rows * columns).reshape(shape)
    by_row = (place // columns).ravel() == np.arange(rows)[:, None]
    by_column = (place % columns).ravel() == np.arange(columns)[:, None]
    lines = [by_row] * (columns > 1) + [by_column] * (rows > 1) + [np.ones((1, rows * columns), dtype=bool)]
    return np.vstack(lines).astype(np.float64)


def _rows(sets: ArrayLike) -> FloatArray:
    return np.atleast_2d(np.asarray(sets, dtype=np.float64))


def _people(people: ArrayLike) -> FloatArray:
    counts = as_float(people)
    if counts.ndim != 1 or not np.isfinite(counts).all() or (counts < 0).any():
        raise AnalyticsError("Numbers of people must be one column of numbers from 0 on; give one per kind of people.")
    return counts
