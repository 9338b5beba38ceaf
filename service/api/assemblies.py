"""Assemblies as staff hold them: the plan, the pool, and the ends. Every step answers with the assembly afterwards."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from litestar import get, post
from litestar.params import Body as BodyParameter
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Response
from samenspraak.types.assembly import (
    Assembly,
    AssemblyRequest,
    AssemblyState,
    PoolOutcome,
    QuotasRequest,
    RandomnessRequest,
    RecruitRequest,
    RelaxRequest,
)
from samenspraak.types.audit import Reason

from panels.assemblies import founding, pool, reading, recruiting, steps, volunteer_csv
from panels.errors import AssemblyInvalid, AssemblyUnknown, PoolTooSmall, VolunteersInvalid
from service import assemblies
from service.api.access import CalledBy
from service.api.assembly_steps import STEP, Asked, noted, take
from service.api.bodies import Body
from service.api.declare import CSV_BODY, errors, listed, posted, sent
from service.api.listing import Cursor, Limit, Page, after_id, page
from service.context import InContext
from service.idempotency import Reply, once
from service.store import Connection
from service.validation import UnsupportedMedia

TAGS = ["assemblies"]
State = Annotated[AssemblyState | None, QueryParameter(name="state", description="Only assemblies in this state.")]
DryRun = Annotated[bool, QueryParameter(name="dry_run", description="Check every row, take nobody in.")]
Csv = Annotated[bytes, BodyParameter(media_type="text/csv")]


class VolunteerBody(Body):
    """A list of volunteers as its bytes: old programs write old encodings, and its reader knows them."""

    media_type = "text/csv"

    def decode_bytes(self, value: bytes) -> Any:
        given, _ = self.asgi_connection.content_type  # type: ignore[attr-defined]
        if given.lower() != self.media_type:
            raise UnsupportedMedia(f"Send the body as `{self.media_type}`.")
        return value


@post(
    "/staff/assemblies",
    operation_id="create_assembly",
    summary="Plan an assembly",
    tags=TAGS,
    dto=Body,
    responses=sent(AssemblyInvalid),
)
async def create_assembly(
    request: Asked, context: InContext, caller: CalledBy, data: JSONBody[AssemblyRequest]
) -> Response[Assembly]:
    """The seed of its lottery is made now and kept; its SHA-256 is in the answer and in the trail."""

    async def effect(conn: Connection) -> Reply:
        step = await founding.create(
            conn, request=data, now=context.now(), new_id=context.new_id, entropy=context.entropy
        )
        shown = await reading.shown(conn, step.assembly)
        await assemblies.carry_out(conn, step, actor=caller.actor, now=context.now())
        return Reply(status=201, value=shown, headers={"Location": f"/v1/staff/assemblies/{shown.id}"})

    return await once(request, context, caller, effect)


@get(
    "/staff/assemblies",
    operation_id="list_assemblies",
    summary="Assemblies, newest first",
    tags=TAGS,
    responses=listed(),
)
async def list_assemblies(
    context: InContext, limit: Limit = 50, cursor: Cursor = None, assembly_state: State = None
) -> Page[Assembly]:
    after = after_id(cursor)
    async with context.db.reading() as conn:
        found = await reading.page(conn, after=after, state=assembly_state, limit=limit + 1)
        shown = [await reading.shown(conn, assembly) for assembly in found]
    return page(shown, limit, show=lambda assembly: assembly, place=lambda assembly: assembly.id)


@get(
    "/staff/assemblies/{assembly_id:uuid}",
    operation_id="get_assembly",
    summary="One assembly, in counts",
    tags=TAGS,
    responses=errors(AssemblyUnknown),
)
async def get_assembly(context: InContext, assembly_id: FromPath[UUID]) -> Assembly:
    async with context.db.reading() as conn:
        return await reading.shown(conn, await steps.find(conn, assembly_id=assembly_id))


@post(
    "/staff/assemblies/{assembly_id:uuid}/recruit",
    operation_id="recruit_for_assembly",
    summary="draft -> recruiting: ask members whether they want to be in the lottery",
    tags=TAGS,
    status_code=200,
    dto=Body,
    responses=sent(*STEP, AssemblyInvalid, PoolTooSmall),
)
async def recruit_for_assembly(
    request: Asked,
    context: InContext,
    caller: CalledBy,
    assembly_id: FromPath[UUID],
    data: JSONBody[RecruitRequest],
) -> Response[Assembly]:
    return await take(
        request,
        context,
        caller,
        assembly_id,
        lambda conn: recruiting.open_recruiting(
            conn,
            assembly_id=assembly_id,
            request=data,
            link_key=context.keys.link_key,
            beside=asyncio.to_thread,
            now=context.now(),
            new_id=context.new_id,
        ),
    )


@post(
    "/staff/assemblies/{assembly_id:uuid}/volunteers",
    operation_id="load_volunteers",
    summary="Hand in a list of volunteers that is kept elsewhere",
    tags=TAGS,
    status_code=200,
    dto=VolunteerBody,
    request_max_body_size=CSV_BODY,
    responses=sent(*STEP, VolunteersInvalid),
)
async def load_volunteers(
    request: Asked,
    context: InContext,
    caller: CalledBy,
    assembly_id: FromPath[UUID],
    data: Csv,
    dry_run: DryRun = False,
) -> Response[PoolOutcome]:
    """Columns: `id`, one per feature that has a quota, and `household` where people share an address. UTF-8 or
    Windows-1252. It replaces the list before as a whole; with any fault nobody is taken in."""
    async with context.db.reading() as conn:
        asked = await steps.find(conn, assembly_id=assembly_id)
    # Reading a long list takes seconds: it is done beside the loop that answers everybody else.
    sheet = await asyncio.to_thread(volunteer_csv.read, data, quotas=asked.quotas)

    async def effect(conn: Connection) -> Reply:
        outcome, step = await pool.load_volunteers(
            conn,
            assembly_id=assembly_id,
            sheet=sheet,
            quotas=asked.quotas,
            dry_run=dry_run,
            beside=asyncio.to_thread,
            now=context.now(),
            new_id=context.new_id,
        )
        if step is not None:
            await assemblies.carry_out(conn, step, actor=caller.actor, now=context.now())
        return Reply(value=outcome)

    return await noted(context, caller, assembly_id, once(request, context, caller, effect))


@post(
    "/staff/assemblies/{assembly_id:uuid}/close-pool",
    operation_id="close_pool",
    summary="recruiting -> pool closed: fixes what the lottery knows of each person",
    tags=TAGS,
    status_code=200,
    responses=posted(*STEP, PoolTooSmall),
)
async def close_pool(
    request: Asked, context: InContext, caller: CalledBy, assembly_id: FromPath[UUID]
) -> Response[Assembly]:
    return await take(
        request,
        context,
        caller,
        assembly_id,
        lambda conn: pool.close_pool(conn, assembly_id=assembly_id, beside=asyncio.to_thread, now=context.now()),
    )


@post(
    "/staff/assemblies/{assembly_id:uuid}/quotas",
    operation_id="change_quotas",
    summary="Replace the quotas; the reason goes into the trail",
    tags=TAGS,
    status_code=200,
    dto=Body,
    responses=sent(*STEP, AssemblyInvalid),
)
async def change_quotas(
    request: Asked,
    context: InContext,
    caller: CalledBy,
    assembly_id: FromPath[UUID],
    data: JSONBody[QuotasRequest],
) -> Response[Assembly]:
    return await take(
        request,
        context,
        caller,
        assembly_id,
        lambda conn: founding.change_quotas(
            conn, assembly_id=assembly_id, quotas=data.quotas, why=data.why, now=context.now()
        ),
    )


@post(
    "/staff/assemblies/{assembly_id:uuid}/relax",
    operation_id="adopt_relaxation",
    summary="impossible -> pool closed, with the cheapest change of quotas that was found",
    tags=TAGS,
    status_code=200,
    dto=Body,
    responses=sent(*STEP),
)
async def adopt_relaxation(
    request: Asked, context: InContext, caller: CalledBy, assembly_id: FromPath[UUID], data: JSONBody[RelaxRequest]
) -> Response[Assembly]:
    return await take(
        request,
        context,
        caller,
        assembly_id,
        lambda conn: founding.relax(conn, assembly_id=assembly_id, why=data.why, now=context.now()),
    )


@post(
    "/staff/assemblies/{assembly_id:uuid}/randomness",
    operation_id="name_randomness",
    summary="Name another public number, before anything is published",
    tags=TAGS,
    status_code=200,
    dto=Body,
    responses=sent(*STEP, AssemblyInvalid),
)
async def name_randomness(
    request: Asked,
    context: InContext,
    caller: CalledBy,
    assembly_id: FromPath[UUID],
    data: JSONBody[RandomnessRequest],
) -> Response[Assembly]:
    return await take(
        request,
        context,
        caller,
        assembly_id,
        lambda conn: founding.name_randomness(conn, assembly_id=assembly_id, randomness=data, now=context.now()),
    )


@post(
    "/staff/assemblies/{assembly_id:uuid}/end",
    operation_id="end_assembly",
    summary="seated -> ended",
    tags=TAGS,
    status_code=200,
    responses=posted(*STEP),
)
async def end_assembly(
    request: Asked, context: InContext, caller: CalledBy, assembly_id: FromPath[UUID]
) -> Response[Assembly]:
    return await take(
        request,
        context,
        caller,
        assembly_id,
        lambda conn: founding.end(conn, assembly_id=assembly_id, now=context.now()),
    )


@post(
    "/staff/assemblies/{assembly_id:uuid}/cancel",
    operation_id="cancel_assembly",
    summary="-> cancelled, with a public reason, before the drawing",
    tags=TAGS,
    status_code=200,
    dto=Body,
    responses=sent(*STEP),
)
async def cancel_assembly(
    request: Asked, context: InContext, caller: CalledBy, assembly_id: FromPath[UUID], data: JSONBody[Reason]
) -> Response[Assembly]:
    return await take(
        request,
        context,
        caller,
        assembly_id,
        lambda conn: founding.cancel(conn, assembly_id=assembly_id, reason=data.reason, now=context.now()),
    )


HANDLERS = (
    create_assembly,
    list_assemblies,
    get_assembly,
    recruit_for_assembly,
    load_volunteers,
    close_pool,
    change_quotas,
    adopt_relaxation,
    name_randomness,
    end_assembly,
    cancel_assembly,
)
