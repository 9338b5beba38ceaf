"""Somebody asks to be called: staff see the number, the table does not, and three calls without answer are enough."""

from typing import Any
from uuid import UUID

import pytest

from panels import codes, links
from service.context import Context
from service.db import Databases
from tests.integration.api.harness import Client, Clock, expect

ASKED = {"phone": "06 1234 5678", "moment": "evening", "consent": "yes"}


@pytest.fixture
async def invitation(context: Context, fielding: dict[str, Any]) -> UUID:
    async with context.db.reading() as conn:
        found: UUID = await conn.fetchval(
            "SELECT id FROM panel.invitation WHERE audit_id = $1 ORDER BY id LIMIT 1", UUID(fielding["id"])
        )
    return found


@pytest.fixture
def link(context: Context, invitation: UUID) -> str:
    return f"/s/{links.token(context.keys.link_key, 'invitation', invitation)}"


async def listed(staff: Client, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await expect(staff.get("/v1/staff/calls", params=query), 200))["data"]
    return found


async def test_the_typed_code_leads_to_the_form_and_staff_read_the_number_that_the_table_hides(
    anyone: Client, staff: Client, link: str, invitation: UUID, context: Context, databases: Databases
) -> None:
    code = codes.shown(codes.invitation_code(context.keys.link_key, invitation)).lower().replace("-", " ")
    came = await anyone.post("/code", data={"code": code, "action": "call"})
    assert (came.status_code, came.headers["location"]) == (303, f"{link}/call")
    assert (await anyone.post(f"{link}/call", data=ASKED)).status_code == 303
    (call,) = await listed(staff)
    assert (call["phone"], call["moment"], call["invitation_id"]) == ("+31612345678", "evening", str(invitation))
    async with databases.api.reading() as conn:
        row = await conn.fetchval("SELECT c::text FROM panel.call_request AS c")
    assert "612345678" not in row
    assert b"612345678".hex() not in row


async def test_a_code_with_one_wrong_character_is_a_typing_error_and_goes_nowhere(
    anyone: Client, invitation: UUID, context: Context
) -> None:
    code = codes.invitation_code(context.keys.link_key, invitation)
    wrong = ("A" if code[3] != "A" else "C").join((code[:3], code[4:]))
    for typed, words in ((wrong, "typefout"), ("", "Typ de code")):
        answer = await anyone.post("/code", data={"code": typed})
        assert answer.status_code == 422
        assert words in answer.text
    came = await anyone.post("/code", data={"code": code})
    assert came.status_code == 303


async def test_every_gap_of_the_form_is_named_at_once(anyone: Client, staff: Client, link: str) -> None:
    answer = await anyone.post(f"{link}/call", data={"phone": "12"})
    assert answer.status_code == 422
    for words in ("Dit nummer klopt niet", "Kies wanneer", "Zonder uw toestemming"):
        assert words in answer.text
    assert await listed(staff) == []


async def test_not_reached_is_tried_three_times_and_then_left_alone(
    anyone: Client, staff: Client, link: str, clock: Clock
) -> None:
    await anyone.post(f"{link}/call", data=ASKED)
    (call,) = await listed(staff)
    states = []
    for _ in range(3):
        clock.pass_days(1)
        settled = await expect(staff.post(f"/v1/staff/calls/{call['id']}", json={"state": "not_reached"}), 200)
        states.append(settled["state"])
    assert states == ["open", "open", "not_reached"]
    await expect(staff.post(f"/v1/staff/calls/{call['id']}", json={"state": "done"}), 409)
    counts = await expect(staff.get("/v1/staff/calls/counts"), 200)
    assert counts["open"] == 0


async def test_whoever_would_rather_not_leaves_nothing(
    anyone: Client, staff: Client, link: str, databases: Databases
) -> None:
    await anyone.post(f"{link}/call", data=ASKED)
    await anyone.post(f"{link}/call", data={"action": "withdraw"})
    assert await listed(staff) == []
    async with databases.api.reading() as conn:
        kept = await conn.fetch("SELECT phone FROM panel.call_request")
    assert all(row["phone"] is None for row in kept)


async def test_only_staff_see_numbers(anyone: Client, developer: Client, link: str) -> None:
    await anyone.post(f"{link}/call", data=ASKED)
    await expect(developer.get("/v1/staff/calls"), 403)
    await expect(anyone.get("/v1/staff/calls"), 401)
