"""A text that is wrong while people answer: corrected for who begins, left alone for who began, told to everybody."""

import asyncio
import copy
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from samenspraak import AsyncSamenspraak, ValidationFailed
from samenspraak.types.versions import CorrectionRequest, TextCorrection
from uuid_utils.compat import uuid7

from service.context import Context
from service.db import Databases
from surveys import responses
from surveys.models import Response
from tests.integration.api.harness import Client, Line, expect, issue

PLACE = "/pages/{page}/questions/{question}/text"
NEW = "Hoe vaak gebruikt u een programma met AI, zoals een chatbot?"


@pytest.fixture
async def asked(staff: Client, fielding: dict[str, Any]) -> dict[str, Any]:
    return await expect(staff.get(f"/v1/audits/{fielding['id']}/questionnaire"), 200)


def place_of(questionnaire: dict[str, Any], key: str = "GK_USE") -> str:
    for page in questionnaire["pages"]:
        if any(question["key"] == key for question in page["questions"]):
            return PLACE.format(page=page["key"], question=key)
    raise AssertionError(f"{key} is not asked")


def at(fielding: dict[str, Any]) -> str:
    return f"/v1/staff/audits/{fielding['id']}/questionnaire"


def text(path: str, text: str = NEW, language: str = "nl") -> dict[str, Any]:
    return {"reason": "Een typefout", "texts": [{"path": path, "language": language, "text": text}]}


async def begun(databases: Databases, fielding: dict[str, Any], now: datetime) -> Response:
    async with databases.api.transaction() as conn:
        return await responses.begin(
            conn, audit_id=UUID(fielding["id"]), respondent_id=uuid4(), language="nl", seed=1, now=now, new_id=uuid7
        )


async def reads(databases: Databases, response: Response) -> str:
    """The question as this respondent reads it now, on whatever device."""
    async with databases.api.reading() as conn:
        standing = await responses.standing(conn, audit_id=response.audit_id, respondent_id=response.respondent_id)
    assert standing is not None
    found = [q.text.nl for page in standing.questionnaire.pages for q in page.questions if q.key == "GK_USE"]
    return found[0]


async def test_who_has_begun_keeps_the_text_and_who_begins_reads_the_new_one(
    staff: Client, fielding: dict[str, Any], asked: dict[str, Any], databases: Databases, now: datetime
) -> None:
    early = await begun(databases, fielding, now)
    old = await reads(databases, early)
    made = await expect(staff.post(f"{at(fielding)}/corrections", json=text(place_of(asked))), 201)
    late = await begun(databases, fielding, now)
    assert (made["version"], made["reason"]) == (2, "Een typefout")
    assert [change["kind"] for change in made["changes"]] == ["text"]
    assert (await reads(databases, early), await reads(databases, late)) == (old, NEW)
    assert (early.version, late.version) == (1, 2)
    listed = (await expect(staff.get(f"{at(fielding)}/versions"), 200))["data"]
    assert [(one["version"], one["began"], one["completed"]) for one in listed] == [(1, 1, 0), (2, 1, 0)]
    assert listed[0]["content_hash"] != listed[1]["content_hash"]


async def test_it_stands_in_the_trail_and_the_plan_stays(
    staff: Client, fielding: dict[str, Any], asked: dict[str, Any]
) -> None:
    made = await expect(staff.post(f"{at(fielding)}/corrections", json=text(place_of(asked))), 201)
    audit = await expect(staff.get(f"/v1/audits/{fielding['id']}"), 200)
    assert audit["plan_hash"] == fielding["plan_hash"]
    events = (await expect(staff.get(f"/v1/audits/{fielding['id']}/events"), 200))["data"]
    event = next(one for one in events if one["event"] == "questionnaire.correct")
    assert event["detail"] == {
        "version": 2, "content_hash": made["content_hash"], "changes": 1, "reason": "Een typefout",
    }  # fmt: skip


