"""Pages for when something is wrong: clear words, no detail that helps a guesser, and what was saved."""

from typing import Any

import structlog
from litestar import Request
from litestar.exceptions import HTTPException
from litestar.response import Response
from litestar.types import ExceptionHandlersMap
from samenspraak.types.base import Language

from panels import access
from panels.errors import AssemblyUnknown, InvitationUnknown, LinkUnknown, MemberUnknown, SessionEnded
from panels.models import AccessMode
from service.audits.errors import AuditUnknown
from service.db import DatabaseUnavailable
from service.pages.rendering import Frame, page
from service.pages.texts import DEFAULT, language, texts
from service.pages.views import Message
from service.tempo import TooOften
from service.together import Overloaded

log = structlog.get_logger(__name__)

Asked = Request[Any, Any, Any]

TRY_AGAIN = 30
"""Seconds after which a public computer leaves such a page by itself."""


def _message(
    kind: str,
    *parts: str,
    lang: Language,
    status: int,
    extra: dict[str, str] | None = None,
    session: str = "",
) -> Response[str]:
    """`session`: address of the kiosk session this happened in; the page then tries again, or ends with it."""
    t = texts(lang)
    refresh = (TRY_AGAIN, session) if session else None
    frame = Frame(lang=lang, title=t(f"{kind}.title"), switch=False, shared=bool(session), refresh=refresh)
    view = Message(heading=t(f"{kind}.title"), paragraphs=tuple(t(f"{kind}.{part}") for part in parts))
    return page("message.html", frame=frame, view=view, status=status, extra=extra)


def not_found(lang: Language = DEFAULT) -> Response[str]:
    """The one page for malformed, unknown, expired, used and foreign links, and for addresses that do not exist."""
    return _message("missing", "text", "help", lang=lang, status=404)


def unavailable(lang: Language = DEFAULT, *, retry_after: int = 2, session: str = "") -> Response[str]:
    """The database is away: what is safe, and when to try again."""
    extra = {"Retry-After": str(retry_after)}
    return _message("away", "text", "saved", lang=lang, status=503, extra=extra, session=session)


def busy(lang: Language = DEFAULT, *, retry_after: int = 3, session: str = "") -> Response[str]:
    """More people send at this moment than can be saved: nothing was lost, and sending again helps."""
    extra = {"Retry-After": str(retry_after)}
    return _message("busy", "text", "saved", lang=lang, status=503, extra=extra, session=session)


def often(lang: Language = DEFAULT, *, retry_after: int = 60, session: str = "") -> Response[str]:
    """One link sends more forms than a person does."""
    extra = {"Retry-After": str(retry_after)}
    return _message("often", "text", "saved", lang=lang, status=429, extra=extra, session=session)


def unreadable(lang: Language = DEFAULT, *, status: int = 400, allow: str = "") -> Response[str]:
    """A request that no page of ours sends. `allow` names the methods that the address does take."""
    return _message("bad", "text", lang=lang, status=status, extra={"Allow": allow} if allow else None)


def broken(lang: Language = DEFAULT, *, session: str = "") -> Response[str]:
    """Our own mistake."""
    return _message("broken", "text", lang=lang, status=500, session=session)


def ended(lang: Language = DEFAULT, *, mode: AccessMode = "kiosk") -> Response[str]:
    """The session is over: what was saved, and how to go on. A public computer makes room for the next visitor."""
    t, public = texts(lang), mode == "kiosk"
    frame = Frame(
        lang=lang,
        title=t("ended.title"),
        switch=False,
        shared=public,
        refresh=(TRY_AGAIN, "/kiosk") if public else None,
    )
    view = Message(
        heading=t("ended.title"),
        paragraphs=(t("ended.kiosk" if public else "ended.phone"),),
        link="/kiosk" if public else "",
        link_text=t("ended.button"),
    )
    return page("message.html", frame=frame, view=view, status=410)


def _lang(request: Asked) -> Language:
    return language(request.query_params.get("lang"))


def _missing(request: Asked, _error: Exception) -> Response[str]:
    return not_found(_lang(request))


def _away(request: Asked, error: DatabaseUnavailable) -> Response[str]:
    return unavailable(_lang(request), retry_after=error.retry_after or 2, session=_session(request))


def _ended(request: Asked, error: SessionEnded) -> Response[str]:
    return ended(_lang(request), mode="phone" if error.details["mode"] == "phone" else "kiosk")


def _session(request: Asked) -> str:
    """Address of the kiosk session that a request belongs to; empty where it belongs to none."""
    parts = request.url.path.split("/")
    token = parts[2] if len(parts) > 2 and parts[1] == "s" else ""
    return f"/s/{token}" if access.mode_of(token) == "kiosk" else ""


def _busy(request: Asked, error: Overloaded) -> Response[str]:
    return busy(_lang(request), retry_after=error.retry_after or 3, session=_session(request))


def _often(request: Asked, error: TooOften) -> Response[str]:
    return often(_lang(request), retry_after=error.retry_after or 60, session=_session(request))


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
    return broken(_lang(request), session=_session(request))


HANDLERS: ExceptionHandlersMap = {
    LinkUnknown: _missing,
    SessionEnded: _ended,
    InvitationUnknown: _missing,
    MemberUnknown: _missing,
    AuditUnknown: _missing,
    AssemblyUnknown: _missing,
    DatabaseUnavailable: _away,
    Overloaded: _busy,
    TooOften: _often,
    HTTPException: _http,
    Exception: _unexpected,
}
"""How failures become pages, for every router of pages."""
