"""The whole draw: what staff and volunteers may rely on."""

import concurrent.futures
import pickle
from collections import Counter

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from panels.errors import DraftImpossible, DraftInvalid
from panels.sortition import draw, types
from panels.sortition.draw import Solved
from panels.sortition.model import Algorithm, Draft
from tests.unit.panels.sortition import pools


def check(draft: Draft, solved: Solved) -> None:
    """Every panel against the draft itself, person by person."""
    features = {person.id: person.features for person in draft.people}
    homes = {person.id: person.household for person in draft.people}
    assert solved.people == tuple(sorted(features))
    for panel in solved.seats:
        assert len(set(panel)) == draft.size
        assert list(panel) == sorted(panel)
        for quota in draft.quotas:
            held = sum(features[one][quota.feature] == quota.value for one in panel)
            assert quota.minimum <= held <= quota.maximum
        if draft.one_per_household:
            lived = Counter(homes[one] for one in panel if homes[one])
            assert max(lived.values(), default=0) <= 1
        assert draft.confirmed <= set(panel)
        assert not draft.excluded & set(panel)
    times = Counter(one for panel in solved.seats for one in panel)
    assert solved.uniform.p == pytest.approx([times[one] / len(solved.seats) for one in solved.people])


@pytest.fixture(scope="module")
def pool() -> Draft:
    return pools.pool(120, 20, 3, slack=1)


@pytest.fixture(scope="module")
def solved(pool: Draft) -> Solved:
    return draw.solve(pool, seed=12)


class TestLeximin:
    def test_every_panel_keeps_every_rule_and_chances_add_up(self, pool: Draft, solved: Solved) -> None:
        check(pool, solved)
        assert len(solved.seats) == 1000
        assert solved.chances.p.sum() == pytest.approx(20)
        assert solved.uniform.p.sum() == pytest.approx(20)

    def test_the_lowest_chance_is_the_highest_possible(self, solved: Solved) -> None:
        assert solved.lottery.exact
        assert solved.chances.gap < 1e-9
        assert solved.uniform.minimum >= np.floor(1000 * solved.bound + 1e-9) / 1000 - 1e-12

    def test_people_who_are_alike_have_the_same_chance_and_seats(self, pool: Draft, solved: Solved) -> None:
        alike: dict[tuple[str, ...], list[int]] = {}
        features = {person.id: tuple(person.features.values()) for person in pool.people}
        for i, one in enumerate(solved.people):
            alike.setdefault(features[one], []).append(i)
        for group in alike.values():
            assert np.ptp(solved.chances.p[group]) == 0
            assert np.ptp(solved.uniform.p[group]) <= 1 / 1000 + 1e-12

    def test_drawing_100_000_times_gives_the_chances_stated(self, solved: Solved) -> None:
        """Chi-square of 100,000 panels drawn by their weights, type by type and panel by panel."""
        rng = np.random.default_rng(5)
        drawn = rng.multinomial(100_000, solved.lottery.weights)
        assert stats.chisquare(drawn, 100_000 * solved.lottery.weights).pvalue > 1e-4
        grouped = types.group(pools.pool(120, 20, 3, slack=1))
        expected = solved.lottery.weights @ solved.lottery.panels
        spread = solved.lottery.weights @ (solved.lottery.panels - expected) ** 2
        varied = spread > 1e-9
        z = (drawn @ solved.lottery.panels / 100_000 - expected)[varied] / np.sqrt(spread[varied] / 100_000)
        assert np.abs(z).max() < 5
        assert z @ z / varied.sum() == pytest.approx(1, abs=0.5)
        assert grouped.counts.size == solved.types

    def test_a_public_number_draws_each_person_as_often_as_stated(self, solved: Solved) -> None:
        rng = np.random.default_rng(6)
        seated = np.array([[solved.people.index(one) for one in panel] for panel in solved.seats])
        numbers = rng.integers(len(seated), size=20_000)
        times = np.bincount(seated[numbers].ravel(), minlength=len(solved.people))
        p = solved.uniform.p
        z = (times - 20_000 * p) / np.sqrt(20_000 * np.maximum(p * (1 - p), 1e-9))
        assert np.abs(z[(p > 0) & (p < 1)]).max() < 5

    def test_levels_rise_and_count_everybody(self, solved: Solved) -> None:
        chances = [chance for chance, _ in solved.levels]
        assert chances == sorted(chances)
        assert chances[0] == pytest.approx(solved.bound)
        assert sum(people for _, people in solved.levels) == 120


