"""Wanted chances by any of the algorithms."""

import numpy as np

from analytics.arrays import BoolArray, FloatArray
from panels.errors import DraftImpossible
from panels.sortition import goldilocks, implied, leximin, maximin, nash, reach, relaxation
from panels.sortition.model import Algorithm, Target, Types
from panels.sortition.relaxation import Relaxation

FEW_TYPES = 100
"""Up to this many types, who can be on a panel is settled in whole people; above it, in the relaxation, which may hold
a type for reachable that only fractions of people reach."""


def find(types: Types, algorithm: Algorithm) -> Target:
    """The chances that `algorithm` wants, in the relaxation: no lottery does better.

    Types that no panel can contain get 0 and are left out of the bound and of the statistics that the algorithm
    optimises, so that they do not pull the minimum to 0. `stratified` has no target of its own and gets that of
    leximin.

    Raises:
        DraftImpossible: no panel meets the quotas, not even with fractions of people.
    """
    relaxed, never = reachable(types)
    bounds = implied.implied(relaxed)
    if bounds is None:
        raise DraftImpossible
    inside = implied.within(relaxed, bounds)
    chance = np.ones(relaxed.counts.size)
    free = ~bounds.always
    bound = 1.0
    if free.any():
        chance[free] = np.clip(_chances(inside, algorithm), 0.0, 1.0)
        bound = _bound(inside)
    return Target(
        algorithm=algorithm,
        expected=relaxation.expected(types, relaxed, chance),
        bound=bound,
        levels=leximin.levels(chance, relaxed.counts) if algorithm in ("leximin", "stratified") else (),
        unreachable=never,
    )


def reachable(types: Types) -> tuple[Relaxation, BoolArray]:
    """The relaxation over the types that a panel can contain, and the others (T), confirmed types in neither.

    Raises:
        DraftImpossible: there is no panel.
    """
    never = np.zeros(types.counts.size, dtype=np.bool_)
    relaxed = relaxation.of(types, never)
    bounds = implied.implied(relaxed)
    if bounds is None:
        raise DraftImpossible
    never[relaxed.open[bounds.never]] = True
    if types.counts.size <= FEW_TYPES:
        never |= reach.exact(types).never
    return (relaxation.of(types, never) if never.any() else relaxed), never


def _chances(inside: Relaxation, algorithm: Algorithm) -> FloatArray:
    match algorithm:
        case "leximin" | "stratified":
            return leximin.chances(inside)
        case "maximin":
            return maximin.chances(inside)
        case "nash":
            return nash.chances(inside)
        case "goldilocks":
            return goldilocks.chances(inside)


def _bound(inside: Relaxation) -> float:
    found = relaxation.rise(inside)
    if found is None:
        raise DraftImpossible
    return min(found.value, 1.0)
