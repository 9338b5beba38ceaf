"""Signs of programs and doubles: kept with their evidence, decided by staff, and nobody removed by themselves."""

from datetime import timedelta
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from panels.errors import FlagUnknown, StepNotAllowed
from panels.joining import flagging, membership, signs
from panels.joining.signs import Seen
from panels.store import members

CALM = Seen(seconds=60.0)
HOME = {"postcode": "3511 AB", "house_number": "12"}


async def kinds(desk: Any, member_id: Any) -> list[str]:
    async with desk.databases.api.reading() as conn:
        return sorted(flag.kind for flag in (await membership.export_profile(conn, member_id)).flags)


async def open_flags(desk: Any) -> Any:
    async with desk.databases.api.reading() as conn:
        return await flagging.listed(conn, decided=False, after=None, limit=100)


async def test_an_ordinary_sign_up_has_no_flag(desk: Any) -> None:
    assert await kinds(desk, await desk.join(seen=CALM)) == []


async def test_flagged_people_are_members_like_any_other(desk: Any) -> None:
    member_id = await desk.join(seen=Seen(trap=True, seconds=0.2), email="x@mailinator.com")
    assert await kinds(desk, member_id) == ["disposable_mail", "filled_too_fast", "trap_filled"]
    async with desk.databases.api.reading() as conn:
        assert [row[0] for row in await members.frame(conn, kind="simulated")] == [member_id]


async def test_a_crowd_behind_one_door_is_a_sign_and_a_family_is_not(desk: Any) -> None:
    await desk.load_postcodes()
    made = [
        await desk.join(seen=CALM, email=f"lid{n}@voorbeeld.nl", birth_year=str(1950 + n), **HOME)
        for n in range(signs.HOUSEHOLD_MOST + 1)
    ]
    assert [await kinds(desk, member_id) for member_id in made[:-1]] == [[]] * signs.HOUSEHOLD_MOST
    assert await kinds(desk, made[-1]) == ["household_crowd"]


async def test_the_same_profile_at_the_same_address_is_a_sign(desk: Any) -> None:
    await desk.load_postcodes()
    await desk.join(seen=CALM, **HOME)
    twin = await desk.join(seen=CALM, email="anna.b@voorbeeld.nl", **HOME)
    sister = await desk.join(seen=CALM, email="bo@voorbeeld.nl", birth_year="1982", **HOME)
    neighbour = await desk.join(seen=CALM, email="cas@voorbeeld.nl", postcode="3511AB", house_number="14")
    assert [await kinds(desk, id) for id in (twin, sister, neighbour)] == [["profile_twin"], [], []]


async def test_many_of_one_year_and_municipality_in_a_day_are_a_sign(desk: Any) -> None:
    await desk.load_postcodes()
    for n in range(signs.COHORT_MOST):
        await desk.sign_up(seen=CALM, email=f"lid{n}@voorbeeld.nl", postcode="3511", birth_year="1990")
    last = await desk.join(seen=CALM, email="laatste@voorbeeld.nl", postcode="3511", birth_year="1990")
    other = await desk.join(seen=CALM, email="ander@voorbeeld.nl", postcode="3511", birth_year="1991")
    later = await desk.join(
        seen=CALM, email="later@voorbeeld.nl", postcode="3511", birth_year="1990", at=desk.now + timedelta(days=2)
    )
    assert [await kinds(desk, id) for id in (last, other, later)] == [["cohort_crowd"], [], []]


async def test_doubles_in_a_file_are_flagged_and_imported(desk: Any) -> None:
    header = f"{desk.header},postcode,house_number"
    rows = [
        f"lid{n}@voorbeeld.nl,{year},V,PV26,3,nl,2026-11-1,2026-11-20,3511AB,{number}"
        for n, (year, number) in enumerate([(1980, "12"), (1980, "12"), (1981, "12"), (1980, "12a")])
    ]
    outcome = await desk.load("\n".join([header, *rows]).encode())
    assert (outcome.imported, outcome.flagged) == (4, 2)
    assert [flag.flag.kind for flag in await open_flags(desk)] == ["profile_twin"] * 2


async def test_the_list_holds_ids_and_counts_and_no_contact_data(desk: Any) -> None:
    member_id = await desk.join(seen=Seen(trap=True, seconds=60.0), email="geheim@mailinator.com")
    listed = [flagging.shown(flag) for flag in await open_flags(desk)]
    assert {flag.member_id for flag in listed} == {str(member_id)}
    assert "geheim" not in repr(listed)
    assert "mailinator" not in repr(listed)


class TestDeciding:
    async def decide(self, desk: Any, decision: Any, flag_id: Any = None) -> Any:
        flag_id = flag_id or (await open_flags(desk))[0].id
        async with desk.databases.api.transaction() as conn:
            return await flagging.decide(
                conn, flag_id=flag_id, decision=decision, reason="gezien", staff="staff:key_1", now=desk.now
            )

    @pytest.mark.parametrize(("decision", "status"), [("keep", "active"), ("pause", "paused"), ("end", "withdrawn")])
    async def test_what_is_decided_is_done_and_recorded(self, desk: Any, decision: str, status: str) -> None:
        member_id = await desk.join(seen=Seen(trap=True, seconds=60.0))
        done = await self.decide(desk, decision)
        assert (done.flag.decision, done.flag.reason, done.flag.decided_at) == (decision, "gezien", desk.now)
        assert await desk.value("SELECT status FROM panel.member WHERE id = $1", member_id) == status
        assert await open_flags(desk) == []
        async with desk.databases.api.reading() as conn:
            counts = await flagging.counts(conn)
        assert (counts.members, counts.open["trap_filled"], counts.decided[decision]) == (0, 0, 1)

    async def test_a_later_decision_replaces_an_earlier_one(self, desk: Any) -> None:
        await desk.join(seen=Seen(trap=True, seconds=60.0))
        first = await self.decide(desk, "keep")
        second = await self.decide(desk, "pause", first.id)
        assert (second.flag.decision, second.member_status) == ("pause", "paused")

    async def test_an_ended_membership_does_not_come_back(self, desk: Any) -> None:
        await desk.join(seen=Seen(trap=True, seconds=60.0))
        ended = await self.decide(desk, "end")
        with pytest.raises(StepNotAllowed):
            await self.decide(desk, "keep", ended.id)

    async def test_an_unknown_flag_is_an_error(self, desk: Any) -> None:
        with pytest.raises(FlagUnknown):
            await self.decide(desk, "keep", uuid7())

    async def test_flags_go_with_the_person(self, desk: Any) -> None:
        member_id = await desk.join(seen=Seen(trap=True, seconds=60.0))
        async with desk.databases.vault.transaction() as vault_conn:
            await membership.erase(vault_conn, member_id=member_id, now=desk.now)
        assert await desk.value("SELECT count(*) FROM panel.flag") == 0
