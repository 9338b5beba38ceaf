"""How R stops: its regression ends when the deviance has settled to 1e-8, and its covariance uses the working weights
of the step before the last.

That moves standard errors by about 1e-5 of their size. Ours are taken at the solution itself. To compare them with R's
printed ones at R's precision, this module walks R's steps and gives the linearised coefficients that R ends with."""

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]


def influence(x: Array, y: Array, w: Array) -> Array:
    """Linearised logistic coefficients per row (n x p), from R's last step; `w` are the design weights."""
    prior = w / w.mean()
    mean = (prior * y + 0.5) / (prior + 1)
    eta = special.logit(mean)
    deviance = _deviance(y, mean, prior)
    for _ in range(25):
        slope = mean * (1 - mean)
        working = prior * slope
        beta = np.linalg.lstsq(
            x * np.sqrt(working)[:, None], (eta + (y - mean) / slope) * np.sqrt(working), rcond=None
        )[0]
        eta = x @ beta
        mean = special.expit(eta)
        before, deviance = deviance, _deviance(y, mean, prior)
        if abs(deviance - before) / (abs(deviance) + 0.1) < 1e-8:
            break
    residual = (y - mean) / (mean * (1 - mean)) * working
    bread = np.linalg.inv((x * working[:, None]).T @ x)
    return np.asarray((x * residual[:, None]) @ bread / w[:, None])


def _deviance(y: Array, mean: Array, prior: Array) -> float:
    return float(-2 * prior @ (special.xlogy(y, mean) + special.xlogy(1 - y, 1 - mean)))
