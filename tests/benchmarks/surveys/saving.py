"""Saving a page of answers: the service itself beside FastAPI with SQLAlchemy, on one PostgreSQL, over loopback.

Both servers run as one uvicorn process each. The same people send the same pages in the same order over kept-open
connections; every page is one durable commit. What a server's processor did is read from the system before and after,
that of PostgreSQL included as a figure of its own. Then people look at pages and send them at a fixed rate, whatever
the answers take: times are wall times from the moment a request was due.
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
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from harness import Bench, Row

HERE = Path(__file__).resolve()
ROOT = HERE.parents[3]
AT_ONCE = 16
RATE = 100
TICKS = os.sysconf("SC_CLK_TCK")
Form = dict[str, list[str]]


def rows(bench: Bench) -> Iterator[Row]:
    people, seconds = (40, 3.0) if bench.short else (200, 10.0)
    found = asyncio.run(measured(people, seconds))
    ours, peer = found["ours"], found["peer"]
    goal = None if bench.short else 5.0
    pages = ours.pages
    note = f"{ours.pages / ours.wall:.0f} and {peer.pages / peer.wall:.0f} pages a second"
    yield bench.row(
        "a page saved, wall", n=pages, ours=ours.wall / pages * 1000, peer=peer.wall / peer.pages * 1000,
        peer_name="FastAPI + SQLAlchemy", unit="ms", goal=goal, note=note,
    )  # fmt: skip
    yield bench.row(
        "a page saved, CPU of the server", n=pages, ours=ours.cpu / pages * 1000, peer=peer.cpu / peer.pages * 1000,
        peer_name="FastAPI + SQLAlchemy", unit="CPU ms", goal=None if bench.short else 4.0,
    )  # fmt: skip
    yield bench.row(
        "a page saved, CPU of PostgreSQL", n=pages, ours=ours.database / pages * 1000,
        peer=peer.database / peer.pages * 1000, peer_name="FastAPI + SQLAlchemy", unit="CPU ms",
    )  # fmt: skip
    for name, at_most in (("look", 50.0), ("send", 80.0)):
        times = sorted(found[name])
        p95, longest = times[int(0.95 * (len(times) - 1))] * 1000, times[-1] * 1000
        what = {"look": "a page shown, p95", "send": "a page sent, p95"}[name] + f" at {RATE} a second"
        yield bench.limit(what, n=len(times), ours=p95, at_most=at_most, unit="ms", note=f"longest {longest:.0f} ms")


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What sending all pages took; seconds."""

    pages: int
    wall: float
    cpu: float
    database: float


@dataclass(frozen=True, kw_only=True)
class Person:
    """One invited person, with the whole walk filled in beforehand."""

    token: str
    invitation_id: Any
    respondent_id: Any
    walk: tuple[tuple[str, Form], ...]


async def measured(people: int, seconds: float) -> dict[str, Any]:
    """All figures on one database that is made and thrown away."""
    async with engines() as (settings, postgres):
        audit_id, asked, tokens = await in_the_field(settings, people * 2)
        with server([sys.executable, "-m", "service", "api"], settings) as (port, pid):
            everybody = await begun(settings, audit_id, asked, tokens, port)
            first, second = everybody[:people], everybody[people:]
            await all_sent(port, second[:4])  # warm
            ours = await spent(port, pid, postgres, first)
            # Pages at a fixed rate, by people whose earlier page is always answered by then.
            wanted = int(RATE * seconds)
            fresh = second[4:]
            rounds = [(who, page) for page in range(len(fresh[0].walk)) for who in fresh if page < len(who.walk)]
            sends = [request(who, page) for who, page in rounds[:wanted]]
            looks = [look(who, who.walk[page][0]) for who, page in rounds[:wanted]]
            send = await at_rate(port, sends)
            shown = await at_rate(port, looks)
        await beside(settings, audit_id, asked, everybody)
        command = [sys.executable, "-m", "uvicorn", "app:app", "--app-dir", str(HERE.parent / "peer")]
        with server([*command, "--no-access-log", "--log-level", "warning"], settings) as (port, pid):
            await all_sent(port, second[:4])
            peer = await spent(port, pid, postgres, first)
    return {"ours": ours, "peer": peer, "look": shown, "send": send}


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


