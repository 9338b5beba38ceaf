"""Engines and processes that may be killed. Every wait is bounded; only what a test started is ever signalled."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service import keyring
from service.engines import Engines

ROOT = Path(__file__).parents[2]


@pytest.fixture
def within() -> Callable[[float, Callable[[], object]], float]:
    """Seconds until a condition held; fails the test when it does not hold in time."""

    def wait(seconds: float, condition: Callable[[], object]) -> float:
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > seconds:
                pytest.fail(f"not within {seconds} s")
            time.sleep(0.05)
        return time.monotonic() - began

    return wait


@pytest.fixture
def state_dir() -> Iterator[Path]:
    """A state directory that the servers' own user can enter."""
    memory = Path("/dev/shm")
    base = memory if memory.is_dir() and os.access(memory, os.W_OK) else Path(tempfile.gettempdir())
    folder = Path(tempfile.mkdtemp(prefix="samenspraak-fault-", dir=base))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own_engines(state_dir: Path) -> Iterator[Engines]:
    """Both servers, of this test alone."""
    keyring.ensure(state_dir / "secrets", entropy=os.urandom)
    servers = Engines(state_dir, superuser_password=keyring.superuser_password(state_dir / "secrets"))
    servers.start()
    yield servers
    servers.stop()


class Started:
    """Processes of our own code that a test started; killed at its end at the latest."""

    def __init__(self) -> None:
        self.children: list[subprocess.Popen[bytes]] = []

    def __call__(self, *arguments: str, log: Path, **environ: str) -> "subprocess.Popen[bytes]":
        with log.open("ab") as output:
            child = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env={**os.environ, **environ},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.children.append(child)
        return child


@pytest.fixture
def started() -> Iterator[Started]:
    starter = Started()
    yield starter
    for child in starter.children:
        if child.poll() is None:
            child.kill()
        child.wait(10)
