"""Trimming afterwards, iterative fitting, and figures about weights."""

import numpy as np
import pytest

from analytics.errors import AnalyticsError
from analytics.weights import ipf
from analytics.weights import kish as quality
from analytics.weights.trim import trim


def test_trimming_keeps_the_sum_and_strict_trimming_keeps_the_limits() -> None:
    weights = np.array([0.1, 0.5, 1.0, 1.0, 1.2, 5.0])
    loose, strict = trim(weights, low=0.5, high=1.5), trim(weights, low=0.5, high=1.5, strict=True)
    assert loose.sum() == pytest.approx(weights.sum())
    assert strict.sum() == pytest.approx(weights.sum())
    assert strict.max() <= 1.5 + 1e-12
    assert weights[-1] == 5.0


def test_trimming_refuses_limits_that_cannot_hold_the_sum() -> None:
    with pytest.raises(AnalyticsError, match="too tight"):
        trim(np.array([1.0, 1.0, 10.0]), low=0.5, high=1.5, strict=True)
    with pytest.raises(AnalyticsError, match="too tight"):
        trim(np.array([0.1, 10.0]), low=0.5, high=1.5)


def test_iterative_fitting_reaches_an_edge_where_weights_go_to_zero() -> None:
    rows = np.eye(2)[[0, 0, 1]], np.eye(2)[[0, 1, 1]]
    targets = [np.array([1.0, 2.0]), np.array([1.0, 2.0])]
    free = {"low": np.zeros(3), "high": np.full(3, np.inf), "tolerance": 1e-3}
    found = ipf.fit(rows, np.ones(3), targets, **free)
    assert found.converged
    assert found.g[1] < 0.01


def test_kish_of_equal_weights_is_the_number_of_people() -> None:
    assert quality.kish(np.full(50, 3.0)).n_eff == pytest.approx(50)
    assert quality.kish(np.array([1.0, 1.0, 4.0])).deff == pytest.approx(3 * 18 / 36)
