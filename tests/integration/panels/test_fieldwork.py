"""The field: drawn once, mailed once, answered by link, and cut loose at the end."""

import asyncio
from collections import Counter
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from panels import fieldwork, links
from panels.dispositions import DISPOSITIONS, STEPS
from panels.errors import FieldworkOpened, InvitationUnknown, LinkUnknown, PanelTooSmall, StepNotAllowed
from panels.joining import membership
from panels.models import Mailing


class MailRefused(Exception):
    """What the mail server says."""


def mixed(order: list[Any]) -> bool:
    """Whether an order looks like chance: about half of all steps go up."""
    rising = sum(a < b for a, b in pairwise(order))
    return 0.35 * len(order) < rising < 0.65 * len(order)


async def wave(desk: Any, audit_id: UUID, name: str = "invitation", *, batches: int = 2) -> list[Mailing]:
    """Send a wave as the worker does: look who is due, claim and book."""
    sent = []
    for batch in range(batches):
        async with desk.databases.worker.transaction() as conn:
            due = await fieldwork.due(conn, audit_id=audit_id, wave=name, batch=batch, limit=1000)
            sent += [
                mailing
                for mailing in due
                if await fieldwork.record_mail(conn, invitation_id=mailing.invitation_id, wave=name, now=desk.now)
            ]
    return sent


async def mark(desk: Any, invitation_id: UUID, *steps: str) -> None:
    async with desk.databases.api.transaction() as conn:
        for step in steps:
            await fieldwork.mark(conn, invitation_id=invitation_id, disposition=step, now=desk.now)  # type: ignore[arg-type]


async def state(desk: Any, audit_id: UUID) -> Any:
    async with desk.databases.api.reading() as conn:
        return await fieldwork.state(conn, audit_id)


