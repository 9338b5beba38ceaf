"""Alternates against every other choice on small panels, and against random ones on larger."""

import itertools
from collections.abc import Sequence

import numpy as np
import pytest

from analytics.arrays import FloatArray
from panels.errors import ReplacementInvalid
from panels.sortition import alternates, filling
from panels.sortition.model import Draft, Person, Quota

VALUES = {"a": "12", "b": "12", "c": "123"}


def draft_around(seed: int, people: int, size: int, *, slack: int = 0) -> tuple[Draft, list[str], FloatArray]:
    """A pool whose first `size` people are a panel that meets its quotas, and everybody's chance to drop out."""
    rng = np.random.default_rng(seed)
    pool = tuple(
        Person(id=f"p{i}", features={feature: str(rng.choice(list(values))) for feature, values in VALUES.items()})
        for i in range(people)
    )
    quotas = []
    for feature, values in VALUES.items():
        for value in values:
            seats = sum(person.features[feature] == value for person in pool[:size])
            quotas.append(Quota(feature=feature, value=value, minimum=max(seats - slack, 0), maximum=seats + slack))
    draft = Draft(people=pool, quotas=tuple(quotas), size=size)
    return draft, [person.id for person in pool[:size]], rng.uniform(0.05, 0.5, people)


def expected_deviation(draft: Draft, panel: Sequence[str], listed: Sequence[str], dropout: FloatArray) -> float:
    """Exactly: every pattern of who comes, every way to fill the seats."""
    features = [dict(person.features) for person in draft.people]
    at = {person.id: number for number, person in enumerate(draft.people)}

    def missed(seated: Sequence[int]) -> int:
        total = draft.size - len(seated)
        for quota in draft.quotas:
            number = sum(features[i][quota.feature] == quota.value for i in seated)
            total += max(quota.minimum - number, 0) + max(number - quota.maximum, 0)
        return total

    members, standby = [at[one] for one in panel], [at[one] for one in listed]
    expected = 0.0
    for pattern in itertools.product([False, True], repeat=len(members) + len(standby)):
        comes = dict(zip([*members, *standby], pattern, strict=True))
        chance = float(np.prod([1 - dropout[i] if come else dropout[i] for i, come in comes.items()]))
        there = [i for i in members if comes[i]]
        free = [i for i in standby if comes[i]]
        expected += chance * min(
            missed([*there, *some])
            for number in range(min(len(free), draft.size - len(there)) + 1)
            for some in itertools.combinations(free, number)
        )
    return expected


class TestChoose:
    @pytest.mark.parametrize("seed", range(4))
    def test_choice_is_within_a_twentieth_of_the_best_of_all(self, seed: int) -> None:
        draft, panel, dropout = draft_around(seed, people=10, size=4)
        found = alternates.choose(draft, panel, 2, dropout, seed=1, scenarios=400)
        rest = [person.id for person in draft.people if person.id not in panel]
        every = {
            pair: expected_deviation(draft, panel, pair, dropout) for pair in itertools.combinations(sorted(rest), 2)
        }
        mine = every[tuple(sorted(found.chosen))]  # type: ignore[index]
        assert mine <= 1.05 * min(every.values())
        assert mine < np.mean(list(every.values()))
        assert found.expected == pytest.approx(mine, abs=4 * found.error)
        assert found.without == pytest.approx(expected_deviation(draft, panel, [], dropout), abs=0.7)

    def test_leaves_far_less_deviation_than_random_alternates_in_scenarios_not_seen_before(self) -> None:
        draft, panel, dropout = draft_around(7, people=120, size=24, slack=1)
        found = alternates.choose(draft, panel, 5, dropout, seed=3, scenarios=150)
        rng = np.random.default_rng(0)
        rest = [i for i, person in enumerate(draft.people) if person.id not in panel]
        mine = simulated(draft, panel, filling.positions(draft, found.chosen).tolist(), dropout)
        random = np.mean([simulated(draft, panel, rng.permutation(rest)[:5].tolist(), dropout) for _ in range(8)])
        assert mine < 0.75 * random
        assert mine < 0.8 * found.without

    def test_more_alternates_never_make_it_worse(self) -> None:
        draft, panel, dropout = draft_around(5, people=40, size=10)
        found = [alternates.choose(draft, panel, count, dropout, seed=2, scenarios=150).expected for count in (1, 3, 6)]
        assert found[0] > found[1] > found[2]

    def test_nobody_shares_an_address_with_a_member_or_another_alternate(self) -> None:
        draft, panel, dropout = draft_around(2, people=30, size=6)
        people = tuple(
            Person(id=person.id, features=person.features, household=f"h{number % 10}")
            for number, person in enumerate(draft.people)
        )
        homes = {person.id: person.household for person in people}
        strict = Draft(people=people, quotas=draft.quotas, size=6, one_per_household=True)
        found = alternates.choose(strict, panel, 4, dropout, seed=1, scenarios=50)
        together = [homes[one] for one in (*panel, *found.chosen)]
        assert len(set(together)) == len(together)
        with pytest.raises(ReplacementInvalid) as raised:
            alternates.choose(strict, panel, 5, dropout, seed=1, scenarios=50)
        assert "4 people can stand by" in raised.value.faults[0].detail

    def test_excluded_people_are_not_asked(self) -> None:
        draft, panel, dropout = draft_around(3, people=12, size=5)
        free = Draft(people=draft.people, quotas=draft.quotas, size=5, excluded=frozenset(f"p{i}" for i in range(5, 9)))
        found = alternates.choose(free, panel, 3, dropout, seed=1, scenarios=50)
        assert set(found.chosen) == {"p9", "p10", "p11"}

    def test_same_seed_gives_the_same_list(self) -> None:
        draft, panel, dropout = draft_around(1, people=60, size=10)
        one, other = (alternates.choose(draft, panel, 4, dropout, seed=9, scenarios=80) for _ in range(2))
        assert one == other

    def test_a_panel_that_nobody_leaves_needs_nobody(self) -> None:
        draft, panel, _ = draft_around(1, people=20, size=6)
        found = alternates.choose(draft, panel, 1, np.zeros(20), seed=1, scenarios=20)
        assert (found.without, found.expected) == (0.0, 0.0)

    def test_all_faults_are_told_at_once(self) -> None:
        draft, panel, dropout = draft_around(1, people=10, size=4)
        with pytest.raises(ReplacementInvalid) as raised:
            alternates.choose(draft, [*panel, "stranger", "p0"], 0, dropout + 1, seed=1, scenarios=0)
        assert {(fault.pointer, fault.code) for fault in raised.value.faults} == {
            ("panel/4", "unknown_person"),
            ("panel", "duplicate"),
            ("dropout", "out_of_range"),
            ("count", "too_small"),
            ("scenarios", "too_small"),
        }


def simulated(draft: Draft, panel: Sequence[str], listed: Sequence[int], dropout: FloatArray) -> float:
    """Mean deviation over 50 fresh scenarios, seats filled in the best way."""
    rng = np.random.default_rng(99)
    rules, members = filling.rules(draft), filling.positions(draft, panel)
    total = 0.0
    for _ in range(50):
        comes = rng.random(len(draft.people)) >= dropout
        counted = rules.member[members[comes[members]]].sum(axis=0)
        people = rules.member[[person for person in listed if comes[person]]]
        counted = counted + people[filling.exactly(rules, counted, people)].sum(axis=0)
        total += float(filling.deviation(rules, counted[None, :])[0])
    return total / 50
