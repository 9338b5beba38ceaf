"""The keys of a first start: one for staff, and on a developer's own machine one for a developer."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import uuid_utils.compat

from service import db, keyring
from service.auth import issue_key
from service.settings import Settings
from service.store import Connection, organisations
from service.store.organisations import Tenant

FIRST_ORGANISATION = "Eigen organisatie"


async def issue(settings: Settings, say: Callable[[str], None]) -> None:
    """Issue what is not there yet, keep each key in a 0600 file and show it this once.

    A developer key belongs to an organisation, which in production staff make themselves.
    """
    staff, developer = settings.secrets_dir / "staff.key", settings.secrets_dir / "developer.key"
    wanted = [(staff, "staff")] if not staff.exists() else []
    if settings.environment == "development" and not developer.exists():
        wanted.append((developer, "developer"))
    if not wanted:
        return
    databases = await db.Databases.connect(settings, roles=("api",))
    try:
        for path, role in wanted:
            async with databases.api.transaction() as conn:
                key = await (_staff_key(conn) if role == "staff" else _developer_key(conn))
            keyring.create(path, key.encode())
            say(f"First {role} key, shown once (kept in {path}): {key}")
    finally:
        await databases.close()


async def _staff_key(conn: Connection) -> str:
    issued = await issue_key(
        conn,
        role="staff",
        organisation_id=None,
        now=datetime.now(UTC),
        entropy=os.urandom,
        new_id=uuid_utils.compat.uuid7,
    )
    return issued.key


async def _developer_key(conn: Connection) -> str:
    now, organisation_id = datetime.now(UTC), UUID(str(uuid_utils.compat.uuid7()))
    await organisations.add(conn, tenant=Tenant(id=organisation_id, name=FIRST_ORGANISATION, created_at=now))
    issued = await issue_key(
        conn,
        role="developer",
        organisation_id=organisation_id,
        now=now,
        entropy=os.urandom,
        new_id=uuid_utils.compat.uuid7,
    )
    return issued.key
