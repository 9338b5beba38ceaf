"""How many completes a cell ends with: the distribution, given rates, of what is in, what is open and what is added.

A person who was invited `a` plan days ago and has not completed will complete before the end with probability
p (F(a + left) - F(a)) / (1 - p F(a)), a person who is invited now with p F(left). Given p, their number is a sum of
binomials; it is taken as one binomial with the same mean and variance (and a number of trials that need not be whole),
whose upper tail is a regularised incomplete beta function. With a single group of people that is exact."""

from collections.abc import Mapping

import msgspec
import numpy as np
from scipy import special

from analytics.arrays import FloatArray
from panels.inviting.curve import Curve
from panels.inviting.models import Fieldwork
from panels.inviting.response import Response

_NONE = 1e-12
_ROUNDING = 1e-9
_SURE = 9.0
_HOPELESS = 25.0


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What the scenarios make of every cell as it stands (S x C unless said)."""

    have: FloatArray
    """C: completes so far."""
    mean: FloatArray
    """Expected further completes of who is invited already."""
    variance: FloatArray
    chance: FloatArray
    """Of one more invitation: that it completes before the end."""

    def after(self, invite: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean and variance of the further completes, with so many more invitations (C)."""
        s = self.chance
        return self.mean + invite * s, self.variance + invite * s * (1 - s)

    def cell(self, c: int) -> "Outlook":
        """One cell only."""
        at = slice(c, c + 1)
        return Outlook(
            have=self.have[at], mean=self.mean[:, at], variance=self.variance[:, at], chance=self.chance[:, at]
        )


def outlook(fieldwork: Fieldwork, response: Response, curve: Curve) -> Outlook:
    """What is to come of the invitations so far, and what one more would bring."""
    p = response.scenarios
    left = fieldwork.days_left
    mean, variance = np.zeros(p.shape), np.zeros(p.shape)
    for c, cell in enumerate(fieldwork.cells):
        for group in cell.pending:
            q = still(p[:, c], group.age, left, curve)
            mean[:, c] += group.people * q
            variance[:, c] += group.people * q * (1 - q)
    reach = 1.0 if left is None else curve.at(left)
    have = np.array([cell.have for cell in fieldwork.cells], dtype=np.float64)
    return Outlook(have=have, mean=mean, variance=variance, chance=p * reach)


def still(p: FloatArray, age: float, left: float | None, curve: Curve) -> FloatArray:
    """Chance that somebody who was invited `age` days ago and has not completed still will."""
    now = curve.at(age)
    end = 1.0 if left is None else curve.at(age + left)
    return np.asarray(p * (end - now) / np.maximum(1 - p * now, _NONE))


def tail(view: Outlook, invite: FloatArray, wanted: FloatArray) -> FloatArray:
    """S x C: probability that a cell ends with `wanted` completes (C) or more, after so many more invitations (C).

    For a single cell `invite` may be a row of numbers (G); the answer is then S x G.
    """
    mean, variance = view.after(invite)
    return upper_tail(mean, variance, wanted - view.have)


def upper_tail(mean: FloatArray, variance: FloatArray, k: FloatArray) -> FloatArray:
    """P(X >= k) for the binomial X with this mean and variance (variance <= mean)."""
    mean, variance, k = np.broadcast_arrays(mean, variance, k)
    found = np.where(k <= 0, 1.0, 0.0)
    # Most of a table is settled: so many standard deviations below or above that nothing is left to compute.
    away = (mean - k) / np.sqrt(variance + _NONE)
    found[away > _SURE] = 1.0
    at = (k > 0) & (away <= _SURE) & (away > -_HOPELESS)
    safe = np.maximum(mean[at], _NONE)
    p = np.clip(1 - variance[at] / safe, _NONE, 1.0)
    # Without the margin, rounding would let 71 people who are certain fall short of 71.
    room = safe / p - k[at] + 1 + _ROUNDING
    tails = special.betainc(np.maximum(k[at], 1.0), np.maximum(room, _ROUNDING), p)
    found[at] = np.where(room > 2 * _ROUNDING, tails, 0.0)
    return found


def per_cell(fieldwork: Fieldwork, given: Mapping[str, int]) -> FloatArray:
    """C: numbers by key, 0 where a cell is not named."""
    return np.array([given.get(key, 0) for key in fieldwork.keys], dtype=np.float64)