async def in_the_field(settings: Any, people: int) -> tuple[Any, Any, list[tuple[Any, Any, str]]]:
    """An audit in its fieldwork; its questionnaire and (invitation, respondent, token) of this many people."""
    from samenspraak import examples
    from samenspraak.types.audit import AuditRequest, ClosingRule, PlanRequest, Schedule
    from uuid_utils.compat import uuid7

    from panels import links
    from panels.margins import sets as margins
    from service import db, keyring
    from service.audits import approval, cases, opening
    from service.audits.models import Actor
    from service.context import Context
    from surveys import applications, responses
    from tests.integration.api.harness import MARGINS, new_organisation

    now, staff, developer = datetime.now(UTC), Actor(role="staff"), Actor(role="developer")
    databases = await db.Databases.connect(settings, roles=("api", "vault"), max_size=2)
    context = Context(settings=settings, db=databases.api, keys=keyring.load(settings.secrets_dir))
    async with databases.vault.transaction() as conn:
        await conn.execute(MEMBERS, now, people * 6)
        await conn.execute(CONSENTS, now)
    organisation = await new_organisation(context)
    async with context.db.transaction() as conn:
        population = margins.parse(MARGINS.read_text(), name="CBS", now=now, id=str(uuid7()))
        await margins.add(conn, population)
        document = examples.load("chatbot-gemeente")
        stored = await applications.keep(
            conn, organisation_id=organisation, application=document, now=now, new_id=uuid7
        )
        wanted = AuditRequest(application_id=stored.id, form="standard", target_completes=people)
        case = await cases.create(
            conn, organisation_id=organisation, application=stored, request=wanted, actor=developer, now=now,
            new_id=uuid7,
        )  # fmt: skip
        await cases.submit(conn, audit_id=case.id, organisation_id=organisation, actor=developer, now=now)
        await cases.start_review(conn, audit_id=case.id, actor=staff, now=now)
        plan = PlanRequest(
            margins_id=population.id, sample_kind="simulated", closing=ClosingRule(completes=people),
            schedule=Schedule(day_seconds=20.0, reminder_days=(1.0,)),
        )  # fmt: skip
        await approval.approve(conn, audit_id=case.id, request=plan, actor=staff, now=now, entropy=os.urandom)
        case = await opening.open_fieldwork(
            conn, audit_id=case.id, actor=staff, link_key=context.keys.link_key, secrets_dir=settings.secrets_dir,
            now=now, new_id=uuid7, entropy=os.urandom,
        )  # fmt: skip
        drawn = await conn.fetch(
            "SELECT id, respondent_id FROM panel.invitation WHERE audit_id = $1 ORDER BY id LIMIT $2", case.id, people
        )
        asked = await responses.questionnaire(conn, case.id)
    await databases.close()
    assert len(drawn) == people
    key = context.keys.link_key
    return case.id, asked, [(r["id"], r["respondent_id"], links.token(key, "invitation", r["id"])) for r in drawn]


MEMBERS = """
INSERT INTO panel.member (id, status, admitted, kind, sex, birth_year, province, education, language,
    consent_version, consent_at, joined_at, confirm_hash, link_hash)
SELECT gen_random_uuid(), 'active', true, 'simulated', (ARRAY['M', 'V'])[1 + n % 2], 1940 + (n * 7) % 66,
    'PV' || (20 + n % 12), (ARRAY['1', '2', '3'])[1 + (n / 2) % 3], 'nl', 'test', $1, $1,
    sha256(('confirm' || n)::bytea), sha256(('link' || n)::bytea)
FROM generate_series(1, $2::int) AS n
"""
CONSENTS = """
INSERT INTO panel.consent (member_id, purpose, version, given_at)
SELECT id, purpose, 'test', $1 FROM panel.member, unnest(ARRAY['membership', 'profile']) AS purpose
"""


async def begun(
    settings: Any, audit_id: Any, asked: Any, people: list[tuple[Any, Any, str]], port: int
) -> list[Person]:
    """Everybody begins through the service; then their walks are filled in."""
    from service import db
    from surveys import responses

    starts = [form_request(f"/s/{token}", {"action": ["start"]}) for _, _, token in people]
    await over_connections(port, [[start] for start in starts])
    databases = await db.Databases.connect(settings, roles=("api",), max_size=2)
    found = []
    async with databases.api.reading() as conn:
        for invitation_id, respondent_id, token in people:
            response = await responses.load(conn, audit_id=audit_id, respondent_id=respondent_id)
            assert response is not None
            walk = tuple(walked(asked, response.respondent))
            found.append(Person(token=token, invitation_id=invitation_id, respondent_id=respondent_id, walk=walk))
    await databases.close()
    return found


