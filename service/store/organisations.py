"""SQL of the tenants."""

from datetime import datetime
from uuid import UUID

import msgspec

from service.store import Connection


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    created_at: datetime


# Add one tenant.
ADD = "INSERT INTO ops.organisation (id, name, created_at) VALUES ($1, $2, $3)"


async def add(conn: Connection, *, tenant: Tenant) -> None:
    await conn.execute(ADD, tenant.id, tenant.name, tenant.created_at)


# One tenant by id.
FIND = "SELECT id, name, created_at FROM ops.organisation WHERE id = $1"


async def find(conn: Connection, *, organisation_id: UUID) -> Tenant | None:
    row = await conn.fetchrow(FIND, organisation_id)
    return Tenant(**row) if row else None


# Tenants, newest first, after the last one of the page before.
PAGE = """
SELECT id, name, created_at FROM ops.organisation
WHERE $1::uuid IS NULL OR id < $1
ORDER BY id DESC
LIMIT $2
"""


async def page(conn: Connection, *, after: UUID | None, limit: int) -> list[Tenant]:
    return [Tenant(**row) for row in await conn.fetch(PAGE, after, limit)]
