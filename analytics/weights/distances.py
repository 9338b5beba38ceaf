"""Distances between start and final weights, as their factor g = F(u) with u = x'lambda.

Deville and Sarndal (1992); Deville, Sarndal and Sautory (1993). Each returns F, its derivative, and its integral (the
dual objective that the line search lowers). Limits on g may differ per row: that is how trimming enters the same
problem."""

from collections.abc import Callable
from typing import Literal

import msgspec
import numpy as np

from analytics.arrays import FloatArray
from analytics.errors import AnalyticsError

Distance = Literal["raking", "linear", "logit"]
_LARGEST_EXPONENT = 500.0


class Factor(msgspec.Struct, frozen=True, kw_only=True):
    g: FloatArray
    slope: FloatArray
    integral: FloatArray


FactorFunction = Callable[[FloatArray], Factor]


def raking(low: FloatArray | float = 0.0, high: FloatArray | float = np.inf) -> FactorFunction:
    """g = exp(u), cut off at the limits."""
    with np.errstate(divide="ignore"):
        log_low, log_high = np.log(low), np.log(high)

    def factor(u: FloatArray) -> Factor:
        inside = (u > log_low) & (u < log_high)
        g = np.exp(np.minimum(np.clip(u, log_low, log_high), _LARGEST_EXPONENT))
        beyond = np.where(inside, 0.0, g * (u - np.log(np.maximum(g, 1e-300))))
        return Factor(g=g, slope=np.where(inside, g, 0.0), integral=g + beyond)

    return factor


def linear(low: FloatArray | float = -np.inf, high: FloatArray | float = np.inf) -> FactorFunction:
    """g = 1 + u, cut off at the limits; unlimited it may go below zero."""

    def factor(u: FloatArray) -> Factor:
        g = np.clip(1.0 + u, low, high)
        inside = (1.0 + u > low) & (1.0 + u < high)
        turning = g - 1.0
        integral = turning + turning * turning / 2 + g * (u - turning)
        return Factor(g=g, slope=inside.astype(np.float64), integral=integral)

    return factor


def logit(low: float, high: float) -> FactorFunction:
    """g between `low` < 1 < `high`, approaching both smoothly."""
    if not low < 1.0 < high:
        raise AnalyticsError(f"The logit distance needs limits around 1; got {low} and {high}.")
    steepness = (high - low) / ((1 - low) * (high - 1))

    def factor(u: FloatArray) -> Factor:
        exponent = steepness * u + np.log((1 - low) / (high - 1))
        share = 1.0 / (1.0 + np.exp(-np.clip(exponent, -_LARGEST_EXPONENT, _LARGEST_EXPONENT)))
        g = low + (high - low) * share
        slope = (high - low) * steepness * share * (1 - share)
        integral = low * u + (high - low) / steepness * np.logaddexp(0.0, exponent)
        return Factor(g=g, slope=slope, integral=integral)

    return factor


def choose(distance: Distance, bounds: tuple[float, float] | None) -> FactorFunction:
    """The factor function of a named distance with limits on g.

    Raises:
        AnalyticsError: limits that exclude every solution, or a logit distance without limits.
    """
    if bounds is not None and not bounds[0] < bounds[1]:
        raise AnalyticsError(f"The lower limit on g must lie under the upper one; got {bounds[0]} and {bounds[1]}.")
    if distance == "logit":
        if bounds is None:
            raise AnalyticsError("The logit distance needs limits on g.")
        return logit(*bounds)
    if distance == "linear":
        return linear(*(bounds or (-np.inf, np.inf)))
    return raking(*(bounds or (0.0, np.inf)))
