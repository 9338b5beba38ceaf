"""Audits in the field as staff steer them: cells, the next wave, stop and reopen. Counts only, never a person."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, PathParameter
from litestar.response import Response
from samenspraak.types.fieldwork import (
    CellStatus,
    FieldworkMonitor,
    QuestionnaireProgress,
    Wave,
    WaveProposal,
    WaveRequest,
)

from panels.errors import CellUnknown, PlanUnfit, WaveInvalid, WaveRefused
from panels.waves import reading
from service.api.access import CalledBy
from service.api.bodies import Body
from service.api.declare import errors, posted, sent
from service.api.listing import Page
from service.audits import cases, fielding
from service.audits.errors import AuditUnknown, TransitionRefused
from service.auth import Caller
from service.context import Context, InContext
from service.idempotency import Reply, once
from service.store import Connection

TAGS = ["staff"]
Cell = Annotated[str, PathParameter(description="Key of the cell, as the monitor names it.", max_length=200)]


@get(
    "/staff/audits/{audit_id:uuid}/fieldwork/cells",
    operation_id="get_fieldwork_cells",
    summary="Every cell: need, have, pending, forecast and the chance to miss; and how even participation is",
    tags=TAGS,
    responses=errors(AuditUnknown, TransitionRefused, WaveRefused, PlanUnfit),
)
async def get_fieldwork_cells(context: InContext, audit_id: FromPath[UUID]) -> FieldworkMonitor:
    async with context.db.reading() as conn:
        return await fielding.monitor(conn, audit_id=audit_id, now=context.now())


@get(
    "/staff/audits/{audit_id:uuid}/fieldwork/progress",
    operation_id="get_questionnaire_progress",
    summary="The way through the questionnaire: who began, where people stop, how long it takes, flags and quotas",
    tags=TAGS,
    responses=errors(AuditUnknown, TransitionRefused),
)
async def get_questionnaire_progress(context: InContext, audit_id: FromPath[UUID]) -> QuestionnaireProgress:
    async with context.db.reading() as conn:
        return await fielding.progress(conn, audit_id=audit_id, now=context.now())


@get(
    "/staff/audits/{audit_id:uuid}/fieldwork/proposal",
    operation_id="get_wave_proposal",
    summary="What the next wave would be, from what is known now",
    tags=TAGS,
    responses=errors(AuditUnknown, TransitionRefused, WaveRefused, PlanUnfit),
)
async def get_wave_proposal(context: InContext, audit_id: FromPath[UUID]) -> WaveProposal:
    """Where the plan lets staff decide, accept it with `POST .../waves`, as it is or changed; until then nothing
    happens."""
    async with context.db.reading() as conn:
        return await fielding.proposal(conn, audit_id=audit_id, now=context.now())


@get(
    "/staff/audits/{audit_id:uuid}/fieldwork/waves",
    operation_id="list_waves",
    summary="Every draw of an audit, in order",
    tags=TAGS,
    responses=errors(AuditUnknown),
)
async def list_waves(context: InContext, audit_id: FromPath[UUID]) -> Page[Wave]:
    async with context.db.reading() as conn:
        case = await cases.find(conn, audit_id=audit_id)
        return Page(data=await reading.waves(conn, case.id), has_more=False)


@post(
    "/staff/audits/{audit_id:uuid}/fieldwork/waves",
    operation_id="draw_wave",
    summary="Draw the next wave and send its invitations",
    tags=TAGS,
    status_code=201,
    dto=Body,
    responses=sent(AuditUnknown, TransitionRefused, WaveRefused, WaveInvalid, PlanUnfit),
)
async def draw_wave(
    request: Request[Any, Any, Any],
    context: InContext,
    caller: CalledBy,
    audit_id: FromPath[UUID],
    data: JSONBody[WaveRequest],
) -> Response[Wave]:
    async def effect(conn: Connection) -> Reply:
        wave = await fielding.draw_wave(
            conn,
            audit_id=audit_id,
            number=data.number,
            invite=data.invite,
            decided_by="staff",
            actor=caller.actor,
            link_key=context.keys.link_key,
            now=context.now(),
            new_id=context.new_id,
            entropy=context.entropy,
        )
        return Reply(status=201, value=wave)

    return await once(request, context, caller, effect)


@post(
    "/staff/audits/{audit_id:uuid}/fieldwork/cells/{key:str}/stop",
    operation_id="stop_cell",
    summary="No mail to a cell any more, and nobody new in it",
    tags=TAGS,
    status_code=200,
    responses=posted(AuditUnknown, TransitionRefused, CellUnknown),
)
async def stop_cell(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, audit_id: FromPath[UUID], key: Cell
) -> Response[CellStatus]:
    return await _decide(
        request,
        context,
        caller,
        lambda conn: fielding.stop_cell(conn, audit_id=audit_id, key=key, actor=caller.actor, now=context.now()),
    )


@post(
    "/staff/audits/{audit_id:uuid}/fieldwork/cells/{key:str}/reopen",
    operation_id="reopen_cell",
    summary="Let people into a cell again, also one that is full",
    tags=TAGS,
    status_code=200,
    responses=posted(AuditUnknown, TransitionRefused, CellUnknown),
)
async def reopen_cell(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, audit_id: FromPath[UUID], key: Cell
) -> Response[CellStatus]:
    return await _decide(
        request,
        context,
        caller,
        lambda conn: fielding.reopen_cell(conn, audit_id=audit_id, key=key, actor=caller.actor, now=context.now()),
    )


async def _decide(
    request: Request[Any, Any, Any],
    context: Context,
    caller: Caller,
    decide: Callable[[Connection], Awaitable[CellStatus]],
) -> Response[CellStatus]:
    async def effect(conn: Connection) -> Reply:
        return Reply(value=await decide(conn))

    return await once(request, context, caller, effect)


HANDLERS = (
    get_fieldwork_cells,
    get_questionnaire_progress,
    get_wave_proposal,
    list_waves,
    draw_wave,
    stop_cell,
    reopen_cell,
)
