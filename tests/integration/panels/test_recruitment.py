"""Joining: from form to admission, and what nobody can find out on the way."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from panels import links
from panels.errors import LinkUnknown, MemberUnknown, SignUpInvalid
from panels.joining import membership, recruitment
from service import db
from service.db import Database


class TestSignUp:
    async def test_a_confirmed_sign_up_becomes_an_active_member(self, desk: Any) -> None:
        member_id = await desk.join(email=" Anna@Voorbeeld.NL ")
        async with desk.databases.api.reading() as conn:
            member = await membership.by_token(conn, links.token(desk.link_key, "member", member_id))
        async with desk.databases.vault.reading() as vault_conn:
            contact = await membership.contact(vault_conn, member_id)
        assert (member.id, member.status, member.kind) == (member_id, "active", "simulated")
        assert (contact.email, contact.language) == ("Anna@voorbeeld.nl", "nl")

    async def test_a_real_person_is_never_marked_as_simulated(self, desk: Any) -> None:
        member_id = await desk.sign_up(simulated=False)
        async with desk.databases.api.reading() as conn:
            assert (await membership.get(conn, member_id)).kind == "opt_in_panel"

    async def test_each_purpose_has_its_own_consent_with_version_and_time(self, desk: Any) -> None:
        member_id = await desk.sign_up()
        async with desk.databases.api.reading() as conn:
            export = await membership.export_profile(conn, member_id)
        assert {record.purpose for record in export.consents} == {"membership", "profile"}
        assert {(record.version, record.given_at) for record in export.consents} == {
            (recruitment.NOTICE_VERSION, desk.now)
        }

    @pytest.mark.parametrize("odd", [{"consent": ""}, {"birth_year": "2012"}, {"email": "x"}])
    async def test_nothing_is_written_without_consent_or_with_a_fault(self, desk: Any, odd: dict[str, str]) -> None:
        with pytest.raises(SignUpInvalid):
            await desk.sign_up(**odd)
        assert await desk.value("SELECT count(*) FROM panel.member") == 0
        assert await desk.value("SELECT count(*) FROM vault.contact") == 0

    async def test_a_known_address_gets_the_same_rows_as_an_unknown_one(self, desk: Any) -> None:
        await desk.join()
        known = await desk.sign_up()
        unknown = await desk.sign_up(email="bram@voorbeeld.nl")
        for member_id in (known, unknown):
            shape = await desk.value(
                "SELECT (status, admitted, ended_at, language, kind)::text FROM panel.member WHERE id = $1",
                member_id,
            )
            assert shape == "(pending,f,,nl,simulated)"
            assert await desk.value("SELECT state FROM vault.contact WHERE member_id = $1", member_id) == "pending"
            assert await desk.value("SELECT count(*) FROM panel.consent WHERE member_id = $1", member_id) == 2

    async def test_only_hashes_of_tokens_are_stored(self, desk: Any) -> None:
        member_id = await desk.join()
        for purpose in ("confirm", "member"):
            token = links.token(desk.link_key, purpose, member_id)
            found = await desk.value("SELECT count(*) FROM panel.member AS m WHERE m::text LIKE $1", f"%{token}%")
            assert found == 0


class TestSettling:
    async def test_a_new_address_is_asked_to_confirm(self, desk: Any) -> None:
        assert await desk.settle(await desk.sign_up()) == "confirm"

    async def test_a_member_is_told_so_and_the_second_sign_up_ends(self, desk: Any) -> None:
        await desk.join(email="anna@voorbeeld.nl")
        again = await desk.sign_up(email="ANNA@VOORBEELD.NL")
        assert await desk.settle(again) == "already_member"
        assert await desk.settle(again) == "already_member"
        with pytest.raises(LinkUnknown):
            await desk.confirm(again)

    async def test_two_open_sign_ups_may_both_be_confirmed(self, desk: Any) -> None:
        first, second = await desk.sign_up(), await desk.sign_up()
        assert (await desk.settle(first), await desk.settle(second)) == ("confirm", "confirm")

    async def test_an_unknown_member_is_refused(self, desk: Any) -> None:
        with pytest.raises(MemberUnknown):
            await desk.settle(uuid7())


class TestConfirmation:
    async def test_a_second_click_gives_the_same_answer(self, desk: Any) -> None:
        member_id = await desk.sign_up()
        assert await desk.confirm(member_id) == await desk.confirm(member_id) == member_id

    async def test_looking_at_the_page_confirms_nothing(self, desk: Any) -> None:
        member_id = await desk.sign_up()
        async with desk.databases.api.reading() as conn:
            await recruitment.confirmation(conn, token=links.token(desk.link_key, "confirm", member_id), now=desk.now)
        assert await desk.value("SELECT status FROM panel.member WHERE id = $1", member_id) == "pending"

    async def test_expired_foreign_and_malformed_links_look_alike(self, desk: Any) -> None:
        member_id = await desk.sign_up()
        late = desk.now + timedelta(days=recruitment.CONFIRMATION_DAYS, seconds=1)
        good = links.token(desk.link_key, "confirm", member_id)
        tried = [
            (good, late),
            (links.token(desk.link_key, "member", member_id), desk.now),
            (links.token(desk.link_key, "confirm", uuid7()), desk.now),
            (good[:-1], desk.now),
            ("", desk.now),
            ("x\x00y", desk.now),
        ]
        for token, at in tried:
            async with desk.databases.api.reading() as conn:
                with pytest.raises(LinkUnknown) as refused:
                    await recruitment.confirmation(conn, token=token, now=at)
            assert (str(refused.value), refused.value.details) == (LinkUnknown.message, {})


class TestAdmission:
    async def test_whoever_is_not_admitted_cannot_be_drawn(self, desk: Any) -> None:
        member_id = await desk.sign_up()
        await desk.confirm(member_id)
        async with desk.databases.api.reading() as conn:
            assert await recruitment.members.frame(conn, kind="simulated") == []
        await desk.admit(member_id)
        async with desk.databases.api.reading() as conn:
            assert [row[0] for row in await recruitment.members.frame(conn, kind="simulated")] == [member_id]

    async def test_of_two_confirmed_sign_ups_one_is_admitted(self, desk: Any) -> None:
        first, second = await desk.sign_up(), await desk.sign_up()
        await desk.confirm(first)
        await desk.confirm(second)
        assert await desk.admit(second) == "admitted"
        assert await desk.admit(first) == "duplicate"
        assert await desk.admit(second) == "admitted"
        assert await desk.value("SELECT status FROM panel.member WHERE id = $1", first) == "duplicate"

    async def test_a_race_of_ten_confirmations_admits_one(self, desk: Any) -> None:
        ids = [await desk.sign_up() for _ in range(10)]
        for member_id in ids:
            await desk.confirm(member_id)
        outcomes = await asyncio.gather(*(desk.admit(member_id) for member_id in ids))
        assert sorted(outcomes) == ["admitted"] + ["duplicate"] * 9

    async def test_the_check_sees_a_panel_without_its_unique_address(self, desk: Any) -> None:
        """Control: without the index the same race admits everybody, so the test above can fail."""
        owner = await _owner(desk)
        async with owner.transaction() as conn:
            await conn.execute("DROP INDEX vault.contact_active_address")
        await owner.close()
        ids = [await desk.sign_up() for _ in range(4)]
        for member_id in ids:
            await desk.confirm(member_id)
        outcomes = await asyncio.gather(*(desk.admit(member_id) for member_id in ids))
        assert outcomes == ["admitted"] * 4

    async def test_whoever_left_may_come_back(self, desk: Any) -> None:
        first = await desk.join()
        async with desk.databases.api.transaction() as conn:
            await membership.withdraw(conn, member_id=first, now=desk.now)
        again = await desk.sign_up()
        assert await desk.settle(again) == "confirm"
        await desk.confirm(again)
        assert await desk.admit(again) == "admitted"
        assert await desk.value("SELECT state FROM vault.contact WHERE member_id = $1", first) == "ended"

    async def test_a_paused_member_keeps_the_address(self, desk: Any) -> None:
        first = await desk.join()
        async with desk.databases.api.transaction() as conn:
            await membership.pause(conn, member_id=first, now=desk.now)
        assert await desk.settle(await desk.sign_up()) == "already_member"


async def _owner(desk: Any) -> Database:
    return await Database.connect(db.role_dsn(desk.settings, "owner"), role="owner", max_size=1)
