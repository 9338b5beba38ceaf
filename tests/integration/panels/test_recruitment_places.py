"""Where people live: a postcode becomes a place and a household key, and is nowhere afterwards."""

import re
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from panels.errors import PostcodesInvalid, SignUpInvalid
from panels.joining import membership, postcodes, profile
from panels.joining.household import household_key
from panels.store import members, profiles


class TestPostcode:
    async def test_becomes_municipality_province_and_urbanity(self, desk: Any) -> None:
        await desk.load_postcodes()
        member_id = await desk.join(postcode="9711 XX", province="")
        async with desk.databases.api.reading() as conn:
            known = (await membership.get(conn, member_id)).profile
        assert (known.municipality, known.province, known.urbanity) == ("GM0014", "PV20", "2")

    async def test_is_in_no_table_after_a_sign_up_an_import_and_a_change(self, desk: Any) -> None:
        await desk.load_postcodes()
        member_id = await desk.join(postcode="3511 QW", house_number="8765")
        row = "b@voorbeeld.nl,1980,V,PV26,3,nl,2026-11-1,2026-11-20,3511QW,8765"
        outcome = await desk.load(f"{desk.header},postcode,house_number\n{row}".encode())
        form = {"birth_year": "1980", "postcode": "3511QW", "house_number": "8765"}
        async with desk.databases.api.transaction() as conn:
            await profile.change(
                conn, member_id=member_id, form=form, language="nl", address_key=desk.address_key, now=desk.now
            )
        text = await desk.everything()
        assert outcome.imported == 1
        assert "GM0344" in text
        for trace in ("3511 ?QW", "3511", "8765"):
            # Not inside a hash or an id, where any four digits may stand.
            assert not re.search(rf"(?<![0-9a-f]){trace}(?![0-9a-f])", text), trace

    async def test_is_not_looked_at_without_a_table(self, desk: Any) -> None:
        member_id = await desk.join(postcode="3511 AB", house_number="12")
        async with desk.databases.api.reading() as conn:
            member = await membership.get(conn, member_id)
            assert not await postcodes.asked(conn)
        assert (member.profile.municipality, member.profile.province, member.household) == (None, "PV26", False)

    async def test_the_newest_table_counts(self, desk: Any) -> None:
        await desk.load_postcodes()
        async with desk.databases.api.transaction() as conn:
            await postcodes.add(
                conn,
                csv=b"pc4,municipality,province,urbanity\n3511,GM0344,PV26,3",
                version="2027",
                source="another table",
                provenance="read",
                staff="s",
                now=desk.now,
                new_id=uuid7,
            )
        member_id = await desk.join(postcode="3511")
        assert await desk.value("SELECT urbanity FROM panel.member WHERE id = $1", member_id) == "3"
        with pytest.raises(SignUpInvalid):
            await desk.sign_up(postcode="1012")

    async def test_the_same_version_twice_is_one_version(self, desk: Any) -> None:
        await desk.load_postcodes()
        await desk.load_postcodes()
        assert await desk.value("SELECT count(*) FROM panel.postcode_table") == 1

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"provenance": "recalled-unverified"}, "query/provenance"),
            ({"source": "  "}, "query/source"),
            ({"version": "\x00"}, "query/version"),
        ],
    )
    async def test_a_table_without_its_origin_is_refused(
        self, desk: Any, changes: dict[str, Any], pointer: str
    ) -> None:
        terms: dict[str, Any] = {"version": "1", "source": "CBS", "provenance": "read"}
        async with desk.databases.api.transaction() as conn:
            with pytest.raises(PostcodesInvalid) as refused:
                await postcodes.add(conn, csv=b"", staff="s", now=desk.now, new_id=uuid7, **{**terms, **changes})
        assert [fault.pointer for fault in refused.value.faults] == [pointer]


class TestHousehold:
    async def test_only_a_keyed_hash_of_the_door_is_kept(self, desk: Any) -> None:
        await desk.load_postcodes()
        member_id = await desk.join(postcode="3511 ab", house_number="12-A")
        kept = await desk.value("SELECT household_key FROM panel.member WHERE id = $1", member_id)
        assert kept == household_key(desk.address_key, "3511AB 12 A")
        assert kept != household_key(bytes(32), "3511AB 12 A")

    async def test_a_sign_up_and_a_file_agree_about_a_door(self, desk: Any) -> None:
        await desk.load_postcodes()
        await desk.join(postcode="3511 ab", house_number="12-A")
        row = "b@voorbeeld.nl,1980,V,PV26,3,nl,2026-11-1,2026-11-20,3511AB,12,a"
        await desk.load(f"{desk.header},postcode,house_number,house_addition\n{row}".encode())
        assert await desk.value("SELECT count(DISTINCT household_key) FROM panel.member") == 1
        assert await desk.value("SELECT count(household_key) FROM panel.member") == 2


class TestOrigin:
    async def test_is_kept_apart_with_a_consent_of_its_own(self, desk: Any) -> None:
        member_id = await desk.join(origin="E", origin_consent="yes", assembly="yes")
        async with desk.databases.api.reading() as conn:
            export = await membership.export_profile(conn, member_id)
        assert export.origin == "E"
        assert {record.purpose for record in export.consents} == {"membership", "profile", "origin", "assembly"}

    async def test_a_member_without_it_can_be_drawn_like_any_other(self, desk: Any) -> None:
        with_origin = await desk.join(origin="E", origin_consent="yes", assembly="yes")
        without = await desk.join(email="bram@voorbeeld.nl")
        async with desk.databases.api.reading() as conn:
            frame = await members.frame(conn, kind="simulated")
            origins = await profiles.origins(conn, member_ids=[with_origin, without])
        assert {row[0] for row in frame} == {with_origin, without}
        assert origins == {with_origin: "E"}

    @pytest.mark.parametrize("leave", ["withdraw", "erase"])
    async def test_is_forgotten_at_once_when_the_person_leaves(self, desk: Any, leave: str) -> None:
        member_id = await desk.join(origin="B", origin_consent="yes")
        if leave == "withdraw":
            async with desk.databases.api.transaction() as conn:
                await membership.withdraw(conn, member_id=member_id, now=desk.now)
        else:
            async with desk.databases.vault.transaction() as vault_conn:
                await membership.erase(vault_conn, member_id=member_id, now=desk.now)
        assert await desk.value("SELECT count(*) FROM panel.origin") == 0
