"""Number and address of a member: dropped into the vault, taken over, changed, removed, and gone with the person."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from panels import fieldwork, retention
from panels.errors import MemberUnknown, SignUpInvalid, StepNotAllowed
from panels.joining import membership, merging, reach
from panels.models import Contact, Member

HOME = {"street": "Dorpsstraat", "house_number": "12 bis", "home_postcode": "3511 ab", "place": "Utrecht"}


async def change(desk: Any, member_id: UUID, **form: str) -> None:
    async with desk.databases.api.transaction() as conn:
        await reach.change(
            conn,
            member_id=member_id,
            form={"channel": "email", **form},
            language="nl",
            texting=True,
            now=desk.now,
            new_id=uuid7,
        )


async def remove(desk: Any, member_id: UUID, what: Any) -> None:
    async with desk.databases.api.transaction() as conn:
        await reach.remove(conn, member_id=member_id, what=what, now=desk.now, new_id=uuid7)


async def take_over(desk: Any, member_id: UUID) -> Contact:
    async with desk.databases.vault.transaction() as vault_conn:
        await reach.take_over(vault_conn, member_id=member_id)
        return await membership.contact(vault_conn, member_id)


async def member(desk: Any, member_id: UUID) -> Member:
    async with desk.databases.api.reading() as conn:
        return await membership.get(conn, member_id)


async def test_what_is_given_reaches_the_vault_and_the_page_only_knows_that_it_is_there(desk: Any) -> None:
    member_id = await desk.join()
    await change(desk, member_id, channel="sms", phone="06 12345678", name="A. de Vries", **HOME)
    seen = await member(desk, member_id)
    assert (seen.channel, seen.phone_given, seen.address_given) == ("sms", True, True)
    contact = await take_over(desk, member_id)
    assert contact.phone == "+31612345678"
    assert contact.address is not None
    assert contact.address.lines == ("A. de Vries", "Dorpsstraat 12 BIS", "3511 AB  UTRECHT")
    assert await desk.value("SELECT count(*) FROM vault.reach") == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with desk.databases.api.reading() as conn:
            await conn.fetchval("SELECT phone FROM vault.reach")


async def test_the_last_word_counts_and_the_other_kind_stays(desk: Any) -> None:
    member_id = await desk.join()
    await change(desk, member_id, phone="06 11111111", **HOME)
    await change(desk, member_id, phone="06 22222222")
    assert (await take_over(desk, member_id)).phone == "+31622222222"
    await change(desk, member_id, phone="06 33333333")
    contact = await take_over(desk, member_id)
    assert (contact.phone, contact.address is not None) == ("+31633333333", True)


async def test_whoever_removes_the_number_is_invited_by_mail_again(desk: Any) -> None:
    member_id = await desk.join()
    await change(desk, member_id, channel="sms", phone="06 12345678", **HOME)
    await take_over(desk, member_id)
    await remove(desk, member_id, "phone")
    seen = await member(desk, member_id)
    assert (seen.channel, seen.phone_given, seen.address_given) == ("email", False, True)
    contact = await take_over(desk, member_id)
    assert (contact.phone, contact.address is not None) == (None, True)
    assert "612345678" not in await desk.everything()


async def test_changes_are_told_in_the_copy_without_what_they_were(desk: Any) -> None:
    member_id = await desk.join()
    await change(desk, member_id, channel="letter", **HOME)
    async with desk.databases.worker.reading() as conn:
        export = await membership.export_profile(conn, member_id)
    assert [one.changed for one in export.profile_changes] == [("channel", "address")]
    assert export.member.channel == "letter"


async def test_a_membership_that_ended_takes_nothing(desk: Any) -> None:
    member_id = await desk.join()
    async with desk.databases.api.transaction() as conn:
        await membership.withdraw(conn, member_id=member_id, now=desk.now)
    with pytest.raises(StepNotAllowed):
        await change(desk, member_id, phone="06 12345678")
    with pytest.raises(StepNotAllowed):
        await remove(desk, member_id, "phone")
    with pytest.raises(MemberUnknown):
        await change(desk, uuid7(), phone="06 12345678")
    assert await desk.value("SELECT count(*) FROM vault.reach") == 0


async def test_a_form_with_a_fault_keeps_nothing(desk: Any) -> None:
    member_id = await desk.join()
    with pytest.raises(SignUpInvalid):
        await change(desk, member_id, phone="06 12345678", street="Dorpsstraat")
    assert await desk.value("SELECT count(*) FROM vault.reach") == 0
    assert not (await member(desk, member_id)).phone_given


async def test_erasure_leaves_neither_number_nor_address_nor_letter(panel_of_400: Any) -> None:
    desk, audit_id = panel_of_400, uuid7()
    await desk.open(audit_id)
    member_id, letter = await invited(desk)
    await change(desk, member_id, phone="06 12345678", **HOME)
    await wait_for_print(desk, audit_id, letter, await take_over(desk, member_id))
    await change(desk, member_id, phone="06 87654321")
    async with desk.databases.vault.transaction() as vault_conn:
        await membership.erase(vault_conn, member_id=member_id, now=desk.now)
    left = await desk.everything()
    assert not any(word in left for word in ("Dorpsstraat", "612345678", "687654321"))


async def test_a_letter_that_waits_follows_its_member(panel_of_400: Any) -> None:
    desk, audit_id = panel_of_400, uuid7()
    await desk.open(audit_id)
    member_id, letter = await invited(desk)
    await change(desk, member_id, **HOME)
    contact = await take_over(desk, member_id)
    for _ in range(2):
        await wait_for_print(desk, audit_id, letter, contact)
    assert await desk.value("SELECT count(*) FROM vault.letter") == 1
    await change(desk, member_id, **{**HOME, "street": "Kerkstraat"})
    await take_over(desk, member_id)
    assert await desk.value("SELECT lines[1] FROM vault.letter") == "Kerkstraat 12 BIS"
    await remove(desk, member_id, "address")
    await take_over(desk, member_id)
    assert await desk.value("SELECT count(*) FROM vault.letter") == 0


async def test_no_letter_outlives_the_link_between_member_and_answers(panel_of_400: Any) -> None:
    desk, audit_id = panel_of_400, uuid7()
    await desk.open(audit_id)
    member_id, letter = await invited(desk)
    await change(desk, member_id, **HOME)
    await wait_for_print(desk, audit_id, letter, await take_over(desk, member_id))
    async with desk.databases.worker.transaction() as conn:
        await fieldwork.unlink(conn, audit_id=audit_id, now=desk.now)
    async with desk.databases.vault.transaction() as vault_conn:
        proofs = {proof.table: proof for proof in await retention.purge(vault_conn, now=desk.now)}
    assert (proofs["vault.letter"].deleted, proofs["vault.letter"].kept) == (1, 0)


async def test_a_drop_that_nobody_took_over_goes_after_a_week(desk: Any) -> None:
    member_id = await desk.join()
    await change(desk, member_id, phone="06 12345678")
    for days, kept in ((6.9, 1), (7.1, 0)):
        async with desk.databases.vault.transaction() as vault_conn:
            await retention.purge(vault_conn, now=desk.now + timedelta(days=days))
        assert await desk.value("SELECT count(*) FROM vault.reach") == kept


async def test_of_two_who_are_one_the_duplicate_keeps_no_number(desk: Any) -> None:
    kept = await desk.join(email="a@voorbeeld.nl")
    duplicate = await desk.join(email="b@voorbeeld.nl", at=desk.now + timedelta(hours=1))
    await change(desk, kept, phone="06 11111111")
    await take_over(desk, kept)
    await change(desk, duplicate, phone="06 22222222", **HOME)
    async with desk.databases.api.transaction() as conn:
        await merging.merge(
            conn, first=kept, second=duplicate, reason="one person", staff="s", now=desk.now, new_id=uuid7
        )
    for _ in range(2):
        async with desk.databases.vault.transaction() as vault_conn:
            await merging.hand_over(vault_conn, kept=kept, duplicate=duplicate)
    assert await desk.value("SELECT phone FROM vault.contact WHERE member_id = $1", kept) == "+31611111111"
    left = await desk.everything()
    assert not any(word in left for word in ("622222222", "Dorpsstraat"))


async def test_unsubscribing_is_no_withdrawal_of_consent(desk: Any) -> None:
    """What the one-click button does is pausing (`membership.pause`): invitations stop, consent stays in force."""
    member_id = await desk.join()
    async with desk.databases.api.transaction() as conn:
        await membership.pause(conn, member_id=member_id, now=desk.now)
        export = await membership.export_profile(conn, member_id)
    assert export.member.status == "paused"
    assert {record.purpose for record in export.consents if record.withdrawn_at is None} == {"membership", "profile"}


async def invited(desk: Any) -> tuple[UUID, UUID]:
    async with desk.databases.api.reading() as conn:
        row = await conn.fetchrow("SELECT id, member_id FROM panel.invitation ORDER BY id LIMIT 1")
    return row["member_id"], row["id"]


async def wait_for_print(desk: Any, audit_id: UUID, invitation_id: UUID, contact: Contact) -> None:
    assert contact.address is not None
    async with desk.databases.vault.transaction() as vault_conn:
        await fieldwork.queue_letter(
            vault_conn,
            audit_id=audit_id,
            invitation_id=invitation_id,
            wave="invitation",
            address=contact.address,
            language="nl",
            now=desk.now,
        )
