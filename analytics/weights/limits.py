"""Raking with limits on the final weight, without visiting the people.

Trimming is part of the problem: the final weight of a person is start weight x exp(u), cut off at the limits, where u
is the same for all people of a row. Sorted by start weight, those cut off below come first in a row and those cut off
above last, so a row's weight follows from where the two groups end and from running sums."""

import msgspec
import numpy as np

from analytics.arrays import FloatArray, IntArray
from analytics.weights.codes import sums_by
from analytics.weights.newton import Response, ResponseFunction

_LARGEST_EXPONENT = 500.0


class Groups(msgspec.Struct, frozen=True, kw_only=True):
    """People alike in every margin and in start weight, counted together; ordered by row, then by start weight."""

    row: IntArray
    """Kind of person, in the margins, of each group."""
    unit: FloatArray
    """Start weight of one person."""
    count: FloatArray
    """People."""

    @property
    def start(self) -> FloatArray:
        return self.unit * self.count


def grouped(row: IntArray, unit: FloatArray, count: FloatArray) -> tuple[Groups, IntArray]:
    """Groups in order, and for each entry given the place of its group."""
    order = np.lexsort((unit, row))
    rows, units = row[order], unit[order]
    fresh = np.r_[True, (np.diff(rows) != 0) | (np.diff(units) != 0)]
    place = np.cumsum(fresh) - 1
    of = np.empty(order.size, dtype=np.int64)
    of[order] = place
    groups = Groups(row=rows[fresh], unit=units[fresh], count=sums_by(place, count[order], int(fresh.sum())))
    return groups, of


def unlimited(start: FloatArray) -> ResponseFunction:
    """Rows of which only the sum of start weights matters."""

    def response(exponent: FloatArray) -> Response:
        mass = start * np.exp(np.minimum(exponent, _LARGEST_EXPONENT))
        return Response(mass=mass, slope=mass, value=float(mass.sum()))

    return response


def limited(groups: Groups, rows: int, low: float, high: float) -> ResponseFunction:
    """Rows whose people weigh start weight x exp(u), but no less than `low` and no more than `high`."""
    edges = np.searchsorted(groups.row, np.arange(rows + 1))
    people = _running(groups.count)
    weight = _running(groups.start)
    logs = _running(groups.count * np.log(groups.unit))

    def part(first: IntArray, last: IntArray, limit: float, exponent: FloatArray) -> tuple[FloatArray, float]:
        """Weight and integral of the people who sit on a limit."""
        n = people[last] - people[first]
        if not 0.0 < limit < np.inf:
            return np.zeros(rows), 0.0
        integral = limit * ((1.0 + exponent - np.log(limit)) * n + logs[last] - logs[first])
        return limit * n, float(integral.sum())

    def response(exponent: FloatArray) -> Response:
        factor = np.exp(np.clip(exponent, -_LARGEST_EXPONENT, _LARGEST_EXPONENT))
        lowest = _places(groups.unit, edges, low / factor, through=True)
        highest = np.maximum(_places(groups.unit, edges, high / factor, through=False), lowest)
        slope = factor * (weight[highest] - weight[lowest])
        under, value_under = part(edges[:-1], lowest, low, exponent)
        over, value_over = part(highest, edges[1:], high, exponent)
        return Response(mass=under + slope + over, slope=slope, value=float(slope.sum()) + value_under + value_over)

    return response


def final(groups: Groups, exponent: FloatArray, low: float, high: float) -> FloatArray:
    """Final weight of one person of each group."""
    factor = np.exp(np.clip(exponent, -_LARGEST_EXPONENT, _LARGEST_EXPONENT))
    return np.clip(groups.unit * factor[groups.row], low, high)


def _running(values: FloatArray) -> FloatArray:
    return np.concatenate([[0.0], np.cumsum(values)])


def _places(units: FloatArray, edges: IntArray, threshold: FloatArray, *, through: bool) -> IntArray:
    """Where each row's threshold falls among its ordered start weights, by bisection in all rows at once."""
    low, high = edges[:-1].copy(), edges[1:].copy()
    last = units.size - 1
    while (low < high).any():
        middle = (low + high) // 2
        tried = units[np.minimum(middle, last)]
        before = (tried <= threshold if through else tried < threshold) & (low < high)
        low, high = np.where(before, middle + 1, low), np.where(before, high, middle)
    return low
