"""The chances that each algorithm wants, against slower ways to find them."""

import itertools
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from panels.errors import DraftImpossible
from panels.sortition import capped, goldilocks, implied, maximin, reach, relaxation, targets, types
from panels.sortition.model import Algorithm, Draft, Person, Quota, Target, Types
from panels.sortition.relaxation import Relaxation
from tests.unit.panels.sortition import enumeration, pools, relaxed

ALGORITHMS: tuple[Algorithm, ...] = ("leximin", "maximin", "nash", "goldilocks")
INSTANCES = Path(__file__).resolve().parents[3] / "reference" / "sortition"


def chance(grouped: Types, target: Target) -> np.ndarray:
    """Of the types that can be drawn."""
    open_ = (grouped.floor == 0) & ~target.unreachable
    return (target.expected / grouped.counts)[open_]


def inside(grouped: Types) -> Relaxation:
    opened, _ = targets.reachable(grouped)
    bounds = implied.implied(opened)
    assert bounds is not None
    return implied.within(opened, bounds)


def assert_allowed(grouped: Types, target: Target) -> None:
    x = target.expected
    reached = grouped.matrix @ x
    assert x.sum() == pytest.approx(grouped.size, abs=1e-7)
    assert (x >= grouped.floor - 1e-9).all()
    assert (x <= grouped.counts + 1e-9).all()
    assert (reached >= grouped.lower - 1e-7).all()
    assert (reached <= grouped.upper + 1e-7).all()
    assert (x[target.unreachable] == 0).all()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("seed", [0, 3, 8])
def test_targets_keep_every_rule_and_no_minimum_is_above_the_bound(algorithm: Algorithm, seed: int) -> None:
    drawn = pools.pool(150, 20, seed, households=seed == 3)
    if seed == 8:
        ids = [person.id for person in drawn.people]
        drawn = msgspec.structs.replace(drawn, confirmed=frozenset(ids[:2]), excluded=frozenset(ids[2:5]))
    grouped = types.group(drawn)
    target = targets.find(grouped, algorithm)
    assert_allowed(grouped, target)
    assert chance(grouped, target).min() <= target.bound + 1e-9
    assert target.bound == pytest.approx(maximin.bound(grouped), abs=1e-9)


class TestLeximin:
    @settings(max_examples=30, deadline=None)
    @given(seed=st.integers(0, 10**6))
    def test_it_is_what_one_programme_per_type_and_level_finds(self, seed: int) -> None:
        drawn = enumeration.random_draft(seed) if seed % 2 else pools.pool(14, 4, seed, features=3)
        grouped = types.group(drawn)
        if not len(pools.all_panels(grouped)):
            return
        target = targets.find(grouped, "leximin")
        kept = (grouped.floor == 0) & ~target.unreachable
        blocked = msgspec.structs.replace(grouped, counts=np.where(target.unreachable, 1, grouped.counts))
        polytope = relaxed.of_types(blocked, kept)
        polytope.most[target.unreachable] = 0.0
        expected = polytope.leximin()
        assert expected is not None
        assert chance(grouped, target) == pytest.approx(expected, abs=1e-6)

    def test_levels_count_everybody_who_can_be_drawn_lowest_first(self) -> None:
        grouped = types.group(pools.pool(150, 20, 1))
        levels = targets.find(grouped, "leximin").levels
        assert sum(people for _, people in levels) == 150
        assert list(levels) == sorted(levels)
        assert levels[0][0] == pytest.approx(maximin.bound(grouped), abs=1e-9)

    @pytest.mark.parametrize("name", ["nl_200_30", "nl_hh_200_30", "nl_500_50"])
    def test_geometric_mean_and_gini_are_those_of_the_instance(self, name: str) -> None:
        folder = INSTANCES / name
        expected = json.loads((folder / "expected.json").read_text())["lp_bound"]
        grouped = types.group(read(folder))
        p = np.sort(np.repeat(chance(grouped, targets.find(grouped, "leximin")), grouped.counts))
        assert p[0] == pytest.approx(expected["maximin"], abs=1e-9)
        assert np.exp(np.log(p).mean()) == pytest.approx(expected["geo"], abs=1e-8)
        n = p.size
        assert 2 * (np.arange(1, n + 1) @ p) / (n * p.sum()) - (n + 1) / n == pytest.approx(expected["gini"], abs=1e-5)

    def test_quotas_that_leave_no_room_at_all_are_solved_too(self) -> None:
        people = [{"sex": sex, "age": age} for sex in "MV" for age in ("young", "old") for _ in range(6)]
        names = {"M": "sex", "V": "sex", "young": "age", "old": "age"}
        quotas = {(feature, value): (4, 4) for value, feature in names.items()}
        grouped = types.group(enumeration.draft_of(people, quotas, size=8))
        for algorithm in ALGORITHMS:
            assert chance(grouped, targets.find(grouped, algorithm)) == pytest.approx(1 / 3, abs=1e-6)


