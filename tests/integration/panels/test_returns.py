"""Mail that came back: how often it is tried again, when another way is taken, and that no report counts twice."""

import hashlib
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from panels import fieldwork, returns
from panels.returns import Step


@pytest.fixture
async def invited(panel_of_400: Any) -> tuple[Any, UUID, UUID, UUID]:
    desk, audit_id = panel_of_400, uuid7()
    await desk.open(audit_id)
    async with desk.databases.worker.transaction() as conn:
        row = await conn.fetchrow("SELECT id, member_id FROM panel.invitation ORDER BY id LIMIT 1")
        await fieldwork.record_mail(conn, invitation_id=row["id"], wave="invitation", now=desk.now)
    return desk, audit_id, row["id"], row["member_id"]


async def take(desk: Any, invitation_id: UUID, kind: Any, report: str, *, texting: bool = True) -> Step:
    async with desk.databases.api.transaction() as conn:
        return await returns.take(
            conn,
            invitation_id=invitation_id,
            kind=kind,
            report_hash=hashlib.sha256(report.encode()).digest(),
            texting=texting,
            now=desk.now,
        )


async def stands(desk: Any, audit_id: UUID, invitation_id: UUID) -> tuple[str, dict[str, int]]:
    disposition = await desk.value("SELECT disposition FROM panel.invitation WHERE id = $1", invitation_id)
    async with desk.databases.worker.reading() as conn:
        return str(disposition), (await fieldwork.state(conn, audit_id)).returned


async def give(desk: Any, member_id: UUID, column: str) -> None:
    async with desk.databases.api.transaction() as conn:
        await conn.execute(f"UPDATE panel.member SET {column} = true WHERE id = $1", member_id)


async def test_mail_for_now_is_tried_three_times_with_growing_pauses_and_then_given_up(invited: Any) -> None:
    desk, audit_id, id, _ = invited
    steps = [await take(desk, id, "transient", f"report {number}") for number in range(4)]
    assert [(step.what, step.wave, step.days) for step in steps] == [
        ("again", "again_1", 1),
        ("again", "again_2", 2),
        ("again", "again_3", 4),
        ("undeliverable", "", 0),
    ]
    assert await stands(desk, audit_id, id) == ("undeliverable", {"transient": 3, "permanent": 1})


async def test_the_same_report_changes_nothing_twice(invited: Any) -> None:
    desk, audit_id, id, _ = invited
    assert (await take(desk, id, "transient", "one")).what == "again"
    assert (await take(desk, id, "transient", "one")).what == "nothing"
    assert await stands(desk, audit_id, id) == ("sent", {"transient": 1})


async def test_without_another_way_the_invitation_is_undeliverable(invited: Any) -> None:
    desk, audit_id, id, _ = invited
    assert (await take(desk, id, "permanent", "one")).what == "undeliverable"
    assert (await take(desk, id, "permanent", "two")).what == "nothing"
    assert (await stands(desk, audit_id, id))[0] == "undeliverable"


@pytest.mark.parametrize(("column", "texting"), [("phone_given", True), ("address_given", False)])
async def test_with_another_way_it_is_sent_there_once(invited: Any, column: str, texting: bool) -> None:
    desk, audit_id, id, member_id = invited
    await give(desk, member_id, column)
    step = await take(desk, id, "permanent", "one", texting=texting)
    assert (step.what, step.wave, step.audit_id) == ("other_channel", returns.OTHER, audit_id)
    assert (await take(desk, id, "permanent", "two", texting=texting)).what == "nothing"
    assert (await stands(desk, audit_id, id))[0] == "sent"
    async with desk.databases.worker.reading() as conn:
        mailing = await fieldwork.again(conn, invitation_id=id)
    assert mailing is not None
    assert mailing.returned


async def test_a_number_is_no_way_where_no_text_messages_are_sent(invited: Any) -> None:
    desk, _, id, member_id = invited
    await give(desk, member_id, "phone_given")
    assert (await take(desk, id, "permanent", "one", texting=False)).what == "undeliverable"


async def test_whoever_began_to_answer_stays_where_they_are(invited: Any) -> None:
    desk, audit_id, id, _ = invited
    async with desk.databases.api.transaction() as conn:
        await fieldwork.mark(conn, invitation_id=id, disposition="started", now=desk.now)
    for number, kind in enumerate(("transient", "permanent")):
        assert (await take(desk, id, kind, f"report {number}")).what == "nothing"
    assert (await stands(desk, audit_id, id))[0] == "started"


async def test_a_report_about_nobody_is_nothing(desk: Any) -> None:
    assert await take(desk, uuid7(), "permanent", "one") == returns.NOTHING