class TestSameSeed:
    def test_the_same_pool_in_any_order_gives_the_same_panels(self, pool: Draft, solved: Solved) -> None:
        turned = msgspec.structs.replace(pool, people=pool.people[::-1])
        again = draw.solve(turned, seed=12)
        assert again.seats == solved.seats
        assert again.lottery.weights.tobytes() == solved.lottery.weights.tobytes()
        assert again.chances.p.tobytes() == solved.chances.p.tobytes()

    def test_another_process_gives_the_same_panels(self, pool: Draft, solved: Solved) -> None:
        with concurrent.futures.ProcessPoolExecutor(1) as processes:
            again = processes.submit(draw.solve, pool, seed=12).result()
        assert again.seats == solved.seats
        assert pickle.dumps(again.seats) == pickle.dumps(solved.seats)

    def test_another_seed_gives_other_panels_with_the_same_chances(self, pool: Draft, solved: Solved) -> None:
        other = draw.solve(pool, seed=13)
        assert other.seats != solved.seats
        assert other.chances.p == pytest.approx(solved.chances.p, abs=1e-7)
        assert np.abs(other.uniform.p - solved.uniform.p).max() <= 1 / 500


@pytest.mark.parametrize("algorithm", ["leximin", "maximin", "nash", "goldilocks", "stratified"])
def test_every_algorithm_respects_addresses_confirmed_and_excluded_people(algorithm: Algorithm) -> None:
    draft = pools.pool(90, 12, 8, slack=2, households=True)
    draft = msgspec.structs.replace(
        draft, confirmed=frozenset({draft.people[3].id}), excluded=frozenset({draft.people[10].id})
    )
    found = draw.solve(draft, algorithm=algorithm, seed=2**127 + 5, panels=200)
    check(draft, found)
    assert found.algorithm == algorithm
    assert len(found.seats) == 200
    assert found.chances.p[found.people.index(draft.people[3].id)] == 1.0
    assert found.chances.p[found.people.index(draft.people[10].id)] == 0.0


def test_each_algorithm_is_best_at_what_it_promises(pool: Draft, solved: Solved) -> None:
    maximin, nash, goldilocks, stratified = (
        draw.solve(pool, algorithm=name, seed=1, panels=50) for name in ("maximin", "nash", "goldilocks", "stratified")
    )
    others = [maximin, nash, goldilocks, stratified]
    assert all(solved.chances.minimum >= other.chances.minimum - 1e-7 for other in others)
    assert maximin.chances.minimum == pytest.approx(solved.chances.minimum, abs=1e-7)
    assert all(nash.chances.geometric_mean >= other.chances.geometric_mean - 1e-7 for other in [solved, *others])
    assert goldilocks.chances.maximum <= solved.chances.maximum + 1e-7


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), households=st.booleans())
def test_in_small_pools_no_lottery_at_all_has_a_higher_lowest_chance(seed: int, households: bool) -> None:
    draft = pools.pool(10, 4, seed, slack=seed % 2, features=2, households=households)
    found = draw.solve(draft, seed=seed, panels=60)
    check(draft, found)
    grouped = types.group(draft)
    every = pools.all_panels(grouped)
    best = pools.best_minimum(grouped, every)
    assert found.chances.minimum == pytest.approx(best, abs=1e-6)
    assert found.chances.gap < 1e-6
    reachable = every.any(axis=0)
    never = {draft.people[i].id for i in range(10) if not reachable[grouped.type_of[i]]}
    assert set(found.chances.never) == never


def test_chances_that_only_fractions_of_people_could_have_are_not_promised() -> None:
    found = draw.solve(pools.triangle(), seed=0, panels=300)
    check(pools.triangle(), found)
    assert found.chances.minimum == pytest.approx(1 / 3, abs=1e-6)
    assert found.bound == pytest.approx(1 / 3, abs=1e-6)
    assert found.uniform.minimum == pytest.approx(1 / 3, abs=1 / 300)


def test_quotas_that_no_panel_meets_are_explained() -> None:
    draft = pools.pool(20, 6, 1, features=2)
    quotas = tuple(msgspec.structs.replace(q, minimum=0, maximum=1) if q.feature == "age" else q for q in draft.quotas)
    with pytest.raises(DraftImpossible) as refusal:
        draw.solve(msgspec.structs.replace(draft, quotas=quotas), seed=1)
    assert refusal.value.details["sentences"]


def test_all_faults_of_the_arguments_are_named_at_once(pool: Draft) -> None:
    with pytest.raises(DraftInvalid) as refusal:
        draw.solve(pool, algorithm="fair", seed=-1, panels=0)  # type: ignore[arg-type]
    assert [fault.pointer for fault in refusal.value.faults] == ["algorithm", "seed", "panels"]
    with pytest.raises(DraftInvalid) as refusal:
        draw.solve(msgspec.structs.replace(pool, size=0), seed=1)
    assert refusal.value.faults


@pytest.mark.parametrize(("people", "size"), [(1, 1), (5, 5)])
def test_a_pool_that_is_the_panel_is_on_it(people: int, size: int) -> None:
    found = draw.solve(pools.pool(people, size, 1, features=1, slack=3), seed=1, panels=10)
    assert set(found.seats) == {found.people}
    assert found.chances.always == found.people
    assert found.bound == 1.0
