"""A job is there exactly if the change it belongs to is."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from service import outbox
from service.db import Databases, Hint
from service.store import Connection, jobs
from service.tasks.arguments import MailWave, MemberConfirm, ReportBuild

MEMBER = MemberConfirm(member_id=UUID("0190c0de-0000-7000-8000-000000000001"))


async def test_a_committed_job_is_due(databases: Databases) -> None:
    async with databases.api.transaction() as conn:
        job_id = await outbox.put(conn, "member.confirm", MEMBER, dedup_key="confirm:1")
    async with databases.worker.reading() as conn:
        (due,) = await jobs.due(conn, queues=("default",), limit=10)
    assert due.id == job_id


async def test_a_job_of_an_undone_change_never_existed(databases: Databases) -> None:
    async def fail() -> None:
        async with databases.api.transaction() as conn:
            await outbox.put(conn, "member.confirm", MEMBER, dedup_key="confirm:1")
            raise RuntimeError

    woken: list[Hint] = []
    databases.wake_with(woken.extend)
    with pytest.raises(RuntimeError):
        await fail()
    async with databases.worker.reading() as conn:
        assert await jobs.due(conn, queues=("default", "reports"), limit=10) == []
    assert woken == []


async def test_the_same_key_is_the_same_job(conn: Connection) -> None:
    assert await outbox.put(conn, "member.confirm", MEMBER, dedup_key="confirm:1") is not None
    assert await outbox.put(conn, "member.confirm", MEMBER, dedup_key="confirm:1") is None


async def test_of_many_at_once_with_one_key_a_single_one_is_written(databases: Databases) -> None:
    async def once() -> UUID | None:
        async with databases.api.transaction() as conn:
            return await outbox.put(conn, "member.confirm", MEMBER, dedup_key="confirm:1")

    written = await asyncio.gather(*(once() for _ in range(20)))
    assert len([job_id for job_id in written if job_id is not None]) == 1


async def test_the_wake_up_comes_after_the_commit_and_names_the_queue(databases: Databases) -> None:
    woken: list[Hint] = []
    databases.wake_with(woken.extend)
    async with databases.api.transaction() as conn:
        job_id = await outbox.put(conn, "report.build", ReportBuild(audit_id=uuid4()), dedup_key="report:1")
        assert job_id is not None
        assert woken == []
    assert woken == [Hint(job_id=job_id, queue="reports")]


async def test_a_job_for_later_waits(databases: Databases) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    async with databases.api.transaction() as conn:
        await outbox.put(conn, "member.confirm", MEMBER, dedup_key="confirm:1", run_after=later)
    async with databases.worker.reading() as conn:
        assert await jobs.due(conn, queues=("default",), limit=10) == []


async def test_every_role_of_the_running_service_may_queue(databases: Databases) -> None:
    for database in (databases.api, databases.worker, databases.vault, databases.tally):
        async with database.transaction() as conn:
            assert await outbox.put(conn, "member.confirm", MEMBER, dedup_key=f"confirm:{database.role}") is not None


async def test_wrong_arguments_are_refused_where_they_are_made(conn: Connection) -> None:
    with pytest.raises(TypeError, match="takes MemberConfirm"):
        await outbox.put(conn, "member.confirm", MailWave(audit_id=uuid4(), wave="invitation", batch=0), dedup_key="x")
    with pytest.raises(KeyError):
        await outbox.put(conn, "member.unknown", MEMBER, dedup_key="x")
