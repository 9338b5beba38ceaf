"""The worker loop on real PostgreSQL and Valkey: woken at once, and never dependent on being woken."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from service import engines, jobs, outbox, tasks, worker
from service.engines import Engines
from service.jobs import Announcer
from service.store import jobs as store
from service.tasks import Task
from service.tasks.arguments import MemberConfirm, ReportBuild
from service.work import Work


@pytest.fixture
async def done(work: Work, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[UUID]]:
    """A running worker, and the members whose job it did."""
    seen: list[UUID] = []

    async def handler(_work: Work, args: Any) -> None:
        seen.append(args.member_id if isinstance(args, MemberConfirm) else args.audit_id)

    class Told(Task, frozen=True, kw_only=True):
        def load(self) -> Any:
            return handler

    for kind, args, queue in (("member.confirm", MemberConfirm, "default"), ("report.build", ReportBuild, "reports")):
        monkeypatch.setitem(tasks.TASKS, kind, Told(args=args, handler="x:y", queue=queue))
    stopping = asyncio.Event()
    serving = asyncio.create_task(worker.serve(work, stopping=stopping))
    await asyncio.sleep(0.1)
    yield seen
    stopping.set()
    await asyncio.wait_for(serving, 15)


async def put(work: Work, member_id: UUID) -> None:
    async with work.databases.api.transaction() as conn:
        await outbox.put(conn, "member.confirm", MemberConfirm(member_id=member_id), dedup_key=str(member_id))


async def until(condition: Any, *, seconds: float = 10.0) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "not in time"
        await asyncio.sleep(0.01)
    return time.monotonic() - began


@pytest.fixture
async def announced(work: Work) -> AsyncIterator[Work]:
    """The same hands, with pools that wake the worker."""
    announcer = Announcer(engines.valkey_url(work.settings))
    work.databases.wake_with(announcer.wake)
    yield work
    await announcer.close()


async def test_a_committed_job_is_done_at_once(announced: Work, done: list[UUID]) -> None:
    member_id = uuid4()
    await put(announced, member_id)
    assert await until(lambda: done == [member_id]) < 2


async def test_both_queues_are_served(announced: Work, done: list[UUID]) -> None:
    audit_id = uuid4()
    async with announced.databases.api.transaction() as conn:
        await outbox.put(conn, "report.build", ReportBuild(audit_id=audit_id), dedup_key="r")
    await until(lambda: done == [audit_id])


async def test_a_job_that_nobody_announced_is_found(work: Work, done: list[UUID]) -> None:
    member_id = uuid4()
    await put(work, member_id)
    assert await until(lambda: done == [member_id]) < 5


async def test_emptying_valkey_loses_and_doubles_nothing(announced: Work, done: list[UUID]) -> None:
    members = [uuid4() for _ in range(40)]
    valkey = jobs.connect(engines.valkey_url(announced.settings))
    for number, member_id in enumerate(members):
        await put(announced, member_id)
        if number % 10 == 5:
            await valkey.flushall()
    await valkey.aclose()
    await until(lambda: len(done) >= 40, seconds=20)
    await asyncio.sleep(0.2)
    assert sorted(done) == sorted(members)


async def test_a_restart_of_valkey_is_survived(announced: Work, done: list[UUID], engines: Engines) -> None:
    os.kill(engines.pid("valkey"), signal.SIGKILL)
    during, afterwards = uuid4(), uuid4()
    await put(announced, during)
    await until(lambda: during in done, seconds=15)
    await until(engines.restart_dead)
    await put(announced, afterwards)
    await until(lambda: afterwards in done, seconds=15)
    assert len(done) == 2


async def test_the_daily_rounds_are_queued_once_a_day(work: Work, done: list[UUID]) -> None:
    await asyncio.sleep(0.3)
    await worker.queue_daily(work, None)
    async with work.databases.worker.reading() as conn:
        kinds = sorted(job.kind for job in await store.listing(conn, state=None))
    assert kinds == ["data.purge", "members.refresh"]


async def test_nothing_but_ids_lies_in_valkey(announced: Work) -> None:
    member_id = uuid4()
    valkey = jobs.connect(engines.valkey_url(announced.settings))
    await valkey.flushall()
    await put(announced, member_id)
    await asyncio.sleep(0.2)
    names = await valkey.keys("*")
    (job,) = [name for name in names if name.startswith(b"arq:job:")]
    held = msgspec.msgpack.decode(await valkey.get(job))
    await valkey.flushall()
    await valkey.aclose()
    assert held["f"] == "job.run"
    assert len(held["a"]) == 1
    assert str(member_id) not in str(held)
