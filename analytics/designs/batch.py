"""One calibration for many replicates at once: the dual Newton solver of `weights.newton`, with the work of a step done
for all replicates by a few matrix products over cells x replicates.

All replicates share the auxiliary columns and the targets and differ in their start weights only. Their curvatures are
one product of (column pairs x cells) by (cells x replicates), in single precision, since a direction need not be exact
to be good; the gradient, which decides, is in double precision. Steps are halved until the objective goes down, for
each replicate by itself, and replicates that have arrived leave the batch."""

from collections.abc import Iterator

import msgspec
import numpy as np

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.weights import newton
from analytics.weights.distances import Factor, FactorFunction

_STEPS = 60
_HALVINGS = 30
_FINE = 1e-2
"""Steps go on until the error is this part of the tolerance, or shrinks no more."""
_RIDGE = 1e-6
_HELD = 1 << 23
"""Products of columns kept, 32 MB; with more rows they are made again in every step."""
_CHUNK = 1024


def exponential(u: FloatArray) -> Factor:
    """The raking distance without limits, in one pass."""
    with np.errstate(over="ignore"):
        g = np.exp(u)
    return Factor(g=g, slope=g, integral=g)


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """C kinds of people and P constraints, each divided by its scale."""

    columns: FloatArray
    """C x P."""
    totals: FloatArray
    """P, moved the least needed to agree with each other."""
    kept: IntArray
    """The p independent constraints."""
    solving: FloatArray
    """C x p."""
    factor: FactorFunction
    disagreement: float
    """Largest difference between a target and what the others imply, over its scale."""
    products: tuple[np.ndarray, ...]
    """Per chunk of rows, products of the pairs of solving columns; empty when they are made again each time."""

    @classmethod
    def of(
        cls, columns: FloatArray, start: FloatArray, totals: FloatArray, scale: FloatArray, factor: FactorFunction
    ) -> "Problem":
        """`start` are the full sample's weights per row, which tell the independent constraints."""
        free = newton.independent(columns, start, totals, scale)
        x = columns / scale
        solving = np.ascontiguousarray(x[:, free.kept])
        pairs = free.kept.size * (free.kept.size + 1) // 2
        held = tuple(_products(solving)) if pairs * x.shape[0] <= _HELD else ()
        return cls(
            columns=x,
            totals=free.totals / scale,
            kept=free.kept,
            solving=solving,
            factor=factor,
            disagreement=free.disagreement,
            products=held,
        )


class Solved(msgspec.Struct, frozen=True, kw_only=True):
    multipliers: FloatArray
    """p x B."""
    error: FloatArray
    """Per replicate, the largest |reached - target| over its scale."""
    iterations: IntArray


class _State(msgspec.Struct, frozen=True, kw_only=True):
    multipliers: FloatArray
    bend: FloatArray
    """C x B: start weight x slope of the factor."""
    gap: FloatArray
    """P x B."""
    error: FloatArray
    value: FloatArray
    """The objective."""

    def only(self, chosen: BoolArray) -> "_State":
        if chosen.all():
            return self
        return _State(
            multipliers=self.multipliers[:, chosen],
            bend=self.bend[:, chosen],
            gap=self.gap[:, chosen],
            error=self.error[chosen],
            value=self.value[chosen],
        )

    def put(self, chosen: IntArray, other: "_State") -> None:
        """Take over the columns of `other`, in place."""
        for mine, theirs in ((self.multipliers, other.multipliers), (self.bend, other.bend), (self.gap, other.gap)):
            mine[:, chosen] = theirs
        self.error[chosen], self.value[chosen] = other.error, other.value


