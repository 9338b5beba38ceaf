"""How R stops: its regression ends when the deviance has settled to 1e-8, and its covariance uses the working weights
of the step before the last.

That moves standard errors by about 1e-5 of their size. Ours are taken at the solution itself. To compare them with R's
printed ones at R's precision, this module walks R's steps and gives the linearised coefficients that R ends with."""

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analytics.models.family import Family, curve

Array = NDArray[np.float64]


def influence(x: Array, y: Array, w: Array, mean_weight: float, family: Family) -> Array:
    """Linearised coefficients per row (n x p), from R's last step.

    `w` are the design weights of the rows in the fit, which R divides by their mean over the whole design."""
    prior = w / mean_weight
    mean = (prior * y + 0.5) / (prior + 1) if family == "binomial" else y + 0.1
    eta = special.logit(mean) if family == "binomial" else np.log(mean)
    deviance = _deviance(y, mean, prior, family)
    for _ in range(25):
        slope = curve(eta, family)[1]
        working = prior * slope
        beta = np.linalg.lstsq(
            x * np.sqrt(working)[:, None], (eta + (y - mean) / slope) * np.sqrt(working), rcond=None
        )[0]
        eta = x @ beta
        mean = curve(eta, family)[0]
        before, deviance = deviance, _deviance(y, mean, prior, family)
        if abs(deviance - before) / (abs(deviance) + 0.1) < 1e-8:
            break
    residual = (y - mean) / curve(eta, family)[1] * working
    bread = np.linalg.inv((x * working[:, None]).T @ x)
    return np.asarray((x * residual[:, None]) @ bread / w[:, None])


def _deviance(y: Array, mean: Array, prior: Array, family: Family) -> float:
    if family == "binomial":
        return float(-2 * prior @ (special.xlogy(y, mean) + special.xlogy(1 - y, 1 - mean)))
    return float(2 * prior @ (special.xlogy(y, y) - special.xlogy(y, mean) - (y - mean)))
