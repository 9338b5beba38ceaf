"""Working a file out in a process of its own."""

import asyncio
import time

import pytest

from service.register import checking
from tests.unit.panels.lottery import factory

FILE = factory.file()


async def test_says_what_the_program_says() -> None:
    found = await checking.worked_out(FILE)
    assert found.holds
    assert len(found.checks) == 10
    assert found.commitment == factory.publish().lottery.commitment


@pytest.mark.parametrize("typed", ["--pool=/etc/passwd", "-", "7K3M\0Q9TX", "é\n" * 50])
async def test_whatever_is_typed_is_a_ticket_and_a_code_and_nothing_else(typed: str) -> None:
    found = await checking.worked_out(FILE, ticket=typed, noted=typed)
    failed = {one.name for one in found.checks if not one.holds}
    assert failed == {"ticket", "noted"}


@pytest.mark.parametrize("content", [b"", b"[" * 200_000, b'{"a":' * 50_000, b"9" * 4_000_000])
async def test_a_hostile_file_fails_in_one_line(content: bytes) -> None:
    found = await checking.worked_out(content)
    assert not found.holds
    assert [one.name for one in found.checks] == ["format"]


async def test_one_that_takes_too_long_is_given_up_and_the_next_is_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(checking, "SECONDS", 0.0)
        assert await checking.worked_out(FILE) == checking.GAVE_UP
    assert (await checking.worked_out(FILE)).holds


async def test_our_own_file_is_worked_out_once() -> None:
    first = await checking.ours(FILE)
    assert await checking.ours(FILE) is first


async def test_the_service_goes_on_meanwhile() -> None:
    large = FILE + b" " * 7_000_000
    work = asyncio.create_task(checking.worked_out(large))
    longest = 0.0
    while not work.done():
        began = time.thread_time()
        await asyncio.sleep(0.001)
        longest = max(longest, time.thread_time() - began)
    assert work.result().holds
    assert longest < 0.05, "seconds of this process between two turns of other requests"