def walked(asked: Any, who: Any) -> Iterator[tuple[str, Form]]:
    """Page after page of one person's route with a sound answer to everything: the form as a browser sends it."""
    from surveys import routing
    from surveys.answers import check_page

    answers: dict[str, Any] = {}
    page = routing.next_page(asked, who, answers, after=None)
    while page is not None:
        form: Form = {}
        for question in page.questions:
            form |= filled(question, routing.options_shown(question, who, answers, asked))
        checked = check_page(asked, page, who, form=form, answers=answers)
        assert not checked.faults, checked.faults
        answers |= checked.values
        yield page.key, form
        page = routing.next_page(asked, who, answers, after=page.key)


def filled(question: Any, shown: Any) -> Form:
    """An answer to one question: the first options, the middle of a range, some words."""
    codes = [str(option.code) for option in shown.options if not option.ends]
    match question.__struct_config__.tag:
        case "info":
            return {}
        case "ranking":
            return {f"{question.key}.{place + 1}": [code] for place, code in enumerate(codes[: shown.top])}
        case "matrix":
            return {f"{question.key}.{row.key}": codes[:1] for row in question.rows}
        case "numeric" | "slider":
            return {question.key: [str((question.minimum + question.maximum) // 2)]}
        case "open":
            return {question.key: ["Wie kijkt er mee met wat de computer doet?"]}
        case "statement":
            return {question.key: ["1"]}
        case _:
            return {question.key: [str(question.correct)] if hasattr(question, "correct") else codes[:1]}


async def beside(settings: Any, audit_id: Any, asked: Any, people: Sequence[Person]) -> None:
    """The peer's tables in the same database, with the same people at the start of the same walk."""
    sys.path.insert(0, str(HERE.parent / "peer"))
    os.environ["PEER_DATABASE"] = peer_dsn(settings)
    import app as peer
    import msgspec

    from panels import links

    async with peer.engine.begin() as conn:
        await conn.run_sync(peer.Base.metadata.create_all)
    async with peer.session() as session, session.begin():
        session.add(peer.Audit(id=audit_id, state="fielding"))
        session.add(peer.Questionnaire(audit_id=audit_id, definition=msgspec.to_builtins(asked)))
        for one in people:
            given = {"audit_id": audit_id, "respondent_id": one.respondent_id}
            token_hash = links.token_hash(one.token)
            session.add(peer.Invitation(id=one.invitation_id, token_hash=token_hash, disposition="started", **given))
            session.add(
                peer.Saved(
                    id=one.respondent_id,
                    state="in_progress",
                    revision=0,
                    saved_at=datetime.now(UTC).replace(tzinfo=None),
                    **given,
                )
            )
    await peer.engine.dispose()


def peer_dsn(settings: Any) -> str:
    """The same database for SQLAlchemy."""
    from service.db import role_dsn

    login = urlsplit(role_dsn(settings, "owner"))
    return f"postgresql+asyncpg:///{login.path.lstrip('/')}?{login.query}"


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


async def spent(port: int, pid: int, postgres: int, people: Sequence[Person]) -> Spent:
    """Send every page of these people; what it took."""
    cpu, database, wall = cpu_of(pid), cpu_of_children(postgres), time.perf_counter()
    pages = await all_sent(port, people)
    wall = time.perf_counter() - wall
    return Spent(pages=pages, wall=wall, cpu=cpu_of(pid) - cpu, database=cpu_of_children(postgres) - database)


async def all_sent(port: int, people: Sequence[Person]) -> int:
    """Send whole walks, `AT_ONCE` people at a time; the number of pages."""
    walks = [[request(who, place) for place in range(len(who.walk))] for who in people]
    await over_connections(port, walks)
    return sum(map(len, walks))


def request(who: Person, place: int) -> bytes:
    key, form = who.walk[place]
    return form_request(f"/s/{who.token}/p/{key}", {**form, "revision": [str(place)], "action": ["next"]})


def form_request(path: str, form: Form) -> bytes:
    body = urlencode(form, doseq=True).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def look(who: Person, key: str) -> bytes:
    return f"GET /s/{who.token}/p/{key} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n".encode()


async def over_connections(port: int, walks: Sequence[Sequence[bytes]]) -> None:
    """Each walk in its own order, several walks at the same time, each connection kept open."""
    waiting = iter(walks)

    async def one() -> None:
        async with connected(port) as wire:
            for walk in waiting:
                for sent in walk:
                    await asked_over(wire, sent)

    await asyncio.gather(*(one() for _ in range(AT_ONCE)))


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
