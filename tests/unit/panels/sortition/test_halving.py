"""Dividing people over many panels: everybody as often as asked, and every panel as it must be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panels.sortition import halving, integer, types, verify
from tests.unit.panels.sortition import pools


def _mean(draft_types: types.Types, seed: int) -> np.ndarray:
    """The mean of many panels, each the best for a random objective: a point that panels can have on average."""
    rng = np.random.default_rng(seed)
    found = [integer.panel(draft_types, rng.normal(size=draft_types.counts.size)) for _ in range(12)]
    return np.mean([panel for panel in found if panel is not None], axis=0)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 70), households=st.booleans())
def test_every_type_is_on_as_many_panels_as_asked(seed: int, count: int, households: bool) -> None:
    grouped = types.group(pools.pool(60, 12, seed, households=households))
    together = halving.totals(grouped, _mean(grouped, seed), count)
    assert together is not None
    panels = halving.spread(grouped, together, count, np.random.default_rng(seed))
    verify.panels(grouped, panels)
    if len(panels) == count:
        assert panels.sum(axis=0).tolist() == together.tolist()


def test_a_large_pool_is_divided_without_loss() -> None:
    grouped = types.group(pools.pool(2_000, 100, 1, slack=2, households=True))
    together = halving.totals(grouped, _mean(grouped, 1), 500)
    assert together is not None
    panels = halving.spread(grouped, together, 500, np.random.default_rng(1))
    assert len(panels) == 500
    verify.panels(grouped, panels)
    assert panels.sum(axis=0).tolist() == together.tolist()


def test_nobody_gets_less_than_their_number_rounded_down_nor_more_than_up() -> None:
    grouped = types.group(pools.pool(80, 12, 4))
    expected = _mean(grouped, 4)
    together = halving.totals(grouped, expected, 37)
    assert together is not None
    assert (together >= np.floor(37 * expected - 1e-6)).all()
    assert (together <= np.ceil(37 * expected + 1e-6)).all()


def test_a_row_that_is_full_on_average_is_full_in_every_panel() -> None:
    grouped = types.group(pools.pool(80, 12, 6, slack=1))
    gain = grouped.matrix[[0]].toarray()[0].astype(float)
    rng = np.random.default_rng(0)
    fullest = [integer.panel(grouped, gain * 100 + rng.random(gain.size)) for _ in range(8)]
    expected = np.mean([panel for panel in fullest if panel is not None], axis=0)
    assert gain @ expected == grouped.upper[0]
    together = halving.totals(grouped, expected, 33)
    assert together is not None
    panels = halving.spread(grouped, together, 33, rng)
    assert set((panels @ gain).tolist()) == {float(grouped.upper[0])}


def test_a_part_that_cannot_be_divided_is_left_out() -> None:
    grouped = types.group(pools.triangle())
    half = np.where(grouped.counts == 3, 1.5, 0.5)
    together = halving.totals(grouped, half, 8)
    assert together is not None
    panels = halving.spread(grouped, together, 8, np.random.default_rng(0))
    verify.panels(grouped, panels)
    assert len(panels) < 8


@pytest.mark.parametrize("seed", [0, 1])
def test_the_same_generator_gives_the_same_panels(seed: int) -> None:
    grouped = types.group(pools.pool(200, 20, 9))
    together = halving.totals(grouped, _mean(grouped, 9), 64)
    assert together is not None
    one = halving.spread(grouped, together, 64, np.random.default_rng(seed))
    two = halving.spread(grouped, together, 64, np.random.default_rng(seed))
    other = halving.spread(grouped, together, 64, np.random.default_rng(seed + 1))
    assert one.tobytes() == two.tobytes()
    assert one.tobytes() != other.tobytes()
