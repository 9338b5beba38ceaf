"""Least changes of quotas against every panel."""

import msgspec
import pytest

from panels.sortition.infeasible import relaxation
from panels.sortition.infeasible.model import Flex
from panels.sortition.types import group
from tests.unit.panels.sortition.enumeration import IMPOSSIBLE, cost, draft_of, joint, panels, random_draft, units


class TestRelaxation:
    def test_smallest_change_of_the_joint_case_is_four_places(self) -> None:
        found = relaxation.smallest(group(joint()))
        assert found is not None
        assert (found.units, found.proven) == (4, True)

    @pytest.mark.parametrize("seed", range(40))
    def test_units_and_cost_are_the_least_of_all_panels(self, seed: int) -> None:
        draft = random_draft(seed)
        every = list(panels(draft))
        smallest, cheapest = relaxation.smallest(group(draft)), relaxation.cheapest(group(draft))
        if not every:
            assert smallest is None
            return
        assert smallest is not None
        assert cheapest is not None
        assert smallest.units == min(units(draft, panel) for panel in every)
        assert cheapest.cost == pytest.approx(min(cost(draft, panel) for panel in every), rel=2e-4)
        assert smallest.proven
        assert cheapest.proven

    @pytest.mark.parametrize("seed", IMPOSSIBLE[:12])
    def test_changed_quotas_have_a_panel(self, seed: int) -> None:
        draft = random_draft(seed)
        for found in (relaxation.smallest(group(draft)), relaxation.cheapest(group(draft))):
            assert found is not None
            changed = {(change.feature, change.value): change for change in found.changes}
            quotas = tuple(
                msgspec.structs.replace(quota, minimum=change.new_minimum, maximum=change.new_maximum)
                if (change := changed.get((quota.feature, quota.value)))
                else quota
                for quota in draft.quotas
            )
            relaxed = msgspec.structs.replace(draft, quotas=quotas)
            assert any(units(relaxed, panel) == 0 for panel in panels(relaxed))

    def test_small_groups_are_spared_when_that_costs_no_more_places(self) -> None:
        # One seat too many is asked for: the large minimum gives way, not the only seat of the small group.
        people = [{"sex": "M"}] * 20 + [{"sex": "V"}] * 20
        draft = draft_of(people, {("sex", "V"): (1, 10), ("sex", "M"): (10, 10)}, size=10)
        found = relaxation.cheapest(group(draft))
        assert found is not None
        assert [(change.value, change.new_minimum) for change in found.changes] == [("M", 9)]

    def test_flex_bounds_are_kept_where_they_allow_a_panel(self) -> None:
        draft = joint()
        flex = {("area", "town"): Flex(minimum=3, maximum=3), ("area", "land"): Flex(minimum=7, maximum=7)}
        found = relaxation.smallest(group(draft), flex)
        assert found is not None
        assert found.within_flex
        assert {change.feature for change in found.changes} == {"sex"}
        assert found.units == 4

    def test_flex_bounds_that_allow_no_panel_are_gone_beyond_and_told(self) -> None:
        flex = {(f, v): Flex(minimum=0, maximum=0) for f, v in [("sex", "V"), ("sex", "M"), ("area", "town")]}
        flex = {key: Flex(minimum=9, maximum=0) for key in [*flex, ("area", "land")]}
        found = relaxation.smallest(group(joint()), flex)
        assert found is not None
        assert not found.within_flex
        assert found.units == 4
