"""A worker that is killed in the middle of a job: the job is done again, its effect is there once."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from subprocess import Popen
from uuid import UUID, uuid4

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from panels.joining import recruitment
from service import engines as places
from service import jobs, keyring, outbox
from service.db import Databases
from service.engines import Engines
from service.settings import Settings
from service.store import jobs as store
from service.supervise import free_port
from service.tasks.arguments import MemberConfirm

Start = Callable[..., Popen[bytes]]
MEMBERS = 12
REDONE_SECONDS = 60.0


class SlowServer:
    """Takes its time for every message, so that a kill falls into the middle of one."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.port = free_port("127.0.0.1")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(0.3)
        self.taken.append(envelope.rcpt_tos[0])
        return "250 ok"


@pytest.fixture
async def mail_server() -> AsyncIterator[SlowServer]:
    slow = SlowServer()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(slow, loop=loop), "127.0.0.1", slow.port)
    yield slow
    server.close()


async def sign_up(databases: Databases, settings: Settings, number: int) -> UUID:
    keys = keyring.load(settings.secrets_dir)
    form = {
        "email": f"m{number}@example.org",
        "birth_year": "1980",
        "sex": "V",
        "province": "PV28",
        "education": "2",
        "language": "nl",
        "consent": "yes",
    }
    async with databases.api.transaction() as conn:
        due = await recruitment.sign_up(
            conn,
            form=form,
            simulated=True,
            address_key=keys.address_key,
            link_key=keys.link_key,
            now=await conn.fetchval("SELECT now()"),
            new_id=uuid4,
        )
        await outbox.put(
            conn, "member.confirm", MemberConfirm(member_id=due.member_id), dedup_key=f"confirm:{due.member_id}"
        )
    return due.member_id


async def pending(databases: Databases) -> int:
    async with databases.worker.reading() as conn:
        backlog = await store.backlog(conn)
    return backlog.queued + backlog.running


@pytest.fixture
def start_worker(
    started: Start, database_settings: Settings, mail_server: SlowServer, tmp_path: Path
) -> Callable[[], Popen[bytes]]:
    def start() -> Popen[bytes]:
        return started(
            *("-m", "service", "worker"),
            log=tmp_path / "worker.log",
            SAMENSPRAAK_ENVIRONMENT="test",
            SAMENSPRAAK_STATE_DIR=str(database_settings.state_dir),
            SAMENSPRAAK_DATABASE_URL=str(database_settings.database_url),
            SAMENSPRAAK_VALKEY_URL=places.valkey_url(database_settings),
            SAMENSPRAAK_SMTP_URL=f"smtp://127.0.0.1:{mail_server.port}",
        )

    return start


async def test_every_mail_leaves_once_although_workers_are_killed(
    databases: Databases,
    database_settings: Settings,
    mail_server: SlowServer,
    start_worker: Callable[[], Popen[bytes]],
) -> None:
    for number in range(MEMBERS):
        await sign_up(databases, database_settings, number)
    for taken in (2, 5):
        worker = start_worker()
        await until(lambda taken=taken: len(mail_server.taken) >= taken, seconds=30)  # type: ignore[misc]
        worker.kill()
        worker.wait(5)
    began = time.monotonic()
    start_worker()
    await until_idle(databases, seconds=REDONE_SECONDS)
    assert time.monotonic() - began < REDONE_SECONDS
    assert set(mail_server.taken) == {f"m{number}@example.org" for number in range(MEMBERS)}
    # A mail that the server took while its worker was killed may come a second time, with the same Message-ID.
    assert len(mail_server.taken) <= MEMBERS + 2


async def test_emptying_valkey_and_killing_the_worker_loses_no_job(
    databases: Databases,
    database_settings: Settings,
    mail_server: SlowServer,
    start_worker: Callable[[], Popen[bytes]],
) -> None:
    valkey = jobs.connect(places.valkey_url(database_settings))
    worker = start_worker()
    for number in range(MEMBERS):
        await sign_up(databases, database_settings, number)
        await valkey.flushall()
    await until(lambda: len(mail_server.taken) >= 2, seconds=30)
    worker.kill()
    worker.wait(5)
    await valkey.flushall()
    await valkey.aclose()
    start_worker()
    await until_idle(databases, seconds=REDONE_SECONDS)
    assert set(mail_server.taken) == {f"m{number}@example.org" for number in range(MEMBERS)}


async def test_control_jobs_that_lie_in_valkey_alone_are_lost(engines: Engines, database_settings: Settings) -> None:
    valkey = jobs.connect(places.valkey_url(database_settings))
    for _ in range(MEMBERS):
        await valkey.enqueue_job("job.run", str(uuid4()), _queue_name="samenspraak:control")
    assert await valkey.zcard("samenspraak:control") == MEMBERS
    await valkey.flushall()
    assert await valkey.zcard("samenspraak:control") == 0
    await valkey.aclose()


async def test_control_looking_before_taking_gives_one_job_to_two_workers(databases: Databases) -> None:
    """The claim is one conditional UPDATE; the same in two steps is what this harness must be able to catch."""
    async with databases.api.transaction() as conn:
        job_id = await outbox.put(conn, "member.confirm", MemberConfirm(member_id=uuid4()), dedup_key="c")
    assert job_id is not None
    met = asyncio.Barrier(10)

    async def look_then_take() -> bool:
        async with databases.worker.transaction() as conn:
            free = await conn.fetchval("SELECT state = 'queued' FROM ops.job WHERE id = $1", job_id)
        await met.wait()
        return bool(free)

    async def claim() -> bool:
        await met.wait()
        async with databases.worker.transaction() as conn:
            return await store.claim(conn, job_id=job_id, lease_seconds=30) is not None

    assert sum(await asyncio.gather(*(look_then_take() for _ in range(10)))) > 1
    assert sum(await asyncio.gather(*(claim() for _ in range(10)))) == 1


async def until_idle(databases: Databases, *, seconds: float) -> None:
    """Wait until no job is left but one that waits for another day."""
    end = time.monotonic() + seconds
    while await pending(databases):
        assert time.monotonic() < end, "jobs are left"
        await asyncio.sleep(0.2)


async def until(condition: Callable[[], bool], *, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "not in time"
        await asyncio.sleep(0.02)
