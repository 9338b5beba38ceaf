"""Saving a page of answers, and the final submit: the service beside FastAPI with SQLAlchemy, on one PostgreSQL.

Both servers run as one uvicorn process each. The same people send the same pages in the same order over kept-open
connections, in turns with the other server; every page is durable before it is answered. What a server's processor
did is read from the system before and after, that of PostgreSQL included as a figure of its own. Then people look at
pages and send them at a fixed rate, whatever the answers take: times are wall times from the moment a request was
due.
"""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from harness import Bench, Row

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parent))

import _people as people  # noqa: E402
from _people import Form, Person, peer_dsn  # noqa: E402

ROOT = HERE.parents[3]
AT_ONCE = 16
CROWD = 64
"""How many send their answers in the same moment."""
TURNS = 5
RATE = 100
TICKS = os.sysconf("SC_CLK_TCK")


def rows(bench: Bench) -> Iterator[Row]:
    walkers, senders, seconds = (40, 80, 3.0) if bench.short else (200, 800, 10.0)
    found = asyncio.run(measured(walkers, senders, seconds))
    yield from compared(bench, "a page saved", found["pages"], wall=5.0, cpu=4.0)
    yield from compared(bench, "a final submit", found["submits"], wall=8.0, cpu=8.0)
    for name, at_most in (("look", 50.0), ("send", 80.0)):
        times = sorted(found[name])
        p95, longest = times[int(0.95 * (len(times) - 1))] * 1000, times[-1] * 1000
        what = {"look": "a page shown, p95", "send": "a page sent, p95"}[name] + f" at {RATE} a second"
        yield bench.limit(what, n=len(times), ours=p95, at_most=at_most, unit="ms", note=f"longest {longest:.0f} ms")


