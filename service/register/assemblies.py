"""Lotteries for citizens' assemblies in the register: the list, one lottery, its files, and the page that works it out
again."""

from uuid import UUID

import msgspec
from litestar import Controller, post, route
from litestar.datastructures import UploadFile
from litestar.exceptions import ClientException, HTTPException
from litestar.params import FromPath
from litestar.response import Response as Answer

from panels.assemblies import reading
from panels.errors import AssemblyUnknown
from panels.lottery import publication
from panels.lottery.public import PublicAssembly, PublicRound
from service.context import Context, InContext
from service.pages.rendering import PUBLIC_HEADERS, Frame, page
from service.pages.texts import Texts, language, texts
from service.pages.views import View
from service.pages.visits import LOOK, Asked, query_of
from service.register import checking
from service.register import lottery_views as views
from service.register.lottery_views import AssembliesView, CheckView

A_PAGE = 20
UPLOAD_LIMIT = 8 * 1024 * 1024
"""Bytes of a form with a file: a lottery of 1,000 panels of 1,000 people fits."""
LONGEST_TICKET = 60


class Assemblies(Controller):
    """Public reading; the one form works out a file that somebody sends, and keeps nothing."""

    path = "/register/assemblies"
    include_in_schema = False

    @route(http_method=LOOK)
    async def listing(self, request: Asked, context: InContext) -> Answer[str]:
        t, query = _texts(request), query_of(request)
        after = _id(request.query_params["after"]) if "after" in request.query_params else None
        async with context.db.reading() as conn:
            found = await reading.listing(conn, limit=A_PAGE + 1, after=after)
        lines = tuple(views.line(one, t, query) for one in found[:A_PAGE])
        joint = "&" if query else "?"
        more = f"/register/assemblies{query}{joint}after={found[A_PAGE - 1].id}" if len(found) > A_PAGE else ""
        view = AssembliesView(assemblies=lines, more=more)
        return _page(request, context, "lotteries.html", t("lottery.list_title"), t, view)

    @route("/verify-draw.py", http_method=LOOK)
    async def verifier(self) -> Answer[bytes]:
        """The checking program, to be read and run anywhere."""
        return _download(checking.PROGRAM.read_bytes(), "verify-draw.py", "text/x-python; charset=utf-8")

    @route("/{assembly:str}", http_method=LOOK)
    async def assembly(self, request: Asked, context: InContext, assembly: FromPath[str]) -> Answer[str]:
        t, one = _texts(request), await _assembly(context, assembly)
        shown = _round(request, one) if one.rounds else None
        ticket = request.query_params.get("ticket", "").strip()[:LONGEST_TICKET]
        view = views.assembly(one, shown, t, query=query_of(request), ticket=ticket)
        return _page(request, context, "lottery.html", view.name, t, view, one=one)

    @route("/{assembly:str}/lottery.json", http_method=LOOK)
    async def document(self, request: Asked, context: InContext, assembly: FromPath[str]) -> Answer[bytes]:
        """The file that the checking program takes."""
        shown = _round(request, await _assembly(context, assembly))
        return _download(_document(shown), "lottery.json", "application/json")

    @route("/{assembly:str}/committed.json", http_method=LOOK)
    async def committed(self, request: Asked, context: InContext, assembly: FromPath[str]) -> Answer[bytes]:
        """Exactly the bytes whose SHA-256 is the commitment."""
        shown = _round(request, await _assembly(context, assembly))
        return _download(publication.committed(shown.content), "committed.json", "application/json")

    @route("/{assembly:str}/check", http_method=LOOK)
    async def check(self, request: Asked, context: InContext, assembly: FromPath[str]) -> Answer[str]:
        t, one = _texts(request), await _assembly(context, assembly)
        shown = _round(request, one)
        view = views.check(one, shown, await checking.ours(_document(shown)), t, query=query_of(request))
        return _page(request, context, "lottery_check.html", t("drawcheck.title"), t, view, one=one)

    @post("/{assembly:str}/check", status_code=200, request_max_body_size=UPLOAD_LIMIT)
    async def check_file(self, request: Asked, context: InContext, assembly: FromPath[str]) -> Answer[str]:
        """Work out the file that a visitor sends."""
        t, one = _texts(request), await _assembly(context, assembly)
        shown = _round(request, one)
        ours = await checking.ours(_document(shown))
        view, status = views.check(one, shown, ours, t, query=query_of(request)), 200
        try:
            content, noted, ticket = await _sent(request)
        except HTTPException as odd:
            status = 413 if odd.status_code == 413 else 400
            content, error = b"", t("drawcheck.too_large" if status == 413 else "drawcheck.no_file")
        else:
            error = "" if content else t("drawcheck.no_file")
        if error:
            view = msgspec.structs.replace(view, error=error)
        else:
            found = await checking.worked_out(content, noted=noted, ticket=ticket)
            view = msgspec.structs.replace(view, yours=views.outcome(found, t, against=ours.commitment))
        return _page(
            request, context, "lottery_check.html", t("drawcheck.title"), t, view, one=one, status=status, switch=False
        )


async def _sent(request: Asked) -> tuple[bytes, str, str]:
    """File, noted code and ticket of the form.

    Raises:
        ClientException: not such a form; HTTPException with 413: too large.
    """
    try:
        form = await request.form()
    except (ValueError, LookupError) as odd:
        raise ClientException("This is not a form.") from odd
    file = form.get("file")
    content = await file.read() if isinstance(file, UploadFile) else str(file or "").encode("utf-8", "replace")
    noted, ticket = (value if isinstance(value := form.get(name), str) else "" for name in ("noted", "ticket"))
    return content, noted.strip()[:100], ticket.strip()[:LONGEST_TICKET]


def _document(shown: PublicRound) -> bytes:
    return publication.document(shown.content, shown.drawing)


async def _assembly(context: Context, assembly: str) -> PublicAssembly:
    """Raises AssemblyUnknown."""
    async with context.db.reading() as conn:
        found = await reading.public(conn, _id(assembly))
    if found is None:
        raise AssemblyUnknown
    return found


def _round(request: Asked, one: PublicAssembly) -> PublicRound:
    """The lottery that the address names, or the latest.

    Raises:
        AssemblyUnknown: there is no such lottery.
    """
    asked = request.query_params.get("round")
    found = [shown for shown in one.rounds if asked is None or str(shown.number) == asked]
    if not found:
        raise AssemblyUnknown
    return found[-1]


def _page(
    request: Asked,
    context: Context,
    template: str,
    title: str,
    t: Texts,
    view: View,
    *,
    one: PublicAssembly | None = None,
    status: int = 200,
    switch: bool = True,
) -> Answer[str]:
    simulated = context.settings.simulated or (one is not None and one.sample_kind == "simulated")
    failed = isinstance(view, CheckView) and bool(view.error)
    frame = Frame(lang=t.lang, title=title, simulated=simulated, switch=switch, query=query_of(request), failed=failed)
    return page(template, frame=frame, view=view, headers=PUBLIC_HEADERS, status=status)


def _download(content: bytes, name: str, media_type: str) -> Answer[bytes]:
    headers = {**PUBLIC_HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Answer(content, headers=headers, media_type=media_type)


def _texts(request: Asked) -> Texts:
    return texts(language(request.query_params.get("lang")))


def _id(text: str) -> UUID:
    """Raises AssemblyUnknown for what cannot be an id."""
    try:
        return UUID(text)
    except ValueError:
        raise AssemblyUnknown from None
