"""Laplace's approximation for a logistic model with normal deviations, given the spreads of the deviations.

For given spreads the most likely coefficients are found by Newton, and everything but the spreads is integrated out as
if the posterior around them were normal (Tierney and Kadane 1986). What is left is a function of the spreads: their
likelihood, times the prior s exp(-s^2 / 2) of each spread s, taken on the scale of log s."""

from collections.abc import Sequence

import msgspec
import numpy as np
from scipy import linalg, special

from analytics.arrays import FloatArray, IntArray, as_float

SLOPE_SPREAD = 2.5
"""Standard deviation of the normal prior on the slope of a standardised number."""
_STEPS = 60
_SETTLED = 1e-6
"""Newton doubles the digits: after a step of this size the error is about its square."""


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """A model matrix of which each row has few columns that are not zero: the intercept, numbers, one level each.

    Kept as positions and values: products take no multiplications with zeros and start no threads."""

    columns: int
    places: IntArray
    """m x q: the columns of each row."""
    values: FloatArray
    """m x q: what stands there; 0 where a level is unknown."""
    pairs: IntArray
    """m x q^2: positions of all products of two of them in a columns x columns table."""
    products: FloatArray
    """m x q^2."""

    def table(self) -> FloatArray:
        """m x columns, written out."""
        found = np.zeros((self.places.shape[0], self.columns))
        np.put_along_axis(found, self.places, self.values, axis=1)
        return found

    def times(self, beta: FloatArray) -> FloatArray:
        """m: each row times the coefficients."""
        return np.asarray((self.values * beta[self.places]).sum(axis=1))

    def summed(self, weight: FloatArray) -> FloatArray:
        """columns: the sum of the rows, each times its weight."""
        each = (self.values * weight[:, None]).ravel()
        return np.asarray(np.bincount(self.places.ravel(), weights=each, minlength=self.columns), dtype=np.float64)

    def moments(self, weight: FloatArray) -> FloatArray:
        """columns x columns: the sum of the rows' products with themselves, each times its weight."""
        each = (self.products * weight[:, None]).ravel()
        flat = np.bincount(self.pairs.ravel(), weights=each, minlength=self.columns**2)
        return np.asarray(flat.reshape(self.columns, self.columns), dtype=np.float64)

    def squares(self, table: FloatArray) -> FloatArray:
        """m: each row times the table times the row."""
        return np.asarray((self.products * table.ravel()[self.pairs]).sum(axis=1))


class Cells(msgspec.Struct, frozen=True, kw_only=True):
    """People alike in everything, counted together."""

    rows: Rows
    n: FloatArray
    hits: FloatArray


class Mode(msgspec.Struct, frozen=True, kw_only=True):
    """The most likely coefficients for given spreads."""

    beta: FloatArray
    factor: FloatArray
    """Lower Cholesky factor of the curvature there."""
    loss: float
    """Minus the log of likelihood times the normal density of the coefficients, constants left out."""

    def root(self) -> FloatArray:
        """`root @ root.T` is the inverse of the curvature: the covariance of the coefficients."""
        # Straight from LAPACK: for tables this small the checked solver spends its time on starting threads.
        inverse, _ = linalg.lapack.dtrtri(self.factor, lower=1)
        return np.asarray(inverse, dtype=np.float64).T


