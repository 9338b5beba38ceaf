"""The dual Newton solver of calibration.

Minimises sum d H(x'lambda) - T'lambda, a convex function of as many unknowns as there are independent constraints; its
gradient is the margin error itself (Deville and Sarndal 1992). Step halving makes every step go down, a rank-revealing
factorisation leaves constraints out that follow from the others.

Two terms make a constraint soft: half ridge x lambda^2 (Chambers 1996: the miss is then ridge x lambda) and slack x
|lambda| (the miss stays within the slack, the restriction of Rao and Singh 1997, here solved exactly). With slack the
Newton step comes from a small quadratic programme in the multipliers.
"""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from scipy import linalg, optimize
from scipy.linalg import lapack

from analytics.arrays import FloatArray, IntArray
from analytics.weights.crossed import ProductsFunction
from analytics.weights.distances import FactorFunction

_RANK_TOLERANCE = 1e-9
_CLEARLY_KEPT, _CLEARLY_DROPPED = 1e-6, 1e-12
"""Squared pivots outside this range leave no doubt about the rank; in between, QR on the columns decides."""
_ALIKE = 1e-8
"""Disagreement of targets, in parts of the total, that is taken for rounding."""
_STEPS = 100
_HALVINGS = 14
_DAMPING = (0.0, 1e-12, 1e-8, 1e-5, 1e-3, 1e-1, 1e0, 1e1, 1e3)
"""Part of the curvature without limits that is added in turn, until a step goes down."""


class Independent(msgspec.Struct, frozen=True, kw_only=True):
    """Which constraints carry information, and targets in which the others agree with them."""

    kept: IntArray
    dropped: IntArray
    totals: FloatArray
    """All targets, moved the least needed to agree; unchanged when they already do."""
    disagreement: float
    """Largest |target - what the others imply| over the scale of the totals, before moving."""
    relation: FloatArray
    """Coefficients over all columns of the relation that disagrees most: zero over every row, not over the targets."""
    implied: FloatArray
    """Each dropped column as a combination of the kept ones (kept x dropped)."""


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """What the rows weigh at a given x'lambda."""

    mass: FloatArray
    """Weight of each row."""
    slope: FloatArray
    """Its derivative."""
    value: float
    """The integral, summed over rows: the dual objective without the targets."""


ResponseFunction = Callable[[FloatArray], Response]


class Solution(msgspec.Struct, frozen=True, kw_only=True):
    g: FloatArray
    converged: bool
    iterations: int
    error: float
    """Largest |reached - target| over its scale."""


class Optimum(msgspec.Struct, frozen=True, kw_only=True):
    """Where the dual is lowest."""

    multipliers: FloatArray
    """Of the columns divided by their scale in parts of the largest scale."""
    exponent: FloatArray
    """x'lambda per row."""
    converged: bool
    iterations: int
    error: float
    """Largest |reached - target| over its scale, beyond what is soft."""


def independent(
    columns: FloatArray,
    start: FloatArray,
    totals: FloatArray,
    scale: FloatArray,
    *,
    products: FloatArray | None = None,
) -> Independent:
    """Columns that carry information, under the start weights; each is first scaled to length 1. `products` are those
    of the columns, X'DX, where they are known."""
    products = (columns * start[:, None]).T @ columns if products is None else products
    norms = np.sqrt(np.diag(products))
    norms = np.where(norms > 0, norms, 1.0)
    found = _by_products(products / norms / norms[:, None])
    kept, dropped, implied = _by_columns(columns * np.sqrt(start)[:, None] / norms) if found is None else found
    relation = np.zeros(totals.size)
    if not dropped.size:
        return Independent(
            kept=kept, dropped=dropped, totals=totals, disagreement=0.0, relation=relation, implied=implied
        )
    implied = implied * norms[dropped] / norms[kept, None]
    implied[np.abs(implied) < 1e-9] = 0.0
    gaps = totals[dropped] - implied.T @ totals[kept]
    worst = int(np.argmax(np.abs(gaps) / scale[dropped]))
    relation[kept], relation[dropped[worst]] = -implied[:, worst], 1.0
    disagreement = float(np.abs(gaps / scale[dropped])[worst])
    if disagreement > _ALIKE:
        spread = np.zeros((totals.size, kept.size))
        spread[kept], spread[dropped] = np.eye(kept.size), implied.T
        totals = spread @ np.linalg.lstsq(spread / scale[:, None], totals / scale, rcond=None)[0]
    return Independent(
        kept=kept, dropped=dropped, totals=totals, disagreement=disagreement, relation=relation, implied=implied
    )


def solve(
    columns: FloatArray,
    start: FloatArray,
    totals: FloatArray,
    scale: FloatArray,
    factor: FactorFunction,
    *,
    tolerance: float,
    ridge: FloatArray | None = None,
    slack: FloatArray | None = None,
) -> Solution:
    """Factors g per row with columns' (start * g) = totals. Columns must be independent (`independent`).

    Never raises for want of convergence: `converged` and `error` tell.
    """

    def response(exponent: FloatArray) -> Response:
        found = factor(exponent)
        return Response(mass=start * found.g, slope=start * found.slope, value=float(start @ found.integral))

    best = minimise(columns, totals, scale, response, tolerance=tolerance, ridge=ridge, slack=slack)
    g = factor(best.exponent).g
    return Solution(g=g, converged=best.converged, iterations=best.iterations, error=best.error)


