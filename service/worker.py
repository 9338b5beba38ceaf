"""The worker process: arq wakes it, a sweep each second finds what no wake-up announced."""

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any, cast
from uuid import UUID

import structlog
from arq.worker import Worker, func

from service import engines, jobs, keyring, outbox
from service.db import Databases, DatabaseUnavailable, Hint
from service.jobs import MOST_ATTEMPTS, MOST_CONCURRENT, VALKEY_FAILURES, Announcer, Runner
from service.mail.send import Mailer
from service.settings import Settings
from service.store import jobs as store
from service.tasks import QUEUES, Queue
from service.tasks.arguments import DataPurge, MembersRefresh
from service.work import NUMERIC_THREADS, Computing, Work

SWEEP_SECONDS = 1.0
OVERDUE_SECONDS = 3.0
"""A job that waited longer is run without the detour over Valkey."""
DRAIN_SECONDS = 10.0
LONGEST_JOB = 3600

log = structlog.get_logger("samenspraak.worker")


def main(settings: Settings, *, queues: Sequence[Queue] = QUEUES) -> None:
    """Run until SIGTERM or SIGINT; running jobs get ten seconds, the rest goes back to the queue."""
    os.environ.update(dict.fromkeys(NUMERIC_THREADS, "1"))
    logging.getLogger("arq").setLevel(logging.CRITICAL)
    asyncio.run(_main(settings, queues))


async def _main(settings: Settings, queues: Sequence[Queue]) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with opened(settings) as work:
        await serve(work, queues=queues, stopping=stopping)


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Work]:
    """What the handlers use, closed afterwards."""
    databases = await Databases.connect(settings, roles=("worker", "vault", "tally"))
    announcer = Announcer(engines.valkey_url(settings))
    databases.wake_with(announcer.wake)
    work = Work(
        settings=settings,
        databases=databases,
        keys=keyring.load(settings.secrets_dir),
        mailer=Mailer(settings.smtp_url or "smtp://127.0.0.1:2525"),
        computing=Computing(),
    )
    try:
        yield work
    finally:
        work.computing.close()
        await work.mailer.close()
        await announcer.close()
        await databases.close()


async def serve(work: Work, *, queues: Sequence[Queue] = QUEUES, stopping: asyncio.Event) -> None:
    """Take jobs until `stopping` is set."""
    runner = Runner(work)
    valkey_url = engines.valkey_url(work.settings)
    announcer = Announcer(valkey_url)
    tasks = [asyncio.create_task(_sweep(work, runner, announcer, tuple(queues)))]
    tasks += [asyncio.create_task(_listen(runner, valkey_url, queue)) for queue in queues]
    log.info("worker_started", queues=",".join(queues))
    try:
        await stopping.wait()
    finally:
        await _end(tasks)
        await runner.drain(seconds=DRAIN_SECONDS)
        await announcer.close()
        log.info("worker_stopped")


async def _listen(runner: Runner, valkey_url: str, queue: str) -> None:
    """Be arq's worker for one queue, again and again: arq gives up when Valkey restarts, we do not."""

    async def run(_context: dict[Any, Any], job_id: str) -> None:
        # Shielded: a lost connection to Valkey ends arq's waiting, never the job.
        await asyncio.shield(runner.start(UUID(job_id)))

    failures = 0
    while True:
        worker = Worker(
            functions=[func(cast(Any, run), name=jobs.FUNCTION, timeout=LONGEST_JOB, keep_result=0, max_tries=1)],
            queue_name=jobs.queue_name(queue),
            redis_pool=jobs.connect(valkey_url),
            handle_signals=False,
            max_jobs=MOST_CONCURRENT[queue],
            poll_delay=0.05,
            keep_result=0,
            health_check_interval=30,
            health_check_key=f"{jobs.queue_name(queue)}:health:{os.getpid()}",
            job_serializer=jobs.encode,
            job_deserializer=jobs.decode,
            log_results=False,
        )
        started = asyncio.get_running_loop().time()
        try:
            await worker.async_run()
        except VALKEY_FAILURES as error:
            failures = failures + 1 if asyncio.get_running_loop().time() - started < 5 else 1
            log.warning("valkey_unavailable", queue=queue, reason=type(error).__name__)
        finally:
            # Not arq's own close: that stops halfway when a task was cancelled, and leaves its connections open.
            await _end([worker.main_task, *worker.tasks.values()])
            with contextlib.suppress(*VALKEY_FAILURES):
                await worker.pool.aclose()
        await asyncio.sleep(jobs.backoff(failures, jitter=0.5, first=0.2, longest=5.0))


async def _end(tasks: Sequence["asyncio.Task[None] | None"]) -> None:
    """Cancel tasks until they are over: a single cancellation can get lost inside a library."""
    given = [task for task in tasks if task is not None]
    left = [task for task in given if not task.done()]
    while left:
        for task in left:
            task.cancel()
        _, pending = await asyncio.wait(left, timeout=1)
        left = list(pending)
    for task in given:
        if not task.cancelled():
            # Looked at, so that the loop does not report it as forgotten.
            task.exception()


async def _sweep(work: Work, runner: Runner, announcer: Announcer, queues: tuple[Queue, ...]) -> None:
    """Look at the state, not at ticks: what is due and unclaimed is announced again, or run when it waited too long."""
    purged: date | None = None
    while True:
        try:
            if "default" in queues:
                purged = await queue_daily(work, purged)
            async with work.databases.worker.transaction() as conn:
                buried = await store.bury_exhausted(conn, attempts=MOST_ATTEMPTS)
                due = await store.due(conn, queues=queues, limit=200)
            if buried:
                log.error("jobs_dead", count=len(buried))
            await _announce_or_run(runner, announcer, due)
        except DatabaseUnavailable:
            log.warning("sweep_skipped", reason="database_unavailable")
        await asyncio.sleep(SWEEP_SECONDS)


async def queue_daily(work: Work, last: date | None) -> date:
    """One purge a day, and one round past old profiles, whichever worker sees the day first; a day without a worker is
    caught up by the next one."""
    day = work.now().date()
    if day != last:
        async with work.databases.worker.transaction() as conn:
            await outbox.put(conn, "data.purge", DataPurge(day=day), dedup_key=f"data.purge:{day}")
            await outbox.put(conn, "members.refresh", MembersRefresh(day=day), dedup_key=f"members.refresh:{day}")
    return day


async def _announce_or_run(runner: Runner, announcer: Announcer, due: list[store.Due]) -> None:
    valkey = True
    for job in due:
        if valkey and job.waiting < OVERDUE_SECONDS:
            try:
                await announcer.announce(Hint(job.id, job.queue), fence=job.fence)
                continue
            except VALKEY_FAILURES:
                valkey = False
        if runner.busy < 2 * MOST_CONCURRENT[job.queue]:
            runner.start(job.id)
