"""Pages for when something is wrong: clear words, no detail that helps a guesser, and what was saved."""

from typing import Any

import structlog
from litestar import Request
from litestar.exceptions import HTTPException
from litestar.response import Response
from litestar.types import ExceptionHandlersMap
from samenspraak.types.base import Language

from panels.errors import AssemblyUnknown, InvitationUnknown, LinkUnknown, MemberUnknown
from service.audits.errors import AuditUnknown
from service.db import DatabaseUnavailable
from service.pages.rendering import Frame, page
from service.pages.texts import DEFAULT, language, texts
from service.pages.views import Message

log = structlog.get_logger(__name__)

Asked = Request[Any, Any, Any]


def _message(kind: str, *parts: str, lang: Language, status: int, extra: dict[str, str] | None = None) -> Response[str]:
    t = texts(lang)
    frame = Frame(lang=lang, title=t(f"{kind}.title"), switch=False)
    view = Message(heading=t(f"{kind}.title"), paragraphs=tuple(t(f"{kind}.{part}") for part in parts))
    return page("message.html", frame=frame, view=view, status=status, extra=extra)


def not_found(lang: Language = DEFAULT) -> Response[str]:
    """The one page for malformed, unknown, expired, used and foreign links, and for addresses that do not exist."""
    return _message("missing", "text", "help", lang=lang, status=404)


def unavailable(lang: Language = DEFAULT, *, retry_after: int = 2) -> Response[str]:
    """The database is away: what is safe, and when to try again."""
    return _message("away", "text", "saved", lang=lang, status=503, extra={"Retry-After": str(retry_after)})


def unreadable(lang: Language = DEFAULT, *, status: int = 400, allow: str = "") -> Response[str]:
    """A request that no page of ours sends. `allow` names the methods that the address does take."""
    return _message("bad", "text", lang=lang, status=status, extra={"Allow": allow} if allow else None)


def broken(lang: Language = DEFAULT) -> Response[str]:
    """Our own mistake."""
    return _message("broken", "text", lang=lang, status=500)


def _lang(request: Asked) -> Language:
    return language(request.query_params.get("lang"))


def _missing(request: Asked, _error: Exception) -> Response[str]:
    return not_found(_lang(request))


def _away(request: Asked, error: DatabaseUnavailable) -> Response[str]:
    return unavailable(_lang(request), retry_after=error.retry_after or 2)


def _http(request: Asked, error: HTTPException) -> Response[str]:
    if error.status_code == 404:
        return not_found(_lang(request))
    if error.status_code < 500:
        allow = {name.lower(): value for name, value in (error.headers or {}).items()}.get("allow", "")
        return unreadable(_lang(request), status=error.status_code, allow=allow)
    return _unexpected(request, error)


def _unexpected(request: Asked, error: Exception) -> Response[str]:
    # The address holds a token and the error may hold an answer: neither goes into the log, only where it happened.
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame is not None else ""
    log.error("page_failed", error=type(error).__name__, place=place)
    return broken(_lang(request))


HANDLERS: ExceptionHandlersMap = {
    LinkUnknown: _missing,
    InvitationUnknown: _missing,
    MemberUnknown: _missing,
    AuditUnknown: _missing,
    AssemblyUnknown: _missing,
    DatabaseUnavailable: _away,
    HTTPException: _http,
    Exception: _unexpected,
}
"""How failures become pages, for every router of pages."""
