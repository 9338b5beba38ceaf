"""A page to leave open on a public computer, and what surrounds a session there: the question whether somebody is still
there, and the end.

The link of the invitation never comes near such a computer. The typed code opens a session with a link of its own,
which leads nowhere once the session has ended: going back in the browser then shows that, and nothing else.
"""

import re
from datetime import timedelta

import msgspec
from litestar import Controller, post, route
from litestar.params import FromPath
from litestar.response import Response as Answer
from samenspraak.types.base import Lang

from panels import access, fieldwork
from panels.codes import CodeMistyped
from panels.errors import LinkUnknown
from service.context import Context, InContext
from service.pages import joining, pace
from service.pages.code import form
from service.pages.rendering import Frame, page, see_other
from service.pages.texts import Texts, language, texts
from service.pages.views import KioskView, StillThereView
from service.pages.visits import LOOK, Asked, Visit, arrive, carried, larger, only, sent

HOME = "/kiosk"
HOME_AGAIN = 30
"""Seconds after which a page that is done with makes room for the next visitor."""

_FORGET = {"Clear-Site-Data": '"cache"'}
"""Some browsers keep whole pages in memory for the button Back, whatever `no-store` says; this empties that too."""
_PLACE = re.compile(r"[\w.-]+(?:/[\w.-]+)*")


class Kiosk(Controller):
    """The page between two visitors."""

    path = HOME
    include_in_schema = False

    @route(http_method=LOOK)
    async def look(self, request: Asked, context: InContext) -> Answer[str]:
        return show(request, context)

    @post()
    async def enter(self, request: Asked, context: InContext) -> Answer[str]:
        typed, now = only(await sent(request), "code"), context.now()
        try:
            async with context.db.transaction() as conn:
                token = await access.begin(
                    conn,
                    invitation=await fieldwork.by_code(conn, typed, secret=context.keys.link_key),
                    mode="kiosk",
                    now=now,
                    ends_at=now + timedelta(seconds=pace.LEAST),
                    entropy=context.entropy,
                )
        except CodeMistyped:
            return show(request, context, typed=typed, fault="mistyped" if typed.strip() else "empty")
        except LinkUnknown:
            return show(request, context, typed=typed, fault="unknown")
        return see_other(f"/s/{token}{_query(request)}")


class SharedComputer(Controller):
    """What surrounds a session. For the link of an invitation these addresses lead back to its pages."""

    path = "/s/{token:str}"
    include_in_schema = False

    @route(["/still-there", "/still-there/{place:path}"], http_method=LOOK)
    async def ask(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        async with context.db.reading() as conn:
            visit = await arrive(conn, context, request, token)
        if visit.session is None or visit.mode != "kiosk":
            return see_other(visit.to())
        return still_there(visit)

    @post(["/still-there", "/still-there/{place:path}"])
    async def stay(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        """The session goes on, as after every form; back to where the question came up."""
        async with context.db.reading() as conn:
            visit = await arrive(conn, context, request, token)
        return see_other(visit.to(_place(visit)))

    @post("/end")
    async def end(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        """Ending twice, or ending what has ended, leads to the same page."""
        async with context.db.transaction() as conn:
            await access.end(conn, token, now=context.now())
        if access.mode_of(token) != "kiosk":
            return see_other(f"/s/{token}{_query(request)}")
        answer = see_other(f"{HOME}?left={language(request.query_params.get('lang'))}")
        answer.headers.update(_FORGET)
        return answer

    @route("/notice", http_method=LOOK)
    async def notice(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        """What happens with the answers, without leaving the survey."""
        async with context.db.reading() as conn:
            visit = await arrive(conn, context, request, token)
        view = joining.notice_view(visit.texts, back=visit.to())
        return page("notice.html", frame=visit.frame(view.title), view=view)


def show(request: Asked, context: Context, *, typed: str = "", fault: str = "") -> Answer[str]:
    """The form for the code. After a fault it shows what was typed, after a session (`?left={lang}`) that all is gone;
    both make room for the next visitor by themselves."""
    left = request.query_params.get("left")
    lang = language(request.query_params.get("lang"), left)
    t = texts(lang)
    frame = Frame(
        lang=lang,
        title=t("kiosk.title"),
        simulated=context.settings.simulated,
        failed=bool(fault),
        query=_query(request),
        shared=True,
        large=larger(request),
        refresh=(pace.LEAST, HOME) if fault else (HOME_AGAIN, HOME) if left is not None else None,
    )
    view = waiting(t, typed, fault, left=left is not None, query=_query(request))
    return page("kiosk.html", frame=frame, view=view, status=422 if fault else 200)


def waiting(t: Texts, typed: str, fault: str, *, left: bool, query: str) -> KioskView:
    """The page between two visitors as a view; `fault`: empty, mistyped or unknown. Pure."""
    asked = form(t, typed[:100], fault, query=query)
    return KioskView(action=f"{HOME}{query}", value=asked.value, error=asked.error, errors=asked.errors, left=left)


def still_there(visit: Visit) -> Answer[str]:
    """Asks whether somebody is still there; nobody answers: on to the session, which has ended by then."""
    assert visit.session is not None, "asked within a session only"
    place = _place(visit)
    view = StillThereView(action=visit.to(f"still-there/{place}" if place else "still-there"))
    frame = msgspec.structs.replace(
        visit.frame(visit.texts("still.title")), refresh=(max(1, visit.session.left), visit.to())
    )
    return page("still_there.html", frame=frame, view=view)


def _place(visit: Visit) -> str:
    """Where the question came up. Nothing else than a place inside the survey, and one that can be looked at."""
    place = (visit.session.place if visit.session else "").removeprefix("still-there").strip("/")
    if place == "vote/cast":
        return "done"
    return place if _PLACE.fullmatch(place) else ""


def _query(request: Asked) -> str:
    asked: str | None = request.query_params.get("lang")
    lang: Lang | None = language(asked) if asked else None
    return carried(lang if lang == asked else None, large=larger(request))
