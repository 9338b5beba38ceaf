"""One line per request, and nothing in it that belongs to a person: no body, no token, no query, no address.

The access log is our own few lines of ASGI around the whole application, so that it also sees what no route answers.
"""

import re
import time
from collections.abc import Callable
from typing import Any, Protocol
from uuid import uuid4

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

log = structlog.get_logger("samenspraak.access")

REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
QUIET = frozenset({"/livez", "/readyz"})
"""Asked every few seconds by whoever runs the service; only logged when something is wrong."""


class _HasKeyId(Protocol):
    key_id: Any


def configure() -> None:
    """Set up structlog for a process: JSON lines on standard output, times in UTC. Called by the entry points only."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(20),
        cache_logger_on_first_use=True,
    )


class AccessLog:
    """Wraps an application: gives every request an id, answers with it, and writes the line when all is sent."""

    def __init__(self, app: ASGIApp, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        started, status = self._clock(), 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            self._write(scope, request_id, status, self._clock() - started)

    def _write(self, scope: HTTPScope, request_id: str, status: int, seconds: float) -> None:
        # The template of the route: the path itself may be a credential.
        route = str(scope.get("path_template") or "unmatched")
        if route in QUIET and status < 400:
            return
        caller: _HasKeyId | None = scope["state"].get("caller")
        line: dict[str, Any] = {
            "method": _known_method(str(scope["method"])),
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "request_id": request_id,
        }
        if caller is not None:
            line["key_id"] = str(caller.key_id)
        log.info("request", **line)


def _request_id(scope: HTTPScope) -> str:
    """The id the client gave, when it looks like one; else a fresh one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            given = value.decode("latin-1")
            if REQUEST_ID.fullmatch(given) and not given.startswith("smsp_"):
                return given
    return uuid4().hex


def _known_method(method: str) -> str:
    known = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
    return method if method in known else "OTHER"
