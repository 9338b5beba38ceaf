"""Members imported from a file: from the bytes that staff send to the outcome of the job, on the real database.

Each size runs in a process of its own, on a database with everything on that makes rows durable. The file has
postcodes, house numbers and selection probabilities, and one row in a hundred with a fault. The processor
time of the database is that of the whole server, its start included.
"""

import asyncio
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from harness import Bench, Row

HERE = Path(__file__).resolve()
GOAL_SECONDS = 60.0
GOAL_MIB = 250.0
PC4 = [str(number) for number in range(1000, 4000)]


def rows(bench: Bench) -> Iterator[Row]:
    for size in (10_000,) if bench.short else (10_000, 100_000):
        found = measured(size)
        note = f"{found['imported']:.0f} imported, {found['refused']:.0f} refused, {found['flagged']:.0f} flagged"
        goal = GOAL_SECONDS * size / 100_000
        yield bench.limit("import of members, wall", n=size, ours=found["wall"], at_most=goal, unit="wall s", note=note)
        yield bench.limit("import of members, CPU of the service", n=size, ours=found["cpu"], at_most=goal)
        yield bench.limit("import of members, CPU of the database", n=size, ours=found["database"], at_most=goal)
        yield bench.limit("import of members, peak memory", n=size, ours=found["mib"], at_most=GOAL_MIB, unit="MiB")


def measured(size: int) -> dict[str, float]:
    """One import in a fresh process."""
    path = os.pathsep.join([str(HERE.parents[1]), str(HERE.parents[3]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, str(HERE), str(size)],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=HERE.parents[3],
    )
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def member_file(size: int, version: str) -> bytes:
    """A file as a fieldwork office delivers it."""
    random = Random(1)
    lines = [
        "E-mail;geboortejaar;geslacht;province;education;language;consent_version;consent_at;postcode;house_number;"
        "selection_probability"
    ]
    for number in range(size):
        year = 2031 if number % 100 == 50 else 2026 - random.randrange(18, 90)
        lines.append(
            f"lid{number}@voorbeeld.test;{year};{random.choice(('man', 'vrouw', ''))};;{random.choice('123')};nl;"
            f"{version};2026-11-20T10:00:00Z;{random.choice(PC4)} A{random.choice('BCDE')};{random.randrange(1, 25)};"
            "0.0025"
        )
    return "\r\n".join(lines).encode("utf-8-sig")


def postcode_file() -> bytes:
    header = "pc4,municipality,province,urbanity"
    return "\n".join([header, *(f"{pc4},GM0344,PV26,{1 + int(pc4) % 5}" for pc4 in PC4)]).encode()


async def imported(work: Any, size: int) -> dict[str, float]:
    """Queue as the API does and run as the worker does."""
    from samenspraak.types.joining import ImportMapping
    from uuid_utils.compat import uuid7

    from panels.joining import imports, postcodes
    from panels.joining.notice import NOTICE_VERSION
    from service.tasks.arguments import PanelImport
    from service.tasks.upkeep import import_panel

    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    async with work.databases.api.transaction() as conn:
        await postcodes.add(
            conn,
            csv=postcode_file(),
            version="1",
            source="made up",
            provenance="read",
            staff="s",
            now=now,
            new_id=uuid7,
        )
    mapping = ImportMapping(
        columns={"E-mail": "email", "geboortejaar": "birth_year", "geslacht": "sex"},
        values={"sex": {"man": "M", "vrouw": "V"}},
    )
    csv = member_file(size, NOTICE_VERSION)
    import_id = uuid7()
    wall, cpu = time.perf_counter(), time.process_time()
    async with work.databases.api.transaction() as conn:
        await imports.queue_import(
            conn, import_id=import_id, csv=csv, mapping=mapping, dry_run=False, kind="probability", staff="s", now=now
        )
    await import_panel(work, PanelImport(import_id=import_id))
    spent = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    async with work.databases.api.reading() as conn:
        outcome = await imports.import_outcome(conn, import_id)
    assert outcome is not None
    counts = {"imported": outcome.imported, "refused": outcome.refused, "flagged": outcome.flagged}
    return spent | {name: float(count) for name, count in counts.items()}


def main(size: int) -> dict[str, float]:
    """Start a database, import, stop it."""
    from service import keyring
    from service.engines import Engines

    memory = Path("/dev/shm")
    root = Path(tempfile.mkdtemp(prefix="samenspraak-bench-", dir=memory if memory.is_dir() else None))
    root.chmod(0o755)
    keyring.ensure(root / "secrets", entropy=os.urandom)
    engines = Engines(root, superuser_password=keyring.superuser_password(root / "secrets"))
    try:
        engines.start()
        try:
            found = asyncio.run(_on(root, size))
        finally:
            engines.stop()
    finally:
        shutil.rmtree(root, ignore_errors=True)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = resource.getrusage(resource.RUSAGE_SELF)
    return found | {"database": children.ru_utime + children.ru_stime, "mib": own.ru_maxrss / 1024}


async def _on(root: Path, size: int) -> dict[str, float]:
    from service import db, keyring, migrate
    from service.engines import embedded_dsn
    from service.mail.send import Mailer
    from service.settings import ROLES, Settings
    from service.work import Computing, Work

    settings = Settings(
        environment="test",
        state_dir=root,
        port=0,
        public_url="http://samenspraak.test",
        mail_from="Samenspraak <panel@samenspraak.test>",
        database_url=embedded_dsn(root, "bench"),
    )
    superuser = (
        f"{embedded_dsn(root, 'postgres')}&user=postgres&password={keyring.superuser_password(root / 'secrets')}"
    )
    passwords: dict[str, str] = {role: keyring.database_password(settings, role) for role in ROLES}
    await db.bootstrap(superuser, database="bench", passwords=passwords)
    await migrate.migrate(db.role_dsn(settings, "owner"))
    databases = await db.Databases.connect(settings, roles=("api", "worker", "vault", "tally"), max_size=2)
    computing = Computing()
    try:
        work = Work(
            settings=settings,
            databases=databases,
            keys=keyring.load(settings.secrets_dir),
            mailer=Mailer("smtp://127.0.0.1:9"),
            computing=computing,
        )
        return await imported(work, size)
    finally:
        computing.close()
        await databases.close()


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