def compared(bench: Bench, what: str, found: "tuple[Spent, Spent]", *, wall: float, cpu: float) -> Iterator[Row]:
    """Wall time, CPU of the server and CPU of PostgreSQL of one kind of request; goals for the large run only."""
    ours, peer = found
    n = ours.requests
    note = f"{n / ours.wall:.0f} and {n / peer.wall:.0f} a second"
    for name, mine, other, unit, goal in (
        ("wall", ours.wall, peer.wall, "ms", wall),
        ("CPU of the server", ours.cpu, peer.cpu, "CPU ms", cpu),
        ("CPU of PostgreSQL", ours.database, peer.database, "CPU ms", None),
    ):
        yield bench.row(
            f"{what}, {name}", n=n, ours=mine / n * 1000, peer=other / n * 1000, peer_name="FastAPI + SQLAlchemy",
            unit=unit, goal=None if bench.short else goal, note=note if name == "wall" else "",
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What sending some requests took; seconds."""

    requests: int = 0
    wall: float = 0.0
    cpu: float = 0.0
    database: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(
            requests=self.requests + other.requests,
            wall=self.wall + other.wall,
            cpu=self.cpu + other.cpu,
            database=self.database + other.database,
        )


async def measured(walkers: int, senders: int, seconds: float) -> dict[str, Any]:
    """All figures on one database that is made and thrown away; both servers run, and work in turns."""
    async with engines() as (settings, postgres), contextlib.AsyncExitStack() as stack:
        audit_id, asked, invited = await people.in_the_field(settings, walkers * 2 + senders)
        ours = stack.enter_context(server([sys.executable, "-m", "service", "api"], settings))
        starts = [form_request(f"/s/{token}", {"action": ["start"]}) for _, _, token in invited]
        await over_connections(ours[0], [[start] for start in starts], at_once=AT_ONCE)
        everybody = await people.walks(settings, audit_id, asked, invited)
        await people.beside(settings, audit_id, asked, everybody)
        first, second, third = everybody[:walkers], everybody[walkers : 2 * walkers], everybody[2 * walkers :]
        await people.answered(settings, audit_id, third)
        command = [sys.executable, "-m", "uvicorn", "app:app", "--app-dir", str(HERE.parent / "peer")]
        peer = stack.enter_context(server([*command, "--no-access-log", "--log-level", "warning"], settings))
        for port, _ in (ours, peer):  # warm
            await over_connections(port, [walk_of(one) for one in second[:4]], at_once=AT_ONCE)
            await over_connections(port, [[submit_of(one)] for one in second[:4]], at_once=AT_ONCE)
        found: dict[str, Any] = {
            "pages": await in_turns((ours, peer), postgres, [walk_of(one) for one in first], at_once=AT_ONCE),
            "submits": await in_turns((ours, peer), postgres, [[submit_of(one)] for one in third], at_once=CROWD),
        }
        both = await people.completes(settings, audit_id)
        assert both == (len(third) + 4, len(third) + 4), both
        # Pages at a fixed rate, by people whose earlier page is always answered by then.
        fresh = second[4:]
        rounds = [(who, page) for page in range(len(fresh[0].walk)) for who in fresh if page < len(who.walk)]
        wanted = rounds[: int(RATE * seconds)]
        found["send"] = await at_rate(ours[0], [request(who, page) for who, page in wanted])
        found["look"] = await at_rate(ours[0], [look(who, who.walk[page][0]) for who, page in wanted])
    return found


@contextlib.asynccontextmanager
async def engines() -> AsyncIterator[tuple[Any, int]]:
    """Settings of a migrated database, and the process id of its server."""
    from service import db, keyring, migrate
    from service.engines import Engines, embedded_dsn
    from service.settings import ROLES, Settings

    memory = Path("/dev/shm")
    root = Path(tempfile.mkdtemp(prefix="samenspraak-bench-", dir=memory if memory.is_dir() else None))
    root.chmod(0o755)
    keyring.ensure(root / "secrets", entropy=os.urandom)
    password = keyring.superuser_password(root / "secrets")
    servers = Engines(root, superuser_password=password)
    try:
        servers.start()
        try:
            settings = Settings(environment="test", state_dir=root, database_url=embedded_dsn(root, "bench"))
            superuser = f"{embedded_dsn(root, 'postgres')}&user=postgres&password={password}"
            passwords: dict[str, str] = {role: keyring.database_password(settings, role) for role in ROLES}
            await db.bootstrap(superuser, database="bench", passwords=passwords)
            await migrate.migrate(db.role_dsn(settings, "owner"))
            yield settings, servers.pid("postgres")
        finally:
            servers.stop()
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextlib.contextmanager
def server(command: list[str], settings: Any) -> Iterator[tuple[int, int]]:
    """A web server on a free port of this machine; (port, process id)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = os.pathsep.join([str(ROOT), str(ROOT / "sdk" / "src"), os.environ.get("PYTHONPATH", "")])
    environment = {
        **os.environ,
        "PYTHONPATH": path,
        "PEER_DATABASE": peer_dsn(settings),
        "SAMENSPRAAK_STATE_DIR": str(settings.state_dir),
        "SAMENSPRAAK_DATABASE_URL": str(settings.database_url),
        "SAMENSPRAAK_PORT": str(port),
        "SAMENSPRAAK_SIMULATED": "yes",
    }
    ours = "service" in command
    child = subprocess.Popen(
        [*command, *([] if ours else ["--port", str(port)])], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until and child.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield port, child.pid
    finally:
        child.terminate()
        child.wait(20)


async def in_turns(
    servers: Sequence[tuple[int, int]], postgres: int, walks: Sequence[Sequence[bytes]], *, at_once: int
) -> "tuple[Spent, Spent]":
    """Send the same walks to both servers, a part to the one and then to the other, so that a busy moment of the
    machine meets both.
    """
    totals = [Spent(), Spent()]
    size = -(-len(walks) // TURNS)
    for start in range(0, len(walks), size):
        for place, (port, pid) in enumerate(servers):
            part = walks[start : start + size]
            totals[place] += await spent(port, pid, postgres, part, at_once=at_once)
    return totals[0], totals[1]


async def spent(port: int, pid: int, postgres: int, walks: Sequence[Sequence[bytes]], *, at_once: int) -> Spent:
    """Send these walks; what it took."""
    cpu, database, wall = cpu_of(pid), cpu_of_children(postgres), time.perf_counter()
    await over_connections(port, walks, at_once=at_once)
    wall = time.perf_counter() - wall
    return Spent(
        requests=sum(map(len, walks)), wall=wall, cpu=cpu_of(pid) - cpu, database=cpu_of_children(postgres) - database
    )


def walk_of(who: Person) -> list[bytes]:
    return [request(who, place) for place in range(len(who.walk))]


def submit_of(who: Person) -> bytes:
    return form_request(f"/s/{who.token}/review", {"action": ["send"]})


def request(who: Person, place: int) -> bytes:
    key, form = who.walk[place]
    return form_request(f"/s/{who.token}/p/{key}", {**form, "revision": [str(place)], "action": ["next"]})


def form_request(path: str, form: Form) -> bytes:
    body = urlencode(form, doseq=True).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def look(who: Person, key: str) -> bytes:
    return f"GET /s/{who.token}/p/{key} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n".encode()


async def over_connections(port: int, walks: Sequence[Sequence[bytes]], *, at_once: int) -> None:
    """Each walk in its own order, several walks at the same time, each connection kept open."""
    waiting = iter(walks)

    async def one() -> None:
        async with connected(port) as wire:
            for walk in waiting:
                for sent in walk:
                    await asked_over(wire, sent)

    await asyncio.gather(*(one() for _ in range(at_once)))


async def at_rate(port: int, requests: Sequence[bytes]) -> list[float]:
    """Seconds from the moment each request was due to its whole answer, at `RATE` a second."""
    free: asyncio.Queue[Any] = asyncio.Queue()
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(64):
            free.put_nowait(await stack.enter_async_context(connected(port)))

        async def one(sent: bytes, due: float) -> float:
            await asyncio.sleep(due - time.perf_counter())
            wire = await free.get()
            await asked_over(wire, sent)
            free.put_nowait(wire)
            return time.perf_counter() - due

        start = time.perf_counter() + 0.2
        return await asyncio.gather(*(one(sent, start + number / RATE) for number, sent in enumerate(requests)))


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[Any]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def asked_over(wire: Any, sent: bytes) -> None:
    """One request and its whole answer; anything but a page or a redirect to the next one is an error."""
    reader, writer = wire
    writer.write(sent)
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
    body = await reader.readexactly(int(fields.get(b"content-length", 0)))
    wanted = b" 303 " if sent.startswith(b"POST") else b" 200 "
    assert wanted in head.split(b"\r\n")[0], (sent, head, body[:2000])


def cpu_of(pid: int) -> float:
    """CPU seconds of a process so far, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def cpu_of_children(parent: int) -> float:
    """CPU seconds of the processes that a server started, those that ended included."""
    total = 0.0
    fields = Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()
    total += (int(fields[13]) + int(fields[14])) / TICKS
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent:
                total += (int(fields[11]) + int(fields[12])) / TICKS
    return total
