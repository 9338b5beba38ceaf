"""The web application: what it is made of, and what it opens and closes."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from litestar import Litestar, Request
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.response import Response
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from service import api, engines, keyring, pages, problems, register, telemetry
from service import settings as configuration
from service.api.openapi import CONFIG
from service.context import Context
from service.db import Databases
from service.jobs import Announcer
from service.pages import failures
from service.pages.desk import Desk, provide_desk
from service.settings import Settings
from service.tempo import Tempo

BODY_LIMIT = 256 * 1024
DRAIN_SECONDS = 5.0
"""How long what was taken on may take when the process stops; those who wait get an answer either way."""

JSON_HEADERS: Mapping[bytes, bytes] = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    b"x-frame-options": b"DENY",
    b"cross-origin-resource-policy": b"same-origin",
}
"""Sent with every answer that does not say otherwise; pages bring their own."""

MACHINE_PATHS = ("/v1", "/livez", "/readyz", "/schema", "/problems")
"""Everything here answers failures as problem+json; all other addresses belong to people."""


def create_app(settings: Settings | None = None, *, context: Context | None = None) -> Litestar:
    """The application.

    Args:
        settings: read from the environment when not given.
        context: databases, clock and randomness that someone else owns (tests); opened at start when not given.

    Raises:
        SettingsInvalid: with every unknown or odd setting.
    """
    known = settings or (context.settings if context else configuration.load(os.environ))
    app = Litestar(
        route_handlers=[*api.ROUTES, *pages.ROUTES, *register.ROUTES],
        dependencies={
            "context": Provide(provide_context, sync_to_thread=False),
            "desk": Provide(provide_desk, sync_to_thread=False),
        },
        exception_handlers={Exception: answer_failure},
        lifespan=[] if context else [lambda app: _opened(app, known)],
        openapi_config=CONFIG,
        compression_config=CompressionConfig(backend="gzip", minimum_size=800, exclude=[r"report\.pdf"]),
        request_max_body_size=BODY_LIMIT,
        logging_config=None,
    )
    app.state.tempo = Tempo()
    app.state.desk = Desk(waiting=known.waiting_saves)
    if context is not None:
        app.state.context = context
    # Around the router itself, so that addresses without a route are logged and protected as well.
    app.asgi_handler = telemetry.AccessLog(Headers(app.asgi_handler))
    return app


def describe() -> Litestar:
    """The application for reading its routes only; it opens nothing."""
    return create_app(Settings(state_dir=Path("var/state")))


def provide_context(state: State) -> Context:
    context = state.context
    assert isinstance(context, Context)
    return context


def answer_failure(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Failures of machine addresses as problem+json, all others as pages."""
    if _for_machines(request.scope["path"]):
        return problems.respond(request, error)
    handler: Any = next(failures.HANDLERS[kind] for kind in type(error).__mro__ if kind in failures.HANDLERS)
    answer: Response[Any] = handler(request, error)
    return answer


def _for_machines(path: str) -> bool:
    return any(path == start or path.startswith(f"{start}/") for start in MACHINE_PATHS)


@asynccontextmanager
async def _opened(app: Litestar, settings: Settings) -> AsyncIterator[None]:
    """The API process logs in as `api` alone; it can neither read the vault nor the ballot box."""
    databases = await Databases.connect(settings, roles=("api",), max_size=16)
    announcer = Announcer(engines.valkey_url(settings))
    databases.wake_with(announcer.wake)
    app.state.context = Context(settings=settings, db=databases.api, keys=keyring.load(settings.secrets_dir))
    app.state.valkey_answers = announcer.answers
    try:
        yield
    finally:
        await app.state.desk.drain(DRAIN_SECONDS)
        await announcer.close()
        await databases.close()


class Headers:
    """Adds the headers that every answer needs and that the answer itself did not set."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                names = {name.lower() for name, _ in given}
                message["headers"] = given + [pair for pair in JSON_HEADERS.items() if pair[0] not in names]
            await send(message)

        await self._app(scope, receive, protected)
