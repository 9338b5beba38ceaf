"""Jobs of assemblies: calculation in a process apart, mail to whom it is meant for, what erasure and purge leave."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import msgspec
import pytest
from samenspraak.types.lottery import PublishedLottery

from panels import retention
from panels.assemblies import founding, mailings, reading, seating, solving
from panels.assemblies.models import Assembly
from panels.errors import AssemblyStepRefused
from panels.joining import membership
from service.mail.send import MailUnavailable
from service.tasks import assemblies as jobs
from service.tasks.arguments import AssemblyMail, AssemblySolve
from service.work import Work
from tests.integration.api.harness import Clock
from tests.integration.panels.convening import Convening

CONTACTS = """
INSERT INTO vault.contact (member_id, email, email_key, language, state, created_at)
SELECT id, 'lid-' || id || '@example.org', sha256(id::text::bytea), language, 'active', joined_at FROM panel.member
"""


@pytest.fixture
def clock(now: Any) -> Clock:
    return Clock(now)


@pytest.fixture
def worker(work: Work, clock: Clock) -> Work:
    return msgspec.structs.replace(work, now=clock)


@pytest.fixture
def house(worker: Work, clock: Clock) -> Convening:
    return Convening(worker.databases, worker.settings, clock, worker.keys.link_key)


async def mailed(worker: Work, assembly: Assembly, wave: str, batches: int = 2) -> None:
    for batch in range(batches):
        await jobs.send_wave(worker, AssemblyMail(assembly_id=assembly.id, wave=wave, batch=batch))


async def addresses(house: Convening, where: str) -> set[str]:
    """Addresses of candidates for whom a condition holds."""
    rows = await house.rows(
        f"SELECT v.email FROM panel.assembly_candidate AS c JOIN vault.contact AS v USING (member_id) WHERE {where}"
    )
    return {row["email"] for row in rows}


@pytest.fixture
async def asking(house: Convening) -> Assembly:
    """130 members with an address, asked; two in three said yes."""
    await house.members(130)
    await house.force(CONTACTS)
    assembly = await house.recruit(await house.create())
    for number, token in enumerate(await house.tokens(assembly)):
        if number % 3:
            await house.say(token)
    return assembly


@pytest.fixture
async def public(house: Convening, asking: Assembly) -> Assembly:
    await house.close(asking)
    await house.solve(asking)
    return await house.publish(asking)


class TestTheCalculation:
    async def test_it_runs_in_a_process_apart_and_is_kept_once(self, house: Convening, worker: Work) -> None:
        assembly = await house.create()
        await house.willing(assembly)
        await house.close(assembly)
        asked = await house.do(solving.solve, assembly_id=assembly.id)
        args = AssemblySolve(assembly_id=assembly.id, attempt=asked.attempt)
        await asyncio.gather(jobs.solve(worker, args), jobs.solve(worker, args))
        assert (await house.now(assembly)).state == "solved"
        assert (await house.trail(assembly)).count("assembly.find") == 1
        await jobs.solve(worker, args)
        assert (await house.trail(assembly)).count("assembly.find") == 1

    async def test_the_loop_that_answers_health_goes_on_meanwhile(self, house: Convening, worker: Work) -> None:
        assembly = await house.create(panels=1000)
        await house.willing(assembly)
        await house.close(assembly)
        asked = await house.do(solving.solve, assembly_id=assembly.id)
        job = asyncio.create_task(jobs.solve(worker, AssemblySolve(assembly_id=assembly.id, attempt=asked.attempt)))
        loop, ticks, longest = asyncio.get_running_loop(), 0, 0.0
        while not job.done():
            started = loop.time()
            await asyncio.sleep(0.005)
            ticks, longest = ticks + 1, max(longest, loop.time() - started)
        await job
        # The calculation takes seconds, the start of a process included; a loop that it held would have ticked a few
        # times only. The bound is wide because other work shares the machine.
        assert ticks > 50
        assert longest < 1.0


class TestMail:
    async def test_everybody_who_has_not_answered_is_asked_once(
        self, house: Convening, worker: Work, asking: Assembly, mail_server: Any
    ) -> None:
        await asyncio.gather(*(mailed(worker, asking, "asked") for _ in range(3)))
        received = Counter(to for to, _ in mail_server.received)
        assert set(received.values()) == {1}
        assert set(received) == await addresses(house, "answer = 'asked'")

    async def test_after_the_pool_has_closed_nobody_is_asked(
        self, house: Convening, worker: Work, asking: Assembly, mail_server: Any
    ) -> None:
        await house.close(asking)
        await mailed(worker, asking, "asked")
        assert mail_server.received == []

    async def test_everybody_in_the_pool_hears_of_their_ticket(
        self, house: Convening, worker: Work, public: Assembly, mail_server: Any
    ) -> None:
        await mailed(worker, public, "ticket")
        assert {to for to, _ in mail_server.received} == await addresses(house, "ticket <> ''")

    async def test_the_drawn_and_the_others_get_different_news_each_once(
        self, house: Convening, worker: Work, public: Assembly, mail_server: Any
    ) -> None:
        await house.draw(public)
        async with worker.databases.worker.reading() as conn:
            due = [
                one
                for batch in range(2)
                for one in await mailings.due(conn, await house.now(public), wave="outcome_1", batch=batch, limit=500)
            ]
        assert sum(one.drawn for one in due) == 10
        await mailed(worker, public, "outcome_1")
        await mailed(worker, public, "outcome_1")
        received = Counter(to for to, _ in mail_server.received)
        assert set(received.values()) == {1}
        assert len(received) == len(due)

    async def test_a_server_that_is_away_loses_no_mail(
        self, house: Convening, worker: Work, public: Assembly, mail_server: Any
    ) -> None:
        mail_server.limit = 20
        with pytest.raises(MailUnavailable):
            await mailed(worker, public, "ticket")
        mail_server.limit = None
        await mailed(worker, public, "ticket")
        received = Counter(to for to, _ in mail_server.received)
        assert set(received.values()) == {1}
        assert set(received) == await addresses(house, "ticket <> ''")

    async def test_an_address_that_takes_no_mail_does_not_stop_the_others(
        self, house: Convening, worker: Work, public: Assembly, mail_server: Any
    ) -> None:
        everybody = await addresses(house, "ticket <> ''")
        refused = min(everybody)
        mail_server.refused[refused] = "550 no such mailbox"
        await mailed(worker, public, "ticket")
        assert {to for to, _ in mail_server.received} == everybody - {refused}

    async def test_a_cancelled_assembly_sends_nothing_more(
        self, house: Convening, worker: Work, public: Assembly, mail_server: Any
    ) -> None:
        await house.do(founding.cancel, assembly_id=public.id, reason="The question was withdrawn.")
        await mailed(worker, public, "ticket")
        assert mail_server.received == []


class TestErasure:
    async def erase(self, house: Convening, where: str) -> UUID:
        rows = await house.rows(
            f"SELECT member_id FROM panel.assembly_candidate AS c WHERE {where} ORDER BY id LIMIT 1"
        )
        member_id: UUID = rows[0]["member_id"]
        async with house.databases.vault.transaction() as conn:
            await membership.erase(conn, member_id=member_id, now=house.clock.now)
            await membership.erase(conn, member_id=member_id, now=house.clock.now)
        return member_id

    async def test_of_an_open_pool_nothing_stays(self, house: Convening, asking: Assembly) -> None:
        before = len(await house.tokens(asking))
        await self.erase(house, "answer = 'yes'")
        rows = await house.rows("SELECT id FROM panel.assembly_candidate")
        assert len(rows) == before - 1

    async def test_in_a_public_lottery_the_ticket_stays_and_the_person_is_gone(
        self, house: Convening, public: Assembly
    ) -> None:
        async with house.databases.api.reading() as conn:
            before = await reading.public(conn, public.id)
        member_id = await self.erase(house, "ticket <> ''")
        async with house.databases.api.reading() as conn:
            after = await reading.public(conn, public.id)
        assert before is not None
        assert after is not None
        assert after.rounds == before.rounds
        lottery = msgspec.json.decode(after.rounds[0].content, type=PublishedLottery)
        rows = await house.rows("SELECT ticket, member_id, token_hash FROM panel.assembly_candidate WHERE ticket <> ''")
        assert {row["ticket"] for row in rows} == set(lottery.tickets)
        gone = [row for row in rows if row["member_id"] is None]
        assert [(row["token_hash"]) for row in gone] == [None]
        assert member_id not in {row["member_id"] for row in rows}

    async def test_a_seat_that_falls_to_an_erased_ticket_is_free(self, house: Convening, public: Assembly) -> None:
        rows = await house.rows("SELECT id FROM panel.assembly_candidate WHERE ticket <> '' ORDER BY id")
        for _ in range(len(rows) // 2):
            await self.erase(house, "ticket <> '' AND member_id IS NOT NULL")
        drawn = await house.draw(public)
        counts = (await house.shown(drawn)).seats
        assert counts["declined"] >= 1
        assert sum(counts.values()) == 10

    async def test_a_seat_that_was_taken_falls_free(self, house: Convening, public: Assembly) -> None:
        drawn = await house.draw(public)
        seat = UUID((await house.seats(drawn))[0].id)
        await house.settle(house.token(seat), accept=True)
        await self.erase(house, f"id = '{seat}'")
        assert (await house.shown(drawn)).seats == {"offered": 9, "declined": 1}

    async def test_a_copy_of_ones_data_tells_of_the_assemblies(self, house: Convening, public: Assembly) -> None:
        rows = await house.rows("SELECT member_id, ticket FROM panel.assembly_candidate WHERE ticket <> '' LIMIT 1")
        async with house.databases.worker.reading() as conn:
            export = await membership.export_profile(conn, rows[0]["member_id"])
        assert [(part.assembly_id, part.answer, part.ticket) for part in export.assemblies] == [
            (public.id, "yes", rows[0]["ticket"])
        ]
        assert set(export.assemblies[0].features) == {"sex", "age3"}


class TestPurge:
    async def purge(self, house: Convening, *, days: float) -> dict[str, int]:
        house.clock.pass_days(days)
        async with house.databases.vault.transaction() as conn:
            done = await retention.purge(conn, now=house.clock.now)
        return {one.table: one.deleted for one in done if one.deleted}

    async def test_who_is_not_in_the_pool_is_forgotten_a_month_after_it_closed(
        self, house: Convening, asking: Assembly
    ) -> None:
        assert "panel.assembly_candidate" not in await self.purge(house, days=29)
        closed = await house.close(asking)
        assert "panel.assembly_candidate" not in await self.purge(house, days=29)
        done = await self.purge(house, days=2)
        assert done["panel.assembly_candidate"] == 130 - (closed.volunteers or 0)
        rows = await house.rows("SELECT answer FROM panel.assembly_candidate")
        assert {row["answer"] for row in rows} == {"yes"}

    async def test_a_year_after_the_end_only_what_was_published_is_left(
        self, house: Convening, public: Assembly
    ) -> None:
        drawn = await house.draw(public)
        await house.do(seating.seat, assembly_id=drawn.id, accept_fewer="we begin")
        await house.do(founding.end, assembly_id=drawn.id)
        async with house.databases.api.reading() as conn:
            before = await reading.public(conn, drawn.id)
        await self.purge(house, days=364)
        assert await house.seats(drawn)
        await self.purge(house, days=2)
        async with house.databases.api.reading() as conn:
            assert await reading.public(conn, drawn.id) == before
            with pytest.raises(AssemblyStepRefused):
                await reading.chain(conn, drawn.id)
            with pytest.raises(AssemblyStepRefused):
                await reading.pool_table(conn, assembly_id=drawn.id)
        assert await house.seats(drawn) == ()
        assert await house.rows("SELECT id FROM panel.assembly_candidate") == []
        assert (await self.purge(house, days=1)).get("panel.assembly_lottery", 0) == 0

    async def test_an_assembly_that_never_ended_is_forgotten_too(self, house: Convening, public: Assembly) -> None:
        await self.purge(house, days=2 * 366 + 366)
        assert await house.rows("SELECT id FROM panel.assembly_candidate") == []
