"""The cube method: a random sample with given probabilities that is balanced (Deville and Tillé 2004).

Each unit has a probability p in [0, 1]; the sample s in {0, 1} has expectation p exactly. *Flight*: p walks at random,
without drift, along directions that leave all column sums alone, until too few fractions are left for such a direction.
A direction is sought among as few units as have one, which makes every step cheap whatever the number of units (Chauvet
and Tillé 2006); units are taken stratum by stratum, so that each stratum is settled by itself as far as it can be
(Chauvet 2009). *Landing*: the fractions left are settled by whole-number programs. The usual landing gives up balance
column by column, and with it bounds; here each step takes a sample that keeps every size and every bound, with its
share in the point reached, or goes on from the rest of that point: again without drift. A few units drawn by lot stay
out of the flight: among them landing finds room where it would otherwise end in a corner that no sample shares."""

from typing import NamedTuple

import numpy as np
from scipy import optimize, sparse

from analytics.arrays import FloatArray, IntArray

_TOLERANCE = 1e-9
_NODES = 20
_WIDEST = 64
"""Whole numbers by which bounds may be missed at most; never reached, since some sample is always near."""
_ASIDE = 30
"""Units, and at least twice the columns, that wait for the landing where a column has bounds."""


class Landed(NamedTuple):
    """A sample."""

    taken: IntArray
    """n: 0 or 1."""
    slack: int
    """Whole numbers by which bounds had to be widened, because no sample meets them all; 0 as a rule."""


def draw(p: FloatArray, stratum: IntArray, counted: FloatArray, rng: np.random.Generator) -> Landed:
    """A sample with probabilities `p` (n) that has in every stratum as many units as p sums to.

    Args:
        stratum: n codes; p sums to a whole number in each.
        counted: n x q; the sum of a column of 0 and 1 over the sample is its sum over p, rounded up or down. The sum of
            other columns is as near as landing can bring it.

    Raises:
        ArithmeticError: p does not sum to whole numbers.
    """
    totals = p @ counted
    whole = np.isin(counted, (0.0, 1.0)).all(axis=0)
    lower = np.where(whole, np.floor(totals + _TOLERANCE), -np.inf)
    upper = np.where(whole, np.ceil(totals - _TOLERANCE), np.inf)
    aside = rng.permutation(np.flatnonzero((p > _TOLERANCE) & (p < 1 - _TOLERANCE)))
    flying = np.ones(p.size, dtype=bool)
    flying[aside[: max(_ASIDE, 2 * counted.shape[1]) if whole.any() else 0]] = False
    left = p.copy()
    left[flying] = flight(p[flying], stratum[flying], counted[flying][:, _independent(stratum, counted)], rng)
    return _land(left, stratum, counted, lower, upper, rng)


