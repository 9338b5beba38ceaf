"""What a role of the database may read. Each refusal has its control: a role that may."""

from typing import Any

import asyncpg
import pytest

from service.db import Database, Databases

VAULT = ("vault.contact", "vault.reach", "vault.letter", "vault.import", "vault.erasure")


async def readable(database: Database, table: str) -> bool:
    try:
        async with database.transaction() as conn:
            await conn.execute(f"SELECT * FROM {table} LIMIT 1")
    except asyncpg.InsufficientPrivilegeError:
        return False
    return True


@pytest.mark.parametrize("table", VAULT)
async def test_only_the_vault_role_reads_the_vault(databases: Databases, table: str) -> None:
    assert not await readable(databases.api, table)
    assert not await readable(databases.worker, table)
    assert not await readable(databases.tally, table)
    assert await readable(databases.vault, table)


async def test_only_the_tally_role_reads_the_ballot_box(databases: Databases) -> None:
    assert not await readable(databases.api, "ballots.box")
    assert not await readable(databases.worker, "ballots.box")
    assert not await readable(databases.vault, "ballots.box")
    assert await readable(databases.tally, "ballots.box")


async def test_every_table_of_the_vault_is_looked_at(owner: Any) -> None:
    rows = await owner.fetch("SELECT table_name FROM information_schema.tables WHERE table_schema = 'vault'")
    assert {f"vault.{row['table_name']}" for row in rows} == set(VAULT)


async def test_the_api_may_drop_into_vault_and_box_and_nothing_else(owner: Any) -> None:
    rows = await owner.fetch(
        "SELECT table_schema || '.' || table_name AS name, array_agg(privilege_type ORDER BY privilege_type) AS may"
        " FROM information_schema.role_table_grants"
        " WHERE grantee = 'samenspraak_api' AND (table_schema = 'vault' OR table_name = 'box') GROUP BY 1"
    )
    assert {tuple(row["may"]) for row in rows} == {("INSERT",)}
    columns = await owner.fetch(
        "SELECT DISTINCT privilege_type FROM information_schema.role_column_grants"
        " WHERE grantee = 'samenspraak_api' AND (table_schema = 'vault' OR table_name = 'box')"
    )
    assert {row["privilege_type"] for row in columns} == {"INSERT"}


@pytest.mark.parametrize("role", ["api", "worker", "vault", "tally"])
async def test_no_role_of_the_service_changes_the_schema_or_the_trail(databases: Databases, role: str) -> None:
    database: Database = getattr(databases, role)
    for statement in (
        "CREATE TABLE ops.mine (x int)",
        "CREATE SCHEMA mine",
        "DROP TABLE ops.trail",
        "TRUNCATE ops.trail",
        "UPDATE ops.trail SET actor = 'x'",
        "DELETE FROM ops.trail",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.transaction() as conn:
                await conn.execute(statement)
