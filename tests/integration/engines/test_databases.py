"""Roles, transactions and outages against the real server."""

import asyncio
import time
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from service import db
from service.db import Database, Databases, DatabaseUnavailable, DatabaseUnsafe, Hint, LoginRefused
from service.settings import Settings
from service.store import Connection

ROLES = ("api", "worker", "vault", "tally")


async def test_every_role_logs_in_as_itself(databases: Databases) -> None:
    for database in (databases.api, databases.worker, databases.vault, databases.tally):
        async with database.transaction() as conn:
            assert await conn.fetchval("SELECT current_user") == f"samenspraak_{database.role}"


async def test_a_wrong_password_is_refused_on_the_socket(database_settings: Settings) -> None:
    settings = msgspec.structs.replace(database_settings, database_passwords={"api": "guessed"})
    with pytest.raises(LoginRefused, match="SAMENSPRAAK_DATABASE_PASSWORD_<ROLE>"):
        await db.first_connection(db.role_dsn(settings, "api"))


async def test_the_api_process_cannot_reach_another_role(database_settings: Settings) -> None:
    held = await Databases.connect(database_settings, roles=("api",))
    with pytest.raises(LookupError):
        _ = held.vault
    await held.close()


@pytest.mark.parametrize("schema", ["vault", "panel", "fieldwork", "ballots", "results", "ops"])
@pytest.mark.parametrize("role", ROLES)
async def test_no_running_role_can_make_or_drop_tables(databases: Databases, role: str, schema: str) -> None:
    database: Database = getattr(databases, role)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.transaction() as conn:
            await conn.execute(f"CREATE TABLE {schema}.mine (n integer)")


# Tables of two schemas on which the API's role holds a privilege, on the table or on a column of it.
HELD_BY_API = """
SELECT format('%s.%s', n.nspname, c.relname) AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('vault', 'ballots') AND c.relkind = 'r'
  AND (has_table_privilege('samenspraak_api', c.oid, $1)
       OR $1 IN ('SELECT', 'UPDATE') AND has_any_column_privilege('samenspraak_api', c.oid, $1))
"""


@pytest.mark.parametrize("privilege", ["SELECT", "UPDATE", "DELETE", "TRUNCATE"])
async def test_the_api_can_only_drop_things_into_the_vault_and_the_ballot_box(conn: Connection, privilege: str) -> None:
    held = {row["name"] for row in await conn.fetch(HELD_BY_API, privilege)}
    assert not {name for name in held if name.startswith("vault.")}
    assert "ballots.box" not in held


async def test_json_goes_in_as_a_struct_and_comes_out_as_bytes(conn: Connection) -> None:
    value = Hint(job_id=uuid4(), queue="é")
    found = await conn.fetchval("SELECT $1::jsonb", value)
    assert msgspec.json.decode(found, type=Hint) == value


class TestTransaction:
    async def test_a_failure_undoes_everything(self, databases: Databases) -> None:
        async def fail() -> None:
            async with databases.worker.transaction() as conn:
                await self.add(conn)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await fail()
        assert await self.count(databases) == 0

    async def test_reading_cannot_write(self, databases: Databases) -> None:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            async with databases.worker.reading() as conn:
                await self.add(conn)

    async def test_a_deadlock_is_solved_by_running_again(self, databases: Databases) -> None:
        async with databases.worker.transaction() as conn:
            for name in ("a", "b"):
                await self.add(conn, name)
        met = asyncio.Barrier(2)
        tries = 0

        async def cross(first: str, second: str) -> None:
            async def work(conn: Connection) -> None:
                nonlocal tries
                tries += 1
                await self.touch(conn, first)
                if tries <= 2:
                    await met.wait()
                await self.touch(conn, second)

            await databases.worker.run(work)

        await asyncio.wait_for(asyncio.gather(cross("a", "b"), cross("b", "a")), 20)
        assert tries == 3

    @staticmethod
    async def add(conn: Connection, name: str = "x") -> None:
        await conn.execute(
            "INSERT INTO ops.job (id, kind, args, dedup_key, queue, run_after)"
            " VALUES (gen_random_uuid(), 'data.purge', '{}', $1, 'default', now() + interval '1 day')",
            name,
        )

    @staticmethod
    async def touch(conn: Connection, name: str) -> None:
        await conn.execute("UPDATE ops.job SET attempts = attempts + 1 WHERE dedup_key = $1", name)

    @staticmethod
    async def count(databases: Databases) -> int:
        async with databases.worker.reading() as conn:
            return int(await conn.fetchval("SELECT count(*) FROM ops.job"))


class TestOutage:
    async def test_a_server_that_is_not_there_is_unavailable_within_seconds(self, settings: Settings) -> None:
        settings.state_dir.chmod(0o755)
        database = await Database.connect(db.role_dsn(settings, "api"), role="api")
        began = time.monotonic()
        with pytest.raises(DatabaseUnavailable) as caught:
            async with database.transaction():
                pass
        assert caught.value.retry_after == 2
        assert time.monotonic() - began < 5
        await database.close()

    async def test_a_connection_cut_in_the_middle_is_an_outage_and_the_next_one_works(
        self, databases: Databases
    ) -> None:
        async def cut() -> None:
            async with databases.worker.transaction() as conn:
                own = await conn.fetchval("SELECT pg_backend_pid()")
                async with databases.worker.transaction() as other:
                    await other.execute("SELECT pg_terminate_backend($1)", own)
                await conn.fetchval("SELECT 1")

        with pytest.raises(DatabaseUnavailable):
            await cut()
        async with databases.worker.reading() as conn:
            assert await conn.fetchval("SELECT 1") == 1

    async def test_a_statement_that_takes_too_long_is_an_outage(self, database_settings: Settings) -> None:
        database = await Database.connect(db.role_dsn(database_settings, "api"), role="api", command_seconds=0.2)
        with pytest.raises(DatabaseUnavailable):
            async with database.transaction() as conn:
                await conn.execute("SELECT pg_sleep(5)")
        await database.close()

    async def test_a_mistake_of_ours_is_no_outage(self, databases: Databases) -> None:
        with pytest.raises(asyncpg.UndefinedTableError):
            async with databases.api.transaction() as conn:
                await conn.execute("SELECT * FROM nowhere")
        with pytest.raises(FileNotFoundError):
            async with databases.api.transaction():
                raise FileNotFoundError


async def test_a_database_that_may_lose_rows_is_refused(database_settings: Settings) -> None:
    dsn = db.role_dsn(database_settings, "owner")
    await db.refuse_unsafe(dsn)
    conn = await asyncpg.connect(dsn)
    await conn.execute("ALTER ROLE samenspraak_owner SET synchronous_commit = off")
    try:
        with pytest.raises(DatabaseUnsafe, match="synchronous_commit is off"):
            await db.refuse_unsafe(dsn)
    finally:
        await conn.execute("ALTER ROLE samenspraak_owner RESET synchronous_commit")
        await conn.close()
