"""Mail over real SMTP: each letter once, whatever the server says in between."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from panels.joining import recruitment
from service import outbox
from service.channels.channel import RecipientRefused
from service.jobs import Runner
from service.mail.compose import Letter, compose
from service.mail.send import Mailer, MailUnavailable
from service.store import jobs as store
from service.tasks.arguments import MemberConfirm, MemberWelcome
from service.work import Work

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def letter(number: int, to: str = "jan@example.org") -> Letter:
    return Letter(kind="goodbye", language="nl", to=to, identity=f"goodbye|{number}")


async def send(mailer: Mailer, number: int, to: str = "jan@example.org") -> None:
    await mailer.send(compose(letter(number, to), mail_from="p@example.org", key=b"k" * 32, now=NOW))


class TestMailer:
    async def test_many_at_once_all_arrive_once(self, mailer: Mailer, mail_server) -> None:
        await asyncio.gather(*(send(mailer, number) for number in range(50)))
        assert len(mail_server.received) == len({id for _, id in mail_server.received}) == 50

    @pytest.mark.parametrize("answer", ["451 later", "554 no"])
    async def test_a_refused_message_is_offered_again_later(self, mailer: Mailer, mail_server, answer: str) -> None:
        mail_server.answer = answer
        with pytest.raises(MailUnavailable):
            await send(mailer, 1)
        mail_server.answer = "250 ok"
        await send(mailer, 1)
        assert len(mail_server.received) == 1

    async def test_an_address_that_never_takes_mail_is_told_apart(self, mailer: Mailer, mail_server) -> None:
        mail_server.refused = {"gone@example.org": "550 no such user", "full@example.org": "452 mailbox full"}
        with pytest.raises(RecipientRefused):
            await send(mailer, 1, "gone@example.org")
        with pytest.raises(MailUnavailable):
            await send(mailer, 2, "full@example.org")
        await send(mailer, 3)
        assert [to for to, _ in mail_server.received] == ["jan@example.org"]

    async def test_a_server_that_went_away_is_an_outage_until_it_is_back(self, mailer: Mailer, mail_server) -> None:
        await send(mailer, 1)
        await mail_server.stop()
        await mailer.close()
        with pytest.raises(MailUnavailable):
            await send(mailer, 2)
        await mail_server.start()
        await send(mailer, 2)
        assert len(mail_server.received) == 2


class TestSignUp:
    async def test_a_new_address_gets_a_link_and_then_a_welcome(self, work: Work, mail_server) -> None:
        member_id = await sign_up(work, "jan@example.org")
        await run(work, "member.confirm", MemberConfirm(member_id=member_id))
        await run(work, "member.welcome", MemberWelcome(member_id=member_id))
        assert [to for to, _ in mail_server.received] == ["jan@example.org"] * 2
        assert len({id for _, id in mail_server.received}) == 2

    async def test_during_an_outage_of_mail_nothing_is_lost_and_nothing_doubled(self, work: Work, mail_server) -> None:
        mail_server.answer = "421 closing"
        ids = [
            await queue(work, "member.confirm", MemberConfirm(member_id=await sign_up(work, f"m{number}@example.org")))
            for number in range(5)
        ]
        for _ in range(3):
            await run_all(work, ids)
        assert mail_server.received == []
        mail_server.answer = "250 ok"
        for _ in range(2):
            await run_all(work, ids)
        assert sorted(to for to, _ in mail_server.received) == [f"m{number}@example.org" for number in range(5)]

    async def test_an_address_that_takes_no_mail_ends_the_job(self, work: Work, mail_server) -> None:
        mail_server.refused = {"gone@example.org": "550 no"}
        job_id = await run(work, "member.confirm", MemberConfirm(member_id=await sign_up(work, "gone@example.org")))
        async with work.databases.worker.reading() as conn:
            job = await store.find(conn, job_id=job_id)
        assert job is not None
        assert job.state == "done"


async def sign_up(work: Work, email: str) -> UUID:
    form = {
        "email": email,
        "birth_year": "1980",
        "sex": "V",
        "province": "PV28",
        "education": "2",
        "language": "nl",
        "consent": "yes",
    }
    async with work.databases.api.transaction() as conn:
        due = await recruitment.sign_up(
            conn,
            form=form,
            simulated=True,
            address_key=work.keys.address_key,
            link_key=work.keys.link_key,
            now=work.now(),
            new_id=uuid4,
        )
    return due.member_id


async def queue(work: Work, kind: str, args) -> UUID:
    async with work.databases.api.transaction() as conn:
        job_id = await outbox.put(conn, kind, args, dedup_key=str(uuid4()))
    assert job_id is not None
    return job_id


async def run(work: Work, kind: str, args) -> UUID:
    job_id = await queue(work, kind, args)
    await Runner(work).start(job_id)
    return job_id


async def run_all(work: Work, ids: list[UUID]) -> None:
    async with work.databases.worker.transaction() as conn:
        await conn.execute("UPDATE ops.job SET run_after = now() WHERE state = 'queued'")
    runner = Runner(work)
    await asyncio.gather(*(runner.start(job_id) for job_id in ids))
