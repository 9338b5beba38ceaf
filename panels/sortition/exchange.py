"""Many small rounding problems at once: which people to count one more, so that every row keeps its bounds.

A problem is a vector of whole numbers, `base`, with some types that may be one higher. A tabu search by exchanges
(Glover 1989, Tabu search, part I): each step counts the type one more that brings the rows nearest to their bounds,
and another one less, and leaves both alone for a few steps. The gain of every possible step is one product of a small
matrix, so a batch of problems costs little more than one. An integer program per problem needs 10 to 100 times as
long."""

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from analytics.arrays import BoolArray, FloatArray, IntArray
from panels.sortition.model import Types

_Single = NDArray[np.float32]

NEVER = np.float32(1e9)
"""Penalty of a step that cannot be taken. Gains are whole numbers far below it, which float32 holds exactly."""
_NOISE = np.float32(0.3)
"""Ties are broken by chance, less than 1 so that a worse step is never taken for a better one."""
_TENURE = (2, 8)
"""Steps during which an exchanged type stays as it is: at least, and below."""
_SPREAD = 64
_ORDERS = 8


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a draft in the form the search wants: Q quotas, then the size, then the H kinds of household."""

    dense: _Single
    """(Q + 1) x T of 0 and 1; the last row is the size."""
    exact: FloatArray
    """The same in float64, which holds all sums exactly."""
    houses: sparse.csr_array
    """H x T. A type belongs to one kind of household at most."""
    housed: IntArray
    """Types that belong to one."""
    house: IntArray
    """The kind of each of these."""
    lower: FloatArray
    """Q + 1 + H: bounds of one panel."""
    upper: FloatArray
    size_at: int
    """Q: where the size stands."""
    orders: tuple[IntArray, ...]
    """Orders of the types in which neighbours resemble one another."""


def rows_of(types: Types, rng: np.random.Generator) -> Rows:
    """The rows of a draft; `rng` chooses which features come first in each of the orders."""
    quota = np.array([row.kind == "quota" for row in types.rows], dtype=np.bool_)
    exact = np.vstack([types.matrix[quota].toarray(), np.ones((1, types.counts.size))]).astype(np.float64)
    houses = sparse.csr_array(types.matrix[~quota])
    kinds, housed = houses.nonzero()
    placed = np.argsort(housed, kind="stable")
    first = exact[:-1].astype(np.int8)
    return Rows(
        dense=exact.astype(np.float32),
        exact=exact,
        houses=houses,
        housed=housed[placed].astype(np.int64),
        house=kinds[placed].astype(np.int64),
        lower=np.concatenate([types.lower[quota], [types.size], types.lower[~quota]]).astype(np.float64),
        upper=np.concatenate([types.upper[quota], [types.size], types.upper[~quota]]).astype(np.float64),
        size_at=int(quota.sum()),
        orders=tuple(
            np.lexsort(first[rng.permutation(len(first))]) if len(first) else np.arange(types.counts.size)
            for _ in range(_ORDERS)
        ),
    )


def sums(rows: Rows, people: IntArray) -> FloatArray:
    """What each of the rows holds, for n vectors of people: n x (Q + 1 + H)."""
    quotas = people.astype(np.float64) @ rows.exact.T
    if not rows.houses.shape[0]:
        return quotas
    return np.hstack([quotas, np.asarray((rows.houses @ people.T).T, dtype=np.float64)])


def search(
    rows: Rows,
    base: IntArray,
    open_: BoolArray,
    share: FloatArray,
    *,
    lower: FloatArray,
    upper: FloatArray,
    rng: np.random.Generator,
    steps: int,
) -> tuple[BoolArray, BoolArray]:
    """For each of n problems, the open types that count one more, and whether all rows keep their bounds with them.

    Args:
        base: n x T.
        open_: n x T, where one more is possible.
        share: n x T, how large a part of one more is wanted; the search starts near it.
        lower: n x (Q + 1 + H), as are `upper`.
        steps: exchanges before a problem is given up.
    """
    chosen = _start(rows, open_, share, rng)
    state = _State(rows, base, open_, chosen, lower, upper, rng)
    for step in range(steps):
        if not state.drop_solved():
            break
        state.release(step)
        state.move(step, up=True)
        state.move(step, up=False)
    state.drop_solved()
    return state.chosen, state.solved


def _start(rows: Rows, open_: BoolArray, share: FloatArray, rng: np.random.Generator) -> BoolArray:
    """Systematic sampling along an order of like types: the rows start near the wanted sums, the size exactly at it."""
    order = rows.orders[int(rng.integers(len(rows.orders)))]
    wanted = np.where(open_, share, 0.0)[:, order]
    reached = np.floor(np.cumsum(wanted, axis=1) + rng.random((len(wanted), 1)))
    chosen = np.zeros(open_.shape, dtype=np.bool_)
    chosen[:, order] = np.diff(reached, axis=1, prepend=0.0) > 0
    return chosen & open_


class _State:
    """The problems that are not solved yet."""

    def __init__(
        self,
        rows: Rows,
        base: IntArray,
        open_: BoolArray,
        chosen: BoolArray,
        lower: FloatArray,
        upper: FloatArray,
        rng: np.random.Generator,
    ) -> None:
        self.rows, self.chosen, self.lower, self.upper, self.rng = rows, chosen, lower, upper, rng
        self.solved = np.zeros(len(base), dtype=np.bool_)
        self.live = np.arange(len(base))
        self.held = sums(rows, base + chosen)
        self.closed = {
            True: np.where(open_ & ~chosen, np.float32(0), NEVER),
            False: np.where(open_ & chosen, np.float32(0), NEVER),
        }
        self.width = base.shape[1]
        self.noise = rng.random((len(base) + _SPREAD) * self.width, dtype=np.float32) * _NOISE
        self.waiting: dict[int, list[tuple[bool, IntArray, IntArray]]] = {}

    def drop_solved(self) -> bool:
        """Whether any problem is left."""
        lower, upper = self.lower[self.live], self.upper[self.live]
        done = ((self.held >= lower) & (self.held <= upper)).all(axis=1)
        if done.any():
            self.solved[self.live[done]] = True
            self.live, self.held = self.live[~done], self.held[~done]
        return bool(self.live.size)

    def release(self, step: int) -> None:
        """Let types move again that have waited long enough."""
        for up, problems, types in self.waiting.pop(step, ()):
            self.closed[up][problems, types] = 0

    def move(self, step: int, *, up: bool) -> None:
        """Count the best type one more (one less) in each problem whose size allows it."""
        penalty = self._penalty(1.0 if up else -1.0)
        penalty += self.closed[up] if self.live.size == len(self.chosen) else self.closed[up][self.live]
        start = int(self.rng.integers(_SPREAD * self.width))
        penalty += self.noise[start : start + penalty.size].reshape(penalty.shape)
        best = penalty.argmin(axis=1)
        at = self.rows.size_at
        size, wanted = self.held[:, at], self.lower[self.live, at]
        moved = np.flatnonzero(
            (penalty[np.arange(best.size), best] < NEVER / 2) & ((size <= wanted) if up else (size >= wanted))
        )
        problems, types = self.live[moved], best[moved]
        self.chosen[problems, types] = up
        self.closed[up][problems, types] = NEVER
        later = step + int(self.rng.integers(*_TENURE))
        self.waiting.setdefault(later, []).append((not up, problems, types))
        self._count(moved, types, 1.0 if up else -1.0)

    def _penalty(self, sign: float) -> _Single:
        """What one step in each type would add to the squared distance of the rows from their bounds."""
        lower, upper = self.lower[self.live], self.upper[self.live]
        added = (_outside(self.held + sign, lower, upper) - _outside(self.held, lower, upper)).astype(np.float32)
        dense = len(self.rows.dense)
        penalty = added[:, :dense] @ self.rows.dense
        if self.rows.housed.size:
            penalty[:, self.rows.housed] += added[:, dense + self.rows.house]
        return np.asarray(penalty, dtype=np.float32)

    def _count(self, moved: IntArray, types: IntArray, sign: float) -> None:
        dense = len(self.rows.dense)
        self.held[moved, :dense] += sign * self.rows.exact[:, types].T
        if self.rows.housed.size:
            place = np.searchsorted(self.rows.housed, types).clip(max=self.rows.housed.size - 1)
            inside = self.rows.housed[place] == types
            self.held[moved[inside], dense + self.rows.house[place[inside]]] += sign


def _outside(held: FloatArray, lower: FloatArray, upper: FloatArray) -> FloatArray:
    return np.asarray((np.maximum(lower - held, 0.0) + np.maximum(held - upper, 0.0)) ** 2)
