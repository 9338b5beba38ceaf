"""The mail server hands in what came back: tried again, sent another way, or marked; everything else stays."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from panels import fieldwork
from service.context import Context
from service.mail.bounces import return_path
from tests.integration.api.harness import Client, expect
from tests.unit.service_core.test_bounces import report

MAIL = {"content-type": "message/rfc822"}


async def invitation(context: Context) -> UUID:
    async with context.db.reading() as conn:
        found: UUID = await conn.fetchval("SELECT id FROM panel.invitation ORDER BY id LIMIT 1")
    return found


async def stands(context: Context, id: UUID) -> str:
    async with context.db.reading() as conn:
        found: str = await conn.fetchval("SELECT disposition FROM panel.invitation WHERE id = $1", id)
    return found


async def hand_in(staff: Client, context: Context, id: UUID, status: str, *, action: str = "failed") -> dict[str, Any]:
    to = return_path("bounce@example.org", invitation_id=id, key=context.keys.link_key)
    raw = report(action=action, status=status, to=to)
    return await expect(staff.post("/v1/staff/mail/bounces", content=raw, headers=MAIL), 200)


async def test_an_address_that_takes_no_mail_is_marked_once(
    staff: Client, context: Context, fielding: dict[str, Any]
) -> None:
    id = await invitation(context)
    assert (await hand_in(staff, context, id, "5.1.1"))["then"] == "undeliverable"
    assert await stands(context, id) == "undeliverable"
    assert await hand_in(staff, context, id, "5.1.1") == {
        "kind": "permanent",
        "status": "5.1.1",
        "known": True,
        "marked": False,
        "then": "nothing",
    }


async def jobs(context: Context) -> list[Any]:
    async with context.db.reading() as conn:
        return list(await conn.fetch("SELECT args::text, run_after FROM ops.job WHERE kind = 'mail.again' ORDER BY id"))


async def test_a_full_mailbox_is_tried_again_the_next_day(
    staff: Client, context: Context, fielding: dict[str, Any]
) -> None:
    id = await invitation(context)
    for then in ("again", "nothing"):
        seen = await hand_in(staff, context, id, "5.2.2")
        assert (seen["kind"], seen["marked"], seen["then"]) == ("transient", False, then)
    assert await stands(context, id) == "queued"
    queued = await jobs(context)
    assert [json.loads(job["args"])["wave"] for job in queued] == ["again_1"]
    # A day of this plan has twenty seconds.
    assert queued[0]["run_after"] == context.now() + timedelta(seconds=20)


async def test_a_delay_that_the_server_deals_with_itself_changes_nothing(
    staff: Client, context: Context, fielding: dict[str, Any]
) -> None:
    id = await invitation(context)
    seen = await hand_in(staff, context, id, "4.4.7", action="delayed")
    assert (seen["kind"], seen["then"]) == ("transient", "nothing")
    assert await jobs(context) == []


async def test_who_gave_a_postal_address_gets_a_letter_and_staff_see_what_came_back(
    staff: Client, context: Context, fielding: dict[str, Any]
) -> None:
    id = await invitation(context)
    async with context.db.transaction() as conn:
        await conn.execute("UPDATE panel.member SET address_given = true")
    for then in ("other_channel", "nothing"):
        assert (await hand_in(staff, context, id, "5.1.1"))["then"] == then
    assert await stands(context, id) == "queued"
    assert [json.loads(job["args"])["wave"] for job in await jobs(context)] == ["other"]
    progress = await expect(staff.get(f"/v1/staff/audits/{fielding['id']}/fieldwork/progress"), 200)
    assert progress["returned"] == {"permanent": 1}
    assert progress["channels"] == {}


async def test_who_has_begun_to_answer_stays_where_they_are(
    staff: Client, context: Context, fielding: dict[str, Any]
) -> None:
    id = await invitation(context)
    async with context.db.transaction() as conn:
        await fieldwork.mark(conn, invitation_id=id, disposition="started", now=context.now())
    assert (await hand_in(staff, context, id, "5.1.1"))["marked"] is False
    assert await stands(context, id) == "started"


async def test_what_names_nobody_is_said_to(staff: Client, fielding: dict[str, Any]) -> None:
    raw = report(action="failed", status="5.1.1", to="bounce@example.org")
    seen = await expect(staff.post("/v1/staff/mail/bounces", content=raw, headers=MAIL), 200)
    assert (seen["known"], seen["marked"]) == (False, False)
    await expect(staff.post("/v1/staff/mail/bounces", json={}), 415)
