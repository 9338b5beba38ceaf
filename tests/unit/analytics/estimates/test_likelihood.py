"""Likelihood limits are exact roots of the scaled deviance."""

import numpy as np
import pytest

from analytics.estimates import interval


def test_likelihood_limits_are_exact_roots() -> None:
    p, v, n = np.array([0.404]), np.array([0.0014]), np.array([200.0])
    found = interval.proportion_limits(p, v, n, n, df=197, level=0.95, method="likelihood")
    for q in (found.lower[0], found.upper[0]):
        deviance = 2 * (0.404 * np.log(0.404 / q) + 0.596 * np.log(0.596 / (1 - q)))
        cutoff = float(interval.t_quantile(0.95, 197)) ** 2 * v[0] / (0.404 * 0.596) * 200 / 199
        assert deviance == pytest.approx(cutoff, rel=1e-9)
