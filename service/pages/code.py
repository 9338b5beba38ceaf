"""Coming in with the typed code of a letter, on any device: a library's, a neighbour's, a telephone.

Nobody is held back for typing many codes: people in a library share one address, and an address is easily changed.
The codes themselves hold: there are 23^11 (9.5 * 10^14) of them. With 100,000 invitations alive, somebody who tries a
hundred codes in every second finds the first one after some three years, and finds no name behind it. The check digit
tells a guesser nothing either, since whoever can type a code can compute it.
"""

from litestar import Controller, post, route
from litestar.response import Response as Answer

from panels import codes, fieldwork, links
from panels.codes import CodeMistyped
from panels.errors import LinkUnknown
from panels.joining import batches
from service.context import Context, InContext
from service.pages.rendering import page, see_other
from service.pages.texts import Texts, language, texts
from service.pages.views import CodeView, FieldError, Message
from service.pages.visits import LOOK, Asked, Visit, arrive, first, public_frame, query_of, sent
from service.pages.walk import Walk
from service.store import Connection
from surveys.errors import ResponseFinished


class TypedCode(Controller):
    """The page that a letter names: short enough to type."""

    path = "/code"
    include_in_schema = False

    @route(http_method=LOOK)
    async def look(self, request: Asked, context: InContext) -> Answer[str]:
        return _form(request, context, "")

    @post()
    async def come_in(self, request: Asked, context: InContext) -> Answer[str]:
        fields = await sent(request)
        text = first(fields, "code")[:100]
        if not text.strip():
            return _form(request, context, text, "empty")
        async with context.db.reading() as conn:
            try:
                found = await fieldwork.by_code(conn, text, secret=context.keys.link_key)
            except CodeMistyped:
                return _form(request, context, text, "mistyped")
            except LinkUnknown:
                if await batches.known(conn, codes.read(text)):
                    return _joining(request, context, text)
                return _form(request, context, text, "unknown")
            token = links.token(context.keys.link_key, "invitation", found.id)
            visit = await arrive(conn, context, request, token)
            place = visit.to("call") if first(fields, "action") == "call" else await where(conn, visit)
        return see_other(place)


async def where(conn: Connection, visit: Visit) -> str:
    """The page where this person was, or the start."""
    try:
        walk = await Walk.load(conn, visit)
    except ResponseFinished:
        return visit.to()
    return walk.resume()


def _form(request: Asked, context: Context, text: str, fault: str = "") -> Answer[str]:
    lang = language(request.query_params.get("lang"))
    view = form(texts(lang), text, fault, query=query_of(request))
    frame = public_frame(request, context, texts(lang)("code.title"), failed=bool(fault), lang=lang)
    return page("code.html", frame=frame, view=view, status=422 if fault else 200)


def form(t: Texts, text: str, fault: str, *, query: str) -> CodeView:
    """The form as a view; `fault`: empty, mistyped or unknown. Pure."""
    said = {"": "", "empty": "code.empty", "mistyped": "code.mistyped", "unknown": "code.unknown"}[fault]
    error = t(said) if said else ""
    return CodeView(
        action=f"/code{query}",
        value=text,
        error=error,
        errors=(FieldError(field="code", text=error),) if error else (),
    )


def _joining(request: Asked, context: Context, text: str) -> Answer[str]:
    """A code of a letter that asks people to join the panel. Whether it is right is found out there, where guesses are
    counted; here only its first three characters were looked at."""
    lang = language(request.query_params.get("lang"))
    t = texts(lang)
    view = Message(
        heading=t("code.joining_title"),
        paragraphs=(t("code.joining_text"),),
        link=f"/join?code={codes.shown(codes.read(text))}&lang={lang}",
        link_text=t("code.joining_link"),
    )
    return page("message.html", frame=public_frame(request, context, t("code.joining_title"), lang=lang), view=view)
