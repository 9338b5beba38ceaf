"""Leases, fences, failures: what happens to one job."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from service import jobs, outbox, tasks
from service.db import Database, DatabaseUnavailable
from service.jobs import Runner
from service.mail.send import MailUnavailable
from service.store import jobs as store
from service.tasks import Task
from service.tasks.arguments import MemberConfirm
from service.work import Work

KIND = "member.confirm"
Handler = Callable[[Work, MemberConfirm], Awaitable[None]]
Use = Callable[[Handler], None]


@pytest.fixture
def handled(monkeypatch: pytest.MonkeyPatch) -> Use:
    """Puts another handler under `member.confirm`."""

    def use(handler: Handler) -> None:
        class Told(Task, frozen=True, kw_only=True):
            def load(self) -> Any:
                return handler

        monkeypatch.setitem(tasks.TASKS, KIND, Told(args=MemberConfirm, handler="x:y", seconds=5))

    return use


async def queued(work: Work) -> UUID:
    async with work.databases.api.transaction() as conn:
        job_id = await outbox.put(conn, KIND, MemberConfirm(member_id=uuid4()), dedup_key=str(uuid4()))
    assert job_id is not None
    return job_id


async def state(database: Database, job_id: UUID) -> tuple[str, int, str | None]:
    async with database.reading() as conn:
        job = await store.find(conn, job_id=job_id)
    assert job is not None
    return job.state, job.attempts, job.last_error


async def test_a_job_is_done_once_however_often_it_is_called_for(work: Work, handled: Use) -> None:
    runs: list[UUID] = []

    async def handler(_work: Work, args: MemberConfirm) -> None:
        runs.append(args.member_id)
        await asyncio.sleep(0.05)

    handled(handler)
    job_id = await queued(work)
    runners = [Runner(work), Runner(work)]
    await asyncio.gather(*(runner.start(job_id) for runner in runners * 5))
    assert len(runs) == 1
    assert await state(work.databases.worker, job_id) == ("done", 1, None)


async def test_a_failure_is_tried_again_later_and_says_no_private_word(work: Work, handled: Use) -> None:
    async def handler(_work: Work, _args: MemberConfirm) -> None:
        raise ValueError("jan@example.org")

    handled(handler)
    job_id = await queued(work)
    await Runner(work).start(job_id)
    now, attempts, error = await state(work.databases.worker, job_id)
    assert (now, attempts) == ("queued", 1)
    assert error is not None
    assert error.startswith("builtins.ValueError at test_runner.py")
    assert "example" not in error


async def test_after_eight_failures_a_job_is_dead_until_staff_retry_it(work: Work, handled: Use) -> None:
    async def handler(_work: Work, _args: MemberConfirm) -> None:
        raise ValueError

    handled(handler)
    job_id = await queued(work)
    for _ in range(jobs.MOST_ATTEMPTS):
        await make_due(work, job_id)
        await Runner(work).start(job_id)
    assert (await state(work.databases.worker, job_id))[:2] == ("dead", 8)
    async with work.databases.api.transaction() as conn:
        again = await store.retry(conn, job_id=job_id)
    assert again is not None
    assert (again.state, again.attempts) == ("queued", 0)


@pytest.mark.parametrize("outage", [MailUnavailable, DatabaseUnavailable])
async def test_an_outage_elsewhere_is_not_the_fault_of_the_job(
    work: Work, handled: Use, outage: type[Exception]
) -> None:
    async def handler(_work: Work, _args: MemberConfirm) -> None:
        raise outage

    handled(handler)
    job_id = await queued(work)
    for _ in range(jobs.MOST_ATTEMPTS + 2):
        await make_due(work, job_id)
        await Runner(work).start(job_id)
    assert (await state(work.databases.worker, job_id))[:2] == ("queued", 0)


async def test_a_slow_job_keeps_its_lease(work: Work, handled: Use) -> None:
    runs = 0

    async def handler(_work: Work, _args: MemberConfirm) -> None:
        nonlocal runs
        runs += 1
        await asyncio.sleep(1.2)

    handled(handler)
    job_id = await queued(work)
    first = Runner(work, lease_seconds=0.6).start(job_id)
    for _ in range(5):
        await asyncio.sleep(0.2)
        await Runner(work).start(job_id)
    await first
    assert runs == 1
    assert await state(work.databases.worker, job_id) == ("done", 1, None)


async def test_whoever_lost_the_lease_can_no_longer_settle_the_job(work: Work, handled: Use) -> None:
    ended: list[str] = []

    async def handler(_work: Work, _args: MemberConfirm) -> None:
        try:
            await asyncio.sleep(3)
        except asyncio.CancelledError:
            ended.append("broken off")
            raise

    handled(handler)
    job_id = await queued(work)
    slow = Runner(work, lease_seconds=0.9).start(job_id)
    await asyncio.sleep(0.1)
    async with work.databases.worker.transaction() as conn:
        await conn.execute("UPDATE ops.job SET lease_until = now() WHERE id = $1", job_id)
        newer = await store.claim(conn, job_id=job_id, lease_seconds=30)
    assert newer is not None
    assert newer.fence == 2
    await slow
    assert ended == ["broken off"]
    assert (await state(work.databases.worker, job_id))[0] == "running"


async def test_a_worker_that_stops_puts_its_job_back_uncounted(work: Work, handled: Use) -> None:
    async def handler(_work: Work, _args: MemberConfirm) -> None:
        await asyncio.sleep(4)

    handled(handler)
    job_id = await queued(work)
    runner = Runner(work)
    runner.start(job_id)
    await asyncio.sleep(0.2)
    await runner.drain(seconds=0.1)
    assert runner.busy == 0
    assert (await state(work.databases.worker, job_id))[:2] == ("queued", 0)


async def test_a_job_that_kills_its_worker_each_time_is_given_up(work: Work) -> None:
    job_id = await queued(work)
    async with work.databases.worker.transaction() as conn:
        for _ in range(jobs.MOST_ATTEMPTS):
            assert await store.claim(conn, job_id=job_id, lease_seconds=-1)
        assert await store.bury_exhausted(conn, attempts=jobs.MOST_ATTEMPTS) == [job_id]
    assert (await state(work.databases.worker, job_id))[0] == "dead"


async def test_a_kind_that_this_version_does_not_know_is_set_aside(work: Work) -> None:
    job_id = await queued(work)
    async with work.databases.worker.transaction() as conn:
        await conn.execute("UPDATE ops.job SET kind = 'member.forgotten' WHERE id = $1", job_id)
    await Runner(work).start(job_id)
    assert await state(work.databases.worker, job_id) == ("dead", 1, "unknown kind member.forgotten")


async def test_calculations_run_in_another_process_with_one_numeric_thread(work: Work) -> None:
    assert await work.compute(os.getpid) != os.getpid()
    assert await work.compute(os.getenv, "OMP_NUM_THREADS") == "1"


async def make_due(work: Work, job_id: UUID) -> None:
    async with work.databases.worker.transaction() as conn:
        await conn.execute("UPDATE ops.job SET run_after = now() WHERE id = $1", job_id)
