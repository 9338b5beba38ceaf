"""How fair a lottery is: everybody's chance, and what sums it up."""

import numpy as np

from analytics.arrays import BoolArray, FloatArray, IntArray
from panels.sortition import weighting
from panels.sortition.model import Chances, Draft, Lottery, Target, Types

_ALWAYS = 1.0 - 1e-9
"""From here on a chance is 1, and what it lacks is rounding."""


def of(draft: Draft, types: Types, drawn: Lottery | IntArray, target: Target) -> Chances:
    """The chances of a lottery over types, or of seated panels that are equally likely (m x size, `seats.seat`).

    In a lottery over types everybody of a type has the type's expected people divided by its people, since who of a
    type is seated is left to chance.
    """
    if isinstance(drawn, Lottery):
        each = weighting.mean(drawn.weights, drawn.panels) / np.maximum(types.counts, 1)
        p = np.where(types.type_of >= 0, each[types.type_of], 0.0)
    else:
        p = np.bincount(drawn.ravel(), minlength=len(draft.people)) / len(drawn)
    return _summed(draft, types, np.where(p >= _ALWAYS, 1.0, p), target)


def gini(values: FloatArray) -> float:
    """Mean absolute difference of two people over twice the mean: 0 when all are equal. 0 for nobody."""
    total = float(values.sum())
    if total <= 0:
        return 0.0
    ranks = 2 * np.arange(1, values.size + 1) - values.size - 1
    # Rounding may leave the last bits of a difference between equals, on either side of 0.
    return max(0.0, float(ranks @ np.sort(values)) / (values.size * total))


def _summed(draft: Draft, types: Types, p: FloatArray, target: Target) -> Chances:
    drawable = _drawable(draft, types)
    type_of = np.maximum(types.type_of, 0)
    reachable = drawable & ~target.unreachable[type_of]
    among = p[reachable]
    lowest = float(among.min(initial=1.0))
    return Chances(
        p=p,
        minimum=lowest,
        maximum=float(p[drawable].max(initial=0.0)),
        gini=gini(p[drawable]),
        geometric_mean=float(np.exp(np.log(among).mean())) if among.size and lowest > 0 else 0.0,
        never=_ids(draft, drawable & ~reachable),
        always=_ids(draft, drawable & (p >= 1.0)),
        bound=target.bound,
        gap=max(0.0, target.bound - lowest),
    )


def _drawable(draft: Draft, types: Types) -> BoolArray:
    """Who may be drawn: neither excluded (nor living with a confirmed person under the address rule) nor confirmed."""
    confirmed = np.array([person.id in draft.confirmed for person in draft.people], dtype=np.bool_)
    return np.asarray((types.type_of >= 0) & ~confirmed)


def _ids(draft: Draft, chosen: BoolArray) -> tuple[str, ...]:
    return tuple(draft.people[i].id for i in np.flatnonzero(chosen))
