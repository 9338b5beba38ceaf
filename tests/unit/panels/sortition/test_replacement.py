"""Seats of people who declined: drawn anew, or taken by alternates."""

import itertools
from collections.abc import Sequence

import msgspec
import numpy as np
import pytest

from panels.errors import DraftImpossible, ReplacementInvalid
from panels.sortition import replacement
from panels.sortition.infeasible import Infeasibility
from panels.sortition.model import Draft, Person, Quota
from tests.unit.panels.sortition.enumeration import draft_of, panels, units

KINDS = ("M town", "V town", "V land", "M land", "V town", "M town")


def pool() -> Draft:
    """12 men and 12 women, half of each in a town; 2 to 4 of everything on a panel of 6."""
    people = [{"sex": sex, "area": area} for _ in range(6) for sex in "MV" for area in ("town", "land")]
    quotas = {(f, v): (2, 4) for f, values in (("sex", "MV"), ("area", ("town", "land"))) for v in values}
    return draft_of(people, quotas, size=6)


def seats(draft: Draft, panel: Sequence[str], quota: Quota) -> int:
    people = {person.id: person for person in draft.people}
    return sum(people[one].features[quota.feature] == quota.value for one in panel)


class TestConditional:
    def test_members_who_did_not_decline_are_confirmed_and_decliners_are_left_out(self) -> None:
        found = replacement.conditional(pool(), panel=["p0", "p1", "p2"], declined=["p1", "p9"])
        assert found.confirmed == {"p0", "p2"}
        assert found.excluded == {"p1", "p9"}

    def test_second_round_keeps_who_was_confirmed_and_who_declined_before(self) -> None:
        first = replacement.conditional(pool(), panel=["p0", "p1", "p2"], declined=["p1"])
        second = replacement.conditional(first, panel=["p0", "p2", "p5"], declined=["p2"])
        assert second.confirmed == {"p0", "p5"}
        assert second.excluded == {"p1", "p2"}

    def test_unknown_people_are_named(self) -> None:
        with pytest.raises(ReplacementInvalid) as raised:
            replacement.conditional(pool(), panel=["p0", "q"], declined=["r"])
        assert [fault.pointer for fault in raised.value.faults] == ["panel/1", "declined/0"]


class TestReplace:
    def test_every_panel_keeps_the_confirmed_drops_the_decliners_and_meets_the_quotas(self) -> None:
        draft = replacement.conditional(pool(), panel=["p0", "p1", "p2", "p3", "p4", "p5"], declined=["p1", "p2"])
        found = replacement.replace(draft, seed=5, panels=100)
        assert found.open_seats == 2
        assert len(found.solved.seats) == 100
        for panel in found.solved.seats:
            assert len(set(panel)) == 6
            assert draft.confirmed < set(panel)
            assert not draft.excluded & set(panel)
            for quota in draft.quotas:
                assert quota.minimum <= seats(draft, panel, quota) <= quota.maximum

    def test_new_chances_are_reported_and_are_those_of_the_panels(self) -> None:
        draft = replacement.conditional(pool(), panel=["p0", "p1", "p2", "p3", "p4", "p5"], declined=["p1", "p2"])
        solved = replacement.replace(draft, seed=5, panels=100).solved
        shares = {one: sum(one in panel for panel in solved.seats) / 100 for one in solved.people}
        for person, chance in zip(solved.people, solved.uniform.p, strict=True):
            assert chance == pytest.approx(shares[person])
            if person in draft.confirmed:
                assert chance == 1
            elif person in draft.excluded:
                assert chance == 0
        # Two seats among 18 people whom the quotas treat alike, as near as 100 panels allow.
        assert solved.uniform.minimum == pytest.approx(2 / 18, abs=0.012)

    def test_same_seed_gives_the_same_panels_and_another_seed_others(self) -> None:
        draft = replacement.conditional(pool(), panel=["p0", "p1", "p2", "p3"], declined=["p1"])
        one, again, other = (replacement.replace(draft, seed=seed, panels=20).solved.seats for seed in (1, 1, 2))
        assert one == again
        assert one != other

    def test_when_the_rest_of_the_pool_cannot_meet_the_quotas_the_reasons_come_along(self) -> None:
        women = [person.id for person in pool().people if person.features["sex"] == "V"]
        draft = msgspec.structs.replace(pool(), confirmed=frozenset({"p0"}), excluded=frozenset(women[1:]))
        with pytest.raises(DraftImpossible) as raised:
            replacement.replace(draft, seed=1, panels=20)
        told = msgspec.convert(raised.value.details["infeasibility"], Infeasibility)
        assert [(one.value, one.missing) for one in told.supply.shortages] == [("V", 1)]
        assert told.recruits is not None
        assert told.recruits.total == 1
        assert raised.value.details["sentences"]

    def test_a_full_panel_is_refused(self) -> None:
        draft = msgspec.structs.replace(pool(), confirmed=frozenset(f"p{i}" for i in range(6)))
        with pytest.raises(ReplacementInvalid) as raised:
            replacement.replace(draft, seed=1)
        assert raised.value.faults[0].code == "no_open_seat"

    def test_housemates_of_a_confirmed_person_stay_out_and_those_of_a_decliner_may_come(self) -> None:
        people = tuple(
            Person(id=person.id, features=person.features, household=f"h{number // 2}")
            for number, person in enumerate(pool().people)
        )
        draft = msgspec.structs.replace(pool(), people=people, one_per_household=True)
        after = replacement.conditional(draft, panel=["p0", "p2"], declined=["p2"])
        drawn = set().union(*replacement.replace(after, seed=3, panels=60).solved.seats)
        assert "p1" not in drawn
        assert "p3" in drawn


