"""m equally likely panels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panels.sortition import faces, types, uniform, verify
from panels.sortition.model import Lottery, Types
from tests.unit.panels.sortition import pools
from tests.unit.panels.sortition.test_faces import mean_panel


def _lottery(grouped: Types, seed: int) -> Lottery:
    return faces.realise(grouped, pools.target(grouped, mean_panel(grouped, seed)), np.random.default_rng(seed))


@pytest.mark.parametrize("households", [False, True])
@pytest.mark.parametrize("m", [7, 250, 1000])
def test_the_lowest_chance_is_the_best_that_m_panels_can_do(m: int, households: bool) -> None:
    grouped = types.group(pools.pool(120, 20, 2, slack=2, households=households))
    lottery = _lottery(grouped, 2)
    panels = uniform.uniform(grouped, lottery, m, np.random.default_rng(0))
    assert panels.shape == (m, grouped.counts.size)
    verify.panels(grouped, panels)
    lowest = ((lottery.weights @ lottery.panels) / grouped.counts).min()
    assert (panels.mean(axis=0) / grouped.counts).min() >= np.floor(m * lowest + 1e-9) / m - 1e-12


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), m=st.integers(1, 120))
def test_every_type_gets_its_expected_seats_rounded_up_or_down(seed: int, m: int) -> None:
    grouped = types.group(pools.pool(100, 16, seed, slack=2))
    lottery = _lottery(grouped, seed)
    expected = m * (lottery.weights @ lottery.panels)
    seats = uniform.uniform(grouped, lottery, m, np.random.default_rng(seed)).sum(axis=0)
    assert (seats >= np.floor(expected - 1e-5)).all()
    assert (seats <= np.ceil(expected + 1e-5)).all()


def test_chances_that_cannot_be_divided_come_from_the_panels_of_the_lottery() -> None:
    grouped = types.group(pools.triangle())
    every = pools.all_panels(grouped)
    three = every[every[:, grouped.counts == 1].sum(axis=1) == 1].astype(np.int32)
    lottery = Lottery(panels=three, weights=np.full(3, 1 / 3))
    panels = uniform.uniform(grouped, lottery, 100, np.random.default_rng(0))
    verify.panels(grouped, panels)
    assert sorted(panels.sum(axis=0).tolist()) == [33, 33, 34, 200]


def test_panels_as_often_as_weights_say_repair_who_lags_behind() -> None:
    """With weights too small for one of m panels each, rounding down would leave nothing: what is picked must be
    even."""
    grouped = types.group(pools.pool(60, 10, 8, slack=2))
    lottery = _lottery(grouped, 8)
    taken = uniform._apportioned(grouped, lottery, 150, lottery.panels)
    assert taken.size == 150
    chance = lottery.panels[taken].mean(axis=0) / grouped.counts
    wanted = (lottery.weights @ lottery.panels) / grouped.counts
    assert np.abs(chance - wanted).max() < 0.05
    assert chance.min() > 0.9 * wanted.min()


def test_the_order_of_the_panels_tells_nothing() -> None:
    """Halving leaves like panels together; the draw's numbers must not. Neighbours are no more alike than others."""
    grouped = types.group(pools.pool(120, 20, 2, slack=2))
    panels = uniform.uniform(grouped, _lottery(grouped, 2), 512, np.random.default_rng(3)).astype(float)
    near = (panels[:-1] * panels[1:]).sum(axis=1).mean()
    far = (panels[:256] * panels[256:]).sum(axis=1).mean()
    assert near == pytest.approx(far, rel=0.1)


def test_the_last_bits_of_the_weights_decide_nothing() -> None:
    """Another machine may add up in another order; its panels must be the same."""
    grouped = types.group(pools.pool(150, 20, 6, slack=2, households=True))
    lottery = _lottery(grouped, 6)
    shaken = lottery.weights * (1 + np.random.default_rng(0).normal(scale=1e-13, size=lottery.weights.size))
    other = Lottery(panels=lottery.panels, weights=shaken / shaken.sum())
    one, two = (uniform.uniform(grouped, some, 200, np.random.default_rng(1)) for some in (lottery, other))
    assert one.tobytes() == two.tobytes()


def test_same_generator_same_panels_and_one_panel_is_possible() -> None:
    grouped = types.group(pools.pool(100, 16, 5))
    lottery = _lottery(grouped, 5)
    one, two = (uniform.uniform(grouped, lottery, 50, np.random.default_rng(9)) for _ in range(2))
    assert one.tobytes() == two.tobytes()
    single = uniform.uniform(grouped, lottery, 1, np.random.default_rng(9))
    verify.panels(grouped, single)
    assert single.shape == (1, grouped.counts.size)