class TestMaximin:
    def test_of_all_chances_with_the_best_minimum_the_highest_is_lowest(self) -> None:
        grouped = types.group(pools.pool(150, 20, 2))
        p = chance(grouped, targets.find(grouped, "maximin"))
        matrix = grouped.matrix.toarray() * grouped.counts
        width = grouped.counts.size
        found = linprog(
            np.append(np.zeros(width), 1.0),
            A_ub=np.vstack(
                [
                    np.column_stack([matrix, np.zeros(len(matrix))]),
                    np.column_stack([-matrix, np.zeros(len(matrix))]),
                    np.column_stack([np.eye(width), -np.ones(width)]),
                ]
            ),
            b_ub=np.concatenate([grouped.upper, -grouped.lower, np.zeros(width)]),
            A_eq=np.append(grouped.counts, 0.0)[None],
            b_eq=[grouped.size],
            bounds=[*[(maximin.bound(grouped) - 1e-10, 1.0)] * width, (0, 1)],
        )
        assert p.min() == pytest.approx(maximin.bound(grouped), abs=1e-9)
        assert p.max() == pytest.approx(found.fun, abs=1e-7)

    def test_confirmed_people_do_not_count_for_the_minimum(self) -> None:
        people = [{"sex": "M"}] * 4
        drawn = enumeration.draft_of(people, {("sex", "M"): (2, 2)}, size=2, confirmed=frozenset({"p0"}))
        assert maximin.bound(types.group(drawn)) == pytest.approx(1 / 3)


class TestNash:
    @pytest.mark.parametrize("seed", range(4))
    def test_no_direction_raises_the_product(self, seed: int) -> None:
        """At the best point p, the sum of counts * q / p over any other chances q is at most the number of people."""
        grouped = types.group(pools.pool(200, 30, seed, households=seed == 3))
        opened = inside(grouped)
        p = targets.find(grouped, "nash").expected[opened.open] / opened.counts
        found = linprog(
            -opened.counts / p,
            A_ub=np.vstack([opened.matrix.toarray(), -opened.matrix.toarray()]),
            b_ub=np.append(opened.upper, -opened.lower),
            bounds=(0, 1),
        )
        assert -found.fun <= opened.counts.sum() * (1 + 1e-6)

    @pytest.mark.parametrize("name", ["nl_200_30", "nl_hh_200_30", "nl_500_50", "nl_2000_100"])
    def test_the_geometric_mean_is_that_of_the_instance(self, name: str) -> None:
        folder = INSTANCES / name
        expected = json.loads((folder / "expected.json").read_text())["nash_bound"]
        grouped = types.group(read(folder))
        p = chance(grouped, targets.find(grouped, "nash"))
        weights = grouped.counts / grouped.counts.sum()
        assert np.exp(weights @ np.log(p)) == pytest.approx(expected["geo"], abs=1e-6)

    def test_minima_that_fill_the_panel_leave_no_inside_and_are_solved_all_the_same(self) -> None:
        values = [str(v) for v in range(4)]
        people = [{"a": a, "b": b} for a, b in itertools.product(values, "xy") for _ in range(1 + int(a))]
        quotas = {**{("a", v): (2, 5) for v in values}, ("b", "x"): (0, 8), ("b", "y"): (0, 8)}
        grouped = types.group(enumeration.draft_of(people, quotas, size=8))
        p = chance(grouped, targets.find(grouped, "nash"))
        assert np.sort(p) == pytest.approx(np.repeat([2 / 8, 2 / 6, 2 / 4, 1.0], 2), abs=1e-6)


class TestGoldilocks:
    @pytest.mark.parametrize("seed", range(3))
    def test_no_minimum_on_a_grid_gives_a_smaller_sum_of_ratios(self, seed: int) -> None:
        opened = inside(types.group(pools.pool(200, 30, seed, features=3)))
        fair = opened.lower[-1] / opened.counts.sum()
        p = goldilocks.chances(opened)
        best = p.max() / fair + fair / p.min()
        top = relaxation.rise(opened)
        assert top is not None
        for minimum in np.linspace(0.5, 1.0, 40) * top.value:
            assert best <= capped.lowest_maximum(opened, minimum).value / fair + fair / minimum + 1e-6

    def test_who_is_needed_on_every_panel_does_not_undo_the_cap_for_the_others(self) -> None:
        people = [{"area": "isle", "sex": "V"}, *[{"area": "town", "sex": s} for s in "MMMMVVVVVV"]]
        quotas = {("area", "isle"): (1, 1), ("area", "town"): (0, 9), ("sex", "M"): (0, 9), ("sex", "V"): (0, 9)}
        grouped = types.group(enumeration.draft_of(people, quotas, size=4))
        p = targets.find(grouped, "goldilocks").expected / grouped.counts
        assert sorted(p) == pytest.approx([0.3, 0.3, 1.0], abs=1e-6)