class TestSubstitutes:
    @pytest.mark.parametrize("seed", range(25))
    def test_deviation_is_the_least_of_all_ways_to_fill_the_seats(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        values = {"a": "12", "b": "123"}
        people = [{f: str(rng.choice(list(v))) for f, v in values.items()} for _ in range(12)]
        quotas = {(f, x): (int(low := rng.integers(0, 4)), int(low) + 1) for f, v in values.items() for x in v}
        draft = draft_of(people, quotas, size=6)
        panel, listed = [f"p{i}" for i in range(6)], [f"p{i}" for i in range(6, 11)]
        gone = ["p0", "p3", "p5", "p8"]
        found = replacement.substitutes(draft, panel=panel, alternates=listed, gone=gone)
        there = [person for person in draft.people[:6] if person.id not in gone]
        free = [person for person in draft.people if person.id in listed and person.id not in gone]
        every = [
            units(draft, [*there, *some]) + 6 - len(there) - len(some)
            for number in range(4)
            for some in itertools.combinations(free, number)
        ]
        assert found.after == min(every)
        assert found.before == units(draft, there) + 3
        assert found.empty == 3 - len(found.chosen)
        assert "p8" not in found.chosen
        seated = [*there, *(person for person in free if person.id in found.chosen)]
        missed = sum(max(miss.minimum - miss.seats, miss.seats - miss.maximum) for miss in found.misses)
        assert missed == units(draft, seated)

    def test_of_equal_alternates_the_first_in_the_list_takes_the_seat(self) -> None:
        draft = pool()
        found = replacement.substitutes(
            draft, panel=["p0", "p1", "p2", "p3", "p4", "p5"], alternates=["p20", "p8", "p4"][:2], gone=["p4"]
        )
        assert found.chosen == ("p20",)
        assert (found.after, found.empty, found.misses) == (0, 0, ())

    def test_nobody_is_seated_beside_a_housemate(self) -> None:
        homes = {"p8": "h0", "p0": "h0", "p12": "h1", "p16": "h1"}
        people = tuple(
            Person(id=person.id, features=person.features, household=homes.get(person.id, ""))
            for person in pool().people
        )
        draft = msgspec.structs.replace(pool(), people=people, one_per_household=True)
        found = replacement.substitutes(
            draft, panel=["p0", "p1", "p2", "p3", "p4", "p5"], alternates=["p8", "p12", "p16", "p20"], gone=["p4", "p5"]
        )
        assert found.chosen == ("p12", "p20")

    def test_without_alternates_the_seats_stay_empty_and_what_is_missed_is_said(self) -> None:
        draft = draft_of([{"sex": "M"}] * 3 + [{"sex": "V"}], {("sex", "M"): (2, 3), ("sex", "V"): (1, 2)}, size=4)
        found = replacement.substitutes(draft, panel=["p0", "p1", "p2", "p3"], alternates=[], gone=["p3"])
        assert (found.chosen, found.empty, found.after) == ((), 1, 2)
        assert [(miss.value, miss.seats, miss.minimum) for miss in found.misses] == [("V", 0, 1)]

    def test_members_and_strangers_among_the_alternates_are_named(self) -> None:
        with pytest.raises(ReplacementInvalid) as raised:
            replacement.substitutes(pool(), panel=["p0", "p1"], alternates=["p1", "q"], gone=[])
        assert {(fault.pointer, fault.code) for fault in raised.value.faults} == {
            ("alternates/0", "is_member"),
            ("alternates/1", "unknown_person"),
        }


def test_replacement_draws_agree_with_enumeration() -> None:
    """Everybody who is on some panel with the confirmed people has a chance, nobody else has one."""
    people = [{"sex": sex, "area": area} for sex, area in (kind.split() for kind in KINDS)]
    quotas = {("sex", "M"): (1, 2), ("sex", "V"): (1, 2), ("area", "town"): (2, 2), ("area", "land"): (1, 1)}
    draft = msgspec.structs.replace(draft_of(people, quotas, size=3), confirmed=frozenset({"p0"}))
    possible = {person.id for panel in panels(draft) if units(draft, panel) == 0 for person in panel}
    solved = replacement.replace(draft, seed=1, panels=60).solved
    assert {one for one, chance in zip(solved.people, solved.uniform.p, strict=True) if chance > 0} == possible
