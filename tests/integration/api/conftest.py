"""The whole application over HTTP, on a fresh database, with a clock and keys that the tests hold."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar

from panels.joining import imports
from service import keyring
from service.app import create_app
from service.context import Context
from service.db import Databases
from service.settings import Settings
from tests.integration.api.harness import (
    MARGINS,
    Client,
    Clock,
    example,
    expect,
    issue,
    member_file,
    new_organisation,
    plan,
)


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def context(database_settings: Settings, databases: Databases, clock: Clock) -> Context:
    return Context(
        settings=database_settings,
        db=databases.api,
        keys=keyring.load(database_settings.secrets_dir),
        now=clock,
    )


@pytest.fixture
def app(context: Context) -> Litestar:
    return create_app(context=context)


@pytest.fixture
async def anyone(app: Litestar) -> AsyncIterator[Client]:
    """Somebody without a key."""
    async with Client(app) as client:
        yield client


@pytest.fixture
async def organisation_id(context: Context) -> UUID:
    return await new_organisation(context)


@pytest.fixture
async def developer(app: Litestar, context: Context, organisation_id: UUID) -> AsyncIterator[Client]:
    async with Client(app, await issue(context, "developer", organisation_id)) as client:
        yield client


@pytest.fixture
async def stranger(app: Litestar, context: Context) -> AsyncIterator[Client]:
    """A developer of another organisation."""
    other = await new_organisation(context, "bedrijf Anders")
    async with Client(app, await issue(context, "developer", other)) as client:
        yield client


@pytest.fixture
async def staff(app: Litestar, context: Context) -> AsyncIterator[Client]:
    async with Client(app, await issue(context, "staff")) as client:
        yield client


@pytest.fixture
async def application(developer: Client) -> dict[str, Any]:
    """A stored application that passes the gate."""
    answer = await developer.post("/v1/applications", json=example())
    assert answer.status_code == 201, answer.text
    stored: dict[str, Any] = answer.json()
    return stored


@pytest.fixture
async def draft(developer: Client, application: dict[str, Any]) -> dict[str, Any]:
    """An audit as a draft."""
    asked = {"application_id": application["id"], "form": "short", "target_completes": 100}
    answer = await developer.post("/v1/audits", json=asked)
    assert answer.status_code == 201, answer.text
    audit: dict[str, Any] = answer.json()
    return audit


@pytest.fixture
async def in_review(developer: Client, staff: Client, draft: dict[str, Any]) -> dict[str, Any]:
    await expect(developer.post(f"/v1/audits/{draft['id']}/submit"), 200)
    return await expect(staff.post(f"/v1/staff/audits/{draft['id']}/review"), 200)


@pytest.fixture
async def margins(staff: Client) -> dict[str, Any]:
    return await expect(
        staff.post("/v1/staff/margins?name=CBS", content=MARGINS.read_bytes(), headers={"Content-Type": "text/csv"}),
        201,
    )


@pytest.fixture
async def members(staff: Client, context: Context, databases: Databases) -> int:
    """Five hundred active simulated members, by the import of staff and the job that carries it out."""
    csv = {"Content-Type": "text/csv"}
    ticket = await expect(staff.post("/v1/staff/panel/imports?kind=simulated", content=member_file(), headers=csv), 202)
    async with databases.vault.transaction() as conn:
        outcome = await imports.run_import(
            conn,
            import_id=UUID(ticket["id"]),
            address_key=context.keys.address_key,
            link_key=context.keys.link_key,
            now=context.now(),
            new_id=context.new_id,
        )
    assert outcome.imported == 500, outcome.faults
    return outcome.imported


@pytest.fixture
async def approved(staff: Client, in_review: dict[str, Any], margins: dict[str, Any], members: int) -> dict[str, Any]:
    return await expect(staff.post(f"/v1/staff/audits/{in_review['id']}/approve", json=plan(margins)), 200)


@pytest.fixture
async def fielding(staff: Client, approved: dict[str, Any]) -> dict[str, Any]:
    return await expect(staff.post(f"/v1/staff/audits/{approved['id']}/open"), 200)
