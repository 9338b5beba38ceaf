"""Row-level data for researchers: staff record an agreement, have a file made under it, and fetch it."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from litestar.response import Response
from samenspraak.types.microdata import Agreement, AgreementRequest, Microdata, MicrodataFormat, MicrodataRequest

from service.api.access import CalledBy
from service.api.bodies import Body
from service.api.declare import errors, listed, posted, sent
from service.api.listing import Cursor, Limit, Page, after_id, page
from service.audits import cases
from service.audits.errors import AuditUnknown
from service.context import InContext
from service.idempotency import Reply, once
from service.microdata import agreements
from service.microdata.errors import (
    AgreementInvalid,
    AgreementUnknown,
    MicrodataNotReady,
    MicrodataRefused,
    MicrodataUnknown,
)
from service.store import Connection
from service.store import microdata as store

TAGS = ["microdata"]
FORMS: dict[MicrodataFormat, tuple[str, str]] = {
    "csv": ("text/csv; charset=utf-8; header=present", "microdata.csv"),
    "parquet": ("application/vnd.apache.parquet", "microdata.parquet"),
    "sav": ("application/x-spss-sav", "microdata.sav"),
    "codebook": ("text/csv; charset=utf-8; header=present", "codebook.csv"),
    "ddi": ("application/xml", "microdata-ddi.xml"),
    "triple_s": ("application/xml", "microdata-triple-s.xml"),
    "about": ("text/markdown; charset=utf-8", "about.md"),
}
"""Content type and file name. Triple-S names `microdata.csv` as its data, so the two lie side by side."""


@post(
    "/staff/agreements",
    operation_id="record_agreement",
    summary="Record a signed agreement with an institution about row-level data",
    tags=TAGS,
    dto=Body,
    responses=sent(AgreementInvalid),
)
async def record_agreement(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, data: JSONBody[AgreementRequest]
) -> Response[Agreement]:
    async def effect(conn: Connection) -> Reply:
        now = context.now()
        made = await agreements.record(conn, request=data, actor=caller.actor, now=now, new_id=context.new_id)
        return Reply(status=201, value=agreements.shown(made, now))

    return await once(request, context, caller, effect)


@get(
    "/staff/agreements",
    operation_id="list_agreements",
    summary="Agreements about row-level data, newest first",
    tags=TAGS,
    responses=listed(),
)
async def list_agreements(context: InContext, limit: Limit = 50, cursor: Cursor = None) -> Page[Agreement]:
    async with context.db.reading() as conn:
        found = await store.agreements(conn, before=after_id(cursor), limit=limit + 1)
    now = context.now()
    return page(found, limit, show=lambda one: agreements.shown(one, now), place=lambda one: one.id)


@post(
    "/staff/agreements/{agreement_id:uuid}/end",
    operation_id="end_agreement",
    summary="End an agreement before its last day: from now on it gives no file",
    tags=TAGS,
    status_code=200,
    responses=posted(AgreementUnknown),
)
async def end_agreement(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, agreement_id: FromPath[UUID]
) -> Response[Agreement]:
    async def effect(conn: Connection) -> Reply:
        now = context.now()
        ended = await agreements.end(conn, id=agreement_id, actor=caller.actor, now=now)
        return Reply(value=agreements.shown(ended, now))

    return await once(request, context, caller, effect)


@post(
    "/staff/audits/{audit_id:uuid}/microdata",
    operation_id="make_microdata",
    summary="Have the row-level file of a reported audit made under an agreement",
    tags=TAGS,
    status_code=202,
    dto=Body,
    responses=sent(AuditUnknown, AgreementUnknown, MicrodataRefused),
)
async def make_microdata(
    request: Request[Any, Any, Any],
    context: InContext,
    caller: CalledBy,
    audit_id: FromPath[UUID],
    data: JSONBody[MicrodataRequest],
) -> Response[Microdata]:
    """A job makes it; ask for its state. The order of its rows is drawn anew for every file."""

    async def effect(conn: Connection) -> Reply:
        asked = await agreements.ask(
            conn,
            audit_id=audit_id,
            agreement=data.agreement_id,
            actor=caller.actor,
            now=context.now(),
            new_id=context.new_id,
        )
        return Reply(status=202, value=agreements.seen(asked))

    return await once(request, context, caller, effect)


@get(
    "/staff/audits/{audit_id:uuid}/microdata",
    operation_id="list_microdata",
    summary="Files that were asked for of one audit, newest first, with what was done to protect people",
    tags=TAGS,
    responses=listed(AuditUnknown),
)
async def list_microdata(
    context: InContext, audit_id: FromPath[UUID], limit: Limit = 50, cursor: Cursor = None
) -> Page[Microdata]:
    async with context.db.reading() as conn:
        case = await cases.find(conn, audit_id=audit_id)
        found = await store.of_audit(
            conn, organisation_id=case.organisation_id, audit_id=case.id, before=after_id(cursor), limit=limit + 1
        )
    return page(found, limit, show=agreements.seen, place=lambda one: one.id)


@get(
    "/staff/microdata/{microdata_id:uuid}",
    operation_id="get_microdata",
    summary="One file: whether it is ready, and what was done to protect people",
    tags=TAGS,
    responses=errors(MicrodataUnknown),
)
async def get_microdata(context: InContext, microdata_id: FromPath[UUID]) -> Microdata:
    async with context.db.reading() as conn:
        found = await store.find(conn, id=microdata_id)
    if found is None:
        raise MicrodataUnknown
    return agreements.seen(found)


@get(
    "/staff/microdata/{microdata_id:uuid}/{form:str}",
    operation_id="fetch_microdata",
    summary="The file in one form; every fetch is noted in the audit trail",
    tags=TAGS,
    media_type="application/octet-stream",
    responses=listed(AuditUnknown, AgreementUnknown, MicrodataUnknown, MicrodataNotReady, MicrodataRefused),
)
async def fetch_microdata(
    context: InContext, caller: CalledBy, microdata_id: FromPath[UUID], form: FromPath[MicrodataFormat]
) -> Response[bytes]:
    """`csv`, `parquet` or `sav` hold the data; `codebook`, `ddi` and `triple_s` describe the CSV; `about` says what was
    done. Nothing changes but the trail, which says that the file left the house."""

    async def effect(conn: Connection) -> bytes:
        return await agreements.fetch(conn, id=microdata_id, form=form, actor=caller.actor, now=context.now())

    content = await context.db.run(effect)
    media_type, name = FORMS[form]
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)


HANDLERS = (
    record_agreement,
    list_agreements,
    end_agreement,
    make_microdata,
    list_microdata,
    get_microdata,
    fetch_microdata,
)
