"""Starts, restarts and stops the service as an operator would: one command, one state folder."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx2
import msgspec

_START_TIMEOUT = 120.0
_STOP_TIMEOUT = 30.0


class RunningAddresses(msgspec.Struct):
    """`run.json` of a running service; unknown fields are ignored."""

    api: str
    mailbox: str
    smtp: str = ""


class ServiceFailed(Exception):
    """The service did not start or stop; the message says where its log is."""


class Service:
    """`python -m service serve` as a child process, with its output in a log file."""

    def __init__(self, state_dir: Path, log: Path, environment: Mapping[str, str]) -> None:
        self.state_dir = state_dir
        self.log = log
        self._environment = {**os.environ, **environment, "SAMENSPRAAK_STATE_DIR": str(state_dir)}
        self._process: asyncio.subprocess.Process | None = None
        self._port = 0

    @property
    def staff_key(self) -> str:
        """The first staff key, as the operator finds it after the first start."""
        return (self.state_dir / "secrets" / "staff.key").read_text().strip()

    async def start(self) -> RunningAddresses:
        """Start and wait until ready.

        Raises:
            ServiceFailed: it ended or was not ready in time.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        arguments = [sys.executable, "-m", "service", "serve", "--port", str(self._port)]
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *arguments, env=self._environment, stdout=log, stderr=log
            )
        try:
            addresses = await asyncio.wait_for(self._until_ready(), _START_TIMEOUT)
        except TimeoutError:
            await self.stop()
            raise ServiceFailed(f"The service was not ready in {_START_TIMEOUT:.0f} s; see {self.log}") from None
        self._port = int(addresses.api.rsplit(":", 1)[1].rstrip("/"))
        return addresses

    async def stop(self) -> None:
        """Ask it to stop, and wait; kill it only when it does not."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), _STOP_TIMEOUT)
        except TimeoutError:
            process.kill()
            await process.wait()
        self._process = None

    async def crash(self) -> None:
        """Kill it without warning, as a power cut would."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        self._process = None

    async def _until_ready(self) -> RunningAddresses:
        run_file = self.state_dir / "run.json"
        async with httpx2.AsyncClient(timeout=2.0) as client:
            while True:
                if self._process is not None and self._process.returncode is not None:
                    tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])
                    raise ServiceFailed(f"The service ended while starting; the end of {self.log}:\n{tail}")
                addresses = self._addresses(run_file)
                if addresses is not None and await self._ready(client, addresses.api):
                    return addresses
                await asyncio.sleep(0.1)

    def _addresses(self, run_file: Path) -> RunningAddresses | None:
        try:
            content = run_file.read_bytes()
            if self._process is None or msgspec.json.decode(content).get("pid") != self._process.pid:
                return None  # left over from an earlier run
            return msgspec.json.decode(content, type=RunningAddresses)
        except (OSError, msgspec.DecodeError):
            return None

    async def _ready(self, client: httpx2.AsyncClient, api: str) -> bool:
        try:
            return (await client.get(f"{api.rstrip('/')}/readyz")).status_code == 200
        except httpx2.TransportError:
            return False
