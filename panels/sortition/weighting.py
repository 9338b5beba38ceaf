"""How often each of many panels must be drawn for everybody to get the chance that is wanted."""

import msgspec
import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, lsqr

from analytics.arrays import FloatArray
from panels.errors import PanelError
from panels.sortition import linear
from panels.sortition.model import Panels

_ROUNDS = 12
_TOLERANCE = 1e-13
_ITERATIONS = 2_000
_AT_ONCE = 256
_SUM = 1e-3
"""Weight of the sum of all shortfalls, as part of the panel, beside the largest one."""


class Weighted(msgspec.Struct, frozen=True, kw_only=True):
    weights: FloatArray
    """m, 0 or more, sums to 1."""
    error: float
    """Largest difference between a chance reached and the one wanted."""
    short: float
    """Largest shortfall of a chance."""


def adjust(panels: Panels, start: FloatArray, expected: FloatArray, counts: FloatArray) -> Weighted:
    """The weights nearest to `start` that give each type its `expected` people on the panel.

    Least squares of the relative changes (the calibration of survey weights: Deville and Saerndal 1992) by LSQR
    (Paige and Saunders 1982), where panels that would get a negative weight are left out and the rest is solved
    again. The best weights found, or `start` when they are no better.

    Args:
        panels: m x T, different from one another; start: m, above 0, sums to 1; counts: T, people of each type.
    """
    matrix = _sparse(panels)
    people = np.maximum(counts, 1.0)
    best = _judged(matrix, start, expected, people)
    used = np.ones(len(start), dtype=np.bool_)
    for _ in range(_ROUNDS):
        weights = np.zeros(len(start))
        weights[used] = _nearest(matrix[used], start[used] / start[used].sum(), expected)
        negative = weights < 0
        if not negative.any():
            found = _judged(matrix, weights / weights.sum(), expected, people)
            return min(best, found, key=lambda one: one.error)
        used &= ~negative
        if not used.any():
            break
    return best


class Shortest(msgspec.Struct, frozen=True, kw_only=True):
    """Weights whose largest shortfall is as small as some panels allow."""

    found: Weighted
    duals: FloatArray
    """T: a panel x lets the shortfall shrink when `duals @ x` is above `value`; no lottery has a smaller shortfall than
    `duals @ expected` less the largest `duals @ x` of all panels."""
    value: float
    """The largest `duals @ x` of these panels."""


def shortest(panels: Panels, expected: FloatArray, counts: FloatArray) -> Shortest:
    """Minimise the largest shortfall of a chance, by a linear programme; then about the sum of the shortfalls.

    Variables: the m weights, the shortfall u of each type in people, their largest s per person.
    """
    matrix, people = _sparse(panels), np.maximum(counts, 1.0)
    m, types = matrix.shape
    eye = sparse.eye_array(types, format="csr")
    reach = sparse.hstack([matrix.T, eye, sparse.csr_array((types, 1))])
    largest = sparse.hstack([sparse.csr_array((types, m)), -eye, sparse.csr_array(people[:, None])])
    total = sparse.csr_array(np.concatenate([np.ones(m), np.zeros(types + 1)])[None])
    cost = np.concatenate([np.zeros(m), np.full(types, _SUM / max(1.0, expected.sum())), [1.0]])
    solved = linear.maximise(
        -cost,
        sparse.csr_array(sparse.vstack([reach, largest, total], format="csr")),
        lower=np.concatenate([expected, np.zeros(types), [1.0]]),
        upper=np.concatenate([np.full(2 * types, np.inf), [1.0]]),
        least=np.zeros(cost.size),
        most=np.full(cost.size, np.inf),
    )
    if solved is None:
        raise PanelError("The shortfalls of a lottery could not be computed because of rounding.")
    weights = np.maximum(solved.x[:m], 0.0)
    duals = np.maximum(-solved.price[:types], 0.0)
    found = _judged(matrix, weights / weights.sum(), expected, people)
    return Shortest(found=found, duals=duals, value=float((matrix @ duals).max()))


def mean(weights: FloatArray, panels: Panels) -> FloatArray:
    """T: expected people of each type. In parts: numpy would make a copy in float64, twice the size of the panels."""
    found = np.zeros(panels.shape[1])
    for i in range(0, len(panels), _AT_ONCE):
        found += weights[i : i + _AT_ONCE] @ panels[i : i + _AT_ONCE]
    return found


def _sparse(panels: Panels) -> sparse.csr_array:
    """In parts, so that no dense copy is made."""
    parts = [sparse.csr_array(panels[i : i + _AT_ONCE]).astype(np.float64) for i in range(0, len(panels), _AT_ONCE)]
    return sparse.csr_array(sparse.vstack(parts, format="csr"))


def _judged(matrix: sparse.csr_array, weights: FloatArray, expected: FloatArray, people: FloatArray) -> Weighted:
    off = (weights @ matrix - expected) / people
    return Weighted(weights=weights, error=float(np.abs(off).max(initial=0.0)), short=float(-off.min(initial=0.0)))


def _nearest(matrix: sparse.csr_array, start: FloatArray, expected: FloatArray) -> FloatArray:
    """Weights of either sign. Rows are scaled by the spread of each type, so that LSQR needs few iterations."""
    mean = start @ matrix
    spread = start @ matrix.power(2) - mean**2
    varied = spread > 1e-12
    scale = np.where(varied, 1.0 / np.sqrt(np.where(varied, spread, 1.0)), 0.0)
    root = np.sqrt(start)
    turned = matrix.T
    types, panels = scale.size, start.size

    def forward(change: FloatArray) -> FloatArray:
        step = root * change.ravel()
        return np.append(scale * (turned @ step), step.sum())

    def backward(gap: FloatArray) -> FloatArray:
        return np.asarray(root * (matrix @ (scale * gap[:types]) + gap[types]))

    operator = LinearOperator((types + 1, panels), matvec=forward, rmatvec=backward, dtype=np.float64)
    wanted = np.append(scale * (expected - mean), 0.0)
    change = lsqr(operator, wanted, atol=_TOLERANCE, btol=_TOLERANCE, iter_lim=_ITERATIONS)[0]
    return np.asarray(start + root * change)
