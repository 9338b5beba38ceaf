"""What is impossible at first sight: each quota by itself against the people who are there."""

from collections import defaultdict

import numpy as np
from scipy import sparse

from analytics.arrays import IntArray
from panels.sortition.infeasible.model import Excess, Shortage, SumGap, Supply
from panels.sortition.model import Types


def supply(types: Types) -> Supply:
    """Every minimum that exceeds the people or free seats there are, every maximum that confirmed people exceed, and
    every feature whose bounds cannot add up to the panel size."""
    everybody = sparse.csr_array(np.ones((1, len(types.counts)), dtype=np.int64))
    available = int(_most(types, everybody)[0])
    confirmed = int(types.floor.sum())
    return Supply(
        size=types.size,
        available=available,
        missing=max(types.size - available, 0),
        confirmed=confirmed,
        shortages=_shortages(types),
        excesses=_excesses(types),
        sums=_sums(types),
    )


def _most(types: Types, rows: sparse.csr_array) -> IntArray:
    """Most people of each row (of R x T) who can be on one panel under the address rule alone.

    Kinds of household do not overlap, so the most is a sum: per kind, its people of this row or its addresses,
    whichever are fewer; and everybody without an address rule.
    """
    homes = np.flatnonzero([row.kind == "household" for row in types.rows])
    kinds = types.matrix[homes]
    alone = np.where(np.asarray(kinds.sum(axis=0)).ravel() > 0, 0, types.counts)
    at_home = (sparse.csr_array(rows.multiply(types.counts)) @ kinds.T).toarray()
    total: IntArray = rows @ alone + np.minimum(at_home, types.upper[homes]).sum(axis=1)
    return total.astype(np.int64)


def _shortages(types: Types) -> tuple[Shortage, ...]:
    people = _most(types, types.matrix)
    confirmed = types.matrix @ types.floor
    seats = confirmed + max(types.size - int(types.floor.sum()), 0)
    found = []
    for number, row in enumerate(types.rows):
        available = int(min(people[number], seats[number]))
        minimum = int(types.lower[number])
        if row.kind == "quota" and minimum > available:
            found.append(
                Shortage(
                    feature=row.feature,
                    value=row.value,
                    minimum=minimum,
                    available=available,
                    missing=minimum - available,
                    reason="people" if people[number] <= seats[number] else "seats",
                )
            )
    return tuple(found)


def _excesses(types: Types) -> tuple[Excess, ...]:
    confirmed = types.matrix @ types.floor
    return tuple(
        Excess(feature=row.feature, value=row.value, maximum=int(maximum), confirmed=int(people))
        for row, maximum, people in zip(types.rows, types.upper, confirmed, strict=True)
        if row.kind == "quota" and people > maximum
    )


def _sums(types: Types) -> tuple[SumGap, ...]:
    minima: dict[str, int] = defaultdict(int)
    maxima: dict[str, int] = defaultdict(int)
    for row, lower, upper in zip(types.rows, types.lower, types.upper, strict=True):
        if row.kind == "quota":
            minima[row.feature] += int(lower)
            maxima[row.feature] += int(upper)
    found = []
    for feature, total in minima.items():
        if total > types.size:
            found.append(SumGap(feature=feature, side="minima", total=total, gap=total - types.size))
        if maxima[feature] < types.size:
            gap = types.size - maxima[feature]
            found.append(SumGap(feature=feature, side="maxima", total=maxima[feature], gap=gap))
    return tuple(found)
