"""Margins and panel, as staff and fieldwork see them: counts and outcomes, never a person."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Body as BodyParameter
from litestar.params import FromPath, QueryParameter
from litestar.response import Response
from samenspraak.administration import ImportTicket
from samenspraak.types.base import SampleKind
from samenspraak.types.margins import MarginSet
from samenspraak.types.panel import ImportOutcome, PanelState

from panels import overview
from panels.errors import ImportInvalid, ImportUnknown, MarginsInvalid, MarginsUnknown
from panels.joining import imports
from panels.margins import sets as margin_sets
from service import outbox
from service.api.access import CalledBy
from service.api.bodies import CsvBody
from service.api.declare import CSV_BODY, errors, listed, sent
from service.api.listing import Cursor, Limit, Page, after_id, page
from service.audits import trail
from service.context import InContext
from service.idempotency import Reply, once
from service.store import Connection
from service.tasks.arguments import PanelImport

TAGS = ["panel"]
Csv = Annotated[str, BodyParameter(media_type="text/csv")]
Name = Annotated[str, QueryParameter(name="name", min_length=1, max_length=100, description="What to call this set.")]
Kind = Annotated[SampleKind, QueryParameter(name="kind", description="How these people were selected.")]
DryRun = Annotated[bool, QueryParameter(name="dry_run", description="Check every row, import none.")]


@post(
    "/staff/margins",
    operation_id="import_margins",
    summary="Import a version of the population margins",
    tags=TAGS,
    dto=CsvBody,
    request_max_body_size=CSV_BODY,
    responses=sent(MarginsInvalid),
)
async def import_margins(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, data: Csv, name: Name
) -> Response[MarginSet]:
    async def effect(conn: Connection) -> Reply:
        now = context.now()
        parsed = margin_sets.parse(data, name=name, now=now, id=str(context.new_id()))
        kept = await margin_sets.add(conn, parsed)
        detail: dict[str, str | int | float | bool | None] = {"margins_id": kept.id, "hash": kept.content_hash}
        await trail.append(conn, actor=caller.actor, event="margins.import", now=now, detail=detail)
        return Reply(status=201, value=kept, headers={"Location": f"/v1/staff/margins/{kept.id}"})

    return await once(request, context, caller, effect)


@get(
    "/staff/margins",
    operation_id="list_margins",
    summary="List the margins, newest first",
    tags=TAGS,
    responses=listed(),
)
async def list_margins(context: InContext, limit: Limit = 50, cursor: Cursor = None) -> Page[MarginSet]:
    after = after_id(cursor)
    async with context.db.reading() as conn:
        found = await margin_sets.all(conn)
    # A handful of versions a year: the whole list is read and cut here.
    ordered = sorted(found, key=lambda margins: margins.id, reverse=True)
    rest = [margins for margins in ordered if after is None or margins.id < str(after)]
    return page(rest[: limit + 1], limit, show=lambda margins: margins, place=lambda margins: margins.id)


@get(
    "/staff/margins/{margins_id:str}",
    operation_id="get_margins",
    summary="One version of the margins",
    tags=TAGS,
    responses=errors(MarginsUnknown),
)
async def get_margins(context: InContext, margins_id: FromPath[str]) -> MarginSet:
    async with context.db.reading() as conn:
        return await margin_sets.get(conn, margins_id)


@post(
    "/staff/panel/imports",
    operation_id="import_members",
    summary="Hand in members with their record of consent",
    tags=TAGS,
    dto=CsvBody,
    status_code=202,
    request_max_body_size=CSV_BODY,
    responses=sent(ImportInvalid),
)
async def import_members(
    request: Request[Any, Any, Any],
    context: InContext,
    caller: CalledBy,
    data: Csv,
    kind: Kind = "opt_in_panel",
    dry_run: DryRun = False,
) -> Response[ImportTicket]:
    """Columns: email, birth_year, sex, province, education, language, consent_version, consent_at."""

    async def effect(conn: Connection) -> Reply:
        import_id, now = context.new_id(), context.now()
        await imports.queue_import(
            conn,
            import_id=import_id,
            csv=data.encode(),
            mapping=None,
            dry_run=dry_run,
            kind=kind,
            staff=str(caller.actor),
            now=now,
        )
        await outbox.put(conn, "panel.import", PanelImport(import_id=import_id), dedup_key=f"panel.import:{import_id}")
        await trail.append(
            conn,
            actor=caller.actor,
            event="panel.import",
            now=now,
            detail={"import_id": str(import_id), "kind": kind, "dry_run": dry_run},
        )
        headers = {"Location": f"/v1/staff/panel/imports/{import_id}", "Retry-After": "1"}
        return Reply(status=202, value=ImportTicket(id=str(import_id)), headers=headers)

    return await once(request, context, caller, effect)


@get(
    "/staff/panel/imports/{import_id:uuid}",
    operation_id="get_import",
    summary="What an import did, or that it still waits",
    tags=TAGS,
    responses={
        **errors(ImportUnknown),
        202: ResponseSpec(data_container=ImportTicket, generate_examples=False, description="Still waiting"),
    },
)
async def get_import(context: InContext, import_id: FromPath[UUID]) -> Response[ImportOutcome]:
    async with context.db.reading() as conn:
        outcome = await imports.import_outcome(conn, import_id)
    if outcome is None:
        waiting: Any = ImportTicket(id=str(import_id))
        return Response(content=waiting, status_code=202, headers={"Retry-After": "1"})
    return Response(content=outcome)


@get(
    "/staff/panel",
    operation_id="get_panel",
    summary="The panel in counts, beside the population",
    tags=TAGS,
    responses=errors(),
)
async def get_panel(context: InContext) -> PanelState:
    async with context.db.reading() as conn:
        margins = await margin_sets.latest(conn)
        return await overview.panel_state(conn, margins=margins, on=context.now().date())


HANDLERS = (import_margins, list_margins, get_margins, import_members, get_import, get_panel)
