"""Group commit: what arrives while one transaction commits shares the next one.

Everybody gets an own answer, and only after the commit that holds it. When a transaction of several fails, each is
tried alone, so that one that cannot be done fails alone. What waits is bounded: beyond the bound nothing is taken on,
and the caller may say so at once instead of letting people wait until they give up.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from service.db import Database, DatabaseUnavailable
from service.errors import ServiceError
from service.store import Connection

I = TypeVar("I")  # noqa: E741
O = TypeVar("O")  # noqa: E741
LARGEST = 64
"""Most that share one transaction, so that nobody waits long for the others in it."""
RETRY_AFTER = 3


class Overloaded(ServiceError):
    """More is waiting to be saved than this process takes on. Nothing was changed; send it again."""

    code = "overloaded"
    message = "The service is busier than it can handle. Nothing was lost. Send this again in a moment."

    def __init__(self) -> None:
        super().__init__(retry_after=RETRY_AFTER)


Work = Callable[[Connection, Sequence[I]], Awaitable[Sequence[O | Exception]]]
"""Does all of some items in one open transaction. An exception in place of an outcome is raised for that one alone;
an exception that is raised undoes the transaction for all."""


class Together(Generic[I, O]):
    """One kind of work of one process.

    A task runs only while something waits, so that there is nothing to start. Of items with the same key one at a time
    is under way: the second sees what the first has done.
    """

    def __init__(self, work: Work[I, O], *, key: Callable[[I], str], waiting: int, lanes: int = 1) -> None:
        """`waiting`: most items that wait or are under way; `lanes`: transactions at the same time."""
        self._work = work
        self._key = key
        self._most = waiting
        self._lanes = lanes
        self._queue: deque[tuple[I, asyncio.Future[O]]] = deque()
        self._busy: set[str] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._closed = False

    async def __call__(self, database: Database, item: I) -> O:
        """Do this item, together with others; returns when it is durable.

        A caller that is cancelled stops waiting, no more: what it asked for is done.

        Raises:
            Overloaded: too much waits, or the process stops; nothing was done.
            DatabaseUnavailable: it could not be done, or whether it was is not known.
        """
        if self._closed or len(self._queue) + len(self._busy) >= self._most:
            raise Overloaded
        future: asyncio.Future[O] = asyncio.get_running_loop().create_future()
        future.add_done_callback(_seen)
        self._queue.append((item, future))
        if len(self._running) < self._lanes:
            self._running.add(asyncio.create_task(self._run(database)))
        return await asyncio.shield(future)

    async def drain(self, seconds: float) -> None:
        """Take nothing on any more; commit what was taken on, and refuse what is left when the time is over."""
        self._closed = True
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        while self._queue:
            _, future = self._queue.popleft()
            _refuse(future, Overloaded())
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _run(self, database: Database) -> None:
        try:
            while batch := self._next():
                await self._one(database, batch)
        finally:
            # In the same step as the look at the empty queue: whoever comes next finds no task, and starts one.
            task = asyncio.current_task()
            assert task is not None, "runs as a task"
            self._running.discard(task)

    async def _one(self, database: Database, batch: Sequence[tuple[I, asyncio.Future[O]]]) -> None:
        keys = [self._key(item) for item, _ in batch]
        try:
            await self._all(database, batch)
        except BaseException:
            # Only a process that stops comes here: whether these were committed is not known.
            for _, future in batch:
                _refuse(future, DatabaseUnavailable())
            raise
        finally:
            self._busy.difference_update(keys)

    def _next(self) -> list[tuple[I, asyncio.Future[O]]]:
        """The next batch in order of arrival; whoever has something under way waits for the one after."""
        batch: list[tuple[I, asyncio.Future[O]]] = []
        left: list[tuple[I, asyncio.Future[O]]] = []
        while self._queue and len(batch) < LARGEST:
            one = self._queue.popleft()
            key = self._key(one[0])
            if key in self._busy:
                left.append(one)
            else:
                self._busy.add(key)
                batch.append(one)
        self._queue.extendleft(reversed(left))
        return batch

    async def _all(self, database: Database, batch: Sequence[tuple[I, asyncio.Future[O]]]) -> None:
        try:
            outcomes = await self._commit(database, [item for item, _ in batch])
        except Exception as error:
            if len(batch) == 1:
                _settle(batch[0][1], error)
            else:
                await asyncio.gather(*(self._all(database, [one]) for one in batch))
            return
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            _settle(future, outcome)

    async def _commit(self, database: Database, items: Sequence[I]) -> Sequence[O | Exception]:
        async with database.transaction() as conn:
            return await self._work(conn, items)


def _settle(future: "asyncio.Future[O]", outcome: O | Exception) -> None:
    if isinstance(outcome, Exception):
        _refuse(future, outcome)
    elif not future.done():
        future.set_result(outcome)


def _refuse(future: "asyncio.Future[O]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


def _seen(future: "asyncio.Future[O]") -> None:
    """Nobody may wait any more for an answer that is a failure: that is no mistake of the loop."""
    if not future.cancelled():
        future.exception()