def minimise(
    columns: FloatArray,
    totals: FloatArray,
    scale: FloatArray,
    response: ResponseFunction,
    *,
    tolerance: float,
    ridge: FloatArray | None = None,
    slack: FloatArray | None = None,
    first: FloatArray | None = None,
    products: ProductsFunction | None = None,
    kept: IntArray | None = None,
) -> Optimum:
    """The lowest point of the dual; `ridge` and `slack` are per column, in the columns' own units. `first` are
    multipliers to start from where they are better than zeros; `products` gives columns' (weights * columns) faster
    than multiplying does (only where all scales are the same). With `kept`, everything else is about those columns."""
    zeros, size = np.zeros(totals.size), float(scale.max())
    own = scale / size
    if (own != 1.0).any():
        columns, kept = (columns if kept is None else columns[:, kept]) / own, None
    rows = columns.T
    dual = _Dual(
        x=np.ascontiguousarray(rows),
        target=totals / scale,
        response=response,
        size=size,
        soft=ridge is not None or slack is not None,
        ridge=zeros if ridge is None else ridge / (own * scale),
        slack=zeros if slack is None else slack / scale,
        kept=slice(None) if kept is None else kept,
        products=_multiplied(rows if kept is None else rows[kept]) if products is None else products,
    )
    point = dual.at(zeros)
    if first is not None:
        guess = dual.at(first * own)
        point = guess if guess.value < point.value else point
    best, reached, iteration, stuck = point, dual.error(point), 0, 0
    for iteration in range(_STEPS):
        error = dual.error(point)
        if error < reached:
            best, reached = point, error
        elif reached <= tolerance and iteration:
            break
        if error <= tolerance * 1e-4:
            break
        following = dual.descend(point, _DAMPING[stuck:] if error > tolerance else _DAMPING[:1])
        if following is None:
            break
        # A step that changes nothing, far from the minimum, came from a flat curvature: damp the next one more.
        stuck = 0 if following.value < point.value - 1e-12 * abs(point.value) or error <= tolerance else stuck + 1
        point = following
    return Optimum(
        multipliers=best.multipliers,
        exponent=best.exponent,
        converged=reached <= tolerance,
        iterations=iteration,
        error=reached,
    )


class _Point(msgspec.Struct, frozen=True, kw_only=True):
    multipliers: FloatArray
    exponent: FloatArray
    mass: FloatArray
    slope: FloatArray
    gradient: FloatArray
    """Of the smooth part."""
    value: float


