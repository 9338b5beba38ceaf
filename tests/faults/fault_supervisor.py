"""The whole service under `serve`: whatever is killed comes back, and nothing outlives a killed supervisor."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen

import httpx
import msgspec
import pytest

from service import processes

Start = Callable[..., Popen[bytes]]
Within = Callable[[float, Callable[[], object]], float]


class Served:
    """A running service and its processes."""

    def __init__(self, state_dir: Path, process: "Popen[bytes]") -> None:
        self.state_dir = state_dir
        self.process = process

    @property
    def run(self) -> dict[str, str]:
        try:
            found: dict[str, str] = msgspec.json.decode((self.state_dir / "run.json").read_bytes())
        except (FileNotFoundError, msgspec.DecodeError):
            return {}
        return found if found.get("pid") == self.process.pid else {}

    def children(self) -> dict[str, int]:
        """Name -> process id of every direct child."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                words = (folder / "cmdline").read_text().split("\0")
            except (FileNotFoundError, ProcessLookupError, IndexError):
                continue
            if parent == self.process.pid and words[0]:
                name = words[3] if "service" in words else Path(words[0].split()[0]).name.split("-")[0]
                found[name] = int(folder.name)
        return found

    def ready(self) -> bool:
        return self._answers("api", "/readyz")

    def shows_mail(self) -> bool:
        return self._answers("mailbox", "/mail")

    def _answers(self, part: str, path: str) -> bool:
        try:
            return httpx.get(f"{self.run[part]}{path}", timeout=2).status_code == 200
        except (KeyError, httpx.TransportError):
            return False


@pytest.fixture
def serve(state_dir: Path, started: Start, within: Within) -> Iterator[Callable[[], Served]]:
    def start() -> Served:
        process = started(
            *("-m", "service", "serve", "--port", "0"),
            log=state_dir / "serve.log",
            SAMENSPRAAK_ENVIRONMENT="test",
            SAMENSPRAAK_STATE_DIR=str(state_dir),
            SAMENSPRAAK_SIMULATED="yes",
        )
        served = Served(state_dir, process)
        within(90, lambda: served.ready() or process.poll() is not None)
        assert process.poll() is None, (state_dir / "serve.log").read_text()
        return served

    return start


def test_every_part_comes_back_after_a_kill(serve: Callable[[], Served], within: Within) -> None:
    served = serve()
    assert set(served.children()) == {"postgres", "valkey", "api", "worker", "mailsink"}
    for name in ("api", "worker", "mailsink", "valkey", "postgres"):
        pid = served.children()[name]
        os.kill(pid, signal.SIGKILL)
        within(10, lambda name=name, pid=pid: served.children().get(name, pid) != pid)  # type: ignore[misc]
        within(30, served.ready)
    within(30, served.shows_mail)


def test_nothing_outlives_a_killed_supervisor_and_the_next_start_works(
    serve: Callable[[], Served], within: Within
) -> None:
    served = serve()
    staff_key = (served.state_dir / "secrets" / "staff.key").read_text()
    pids = list(served.children().values())
    served.process.kill()
    served.process.wait(5)
    within(20, lambda: not any(processes.alive(pid) for pid in pids))
    again = serve()
    assert (again.state_dir / "secrets" / "staff.key").read_text() == staff_key
    answer = httpx.get(f"{again.run['api']}/v1/staff/jobs", headers={"Authorization": f"Bearer {staff_key.strip()}"})
    assert answer.status_code == 200


def test_a_stop_is_orderly_and_leaves_no_process(serve: Callable[[], Served], within: Within) -> None:
    served = serve()
    pids = list(served.children().values())
    began = time.monotonic()
    served.process.terminate()
    assert served.process.wait(30) == 0
    assert time.monotonic() - began < 25
    assert not any(processes.alive(pid) for pid in pids)
    assert not (served.state_dir / "run.json").exists()


def test_a_second_start_and_a_taken_port_say_what_to_do(
    serve: Callable[[], Served], started: Start, state_dir: Path, tmp_path: Path
) -> None:
    served = serve()
    port = served.run["api"].rpartition(":")[2]
    second = started(
        *("-m", "service", "serve", "--port", "0"), log=tmp_path / "second.log", SAMENSPRAAK_STATE_DIR=str(state_dir)
    )
    other = started(
        *("-m", "service", "serve", "--port", port),
        log=tmp_path / "other.log",
        SAMENSPRAAK_STATE_DIR=str(tmp_path / "other"),
    )
    assert second.wait(60) == other.wait(60) == 1
    said = (tmp_path / "second.log").read_text()
    assert f"already runs on {state_dir} (process {served.process.pid})" in said
    assert "SAMENSPRAAK_STATE_DIR" in said
    assert f"Port {port} on 127.0.0.1 cannot be used" in (tmp_path / "other.log").read_text()
    assert served.ready()
