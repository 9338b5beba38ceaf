"""Balanced draws: exact sizes, exact chances, and the mix of the frame to within a person."""

from collections import Counter
from random import Random
from uuid import UUID

import numpy as np
import pytest

from panels.errors import PlanUnfit
from panels.inviting import balanced, stratified
from panels.models import Coded

DIMENSIONS = ("province", "education")


def panel(people: int, *, cells: int = 6, seed: int = 1) -> tuple[dict[str, list[UUID]], dict[UUID, Coded]]:
    random = Random(seed)
    members: dict[str, list[UUID]] = {}
    coded: dict[UUID, Coded] = {}
    for number in range(1, people + 1):
        member_id = UUID(int=number)
        members.setdefault(f"c{random.randrange(cells)}", []).append(member_id)
        province = str(min(random.randrange(8), random.randrange(8)))
        coded[member_id] = {"province": province, "education": random.choice(["1", "2", "2", "3", None])}
    return members, coded


def draw(
    members: dict[str, list[UUID]], coded: dict[UUID, Coded], size: int, *, seed: int = 1, wave: int = 1
) -> balanced.BalancedDraw:
    sizes = dict.fromkeys(members, size)
    return balanced.draw(members, sizes, coded=coded, dimensions=DIMENSIONS, seed=seed, wave=wave)


class TestDraw:
    def test_every_cell_has_its_number_and_every_level_its_part_to_within_a_person(self) -> None:
        members, coded = panel(900)
        for seed in range(25):
            found = draw(members, coded, 11, seed=seed)
            assert Counter(one.stratum for one in found.selected) == dict.fromkeys(members, 11)
            assert len({one.member_id for one in found.selected}) == 66
            assert found.slack == 0
            assert found.largest_error < 1
            assert {level.code for level in found.balance if level.dimension == "education"} == {"1", "2", "3", "?"}

    def test_levels_vary_far_less_than_in_a_plain_stratified_draw(self) -> None:
        members, coded = panel(900)
        sizes = dict.fromkeys(members, 11)
        expected = {(one.dimension, one.code): one.expected for one in draw(members, coded, 11).balance}
        mine, plain = [], []
        for seed in range(25):
            mine += [one.drawn - one.expected for one in draw(members, coded, 11, seed=seed).balance]
            counts: Counter[tuple[str, str]] = Counter()
            for one in stratified.draw(members, sizes, seed=seed):
                counts.update((name, code or "?") for name, code in coded[one.member_id].items())
            plain += [counts[key] - value for key, value in expected.items()]
        assert np.square(mine).mean() < 0.1 * np.square(plain).mean()

    def test_everybody_is_drawn_as_often_as_stated(self) -> None:
        members, coded = panel(150, cells=3)
        draws, hits, stated = 200, Counter[UUID](), dict[UUID, float]()
        for seed in range(draws):
            for one in draw(members, coded, 12, seed=seed).selected:
                hits[one.member_id] += 1
                stated[one.member_id] = one.probability
        assert len(stated) == 150
        z = np.array([(hits[id] - draws * p) / (draws * p * (1 - p)) ** 0.5 for id, p in stated.items()])
        assert np.abs(z).max() < 4.5
        # The fifteen sums that are fixed leave 135 free; nine of ten such means lie within this.
        assert 0.7 < np.square(z).mean() < 1.35

    def test_pairs_inside_a_kind_are_drawn_together_as_chance_says(self) -> None:
        """Six people alike, of whom three are taken: 20 sets, each as often as another."""
        members = {"c": [UUID(int=n) for n in range(1, 7)]}
        sets = Counter(
            frozenset(
                one.member_id
                for one in balanced.draw(members, {"c": 3}, coded={}, dimensions=("age",), seed=seed).selected
            )
            for seed in range(2000)
        )
        assert len(sets) == 20
        assert sum((count - 100) ** 2 / 100 for count in sets.values()) < 45

    def test_the_same_seed_gives_the_same_draw_whatever_the_order(self) -> None:
        members, coded = panel(400)
        turned = {key: list(reversed(ids)) for key, ids in reversed(members.items())}
        assert draw(members, coded, 10) == draw(turned, dict(reversed(coded.items())), 10)

    def test_another_seed_or_wave_gives_another_draw(self) -> None:
        members, coded = panel(400)
        found = {draw(members, coded, 10, seed=seed, wave=wave).selected for seed in (1, 2) for wave in (1, 2)}
        assert len(found) == 4

    def test_taking_everybody_is_a_census(self) -> None:
        members, coded = panel(60, cells=2)
        found = balanced.draw(
            members, {key: len(ids) for key, ids in members.items()}, coded=coded, dimensions=DIMENSIONS, seed=1
        )
        assert len(found.selected) == 60
        assert {one.probability for one in found.selected} == {1.0}

    def test_nobody_wanted_is_nobody_drawn(self) -> None:
        members, coded = panel(20)
        assert draw(members, coded, 0).selected == ()

    def test_every_fault_is_named_at_once(self) -> None:
        members, coded = panel(20, cells=2)
        with pytest.raises(PlanUnfit) as refused:
            balanced.draw(members, {"c0": 500, "c1": -1, "x": 1}, coded=coded, dimensions=(), seed=1)
        assert {fault.pointer for fault in refused.value.faults} == {
            "/sizes/c0",
            "/sizes/c1",
            "/sizes/x",
            "/dimensions",
        }


class TestVariance:
    def test_it_is_near_to_the_variance_of_many_draws_where_levels_explain_the_answer_and_where_not(self) -> None:
        members, coded = panel(300, cells=3)
        rng = np.random.default_rng(2)
        levels = sorted({(name, str(code or "?")) for one in coded.values() for name, code in one.items()})
        effect = dict(zip(levels, 3 * rng.standard_normal(len(levels)), strict=True))
        noise = dict(zip(coded, rng.standard_normal(len(coded)), strict=True))
        told = {id: sum(effect[name, str(code or "?")] for name, code in one.items()) for id, one in coded.items()}
        totals, estimated = [], []
        for seed in range(120):
            chosen = draw(members, coded, 30, seed=seed).selected
            p = np.array([one.probability for one in chosen], dtype=np.float64)
            y = np.array([[told[one.member_id] + noise[one.member_id], noise[one.member_id]] for one in chosen])
            columns = [[float(one.stratum == cell) for cell in members] for one in chosen]
            columns = [
                [*row, *(float(str(coded[one.member_id][name] or "?") == code) for name, code in levels)]
                for row, one in zip(columns, chosen, strict=True)
            ]
            totals.append((y / p[:, None]).sum(axis=0))
            estimated.append(balanced.variance(y, p, np.array(columns, dtype=np.float64)))
        ratio = np.mean(estimated, axis=0) / np.var(totals, axis=0)
        assert ratio == pytest.approx(1.0, abs=0.3)

    def test_an_answer_that_levels_explain_has_no_variance(self) -> None:
        columns = np.repeat(np.eye(3), 8, axis=0)
        p = np.full(24, 0.25)
        assert balanced.variance(columns @ np.array([1.0, 5.0, 9.0]), p, columns) == pytest.approx(0.0, abs=1e-18)

    def test_more_columns_than_people_is_refused(self) -> None:
        with pytest.raises(PlanUnfit):
            balanced.variance(np.ones(3), np.full(3, 0.5), np.eye(3))
