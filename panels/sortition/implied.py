"""Bounds that nothing in a relaxation can leave, found by one linear programme."""

import msgspec
import numpy as np
from scipy import sparse

from analytics.arrays import BoolArray
from panels.sortition import linear
from panels.sortition.relaxation import Relaxation

_HALF = 0.5
"""A bound that can be left counts 1 at the optimum, another one 0."""


class Implied(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for everything in a relaxation, though no bound says so by itself."""

    never: BoolArray
    """U: open types whose chance is always 0."""
    always: BoolArray
    """U: open types whose chance is always 1."""
    at_lower: BoolArray
    """R: rows that are always at their lower bound."""
    at_upper: BoolArray


def implied(relaxed: Relaxation) -> Implied | None:
    """Every bound that cannot be left, by one programme; None when the relaxation is empty.

    Maximises how many bounds are left at once, each counted up to 1, by a point of the relaxation blown up by a factor
    of 1 or more: blown up far enough, a point that leaves all bounds that can be left counts 1 for each (Freund, Roundy
    and Todd 1985, Identifying the set of always-active constraints in a system of linear inequalities by a single
    linear program).
    """
    types, rows = relaxed.counts.size, relaxed.lower.size
    left = np.concatenate([np.ones(types), np.zeros(types), np.ones(types + 2 * rows)])
    found = linear.maximise(
        np.append(left, 0.0),
        _programme(relaxed),
        lower=np.zeros(2 * rows + types),
        upper=np.full(2 * rows + types, np.inf),
        least=np.append(np.zeros(left.size), 1.0),
        most=np.append(np.where(left > 0, 1.0, np.inf), np.inf),
    )
    if found is None:
        return None
    above, _, below, low, high = np.split(found.x[:-1] < _HALF, np.cumsum([types, types, types, rows]))
    return Implied(never=above, always=below, at_lower=low, at_upper=high)


def within(relaxed: Relaxation, bounds: Implied) -> Relaxation:
    """The relaxation inside the bounds that it never leaves, so that it has an interior: without the types that are
    always or never on the panel, and with rows that are always at one bound as equalities."""
    free = ~(bounds.always | bounds.never)
    certain = relaxed.matrix @ bounds.always.astype(np.float64)
    at_lower, at_upper = bounds.at_lower & ~bounds.at_upper, bounds.at_upper & ~bounds.at_lower
    return Relaxation(
        open=relaxed.open[free],
        counts=relaxed.counts[free],
        matrix=relaxed.matrix[:, free],
        lower=np.where(at_upper, relaxed.upper, relaxed.lower) - certain,
        upper=np.where(at_lower, relaxed.lower, relaxed.upper) - certain,
    )


def _programme(relaxed: Relaxation) -> sparse.csr_array:
    """Columns: what each chance has up to 1, what it has more, its room below the factor, the room of each row above
    its lower and below its upper bound, and the factor."""
    matrix = relaxed.matrix
    chance, row = sparse.eye_array(relaxed.counts.size), sparse.eye_array(relaxed.lower.size)
    none, empty = sparse.csr_array((row.shape[0], chance.shape[0])), sparse.csr_array(row.shape)
    wide = sparse.csr_array((chance.shape[0], row.shape[0]))
    factors = [
        sparse.csr_array(column[:, None]) for column in (-relaxed.lower, relaxed.upper, np.ones(chance.shape[0]))
    ]
    blocks = [
        sparse.hstack([matrix, matrix, none, -row, empty, factors[0]], format="csr"),
        sparse.hstack([-matrix, -matrix, none, empty, -row, factors[1]], format="csr"),
        sparse.hstack([-chance, -chance, -chance, wide, wide, factors[2]], format="csr"),
    ]
    return sparse.csr_array(sparse.vstack(blocks, format="csr"))
