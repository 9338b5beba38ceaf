"""The least change of quotas after which a panel exists.

Integer programme over types: x people of each type, d places that a minimum goes down, u places that a maximum goes up;
minimise the costs of d and u with lower - d <= matrix @ x <= upper + u, the size, the address rule and the confirmed
people as they are. With whole x the d and u come out whole by themselves."""

from collections.abc import Mapping

import numpy as np
from scipy import sparse

from analytics.arrays import BoolArray, FloatArray, IntArray
from panels.sortition.infeasible.model import Change, Flex, Relaxation
from panels.sortition.infeasible.programme import Programme, least
from panels.sortition.model import Types

Flexes = Mapping[tuple[str, str], Flex]
"""Flex bounds by feature and value; a quota that is not named may change freely."""

_SALIENCE = 2.0
"""A minimum of 1 that falls to 0 leaves a group out altogether: it counts 3 times a place more elsewhere; a minimum of
10 that falls to 9 counts 1.2 times."""


def smallest(types: Types, flex: Flexes | None = None) -> Relaxation | None:
    """The fewest places by which minima go down or maxima up; None when no change of quotas helps.

    Raises:
        UndecidedError: the search was stopped at its limit.
    """
    quotas = quota_rows(types)
    return _relax(types, flex, down=np.ones(len(quotas)), up=np.ones(len(quotas)), step=1.0)


def cheapest(types: Types, flex: Flexes | None = None) -> Relaxation | None:
    """The least cost, where lowering a small minimum costs more; None when no change of quotas helps.

    Raises:
        UndecidedError: the search was stopped at its limit.
    """
    down = down_costs(types.lower[quota_rows(types)])
    return _relax(types, flex, down=down, up=np.ones(len(down)), step=0.0)


def down_costs(minima: IntArray) -> FloatArray:
    """Cost of one place less, by minimum."""
    return 1.0 + _SALIENCE / np.maximum(minima, 1)


def quota_rows(types: Types) -> IntArray:
    """Numbers of the rows that are quotas."""
    return np.flatnonzero([row.kind == "quota" for row in types.rows])


def _relax(types: Types, flex: Flexes | None, *, down: FloatArray, up: FloatArray, step: float) -> Relaxation | None:
    for bounds in (flex, None) if flex else (None,):
        programme = _programme(types, bounds, down=down, up=up, step=step)
        found = least(programme)
        if found is not None:
            x = np.rint(found.x[: len(types.counts)]).astype(np.int64)
            return _described(types, x, down=down, proven=found.proven, within_flex=bounds is flex)
    return None


def _programme(types: Types, flex: Flexes | None, *, down: FloatArray, up: FloatArray, step: float) -> Programme:
    rows, people = types.matrix.shape
    quotas = quota_rows(types)
    lower, upper = types.lower[quotas], types.upper[quotas]
    most_down, most_up = np.maximum(lower, 0), np.maximum(types.size - upper, 0)
    for place, row in enumerate(quotas):
        bounds = (flex or {}).get((types.rows[row].feature, types.rows[row].value))
        if bounds is not None:
            most_down[place] = np.clip(lower[place] - bounds.minimum, 0, most_down[place])
            most_up[place] = np.clip(bounds.maximum - upper[place], 0, most_up[place])
    slack = sparse.csr_array((np.ones(len(quotas)), (quotas, np.arange(len(quotas)))), shape=(rows, len(quotas)))
    seats = sparse.csr_array((np.arange(people + 2 * len(quotas)) < people).astype(np.float64)[None, :])
    nothing = np.zeros(len(quotas))
    return Programme(
        cost=np.concatenate([np.zeros(people), down, up]),
        matrix=sparse.csr_array(sparse.vstack([sparse.hstack([types.matrix, slack, -slack]), seats])),
        lower=np.append(types.lower, types.size).astype(np.float64),
        upper=np.append(types.upper, types.size).astype(np.float64),
        low=np.concatenate([types.floor, nothing, nothing]).astype(np.float64),
        high=np.concatenate([types.counts, most_down, most_up]).astype(np.float64),
        whole=_first(people, people + 2 * len(quotas)),
        step=step,
    )


def _first(true: int, of: int) -> BoolArray:
    return np.arange(of) < true


def _described(types: Types, x: IntArray, *, down: FloatArray, proven: bool, within_flex: bool) -> Relaxation:
    """The changes that panel x needs, counted in integers."""
    changes: list[Change] = []
    units, cost = 0, 0.0
    seated = types.matrix @ x
    for place, row in enumerate(quota_rows(types)):
        minimum, maximum = int(types.lower[row]), int(types.upper[row])
        less, more = max(minimum - int(seated[row]), 0), max(int(seated[row]) - maximum, 0)
        units += less + more
        cost += less * float(down[place]) + more
        if less or more:
            changes.append(
                Change(
                    feature=types.rows[row].feature,
                    value=types.rows[row].value,
                    minimum=minimum,
                    maximum=maximum,
                    new_minimum=minimum - less,
                    new_maximum=maximum + more,
                )
            )
    return Relaxation(changes=tuple(changes), units=units, cost=cost, proven=proven, within_flex=within_flex)
