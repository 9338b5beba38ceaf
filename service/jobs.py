"""Running one job under a lease, and the wake-up over Valkey. PostgreSQL is the record; losing Valkey costs latency."""

import asyncio
import contextlib
import random
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import structlog
from arq.connections import ArqRedis, RedisSettings
from redis.exceptions import RedisError

from service.db import DatabaseUnavailable, Hint
from service.store import jobs as store
from service.store.jobs import Claimed
from service.tasks import TASKS
from service.work import Work

LEASE_SECONDS = 15.0
MOST_ATTEMPTS = 8
MOST_CONCURRENT = {"default": 10, "reports": 2}
FUNCTION = "job.run"
VALKEY_FAILURES = (RedisError, OSError, TimeoutError)

log = structlog.get_logger("samenspraak.jobs")


def backoff(attempt: int, *, jitter: float, first: float = 1.0, longest: float = 300.0) -> float:
    """Seconds to wait after the `attempt`-th failure: doubling, capped, then between half and all of it.

    Args:
        attempt: counts from 1.
        jitter: in [0, 1); spreads jobs that failed together.
    """
    whole = min(longest, first * 2.0 ** min(attempt - 1, 30))
    return whole * (0.5 + jitter / 2)


def describe(error: BaseException) -> str:
    """What went wrong, without its message: that may hold an address, a token or an answer."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    cause = f", from {type(error.__cause__).__qualname__}" if error.__cause__ else ""
    return f"{kind}{place}{cause}"


class Runner:
    """Runs jobs of this process: claim, heartbeat, settle. A job runs once at a time, whoever calls for it."""

    def __init__(self, work: Work, *, lease_seconds: float = LEASE_SECONDS) -> None:
        self._work = work
        self._lease = lease_seconds
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._jitter = random.Random()

    @property
    def busy(self) -> int:
        """Jobs under way."""
        return len(self._running)

    def start(self, job_id: UUID) -> "asyncio.Task[None]":
        """Begin a job unless it runs here already; returns its task. The task never raises but for cancellation."""
        task = self._running.get(job_id)
        if task is None:
            task = asyncio.create_task(self._run(job_id))
            self._running[job_id] = task
            task.add_done_callback(lambda _: self._running.pop(job_id, None))
        return task

    async def drain(self, *, seconds: float) -> None:
        """Let running jobs finish, then break off the rest; those go back to the queue uncounted."""
        if self._running:
            await asyncio.wait(self._running.values(), timeout=seconds)
        rest = list(self._running.values())
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _run(self, job_id: UUID) -> None:
        try:
            async with self._work.databases.worker.transaction() as conn:
                job = await store.claim(conn, job_id=job_id, lease_seconds=self._lease)
            if job is not None:
                await self._hold(job)
        except DatabaseUnavailable:
            # The lease ends by itself; then whoever sees the job first takes it.
            log.warning("job_unsettled", job=str(job_id), reason="database_unavailable")
        except Exception as error:
            log.error("job_unsettled", job=str(job_id), reason=describe(error))

    async def _hold(self, job: Claimed) -> None:
        handling = asyncio.create_task(self._handle(job))
        try:
            while not handling.done():
                await asyncio.wait({handling}, timeout=self._lease / 3)
                if not handling.done() and not await self._still_ours(job):
                    handling.cancel()
            await self._settle(job, handling)
        except asyncio.CancelledError:
            handling.cancel()
            await asyncio.gather(handling, return_exceptions=True)
            await self._put_back(job, seconds=0.0, error=None, counted=False)
            raise

    async def _handle(self, job: Claimed) -> None:
        task = TASKS[job.kind]
        args = msgspec.json.decode(job.args, type=task.args)
        async with asyncio.timeout(task.seconds):
            await task.load()(self._work, args)

    async def _still_ours(self, job: Claimed) -> bool:
        try:
            async with self._work.databases.worker.transaction() as conn:
                return await store.extend(conn, job_id=job.id, fence=job.fence, lease_seconds=self._lease)
        except DatabaseUnavailable:
            return True

    async def _settle(self, job: Claimed, handling: "asyncio.Task[None]") -> None:
        if handling.cancelled():
            log.warning("job_lost", job=str(job.id), kind=job.kind, fence=job.fence)
            return
        error = handling.exception()
        if error is None:
            async with self._work.databases.worker.transaction() as conn:
                await store.finish(conn, job_id=job.id, fence=job.fence)
            log.info("job_done", job=str(job.id), kind=job.kind, attempt=job.attempts)
            return
        said = describe(error)
        if job.kind not in TASKS:
            await self._bury(job, f"unknown kind {job.kind}")
        elif isinstance(error, DatabaseUnavailable) or getattr(error, "not_now", False):
            wait = backoff(job.fence, jitter=self._jitter.random(), longest=60.0)
            await self._put_back(job, seconds=wait, error=said, counted=False)
        elif job.attempts >= MOST_ATTEMPTS:
            await self._bury(job, said)
        else:
            wait = backoff(job.attempts, jitter=self._jitter.random())
            await self._put_back(job, seconds=wait, error=said, counted=True)

    async def _put_back(self, job: Claimed, *, seconds: float, error: str | None, counted: bool) -> None:
        async with self._work.databases.worker.transaction() as conn:
            await store.postpone(conn, job_id=job.id, fence=job.fence, seconds=seconds, error=error, counted=counted)
        log.warning(
            "job_again", job=str(job.id), kind=job.kind, attempt=job.attempts, seconds=round(seconds, 1), error=error
        )

    async def _bury(self, job: Claimed, error: str) -> None:
        async with self._work.databases.worker.transaction() as conn:
            await store.bury(conn, job_id=job.id, fence=job.fence, error=error)
        log.error("job_dead", job=str(job.id), kind=job.kind, attempt=job.attempts, error=error)


def encode(value: dict[str, Any]) -> bytes:
    """What lies in Valkey: msgpack of plain values, never pickle. Results are not kept, so only ids pass here."""
    return msgspec.msgpack.encode(value, enc_hook=str)


def decode(data: bytes) -> dict[str, Any]:
    value: dict[str, Any] = msgspec.msgpack.decode(data)
    return value


def queue_name(queue: str) -> str:
    return f"samenspraak:{queue}"


def redis_settings(valkey_url: str) -> RedisSettings:
    """Fail within seconds: whoever calls has the database to fall back on."""
    settings = RedisSettings.from_dsn(valkey_url)
    settings.conn_timeout = 1
    settings.conn_retries = 0
    return settings


def connect(valkey_url: str) -> ArqRedis:
    """A client that connects on its first use, so that nobody's start depends on Valkey."""
    place = redis_settings(valkey_url)
    return ArqRedis(
        host=place.host,
        port=place.port,
        unix_socket_path=place.unix_socket_path,
        username=place.username,
        password=place.password,
        db=place.database,
        ssl=place.ssl,
        socket_connect_timeout=1,
        socket_timeout=2,
        job_serializer=encode,
        job_deserializer=decode,
    )


