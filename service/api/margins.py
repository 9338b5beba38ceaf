"""Population margins: from CSV, from StatLine, or those that come with the service."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.params import Body as BodyParameter
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Response
from samenspraak.types.margins import MarginSet, StatLineImport

from panels.errors import MarginsInvalid, MarginsUnknown
from panels.margins import areas, pack, statline
from panels.margins import sets as margin_sets
from service.api.access import CalledBy
from service.api.bodies import Body, CsvBody
from service.api.declare import CSV_BODY, errors, listed, posted, sent
from service.api.listing import Cursor, Limit, Page, after_id, page
from service.audits import trail
from service.auth import Caller
from service.context import Context, InContext
from service.idempotency import Reply, once
from service.store import Connection

TAGS = ["panel"]
Csv = Annotated[str, BodyParameter(media_type="text/csv")]
Name = Annotated[str, QueryParameter(name="name", min_length=1, max_length=100, description="What to call this set.")]
Area = Annotated[str, QueryParameter(name="area", max_length=10, description="NL or a province, such as PV27.")]
TwoWay = Annotated[
    bool, QueryParameter(name="two_way", description="Of the country: age by province in the place of province.")
]


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
    return await _keep(
        request,
        context,
        caller,
        lambda: margin_sets.parse(data, name=name, now=context.now(), id=str(context.new_id())),
    )


@post(
    "/staff/margins/statline",
    operation_id="import_statline_margins",
    summary="Import a version of the margins from StatLine tables",
    tags=TAGS,
    dto=Body,
    request_max_body_size=CSV_BODY,
    responses=sent(MarginsInvalid),
)
async def import_statline_margins(
    request: Request[Any, Any, Any],
    context: InContext,
    caller: CalledBy,
    data: JSONBody[StatLineImport],
    name: Name,
) -> Response[MarginSet]:
    """Observations and code lists as OData gives them, version 3 or 4; levels are recognised by their Dutch titles."""
    return await _keep(
        request,
        context,
        caller,
        lambda: statline.read(data, name=name, now=context.now(), id=str(context.new_id())),
    )


@post(
    "/staff/margins/pack",
    operation_id="import_packed_margins",
    summary="Import the figures that come with the service, of the country or a province",
    tags=TAGS,
    responses=posted(MarginsInvalid),
)
async def import_packed_margins(
    request: Request[Any, Any, Any],
    context: InContext,
    caller: CalledBy,
    name: Name,
    area: Area = areas.COUNTRY,
    two_way: TwoWay = False,
) -> Response[MarginSet]:
    def made() -> MarginSet:
        now, id = context.now(), str(context.new_id())
        if area == areas.COUNTRY:
            return pack.country(name=name, two_way=two_way, now=now, id=id)
        return pack.province(area, name=name, now=now, id=id)

    return await _keep(request, context, caller, made)


async def _keep(
    request: Request[Any, Any, Any], context: Context, caller: Caller, made: Callable[[], MarginSet]
) -> Response[MarginSet]:
    async def effect(conn: Connection) -> Reply:
        # Large tables take a second to read: other requests go on meanwhile.
        kept = await margin_sets.add(conn, await asyncio.to_thread(made))
        detail: dict[str, str | int | float | bool | None] = {"margins_id": kept.id, "hash": kept.content_hash}
        await trail.append(conn, actor=caller.actor, event="margins.import", now=context.now(), detail=detail)
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


HANDLERS = (import_margins, import_statline_margins, import_packed_margins, list_margins, get_margins)
