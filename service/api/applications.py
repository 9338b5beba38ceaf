"""Applications: what a developer submits, version by version."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from litestar.response import Response
from samenspraak.types.application import Application, StoredApplication

from service.api.access import CalledBy
from service.api.declare import errors, listed, sent
from service.api.listing import Cursor, Limit, Page, after_id, page
from service.api.submissions import ApplicationBody
from service.context import InContext
from service.idempotency import Reply, once
from service.store import Connection
from surveys import applications
from surveys.errors import ApplicationInvalid, ApplicationUnknown

TAGS = ["applications"]


@post(
    "/applications",
    operation_id="submit_application",
    summary="Submit a new version of an application",
    tags=TAGS,
    dto=ApplicationBody,
    responses=sent(ApplicationInvalid),
)
async def submit_application(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, data: JSONBody[Application]
) -> Response[StoredApplication]:
    """Every submission of the same `id` makes a new version. All faults come back at once."""

    async def effect(conn: Connection) -> Reply:
        stored = await applications.keep(
            conn,
            organisation_id=caller.tenant,
            application=data,
            now=context.now(),
            new_id=context.new_id,
        )
        return Reply(status=201, value=stored, headers={"Location": f"/v1/applications/{stored.id}"})

    return await once(request, context, caller, effect)


@get(
    "/applications",
    operation_id="list_applications",
    summary="List your applications, newest first",
    tags=TAGS,
    responses=listed(),
)
async def list_applications(
    context: InContext, caller: CalledBy, limit: Limit = 50, cursor: Cursor = None
) -> Page[StoredApplication]:
    after = after_id(cursor)
    async with context.db.reading() as conn:
        found = await applications.listing(conn, organisation_id=caller.tenant, limit=limit + 1, after=after)
    return page(found, limit, show=lambda stored: stored, place=lambda stored: stored.id)


@get(
    "/applications/{application_id:uuid}",
    operation_id="get_application",
    summary="One stored version of an application",
    tags=TAGS,
    responses=errors(ApplicationUnknown),
)
async def get_application(context: InContext, caller: CalledBy, application_id: FromPath[UUID]) -> StoredApplication:
    async with context.db.reading() as conn:
        return await applications.find(conn, organisation_id=caller.tenant, id=application_id)


HANDLERS = (submit_application, list_applications, get_application)
