"""Stratified draws of any allocation, wave by wave."""

from collections import Counter
from uuid import UUID

import pytest

from panels.errors import PlanUnfit
from panels.inviting import stratified
from panels.inviting.allocation import REST, places

MEMBERS = {"a": [UUID(int=n) for n in range(1, 41)], "b": [UUID(int=n) for n in range(41, 101)]}

FIRST_OF_SEED_7 = (18, 6, 30)
"""By SHA-256 over the seed in 32 bytes and the id, worked out apart."""


class TestDraw:
    def test_each_cell_gives_as_many_as_asked_and_keeps_its_own_chance(self) -> None:
        found = stratified.draw(MEMBERS, {"a": 30, "b": 3}, seed=1)
        assert Counter(one.stratum for one in found) == {"a": 30, "b": 3}
        assert {one.stratum: one.probability for one in found} == {"a": 30 / 40, "b": 3 / 60}

    def test_a_cell_that_is_not_named_gives_nobody(self) -> None:
        assert {one.stratum for one in stratified.draw(MEMBERS, {"b": 2}, seed=1)} == {"b"}

    def test_a_member_who_rested_has_the_same_chance_in_the_next_wave_as_the_others(self) -> None:
        """With ranks of the first wave, the rested one would come before everybody left over from it."""
        rested, late = MEMBERS["a"][0], Counter[UUID]()
        for seed in range(1500):
            first = stratified.draw({"a": MEMBERS["a"][1:]}, {"a": 19}, seed=seed)
            left = [id for id in MEMBERS["a"] if id not in {one.member_id for one in first}]
            late.update(one.member_id for one in stratified.draw({"a": left}, {"a": 7}, seed=seed, wave=2))
        assert late[rested] == pytest.approx(1500 / 3, abs=80)

    def test_the_first_wave_is_the_draw_as_it_always_was(self) -> None:
        assert stratified.ranked(MEMBERS["a"], 7)[:3] == [UUID(int=n) for n in FIRST_OF_SEED_7]

    def test_every_fault_is_named_at_once(self) -> None:
        with pytest.raises(PlanUnfit) as refused:
            stratified.draw(MEMBERS, {"a": 41, "b": -1, "c": 1}, seed=1)
        assert [fault.pointer for fault in refused.value.faults] == ["/sizes/a", "/sizes/b", "/sizes/c"]


class TestPlaces:
    def test_needs_are_in_proportion_and_sum_to_the_target(self) -> None:
        found = places(100, {"a": 0.7, "b": 0.3}, {"a": 500, "b": 500})
        assert found == {"a": 70, "b": 30}

    def test_people_of_no_stratum_have_their_part_of_the_panel(self) -> None:
        found = places(100, {"a": 0.7, "b": 0.3}, {"a": 400, "b": 500, REST: 100})
        assert found == {"a": 63, "b": 27, REST: 10}

    def test_a_small_cell_with_members_has_a_place_and_an_empty_one_only_by_its_share(self) -> None:
        found = places(50, {"a": 0.999, "b": 0.0005, "c": 0.0005}, {"a": 500, "b": 2})
        assert found == {"a": 49, "b": 1, "c": 0}
