"""What a job handler gets in its hands."""

import asyncio
import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, datetime
from typing import ParamSpec, TypeVar

import msgspec

from service.db import Databases
from service.keyring import Keyring
from service.mail.send import Mailer
from service.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")
NUMERIC_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Computing:
    """Processes for long calculations, one numeric thread each, so that the event loop and its heartbeats go on."""

    def __init__(self, *, processes: int = 1) -> None:
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a pure, importable function in another process.

        Raises:
            BrokenProcessPool: the process was killed; a new one is there for the next call.
        """
        if self._pool is None:
            # The children read these when they import numpy.
            os.environ.update(dict.fromkeys(NUMERIC_THREADS, "1"))
            self._pool = ProcessPoolExecutor(
                self._processes, mp_context=multiprocessing.get_context("spawn"), initializer=_follow_parent
            )
        pool = self._pool
        try:
            return await asyncio.wrap_future(pool.submit(function, *args, **kwargs))
        except BrokenProcessPool:
            self._pool = None
            pool.shutdown(wait=False, cancel_futures=True)
            raise

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


def _follow_parent() -> None:
    """End with the worker even when it is killed with -9, and leave Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def utc_now() -> datetime:
    return datetime.now(UTC)


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a handler may use; made once per worker process."""

    settings: Settings
    databases: Databases
    keys: Keyring
    mailer: Mailer
    computing: Computing
    now: Callable[[], datetime] = utc_now
    """Current time, UTC."""
    entropy: Callable[[int], bytes] = os.urandom

    async def compute(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a pure, importable function in another process; what goes in and out must be picklable."""
        return await self.computing.run(function, *args, **kwargs)
