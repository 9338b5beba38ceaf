"""Logistic regression with the penalty of Firth (1993), finite where the answers are separated (Heinze and Schemper
2002): half the logarithm of the determinant of the information is added to the log likelihood."""

import numpy as np
from scipy import linalg

from analytics.arrays import FloatArray
from analytics.models.family import curve, loss

_STEPS = 200
_SETTLED = 1e-10
_SMALLEST_STEP = 1e-4


def solve(x: FloatArray, y: FloatArray, w: FloatArray) -> tuple[FloatArray, int, bool]:
    """Coefficients on independent columns `x` (n x p), weights `w` with mean 1; steps taken; whether they settled."""
    beta = np.zeros(x.shape[1])
    reached = _penalised(x @ beta, x, y, w)
    for step in range(1, _STEPS + 1):
        mean, slope, _ = curve(x @ beta, "binomial")
        root = x * np.sqrt(w * slope)[:, None]
        inverse = linalg.pinvh(root.T @ root)
        leverage = np.einsum("ij,jk,ik->i", root, inverse, root)
        move = inverse @ (x.T @ (w * (y - mean) + leverage * (0.5 - mean)))
        length = float(np.abs(x @ move).max())
        size = min(1.0, 4.0 / length) if length > 0 else 1.0
        while size > _SMALLEST_STEP:
            tried = _penalised(x @ (beta + size * move), x, y, w)
            if tried <= reached + 1e-12 * abs(reached):
                break
            size /= 2
        beta, reached = beta + size * move, tried
        if size * length < _SETTLED:
            return beta, step, True
    return beta, _STEPS, False


def at_least(spread: FloatArray, model: FloatArray) -> FloatArray:
    """The covariance by the design (`spread`), raised in every direction to at least that of the model.

    Separated people are fitted almost without error, so the spread of their scores says nothing about how well a
    coefficient is known; the curvature of the likelihood (`model`, its inverse information) does."""
    root = linalg.cholesky(model, lower=True)
    relative = linalg.solve_triangular(root, linalg.solve_triangular(root, spread, lower=True).T, lower=True)
    values, vectors = linalg.eigh((relative + relative.T) / 2)
    turned = root @ vectors
    return np.asarray((turned * np.maximum(values, 1.0)) @ turned.T)


def _penalised(eta: FloatArray, x: FloatArray, y: FloatArray, w: FloatArray) -> float:
    _, slope, _ = curve(eta, "binomial")
    sign, size = np.linalg.slogdet((x * (w * slope)[:, None]).T @ x)
    return loss(eta, y, w, "binomial") - float(size) / 2 if sign > 0 else np.inf
