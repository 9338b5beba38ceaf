"""A connection of the owner of the schemas on a migrated database."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from service.db import role_dsn
from service.settings import Settings


@pytest.fixture
async def owner(database_settings: Settings) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """May do everything with the schemas; nobody of the running service may."""
    conn = await asyncpg.connect(role_dsn(database_settings, "owner"))
    yield conn
    await conn.close()