class TestOpening:
    async def test_the_draw_becomes_invitations_with_their_probability(self, panel_of_400: Any) -> None:
        audit_id = uuid7()
        opened = await panel_of_400.open(audit_id)
        async with panel_of_400.databases.worker.reading() as conn:
            frame = await fieldwork.frame(conn, audit_id)
        assert opened.invited == len(opened.respondents) == len(frame) > 100
        assert opened.batches == 2
        assert {row.respondent_id: row.coded for row in frame} == dict(opened.respondents)
        assert all(0 < row.probability <= 1 for row in frame)
        assert sum(1 / row.probability for row in frame) == pytest.approx(400)

    async def test_respondent_ids_say_nothing_about_members(self, panel_of_400: Any) -> None:
        opened = await panel_of_400.open(uuid7())
        ids = [respondent_id for respondent_id, _ in opened.respondents]
        members = set(await _column(panel_of_400, "SELECT id FROM panel.member"))
        assert len(set(ids)) == len(ids)
        assert not set(ids) & members
        assert all(id.version == 4 for id in ids)

    async def test_rows_are_written_in_an_order_that_tells_nothing(self, panel_of_400: Any) -> None:
        """Neither the ids nor the places of the rows follow the members."""
        await panel_of_400.open(uuid7())
        by_place = await _column(panel_of_400, "SELECT member_id FROM panel.invitation ORDER BY ctid")
        by_id = await _column(panel_of_400, "SELECT member_id FROM panel.invitation ORDER BY id")
        assert mixed(by_place)
        assert mixed(by_id)

    async def test_the_check_sees_rows_written_in_member_order(self, panel_of_400: Any) -> None:
        """Control: who was invited is stored in member order on purpose, and the check above must notice."""
        await panel_of_400.open(uuid7())
        assert not mixed(await _column(panel_of_400, "SELECT member_id FROM panel.participation ORDER BY ctid"))

    async def test_the_same_seed_draws_the_same_members_for_another_audit(self, panel_of_400: Any) -> None:
        one, other = uuid7(), uuid7()
        await panel_of_400.open(one, seed=11)
        await panel_of_400.open(other, seed=11)
        drawn = "SELECT member_id FROM panel.participation WHERE audit_id = $1 ORDER BY member_id"
        assert await _column(panel_of_400, drawn, one) == await _column(panel_of_400, drawn, other)
        first = "SELECT respondent_id FROM panel.invitation WHERE audit_id = $1"
        assert not set(await _column(panel_of_400, first, one)) & set(await _column(panel_of_400, first, other))

    async def test_people_of_another_or_no_known_sex_are_drawn_too(self, panel_of_400: Any) -> None:
        opened = await panel_of_400.open(uuid7(), target=250)
        known = Counter(coded["sex_age"] is None for _, coded in opened.respondents)
        assert known[True] > 0

    async def test_an_audit_is_drawn_once(self, panel_of_400: Any) -> None:
        audit_id = uuid7()
        await panel_of_400.open(audit_id)
        with pytest.raises(FieldworkOpened):
            await panel_of_400.open(audit_id, seed=8)

    async def test_two_openings_at_once_draw_once(self, panel_of_400: Any) -> None:
        audit_id = uuid7()
        results = await asyncio.gather(
            panel_of_400.open(audit_id, seed=1), panel_of_400.open(audit_id, seed=2), return_exceptions=True
        )
        assert sorted(type(result).__name__ for result in results) == ["FieldworkOpened", "Opened"]

    async def test_kinds_of_samples_are_never_mixed(self, panel_of_400: Any) -> None:
        with pytest.raises(PanelTooSmall) as refused:
            await panel_of_400.open(uuid7(), kind="opt_in_panel")
        assert refused.value.details["available"] == 0

    async def test_paused_and_departed_members_are_not_drawn(self, panel_of_400: Any) -> None:
        ids = await _column(panel_of_400, "SELECT id FROM panel.member ORDER BY id LIMIT 100")
        async with panel_of_400.databases.api.transaction() as conn:
            for member_id in ids[:50]:
                await membership.pause(conn, member_id=member_id, now=panel_of_400.now)
            for member_id in ids[50:]:
                await membership.withdraw(conn, member_id=member_id, now=panel_of_400.now)
        audit_id = uuid7()
        await panel_of_400.open(audit_id, target=200)
        drawn = await _column(panel_of_400, "SELECT member_id FROM panel.invitation WHERE audit_id = $1", audit_id)
        assert not set(drawn) & set(ids)

    async def test_two_thousand_invitations_are_written_in_one_go(self, desk: Any) -> None:
        await desk.load(desk.file(2600))
        opened = await desk.open(uuid7(), target=1550)
        assert opened.invited > 1900
        assert opened.batches == -(-opened.invited // 100)


class TestLinks:
    async def test_a_link_leads_to_its_invitation(self, panel_of_400: Any) -> None:
        audit_id = uuid7()
        await panel_of_400.open(audit_id)
        invitation_id = (await _column(panel_of_400, "SELECT id FROM panel.invitation LIMIT 1"))[0]
        async with panel_of_400.databases.api.reading() as conn:
            token = links.token(panel_of_400.link_key, "invitation", invitation_id)
            found = await fieldwork.by_token(conn, token)
        assert (found.id, found.audit_id, found.disposition) == (invitation_id, audit_id, "queued")

    async def test_malformed_and_foreign_links_are_unknown(self, panel_of_400: Any) -> None:
        await panel_of_400.open(uuid7())
        invitation_id = (await _column(panel_of_400, "SELECT id FROM panel.invitation LIMIT 1"))[0]
        wrong = [
            "",
            "x",
            "a" * 22,
            "a\x00b",
            links.token(panel_of_400.link_key, "member", invitation_id),
            links.token(b"x" * 32, "invitation", invitation_id),
        ]
        for token in wrong:
            async with panel_of_400.databases.api.reading() as conn:
                with pytest.raises(LinkUnknown):
                    await fieldwork.by_token(conn, token)


class TestMailing:
    async def test_everybody_gets_the_invitation_once(self, panel_of_400: Any) -> None:
        audit_id = uuid7()
        opened = await panel_of_400.open(audit_id)
        assert len(await wave(panel_of_400, audit_id)) == opened.invited
        assert await wave(panel_of_400, audit_id) == []
        assert (await state(panel_of_400, audit_id)).dispositions["sent"] == opened.invited

    async def test_only_who_has_not_answered_is_reminded(self, panel_of_400: Any) -> None:
        audit_id = uuid7()
        await panel_of_400.open(audit_id)
        mailings = await wave(panel_of_400, audit_id)
        done, declined, gone, broken, away, left, waiting = mailings[:7]
        await mark(panel_of_400, done.invitation_id, "started", "completed")
        await mark(panel_of_400, declined.invitation_id, "declined")
        await mark(panel_of_400, gone.invitation_id, "undeliverable")
        await mark(panel_of_400, broken.invitation_id, "started", "broken_off")
        async with panel_of_400.databases.api.transaction() as conn:
            await membership.pause(conn, member_id=away.member_id, now=panel_of_400.now)
            await membership.withdraw(conn, member_id=left.member_id, now=panel_of_400.now)
        reminded = {mailing.invitation_id for mailing in await wave(panel_of_400, audit_id, "reminder_1")}
        assert {broken.invitation_id, waiting.invitation_id} <= reminded
        assert len(reminded) == len(mailings) - 5
        counts = await state(panel_of_400, audit_id)
        assert counts.reminders_sent == len(reminded)
        assert (counts.dispositions["completed"], counts.dispositions["withdrawn"]) == (1, 1)

    async def test_a_mail_of_a_wave_leaves_once_also_with_two_workers(self, panel_of_400: Any) -> None:
        audit_id = uuid7()
        opened = await panel_of_400.open(audit_id)
        sent = await asyncio.gather(wave(panel_of_400, audit_id), wave(panel_of_400, audit_id))
        assert Counter(one.invitation_id for one in sent[0] + sent[1]).most_common(1)[0][1] == 1
        assert len(sent[0]) + len(sent[1]) == opened.invited

    async def test_a_refused_mail_stays_due(self, panel_of_400: Any) -> None:
        audit_id = uuid7()
        await panel_of_400.open(audit_id)
        async with panel_of_400.databases.worker.reading() as conn:
            first = (await fieldwork.due(conn, audit_id=audit_id, wave="invitation", batch=0, limit=1))[0]

        async def refused() -> None:
            async with panel_of_400.databases.worker.transaction() as conn:
                await fieldwork.record_mail(
                    conn, invitation_id=first.invitation_id, wave="invitation", now=panel_of_400.now
                )
                raise MailRefused

        with pytest.raises(MailRefused):
            await refused()
        async with panel_of_400.databases.worker.reading() as conn:
            again = (await fieldwork.due(conn, audit_id=audit_id, wave="invitation", batch=0, limit=1))[0]
        assert again == first

    async def test_answering_before_the_mail_is_booked_is_not_undone(self, panel_of_400: Any) -> None:
        audit_id = uuid7()
        await panel_of_400.open(audit_id)
        async with panel_of_400.databases.worker.reading() as conn:
            first = (await fieldwork.due(conn, audit_id=audit_id, wave="invitation", batch=0, limit=1))[0]
        await mark(panel_of_400, first.invitation_id, "started")
        async with panel_of_400.databases.worker.transaction() as conn:
            await fieldwork.record_mail(
                conn, invitation_id=first.invitation_id, wave="invitation", now=panel_of_400.now
            )
        assert (await state(panel_of_400, audit_id)).dispositions["started"] == 1


class TestSteps:
    async def test_every_step_of_the_table_and_no_other_is_taken(self, panel_of_400: Any) -> None:
        await panel_of_400.open(uuid7())
        ids = await _column(panel_of_400, "SELECT id FROM panel.invitation ORDER BY id")
        pairs = [(present, wanted) for present in DISPOSITIONS for wanted in DISPOSITIONS]
        for invitation_id, (present, wanted) in zip(ids, pairs, strict=False):
            async with panel_of_400.databases.worker.transaction() as conn:
                await conn.execute("UPDATE panel.invitation SET disposition = $2 WHERE id = $1", invitation_id, present)
                step = fieldwork.mark(conn, invitation_id=invitation_id, disposition=wanted, now=panel_of_400.now)
                if present == wanted:
                    assert await step is False
                elif wanted in STEPS[present]:
                    assert await step is True
                else:
                    with pytest.raises(StepNotAllowed) as refused:
                        await step
                    assert refused.value.details == {"present": present, "wanted": wanted}

    async def test_whoever_is_under_way_at_closing_broke_off(self, panel_of_400: Any) -> None:
        audit_id, other = uuid7(), uuid7()
        for opened in (audit_id, other):
            await panel_of_400.open(opened)
            mailings = await wave(panel_of_400, opened)
            await mark(panel_of_400, mailings[0].invitation_id, "started")
            await mark(panel_of_400, mailings[1].invitation_id, "started", "completed")
        async with panel_of_400.databases.worker.transaction() as conn:
            assert await fieldwork.break_off(conn, audit_id=audit_id, now=panel_of_400.now) == 1
            assert await fieldwork.break_off(conn, audit_id=audit_id, now=panel_of_400.now) == 0
        counts = (await state(panel_of_400, audit_id)).dispositions
        assert (counts["broken_off"], counts["started"], counts["completed"]) == (1, 0, 1)
        assert (await state(panel_of_400, other)).dispositions["started"] == 1

    async def test_an_unknown_invitation_is_an_error(self, desk: Any) -> None:
        with pytest.raises(InvitationUnknown):
            await mark(desk, uuid7(), "started")


class TestUnlinking:
    async def test_afterwards_nobody_can_tell_whose_answers_are_whose(self, panel_of_400: Any) -> None:
        audit_id = uuid7()
        opened = await panel_of_400.open(audit_id)
        async with panel_of_400.databases.worker.transaction() as conn:
            assert await fieldwork.unlink(conn, audit_id=audit_id, now=panel_of_400.now) == opened.invited
            assert await fieldwork.unlink(conn, audit_id=audit_id, now=panel_of_400.now) == 0
        assert await panel_of_400.value("SELECT count(member_id) FROM panel.invitation") == 0
        async with panel_of_400.databases.worker.reading() as conn:
            assert len(await fieldwork.frame(conn, audit_id)) == opened.invited

    async def test_another_audit_keeps_its_links(self, panel_of_400: Any) -> None:
        one, other = uuid7(), uuid7()
        await panel_of_400.open(one)
        opened = await panel_of_400.open(other)
        async with panel_of_400.databases.worker.transaction() as conn:
            await fieldwork.unlink(conn, audit_id=one, now=panel_of_400.now)
        linked = await panel_of_400.value("SELECT count(member_id) FROM panel.invitation WHERE audit_id = $1", other)
        assert linked == opened.invited

    async def test_the_result_still_reaches_everybody_once(self, panel_of_400: Any) -> None:
        audit_id = uuid7()
        opened = await panel_of_400.open(audit_id)
        told = []
        async with panel_of_400.databases.worker.transaction() as conn:
            await fieldwork.unlink(conn, audit_id=audit_id, now=panel_of_400.now)
            while people := await fieldwork.participants(conn, audit_id=audit_id, limit=50):
                for person in people:
                    assert await fieldwork.record_result_mail(
                        conn, audit_id=audit_id, member_id=person.member_id, now=panel_of_400.now
                    )
                    told.append(person.member_id)
        assert len(set(told)) == len(told) == opened.invited

    async def test_the_link_in_the_mailbox_still_shows_the_result(self, panel_of_400: Any) -> None:
        audit_id = uuid7()
        await panel_of_400.open(audit_id)
        invitation_id = (await _column(panel_of_400, "SELECT id FROM panel.invitation LIMIT 1"))[0]
        async with panel_of_400.databases.worker.transaction() as conn:
            await fieldwork.unlink(conn, audit_id=audit_id, now=panel_of_400.now)
            token = links.token(panel_of_400.link_key, "invitation", invitation_id)
            assert (await fieldwork.by_token(conn, token)).member_id is None


async def _column(desk: Any, query: str, *args: object) -> list[Any]:
    async with desk.databases.worker.reading() as conn:
        return [row[0] for row in await conn.fetch(query, *args)]
