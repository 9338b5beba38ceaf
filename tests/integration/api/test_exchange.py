"""Questionnaires from a spreadsheet and for archives, over HTTP."""

import csv
import io
from typing import Any
from xml.etree import ElementTree

from tests.integration.api.harness import Client, expect
from tests.unit.surveys.exchange.books import SIDES, YES_NO, xlsx

XLSX = {"content-type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
DDI = "{ddi:codebook:2_5}"
ROWS = (("select_one yn", "own_car", "Hebt u een auto?", "Do you have a car?", "yes"),)


class TestXlsform:
    async def test_questions_come_back_ready_to_be_sent_on(self, developer: Client) -> None:
        book = xlsx(ROWS, (*YES_NO, *SIDES))
        made = await expect(developer.post("/v1/questionnaires/xlsform", content=book, headers=XLSX), 200)
        [question] = made["questions"]
        assert (question["kind"], question["key"]) == ("single", "OWN_CAR")
        assert [option["label"]["nl"] for option in question["options"]] == ["Ja", "Nee"]

    async def test_a_fault_names_its_row(self, developer: Client) -> None:
        book = xlsx((*ROWS, ("geopoint", "place", "Waar?", "Where?")), YES_NO)
        problem = await expect(developer.post("/v1/questionnaires/xlsform", content=book, headers=XLSX), 422)
        assert problem["code"] == "questionnaire_file_invalid"
        assert problem["errors"][0]["pointer"].startswith("survey/row/3")

    async def test_what_is_no_workbook_is_refused(self, developer: Client) -> None:
        for body in (b"PK\x03\x04 no zip at all", b"a,b,c"):
            await expect(developer.post("/v1/questionnaires/xlsform", content=body, headers=XLSX), 422)
        await expect(developer.post("/v1/questionnaires/xlsform", json={}), 415)
        await expect(developer.post("/v1/questionnaires/xlsform", content=b"x" * 3_000_000, headers=XLSX), 413)


class TestSurveyjs:
    async def test_a_form_becomes_own_questions_of_an_audit(
        self, developer: Client, application: dict[str, Any]
    ) -> None:
        words = {"default": "Do you own a car?", "nl": "Hebt u een auto?"}
        choices = [{"value": name, "text": {"default": name, "nl": name}} for name in ("yes", "no")]
        form = {"elements": [{"type": "radiogroup", "name": "own_car", "title": words, "choices": choices}]}
        made = await expect(developer.post("/v1/questionnaires/surveyjs", json=form), 200)
        asked = {"application_id": application["id"], "form": "short", "target_completes": 100}
        await expect(developer.post("/v1/audits", json={**asked, "own_questions": made["questions"]}), 201)

    async def test_faults_name_their_place_in_the_form(self, developer: Client) -> None:
        form = {"triggers": [], "elements": [{"type": "file", "name": "own_x"}]}
        problem = await expect(developer.post("/v1/questionnaires/surveyjs", json=form), 422)
        assert {fault["pointer"] for fault in problem["errors"]} == {"/triggers", "/elements/0/type"}
        await expect(developer.post("/v1/questionnaires/surveyjs", content=b"{}", headers=XLSX), 415)

    async def test_the_questionnaire_goes_out_with_what_the_form_does_not_say(
        self, developer: Client, fielding: dict[str, Any]
    ) -> None:
        found = await expect(developer.get(f"/v1/audits/{fielding['id']}/questionnaire/surveyjs"), 200)
        asked = await expect(developer.get(f"/v1/audits/{fielding['id']}/questionnaire"), 200)
        assert [page["name"] for page in found["form"]["pages"]] == [page["key"] for page in asked["pages"]]
        assert "/pages/0/questions/0/kind" in {note["pointer"] for note in found["notes"]}
        other = "/v1/audits/01a20e8d-e480-7713-a844-1be2359e8d7c/questionnaire/surveyjs"
        await expect(developer.get(other), 404)


class TestExport:
    async def test_every_closed_question_is_a_variable_with_its_codes(
        self, developer: Client, fielding: dict[str, Any]
    ) -> None:
        place = f"/v1/audits/{fielding['id']}/questionnaire"
        asked = await expect(developer.get(place), 200)
        likerts = [q for page in asked["pages"] for q in page["questions"] if q["kind"] == "likert"]
        raw = (await developer.get(f"{place}/export", params={"format": "ddi"})).content
        variables = {one.get("name"): one for one in ElementTree.fromstring(raw).iter(f"{DDI}var")}
        for question in likerts:
            codes = [one.text for one in variables[question["key"]].iter(f"{DDI}catValu")]
            assert codes == [str(option["code"]) for option in question["options"]]
        triple = ElementTree.fromstring((await developer.get(f"{place}/export", params={"format": "triple_s"})).content)
        names = [one.findtext("name") for one in triple.iter("variable")]
        assert names == list(variables)
        text = (await developer.get(f"{place}/export", params={"format": "codebook"})).text
        assert {q["key"] for q in likerts} <= {cell for row in csv.reader(io.StringIO(text)) for cell in row}

    async def test_an_unknown_format_and_another_tenant_are_refused(
        self, developer: Client, fielding: dict[str, Any]
    ) -> None:
        place = f"/v1/audits/{fielding['id']}/questionnaire/export"
        await expect(developer.get(place, params={"format": "spss"}), 422)
        await expect(developer.get(place), 422)
        other = "/v1/audits/01a20e8d-e480-7713-a844-1be2359e8d7c/questionnaire/export"
        await expect(developer.get(other, params={"format": "ddi"}), 404)
