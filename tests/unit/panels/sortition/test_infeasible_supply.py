"""What can be seen without a solver."""

from panels.sortition.infeasible.explain import explain
from panels.sortition.infeasible.model import Infeasibility
from panels.sortition.model import Draft
from panels.sortition.types import group
from tests.unit.panels.sortition.enumeration import draft_of


def explained(draft: Draft) -> Infeasibility:
    return explain(draft, group(draft))


class TestSupply:
    def test_each_minimum_above_the_people_there_is_named_with_how_many_are_missing(self) -> None:
        people = [{"sex": "M", "area": "town"}] * 9 + [{"sex": "V", "area": "town"}]
        draft = draft_of(people, {("sex", "M"): (0, 9), ("sex", "V"): (4, 5), ("area", "town"): (0, 9)}, size=8)
        (shortage,) = explained(draft).supply.shortages
        assert (shortage.value, shortage.available, shortage.missing, shortage.reason) == ("V", 1, 3, "people")

    def test_people_at_one_address_count_once(self) -> None:
        people = [{"sex": "V", "home": "a"}] * 3 + [{"sex": "V", "home": "b"}, {"sex": "M"}, {"sex": "M"}, {"sex": "M"}]
        draft = draft_of(people, {("sex", "M"): (0, 9), ("sex", "V"): (3, 9)}, size=4, one_per_household=True)
        supply = explained(draft).supply
        assert (supply.shortages[0].available, supply.shortages[0].missing) == (2, 1)
        assert supply.available == 5

    def test_too_few_addresses_for_the_size_are_counted(self) -> None:
        people = [{"sex": "V", "home": f"{i // 3}"} for i in range(9)]
        found = explained(draft_of(people, {("sex", "V"): (0, 9)}, size=5, one_per_household=True))
        assert (found.supply.available, found.supply.missing) == (3, 2)
        assert found.cheapest is None
        assert [element.kind for element in found.conflicts[0].elements] == ["size", "households"]
        assert found.recruits is not None
        assert found.recruits.total == 2

    def test_confirmed_people_above_a_maximum_are_named(self) -> None:
        people = [{"sex": "M"}] * 5 + [{"sex": "V"}] * 5
        draft = draft_of(
            people, {("sex", "M"): (0, 2), ("sex", "V"): (0, 5)}, size=4, confirmed=frozenset({"p0", "p1", "p2"})
        )
        found = explained(draft)
        (excess,) = found.supply.excesses
        assert (excess.value, excess.maximum, excess.confirmed) == ("M", 2, 3)
        assert {element.kind for element in found.conflicts[0].elements} == {"maximum", "confirmed"}
        assert found.recruits is None

    def test_a_minimum_that_confirmed_people_leave_no_seats_for_is_told_apart(self) -> None:
        people = [{"sex": "M"}] * 5 + [{"sex": "V"}] * 5
        draft = draft_of(
            people, {("sex", "M"): (0, 4), ("sex", "V"): (3, 4)}, size=4, confirmed=frozenset({"p0", "p1"})
        )
        (shortage,) = explained(draft).supply.shortages
        assert (shortage.reason, shortage.available, shortage.missing) == ("seats", 2, 1)

    def test_sums_that_miss_the_size_are_named_with_the_gap(self) -> None:
        people = [{"sex": sex, "area": area} for sex in "MV" for area in ("town", "land") for _ in range(5)]
        quotas = {("sex", "M"): (4, 6), ("sex", "V"): (5, 6), ("area", "town"): (0, 3), ("area", "land"): (0, 4)}
        gaps = explained(draft_of(people, quotas, size=8)).supply.sums
        assert [(gap.feature, gap.side, gap.total, gap.gap) for gap in gaps] == [
            ("sex", "minima", 9, 1),
            ("area", "maxima", 7, 1),
        ]