class Announcer:
    """Tells arq about jobs that were committed. Only a hint: a failure is logged, at most once in ten seconds."""

    def __init__(self, valkey_url: str) -> None:
        self._redis = connect(valkey_url)
        self._tasks: set[asyncio.Task[None]] = set()
        self._quiet_until = 0.0

    def wake(self, hints: Sequence[Hint]) -> None:
        """Announce in the background; never raises, never waits."""
        task = asyncio.get_running_loop().create_task(self._announce(tuple(hints)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def announce(self, hint: Hint, *, fence: int) -> None:
        """Put the job's id in its queue.

        Raises:
            RedisError, OSError, TimeoutError: Valkey does not take it.
        """
        await self._redis.enqueue_job(
            FUNCTION,
            str(hint.job_id),
            _job_id=f"{hint.job_id}:{fence}",
            _queue_name=queue_name(hint.queue),
        )

    async def answers(self) -> bool:
        """Whether Valkey answers; for the readiness check."""
        try:
            async with asyncio.timeout(1):
                await self._redis.ping()
        except VALKEY_FAILURES:
            return False
        return True

    async def close(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)
        with contextlib.suppress(*VALKEY_FAILURES):
            await self._redis.aclose()

    async def _announce(self, hints: Sequence[Hint]) -> None:
        try:
            async with asyncio.timeout(2):
                for hint in hints:
                    await self.announce(hint, fence=0)
        except VALKEY_FAILURES as error:
            loop_time = asyncio.get_running_loop().time()
            if loop_time >= self._quiet_until:
                self._quiet_until = loop_time + 10
                log.warning("wake_up_failed", reason=type(error).__name__, remedy="the sweeper finds the jobs")
