"""How R reads likelihood limits: from a spline through the profile, not from its exact root.

R profiles the binomial deviance on a grid of ten steps, draws a cubic spline through it at three times as many
places, and interpolates linearly between those. That moves the limits by up to 3e-6. Our limits are the exact roots;
to compare them with R's printed ones at R's precision, this module works out that reading error from the same
deviance."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

Array = NDArray[np.float64]


def reading_error(p: float, variance: float, n: int, scaled: float, df: int, level: float) -> tuple[float, float]:
    """What R's reading adds to the exact lower and upper limit of a proportion.

    `n` people answered; their weights add up to `scaled` mean weights (n where nobody left the answer out).
    """
    start = float(special.logit(p))
    se = np.sqrt(variance) / (p * (1 - p))
    cutoff = stats.t.ppf((1 + level) / 2, df) * se * np.sqrt(scaled * p * (1 - p))

    def root_deviance(b: float) -> float:
        q = special.expit(b)
        deviance = 2 * (n - 1) * (special.rel_entr(p, q) + special.rel_entr(1 - p, 1 - q))
        return float(np.sign(b - start) * np.sqrt(max(deviance, 0.0)))

    places, values = _grid(root_deviance, start, float(se), float(stats.norm.sf(cutoff) / 2), n)
    fine, drawn = _spline(places, values, 3 * places.size)
    errors = []
    for side in (-cutoff, cutoff):
        read = special.expit(np.interp(side, drawn, fine))
        edge = start + 6 * np.sign(side) * se
        exact = special.expit(
            optimize.brentq(lambda b, goal: root_deviance(b) - goal, start, edge, args=(side,), xtol=1e-14)
        )
        errors.append(float(read - exact))
    return errors[0], errors[1]


def _grid(
    root_deviance: Callable[[float], float], start: float, se: float, alpha: float, n: int
) -> tuple[Array, Array]:
    furthest = float(np.sqrt(stats.f.ppf(1 - alpha, 1, n - 1)))
    places = [start]
    for sign in (-1, 1):
        value, step = 0.0, 1
        while step < 10 and abs(value) < furthest:
            places.append(start + sign * step * furthest / 5 * se)
            value, step = root_deviance(places[-1]), step + 1
    places.sort()
    return np.array(places), np.array([root_deviance(b) for b in places])


def _spline(x: Array, y: Array, count: int) -> tuple[Array, Array]:
    """Cubic spline of Forsythe, Malcolm and Moler: its ends follow the cubics through the four outermost points."""
    h, slope = np.diff(x), np.diff(y) / np.diff(x)
    size = x.size
    matrix, right = np.zeros((size, size)), np.zeros(size)
    for i in range(1, size - 1):
        matrix[i, i - 1 : i + 2] = h[i - 1], 2 * (h[i - 1] + h[i]), h[i]
        right[i] = slope[i] - slope[i - 1]
    matrix[0, :2], matrix[-1, -2:] = (-h[0], h[0]), (h[-1], -h[-1])
    second = np.diff(slope) / (x[2:] - x[:-2])
    right[0] = (second[1] - second[0]) * h[0] ** 2 / (x[3] - x[0])
    right[-1] = -(second[-1] - second[-2]) * h[-1] ** 2 / (x[-1] - x[-4])
    c = np.linalg.solve(matrix, right)
    fine = np.linspace(x[0], x[-1], count)
    i = np.clip(np.searchsorted(x, fine, side="right") - 1, 0, size - 2)
    t = fine - x[i]
    first, third = slope[i] - h[i] * (c[i + 1] + 2 * c[i]), (c[i + 1] - c[i]) / h[i]
    return fine, y[i] + t * (first + t * (3 * c[i] + t * third))
