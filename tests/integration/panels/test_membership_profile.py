"""A member's own profile: changed and confirmed on the own page, and asked about once a year."""

from datetime import timedelta
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from panels.errors import MemberUnknown, SignUpInvalid, StepNotAllowed
from panels.joining import membership, profile

FORM = {"birth_year": "1980", "sex": "V", "province": "PV26", "education": "3"}


async def change(desk: Any, member_id: Any, *, at: Any = None, **fields: str) -> tuple[str, ...]:
    async with desk.databases.api.transaction() as conn:
        return await profile.change(
            conn,
            member_id=member_id,
            form={**FORM, **fields},
            language="nl",
            address_key=desk.address_key,
            now=at or desk.now,
        )


async def export(desk: Any, member_id: Any) -> Any:
    async with desk.databases.api.reading() as conn:
        return await membership.export_profile(conn, member_id)


async def test_a_change_is_taken_over_and_recorded_with_its_date(desk: Any) -> None:
    member_id = await desk.join()
    later = desk.now + timedelta(days=30)
    assert await change(desk, member_id, at=later, province="PV20", education="") == ("province", "education")
    exported = await export(desk, member_id)
    assert (exported.member.profile.province, exported.member.profile.education) == ("PV20", None)
    assert exported.member.profile_at == later
    assert [(done.at, done.changed) for done in exported.profile_changes] == [(later, ("province", "education"))]


async def test_saying_that_all_is_still_right_counts_as_looking(desk: Any) -> None:
    member_id = await desk.join()
    assert await change(desk, member_id) == ()
    assert [done.changed for done in (await export(desk, member_id)).profile_changes] == [()]


async def test_every_fault_is_told_and_nothing_is_changed(desk: Any) -> None:
    member_id = await desk.join()
    with pytest.raises(SignUpInvalid) as refused:
        await change(desk, member_id, birth_year="2015", sex="Q", origin="E", education="1")
    assert {fault.pointer for fault in refused.value.faults} == {"birth_year", "sex", "origin_consent"}
    assert (await export(desk, member_id)).member.profile.education == "3"


async def test_nobody_becomes_a_minor_by_a_change(desk: Any) -> None:
    member_id = await desk.join()
    with pytest.raises(SignUpInvalid):
        await change(desk, member_id, birth_year="2009")


async def test_who_left_changes_nothing(desk: Any) -> None:
    member_id = await desk.join()
    async with desk.databases.api.transaction() as conn:
        await membership.withdraw(conn, member_id=member_id, now=desk.now)
    with pytest.raises(StepNotAllowed):
        await change(desk, member_id)
    with pytest.raises(MemberUnknown):
        await change(desk, uuid7())


class TestMoving:
    async def test_an_empty_postcode_keeps_place_and_household(self, desk: Any) -> None:
        await desk.load_postcodes()
        member_id = await desk.join(postcode="3511AB", house_number="12")
        assert await change(desk, member_id) == ()
        member = (await export(desk, member_id)).member
        assert (member.profile.municipality, member.household) == ("GM0344", True)

    async def test_another_province_without_a_postcode_forgets_them(self, desk: Any) -> None:
        await desk.load_postcodes()
        member_id = await desk.join(postcode="3511AB", house_number="12")
        changed = await change(desk, member_id, province="PV20")
        member = (await export(desk, member_id)).member
        assert changed == ("province", "municipality", "urbanity", "household")
        assert (member.profile.municipality, member.profile.urbanity, member.household) == (None, None, False)

    async def test_a_new_postcode_gives_the_new_place(self, desk: Any) -> None:
        await desk.load_postcodes()
        member_id = await desk.join(postcode="3511AB", house_number="12")
        await change(desk, member_id, postcode="1012AB", province="PV26")
        member = (await export(desk, member_id)).member
        assert (member.profile.municipality, member.profile.province, member.household) == ("GM0363", "PV27", False)


class TestOptionalConsent:
    async def test_is_given_withdrawn_and_given_again_with_every_step_on_record(self, desk: Any) -> None:
        member_id = await desk.join()
        for day, fields in enumerate([{"assembly": "yes"}, {}, {"assembly": "yes"}], start=1):
            await change(desk, member_id, at=desk.now + timedelta(days=day), **fields)
        given = [record for record in (await export(desk, member_id)).consents if record.purpose == "assembly"]
        assert [(record.given_at - desk.now).days for record in given] == [1, 3]
        assert [record.withdrawn_at is None for record in given] == [False, True]

    async def test_taking_the_tick_away_forgets_the_origin(self, desk: Any) -> None:
        member_id = await desk.join(origin="E", origin_consent="yes")
        assert await change(desk, member_id) == ("origin",)
        exported = await export(desk, member_id)
        assert exported.origin is None
        assert [r.withdrawn_at for r in exported.consents if r.purpose == "origin"] == [desk.now]

    async def test_an_optional_consent_that_ended_does_not_touch_the_membership(self, desk: Any) -> None:
        member_id = await desk.join(assembly="yes")
        await change(desk, member_id)
        in_force = [r.purpose for r in (await export(desk, member_id)).consents if r.withdrawn_at is None]
        assert sorted(in_force) == ["membership", "profile"]


class TestWhatWasDrawnBefore:
    async def test_an_invitation_keeps_the_profile_it_was_drawn_with(self, panel_of_400: Any) -> None:
        desk = panel_of_400
        await desk.open(uuid7())
        statement = "SELECT profile::text FROM panel.invitation WHERE member_id = $1"
        async with desk.databases.api.reading() as conn:
            member_id = await conn.fetchval("SELECT member_id FROM panel.invitation LIMIT 1")
            before = await conn.fetchval(statement, member_id)
        await change(desk, member_id, birth_year="1936", sex="X", province="", education="")
        async with desk.databases.api.reading() as conn:
            assert await conn.fetchval(statement, member_id) == before


class TestAskingOnceAYear:
    async def due(self, desk: Any, days: int) -> list[Any]:
        async with desk.databases.worker.reading() as conn:
            found = await profile.due(conn, now=desk.now + timedelta(days=days), limit=10)
        return [person.member_id for person in found]

    async def test_a_profile_of_a_year_ago_is_due_and_a_younger_one_is_not(self, desk: Any) -> None:
        member_id = await desk.join()
        assert await self.due(desk, 365) == []
        assert await self.due(desk, 366) == [member_id]

    async def test_looking_at_it_starts_the_year_again(self, desk: Any) -> None:
        member_id = await desk.join()
        await change(desk, member_id, at=desk.now + timedelta(days=300))
        assert await self.due(desk, 400) == []
        assert await self.due(desk, 666) == [member_id]

    async def test_whoever_was_asked_is_not_asked_again_for_a_year(self, desk: Any) -> None:
        member_id = await desk.join()
        asked = desk.now + timedelta(days=366)
        for expected in (True, False):
            async with desk.databases.worker.transaction() as conn:
                assert await profile.record_question(conn, member_id=member_id, now=asked) is expected
        assert await self.due(desk, 400) == []
        assert await self.due(desk, 366 + 366) == [member_id]

    async def test_paused_and_unconfirmed_people_are_left_alone(self, desk: Any) -> None:
        paused = await desk.join()
        await desk.sign_up(email="bram@voorbeeld.nl")
        async with desk.databases.api.transaction() as conn:
            await membership.pause(conn, member_id=paused, now=desk.now)
        assert await self.due(desk, 400) == []
