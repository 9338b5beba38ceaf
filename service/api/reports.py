"""The frozen report in its four forms, and the owner's response to it."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from litestar.response import Response
from samenspraak.types.audit import OwnerResponse, OwnerResponseRequest
from samenspraak.types.report import Report

from service.api.access import CalledBy
from service.api.bodies import Body
from service.api.declare import errors, sent
from service.api.views import RELEASED
from service.audits import cases
from service.audits.errors import AuditUnknown, NothingToAnswer, ReportNotReady, ResponseGiven, ResponseUnknown
from service.auth import Caller
from service.context import Context, InContext
from service.idempotency import Reply, once
from service.render.policy import content_security_policy
from service.store import Connection, results
from service.store.results import ReportForm

TAGS = ["reports"]
UNCHANGED = {304: ResponseSpec(data_container=None, description="The report you have is the report there is.")}


async def _file(
    request: Request[Any, Any, Any],
    context: Context,
    caller: Caller,
    audit_id: UUID,
    form: ReportForm,
    media_type: str,
    extra: dict[str, str] | None = None,
) -> Response[Any]:
    async with context.db.reading() as conn:
        case = await cases.find(conn, audit_id=audit_id, organisation_id=caller.organisation_id)
        # A stored report may exist a moment before the audit is `reported`; only the state releases it.
        if case.state not in RELEASED:
            raise ReportNotReady(details={"state": case.state})
        file = await results.report_file(conn, organisation_id=case.organisation_id, audit_id=case.id, form=form)
    if file is None:
        raise ReportNotReady(details={"state": case.state})
    headers = {"ETag": file.etag, "Cache-Control": "private, no-cache", "X-Samenspraak-Signature": file.signature}
    if _known(request.headers.get("if-none-match"), file.etag):
        return Response(content=None, status_code=304, headers=headers)
    return Response(content=file.content, media_type=media_type, headers={**headers, **(extra or {})})


def _known(header: str | None, etag: str) -> bool:
    """Whether If-None-Match names this entity; weak tags compare as the strong ones they came from."""
    names = [name.strip().removeprefix("W/") for name in (header or "").split(",")]
    return etag in names or "*" in names


@get(
    "/audits/{audit_id:uuid}/report",
    operation_id="get_report",
    summary="The frozen report, byte for byte",
    tags=TAGS,
    responses={**errors(AuditUnknown, ReportNotReady), **UNCHANGED},
)
async def get_report(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, audit_id: FromPath[UUID]
) -> Response[Report]:
    return await _file(request, context, caller, audit_id, "json", "application/json")


@get(
    "/audits/{audit_id:uuid}/report.html",
    operation_id="get_report_html",
    summary="The report as a page with charts",
    tags=TAGS,
    media_type="text/html",
    responses={**errors(AuditUnknown, ReportNotReady), **UNCHANGED},
)
async def get_report_html(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, audit_id: FromPath[UUID]
) -> Response[bytes]:
    extra = {"Content-Security-Policy": content_security_policy()}
    return await _file(request, context, caller, audit_id, "html", "text/html", extra)


@get(
    "/audits/{audit_id:uuid}/report.pdf",
    operation_id="get_report_pdf",
    summary="The report as an accessible PDF",
    tags=TAGS,
    media_type="application/pdf",
    responses={**errors(AuditUnknown, ReportNotReady), **UNCHANGED},
)
async def get_report_pdf(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, audit_id: FromPath[UUID]
) -> Response[bytes]:
    extra = {"Content-Disposition": f'inline; filename="report-{audit_id}.pdf"'}
    return await _file(request, context, caller, audit_id, "pdf", "application/pdf", extra)


@get(
    "/audits/{audit_id:uuid}/tables.csv",
    operation_id="get_report_tables",
    summary="The aggregate tables of the report",
    tags=TAGS,
    media_type="text/csv",
    responses={**errors(AuditUnknown, ReportNotReady), **UNCHANGED},
)
async def get_report_tables(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, audit_id: FromPath[UUID]
) -> Response[bytes]:
    extra = {"Content-Disposition": f'attachment; filename="tables-{audit_id}.csv"'}
    return await _file(request, context, caller, audit_id, "csv", "text/csv", extra)


@post(
    "/audits/{audit_id:uuid}/response",
    operation_id="give_response",
    summary="Answer the report in public; publication follows",
    tags=TAGS,
    dto=Body,
    responses=sent(AuditUnknown, NothingToAnswer, ResponseGiven),
)
async def give_response(
    request: Request[Any, Any, Any],
    context: InContext,
    caller: CalledBy,
    audit_id: FromPath[UUID],
    data: JSONBody[OwnerResponseRequest],
) -> Response[OwnerResponse]:
    """An answer is given once. Without one the report is published 42 days after it was ready."""

    async def effect(conn: Connection) -> Reply:
        response = await cases.answer(
            conn,
            audit_id=audit_id,
            organisation_id=caller.tenant,
            actor=caller.actor,
            response=data,
            now=context.now(),
        )
        return Reply(status=201, value=response)

    return await once(request, context, caller, effect)


@get(
    "/audits/{audit_id:uuid}/response",
    operation_id="get_response",
    summary="The owner's answer",
    tags=TAGS,
    responses=errors(AuditUnknown, ResponseUnknown),
)
async def get_response(context: InContext, caller: CalledBy, audit_id: FromPath[UUID]) -> OwnerResponse:
    async with context.db.reading() as conn:
        case = await cases.find(conn, audit_id=audit_id, organisation_id=caller.organisation_id)
        found = await results.response(conn, organisation_id=case.organisation_id, audit_id=case.id)
    if found is None:
        raise ResponseUnknown
    return found


HANDLERS = (get_report, get_report_html, get_report_pdf, get_report_tables, give_response, get_response)
