"""The three kinds of answers that a regression takes, each with its canonical link.

`gaussian`: numbers, identity. `binomial`: 0 and 1, log odds. `poisson`: counts, logarithm. Only mean and link matter
for the coefficients; spread comes from the design, so that over- or underdispersion needs no family of its own."""

from typing import Literal

import numpy as np
from scipy import special

from analytics.arrays import FloatArray
from analytics.errors import ModelUnusable

Family = Literal["gaussian", "binomial", "poisson"]

_ENDLESS = 700.0
"""Exponents beyond this overflow."""


def check(y: FloatArray, family: Family) -> None:
    """Raises ModelUnusable for answers that the family does not take, or that do not vary."""
    if y.size < 2:
        raise ModelUnusable(f"{y.size} people have an answer and all variables; a model needs more.")
    if np.ptp(y) == 0:
        raise ModelUnusable(f"All answers are {y[0]:g}; there is nothing to explain.")
    if family == "binomial" and not np.isin(y, (0.0, 1.0)).all():
        raise ModelUnusable("A logistic model needs answers of 0 and 1.")
    if family == "poisson" and ((y < 0) | (y != np.floor(y))).any():
        raise ModelUnusable("A Poisson model needs counts of 0 or more.")


def curve(eta: FloatArray, family: Family) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Expected answer, its slope and its bend (first and second derivative) in the linear predictor."""
    if family == "gaussian":
        return eta, np.ones_like(eta), np.zeros_like(eta)
    if family == "poisson":
        mean = np.exp(np.clip(eta, -_ENDLESS, _ENDLESS))
        return mean, mean, mean
    mean = np.asarray(special.expit(eta))
    slope = mean * np.asarray(special.expit(-eta))
    return mean, slope, slope * (1 - 2 * mean)


def loss(eta: FloatArray, y: FloatArray, w: FloatArray, family: Family) -> float:
    """Minus the weighted log likelihood, constants left out."""
    if family == "gaussian":
        return float(w @ (y - eta) ** 2) / 2
    if family == "binomial":
        return float(w @ (np.logaddexp(0.0, eta) - y * eta))
    return float(w @ (np.exp(np.clip(eta, -_ENDLESS, _ENDLESS)) - y * eta))
