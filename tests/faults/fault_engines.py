"""Killed servers and killed launchers: what was acknowledged is there, and the next start works by itself."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen

import asyncpg
import pytest

from service import keyring, processes
from service.db import CONNECTING
from service.engines import Engines, embedded_dsn, places

Start = Callable[..., Popen[bytes]]
Within = Callable[[float, Callable[[], object]], float]
KILLS = 5
WRITERS = 4
LAUNCHER = """
import sys, time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from service import keyring
from service.engines import Engines
state = Path(sys.argv[1])
engines = Engines(state, superuser_password=keyring.superuser_password(state / "secrets"))
engines.start()
(state / "up").write_text(f"{engines.pid('postgres')} {engines.pid('valkey')}")
time.sleep(120)
"""


def superuser(state_dir: Path) -> str:
    password = keyring.superuser_password(state_dir / "secrets")
    return f"{embedded_dsn(state_dir, 'postgres')}&user=postgres&password={password}"


async def write(dsn: str, writer: int, acknowledged: list[int], *, safe: bool, stop: asyncio.Event) -> None:
    """Insert numbers one by one and remember each only after its commit was acknowledged."""
    number = 0
    while not stop.is_set():
        try:
            conn = await asyncpg.connect(dsn, timeout=3)
            try:
                await conn.execute(f"SET synchronous_commit = {'on' if safe else 'off'}")
                while not stop.is_set():
                    number += 1
                    value = writer * 10_000_000 + number
                    await conn.execute("INSERT INTO kept VALUES ($1)", value)
                    acknowledged.append(value)
            finally:
                conn.terminate()
        except (*CONNECTING, asyncpg.InterfaceError):
            await asyncio.sleep(0.02)


async def lost_over_kills(engines: Engines, *, safe: bool) -> tuple[int, int, list[float]]:
    """(acknowledged rows, lost rows, seconds until the next acknowledgement) over several kills of the postmaster."""
    dsn = superuser(engines.state_dir)
    conn = await asyncpg.connect(dsn)
    await conn.execute("CREATE TABLE kept (n bigint PRIMARY KEY)")
    await conn.close()
    acknowledged: list[int] = []
    back: list[float] = []
    stop = asyncio.Event()
    writers = [asyncio.create_task(write(dsn, n, acknowledged, safe=safe, stop=stop)) for n in range(WRITERS)]
    for _ in range(KILLS):
        await asyncio.sleep(0.5)
        os.kill(engines.pid("postgres"), signal.SIGKILL)
        killed = time.monotonic()
        processes.wait_until(lambda: engines.restart_dead() == ("postgres",), seconds=20)
        before = len(acknowledged)
        while len(acknowledged) == before:
            assert time.monotonic() - killed < 20, "no acknowledgement after a kill"
            await asyncio.sleep(0.01)
        back.append(time.monotonic() - killed)
    stop.set()
    await asyncio.gather(*writers)
    conn = await asyncpg.connect(dsn)
    there = {row["n"] for row in await conn.fetch("SELECT n FROM kept")}
    await conn.close()
    return len(acknowledged), len(set(acknowledged) - there), back


async def test_no_acknowledged_row_is_lost_when_postgres_is_killed(own_engines: Engines) -> None:
    acknowledged, lost, back = await lost_over_kills(own_engines, safe=True)
    assert acknowledged > 100
    assert lost == 0
    assert max(back) < 10


async def test_control_the_same_kills_do_lose_rows_without_synchronous_commit(own_engines: Engines) -> None:
    _, lost, _ = await lost_over_kills(own_engines, safe=False)
    assert lost > 0, "the harness cannot see a loss"


@pytest.mark.parametrize("pause", [0.0, 0.3, 5.0])
def test_a_killed_launcher_leaves_nothing_behind_and_the_next_start_waits_for_it(
    state_dir: Path, started: Start, within: Within, pause: float
) -> None:
    keyring.ensure(state_dir / "secrets", entropy=os.urandom)
    launcher = started("-c", LAUNCHER, str(state_dir), log=state_dir / "launcher.log")
    within(30, lambda: (state_dir / "up").exists() and (state_dir / "up").read_text())
    pids = [int(pid) for pid in (state_dir / "up").read_text().split()]
    asyncio.run(keep_a_row(state_dir))
    launcher.kill()
    launcher.wait(5)
    time.sleep(pause)
    engines = Engines(state_dir, superuser_password=keyring.superuser_password(state_dir / "secrets"))
    began = time.monotonic()
    engines.start()
    try:
        assert time.monotonic() - began < 20
        assert not any(processes.alive(pid) for pid in pids)
        assert asyncio.run(kept_rows(state_dir)) == 1
    finally:
        engines.stop()


def test_both_engines_end_with_a_killed_launcher(state_dir: Path, started: Start, within: Within) -> None:
    keyring.ensure(state_dir / "secrets", entropy=os.urandom)
    launcher = started("-c", LAUNCHER, str(state_dir), log=state_dir / "launcher.log")
    within(30, lambda: (state_dir / "up").exists() and (state_dir / "up").read_text())
    pids = [int(pid) for pid in (state_dir / "up").read_text().split()]
    assert all(processes.alive(pid) for pid in pids)
    launcher.kill()
    launcher.wait(5)
    within(15, lambda: not any(processes.alive(pid) for pid in pids))


def test_a_half_made_cluster_is_made_again(state_dir: Path) -> None:
    keyring.ensure(state_dir / "secrets", entropy=os.urandom)
    half = places(state_dir).data.with_name("data.new")
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    engines = Engines(state_dir, superuser_password=keyring.superuser_password(state_dir / "secrets"))
    engines.start()
    try:
        asyncio.run(keep_a_row(state_dir))
    finally:
        engines.stop()


def test_a_pid_file_of_a_stranger_does_not_stop_the_start(own_engines: Engines) -> None:
    own_engines.stop()
    pid_file = own_engines.places.data / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{own_engines.places.data}\n")
    own_engines.start()
    assert processes.alive(own_engines.pid("postgres"))


async def keep_a_row(state_dir: Path) -> None:
    conn = await asyncpg.connect(superuser(state_dir))
    await conn.execute("CREATE TABLE kept (n bigint PRIMARY KEY)")
    await conn.execute("INSERT INTO kept VALUES (1)")
    await conn.close()


async def kept_rows(state_dir: Path) -> int:
    conn = await asyncpg.connect(superuser(state_dir))
    try:
        return int(await conn.fetchval("SELECT count(*) FROM kept"))
    finally:
        await conn.close()
