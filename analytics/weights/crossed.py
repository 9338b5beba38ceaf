"""Products of memberships, X'WX, from the two-way tables of the margins.

A person belongs to few levels, so the matrix that a Newton step needs is a set of cross tables: counting is several
times cheaper than multiplying columns that are mostly zeros."""

import functools
import itertools
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from scipy import linalg

from analytics.arrays import FloatArray, IntArray

_ZERO = np.zeros(1)

ProductsFunction = Callable[[FloatArray], FloatArray]


class Crossed(msgspec.Struct, frozen=True, kw_only=True):
    """Memberships of rows in the patterns of several margins, ready to be counted."""

    place: IntArray
    """For each margin and each pair of margins, the table entry that a row counts in."""
    sizes: tuple[int, ...]
    """Entries of each of those tables."""
    table: IntArray
    """Entry of all tables, one after the other, at each position of X'WX; the last entry is always 0."""
    spread: FloatArray | None
    """Patterns to levels; None where patterns are levels."""

    def products(self, weights: FloatArray) -> FloatArray:
        """X'WX for weights of the rows."""
        tables = [np.bincount(row, weights, size) for row, size in zip(self.place, self.sizes, strict=True)]
        found = np.concatenate([*tables, _ZERO]).take(self.table)
        return found if self.spread is None else np.asarray(self.spread.T @ found @ self.spread)

    def only(self, kept: IntArray) -> "Crossed":
        """The same for some of the columns of X."""
        if self.spread is not None:
            return msgspec.structs.replace(self, spread=self.spread[:, kept])
        return msgspec.structs.replace(self, table=self.table[np.ix_(kept, kept)])


def cross(codes: Sequence[IntArray], patterns: Sequence[FloatArray]) -> Crossed:
    """From the codes of the rows and what each code belongs to (patterns x levels), per margin."""
    sizes = tuple(len(pattern) for pattern in patterns)
    pairs = list(itertools.combinations(range(len(sizes)), 2))
    place = np.empty((len(sizes) + len(pairs), codes[0].size), dtype=np.int64)
    for margin, code in enumerate(codes):
        place[margin] = code
    for (a, b), row in zip(pairs, place[len(sizes) :], strict=True):
        np.multiply(codes[a], sizes[b], out=row)
        row += codes[b]
    whole = all(len(pattern) == pattern.shape[1] for pattern in patterns)
    return Crossed(
        place=place,
        sizes=(*sizes, *(sizes[a] * sizes[b] for a, b in pairs)),
        table=_layout(sizes),
        spread=None if whole else linalg.block_diag(*patterns),
    )


@functools.lru_cache(maxsize=64)
def _layout(sizes: tuple[int, ...]) -> IntArray:
    """Entry of all tables at each position of the matrix."""
    edges = np.cumsum([0, *sizes]).tolist()
    pairs = list(itertools.combinations(range(len(sizes)), 2))
    starts = np.cumsum([edges[-1], *(sizes[a] * sizes[b] for a, b in pairs)]).tolist()
    table = np.full((edges[-1], edges[-1]), starts[-1], dtype=np.int64)
    np.fill_diagonal(table, np.arange(edges[-1]))
    for (a, b), start in zip(pairs, starts, strict=False):
        block = start + np.arange(sizes[a] * sizes[b]).reshape(sizes[a], sizes[b])
        table[edges[a] : edges[a + 1], edges[b] : edges[b + 1]] = block
        table[edges[b] : edges[b + 1], edges[a] : edges[a + 1]] = block.T
    table.setflags(write=False)
    return table
