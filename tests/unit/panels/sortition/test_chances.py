"""Chances against their definitions, computed person by person."""

import msgspec
import numpy as np
import pytest

from panels.sortition import chances, faces, seats, types, uniform
from panels.sortition.model import Draft, Lottery, Person, Quota
from tests.unit.panels.sortition import pools
from tests.unit.panels.sortition.test_faces import mean_panel


def _draft() -> Draft:
    draft = pools.pool(50, 10, 11, features=2, slack=3)
    return msgspec.structs.replace(draft, confirmed=frozenset({"p00002"}), excluded=frozenset({"p00005", "p00006"}))


def test_chances_of_a_weighted_lottery() -> None:
    draft = _draft()
    grouped = types.group(draft)
    target = pools.target(grouped, mean_panel(grouped, 1))
    lottery = faces.realise(grouped, target, np.random.default_rng(0))
    found = chances.of(draft, grouped, lottery, target)
    p = []
    for type_ in grouped.type_of.tolist():
        share = sum(w * x[type_] for w, x in zip(lottery.weights, lottery.panels, strict=True))
        p.append(share / grouped.counts[type_] if type_ >= 0 else 0.0)
    assert found.p == pytest.approx(p, abs=1e-12)
    assert (found.p[2], found.p[5], found.p[6]) == (1.0, 0.0, 0.0)
    among = [p[i] for i in range(50) if i not in (2, 5, 6)]
    assert found.minimum == pytest.approx(min(among))
    assert found.maximum == pytest.approx(max(among))
    differences = sum(abs(a - b) for a in among for b in among)
    assert found.gini == pytest.approx(differences / (2 * len(among) * sum(among)))
    assert found.geometric_mean == pytest.approx(float(np.exp(np.mean(np.log(among)))))
    assert found.bound == target.bound
    assert found.gap == pytest.approx(max(0.0, target.bound - min(among)))
    assert found.p.sum() == pytest.approx(draft.size)


def test_chances_of_seated_panels_count_how_often_each_person_sits() -> None:
    draft = _draft()
    grouped = types.group(draft)
    target = pools.target(grouped, mean_panel(grouped, 1))
    lottery = faces.realise(grouped, target, np.random.default_rng(0))
    seated = seats.seat(draft, grouped, uniform.uniform(grouped, lottery, 40, np.random.default_rng(1)), 3)
    found = chances.of(draft, grouped, seated, target)
    assert found.p.tolist() == [sum(i in panel for panel in seated.tolist()) / 40 for i in range(50)]


def test_who_is_on_no_panel_and_who_is_on_all_are_named() -> None:
    people = tuple(Person(id=f"{v}{i}", features={"v": v}) for v, n in (("a", 2), ("b", 3), ("c", 4)) for i in range(n))
    quotas = tuple(
        Quota(feature="v", value=v, minimum=low, maximum=high)
        for v, low, high in (("a", 2, 2), ("b", 1, 3), ("c", 0, 0))
    )
    draft = Draft(people=people, quotas=quotas, size=3)
    grouped = types.group(draft)
    never = np.array([grouped.counts[t] == 4 for t in range(3)])
    target = msgspec.structs.replace(
        pools.target(grouped, np.where(grouped.counts == 2, 2.0, np.where(never, 0.0, 1.0))),
        unreachable=never,
        bound=1 / 3,
    )
    panel = np.where(grouped.counts == 2, 2, np.where(never, 0, 1)).astype(np.int32)
    found = chances.of(draft, grouped, Lottery(panels=panel[None], weights=np.ones(1)), target)
    assert found.never == ("c0", "c1", "c2", "c3")
    assert found.always == ("a0", "a1")
    assert found.minimum == pytest.approx(1 / 3)
    assert found.gap == pytest.approx(0.0)
    assert found.geometric_mean == pytest.approx(float(np.exp((3 * np.log(1 / 3)) / 5)))


def test_a_reachable_person_who_is_left_out_makes_the_lowest_chance_nought() -> None:
    draft = pools.pool(12, 4, 1, features=1, slack=3)
    grouped = types.group(draft)
    target = pools.target(grouped, mean_panel(grouped, 1))
    seated = np.array([[0, 1, 2, 3]])
    found = chances.of(draft, grouped, seated, target)
    assert (found.minimum, found.geometric_mean) == (0.0, 0.0)
    assert found.gap == pytest.approx(target.bound)


def test_equal_chances_never_have_a_gini_below_zero() -> None:
    assert min(chances.gini(np.full(people, 0.2)) for people in range(2, 200)) == 0.0


@pytest.mark.parametrize(
    ("values", "gini"), [([1.0, 1.0, 1.0], 0.0), ([0.0, 0.0, 1.0], 2 / 3), ([], 0.0), ([0.0], 0.0)]
)
def test_gini(values: list[float], gini: float) -> None:
    assert chances.gini(np.array(values)) == pytest.approx(gini)
