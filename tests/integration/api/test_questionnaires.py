"""The bench: what the owner and staff learn about a questionnaire before anybody is asked."""

import copy
from typing import Any

import pytest

from tests.integration.api.harness import Client, expect

CHECK, COMPARE = "/v1/questionnaires/check", "/v1/questionnaires/compare"


@pytest.fixture
async def questionnaire(developer: Client, draft: dict[str, Any]) -> dict[str, Any]:
    """The standard questionnaire of a draft audit."""
    return await expect(developer.get(f"/v1/audits/{draft['id']}/questionnaire"), 200)


class TestCheck:
    async def test_the_battery_has_no_errors_and_says_how_long_it_takes(
        self, developer: Client, questionnaire: dict[str, Any]
    ) -> None:
        found = await expect(developer.post(CHECK, json=questionnaire), 200)
        assert (found["errors"], found["warnings"]) == (0, len(found["findings"]))
        assert found["minutes"] == questionnaire["estimated_minutes"]
        assert found["flesch_douma"] > 60

    async def test_staff_see_what_stands_where(self, staff: Client, questionnaire: dict[str, Any]) -> None:
        questionnaire["pages"][0]["next"] = [{"to": "nowhere"}]
        found = await expect(staff.post(CHECK, json=questionnaire), 200)
        assert found["errors"] == 1
        finding = found["findings"][0]
        assert (finding["code"], finding["path"]) == ("unknown_page", "/pages/0/next/0/to")

    async def test_a_wrong_field_is_named_with_its_place(
        self, developer: Client, questionnaire: dict[str, Any]
    ) -> None:
        questionnaire["pages"][0]["questions"][0]["kind"] = "quiz"
        problem = await expect(developer.post(CHECK, json=questionnaire), 422)
        assert [fault["pointer"] for fault in problem["errors"]] == ["/pages/0/questions/0/kind"]

    async def test_more_questions_than_anybody_asks_are_refused(
        self, developer: Client, questionnaire: dict[str, Any]
    ) -> None:
        page = {"key": "p", "block": "b", "questions": []}
        problem = await expect(developer.post(CHECK, json={**questionnaire, "pages": [page] * 501}), 422)
        assert [fault["pointer"] for fault in problem["errors"]] == ["/pages"]

    async def test_nobody_checks_without_a_key(self, anyone: Client, questionnaire: dict[str, Any]) -> None:
        await expect(anyone.post(CHECK, json=questionnaire), 401)


class TestCompare:
    async def test_a_better_word_is_a_change_of_text(self, developer: Client, questionnaire: dict[str, Any]) -> None:
        after = copy.deepcopy(questionnaire)
        after["pages"][1]["questions"][0]["text"]["nl"] = "Een andere vraag?"
        found = await expect(developer.post(COMPARE, json={"before": questionnaire, "after": after}), 200)
        page = after["pages"][1]
        assert found["kind"] == "text"
        (change,) = found["changes"]
        assert change["path"] == f"/pages/{page['key']}/questions/{page['questions'][0]['key']}/text/nl"

    async def test_a_question_less_is_structural(self, developer: Client, questionnaire: dict[str, Any]) -> None:
        after = copy.deepcopy(questionnaire)
        gone = after["pages"].pop()
        found = await expect(developer.post(COMPARE, json={"before": questionnaire, "after": after}), 200)
        assert found["kind"] == "structural"
        assert [(one["action"], one["path"]) for one in found["changes"]] == [("removed", f"/pages/{gone['key']}")]


class TestSimulate:
    async def test_every_page_of_the_battery_is_reached_in_both_orders(
        self, developer: Client, draft: dict[str, Any]
    ) -> None:
        found = await expect(developer.get(f"/v1/audits/{draft['id']}/questionnaire/simulation?n=120&seed=7"), 200)
        assert (found["people"], found["seed"]) == (120, 7)
        assert found["pages_never_reached"] == []
        assert {arm["people"] for arm in found["arms"]} == {60}
        assert 0 < found["minutes"]["p50"] < 20
        assert found["rows"] == []

    async def test_the_same_seed_gives_the_same_simulation(self, staff: Client, draft: dict[str, Any]) -> None:
        at = f"/v1/audits/{draft['id']}/questionnaire/simulation?n=40"
        first, again, other = [await expect(staff.get(f"{at}&seed={seed}"), 200) for seed in (3, 3, 4)]
        assert first == again
        assert first["questions"] != other["questions"]

    @pytest.mark.parametrize("query", ["n=0", "n=2001", "n=many", "seed=-1"])
    async def test_a_number_out_of_range_is_named(self, developer: Client, draft: dict[str, Any], query: str) -> None:
        problem = await expect(developer.get(f"/v1/audits/{draft['id']}/questionnaire/simulation?{query}"), 422)
        assert problem["errors"][0]["pointer"] == f"query/{query.partition('=')[0]}"

    async def test_an_audit_of_somebody_else_is_not_there(self, stranger: Client, draft: dict[str, Any]) -> None:
        await expect(stranger.get(f"/v1/audits/{draft['id']}/questionnaire/simulation"), 404)
