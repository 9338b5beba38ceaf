"""Every SQL statement of the house is one that the migrated database understands."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import asyncpg
import pytest

import panels.store
import service.store
import surveys.store

SQL = re.compile(r"\s*(--[^\n]*\n\s*)*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")


def modules() -> Iterator[ModuleType]:
    for package in (panels.store, surveys.store, service.store):
        yield package
        for found in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            yield importlib.import_module(found.name)
    yield importlib.import_module("service.migrate")


def statements() -> Iterator[tuple[str, str]]:
    for module in modules():
        for name, value in vars(module).items():
            if name.isupper() and isinstance(value, str) and SQL.match(value):
                yield f"{module.__name__}.{name}", value


STATEMENTS = sorted(statements())


async def test_every_statement_prepares(owner: Any) -> None:
    wrong = {}
    for name, statement in STATEMENTS:
        try:
            await owner.prepare(statement)
        except asyncpg.PostgresError as error:
            wrong[name] = str(error)
    assert wrong == {}


async def test_the_check_sees_a_wrong_statement(owner: Any) -> None:
    with pytest.raises(asyncpg.UndefinedColumnError):
        await owner.prepare("SELECT colour FROM ops.job")


def test_all_three_stores_are_looked_at() -> None:
    packages = {name.split(".")[0] for name, _ in STATEMENTS}
    assert packages == {"panels", "surveys", "service"}
    assert len(STATEMENTS) > 100


def test_no_sql_is_made_by_formatting() -> None:
    for name, statement in STATEMENTS:
        assert not re.search(r"\{[a-z_]+\}|%s", statement), name
