"""SQL of the service's own tables: audits, trail, keys, idempotency keys, results, organisations, jobs."""

from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Row = asyncpg.Record
else:
    Connection = asyncpg.Connection
    Row = asyncpg.Record

__all__ = ["Connection", "Row"]
