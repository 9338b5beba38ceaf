"""Keeps everything running: engines, migrations, API, worker and mail sink, in that order, until told to stop."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType

import msgspec

from service import db, engines, first_keys, keyring, migrate, processes
from service.engines import Engines
from service.settings import ROLES, Settings

POLL_SECONDS = 0.2
LONGEST_WAIT = 10.0
READY_SECONDS = 60.0


class PortTaken(Exception):
    """Somebody listens on the API's port already."""

    code = "port_taken"


class StartFailed(Exception):
    """A part of the service does not come up; the message names its log."""

    code = "start_failed"


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """run.json: what is running where."""

    api: str
    mailbox: str
    smtp: str
    pid: int
    public_url: str


class Program(msgspec.Struct, kw_only=True):
    """One of our own processes, and how often it died lately."""

    name: str
    arguments: tuple[str, ...]
    child: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    failures: int = 0
    start_at: float = 0.0
    """Not before this moment of the monotonic clock."""


Say = Callable[[str], None]


def make_room(state_dir: Path) -> None:
    """Make the state directory where there is none.

    Raises:
        StartFailed: it cannot be a directory of ours, with the remedy.
    """
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartFailed(
            f"{state_dir} cannot be the state directory ({error.strerror}). "
            "Choose a folder that can be written to with SAMENSPRAAK_STATE_DIR."
        ) from error


def serve(settings: Settings, *, say: Say, environ: Mapping[str, str]) -> None:
    """Start everything and keep it up until SIGTERM or SIGINT; runs in the main thread.

    Raises:
        AlreadyRunning: another one serves the same state directory.
        PortTaken: with the remedy.
        EngineFailed, MigrationFailed, DatabaseUnsafe, DatabaseUnavailable, StartFailed: with the reason.
    """
    make_room(settings.state_dir)
    stopping = _Stop()
    with contextlib.ExitStack() as stack:
        lock = stack.enter_context(contextlib.closing(engines.hold(settings.state_dir / "service.lock")))
        assert not lock.closed
        settings = with_ports(settings)
        servers = prepare(settings, say=say)
        stack.callback(servers.stop)
        asyncio.run(first_keys.issue(settings, say))
        Supervisor(settings, servers, say=say, environ=environ).run(stopping)
    say("Stopped.")


def with_ports(settings: Settings) -> Settings:
    """Settle the port of the API, and of the local mail sink where no mail server is given.

    Raises:
        PortTaken: the wanted port is in use.
    """
    port = settings.port or free_port(settings.host)
    _refuse_taken(settings.host, port)
    default = settings.public_url == f"http://{settings.host}:{settings.port}"
    return msgspec.structs.replace(
        settings,
        port=port,
        public_url=f"http://{settings.host}:{port}" if default else settings.public_url,
    )


def prepare(settings: Settings, *, say: Say) -> Engines:
    """Secrets, engines, roles and migrations: what every other command needs too. The caller stops the engines."""
    make_room(settings.state_dir)
    keyring.ensure(settings.secrets_dir, entropy=os.urandom)
    servers = Engines(
        settings.state_dir,
        superuser_password=keyring.superuser_password(settings.secrets_dir),
        postgres=settings.embedded_database,
        valkey=settings.embedded_valkey,
    )
    began = time.monotonic()
    servers.start()
    try:
        kinds = [
            f"PostgreSQL ({'embedded' if settings.embedded_database else 'external'})",
            f"Valkey ({'embedded' if settings.embedded_valkey else 'external'})",
        ]
        say(f"Engines are up: {', '.join(kinds)}, {time.monotonic() - began:.1f} s.")
        applied = asyncio.run(_prepare_database(settings))
        say(f"Database is ready: {len(applied)} migrations applied." if applied else "Database is ready.")
    except BaseException:
        servers.stop()
        raise
    return servers


async def _prepare_database(settings: Settings) -> tuple[str, ...]:
    if settings.embedded_database:
        password = keyring.superuser_password(settings.secrets_dir)
        dsn = f"{engines.embedded_dsn(settings.state_dir, 'postgres')}&user=postgres&password={password}"
        passwords: dict[str, str] = {role: keyring.database_password(settings, role) for role in ROLES}
        await db.bootstrap(dsn, database="samenspraak", passwords=passwords)
    owner = db.role_dsn(settings, "owner")
    await db.refuse_unsafe(owner)
    return await migrate.migrate(owner)


