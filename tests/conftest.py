"""Fixtures on the real engines: one embedded PostgreSQL and Valkey per test session, one fresh database per test."""

import asyncio
import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import hypothesis
import pytest

from service import db, keyring, migrate
from service.db import Database, Databases
from service.engines import Engines, embedded_dsn
from service.settings import ROLES, Role, Settings
from service.store import Connection

TEMPLATE = "samenspraak_template"
_numbers = itertools.count(1)

# The gate judges the change, not the luck of the draw: there the generated inputs are the same every time. On a
# developer's machine they differ from run to run and go on searching.
hypothesis.settings.register_profile("gate", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("gate")


@pytest.fixture(scope="session")
def state_root() -> Iterator[Path]:
    """A short folder that the servers' own user can enter; in memory where the machine offers it."""
    memory = Path("/dev/shm")
    base = memory if memory.is_dir() and os.access(memory, os.W_OK) else Path(tempfile.gettempdir())
    root = Path(tempfile.mkdtemp(prefix="samenspraak-test-", dir=base))
    root.chmod(0o755)
    yield root
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def engines(state_root: Path) -> Iterator[Engines]:
    """Both servers, with the migrated template database. Everything that makes rows durable stays on."""
    keyring.ensure(state_root / "secrets", entropy=os.urandom)
    servers = Engines(state_root, superuser_password=keyring.superuser_password(state_root / "secrets"))
    servers.start()
    try:
        asyncio.run(_make_template(_settings(state_root, TEMPLATE)))
        yield servers
    finally:
        servers.stop()


async def _make_template(settings: Settings) -> None:
    passwords: dict[str, str] = {role: keyring.database_password(settings, role) for role in ROLES}
    await db.bootstrap(_superuser_dsn(settings.state_dir), database=TEMPLATE, passwords=passwords)
    await migrate.migrate(db.role_dsn(settings, "owner"))


def _superuser_dsn(state_dir: Path) -> str:
    password = keyring.superuser_password(state_dir / "secrets")
    return f"{embedded_dsn(state_dir, 'postgres')}&user=postgres&password={password}"


def _settings(state_dir: Path, database: str) -> Settings:
    return Settings(
        environment="test",
        state_dir=state_dir,
        port=0,
        public_url="http://samenspraak.test",
        mail_from="Samenspraak <panel@samenspraak.test>",
        database_url=embedded_dsn(state_dir, database),
    )


async def _create_database(state_dir: Path) -> str:
    name = f"test_{next(_numbers)}"
    conn = await asyncpg.connect(_superuser_dsn(state_dir))
    try:
        await conn.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER samenspraak_owner")
    finally:
        await conn.close()
    return name


async def _drop_database(state_dir: Path, name: str) -> None:
    conn = await asyncpg.connect(_superuser_dsn(state_dir))
    try:
        await conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await conn.close()


@pytest.fixture
async def database_settings(engines: Engines) -> AsyncIterator[Settings]:
    """Settings that point at a fresh database, made from the template and dropped afterwards."""
    name = await _create_database(engines.state_dir)
    yield _settings(engines.state_dir, name)
    with contextlib.suppress(OSError, asyncpg.PostgresError):
        await _drop_database(engines.state_dir, name)


@pytest.fixture
async def databases(database_settings: Settings) -> AsyncIterator[Databases]:
    """A fresh database, with a pool for every role of the running service."""
    roles: tuple[Role, ...] = ("api", "worker", "vault", "tally")
    held = await Databases.connect(database_settings, roles=roles, max_size=6)
    yield held
    await held.close()


@pytest.fixture(scope="session")
def shared_settings(engines: Engines) -> Settings:
    """One database for all tests that undo what they do."""
    return _settings(engines.state_dir, asyncio.run(_create_database(engines.state_dir)))


@contextlib.asynccontextmanager
async def _undone(settings: Settings, role: Role) -> AsyncIterator[Connection]:
    database = await Database.connect(db.role_dsn(settings, role), role=role, max_size=1)
    try:
        with contextlib.suppress(_Undo):
            async with database.transaction() as conn:
                yield conn
                raise _Undo
    finally:
        await database.close()


class _Undo(Exception):
    """Ends a test's transaction without a commit."""


@pytest.fixture
async def conn(shared_settings: Settings) -> AsyncIterator[Connection]:
    """An open transaction of the API's role, undone after the test."""
    async with _undone(shared_settings, "api") as connection:
        yield connection


@pytest.fixture
async def worker_conn(shared_settings: Settings) -> AsyncIterator[Connection]:
    """An open transaction of the worker's role, undone after the test."""
    async with _undone(shared_settings, "worker") as connection:
        yield connection


@pytest.fixture
async def vault_conn(shared_settings: Settings) -> AsyncIterator[Connection]:
    """An open transaction of the vault's role, undone after the test. It does not see what `conn` has not committed."""
    async with _undone(shared_settings, "vault") as connection:
        yield connection


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a state directory of their own and all secrets made; no engines."""
    state_dir = tmp_path / "state"
    keyring.ensure(state_dir / "secrets", entropy=os.urandom)
    return Settings(
        environment="test",
        state_dir=state_dir,
        port=0,
        public_url="http://samenspraak.test",
        mail_from="Samenspraak <panel@samenspraak.test>",
    )


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