class Laplace:
    """Minus the log posterior of the log spreads; each search for a mode starts from the last."""

    def __init__(self, cells: Cells, sizes: Sequence[int]) -> None:
        numbers = cells.rows.columns - 1 - sum(sizes)
        self.cells, self.first = cells, 1 + numbers
        self.block = np.repeat(np.arange(len(sizes)), sizes)
        self.fixed = np.r_[0.0, np.full(numbers, SLOPE_SPREAD**-2)]
        self.beta = np.zeros(cells.rows.columns)
        self.beta[0] = special.logit((cells.hits.sum() + 0.5) / (cells.n.sum() + 1))

    def objective(self, log_spread: FloatArray) -> tuple[float, FloatArray]:
        """Value and gradient."""
        mode = self.mode(log_spread)
        return self.value(log_spread, mode), self._gradient(log_spread, mode)

    def value(self, log_spread: FloatArray, mode: Mode) -> float:
        prior = float((2 * log_spread - np.exp(2 * log_spread) / 2).sum())
        return mode.loss + float(log_spread[self.block].sum()) + float(np.log(np.diag(mode.factor)).sum()) - prior

    def _gradient(self, log_spread: FloatArray, mode: Mode) -> FloatArray:
        rows, of, square = self.cells.rows, self.block, np.exp(2 * log_spread)
        root = mode.root()
        inverse = root @ root.T
        mean = special.expit(rows.times(mode.beta))
        # Through the third derivative the curvature changes with the mode, and the mode with the spreads.
        bend = self.cells.n * mean * (1 - mean) * (1 - 2 * mean)
        pull = inverse @ rows.summed(bend * rows.squares(inverse))
        deviation = mode.beta[self.first :]
        per_level = deviation**2 + np.diag(inverse)[self.first :] - deviation * pull[self.first :]
        levels = np.bincount(of, minlength=square.size)
        found = levels - np.bincount(of, weights=per_level, minlength=square.size) / square + square - 2
        return np.asarray(found)

    def mode(self, log_spread: FloatArray) -> Mode:
        """Newton with halved steps, from where the last search ended."""
        rows, n, hits = self.cells.rows, self.cells.n, self.cells.hits
        precision = np.r_[self.fixed, np.exp(-2 * log_spread)[self.block]]
        beta = self.beta.copy()
        loss = _loss(rows.times(beta), n, hits) + float(precision @ beta**2) / 2
        for _ in range(_STEPS):
            mean = special.expit(rows.times(beta))
            factor = _factor(rows, n * mean * (1 - mean), precision)
            move = linalg.cho_solve((factor, True), rows.summed(hits - n * mean) - precision * beta)
            size = 1.0
            while size > 1e-4:
                trial = beta + size * move
                reached = _loss(rows.times(trial), n, hits) + float(precision @ trial**2) / 2
                if reached <= loss + 1e-12 * abs(loss):
                    break
                size /= 2
            beta, loss = trial, reached
            if float(np.abs(size * move).max()) < _SETTLED:
                break
        self.beta = beta
        mean = special.expit(rows.times(beta))
        return Mode(beta=beta, factor=_factor(rows, n * mean * (1 - mean), precision), loss=loss)


def _factor(rows: Rows, weight: FloatArray, precision: FloatArray) -> FloatArray:
    hessian = rows.moments(weight)
    hessian.flat[:: hessian.shape[0] + 1] += precision
    return np.asarray(linalg.cholesky(hessian, lower=True, check_finite=False))


def _loss(eta: FloatArray, n: FloatArray, hits: FloatArray) -> float:
    return float(n @ np.logaddexp(0.0, eta) - hits @ eta)


def counted(y: FloatArray, codes: IntArray, numbers: FloatArray, sizes: Sequence[int]) -> Cells:
    """People of the same codes (n x dimensions, -1: unknown) and numbers (n x k) put together."""
    _, first, of = np.unique(np.column_stack([codes, numbers]), axis=0, return_index=True, return_inverse=True)
    of = of.reshape(-1)
    return Cells(
        rows=rows_of(codes[first], numbers[first], sizes),
        n=np.bincount(of).astype(np.float64),
        hits=as_float(np.bincount(of, weights=y)),
    )


def rows_of(codes: IntArray, numbers: FloatArray, sizes: Sequence[int]) -> Rows:
    """Intercept, numbers, and one column per level; nothing in a dimension where the level is unknown."""
    m, k = numbers.shape
    first = 1 + k + np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    places = np.hstack([np.tile(np.arange(1 + k), (m, 1)), first + np.maximum(codes, 0)])
    values = np.hstack([np.ones((m, 1)), numbers, (codes >= 0).astype(np.float64)])
    columns = 1 + k + sum(sizes)
    return Rows(
        columns=columns,
        places=places,
        values=values,
        pairs=(places[:, :, None] * columns + places[:, None, :]).reshape(m, -1),
        products=(values[:, :, None] * values[:, None, :]).reshape(m, -1),
    )
