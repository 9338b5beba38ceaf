"""Answers that tell of harm: they wait for a person, once, with a date, and go with the response."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from service.context import Context
from surveys import incidents, responses, retention
from surveys.models import Response
from tests.integration.api.harness import Client, Clock, expect

HARM = "Mijn uitkering is stopgezet. Bel mij op 06-12345678."


async def respondent(context: Context, audit: dict[str, Any]) -> Response:
    async with context.db.transaction() as conn:
        return await responses.begin(
            conn,
            audit_id=UUID(audit["id"]),
            respondent_id=uuid4(),
            language="nl",
            seed=1,
            now=context.now(),
            new_id=uuid4,
        )


async def write(context: Context, response: Response, key: str, text: str) -> int:
    """What sending does with an open answer."""
    async with context.db.transaction() as conn:
        await conn.execute(
            "INSERT INTO fieldwork.answer (audit_id, response_id, question, value, revision) VALUES ($1, $2, $3, $4, 1)"
            " ON CONFLICT DO NOTHING",
            response.audit_id,
            response.id,
            key,
            text,
        )
        return await incidents.look_through(
            conn,
            response=response,
            questionnaire=await responses.questionnaire(conn, response.audit_id),
            answers={key: text},
            now=context.now(),
            new_id=uuid4,
        )


async def waiting(staff: Client, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await expect(staff.get("/v1/staff/incidents", params=query), 200))["data"]
    return found


@pytest.fixture
async def told(context: Context, fielding: dict[str, Any]) -> Response:
    response = await respondent(context, fielding)
    assert await write(context, response, "OP_Q", HARM) == 1
    return response


class TestTheQueue:
    async def test_an_answer_waits_with_its_date_and_without_personal_data(
        self, staff: Client, context: Context, told: Response
    ) -> None:
        [one] = await waiting(staff)
        assert (one["kind"], one["state"], one["overdue"]) == ("harm", "open", False)
        assert one["due_on"] == (context.now() + timedelta(days=7)).date().isoformat()
        assert "uitkering" in one["text"]
        assert "12345678" not in one["text"]
        assert not {"respondent_id", "response_id"} & one.keys()

    async def test_sending_again_makes_no_second_one(self, staff: Client, context: Context, told: Response) -> None:
        await write(context, told, "OP_Q", HARM)
        assert len(await waiting(staff)) == 1

    async def test_danger_comes_first_and_what_is_late_says_so(
        self, staff: Client, context: Context, told: Response, fielding: dict[str, Any], clock: Clock
    ) -> None:
        await write(context, await respondent(context, fielding), "OP_Q", "Ik wil niet meer leven.")
        assert [one["kind"] for one in await waiting(staff)] == ["danger", "harm"]
        clock.pass_days(2)
        assert [one["overdue"] for one in await waiting(staff)] == [True, False]
        page = await expect(staff.get("/v1/staff/incidents", params={"limit": 1}), 200)
        rest = await expect(staff.get("/v1/staff/incidents", params={"cursor": page["next_cursor"]}), 200)
        assert [one["kind"] for one in page["data"] + rest["data"]] == ["danger", "harm"]

    async def test_a_decision_is_kept_once_and_on_the_trail(self, staff: Client, told: Response) -> None:
        [one] = await waiting(staff)
        address = f"/v1/staff/audits/{one['audit_id']}/incidents/{one['id']}/decide"
        decision = {"state": "handled", "note": "De eigenaar is in algemene woorden gewaarschuwd."}
        await expect(staff.post(address, json=decision), 200)
        await expect(staff.post(address, json=decision), 200)
        other = await expect(staff.post(address, json={**decision, "state": "no_incident"}), 409)
        assert other["code"] == "incident_decided"
        assert await waiting(staff) == []
        assert [done["note"] for done in await waiting(staff, state="handled")] == [decision["note"]]
        trail = await expect(staff.get(f"/v1/staff/trail?audit_id={one['audit_id']}&limit=100"), 200)
        assert "incident.decide" in [event["event"] for event in trail["data"]]

    async def test_who_deletes_the_answers_takes_it_out(self, staff: Client, context: Context, told: Response) -> None:
        [one] = await waiting(staff)
        async with context.db.transaction() as conn:
            await responses.erase(conn, audit_id=told.audit_id, respondent_id=told.respondent_id)
        assert await waiting(staff) == []
        address = f"/v1/staff/audits/{one['audit_id']}/incidents/{one['id']}/decide"
        gone = await expect(staff.post(address, json={"state": "handled", "note": "Te laat."}), 404)
        assert gone["code"] == "incident_unknown"

    async def test_the_owner_does_not_see_the_queue(self, developer: Client, told: Response) -> None:
        await expect(developer.get("/v1/staff/incidents"), 403)
        events = await expect(developer.get(f"/v1/audits/{told.audit_id}/events?limit=100"), 200)
        assert not [event for event in events["data"] if event["event"].startswith("incident")]

    @pytest.mark.parametrize("wrong", [{"state": "open", "note": "Nog niets."}, {"state": "handled", "note": ""}, {}])
    async def test_a_decision_says_what_was_done(self, staff: Client, told: Response, wrong: dict[str, str]) -> None:
        [one] = await waiting(staff)
        address = f"/v1/staff/audits/{one['audit_id']}/incidents/{one['id']}/decide"
        await expect(staff.post(address, json=wrong), 422)

    async def test_a_cursor_that_was_made_up_is_refused(self, staff: Client, told: Response) -> None:
        for cursor in ("Zm9v", "é", "/", "====", "MjAyNjEzNDU"):
            problem = await expect(staff.get("/v1/staff/incidents", params={"cursor": cursor}), 422)
            assert problem["errors"][0]["pointer"] == "query/cursor"


async def test_it_goes_when_its_response_is_purged(context: Context, told: Response, databases: Any) -> None:
    async with databases.worker.transaction() as conn:
        purged = await retention.purge(conn, now=context.now() + timedelta(days=400))
    [incident] = [one for one in purged if one.table == "fieldwork.incident"]
    assert (incident.deleted, incident.kept) == (1, 0)