def flight(p: FloatArray, stratum: IntArray, counted: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Walk until no direction is left: at most (strata in play + columns) fractions remain; sums stay as they are."""
    x = np.clip(p, 0.0, 1.0)
    order = rng.permutation(x.size)
    # Strata in random order, and units in random order within them.
    place = rng.permutation(int(stratum.max(initial=-1)) + 1)
    queue = [int(i) for i in order[np.argsort(place[stratum[order]], kind="stable")] if _open(x[i])]
    at = 0
    working: list[int] = []
    while True:
        strata = len({int(stratum[i]) for i in working})
        while at < len(queue) and len(working) <= strata + counted.shape[1]:
            working.append(queue[at])
            strata = len({int(stratum[i]) for i in working})
            at += 1
        if len(working) <= strata + counted.shape[1]:
            break
        rows = np.array(working)
        x[rows] = _step(x[rows], stratum[rows], counted[rows], rng)
        working = [i for i in working if _open(x[i])]
    return _last_directions(x, np.array(working, dtype=np.int64), stratum, counted, rng)


def _independent(stratum: IntArray, counted: FloatArray) -> list[int]:
    """Columns that follow neither from the strata nor from earlier columns: what flight need not hold twice."""
    people = np.maximum(np.bincount(stratum), 1)
    means = [np.bincount(stratum, weights=column) / people for column in counted.T]
    kept: list[int] = []
    basis = np.empty((len(counted), 0))
    for i, mean in enumerate(means):
        rest = counted[:, i] - mean[stratum]
        size = float(np.linalg.norm(rest))
        rest = rest - basis @ (basis.T @ rest)
        if float(np.linalg.norm(rest)) > 1e-7 * max(size, 1.0):
            kept.append(i)
            basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
    return kept


def _last_directions(
    x: FloatArray, rows: IntArray, stratum: IntArray, counted: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """The same among the units that are left, as long as their columns depend on each other."""
    while rows.size:
        fixed = _columns(stratum[rows], counted[rows])
        *_, values, kernel = np.linalg.svd(fixed.T, full_matrices=True)
        rank = int((values > _TOLERANCE * max(1.0, values.max(initial=0.0))).sum())
        if rank == rows.size:
            break
        x[rows] = _walk(x[rows], kernel[-1], rng)
        rows = rows[[_open(value) for value in x[rows]]]
    return x


def _step(x: FloatArray, stratum: IntArray, counted: FloatArray, rng: np.random.Generator) -> FloatArray:
    # More rows than columns: the last column of the full Q is at right angles to all of them.
    q = np.linalg.qr(_columns(stratum, counted), mode="complete")[0]
    return _walk(x, q[:, -1], rng)


def _walk(x: FloatArray, direction: FloatArray, rng: np.random.Generator) -> FloatArray:
    """To one of the two ends of a line through x within the cube; the mean of both, with their chances, is x."""
    u = np.where(np.abs(direction) < 1e-11, 0.0, direction)
    with np.errstate(divide="ignore", invalid="ignore"):
        ahead = np.nanmin(np.where(u > 0, (1 - x) / u, np.where(u < 0, -x / u, np.nan)))
        back = np.nanmin(np.where(u > 0, x / u, np.where(u < 0, (x - 1) / u, np.nan)))
    moved = x + u * (ahead if rng.random() * (ahead + back) < back else -back)
    return _snapped(moved)


def _columns(stratum: IntArray, counted: FloatArray) -> FloatArray:
    return np.column_stack([np.equal.outer(stratum, np.unique(stratum)).astype(np.float64), counted])


def _snapped(x: FloatArray) -> FloatArray:
    near = np.round(x)
    return np.where(np.abs(x - near) < _TOLERANCE, near, x)


def _open(value: float) -> bool:
    return _TOLERANCE < value < 1 - _TOLERANCE


def _land(
    x: FloatArray,
    stratum: IntArray,
    counted: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    rng: np.random.Generator,
) -> Landed:
    """Settle the fractions: x is a mixture of a sample z in its smallest face and of a point further from z, which lies
    in a smaller face. Take z with its share of the mixture, else go on from that point."""
    x = _snapped(x)
    slack = 0
    while (rows := np.flatnonzero((x > _TOLERANCE) & (x < 1 - _TOLERANCE))).size:
        base = counted.T @ np.where(np.isin(np.arange(x.size), rows), 0.0, x)
        face = _Face(
            x=x[rows],
            stratum=stratum[rows],
            counted=counted[rows],
            lower=lower - base - slack,
            upper=upper - base + slack,
        )
        z = face.sample()
        if z is None:
            slack += 1
            if slack > _WIDEST:
                raise ArithmeticError("No sample has these stratum sizes; do the probabilities sum to whole numbers?")
            continue
        further = face.beyond(z)
        if rng.random() * (1 + further) < further:
            x[rows] = z
        else:
            x[rows] = _snapped(x[rows] + further * (x[rows] - z))
    return Landed(taken=np.round(x).astype(np.int64), slack=slack)


class _Face(NamedTuple):
    """The fractions left, with what their column sums may be."""

    x: FloatArray
    stratum: IntArray
    counted: FloatArray
    lower: FloatArray
    upper: FloatArray

    def sample(self) -> FloatArray | None:
        """The sample in the smallest face that holds x which is nearest to x; None if there is none.

        The sums of columns without bounds are brought near to those of x before anything else counts.
        """
        n = self.x.size
        sizes = np.equal.outer(np.unique(self.stratum), self.stratum).astype(np.float64)
        low, high = self._bounds()
        bounded = np.isfinite(low)
        near = self.counted[:, ~bounded].T
        near = near / np.maximum(np.abs(near).max(axis=1, initial=0.0, keepdims=True), _TOLERANCE)
        m = len(near)
        counts = np.vstack([sizes, self.counted[:, bounded].T])
        rows = np.block([[counts, np.zeros((len(counts), m))], [near, -np.eye(m)], [near, np.eye(m)]])
        size, middle, wide = np.round(sizes @ self.x), near @ self.x, np.full(m, np.inf)
        found = optimize.milp(
            np.r_[(1 - 2 * self.x) / (1 + 1e3 * m), np.ones(m)],
            integrality=np.r_[np.ones(n), np.zeros(m)],
            bounds=optimize.Bounds(np.zeros(n + m), np.r_[np.ones(n), wide]),
            constraints=optimize.LinearConstraint(
                sparse.csc_array(rows),
                np.r_[size, low[bounded], -wide, middle],
                np.r_[size, high[bounded], middle, wide],
            ),
            # Nearness in many numbers is as hard as any such problem; a good sample is enough.
            options={"node_limit": _NODES} if m else {},
        )
        return None if found.x is None else np.round(found.x[:n])

    def beyond(self, z: FloatArray) -> float:
        """How far x can go on from z, in steps of x - z, within the cube and the bounds."""
        u = self.x - z
        sums, (low, high) = self.counted.T @ self.x, self._bounds()
        v = self.counted.T @ u
        with np.errstate(divide="ignore", invalid="ignore"):
            cube = np.where(u > _TOLERANCE, (1 - self.x) / u, np.where(u < -_TOLERANCE, -self.x / u, np.inf))
            rows = np.where(v > _TOLERANCE, (high - sums) / v, np.where(v < -_TOLERANCE, (low - sums) / v, np.inf))
        return float(max(0.0, min(cube.min(initial=np.inf), rows.min(initial=np.inf))))

    def _bounds(self) -> tuple[FloatArray, FloatArray]:
        """Bounds of the sums; where x is at one of them, it stays there."""
        sums = self.counted.T @ self.x
        at_low, at_high = sums <= self.lower + _TOLERANCE, sums >= self.upper - _TOLERANCE
        low = np.where(at_high, np.minimum(self.upper, sums), self.lower)
        high = np.where(at_low, np.maximum(self.lower, sums), self.upper)
        return low, high
