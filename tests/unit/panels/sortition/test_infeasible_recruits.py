"""Fewest extra volunteers, against adding people of every kind."""

import itertools

import msgspec
import pytest

from panels.sortition import infeasible
from panels.sortition.infeasible import recruits
from panels.sortition.infeasible.model import Recruits
from panels.sortition.model import Draft, Person
from panels.sortition.types import group
from tests.unit.panels.sortition.enumeration import IMPOSSIBLE, VALUES, draft_of, joint, panels, random_draft, units


def fewest_recruits(draft: Draft) -> int | None:
    """By trying: add people of every combination, two at most."""
    features = list(dict.fromkeys(quota.feature for quota in draft.quotas))
    combinations = [
        dict(zip(features, cell, strict=True)) for cell in itertools.product(*(VALUES[f] for f in features))
    ]
    for number in range(3):
        for extra in itertools.combinations_with_replacement(combinations, number):
            added = tuple(Person(id=f"new{i}", features=cell) for i, cell in enumerate(extra))
            larger = msgspec.structs.replace(draft, people=draft.people + added)
            if any(units(larger, panel) == 0 for panel in panels(larger)):
                return number
    return None


class TestRecruits:
    def test_the_joint_case_needs_two_people_who_are_not_in_the_pool(self) -> None:
        found = recruits.recruits(joint(), group(joint()))
        assert found is not None
        assert found.total == 2
        assert [(dict(cell.features), cell.people, cell.seen) for cell in found.cells] == [
            ({"sex": "V", "area": "land"}, 2, False)
        ]

    @pytest.mark.parametrize("seed", IMPOSSIBLE[:14])
    def test_their_number_is_the_fewest_and_with_them_a_panel_exists(self, seed: int) -> None:
        draft = random_draft(seed)
        found, fewest = recruits.recruits(draft, group(draft)), fewest_recruits(draft)
        if fewest is None:
            assert found is None or found.total > 2
            return
        assert found is not None
        assert found.total == fewest
        assert found.proven
        assert any(units(with_them(draft, found), panel) == 0 for panel in panels(with_them(draft, found)))

    def test_people_like_those_in_the_pool_are_preferred(self) -> None:
        people = [{"sex": "V", "area": "land"}] + [{"sex": "M", "area": "town"}] * 9
        quotas = {("sex", "V"): (3, 4), ("sex", "M"): (1, 9), ("area", "land"): (0, 4), ("area", "town"): (0, 9)}
        draft = draft_of(people, quotas, size=5)
        found = recruits.recruits(draft, group(draft))
        assert found is not None
        assert [(cell.people, cell.seen, cell.features["area"]) for cell in found.cells] == [(2, True, "land")]

    def test_without_quotas_only_the_missing_addresses_count(self) -> None:
        draft = draft_of([{"home": f"h{i // 2}"} for i in range(6)], {}, size=5, one_per_household=True)
        found = recruits.recruits(draft, group(draft))
        assert found is not None
        assert [(cell.people, dict(cell.features)) for cell in found.cells] == [(2, {})]
        assert any("2 x" in said.nl for said in infeasible.sentences(infeasible.explain(draft, group(draft))))

    def test_minima_that_sum_above_the_size_are_beyond_any_number_of_volunteers(self) -> None:
        people = [{"sex": "M"}] * 5 + [{"sex": "V"}] * 5
        draft = draft_of(people, {("sex", "M"): (3, 3), ("sex", "V"): (3, 3)}, size=5)
        assert recruits.recruits(draft, group(draft)) is None


def with_them(draft: Draft, found: Recruits) -> Draft:
    added = [cell.features for cell in found.cells for _ in range(cell.people)]
    people = tuple(Person(id=f"new{i}", features=features) for i, features in enumerate(added))
    return msgspec.structs.replace(draft, people=draft.people + people)