async def test_more_than_a_text_is_refused_change_by_change(
    staff: Client, fielding: dict[str, Any], asked: dict[str, Any]
) -> None:
    after = copy.deepcopy(asked)
    gone = after["pages"].pop()
    page = next(page for page in after["pages"] if any(q["key"] == "GK_USE" for q in page["questions"]))
    question = next(q for q in page["questions"] if q["key"] == "GK_USE")
    question["options"].pop()
    question["text"]["nl"] = NEW
    problem = await expect(
        staff.post(f"{at(fielding)}/corrections", json={"reason": "Te lang", "questionnaire": after}), 409
    )
    pointers = {fault["pointer"] for fault in problem["errors"]}
    assert f"/pages/{gone['key']}" in pointers
    assert any(pointer.startswith(f"{place_of(asked).removesuffix('/text')}/options/") for pointer in pointers)
    assert not any(pointer.endswith("/text/nl") for pointer in pointers)
    assert "another" in problem["detail"]
    assert len((await expect(staff.get(f"{at(fielding)}/versions"), 200))["data"]) == 1


async def test_every_place_that_is_no_text_is_named_at_once(
    staff: Client, fielding: dict[str, Any], asked: dict[str, Any]
) -> None:
    good = place_of(asked)
    texts = [
        {"path": "/pages/nowhere/title", "language": "nl", "text": "x"},
        {"path": good, "language": "ar", "text": "x"},
        {"path": good, "language": "nl", "text": "   "},
        {"path": good, "language": "nl", "text": NEW},
    ]
    problem = await expect(staff.post(f"{at(fielding)}/corrections", json={"reason": "Allerlei", "texts": texts}), 422)
    found = {(fault["pointer"], fault["code"]) for fault in problem["errors"]}
    assert ("/texts/0/path", "unknown_text") in found
    assert ("/texts/2/text", "blank") in found
    assert ("/texts/3/path", "duplicate") in found


async def test_the_same_text_and_no_text_at_all_are_no_correction(
    staff: Client, fielding: dict[str, Any], asked: dict[str, Any]
) -> None:
    same = {"reason": "Niets", "questionnaire": asked}
    problem = await expect(staff.post(f"{at(fielding)}/corrections", json=same), 422)
    assert [fault["code"] for fault in problem["errors"]] == ["unchanged"]
    problem = await expect(staff.post(f"{at(fielding)}/corrections", json={"reason": "Niets"}), 422)
    assert [fault["code"] for fault in problem["errors"]] == ["either_or"]


async def test_a_text_that_repeats_what_was_never_asked_is_refused_by_the_lint(
    staff: Client, fielding: dict[str, Any], asked: dict[str, Any]
) -> None:
    body = text(place_of(asked), "U zei {ZZ_NOTHING}. Hoe vaak gebruikt u AI?")
    problem = await expect(staff.post(f"{at(fielding)}/corrections", json=body), 422)
    assert problem["errors"]


async def test_two_at_once_become_two_versions_one_after_the_other(
    staff: Client, fielding: dict[str, Any], asked: dict[str, Any]
) -> None:
    bodies = [text(place_of(asked), f"Hoe vaak gebruikt u AI, versie {number}?") for number in range(4)]
    answers = await asyncio.gather(*(staff.post(f"{at(fielding)}/corrections", json=body) for body in bodies))
    assert sorted(answer.json()["version"] for answer in answers) == [2, 3, 4, 5]


async def test_before_approval_the_application_is_changed_instead(staff: Client, draft: dict[str, Any]) -> None:
    problem = await expect(staff.post(f"{at(draft)}/corrections", json=text("/pages/x/title")), 409)
    assert problem["code"] == "transition_refused"


async def test_developers_cannot(developer: Client, fielding: dict[str, Any]) -> None:
    await expect(developer.post(f"{at(fielding)}/corrections", json=text("/pages/x/title")), 403)


async def test_the_client_corrects_and_lists(
    app: Any, context: Context, fielding: dict[str, Any], asked: dict[str, Any]
) -> None:
    secret = await issue(context, "staff")
    wanted = CorrectionRequest(
        reason="Een typefout", texts=(TextCorrection(path=place_of(asked), language="nl", text=NEW),)
    )
    async with AsyncSamenspraak(secret, base_url="http://samenspraak.test", transport=Line(app)) as client:
        made = await client.staff.audits.correct_questionnaire(fielding["id"], wanted)
        with pytest.raises(ValidationFailed):
            await client.staff.audits.correct_questionnaire(fielding["id"], wanted)
        listed = await client.staff.audits.questionnaire_versions(fielding["id"])
    assert made.version == 2
    assert [one.version for one in listed] == [1, 2]
