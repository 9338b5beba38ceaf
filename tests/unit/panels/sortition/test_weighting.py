"""Weights of panels, adjusted until everybody has the chance wanted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panels.sortition import weighting


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_chances_that_the_panels_can_have_are_reached(seed: int) -> None:
    rng = np.random.default_rng(seed)
    panels = np.unique(rng.integers(0, 3, size=(60, 8)), axis=0).astype(np.int32)
    wanted = rng.dirichlet(np.full(len(panels), 0.3)) @ panels
    found = weighting.shortest(panels, wanted, np.full(8, 2.0)).found
    assert (found.weights >= 0).all()
    assert found.weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert found.short < 1e-8
    near = weighting.adjust(panels, np.full(len(panels), 1 / len(panels)), wanted, np.full(8, 2.0))
    assert (near.weights >= 0).all()
    assert near.error <= np.abs(panels.mean(axis=0) - wanted).max() / 2 + 1e-12


def test_nearly_right_weights_are_changed_a_little_only() -> None:
    rng = np.random.default_rng(1)
    panels = np.unique(rng.integers(0, 2, size=(300, 12)), axis=0).astype(np.int32)
    start = np.full(len(panels), 1 / len(panels))
    wanted = start @ panels + rng.normal(scale=1e-3, size=12)
    found = weighting.adjust(panels, start, wanted, np.ones(12))
    assert found.error < 1e-10
    assert np.abs(found.weights / start - 1).max() < 0.1


def test_out_of_reach_the_largest_shortfall_is_as_small_as_the_panels_allow() -> None:
    panels = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=np.int32)
    solved = weighting.shortest(panels, np.full(3, 0.5), np.ones(3))
    assert solved.found.weights == pytest.approx([1 / 3] * 3, abs=1e-6)
    assert solved.found.short == pytest.approx(0.5 - 1 / 3, abs=1e-6)
    assert solved.duals @ np.full(3, 0.5) - solved.value == pytest.approx(0.5 - 1 / 3, abs=2e-3)


def test_the_duals_ask_for_the_panel_that_is_missing() -> None:
    panels = np.array([[1, 0, 1], [0, 1, 1]], dtype=np.int32)
    solved = weighting.shortest(panels, np.full(3, 2 / 3), np.ones(3))
    wanted, useless = np.array([1, 1, 0]), np.array([1, 0, 1])
    assert solved.duals @ wanted > solved.value + 1e-3
    assert solved.duals @ useless <= solved.value + 1e-9
    more = weighting.shortest(np.vstack([panels, wanted]).astype(np.int32), np.full(3, 2 / 3), np.ones(3))
    assert more.found.short < 1e-9


def test_one_panel_keeps_the_whole_weight() -> None:
    found = weighting.adjust(np.array([[2, 1]], dtype=np.int32), np.ones(1), np.array([2.0, 1.0]), np.array([3.0, 1.0]))
    assert found.weights.tolist() == [1.0]
    assert found.error == 0.0
