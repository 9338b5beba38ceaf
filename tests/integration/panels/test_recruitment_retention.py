"""What joining leaves behind goes in its time, and an erasure leaves no trace of a person in any table."""

from datetime import timedelta
from typing import Any

import pytest
from samenspraak.types.joining import CodeBatchRequest
from uuid_utils.compat import uuid7

from panels import retention
from panels.joining import batches, membership, merging, profile
from panels.joining.signs import Seen


async def purge(desk: Any, days: float) -> dict[str, int]:
    async with desk.databases.vault.transaction() as vault_conn:
        proofs = await retention.purge(vault_conn, now=desk.now + timedelta(days=days))
    return {proof.table: proof.kept for proof in proofs}


async def code(desk: Any) -> Any:
    """One code of a batch that works for 30 days, judged to be right."""
    request = CodeBatchRequest(
        name="brief",
        probability=0.01,
        source="een lijst",
        legal_basis="een grond om te schrijven",
        size=2,
        expires_at=desk.now + timedelta(days=30),
    )
    async with desk.databases.api.transaction() as conn:
        issued = await batches.issue(
            conn, request=request, code_key=b"l" * 32, join_page="", staff="s", now=desk.now, new_id=uuid7
        )
        text = issued.csv.splitlines()[1].split(",")[1]
        return await batches.judge(conn, text=text, code_key=b"l" * 32, now=desk.now)


@pytest.fixture
async def member_id(desk: Any) -> Any:
    """A member who left a trace in every table that joining has."""
    await desk.load_postcodes()
    id = await desk.join(
        code=await code(desk),
        seen=Seen(trap=True, seconds=60.0),
        postcode="3511AB",
        house_number="12",
        origin="E",
        origin_consent="yes",
        assembly="yes",
    )
    form = {"birth_year": "1981", "origin": "E", "origin_consent": "yes"}
    async with desk.databases.api.transaction() as conn:
        await profile.change(conn, member_id=id, form=form, language="nl", address_key=desk.address_key, now=desk.now)
    return id


async def test_flags_changes_and_codes_go_in_their_time_and_the_member_stays(desk: Any, member_id: Any) -> None:
    kept = await purge(desk, 0)
    assert [kept[f"panel.{table}"] for table in ("origin", "flag", "profile_change", "code")] == [1, 1, 1, 2]
    kept = await purge(desk, 366)
    assert [kept[f"panel.{table}"] for table in ("origin", "flag", "profile_change", "code")] == [1, 0, 1, 2]
    kept = await purge(desk, 731)
    assert [kept[f"panel.{table}"] for table in ("origin", "flag", "profile_change", "code")] == [1, 0, 0, 0]
    assert (kept["panel.member"], kept["panel.code_batch"], kept["panel.postcode"]) == (1, 1, 3)


async def test_an_origin_without_its_consent_does_not_stay_a_day(desk: Any, member_id: Any) -> None:
    async with desk.databases.api.transaction() as conn:
        await conn.execute("UPDATE panel.consent SET withdrawn_at = $1 WHERE purpose = 'origin'", desk.now)
    assert (await purge(desk, 0.01))["panel.origin"] == 0


async def test_a_sign_up_that_nobody_confirmed_takes_everything_along(desk: Any) -> None:
    await desk.sign_up(seen=Seen(trap=True, seconds=60.0), origin="E", origin_consent="yes")
    kept = await purge(desk, 7.01)
    assert [kept[f"panel.{table}"] for table in ("member", "consent", "origin", "flag")] == [0, 0, 0, 0]


async def test_the_copy_of_ones_data_holds_all_of_it(desk: Any, member_id: Any) -> None:
    async with desk.databases.worker.reading() as conn:
        export = await membership.export_profile(conn, member_id)
    assert export.member.profile.municipality is None
    assert (export.member.recruitment_probability, export.member.recruitment_wave) == (0.01, "brief")
    assert (export.origin, [flag.kind for flag in export.flags]) == ("E", ["trap_filled"])
    assert "birth_year" in export.profile_changes[0].changed
    assert {record.purpose for record in export.consents} == {"membership", "profile", "origin", "assembly"}


async def test_an_erased_person_is_in_no_table_any_more(desk: Any, member_id: Any) -> None:
    other = await desk.join(email="anna.b@voorbeeld.nl", seen=Seen(trap=True, seconds=60.0))
    async with desk.databases.api.transaction() as conn:
        await merging.merge(conn, first=member_id, second=other, reason="belde", staff="s", now=desk.now, new_id=uuid7)
    before = await desk.everything()
    assert all(str(id) in before for id in (member_id, other))
    async with desk.databases.vault.transaction() as vault_conn:
        await membership.erase(vault_conn, member_id=member_id, now=desk.now)
    after = await desk.everything()
    assert not any(str(id) in after for id in (member_id, other))