class TestReach:
    def test_people_that_no_panel_can_contain_do_not_pull_the_minimum_down(self) -> None:
        people = [*[{"sex": "M", "area": "town"}] * 4, *[{"sex": "V", "area": "land"}] * 4]
        quotas = {("sex", "M"): (2, 2), ("sex", "V"): (0, 4), ("area", "town"): (0, 4), ("area", "land"): (0, 0)}
        grouped = types.group(enumeration.draft_of(people, quotas, size=2))
        for algorithm in ALGORITHMS:
            target = targets.find(grouped, algorithm)
            assert target.unreachable.tolist() == [bool(v) for v in target.expected == 0]
            assert target.unreachable.sum() == 1
            assert target.bound == pytest.approx(0.5)
        assert maximin.bound(grouped) == pytest.approx(0.5)

    def test_people_who_fit_as_halves_only_are_unreachable(self) -> None:
        drawn = read(INSTANCES / "whole_people_only")
        grouped = types.group(drawn)
        target = targets.find(grouped, "leximin")
        at = [int(t) for t in grouped.type_of]
        assert [bool(target.unreachable[t]) for t in at] == [True, True, True, False, False, False]
        assert target.bound == 1.0

    @settings(max_examples=40, deadline=None)
    @given(seed=st.integers(0, 10**6))
    def test_whole_panels_decide_who_is_on_none_and_on_all(self, seed: int) -> None:
        grouped = types.group(enumeration.random_draft(seed))
        every = pools.all_panels(grouped)
        drawable = grouped.floor == 0
        if not len(every):
            with pytest.raises(DraftImpossible):
                reach.exact(grouped)
            return
        for known in (None, every[:1].astype(np.int32)):
            found = reach.exact(grouped, known)
            assert found.never.tolist() == (drawable & ~every.any(axis=0)).tolist()
            assert found.always.tolist() == (drawable & (every == grouped.counts).all(axis=0)).tolist()

    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_a_pool_that_is_the_panel(self, algorithm: Algorithm) -> None:
        grouped = types.group(enumeration.draft_of([{"sex": "M"}] * 3, {("sex", "M"): (0, 3)}, size=3))
        target = targets.find(grouped, algorithm)
        assert target.expected.tolist() == [3.0]
        assert target.bound == 1.0

    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_a_panel_of_confirmed_people_only(self, algorithm: Algorithm) -> None:
        ids = frozenset({"p0", "p1"})
        drawn = enumeration.draft_of([{"sex": "M"}] * 4, {("sex", "M"): (0, 3)}, size=2, confirmed=ids)
        target = targets.find(types.group(drawn), algorithm)
        assert sorted(target.expected.tolist()) == [0.0, 1.0, 1.0]

    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_quotas_that_clash_are_refused(self, algorithm: Algorithm) -> None:
        grouped = types.group(enumeration.joint())
        with pytest.raises(DraftImpossible):
            targets.find(grouped, algorithm)
        with pytest.raises(DraftImpossible):
            maximin.bound(grouped)

    def test_quotas_that_only_fractions_of_people_meet_are_refused_in_a_small_pool(self) -> None:
        marks = {"ann": "110", "bob": "101", "cor": "011", "dik": "000"}
        people = [dict(zip("xyz", code, strict=True)) for code in marks.values()]
        quotas = {(mark, value): (int(value), 1 if value == "1" else 2) for mark in "xyz" for value in "10"}
        grouped = types.group(enumeration.draft_of(people, quotas, size=2))
        assert maximin.bound(grouped) > 0
        with pytest.raises(DraftImpossible):
            targets.find(grouped, "leximin")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_everybody_the_same_has_the_chance_of_a_plain_draw(algorithm: Algorithm) -> None:
    grouped = types.group(enumeration.draft_of([{"sex": "V"}] * 50, {("sex", "V"): (0, 7)}, size=7))
    assert chance(grouped, targets.find(grouped, algorithm)) == pytest.approx(7 / 50, abs=1e-9)


def test_the_same_draft_gives_the_same_target_bit_for_bit() -> None:
    grouped = types.group(pools.pool(150, 20, 5))
    for algorithm in ALGORITHMS:
        one, other = targets.find(grouped, algorithm), targets.find(grouped, algorithm)
        assert one.expected.tobytes() == other.expected.tobytes()


def read(folder: Path) -> Draft:
    """An instance of `tests/reference/sortition`."""
    meta = json.loads((folder / "meta.json").read_text())
    pool = [line.split(",") for line in (folder / "pool.csv").read_text().splitlines()]
    quotas = [line.split(",") for line in (folder / "quotas.csv").read_text().splitlines()[1:]]
    features = sorted({quota[0] for quota in quotas})
    rows = [dict(zip(pool[0], row, strict=True)) for row in pool[1:]]
    return Draft(
        people=tuple(
            Person(id=row["id"], features={name: row[name] for name in features}, household=row["address"])
            for row in rows
        ),
        quotas=tuple(Quota(feature=f, value=v, minimum=int(low), maximum=int(high)) for f, v, low, high in quotas),
        size=meta["panel_size"],
        one_per_household=meta["household_constraint"],
    )
