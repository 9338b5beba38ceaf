"""The public register: the home page, the list, one audit, its report and the receipts of its ballot."""

import base64
from collections.abc import Mapping
from uuid import UUID

import msgspec
from litestar import Controller, post, route
from litestar.params import FromPath
from litestar.response import Response as Answer
from samenspraak.types.report import BallotSection

from service.audits import cases
from service.audits.errors import AuditUnknown
from service.audits.models import Case
from service.context import Context, InContext
from service.pages.rendering import PUBLIC_HEADERS, Frame, page
from service.pages.texts import Texts, language, texts
from service.pages.views import View
from service.pages.visits import LOOK, Asked, first, query_of, sent
from service.register import views
from service.register.views import PUBLIC, ListView, Shown
from service.render.policy import content_security_policy
from service.reports import signing
from service.store import Connection, audits, results
from service.store.results import ReportFile, ReportForm
from surveys import applications, ballots

A_PAGE = 20
LATEST = 3

FILES: Mapping[str, tuple[ReportForm, str]] = {
    "report.json": ("json", "application/json"),
    "report.html": ("html", "text/html; charset=utf-8"),
    "report.pdf": ("pdf", "application/pdf"),
    "tables.csv": ("csv", "text/csv; charset=utf-8"),
}


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a report that a voter looks for."""

    ballot: BallotSection | None = None


class Register(Controller):
    """Public reading; the one form looks a receipt up and changes nothing."""

    include_in_schema = False

    @route("/", http_method=LOOK)
    async def home(self, request: Asked, context: InContext) -> Answer[str]:
        t = _texts(request)
        async with context.db.reading() as conn:
            found, _ = await _public(conn, after=None, limit=LATEST)
        query = query_of(request)
        view = ListView(audits=tuple(views.line(shown, t, query) for shown in found))
        return _page(request, context, "home.html", t("home.title"), t, view)

    @route("/register", http_method=LOOK)
    async def listing(self, request: Asked, context: InContext) -> Answer[str]:
        t, query = _texts(request), query_of(request)
        after = _id(request.query_params["after"]) if "after" in request.query_params else None
        async with context.db.reading() as conn:
            found, more = await _public(conn, after=after, limit=A_PAGE)
        joint = "&" if query else "?"
        view = ListView(
            audits=tuple(views.line(shown, t, query) for shown in found),
            more=f"/register{query}{joint}after={found[-1].case.id}" if more else "",
        )
        return _page(request, context, "register.html", t("register.title"), t, view)

    @route("/register/signing-key", http_method=LOOK)
    async def signing_key(self, context: InContext) -> Answer[dict[str, str]]:
        """The public half of the key that signs reports, for whoever checks one offline."""
        raw = signing.public_key(context.keys.report_signing_key)
        shown = {"algorithm": "Ed25519", "public_key": base64.urlsafe_b64encode(raw).rstrip(b"=").decode()}
        return Answer(shown, headers=PUBLIC_HEADERS)

    @route("/register/{audit:str}", http_method=LOOK)
    async def audit(self, request: Asked, context: InContext, audit: FromPath[str]) -> Answer[str]:
        t = _texts(request)
        async with context.db.reading() as conn:
            shown = await _shown(conn, _id(audit))
        view = views.audit(shown, t)
        return _page(request, context, "audit.html", view.name, t, view, case=shown.case)

    @post("/register/{audit:str}/receipt", status_code=200)
    async def look_up(self, request: Asked, context: InContext, audit: FromPath[str]) -> Answer[str]:
        """Whether a receipt is among the counted ones; the code stays out of the address and the log."""
        t, code = _texts(request), first(await sent(request), "receipt").strip()
        async with context.db.reading() as conn:
            shown = await _shown(conn, _id(audit))
        known = bool(code) and ballots.receipt_digest(code) in shown.receipts
        view = views.audit(shown, t, looked_up=t("audit.found" if known else "audit.not_found"))
        return _page(request, context, "audit.html", view.name, t, view, case=shown.case, switch=False)

    @route("/register/{audit:str}/receipts.txt", http_method=LOOK)
    async def receipts(self, context: InContext, audit: FromPath[str]) -> Answer[str]:
        async with context.db.reading() as conn:
            shown = await _shown(conn, _id(audit))
        if not shown.receipts:
            raise AuditUnknown
        return Answer("\n".join(shown.receipts) + "\n", media_type="text/plain; charset=utf-8", headers=PUBLIC_HEADERS)

    @route("/register/{audit:str}/report.json", http_method=LOOK)
    async def as_json(self, request: Asked, context: InContext, audit: FromPath[str]) -> Answer[bytes]:
        return await _file(request, context, audit, "report.json")

    @route("/register/{audit:str}/report.html", http_method=LOOK)
    async def as_html(self, request: Asked, context: InContext, audit: FromPath[str]) -> Answer[bytes]:
        return await _file(request, context, audit, "report.html")

    @route("/register/{audit:str}/report.pdf", http_method=LOOK)
    async def as_pdf(self, request: Asked, context: InContext, audit: FromPath[str]) -> Answer[bytes]:
        return await _file(request, context, audit, "report.pdf")

    @route("/register/{audit:str}/tables.csv", http_method=LOOK)
    async def as_csv(self, request: Asked, context: InContext, audit: FromPath[str]) -> Answer[bytes]:
        return await _file(request, context, audit, "tables.csv")


async def _file(request: Asked, context: Context, audit: str, name: str) -> Answer[bytes]:
    """One form of a published report, byte for byte as it was frozen."""
    form, media_type = FILES[name]
    async with context.db.reading() as conn:
        case = await _case(conn, _id(audit))
        found = await _published_file(conn, case, form)
    if found is None:
        raise AuditUnknown
    headers = {
        **PUBLIC_HEADERS,
        "ETag": found.etag,
        "X-Samenspraak-Signature": found.signature,
        "Content-Disposition": f'inline; filename="samenspraak-{case.id}-{name}"',
    }
    if form == "html":
        headers["Content-Security-Policy"] = content_security_policy()
    if found.etag in request.headers.get("if-none-match", ""):
        return Answer(b"", status_code=304, headers=headers, media_type=media_type)
    return Answer(found.content, headers=headers, media_type=media_type)


async def _published_file(conn: Connection, case: Case, form: ReportForm) -> ReportFile | None:
    if case.state != "published":
        return None
    return await results.report_file(conn, organisation_id=case.organisation_id, audit_id=case.id, form=form)


async def _case(conn: Connection, audit_id: UUID) -> Case:
    """A public audit. Raises AuditUnknown for all others."""
    case = await cases.find(conn, audit_id=audit_id)
    if case.state not in PUBLIC:
        raise AuditUnknown
    return case


async def _shown(conn: Connection, audit_id: UUID) -> Shown:
    """Everything public about one audit."""
    case = await _case(conn, audit_id)
    shown = await _described(conn, case)
    report = await _published_file(conn, case, "json")
    if report is None:
        return shown
    counted = msgspec.json.decode(report.content, type=Counted).ballot
    return msgspec.structs.replace(
        shown,
        response=await results.response(conn, organisation_id=case.organisation_id, audit_id=case.id),
        receipts=counted.result.receipts if counted else (),
    )


async def _described(conn: Connection, case: Case) -> Shown:
    stored = await applications.find(conn, organisation_id=case.organisation_id, id=case.application_id)
    return Shown(case=case, application=stored.application)


async def _public(conn: Connection, *, after: UUID | None, limit: int) -> tuple[list[Shown], bool]:
    """The next public audits, newest first, and whether there are more."""
    found: list[Case] = []
    while len(found) <= limit:
        batch = await audits.page_any(conn, after=after, state=None, limit=100)
        found += [case for case in batch if case.state in PUBLIC]
        if len(batch) < 100:
            break
        after = batch[-1].id
    return [await _described(conn, case) for case in found[:limit]], len(found) > limit


def _page(
    request: Asked,
    context: Context,
    template: str,
    title: str,
    t: Texts,
    view: View,
    *,
    case: Case | None = None,
    switch: bool = True,
) -> Answer[str]:
    simulated = context.settings.simulated or (case is not None and case.sample_kind == "simulated")
    frame = Frame(lang=t.lang, title=title, simulated=simulated, switch=switch, query=query_of(request))
    return page(template, frame=frame, view=view, headers=PUBLIC_HEADERS)


def _texts(request: Asked) -> Texts:
    return texts(language(request.query_params.get("lang")))


def _id(text: str) -> UUID:
    """Raises AuditUnknown for what cannot be an id."""
    try:
        return UUID(text)
    except ValueError:
        raise AuditUnknown from None
