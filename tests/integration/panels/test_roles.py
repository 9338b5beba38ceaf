"""Who may read what: the API's role drops addresses into the vault and can never read them back."""

import importlib
import pkgutil

import asyncpg
import pytest

from panels import retention, store
from service.db import Databases

OF_THE_VAULT = {"contacts", "purge"}


def statements() -> list[tuple[str, str, str]]:
    found = []
    for module in pkgutil.iter_modules(store.__path__):
        loaded = importlib.import_module(f"panels.store.{module.name}")
        for name, value in vars(loaded).items():
            if name.isupper() and isinstance(value, str):
                found.append((module.name, name, value))
    return found


@pytest.mark.parametrize("table", ["contact", "import", "erasure"])
@pytest.mark.parametrize("role", ["api", "worker"])
async def test_the_vault_cannot_be_read_by_others(databases: Databases, role: str, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with getattr(databases, role).transaction() as conn:
            await conn.fetch(f"SELECT * FROM vault.{table}")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE vault.contact SET email = 'x'",
        "DELETE FROM vault.contact",
        "DELETE FROM panel.member",
        "UPDATE panel.member SET admitted = true",
        "UPDATE panel.invitation SET profile = '{}'",
        "UPDATE panel.invitation SET member_id = NULL",
        "DELETE FROM panel.invitation",
        "UPDATE panel.margin_set SET name = 'x'",
        "DELETE FROM panel.margin_set",
        "UPDATE panel.draw SET seed = 'x'",
        "DELETE FROM panel.consent",
    ],
)
async def test_the_api_cannot_change_what_is_settled(databases: Databases, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with databases.api.transaction() as conn:
            await conn.execute(statement)


async def test_the_vault_role_cannot_read_profiles_of_invitations(databases: Databases) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with databases.vault.transaction() as conn:
            await conn.fetch("SELECT profile FROM panel.invitation")


async def test_the_tally_role_sees_nothing_of_the_panel(databases: Databases) -> None:
    for table in ("panel.member", "panel.invitation", "vault.contact"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with databases.tally.transaction() as conn:
                await conn.fetch(f"SELECT * FROM {table}")


async def test_every_statement_prepares(databases: Databases) -> None:
    assert len(statements()) > 50
    async with databases.vault.reading() as conn:
        for module, name, statement in statements():
            try:
                await conn.prepare(statement)
            except asyncpg.PostgresError as wrong:
                pytest.fail(f"{module}.{name}: {wrong}")


async def test_every_table_has_a_retention_rule(databases: Databases) -> None:
    async with databases.vault.reading() as conn:
        rows = await conn.fetch(
            "SELECT n.nspname || '.' || c.relname AS name FROM pg_class AS c JOIN pg_namespace AS n"
            " ON n.oid = c.relnamespace WHERE n.nspname IN ('vault', 'panel') AND c.relkind = 'r'"
        )
    assert {row["name"] for row in rows} == {rule.table for rule in retention.RULES}
