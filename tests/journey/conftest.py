"""A whole running service in its own folder, as `make serve` starts it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import msgspec
import pytest


class Running(msgspec.Struct, frozen=True, kw_only=True):
    api: str
    mailbox: str
    staff_key: str
    state_dir: Path
    pid: int


def _environment(state_dir: Path) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("SAMENSPRAAK_")}
    return plain | {"SAMENSPRAAK_STATE_DIR": str(state_dir), "SAMENSPRAAK_SIMULATED": "yes"}


def _ready(run_file: Path, pid: int) -> dict[str, str] | None:
    try:
        found: dict[str, str] = json.loads(run_file.read_text())
        if int(found["pid"]) == pid and httpx2.get(f"{found['api']}/readyz", timeout=2).status_code == 200:
            return found
    except (OSError, ValueError, httpx2.TransportError):
        return None
    return None


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    state_dir = tmp_path_factory.mktemp("journey") / "state"
    command = [sys.executable, "-m", "service", "serve", "--port", "0"]
    with (state_dir.parent / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env=_environment(state_dir), stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 90
        while (found := _ready(state_dir / "run.json", process.pid)) is None:
            said = (state_dir.parent / "serve.log").read_text()
            assert process.poll() is None, f"the service ended while starting: {said}"
            assert time.monotonic() < deadline, f"the service was not ready in 90 s: {said}"
            time.sleep(0.1)
        yield Running(
            api=found["api"],
            mailbox=found["mailbox"],
            staff_key=(state_dir / "secrets" / "staff.key").read_text().strip(),
            state_dir=state_dir,
            pid=process.pid,
        )
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture
def start_again(running: Running) -> subprocess.CompletedProcess[str]:
    """A second `serve` on the folder of a service that runs."""
    command = [sys.executable, "-m", "service", "serve", "--port", "0"]
    return subprocess.run(command, env=_environment(running.state_dir), capture_output=True, text=True, timeout=60)
