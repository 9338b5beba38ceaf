"""The whole explanation, and the words for staff."""

import pickle

import msgspec
import pytest
from samenspraak.types.base import Localised

from panels.errors import DraftImpossible
from panels.sortition import infeasible
from panels.sortition.infeasible import Infeasibility
from panels.sortition.infeasible.programme import UndecidedError
from panels.sortition.model import Draft
from panels.sortition.types import group
from tests.unit.panels.sortition.enumeration import IMPOSSIBLE, draft_of, joint, random_draft, triangle


def explained(draft: Draft) -> Infeasibility:
    return infeasible.explain(draft, group(draft))


class TestExplain:
    def test_the_whole_survives_pickling_and_json(self) -> None:
        found = explained(joint())
        assert pickle.loads(pickle.dumps(found)) == found
        assert msgspec.json.decode(msgspec.json.encode(found), type=Infeasibility) == found

    def test_same_draft_gives_the_same_bytes(self) -> None:
        draft = random_draft(IMPOSSIBLE[0])
        assert msgspec.json.encode(explained(draft)) == msgspec.json.encode(explained(draft))

    def test_a_draft_with_a_panel_is_said_to_be_possible(self) -> None:
        people = [{"sex": "M"}] * 5 + [{"sex": "V"}] * 5
        found = explained(draft_of(people, {("sex", "M"): (2, 2), ("sex", "V"): (2, 2)}, size=4))
        assert found.possible
        assert found.conflicts == ()
        assert len(infeasible.sentences(found)) == 1

    def test_the_failure_names_each_quota_in_a_conflict_and_carries_data_and_words(self) -> None:
        failure = infeasible.impossible(joint(), group(joint()))
        assert isinstance(failure, DraftImpossible)
        assert {fault.pointer for fault in failure.faults} == {
            "quotas/0/minimum",
            "quotas/1/maximum",
            "quotas/2/maximum",
            "quotas/3/minimum",
        }
        again = pickle.loads(pickle.dumps(failure))
        assert again.details == failure.details
        assert msgspec.convert(again.details["infeasibility"], Infeasibility) == explained(joint())


class TestSentences:
    def test_joint_case_is_told_in_both_languages_with_the_given_names(self) -> None:
        labels = {
            ("sex", "V"): Localised(nl="vrouwen", en="women"),
            ("area", "town"): Localised(nl="mensen uit de stad", en="people from towns"),
        }
        said = infeasible.sentences(explained(joint()), labels)
        assert any("minstens 5 vrouwen en hoogstens 3 mensen uit de stad" in one.nl for one in said)
        assert any("at least 5 women and at most 3 people from towns" in one.en for one in said)
        assert any("4 plaatsen" in one.nl for one in said)
        assert any("minstens 2 vrijwilligers" in one.nl for one in said)

    @pytest.mark.parametrize("seed", IMPOSSIBLE[:6])
    def test_every_shortage_and_every_change_is_said(self, seed: int) -> None:
        found = explained(random_draft(seed))
        text = " ".join(one.nl for one in infeasible.sentences(found))
        for shortage in found.supply.shortages:
            assert f"Er ontbreken er {shortage.missing}" in text
        assert found.smallest is not None
        for change in found.smallest.changes:
            wanted = (
                f"van {change.minimum} naar {change.new_minimum}"
                if change.new_minimum < change.minimum
                else f"van {change.maximum} naar {change.new_maximum}"
            )
            assert wanted in text

    def test_a_clash_of_whole_people_is_explained_as_such(self) -> None:
        said = infeasible.sentences(explained(triangle()))
        assert any("niet met hele personen" in one.nl for one in said)

    def test_a_search_that_was_stopped_is_told_and_nothing_is_claimed_to_be_useless(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def stopped(*_: object) -> None:
            raise UndecidedError

        monkeypatch.setitem(infeasible.explain.__globals__, "recruits", stopped)
        found = explained(joint())
        assert found.undecided
        assert found.smallest is not None
        text = " ".join(one.en for one in infeasible.sentences(found))
        assert "search was stopped" in text
        assert "volunteers do not help" not in text
