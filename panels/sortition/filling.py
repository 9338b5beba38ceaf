"""Filling empty seats out of a short list, and how far a panel is from its quotas.

The *deviation* of a panel counts, over all quotas, the seats below the minimum and above the maximum, plus the seats
that stay empty."""

from collections.abc import Sequence

import msgspec
import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from analytics.arrays import BoolArray, FloatArray, IntArray
from panels.sortition.model import Draft

_QUOTA = 1_000_000.0
_SEAT = 1_010_000.0
"""An empty seat weighs as much as one place of a quota; of two equal choices the fuller panel is taken."""
_RANK = 1.0


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What is counted: a row for each quota, and a last one for the seats."""

    member: FloatArray
    """n x R of 0 and 1: in which rows each person of the draft counts."""
    lower: FloatArray
    upper: FloatArray


def rules(draft: Draft) -> Rules:
    place = {(quota.feature, quota.value): row for row, quota in enumerate(draft.quotas)}
    member = np.zeros((len(draft.people), len(draft.quotas) + 1))
    member[:, -1] = 1
    features = dict.fromkeys(quota.feature for quota in draft.quotas)
    for number, person in enumerate(draft.people):
        for feature in features:
            row = place.get((feature, person.features.get(feature, "")))
            if row is not None:
                member[number, row] = 1
    return Rules(
        member=member,
        lower=np.array([*(quota.minimum for quota in draft.quotas), draft.size], dtype=np.float64),
        upper=np.array([*(quota.maximum for quota in draft.quotas), draft.size], dtype=np.float64),
    )


def deviation(rules: Rules, counted: FloatArray) -> FloatArray:
    """Deviation of each of S panels, from their counts (S x R)."""
    below = np.maximum(rules.lower - counted, 0).sum(axis=1)
    above = np.maximum(counted - rules.upper, 0).sum(axis=1)
    return np.asarray(below + above)


def quickly(rules: Rules, counted: FloatArray, listed: FloatArray, free: BoolArray) -> FloatArray:
    """Counts (S x R) after seats were filled in S panels at once: time and again whoever lowers the deviation most, the
    first in the list among equals, as long as it goes down.

    Args:
        counted: S x R, of the people who are there.
        listed: k x R, rows in which each person of the list counts.
        free: S x k, who of the list can come.
    """
    counted, free = counted.copy(), free & (counted[:, -1:] < rules.upper[-1])
    turned = listed.T.astype(np.float32)
    active = np.flatnonzero(free.any(axis=1))
    while active.size:
        now = counted[active]
        need = (now < rules.lower).astype(np.float32) - (now >= rules.upper)
        gain = np.where(free[active], need @ turned, -1)
        best = np.argmax(gain, axis=1)
        use = gain[np.arange(active.size), best] > 0
        active, best = active[use], best[use]
        counted[active] += listed[best]
        free[active, best] = False
        active = active[counted[active, -1] < rules.upper[-1]]
    return counted


def exactly(rules: Rules, counted: FloatArray, listed: FloatArray) -> IntArray:
    """Who of a list (k x R) to seat beside the people counted (R), as positions in the list, so that the deviation is
    least; of equal choices the one with the fuller panel, then with the lower sum of positions. Integer programme."""
    number, count = len(listed), len(rules.lower)
    if not number or counted[-1] >= rules.upper[-1]:
        return np.zeros(0, dtype=np.int64)
    weight = np.append(np.full(count - 1, _QUOTA), _SEAT)
    matrix = np.hstack([listed.T, np.eye(count), -np.eye(count)])
    above = np.append(np.full(count - 1, np.inf), 0.0)
    result = milp(
        np.concatenate([_RANK * np.arange(number), weight, weight]),
        constraints=LinearConstraint(matrix, rules.lower - counted, rules.upper - counted),
        bounds=Bounds(0, np.concatenate([np.ones(number), np.full(count, np.inf), above])),
        integrality=(np.arange(number + 2 * count) < number).astype(np.int64),
        options={"mip_rel_gap": 0.0},
    )
    if result.x is None:
        raise RuntimeError(f"A programme that always has a solution gave none: {result.message}")
    return np.flatnonzero(result.x[:number] > 0.5)


def positions(draft: Draft, ids: Sequence[str]) -> IntArray:
    """Places of these people in the draft, -1 for who is not in it."""
    at = {person.id: number for number, person in enumerate(draft.people)}
    return np.array([at.get(one, -1) for one in ids], dtype=np.int64)