def solve(problem: Problem, start: FloatArray, first: FloatArray, *, tolerance: float) -> Solved:
    """Multipliers for every column of `start` (C x B), from `first` (p, such as those of the full sample).

    Never raises for want of convergence: `error` tells.
    """
    size = start.shape[1]
    found = Solved(
        multipliers=np.repeat(first[:, None], size, axis=1),
        error=np.full(size, np.inf),
        iterations=np.zeros(size, dtype=np.int64),
    )
    active = np.arange(size)
    state = _evaluate(problem, start, found.multipliers)
    going = np.ones(size, dtype=bool)
    for step in range(_STEPS + 1):
        found.multipliers[:, active], found.error[active] = state.multipliers, state.error
        found.iterations[active] = step
        going = going & (state.error > tolerance * _FINE)
        if step == _STEPS or not going.any():
            break
        if not going.all():
            active, start, state = active[going], start[:, going], state.only(going)
        state, going = _step(problem, start, state, tolerance)
    return found


def _evaluate(problem: Problem, start: FloatArray, multipliers: FloatArray) -> _State:
    made = problem.factor(problem.solving @ multipliers)
    weights = start * made.g
    bend = weights if made.slope is made.g else start * made.slope
    integral = weights.sum(axis=0) if made.integral is made.g else np.einsum("cb,cb->b", start, made.integral)
    with np.errstate(invalid="ignore", over="ignore"):
        gap = problem.columns.T @ weights - problem.totals[:, None]
        value = integral - problem.totals[problem.kept] @ multipliers
        error = np.abs(gap).max(axis=0)
    error = np.where(np.isfinite(error), error, np.inf)
    return _State(multipliers=multipliers, bend=bend, gap=gap, error=error, value=value)


def _step(problem: Problem, start: FloatArray, state: _State, tolerance: float) -> tuple[_State, BoolArray]:
    """The next state, and which replicates should go on from it."""
    gradient = state.gap[problem.kept]
    direction = _directions(problem, state.bend, gradient)
    downhill = np.einsum("pb,pb->b", gradient, direction)
    slack = 1e-13 * (np.abs(state.value) + 1.0)
    after = _evaluate(problem, start, state.multipliers + direction)
    length, stuck = 1.0, ~_lower(after.value, state.value, downhill, slack)
    for _ in range(_HALVINGS):
        if not stuck.any():
            break
        length /= 2
        there = np.flatnonzero(stuck)
        trial = _evaluate(problem, start[:, there], state.multipliers[:, there] + length * direction[:, there])
        fine = _lower(trial.value, state.value[there], length * downhill[there], slack[there])
        after.put(there[fine], trial.only(fine))
        stuck[there[fine]] = False
    idle = stuck | ((state.error <= tolerance) & (after.error > state.error / 2))
    worse = np.flatnonzero(idle & ~(after.error < state.error))
    after.put(worse, state.only(np.isin(np.arange(stuck.size), worse)))
    return after, ~idle


def _lower(value: FloatArray, before: FloatArray, downhill: FloatArray, slack: FloatArray) -> BoolArray:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.isfinite(value) & (value <= before + 1e-4 * downhill + slack))


def _directions(problem: Problem, bend: FloatArray, gradient: FloatArray) -> FloatArray:
    """Newton steps of every replicate, one small system each, solved together."""
    p = gradient.shape[0]
    first, second = np.triu_indices(p)
    where = np.empty((p, p), dtype=np.int64)
    where[first, second] = where[second, first] = np.arange(first.size)
    packed = np.zeros((first.size, bend.shape[1]), dtype=np.float32)
    single = bend.astype(np.float32)
    row = 0
    for part in problem.products or _products(problem.solving):
        packed += part @ single[row : row + part.shape[1]]
        row += part.shape[1]
    whole = packed.T[:, where.reshape(-1)].reshape(-1, p, p).astype(np.float64)
    size = np.einsum("bpp->b", whole) / max(p, 1)
    whole += (_RIDGE * size + 1e-200)[:, None, None] * np.eye(p)
    with np.errstate(all="ignore"):
        return np.ascontiguousarray(np.linalg.solve(whole, -gradient.T[:, :, None])[:, :, 0].T)


def _products(x: FloatArray) -> Iterator[np.ndarray]:
    """Products of all pairs of columns, pairs x rows, a chunk of rows at a time."""
    first, second = np.triu_indices(x.shape[1])
    for row in range(0, x.shape[0], _CHUNK):
        part = np.ascontiguousarray(x[row : row + _CHUNK].T.astype(np.float32))
        yield part[first] * part[second]