class _Dual(msgspec.Struct, frozen=True, kw_only=True):
    """The function that is minimised."""

    x: FloatArray
    """Constraints x rows."""
    kept: IntArray | slice
    """Constraints that count."""
    target: FloatArray
    response: ResponseFunction
    size: float
    """Unit of mass."""
    soft: bool
    ridge: FloatArray
    slack: FloatArray
    products: ProductsFunction

    def at(self, multipliers: FloatArray) -> _Point:
        full = np.zeros(len(self.x))
        full[self.kept] = multipliers
        exponent = full @ self.x
        now = self.response(exponent)
        gradient = (self.x @ now.mass)[self.kept] / self.size - self.target
        value = now.value / self.size - float(self.target @ multipliers)
        if self.soft:
            gradient += self.ridge * multipliers
            value += float((self.ridge * multipliers) @ multipliers) / 2 + float(self.slack @ np.abs(multipliers))
        return _Point(
            multipliers=multipliers,
            exponent=exponent,
            mass=now.mass,
            slope=now.slope,
            gradient=gradient,
            value=value,
        )

    def error(self, point: _Point) -> float:
        """How far the point is from the minimum: the largest miss beyond what is soft."""
        miss = np.abs(point.gradient)
        if self.soft:
            pushed = np.abs(point.gradient + self.slack * np.sign(point.multipliers))
            miss = np.where(point.multipliers == 0, np.maximum(miss - self.slack, 0.0), pushed)
        worst = float(miss.max(initial=0.0))
        return worst if np.isfinite(worst) else np.inf

    def descend(self, point: _Point, dampings: Sequence[float]) -> _Point | None:
        """The longest of step, step/2, step/4, ... that lowers the function; None when rounding is all that is left.

        Where limits have flattened the function, a Newton step can point nowhere; curvature is then borrowed from the
        problem without limits, more and more of it.
        """
        curvature = self._curvature(point.slope)
        for damping in dampings:
            damped = curvature + damping * self._without_limits(point) if damping else curvature
            step = self._step(point, damped)
            reached = None if step is None else self._along(point, step)
            if reached is not None:
                return reached
        return None

    def _curvature(self, mass: FloatArray) -> FloatArray:
        found = self.products(mass / self.size)
        found[np.diag_indices_from(found)] += self.ridge
        return found

    def _without_limits(self, point: _Point) -> FloatArray:
        found = self._curvature(np.abs(point.mass))
        found[np.diag_indices_from(found)] += float(np.trace(found)) / self.target.size
        return found

    def _along(self, point: _Point, step: FloatArray) -> _Point | None:
        promised = float(point.gradient @ step)
        if self.soft:
            promised += float(self.slack @ (np.abs(point.multipliers + step) - np.abs(point.multipliers)))
        length, rounding = 1.0, 1e-13 * (abs(point.value) + 1.0)
        for _ in range(_HALVINGS):
            reached = self.at(point.multipliers + length * step)
            if np.isfinite(reached.value) and reached.value <= point.value + 1e-4 * length * promised + rounding:
                return reached
            length /= 2
        return None

    def _step(self, point: _Point, curvature: FloatArray) -> FloatArray | None:
        """Newton step; None where the curvature allows none."""
        loose = self.soft and bool(self.slack.any())
        if loose:
            # Soft levels of a margin sum to what others sum to; this keeps the step in that direction within bounds.
            mean = float(np.trace(self._curvature(np.abs(point.mass)))) / self.target.size
            curvature = curvature + 1e-11 * mean * np.eye(self.target.size)
        lower, fault = lapack.dpotrf(curvature, lower=1, clean=1)
        if fault:
            return None
        if loose:
            step = self._loose(lower, curvature, point)
        else:
            step = np.asarray(lapack.dpotrs(lower, -point.gradient, lower=1)[0])
        return step if np.isfinite(step).all() else None

    def _loose(self, lower: FloatArray, curvature: FloatArray, point: _Point) -> FloatArray:
        """Minimum of the quadratic model with slack, found through its dual: a least squares problem whose unknowns,
        the misses, are bounded by the slack. That tells which multipliers are zero; the others are solved for."""
        pulled = lower.T @ point.multipliers - linalg.solve_triangular(lower, point.gradient, lower=True)
        whitened = linalg.solve_triangular(lower, np.eye(self.target.size), lower=True)
        loose = np.flatnonzero(self.slack > 0)
        limit = self.slack[loose]
        found = optimize.lsq_linear(whitened[:, loose], pulled, bounds=(-limit, limit), method="bvls", tol=1e-15)
        rough = linalg.solve_triangular(lower, pulled - whitened[:, loose] @ found.x, lower=True, trans="T")
        idle = np.zeros(self.target.size, dtype=bool)
        idle[loose] = np.abs(found.x) < limit * (1 - 1e-7)
        rough[idle] = 0.0
        asked, sign = ~idle, np.zeros(self.target.size)
        sign[loose] = np.sign(found.x)
        pull = curvature[:, idle] @ point.multipliers[idle] - point.gradient - self.slack * sign
        exact = np.zeros(self.target.size)
        exact[asked] = point.multipliers[asked] + np.linalg.solve(curvature[np.ix_(asked, asked)], pull[asked])
        agrees = (np.sign(exact) * sign >= 0).all()
        return np.asarray((exact if agrees else rough) - point.multipliers)


def _multiplied(rows: FloatArray) -> ProductsFunction:
    """rows (weights * rows)', with one room for the product so that no step asks for memory."""
    room = np.empty(rows.shape)

    def function(weights: FloatArray) -> FloatArray:
        np.multiply(rows, np.sqrt(weights), out=room)
        return np.asarray(room @ room.T)

    return function


def _by_products(products: FloatArray) -> tuple[IntArray, IntArray, FloatArray] | None:
    """Pivoted Cholesky of the products of the columns: fast, and None where the rank is not beyond doubt."""
    size = products.shape[0]
    lower, pivot, rank, _ = lapack.dpstrf(products, lower=1, tol=_CLEARLY_DROPPED)
    order = np.asarray(pivot, dtype=np.int64) - 1
    if not rank or np.diag(lower)[:rank].min() ** 2 < _CLEARLY_KEPT:
        return None
    kept, dropped = np.sort(order[:rank]), np.sort(order[rank:])
    if rank == size:
        return kept, dropped, np.empty((rank, 0))
    factor = linalg.cho_factor(products[np.ix_(kept, kept)], check_finite=False)
    implied: FloatArray = linalg.cho_solve(factor, products[np.ix_(kept, dropped)], check_finite=False)
    return kept, dropped, implied


def _by_columns(weighted: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
    """Pivoted QR of the columns: exact to the last digits."""
    _, r, pivot = linalg.qr(weighted, mode="economic", pivoting=True)
    diagonal = np.abs(np.diag(r))
    rank = int((diagonal > _RANK_TOLERANCE * diagonal[0]).sum()) if diagonal.size else 0
    order = np.asarray(pivot, dtype=np.int64)
    kept, dropped = np.sort(order[:rank]), np.sort(order[rank:])
    implied: FloatArray = np.asarray(np.linalg.lstsq(weighted[:, kept], weighted[:, dropped], rcond=None)[0])
    return kept, dropped, implied.astype(np.float64)
