"""People who asked to be called: staff see whom, when and which number, and write down what came of it."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Response
from samenspraak.types.calls import Call, CallCounts, CallDecision, CallState

from panels import calling
from panels.errors import CallDecided, CallUnknown
from service.api.access import CalledBy
from service.api.bodies import Body
from service.api.declare import errors, listed, sent
from service.api.listing import Cursor, Limit, Page, after_day, page
from service.audits import trail
from service.context import InContext
from service.idempotency import Reply, once
from service.store import Connection

TAGS = ["staff"]
Stands = Annotated[CallState, QueryParameter(name="state", description="Only those that stand so.")]


@get(
    "/staff/calls",
    operation_id="list_calls",
    summary="People of all audits who asked to be called, what is due first in front",
    tags=TAGS,
    responses=listed(),
)
async def list_calls(
    context: InContext, stands: Stands = "open", limit: Limit = 50, cursor: Cursor = None
) -> Page[Call]:
    """Nobody is listed as open who has sent the answers or said no since."""
    async with context.db.reading() as conn:
        found = await calling.page(conn, state=stands, after=after_day(cursor), limit=limit + 1)
    key, today = context.keys.address_key, context.now().date()
    return page(
        found,
        limit,
        show=lambda row: calling.shown(row, key=key, today=today),
        place=lambda row: f"{row.due_on:%Y%m%d}{row.id.hex}",
    )


@get(
    "/staff/calls/counts",
    operation_id="count_calls",
    summary="How many people wait to be called, and how many calls are settled",
    tags=TAGS,
    responses=errors(),
)
async def count_calls(context: InContext) -> CallCounts:
    async with context.db.reading() as conn:
        return await calling.counts(conn, today=context.now().date())


@post(
    "/staff/calls/{call_id:uuid}",
    operation_id="settle_call",
    summary="Write down what came of a call: done, not reached, or no longer wanted",
    tags=TAGS,
    status_code=200,
    dto=Body,
    responses=sent(CallUnknown, CallDecided),
)
async def settle_call(
    request: Request[Any, Any, Any],
    context: InContext,
    caller: CalledBy,
    call_id: FromPath[UUID],
    data: JSONBody[CallDecision],
) -> Response[Call]:
    """After `not_reached` the request stays open for the next working day, until the third time."""

    async def effect(conn: Connection) -> Reply:
        now = context.now()
        call = await calling.decide(conn, id=call_id, decision=data, by=caller.key_id, now=now)
        await trail.append(
            conn,
            actor=caller.actor,
            event="call.settle",
            now=now,
            audit_id=call.audit_id,
            detail={"call": str(call_id), "came_of_it": data.state, "state": call.state},
        )
        return Reply(value=calling.shown(call, key=context.keys.address_key, today=now.date()))

    return await once(request, context, caller, effect)


HANDLERS = (list_calls, count_calls, settle_call)
