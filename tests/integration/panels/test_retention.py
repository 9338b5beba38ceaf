"""The purge: what is past its date goes, what is not stays, and both are proven."""

from datetime import timedelta
from typing import Any

from uuid_utils.compat import uuid7

from panels import fieldwork, retention
from panels.joining import membership
from panels.models import Purged


async def purge(desk: Any, days: float) -> dict[str, Purged]:
    async with desk.databases.vault.transaction() as vault_conn:
        proofs = await retention.purge(vault_conn, now=desk.now + timedelta(days=days))
    return {proof.table: proof for proof in proofs}


async def test_every_table_gets_a_proof_also_when_nothing_goes(desk: Any) -> None:
    proofs = await purge(desk, 0)
    assert set(proofs) == {rule.table for rule in retention.RULES}
    assert all(proof.deleted == 0 and proof.kept == 0 and proof.oldest is None for proof in proofs.values())


async def test_unconfirmed_sign_ups_go_after_a_week_and_members_stay(desk: Any) -> None:
    await desk.join(email="bram@voorbeeld.nl")
    await desk.sign_up(email="anna@voorbeeld.nl")
    before = await purge(desk, 7)
    assert before["panel.member"].deleted == 0
    after = await purge(desk, 7.01)
    for table, left in (("vault.contact", 1), ("panel.member", 1), ("panel.consent", 2)):
        assert (after[table].deleted, after[table].kept) == (left, left), table
    assert after["panel.member"].oldest == desk.now


async def test_duplicates_go_after_a_week(desk: Any) -> None:
    await desk.join()
    assert await desk.settle(await desk.sign_up()) == "already_member"
    assert (await purge(desk, 8))["vault.contact"].deleted == 1


async def test_who_left_is_forgotten_after_180_days(desk: Any) -> None:
    member_id = await desk.join()
    async with desk.databases.api.transaction() as conn:
        await membership.withdraw(conn, member_id=member_id, now=desk.now)
    assert (await purge(desk, 180))["vault.contact"].kept == 1
    after = await purge(desk, 180.01)
    for table in ("vault.contact", "panel.member", "panel.consent"):
        assert after[table].kept == 0, table


async def test_a_member_is_kept_as_long_as_the_membership_lasts(desk: Any) -> None:
    await desk.join()
    after = await purge(desk, 5000)
    assert (after["vault.contact"].kept, after["panel.member"].kept, after["panel.consent"].kept) == (1, 1, 2)


async def test_files_that_nobody_read_go(desk: Any) -> None:
    await desk.queue(desk.file(3))
    assert (await purge(desk, 7.01))["vault.import"].deleted == 1


async def test_fieldwork_goes_in_steps_after_the_report_and_draws_stay(panel_of_400: Any) -> None:
    desk = panel_of_400
    audit_id = uuid7()
    opened = await desk.open(audit_id)
    async with desk.databases.worker.transaction() as conn:
        due = await fieldwork.due(conn, audit_id=audit_id, wave="invitation", batch=0)
        for mailing in due:
            await fieldwork.record_mail(conn, invitation_id=mailing.invitation_id, wave="invitation", now=desk.now)
    linked = await purge(desk, 300)
    assert (linked["panel.invitation"].kept, linked["panel.mailing"].kept) == (opened.invited, len(due))
    async with desk.databases.worker.transaction() as conn:
        await fieldwork.unlink(conn, audit_id=audit_id, now=desk.now)
    year = await purge(desk, 366)
    assert (year["panel.mailing"].deleted, year["panel.invitation"].deleted) == (len(due), 0)
    two_years = await purge(desk, 731)
    assert (two_years["panel.invitation"].deleted, two_years["panel.draw"].kept) == (opened.invited, 1)


async def test_purging_twice_does_no_harm(desk: Any) -> None:
    await desk.sign_up()
    assert (await purge(desk, 10))["panel.member"].deleted == 1
    assert (await purge(desk, 10))["panel.member"].deleted == 0


async def test_an_audit_that_came_to_nothing_does_not_keep_its_links(panel_of_400: Any) -> None:
    opened = await panel_of_400.open(uuid7())
    after = await purge(panel_of_400, 731)
    assert (after["panel.invitation"].deleted, after["panel.invitation"].kept) == (opened.invited, 0)
