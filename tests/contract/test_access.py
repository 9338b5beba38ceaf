"""Every route of the JSON API, for every kind of caller: declared, and as declared."""

import os
from collections.abc import AsyncIterator, Iterator
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
import uuid_utils.compat
from litestar import Litestar, Router, get
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from service import auth, keyring
from service.api.access import ACCESS, guard
from service.app import create_app, describe
from service.audits.models import Role
from service.context import Context
from service.db import Databases
from service.settings import Settings
from service.store import organisations
from service.store.organisations import Tenant

ROLES: tuple[Role, ...] = ("developer", "staff", "fieldwork", "auditor")
PUBLIC = (
    "/",
    "/livez",
    "/readyz",
    "/schema",
    "/problems",
    "/register",
    "/join",
    "/x/",
    "/notice",
    "/a/",
    "/s/",
    "/preview/",
    "/m/",
    "/static/",
    "/favicon.ico",
    "/goodbye",
    "/kiosk",
    "/code",
)
"""Everything outside /v1 that anybody may ask for."""


def routes(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                if method != "OPTIONS":
                    yield route.path, method, handler


APP = describe()
GUARDED = [(path, method, handler) for path, method, handler in routes(APP) if path.startswith("/v1")]


def test_every_route_is_declared_once_and_every_declaration_has_its_route() -> None:
    names = [str(handler.operation_id) for _, _, handler in GUARDED]
    assert sorted(names) == sorted(ACCESS)


def test_every_route_of_the_api_stands_behind_the_guard() -> None:
    for path, method, handler in GUARDED:
        assert guard in handler.resolve_guards(), (method, path)


def test_every_other_route_is_known_to_be_public() -> None:
    for path, _, _ in routes(APP):
        if not path.startswith("/v1"):
            assert path == "/" or path.startswith(PUBLIC[1:]), path


def test_every_scope_can_be_held_by_the_roles_that_need_it() -> None:
    for name, access in ACCESS.items():
        for role in access.roles:
            assert access.scope in auth.SCOPES[role], (name, role)


def test_every_scope_opens_something() -> None:
    for role, scopes in auth.SCOPES.items():
        used = {access.scope for access in ACCESS.values() if role in access.roles}
        assert set(scopes) == used, role


def test_auditors_and_fieldwork_change_nothing() -> None:
    for path, method, handler in GUARDED:
        if method != "GET":
            assert not ACCESS[str(handler.operation_id)].roles & {"auditor", "fieldwork"}, path


@pytest.fixture
def context(database_settings: Settings, databases: Databases, now: Any) -> Context:
    keys = keyring.load(database_settings.secrets_dir)
    return Context(settings=database_settings, db=databases.api, keys=keys, now=lambda: now)


@pytest.fixture
async def secrets(context: Context) -> dict[Role, str]:
    """One key per role."""
    made: dict[Role, str] = {}
    async with context.db.transaction() as conn:
        tenant = Tenant(id=uuid_utils.compat.uuid7(), name="gemeente Voorbeeld", created_at=context.now())
        await organisations.add(conn, tenant=tenant)
        for role in ROLES:
            issued = await auth.issue_key(
                conn,
                role=role,
                organisation_id=tenant.id if role == "developer" else None,
                now=context.now(),
                entropy=os.urandom,
                new_id=uuid_utils.compat.uuid7,
            )
            made[role] = issued.key
    return made


@pytest.fixture
async def client(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(context=context)
    transport = httpx.ASGITransport(app=cast(Any, app))
    async with httpx.AsyncClient(transport=transport, base_url="http://samenspraak.test") as made:
        yield made


async def test_the_whole_matrix_is_as_declared(client: httpx.AsyncClient, secrets: dict[Role, str]) -> None:
    surprises = []
    for path, method, handler in GUARDED:
        address = _filled(path)
        answer = await client.request(method, address)
        if answer.status_code != 401:
            surprises.append((method, path, "nobody", answer.status_code))
        for role in ROLES:
            answer = await client.request(method, address, headers={"Authorization": f"Bearer {secrets[role]}"})
            allowed = role in ACCESS[str(handler.operation_id)].roles
            if answer.status_code >= 500 or (answer.status_code == 403) == allowed or answer.status_code == 401:
                surprises.append((method, path, role, answer.status_code))
    assert surprises == []


async def test_a_route_that_nobody_declared_is_closed_to_everybody(context: Context, secrets: dict[Role, str]) -> None:
    @get("/forgotten", operation_id="forgotten")
    async def forgotten() -> str:
        return "open"

    app = create_app(context=context)
    app.register(Router(path="/v1", route_handlers=[forgotten], guards=[guard]))
    transport = httpx.ASGITransport(app=cast(Any, app))
    async with httpx.AsyncClient(transport=transport, base_url="http://samenspraak.test") as client:
        for secret in secrets.values():
            answer = await client.get("/v1/forgotten", headers={"Authorization": f"Bearer {secret}"})
            assert answer.status_code == 403


def _filled(path: str) -> str:
    return "/".join(str(uuid4()) if part.startswith("{") else part for part in path.split("/"))
