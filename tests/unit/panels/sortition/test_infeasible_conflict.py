"""The smallest conflict against every subset of the quotas."""

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from scipy.optimize import linprog

from panels.sortition.infeasible import conflict
from panels.sortition.infeasible.model import Element
from panels.sortition.model import Draft
from panels.sortition.types import group
from tests.unit.panels.sortition.enumeration import (
    IMPOSSIBLE,
    can_be_met,
    draft_of,
    joint,
    random_draft,
    sides,
    triangle,
)


def fractional_clash(draft: Draft, some: Sequence[Element]) -> bool:
    """Whether these sides cannot be met even with fractions of people, under all rules."""
    types = group(draft)
    lower, upper = np.zeros(len(types.rows)), types.upper.astype(float)
    for number, row in enumerate(types.rows):
        kept = {
            element.kind: element.limit
            for element in some
            if (element.feature, element.value) == (row.feature, row.value)
        }
        if row.kind == "quota":
            lower[number], upper[number] = kept.get("minimum", 0), kept.get("maximum", draft.size)
    matrix = types.matrix.toarray()
    result = linprog(
        np.zeros(len(types.counts)),
        A_ub=np.vstack([matrix, -matrix]),
        b_ub=np.concatenate([upper, -lower]),
        A_eq=np.ones((1, len(types.counts))),
        b_eq=[draft.size],
        bounds=np.column_stack([types.floor, types.counts]),
    )
    return result.status == 2


class TestConflict:
    def test_two_quotas_that_clash_through_the_people_are_found_alone(self) -> None:
        found = conflict.conflicts(group(joint()))
        assert [{(e.kind, e.value) for e in one.elements} for one in found] == [
            {("minimum", "land"), ("maximum", "M")},
            {("minimum", "V"), ("maximum", "town")},
        ]
        assert all(one.fractional and one.irreducible and one.smallest for one in found)

    @pytest.mark.parametrize("seed", IMPOSSIBLE)
    def test_a_conflict_cannot_be_met_and_is_met_without_any_one_element(self, seed: int) -> None:
        draft = random_draft(seed)
        found = conflict.conflicts(group(draft))
        assert found
        for one in found:
            assert not can_be_met(draft, one.elements)
            each = [
                can_be_met(draft, [other for other in one.elements if other != element]) for element in one.elements
            ]
            assert one.irreducible == all(each)
            assert one.irreducible or one.fractional

    @pytest.mark.parametrize("seed", IMPOSSIBLE)
    def test_no_conflict_has_fewer_quotas_than_the_first(self, seed: int) -> None:
        draft = random_draft(seed)
        first = conflict.conflicts(group(draft))[0]
        number = sum(element.kind in ("minimum", "maximum") for element in first.elements)
        assert first.smallest
        rules = tuple(Element(kind=kind) for kind in ("size", "households", "confirmed"))
        for fewer in range(number):
            for some in itertools.combinations(sides(draft), fewer):
                # Whole people may clash where fractions of people do not; a fractional conflict says nothing of those.
                assert can_be_met(draft, [*some, *rules]) or (first.fractional and not fractional_clash(draft, some))

    def test_a_clash_of_whole_people_only_is_recognised(self) -> None:
        (found,) = conflict.conflicts(group(triangle()))
        assert not found.fractional
        assert found.irreducible
        assert not can_be_met(triangle(), found.elements)
        for element in found.elements:
            assert can_be_met(triangle(), [other for other in found.elements if other != element])

    def test_a_draft_with_a_panel_has_no_conflict(self) -> None:
        people = [{"sex": "M"}] * 5 + [{"sex": "V"}] * 5
        assert conflict.conflicts(group(draft_of(people, {("sex", "M"): (2, 2), ("sex", "V"): (2, 2)}, size=4))) == ()

    def test_conflicts_do_not_share_a_quota_side(self) -> None:
        people = [{"sex": "M", "area": "town", "age": "old"}] * 10
        quotas = {("sex", "M"): (0, 3), ("area", "town"): (0, 2), ("age", "old"): (0, 1)}
        found = conflict.conflicts(group(draft_of(people, quotas, size=4)))
        named = [(e.kind, e.value) for one in found for e in one.elements if e.kind in ("minimum", "maximum")]
        assert sorted(named) == [("maximum", "M"), ("maximum", "old"), ("maximum", "town")]