class Supervisor:
    """Starts our own programs and starts them again when they die. No threads: children are spawned by the main one."""

    def __init__(self, settings: Settings, servers: Engines, *, say: Say, environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._servers = servers
        self._say = say
        self._mailbox_port = free_port("127.0.0.1")
        self._smtp_port = free_port("127.0.0.1")
        self._environ = self._child_environment(environ)
        self._programs = [Program(name="api", arguments=("api",)), Program(name="worker", arguments=("worker",))]
        if settings.smtp_url is None:
            ports = ("--smtp-port", str(self._smtp_port), "--web-port", str(self._mailbox_port))
            self._programs.insert(0, Program(name="mailsink", arguments=("mailsink", *ports)))

    def run(self, stopping: "_Stop") -> None:
        """Start, watch, and stop when told."""
        try:
            for program in self._programs:
                self._start(program)
            self._await_ready(stopping)
            while not stopping.wanted:
                self._watch()
                time.sleep(POLL_SECONDS)
        finally:
            self._say("Stopping.")
            self._stop()

    def _watch(self) -> None:
        for name in self._servers.restart_dead():
            self._say(f"{name} had died and was started again.")
        for program in self._programs:
            child, now = program.child, time.monotonic()
            if child is not None and child.poll() is not None:
                lived = now - program.started
                program.failures = program.failures + 1 if lived < 30 else 1
                wait = min(LONGEST_WAIT, 0.2 * 2 ** (program.failures - 1))
                program.child, program.start_at = None, now + wait
                self._say(f"{program.name} ended with {child.returncode}; started again in {wait:.1f} s.")
            elif child is None and now >= program.start_at:
                self._start(program)

    def _start(self, program: Program) -> None:
        arguments = [sys.executable, "-m", "service", *program.arguments]
        program.child = processes.spawn(arguments, environment=self._environ, log=self._log(program.name))
        program.started = time.monotonic()

    def _await_ready(self, stopping: "_Stop") -> None:
        """Wait until the API answers, then write run.json and say where everything is."""
        until = time.monotonic() + READY_SECONDS
        while not stopping.wanted and not self._ready():
            for program in self._programs:
                if program.child is not None and program.child.poll() is not None:
                    raise StartFailed(f"{program.name} does not start: {_last_line(self._log(program.name))}")
            if time.monotonic() >= until:
                raise StartFailed(f"the API does not answer: {_last_line(self._log('api'))}")
            time.sleep(0.05)
        if stopping.wanted:
            return
        running = self._running()
        draft = self._settings.run_file.with_suffix(".new")
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(running), indent=2) + b"\n")
        draft.rename(self._settings.run_file)
        self._say(
            f"Samenspraak is up at {running.api}" + (f", mailbox at {running.mailbox}" if running.mailbox else "")
        )

    def _running(self) -> Running:
        sink = self._settings.smtp_url is None
        return Running(
            api=f"http://{self._settings.host}:{self._settings.port}",
            mailbox=f"http://127.0.0.1:{self._mailbox_port}" if sink else "",
            smtp=f"127.0.0.1:{self._smtp_port}" if sink else "",
            pid=os.getpid(),
            public_url=self._settings.public_url,
        )

    def _ready(self) -> bool:
        ports = [(self._settings.host, self._settings.port)]
        if self._settings.smtp_url is None:
            ports += [("127.0.0.1", self._smtp_port), ("127.0.0.1", self._mailbox_port)]
        return all(_listens(host, port) for host, port in ports)

    def _stop(self) -> None:
        """First those who use the engines, all at once; each has its own time limit."""
        with contextlib.suppress(FileNotFoundError):
            self._settings.run_file.unlink()
        children = [program.child for program in self._programs if program.child is not None]
        for child in children:
            if child.poll() is None:
                child.terminate()
        for child in children:
            processes.stop(child, first=signal.SIGTERM, seconds=15)

    def _log(self, name: str) -> Path:
        folder = self._settings.state_dir / "log"
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"{name}.log"
        if path.exists() and path.stat().st_size > 10_000_000:
            path.replace(path.with_suffix(".log.1"))
        return path

    def _child_environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """What the children read: our own settings, with the ports and the mail server that were settled."""
        settled = {
            "SAMENSPRAAK_STATE_DIR": str(self._settings.state_dir),
            "SAMENSPRAAK_PORT": str(self._settings.port),
            "SAMENSPRAAK_PUBLIC_URL": self._settings.public_url,
            "SAMENSPRAAK_SMTP_URL": self._settings.smtp_url or f"smtp://127.0.0.1:{self._smtp_port}",
            "PYTHONUNBUFFERED": "1",
        }
        return {**environ, **settled}


class _Stop:
    """Remembers that somebody asked us to stop."""

    def __init__(self) -> None:
        self.wanted = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._want)

    def _want(self, _number: int, _frame: FrameType | None) -> None:
        self.wanted = True


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return f"{lines[-1] if lines else 'it said nothing'} (all of it in {log})"


def free_port(host: str) -> int:
    """A port that nobody uses at this moment."""
    with socket.socket(_family(host)) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _refuse_taken(host: str, port: int) -> None:
    with socket.socket(_family(host)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(
                f"Port {port} on {host} cannot be used ({error.strerror}). Stop what uses it, "
                "or choose another: --port N, or --port 0 for any free one."
            ) from error


def _listens(host: str, port: int) -> bool:
    with socket.socket(_family(host)) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
