"""What members decide: pause, leave, take their data along, be forgotten."""

from typing import Any

import pytest
from uuid_utils.compat import uuid7

from panels import fieldwork, links
from panels.errors import LinkUnknown, MemberUnknown, StepNotAllowed
from panels.joining import membership


async def test_pausing_and_resuming_may_be_clicked_twice(desk: Any) -> None:
    member_id = await desk.join()
    async with desk.databases.api.transaction() as conn:
        for _ in range(2):
            assert (await membership.pause(conn, member_id=member_id, now=desk.now)).status == "paused"
        for _ in range(2):
            assert (await membership.resume(conn, member_id=member_id, now=desk.now)).status == "active"


async def test_leaving_ends_consent_and_waiting_invitations(panel_of_400: Any) -> None:
    desk = panel_of_400
    audit_id = uuid7()
    await desk.open(audit_id)
    async with desk.databases.api.transaction() as conn:
        member_id = await conn.fetchval("SELECT member_id FROM panel.invitation LIMIT 1")
        for _ in range(2):
            await membership.withdraw(conn, member_id=member_id, now=desk.now)
        export = await membership.export_profile(conn, member_id)
    assert export.member.status == "withdrawn"
    assert all(record.withdrawn_at == desk.now for record in export.consents)
    assert [part.disposition for part in export.invitations] == ["withdrawn"]


async def test_leaving_keeps_answers_that_were_given(panel_of_400: Any) -> None:
    desk = panel_of_400
    await desk.open(uuid7())
    async with desk.databases.api.transaction() as conn:
        row = await conn.fetchrow("SELECT id, member_id FROM panel.invitation LIMIT 1")
        for step in ("started", "completed"):
            await fieldwork.mark(conn, invitation_id=row["id"], disposition=step, now=desk.now)
        await membership.withdraw(conn, member_id=row["member_id"], now=desk.now)
        export = await membership.export_profile(conn, row["member_id"])
    assert [part.disposition for part in export.invitations] == ["completed"]


async def test_a_membership_that_ended_cannot_be_paused_or_resumed(desk: Any) -> None:
    member_id = await desk.join()
    async with desk.databases.api.transaction() as conn:
        await membership.withdraw(conn, member_id=member_id, now=desk.now)
        for change in (membership.pause, membership.resume):
            with pytest.raises(StepNotAllowed):
                await change(conn, member_id=member_id, now=desk.now)


async def test_whoever_left_can_still_ask_to_be_erased(desk: Any) -> None:
    member_id = await desk.join()
    async with desk.databases.api.transaction() as conn:
        await membership.withdraw(conn, member_id=member_id, now=desk.now)
        member = await membership.by_token(conn, links.token(desk.link_key, "member", member_id))
        await membership.request_erasure(conn, member_id=member.id, now=desk.now)
    asked = await desk.value("SELECT erasure_requested_at FROM panel.member WHERE id = $1", member_id)
    assert asked == desk.now


async def test_an_unconfirmed_sign_up_has_no_member_page(desk: Any) -> None:
    member_id = await desk.sign_up()
    async with desk.databases.api.reading() as conn:
        with pytest.raises(LinkUnknown):
            await membership.by_token(conn, links.token(desk.link_key, "member", member_id))


async def test_an_export_holds_profile_consents_and_invitations(panel_of_400: Any) -> None:
    desk = panel_of_400
    audit_id = uuid7()
    await desk.open(audit_id)
    async with desk.databases.worker.reading() as conn:
        row = await conn.fetchrow("SELECT member_id, respondent_id FROM panel.invitation LIMIT 1")
        export = await membership.export_profile(conn, row["member_id"])
        linked = await membership.linked(conn, row["member_id"])
    assert export.member.id == row["member_id"]
    assert len(export.consents) == 2
    assert [(part.audit_id, part.respondent_id) for part in export.invitations] == list(linked)
    assert linked == ((audit_id, row["respondent_id"]),)


async def test_unknown_members_are_an_error_everywhere(desk: Any) -> None:
    async with desk.databases.api.transaction() as conn:
        for use in (membership.pause, membership.resume, membership.withdraw, membership.request_erasure):
            with pytest.raises(MemberUnknown):
                await use(conn, member_id=uuid7(), now=desk.now)
        with pytest.raises(MemberUnknown):
            await membership.export_profile(conn, uuid7())
    async with desk.databases.vault.reading() as vault_conn:
        with pytest.raises(MemberUnknown):
            await membership.contact(vault_conn, uuid7())


class TestErasure:
    async def test_nothing_of_the_person_is_left(self, panel_of_400: Any) -> None:
        desk = panel_of_400
        audit_id = uuid7()
        await desk.open(audit_id)
        async with desk.databases.worker.reading() as conn:
            row = await conn.fetchrow("SELECT member_id, respondent_id FROM panel.invitation LIMIT 1")
        async with desk.databases.vault.transaction() as vault_conn:
            erased = await membership.erase(vault_conn, member_id=row["member_id"], now=desk.now)
        assert (erased.contact, erased.profile, erased.consents, erased.invitations) == (True, True, 2, 1)
        assert erased.respondents == ((audit_id, row["respondent_id"]),)
        for table in ("vault.contact", "panel.consent", "panel.participation"):
            left = await desk.value(f"SELECT count(*) FROM {table} WHERE member_id = $1", row["member_id"])
            assert left == 0, table
        assert await desk.value("SELECT count(*) FROM panel.member WHERE id = $1", row["member_id"]) == 0
        assert (
            await desk.value("SELECT count(member_id) FROM panel.invitation WHERE member_id = $1", row["member_id"])
            == 0
        )

    async def test_the_tombstone_holds_hashes_only(self, desk: Any) -> None:
        member_id = await desk.join(email="anna@voorbeeld.nl")
        async with desk.databases.vault.transaction() as vault_conn:
            await membership.erase(vault_conn, member_id=member_id, now=desk.now)
        stone = await desk.value("SELECT (member_hash, email_key, erased_at)::text FROM vault.erasure")
        assert "anna" not in str(stone)
        assert member_id.hex not in str(stone)

    async def test_a_second_erasure_finds_nothing_and_leaves_one_tombstone(self, desk: Any) -> None:
        member_id = await desk.join()
        for expected in (True, False):
            async with desk.databases.vault.transaction() as vault_conn:
                erased = await membership.erase(vault_conn, member_id=member_id, now=desk.now)
            assert erased.profile is expected
        assert await desk.value("SELECT count(*) FROM vault.erasure") == 1

    async def test_what_was_reported_is_out_of_reach(self, panel_of_400: Any) -> None:
        desk = panel_of_400
        audit_id = uuid7()
        await desk.open(audit_id)
        async with desk.databases.worker.transaction() as conn:
            member_id = await conn.fetchval("SELECT member_id FROM panel.invitation LIMIT 1")
            await fieldwork.unlink(conn, audit_id=audit_id, now=desk.now)
        async with desk.databases.vault.transaction() as vault_conn:
            assert (await membership.erase(vault_conn, member_id=member_id, now=desk.now)).respondents == ()
