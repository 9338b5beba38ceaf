"""The lottery of an assembly as staff hold it: calculated, published, drawn by two people, and its seats filled."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Response
from samenspraak.types.assembly import (
    Assembly,
    AssemblyWeights,
    DeclineRequest,
    DrawnValueRequest,
    ReplacementRequest,
    Reserve,
    Seat,
    SeatingRequest,
    StandInRequest,
)
from samenspraak.types.lottery import LotteryFile, PoolTable

from panels.assemblies import publishing, reading, seating, solving, standing_by, weights
from panels.errors import (
    AssemblyInvalid,
    AssemblyStepRefused,
    AssemblyUnknown,
    DrawingInvalid,
    LotteryInvalid,
    ReplacementInvalid,
    SeatSettled,
    SeatUnknown,
)
from panels.lottery import publication
from service.api.access import CalledBy
from service.api.assembly_steps import STEP, Asked, take
from service.api.bodies import Body
from service.api.declare import errors, listed, posted, sent
from service.api.listing import Page
from service.context import InContext
from service.validation import BodyInvalid

TAGS = ["assemblies"]
Count = Annotated[int, QueryParameter(name="count", ge=1, le=100, description="People to stand by.")]
Expected = Annotated[
    float, QueryParameter(name="expected", ge=0.0, le=0.9, description="Share of people expected to drop out.")
]
RoundNumber = Annotated[
    int | None,
    QueryParameter(name="round", ge=1, le=1000, description="Number of the lottery; the latest if left out."),
]


@post(
    "/staff/assemblies/{assembly_id:uuid}/solve",
    operation_id="solve_lottery",
    summary="pool closed -> solving: have the panels calculated",
    tags=TAGS,
    status_code=202,
    responses=posted(*STEP),
)
async def solve_lottery(
    request: Asked, context: InContext, caller: CalledBy, assembly_id: FromPath[UUID]
) -> Response[Assembly]:
    """A job does it; ask for the assembly until it is `solved` or `impossible`."""
    return await take(
        request,
        context,
        caller,
        assembly_id,
        lambda conn: solving.solve(conn, assembly_id=assembly_id, now=context.now()),
        status=202,
        headers={"Location": f"/v1/staff/assemblies/{assembly_id}", "Retry-After": "2"},
    )


@post(
    "/staff/assemblies/{assembly_id:uuid}/publish",
    operation_id="publish_lottery",
    summary="solved -> published: from here on nothing about the lottery changes",
    tags=TAGS,
    status_code=200,
    responses=posted(*STEP, LotteryInvalid),
)
async def publish_lottery(
    request: Asked, context: InContext, caller: CalledBy, assembly_id: FromPath[UUID]
) -> Response[Assembly]:
    return await take(
        request,
        context,
        caller,
        assembly_id,
        lambda conn: publishing.publish(conn, assembly_id=assembly_id, beside=asyncio.to_thread, now=context.now()),
    )


@get(
    "/staff/assemblies/{assembly_id:uuid}/lottery",
    operation_id="get_lottery",
    summary="A published lottery, with its drawing once there is one",
    tags=TAGS,
    responses=listed(AssemblyUnknown, AssemblyStepRefused),
)
async def get_lottery(
    context: InContext, assembly_id: FromPath[UUID], number: RoundNumber = None
) -> Response[LotteryFile]:
    async with context.db.reading() as conn:
        found = await reading.lottery(conn, assembly_id=assembly_id, number=number)
    # Byte for byte as it was published and hashed.
    body: Any = publication.document(found.content or b"", found.drawing)
    return Response(content=body, media_type="application/json")


@get(
    "/staff/assemblies/{assembly_id:uuid}/pool-table",
    operation_id="get_pool_table",
    summary="The confidential table behind a published lottery, for an auditor",
    tags=TAGS,
    responses=listed(AssemblyUnknown, AssemblyStepRefused),
)
async def get_pool_table(
    context: InContext, assembly_id: FromPath[UUID], number: RoundNumber = None
) -> Response[PoolTable]:
    """Features and address number by ticket. The SHA-256 of these bytes is `pool_hash` of the lottery."""
    async with context.db.reading() as conn:
        body: Any = await reading.pool_table(conn, assembly_id=assembly_id, number=number)
    return Response(content=body, media_type="application/json")


@post(
    "/staff/assemblies/{assembly_id:uuid}/drawing",
    operation_id="enter_drawn_value",
    summary="Enter the public number, once it is known",
    tags=TAGS,
    status_code=200,
    dto=Body,
    responses=sent(*STEP, DrawingInvalid),
)
async def enter_drawn_value(
    request: Asked,
    context: InContext,
    caller: CalledBy,
    assembly_id: FromPath[UUID],
    data: JSONBody[DrawnValueRequest],
) -> Response[Assembly]:
    return await take(
        request,
        context,
        caller,
        assembly_id,
        lambda conn: publishing.enter(
            conn, assembly_id=assembly_id, value=data.value, person=str(caller.actor), now=context.now()
        ),
    )


@post(
    "/staff/assemblies/{assembly_id:uuid}/drawing/confirm",
    operation_id="confirm_drawn_value",
    summary="published -> drawn: a second person has looked the public number up",
    tags=TAGS,
    status_code=200,
    dto=Body,
    responses=sent(*STEP, DrawingInvalid),
)
async def confirm_drawn_value(
    request: Asked,
    context: InContext,
    caller: CalledBy,
    assembly_id: FromPath[UUID],
    data: JSONBody[DrawnValueRequest],
) -> Response[Assembly]:
    """With another key than the one that entered it, and the number as this person found it."""
    return await take(
        request,
        context,
        caller,
        assembly_id,
        lambda conn: publishing.confirm(
            conn,
            assembly_id=assembly_id,
            value=data.value,
            person=str(caller.actor),
            beside=asyncio.to_thread,
            now=context.now(),
        ),
    )


@get(
    "/staff/assemblies/{assembly_id:uuid}/seats",
    operation_id="list_seats",
    summary="Seats by ticket, with what became of each",
    tags=TAGS,
    responses=errors(AssemblyUnknown),
)
async def list_seats(context: InContext, assembly_id: FromPath[UUID]) -> Page[Seat]:
    async with context.db.reading() as conn:
        return Page(data=await reading.seats_of(conn, assembly_id), has_more=False)


@post(
    "/staff/assemblies/{assembly_id:uuid}/seats/{seat_id:uuid}/confirm",
    operation_id="confirm_seat",
    summary="Record that somebody takes the seat",
    tags=TAGS,
    status_code=200,
    responses=posted(AssemblyUnknown, SeatUnknown, SeatSettled),
)
async def confirm_seat(
    request: Asked, context: InContext, caller: CalledBy, assembly_id: FromPath[UUID], seat_id: FromPath[UUID]
) -> Response[Assembly]:
    return await take(
        request,
        context,
        caller,
        assembly_id,
        lambda conn: seating.settle(
            conn, assembly_id=assembly_id, seat_id=seat_id, accept=True, why="", now=context.now()
        ),
    )


@post(
    "/staff/assemblies/{assembly_id:uuid}/seats/{seat_id:uuid}/decline",
    operation_id="decline_seat",
    summary="Record that somebody gives the seat back",
    tags=TAGS,
    status_code=200,
    dto=Body,
    responses=sent(AssemblyUnknown, SeatUnknown, SeatSettled),
)
async def decline_seat(
    request: Asked,
    context: InContext,
    caller: CalledBy,
    assembly_id: FromPath[UUID],
    seat_id: FromPath[UUID],
    data: JSONBody[DeclineRequest],
) -> Response[Assembly]:
    return await take(
        request,
        context,
        caller,
        assembly_id,
        lambda conn: seating.settle(
            conn, assembly_id=assembly_id, seat_id=seat_id, accept=False, why=data.why, now=context.now()
        ),
    )


@post(
    "/staff/assemblies/{assembly_id:uuid}/replace",
    operation_id="replace_decliners",
    summary="drawn -> pool closed of a further lottery, for the seats that were given back",
    tags=TAGS,
    status_code=200,
    dto=Body,
    responses=sent(*STEP, AssemblyInvalid),
)
async def replace_decliners(
    request: Asked,
    context: InContext,
    caller: CalledBy,
    assembly_id: FromPath[UUID],
    data: JSONBody[ReplacementRequest],
) -> Response[Assembly]:
    return await take(
        request,
        context,
        caller,
        assembly_id,
        lambda conn: seating.replace(
            conn,
            assembly_id=assembly_id,
            randomness=data.randomness,
            now=context.now(),
            entropy=context.entropy,
        ),
    )


@post(
    "/staff/assemblies/{assembly_id:uuid}/seat",
    operation_id="seat_assembly",
    summary="drawn -> seated: the assembly can begin",
    tags=TAGS,
    status_code=200,
    dto=Body,
    responses=sent(*STEP),
)
async def seat_assembly(
    request: Asked,
    context: InContext,
    caller: CalledBy,
    assembly_id: FromPath[UUID],
    data: JSONBody[SeatingRequest],
) -> Response[Assembly]:
    return await take(
        request,
        context,
        caller,
        assembly_id,
        lambda conn: seating.seat(conn, assembly_id=assembly_id, accept_fewer=data.accept_fewer, now=context.now()),
    )


@get(
    "/staff/assemblies/{assembly_id:uuid}/weights",
    operation_id="get_assembly_weights",
    summary="What each member of the panel stands for: base weight by step, and joint chances",
    tags=TAGS,
    responses=errors(AssemblyUnknown, AssemblyStepRefused),
)
async def get_assembly_weights(context: InContext, assembly_id: FromPath[UUID]) -> AssemblyWeights:
    async with context.db.reading() as conn:
        return await weights.of_seats(conn, assembly_id)


@get(
    "/staff/assemblies/{assembly_id:uuid}/reserve",
    operation_id="propose_reserve",
    summary="Whom to ask to stand by, and how much that is expected to help",
    tags=TAGS,
    responses=errors(AssemblyUnknown, AssemblyStepRefused, ReplacementInvalid, BodyInvalid),
)
async def propose_reserve(
    context: InContext, assembly_id: FromPath[UUID], count: Count = 6, expected: Expected = 0.2
) -> Reserve:
    async with context.db.reading() as conn:
        return await standing_by.reserve(conn, assembly_id=assembly_id, count=count, expected=expected)


@post(
    "/staff/assemblies/{assembly_id:uuid}/stand-ins",
    operation_id="seat_stand_ins",
    summary="Let people who stood by take the free seats, when there is no time for another lottery",
    tags=TAGS,
    status_code=200,
    dto=Body,
    responses=sent(AssemblyUnknown, AssemblyStepRefused, ReplacementInvalid),
)
async def seat_stand_ins(
    request: Asked,
    context: InContext,
    caller: CalledBy,
    assembly_id: FromPath[UUID],
    data: JSONBody[StandInRequest],
) -> Response[Assembly]:
    return await take(
        request,
        context,
        caller,
        assembly_id,
        lambda conn: standing_by.stand_in(conn, assembly_id=assembly_id, request=data, now=context.now()),
    )


HANDLERS = (
    solve_lottery,
    publish_lottery,
    get_lottery,
    get_pool_table,
    enter_drawn_value,
    confirm_drawn_value,
    list_seats,
    confirm_seat,
    decline_seat,
    replace_decliners,
    seat_assembly,
    get_assembly_weights,
    propose_reserve,
    seat_stand_ins,
)
