"""The relaxation: panels may hold fractions of people. It contains what any lottery can reach, and little more."""

import msgspec
import numpy as np
from scipy import sparse

from analytics.arrays import BoolArray, FloatArray, IntArray
from panels.sortition import linear
from panels.sortition.linear import Method
from panels.sortition.model import Types

_DUST = 1e-9
"""What rounding can do to a chance."""


class Relaxation(msgspec.Struct, frozen=True, kw_only=True):
    """lower <= matrix @ p <= upper and 0 <= p <= 1, where p holds the chance of each type that is open: neither
    confirmed nor known to be in no panel."""

    open: IntArray
    """U: numbers of the open types."""
    counts: FloatArray
    """U: people of each."""
    matrix: sparse.csr_array
    """R x U: people in the row per unit of chance. The last row is the size of the panel."""
    lower: FloatArray
    upper: FloatArray


class Rise(msgspec.Struct, frozen=True, kw_only=True):
    """The highest minimum of some chances."""

    value: float
    chance: FloatArray
    """U: chances that reach it."""
    weight: FloatArray
    """U: what the minimum would gain if one person of the type could stay below it by a unit of chance. Above 0 only
    where the chance cannot be higher than the minimum; `counts @ weight` is 1 over the types that were raised."""


def of(types: Types, never: BoolArray) -> Relaxation:
    """The relaxation without the types in `never` (T), whose chance is 0, and the confirmed, whose chance is 1."""
    size_row = sparse.csr_array(np.ones((1, types.counts.size)))
    rows = sparse.vstack([sparse.csr_array(types.matrix.astype(np.float64)), size_row], format="csr")
    taken = rows @ types.floor.astype(np.float64)
    opened = np.flatnonzero((types.floor == 0) & ~never)
    counts = types.counts[opened].astype(np.float64)
    matrix = sparse.csr_array(rows[:, opened].multiply(counts))
    lower = np.append(types.lower, types.size) - taken
    upper = np.append(types.upper, types.size) - taken
    binding = (lower > 0) | (upper < matrix.sum(axis=1))
    binding[-1] = True
    return Relaxation(open=opened, counts=counts, matrix=matrix[binding], lower=lower[binding], upper=upper[binding])


def expected(types: Types, relaxed: Relaxation, chance: FloatArray) -> FloatArray:
    """Expected people of each type (T) from the chances of the open ones."""
    x = types.floor.astype(np.float64)
    x[relaxed.open] = chance * relaxed.counts
    return x


def rise(
    relaxed: Relaxation,
    *,
    chance: FloatArray | None = None,
    active: BoolArray | None = None,
    least: float = 0.0,
    method: Method = "vertex",
) -> Rise | None:
    """Raise the minimum of the `active` chances (all by default) as far as it goes, with the others as in `chance`.

    `least` is a value that the minimum is known to reach. None when no chances are possible.

    Written as p = z + s with s >= 0, which needs a handful of rows only. What remains is p <= 1. First s <= 1 - least,
    which allows too much: the value v is an upper bound. Then s <= 1 - v, which may allow too little: if v is reached
    all the same, that is the answer. Otherwise the types that went too high get a row of their own, and again.
    """
    raised = np.ones(relaxed.counts.size, dtype=np.bool_) if active is None else active
    given = np.zeros(raised.size) if chance is None else chance
    capped = np.zeros(0, dtype=np.int64)
    while True:
        found = _rise(relaxed, given, raised, capped, (least, least), method)
        if found is None:
            return None
        beyond = np.setdiff1d(np.flatnonzero(raised & (found.chance > 1 + _DUST)), capped)
        if not beyond.size:
            return found
        tight = _rise(relaxed, given, raised, capped, (least, found.value), method)
        if tight is not None and tight.value >= found.value - _DUST * found.value:
            return tight
        least = max(least, tight.value) if tight is not None else least
        capped = np.append(capped, beyond)


def _rise(
    relaxed: Relaxation,
    given: FloatArray,
    raised: BoolArray,
    capped: IntArray,
    limits: tuple[float, float],
    method: Method,
) -> Rise | None:
    """`rise` with p <= 1 for the types in `capped`, and p <= 1 + z - ceiling for the others.

    `limits` are least and ceiling.
    """
    least, ceiling = limits
    at = np.flatnonzero(raised)
    columns, caps = relaxed.matrix[:, at], _units(np.searchsorted(at, capped), at.size)
    blocks = [_with_sum(block) for block in (columns, caps)]
    settled = relaxed.matrix @ np.where(raised, 0.0, given)
    found = linear.maximise(
        np.append(np.zeros(at.size), 1.0),
        sparse.csr_array(sparse.vstack(blocks, format="csr")),
        lower=np.concatenate([relaxed.lower - settled, np.full(capped.size, -np.inf)]),
        upper=np.concatenate([relaxed.upper - settled, np.ones(capped.size)]),
        least=np.append(np.zeros(at.size), max(least - _DUST, 0.0)),
        most=np.append(np.full(at.size, max(1.0 - ceiling, 0.0)), 1.0),
        method=method,
    )
    if found is None:
        return None
    chances, weight = given.copy(), np.zeros(raised.size)
    chances[at] = found.x[-1] + found.x[:-1]
    weight[at] = np.maximum(found.reduced[:-1], 0.0) / relaxed.counts[at]
    return Rise(value=float(found.x[-1]), chance=chances, weight=weight)


def _with_sum(block: sparse.csr_array) -> sparse.csr_array:
    """One more column, the sum of the others: everybody's chance raised at once."""
    return sparse.csr_array(sparse.hstack([block, sparse.csr_array(block.sum(axis=1)[:, None])], format="csr"))


def _units(at: IntArray, width: int) -> sparse.csr_array:
    return sparse.csr_array((np.ones(at.size), (np.arange(at.size), at)), shape=(at.size, width))
