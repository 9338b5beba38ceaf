"""Stratified selection: equal chances, moved as little as the quotas ask."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from panels.sortition import faces, stratified, types
from panels.sortition.model import Draft, Person, Quota, Target, Types
from tests.unit.panels.sortition import pools
from tests.unit.panels.sortition.test_faces import mean_panel


def _target(grouped: Types) -> Target:
    return stratified.target(grouped, pools.target(grouped, mean_panel(grouped, 0, 8)))


def _split(**bounds: tuple[int, int]) -> Types:
    """40 women and 60 men, half of each young; a panel of 20."""
    people = tuple(
        Person(id=f"{i}", features={"sex": "V" if i < 40 else "M", "age": "young" if i % 2 else "old"})
        for i in range(100)
    )
    quotas = tuple(
        Quota(feature=f, value=v, minimum=bounds.get(v, (0, 20))[0], maximum=bounds.get(v, (0, 20))[1])
        for f, v in (("sex", "V"), ("sex", "M"), ("age", "young"), ("age", "old"))
    )
    return types.group(Draft(people=people, quotas=quotas, size=20))


def test_with_quotas_that_do_not_bind_everybody_has_the_same_chance() -> None:
    grouped = _split()
    assert _target(grouped).expected / grouped.counts == pytest.approx([0.2] * 4, abs=1e-9)


def test_a_quota_that_binds_moves_the_chances_of_its_value_by_one_factor() -> None:
    grouped = _split(V=(10, 20))
    chance = _target(grouped).expected / grouped.counts
    assert sorted(chance) == pytest.approx([10 / 60, 10 / 60, 10 / 40, 10 / 40], abs=1e-9)


def test_factors_of_two_features_multiply() -> None:
    grouped = _split(V=(10, 20), young=(14, 20))
    chance = np.sort(_target(grouped).expected / grouped.counts)
    assert chance[0] / chance[1] == pytest.approx(chance[2] / chance[3], rel=1e-6)
    assert (_target(grouped).expected @ grouped.matrix.T).max() == pytest.approx(14, abs=1e-7)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_no_other_chances_are_nearer_to_equal_ones(seed: int) -> None:
    """Against a general solver for the smallest divergence."""
    grouped = types.group(pools.pool(30, 8, seed, slack=1, features=2))
    found = _target(grouped).expected
    n = grouped.counts.astype(float)
    equal = n * grouped.size / n.sum()

    def divergence(x: np.ndarray) -> float:
        return float((x * np.log(np.maximum(x, 1e-12) / equal)).sum())

    rows = grouped.matrix.toarray().astype(float)
    other = minimize(
        divergence,
        equal,
        bounds=[(1e-9, top) for top in n],
        constraints=[
            {"type": "ineq", "fun": lambda x: np.concatenate([rows @ x - grouped.lower, grouped.upper - rows @ x])},
            {"type": "eq", "fun": lambda x: x.sum() - grouped.size},
        ],
        method="SLSQP",
        options={"maxiter": 300, "ftol": 1e-12},
    )
    assert (grouped.matrix @ found >= grouped.lower - 1e-6).all()
    assert (grouped.matrix @ found <= grouped.upper + 1e-6).all()
    assert (found <= n + 1e-9).all()
    assert found.sum() == pytest.approx(grouped.size, abs=1e-6)
    if other.success:
        assert divergence(found) <= divergence(other.x) + 1e-5


def test_nobody_is_above_certainty_and_the_others_make_up_for_it() -> None:
    people = (
        Person(id="only", features={"v": "a"}),
        *(Person(id=f"b{i}", features={"v": "b"}) for i in range(3)),
        *(Person(id=f"c{i}", features={"v": "c"}) for i in range(16)),
    )
    quotas = tuple(Quota(feature="v", value=v, minimum=low, maximum=9) for v, low in (("a", 1), ("b", 3), ("c", 0)))
    grouped = types.group(Draft(people=people, quotas=quotas, size=8))
    chance = _target(grouped).expected / grouped.counts
    assert sorted(chance) == pytest.approx([4 / 16, 1.0, 1.0], abs=1e-8)


def test_the_chances_can_be_drawn_from() -> None:
    draft = pools.pool(150, 25, 4, slack=1, households=True)
    draft = msgspec.structs.replace(draft, confirmed=frozenset({draft.people[0].id}))
    grouped = types.group(draft)
    target = _target(grouped)
    assert target.algorithm == "stratified"
    assert target.expected[grouped.floor == 1] == pytest.approx(1.0)
    lottery = faces.realise(grouped, target, np.random.default_rng(0))
    assert lottery.exact
