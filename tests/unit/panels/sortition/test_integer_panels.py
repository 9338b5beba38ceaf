"""One whole panel: is there one, and is it the best for an objective."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from panels.sortition import integer, types
from tests.unit.panels.sortition import pools


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), households=st.booleans())
def test_the_panel_found_is_the_best_of_all_panels(seed: int, households: bool) -> None:
    grouped = types.group(pools.pool(9, 4, seed, slack=seed % 2, features=2, households=households))
    gain = np.random.default_rng(seed).normal(size=grouped.counts.size)
    every = pools.all_panels(grouped)
    found = integer.panel(grouped, gain)
    assert found is not None
    assert (every == found).all(axis=1).any()
    assert gain @ found == pytest.approx((every @ gain).max(), abs=1e-9)


def test_tiny_differences_in_the_objective_count() -> None:
    grouped = types.group(pools.pool(9, 4, 3, features=2))
    every = pools.all_panels(grouped)
    gain = 1e-8 * np.arange(1.0, grouped.counts.size + 1)
    found = integer.panel(grouped, gain)
    assert found is not None
    assert gain @ found == pytest.approx((every @ gain).max(), rel=1e-9)


def test_no_panel_is_none_and_not_a_panel_that_nearly_fits() -> None:
    draft = pools.pool(9, 4, 3, slack=0, features=2)
    grouped = types.group(draft)
    full = np.where(np.arange(grouped.counts.size) == int(grouped.counts.argmax()), grouped.counts, 0)
    nobody = np.zeros_like(grouped.counts)
    assert integer.panel(grouped, upper=nobody) is None
    assert integer.panel(grouped, lower=nobody, upper=full) is None


def test_bounds_on_the_types_are_kept() -> None:
    grouped = types.group(pools.pool(40, 10, 5))
    free = integer.panel(grouped)
    assert free is not None
    wanted = int(np.flatnonzero(free == 0)[0])
    lower = np.zeros_like(grouped.counts)
    lower[wanted] = 1
    found = integer.panel(grouped, lower=lower)
    if found is not None:
        assert found[wanted] >= 1
    upper = grouped.counts.copy()
    upper[np.flatnonzero(free)[0]] = 0
    found = integer.panel(grouped, upper=upper)
    assert found is None or found[np.flatnonzero(free)[0]] == 0


def test_everything_fixed_is_checked_without_a_solver() -> None:
    matrix = sparse.csr_array(np.array([[1, 1]]))
    two, three = np.array([2]), np.array([3])
    at = np.array([1, 1])
    gain = np.zeros(2)
    assert integer.solve(gain, matrix, lower=two, upper=two, least=at, most=at) is not None
    assert integer.solve(gain, matrix, lower=three, upper=three, least=at, most=at) is None
