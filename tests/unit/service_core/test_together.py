"""Group commit: own answers, only after the commit, nobody lost, nobody waiting without end."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from service.together import Overloaded, Together


class Ledger:
    """A database that keeps what was written when its transaction ends well, and nothing else."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.commits = 0
        self.gate = asyncio.Event()
        self.gate.set()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[list[str]]:
        written: list[str] = []
        yield written
        await self.gate.wait()
        self.kept += written
        self.commits += 1


async def write(conn: Any, items: Sequence[str]) -> Sequence[str | Exception]:
    if "bad" in items:
        raise ValueError("this one undoes everything")
    conn.extend(items)
    return [LookupError(item) if item == "gone" else item.upper() for item in items]


def together(work: Any = write, *, waiting: int = 100, key: Any = str) -> Together[str, str]:
    return Together(work, key=key, waiting=waiting)


async def test_everybody_gets_an_own_answer_out_of_one_commit() -> None:
    database, group = Ledger(), together()
    first = asyncio.create_task(group(database, "a"))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    others = [asyncio.create_task(group(database, name)) for name in "bcdefg"]  # type: ignore[arg-type]
    assert await asyncio.gather(first, *others) == list("ABCDEFG")
    assert sorted(database.kept) == list("abcdefg")
    assert database.commits <= 2


async def answers_before_the_commit(group: Together[str, str]) -> bool:
    """Whether anybody hears of an end before it is durable."""
    database = Ledger()
    database.gate.clear()
    task = asyncio.create_task(group(database, "a"))  # type: ignore[arg-type]
    for _ in range(20):
        await asyncio.sleep(0)
    early = task.done()
    database.gate.set()
    await task
    return early


class Hasty(Together[str, str]):
    """A planted flaw: answers when the work is done, and not when it is committed."""

    async def _commit(self, database: Any, items: Sequence[str]) -> Sequence[str | Exception]:
        transaction = database.transaction()
        outcomes = await self._work(await transaction.__aenter__(), items)
        asyncio.get_running_loop().call_soon(lambda: asyncio.ensure_future(transaction.__aexit__(None, None, None)))
        return outcomes


async def test_nobody_hears_of_it_before_it_is_durable() -> None:
    assert not await answers_before_the_commit(together())
    assert await answers_before_the_commit(Hasty(write, key=str, waiting=9))


async def test_one_that_cannot_be_done_fails_alone() -> None:
    database, group = Ledger(), together()
    found = await asyncio.gather(
        *(group(database, name) for name in ("a", "bad", "gone", "b")),  # type: ignore[arg-type]
        return_exceptions=True,
    )
    assert (found[0], found[3]) == ("A", "B")
    assert isinstance(found[1], ValueError)
    assert isinstance(found[2], LookupError)
    assert sorted(name for name in database.kept if name != "gone") == ["a", "b"]


async def test_beyond_the_bound_nothing_is_taken_on() -> None:
    database, group = Ledger(), together(waiting=3)
    database.gate.clear()
    taken = [asyncio.create_task(group(database, name)) for name in "abc"]  # type: ignore[arg-type]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded) as shed:
        await group(database, "d")  # type: ignore[arg-type]
    assert shed.value.retry_after == 3
    database.gate.set()
    assert await asyncio.gather(*taken) == list("ABC")
    assert "d" not in database.kept
    assert await group(database, "d") == "D"  # type: ignore[arg-type]


async def test_who_hangs_up_takes_nobody_along_and_is_saved_all_the_same() -> None:
    database, group = Ledger(), together()
    database.gate.clear()
    left, stays = (asyncio.create_task(group(database, name)) for name in "ab")  # type: ignore[arg-type]
    await asyncio.sleep(0)
    left.cancel()
    await asyncio.sleep(0)
    database.gate.set()
    assert await stays == "B"
    assert sorted(database.kept) == ["a", "b"]


async def test_of_the_same_person_one_at_a_time_is_under_way() -> None:
    seen: list[list[str]] = []

    async def look(conn: Any, items: Sequence[str]) -> Sequence[str]:
        seen.append([item[0] for item in items])
        await asyncio.sleep(0)
        return items

    group: Together[str, str] = Together(look, key=lambda item: item[0], waiting=99, lanes=2)
    database = Ledger()
    await asyncio.gather(*(group(database, name) for name in ("a1", "a2", "b1", "a3")))  # type: ignore[arg-type]
    assert all(len(set(batch)) == len(batch) for batch in seen)
    assert sorted(one for batch in seen for one in batch) == ["a", "a", "a", "b"]


async def test_before_the_end_what_was_taken_on_is_committed_and_nothing_more_is() -> None:
    database, group = Ledger(), together()
    database.gate.clear()
    waiting = [asyncio.create_task(group(database, name)) for name in "abc"]  # type: ignore[arg-type]
    await asyncio.sleep(0)
    draining = asyncio.create_task(group.drain(5))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await group(database, "late")  # type: ignore[arg-type]
    database.gate.set()
    await draining
    assert await asyncio.gather(*waiting) == list("ABC")
    assert sorted(database.kept) == ["a", "b", "c"]
