"""Stratified selection: chances as near to equal as the quotas allow, and whole panels by controlled rounding.

The strata are the types: everybody in one has the same chance. Seats are divided over the strata in proportion to
their people, which is the same chance for everyone, and then moved as little as it takes to meet the quotas, where
little is meant in the sense of Kullback and Leibler: the sum of x log(x / proportional) is smallest. That is raking,
with intervals in place of totals (Bregman 1967; Csiszar 1975, I-divergence geometry): each person's chance is the
equal chance times one factor for each of their values, where a value whose quota does not bind has the factor 1, and
nobody is above 1. It is easy to explain, and often near to the Nash lottery; what it does not do is look after the
lowest chance."""

from collections.abc import Iterator

import msgspec
import numpy as np
from scipy import sparse

from analytics.arrays import FloatArray, IntArray
from panels.errors import DraftImpossible
from panels.sortition import linear
from panels.sortition.model import Target, Types

_ROUNDS = 3_000
_STILL = 1e-12
"""The raking ends when no chance moves more than this in a round."""
_MET = 1e-8
"""A row is met when it is this near to its bounds, in people."""
_TINY = 1e-300


class _Block(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of which no two share a type, so that they are raked together: one feature, or the kinds of household."""

    label: IntArray
    """T: row of each type within the block; the number of rows for a type that is in none."""
    lower: FloatArray
    upper: FloatArray


def target(types: Types, other: Target) -> Target:
    """The chances of stratified selection.

    Args:
        other: a target of another algorithm for these types: who is unreachable, and the bound.

    Raises:
        DraftImpossible: not even fractions of people meet the quotas.
    """
    drawable = (types.floor == 0) & ~other.unreachable
    counts = np.where(drawable, types.counts, 0).astype(np.float64)
    seats = float(types.size - types.floor.sum())
    raked = _rake(list(_blocks(types)), counts, seats)
    return Target(
        algorithm="stratified",
        expected=_feasible(types, raked + types.floor, np.where(drawable, types.counts, types.floor)),
        bound=other.bound,
        unreachable=other.unreachable,
    )


def _blocks(types: Types) -> Iterator[_Block]:
    """The rows by feature, less what confirmed people take, and the size as a block of its own."""
    taken = types.matrix @ types.floor
    names = [(row.kind, row.feature) for row in types.rows]
    for name in dict.fromkeys(names):
        at = np.array([i for i, other in enumerate(names) if other == name])
        row, type_ = types.matrix[at].nonzero()
        label = np.full(types.counts.size, at.size)
        label[type_] = row
        yield _Block(label=label, lower=_floats((types.lower - taken)[at]), upper=_floats((types.upper - taken)[at]))
    left = _floats(np.array([types.size - types.floor.sum()]))
    yield _Block(label=np.zeros(types.counts.size, dtype=np.int64), lower=left, upper=left)


def _floats(values: IntArray) -> FloatArray:
    return np.maximum(values, 0).astype(np.float64)


def _rake(blocks: list[_Block], counts: FloatArray, seats: float) -> FloatArray:
    """People of each type. Every round meets the blocks one after the other and then the caps; a factor that is no
    longer needed goes back to 1 (Bregman's method for intervals)."""
    people = max(1.0, float(counts.sum()))
    chance = np.where(counts > 0, seats / people, 0.0)
    factors = [np.zeros(block.lower.size) for block in blocks]
    capped = np.zeros(counts.size)
    for _ in range(_ROUNDS):
        before = chance
        for block, factor in zip(blocks, factors, strict=True):
            step = _step(block, factor, chance * counts)
            factor += step
            chance = chance * np.exp(np.append(step, 0.0)[block.label])
        down = np.minimum(-np.log(np.maximum(chance, _TINY)), -capped)
        capped += down
        chance = chance * np.exp(down)
        if np.abs(chance - before).max(initial=0.0) < _STILL:
            break
    return chance * counts


def _step(block: _Block, factor: FloatArray, x: FloatArray) -> FloatArray:
    """The change of the logarithm of each row's factor: back to 0, as far as the bounds of the row allow."""
    rows = block.lower.size
    held = np.bincount(block.label, weights=x, minlength=rows + 1)[:rows]
    known = np.log(np.maximum(held, _TINY))
    down, up = np.log(np.maximum(block.lower, _TINY)) - known, np.log(np.maximum(block.upper, _TINY)) - known
    return np.where(held > 0, np.clip(-factor, down, up), 0.0)


def _feasible(types: Types, x: FloatArray, most: IntArray) -> FloatArray:
    """x itself when it meets the rows, else the nearest that does (smallest sum of differences)."""
    reached = types.matrix @ x
    off = max(
        float(np.maximum(types.lower - reached, reached - types.upper).max(initial=0.0)),
        abs(float(x.sum()) - types.size),
    )
    if off <= _MET:
        return x
    eye = sparse.eye_array(x.size, format="csr")
    ones = sparse.csr_array(np.ones((1, x.size)))
    rows = sparse.vstack([types.matrix, ones], format="csr")
    found = linear.maximise(
        np.append(np.zeros(x.size), -np.ones(2 * x.size)),
        sparse.csr_array(
            sparse.vstack(
                [
                    sparse.hstack([rows, sparse.csr_array((rows.shape[0], 2 * x.size))]),
                    sparse.hstack([eye, -eye, eye]),
                ],
                format="csr",
            )
        ),
        lower=np.concatenate([types.lower, [types.size], x]).astype(np.float64),
        upper=np.concatenate([types.upper, [types.size], x]).astype(np.float64),
        least=np.concatenate([types.floor, np.zeros(2 * x.size)]),
        most=np.concatenate([most, np.full(2 * x.size, np.inf)]),
    )
    if found is None:
        raise DraftImpossible
    return found.x[: x.size]
