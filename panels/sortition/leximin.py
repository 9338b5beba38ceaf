"""Leximin: the lowest chance as high as it can be, then the next lowest, and so on to the last.

Method: Flanigan, Goelz, Gupta, Hennig and Procaccia (2021), Fair algorithms for selecting citizens' assemblies,
Nature 596, with the relaxation in place of the list of panels: raise the minimum, settle the types that a dual weight
holds there, go on with the rest. A lottery that reaches these chances is the leximin lottery, since the relaxation
holds every lottery."""

import msgspec
import numpy as np
from scipy import sparse

from analytics.arrays import BoolArray, FloatArray, IntArray
from panels.errors import DraftImpossible
from panels.sortition import relaxation
from panels.sortition.linear import Method
from panels.sortition.relaxation import Relaxation, Rise

_HELD = 1e-6
"""A type is settled when its dual weight is this part of the largest one; a smaller one may be rounding, and is looked
at again in the next round."""
_AT_MINIMUM = 1e-5
"""Inside a face, chances that are not settled lie further above the minimum than this."""
_TOP = 1.0 - 1e-9
_ONE_LEVEL = 1e-8


def chances(relaxed: Relaxation) -> FloatArray:
    """The leximin chance of each open type.

    Two passes. The first, from inside the faces, finds in a dozen rounds *which* types end up at one level; its errors
    of 1e-9 or so pile up from level to level. The second computes the levels from that partition, exactly: with every
    group as one variable the programmes are tiny.

    Raises:
        DraftImpossible: even the relaxation has no panel.
    """
    groups = _settle(relaxed, "interior")
    if groups is not None:
        _, numbers = np.unique(groups, return_inverse=True)
        by_group = _settle(_merged(relaxed, numbers), "vertex")
        if by_group is not None:
            return by_group[numbers]
    one_by_one = _settle(relaxed, "vertex")
    if one_by_one is None:
        raise DraftImpossible
    return one_by_one


def levels(chance: FloatArray, counts: FloatArray) -> tuple[tuple[float, int], ...]:
    """(chance, people) of every distinct level, lowest first; chances within 1e-8 are one level."""
    order = np.argsort(chance, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(chance[order]) > _ONE_LEVEL) + 1) if order.size else []
    return tuple((float(chance[part].min()), round(float(counts[part].sum()))) for part in parts)


def _settle(relaxed: Relaxation, method: Method) -> FloatArray | None:
    """Raise the minimum, settle who is held there, and go on; None when rounding left a round without a solution."""
    active = np.ones(relaxed.counts.size, dtype=np.bool_)
    chance = np.zeros(active.size)
    least = 0.0
    while True:
        found = relaxation.rise(relaxed, chance=chance, active=active, least=least, method=method)
        if found is None:
            return None
        held = _held(found, active)
        least = max(least, min(found.value, 1.0))
        chance[held] = least
        relaxed = _containing(relaxed, np.where(active & ~held, found.chance, chance))
        active &= ~held
        if not active.any():
            return chance


def _held(found: Rise, active: BoolArray) -> BoolArray:
    """The active types that cannot be above the minimum; at least one."""
    if found.value >= _TOP:
        return active
    heaviest = found.weight[active].max()
    at_minimum = found.chance <= found.value + _AT_MINIMUM
    held: BoolArray = active & at_minimum & (found.weight >= _HELD * heaviest)
    return held if held.any() else active & (found.weight >= heaviest)


def _containing(relaxed: Relaxation, chance: FloatArray) -> Relaxation:
    """The relaxation with its rows moved by as little as lets `chance` be in it, so that rounding never empties it."""
    reached = relaxed.matrix @ chance
    equal = relaxed.lower == relaxed.upper
    return msgspec.structs.replace(
        relaxed,
        lower=np.where(equal, reached, np.minimum(relaxed.lower, reached)),
        upper=np.where(equal, reached, np.maximum(relaxed.upper, reached)),
    )


def _merged(relaxed: Relaxation, numbers: IntArray) -> Relaxation:
    """The relaxation in which all types with one number have one chance."""
    groups = int(numbers.max(initial=-1)) + 1
    members = sparse.csr_array(
        (np.ones(numbers.size), (np.arange(numbers.size), numbers)), shape=(numbers.size, groups)
    )
    return Relaxation(
        open=np.arange(groups),
        counts=np.asarray(relaxed.counts @ members),
        matrix=sparse.csr_array(relaxed.matrix @ members),
        lower=relaxed.lower,
        upper=relaxed.upper,
    )
