"""From wanted chances to a lottery that has them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panels.sortition import faces, halving, integer, types, verify
from panels.sortition.model import Types
from tests.unit.panels.sortition import pools


def mean_panel(grouped: Types, seed: int, count: int = 24) -> np.ndarray:
    """The mean of many panels, each the best for a random objective."""
    rng = np.random.default_rng(seed)
    found = [integer.panel(grouped, rng.normal(size=grouped.counts.size)) for _ in range(count)]
    return np.mean([panel for panel in found if panel is not None], axis=0)


@pytest.mark.parametrize("households", [False, True])
@pytest.mark.parametrize(("people", "size", "seed"), [(60, 12, 0), (150, 25, 1), (400, 40, 2)])
def test_the_lottery_has_the_chances_of_the_target_exactly(people: int, size: int, seed: int, households: bool) -> None:
    grouped = types.group(pools.pool(people, size, seed, slack=2, households=households))
    expected = mean_panel(grouped, seed)
    lottery = faces.realise(grouped, pools.target(grouped, expected), np.random.default_rng(seed))
    assert lottery.exact
    assert lottery.weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert (lottery.weights > 0).all()
    verify.panels(grouped, lottery.panels)
    assert np.abs((lottery.weights @ lottery.panels - expected) / grouped.counts).max() < 1e-8
    assert len({panel.tobytes() for panel in lottery.panels}) == len(lottery.panels)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_what_a_small_pool_allows_is_approached_or_reached(seed: int) -> None:
    grouped = types.group(pools.pool(10, 4, seed, slack=1, features=2))
    every = pools.all_panels(grouped)
    weights = np.random.default_rng(seed).dirichlet(np.ones(len(every)))
    lottery = faces.realise(grouped, pools.target(grouped, weights @ every), np.random.default_rng(seed))
    chance = (lottery.weights @ lottery.panels) / grouped.counts
    assert chance.min() <= pools.best_minimum(grouped, every) + 1e-9 or not every.any(axis=0).all()
    assert np.abs(lottery.weights @ lottery.panels - weights @ every).max() < 1e-7
    assert lottery.exact


def test_chances_that_no_panels_have_are_approached_and_not_called_exact() -> None:
    grouped = types.group(pools.triangle())
    promised = np.where(grouped.counts == 3, 1.5, 0.5)
    lottery = faces.realise(grouped, pools.target(grouped, promised), np.random.default_rng(0))
    verify.panels(grouped, lottery.panels)
    assert not lottery.exact
    chance = (lottery.weights @ lottery.panels) / grouped.counts
    every = pools.all_panels(grouped)
    assert pools.best_minimum(grouped, every) == pytest.approx(1 / 3)
    assert chance.min() == pytest.approx(1 / 3, abs=1e-6)


def test_a_target_with_the_errors_of_a_solver_is_put_on_its_face() -> None:
    grouped = types.group(pools.pool(150, 25, 3, slack=0))
    expected = mean_panel(grouped, 3)
    shaken = expected + np.random.default_rng(0).normal(scale=2e-9, size=expected.size)
    settled = faces.settle(grouped, shaken)
    assert np.abs(settled - expected).max() < 1e-6
    assert np.abs(grouped.matrix @ settled - grouped.lower).max() < 1e-12
    assert settled.sum() == pytest.approx(grouped.size, abs=1e-12)
    lottery = faces.realise(grouped, pools.target(grouped, shaken), np.random.default_rng(1))
    assert np.abs(lottery.weights @ lottery.panels - expected).max() < 1e-6


def test_a_pool_with_very_many_types_gets_a_coarser_lottery(monkeypatch: pytest.MonkeyPatch) -> None:
    grouped = types.group(pools.pool(300, 40, 5, slack=2))
    expected = mean_panel(grouped, 5)
    monkeypatch.setattr(faces, "_CELLS", 1_000)
    wanted = pools.target(grouped, expected)
    lottery = faces.realise(grouped, wanted, np.random.default_rng(0))
    chance = (lottery.weights @ lottery.panels) / grouped.counts
    assert not lottery.exact
    assert np.abs(lottery.weights @ lottery.panels - expected).max() <= 1 / 500
    assert chance.min() >= wanted.bound - 1 / 500


def test_the_same_seed_gives_the_same_lottery() -> None:
    grouped = types.group(pools.pool(100, 15, 7))
    wanted = pools.target(grouped, mean_panel(grouped, 7))
    one, two = (faces.realise(grouped, wanted, np.random.default_rng(4)) for _ in range(2))
    assert one.panels.tobytes() == two.panels.tobytes()
    assert one.weights.tobytes() == two.weights.tobytes()


def test_everybody_alike_is_one_panel() -> None:
    draft = pools.pool(30, 6, 0, features=1)
    alike = tuple(draft.people[i] for i in range(30) if draft.people[i].features == draft.people[0].features)
    quota = next(q for q in draft.quotas if q.value == alike[0].features["age"])
    one = types.group(
        type(draft)(
            people=alike,
            quotas=(type(quota)(feature=quota.feature, value=quota.value, minimum=0, maximum=9),),
            size=3,
        )
    )
    lottery = faces.realise(one, pools.target(one, np.array([3.0])), np.random.default_rng(0))
    assert lottery.panels.tolist() == [[3]]
    assert lottery.exact
    together = halving.totals(one, np.array([3.0]), 5)
    assert together is not None
    assert together.tolist() == [15]
