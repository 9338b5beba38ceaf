"""Migrations: in order, once, and with a clear word when one cannot be applied."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from service import db, keyring, migrate
from service.engines import Engines, embedded_dsn
from service.migrate import Migration, MigrationFailed
from service.settings import ROLES, Settings


def step(number: int, sql: str) -> Migration:
    return Migration(number=number, name=f"{number:04}_step.sql", sql=sql)


ONE = step(1, "CREATE TABLE ops.one (n integer);")
TWO = step(2, "CREATE TABLE ops.two (n integer);")
BROKEN = step(3, "CREATE TABLE ops.three (n integer);\n\nCREATE TABLE ops.four (n nonsense);")


@pytest.fixture
async def owner(engines: Engines) -> AsyncIterator[str]:
    """DSN of the owner on an empty database."""
    name = f"empty_{uuid4().hex}"
    base = Settings(state_dir=engines.state_dir, database_url=embedded_dsn(engines.state_dir, name))
    password = keyring.superuser_password(base.secrets_dir)
    superuser = f"{embedded_dsn(engines.state_dir, 'postgres')}&user=postgres&password={password}"
    passwords: dict[str, str] = {role: keyring.database_password(base, role) for role in ROLES}
    await db.bootstrap(superuser, database=name, passwords=passwords)
    yield db.role_dsn(base, "owner")
    conn = await asyncpg.connect(superuser)
    await conn.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await conn.close()


async def tables(dsn: str) -> set[str]:
    conn = await asyncpg.connect(dsn)
    try:
        rows = await conn.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'ops'")
    finally:
        await conn.close()
    return {row["tablename"] for row in rows} - {"migration", "migration_lock"}


async def test_each_is_applied_once(owner: str) -> None:
    assert await migrate.migrate(owner, migrations=(ONE,)) == (ONE.name,)
    assert await migrate.migrate(owner, migrations=(ONE, TWO)) == (TWO.name,)
    assert await migrate.migrate(owner, migrations=(ONE, TWO)) == ()
    assert await tables(owner) == {"one", "two"}


async def test_runners_at_the_same_time_apply_each_once(owner: str) -> None:
    applied = await asyncio.gather(*(migrate.migrate(owner, migrations=(ONE, TWO)) for _ in range(5)))
    assert sorted(name for names in applied for name in names) == [ONE.name, TWO.name]


async def test_a_broken_one_leaves_nothing_behind_and_names_file_and_line(owner: str) -> None:
    with pytest.raises(MigrationFailed, match=r"0003_step\.sql, line 3: type \"nonsense\" does not exist"):
        await migrate.migrate(owner, migrations=(ONE, BROKEN))
    assert await tables(owner) == {"one"}


async def test_a_changed_one_is_refused(owner: str) -> None:
    await migrate.migrate(owner, migrations=(ONE,))
    with pytest.raises(MigrationFailed, match="changed after it was applied"):
        await migrate.migrate(owner, migrations=(step(1, ONE.sql + " "),))


async def test_a_late_one_with_a_lower_number_is_refused(owner: str) -> None:
    await migrate.migrate(owner, migrations=(TWO,))
    with pytest.raises(MigrationFailed, match="give it a higher number"):
        await migrate.migrate(owner, migrations=(ONE, TWO))


async def test_a_database_of_a_newer_version_is_left_alone(owner: str) -> None:
    await migrate.migrate(owner, migrations=(ONE, TWO))
    with pytest.raises(MigrationFailed, match="run a newer version"):
        await migrate.migrate(owner, migrations=(ONE,))


def test_the_files_of_the_house_are_numbered_without_gaps() -> None:
    numbers = [migration.number for migration in migrate.read()]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("names", [["0001_a.sql", "0001_b.sql"], ["1_a.sql"], ["0001_A.sql"]])
def test_odd_file_names_are_refused(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1;")
    with pytest.raises(MigrationFailed):
        migrate.read(tmp_path)
