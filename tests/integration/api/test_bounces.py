"""The mail server hands in what came back: an invitation beyond delivery is marked, everything else stays."""

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


async def hand_in(staff: Client, context: Context, id: UUID, status: str) -> dict[str, Any]:
    to = return_path("bounce@example.org", invitation_id=id, key=context.keys.link_key)
    raw = report(action="failed", status=status, to=to)
    return await expect(staff.post("/v1/staff/mail/bounces", content=raw, headers=MAIL), 200)


async def test_an_address_that_takes_no_mail_is_marked_once(
    staff: Client, context: Context, fielding: dict[str, Any]
) -> None:
    id = await invitation(context)
    assert (await hand_in(staff, context, id, "5.1.1"))["marked"] is True
    assert await stands(context, id) == "undeliverable"
    assert await hand_in(staff, context, id, "5.1.1") == {
        "kind": "permanent",
        "status": "5.1.1",
        "known": True,
        "marked": False,
    }


async def test_a_full_mailbox_changes_nothing(staff: Client, context: Context, fielding: dict[str, Any]) -> None:
    id = await invitation(context)
    assert (await hand_in(staff, context, id, "5.2.2"))["kind"] == "transient"
    assert await stands(context, id) == "queued"


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
