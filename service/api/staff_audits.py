"""The life cycle as staff move it. Every step answers with the audit as it is afterwards."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Response
from samenspraak.types.audit import Audit, AuditState, Gate, PlanRequest, Reason
from samenspraak.types.panel import FieldworkState

from panels.errors import FieldworkOpened, PanelTooSmall, PlanUnfit, RegisterMissing
from service.api import views
from service.api.access import CalledBy
from service.api.bodies import Body
from service.api.declare import errors, listed, posted, sent
from service.api.listing import Cursor, Limit, Page, after_id, page
from service.audits import approval, cases, opening
from service.audits.errors import (
    AuditUnknown,
    ClosingRuleUnmet,
    GateClosed,
    PlanInvalid,
    TooEarly,
    TransitionRefused,
)
from service.audits.models import Case
from service.auth import Caller
from service.context import Context, InContext
from service.idempotency import Reply, once
from service.store import Connection
from service.store import audits as store
from surveys import responses
from surveys.errors import ApplicationUnknown

TAGS = ["staff"]
State = Annotated[AuditState | None, QueryParameter(name="state", description="Only audits in this state.")]


async def _step(
    request: Request[Any, Any, Any],
    context: Context,
    caller: Caller,
    move: Callable[[Connection], Awaitable[Case]],
) -> Response[Audit]:
    async def effect(conn: Connection) -> Reply:
        return Reply(value=await views.counted(conn, await move(conn)))

    return await once(request, context, caller, effect)


@get(
    "/staff/audits",
    operation_id="list_all_audits",
    summary="Audits of all organisations, newest first",
    tags=TAGS,
    responses=listed(),
)
async def list_all_audits(
    context: InContext, limit: Limit = 50, cursor: Cursor = None, audit_state: State = None
) -> Page[Audit]:
    after = after_id(cursor)
    async with context.db.reading() as conn:
        found = await store.page_any(conn, after=after, state=audit_state, limit=limit + 1)
        shown = [await views.counted(conn, case) for case in found]
    return page(shown, limit, show=lambda audit: audit, place=lambda audit: audit.id)


@post(
    "/staff/audits/{audit_id:uuid}/review",
    operation_id="start_review",
    summary="submitted -> in review",
    tags=TAGS,
    status_code=200,
    responses=posted(AuditUnknown, TransitionRefused),
)
async def start_review(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, audit_id: FromPath[UUID]
) -> Response[Audit]:
    return await _step(
        request,
        context,
        caller,
        lambda conn: cases.start_review(conn, audit_id=audit_id, actor=caller.actor, now=context.now()),
    )


@get(
    "/staff/audits/{audit_id:uuid}/gate",
    operation_id="get_gate",
    summary="What stands in the way of approval",
    tags=TAGS,
    responses=errors(AuditUnknown, ApplicationUnknown),
)
async def get_gate(context: InContext, audit_id: FromPath[UUID]) -> Gate:
    async with context.db.reading() as conn:
        return await approval.gate(conn, audit_id=audit_id)


@post(
    "/staff/audits/{audit_id:uuid}/approve",
    operation_id="approve_audit",
    summary="in review -> approved: freezes the plan and its hash",
    tags=TAGS,
    status_code=200,
    dto=Body,
    responses=sent(AuditUnknown, TransitionRefused, GateClosed, PlanInvalid),
)
async def approve_audit(
    request: Request[Any, Any, Any],
    context: InContext,
    caller: CalledBy,
    audit_id: FromPath[UUID],
    data: JSONBody[PlanRequest],
) -> Response[Audit]:
    return await _step(
        request,
        context,
        caller,
        lambda conn: approval.approve(
            conn,
            audit_id=audit_id,
            request=data,
            actor=caller.actor,
            now=context.now(),
            entropy=context.entropy,
        ),
    )


@post(
    "/staff/audits/{audit_id:uuid}/request-changes",
    operation_id="request_changes",
    summary="in review -> draft, with a reason for the owner",
    tags=TAGS,
    status_code=200,
    dto=Body,
    responses=sent(AuditUnknown, TransitionRefused),
)
async def request_changes(
    request: Request[Any, Any, Any],
    context: InContext,
    caller: CalledBy,
    audit_id: FromPath[UUID],
    data: JSONBody[Reason],
) -> Response[Audit]:
    return await _step(
        request,
        context,
        caller,
        lambda conn: cases.request_changes(
            conn, audit_id=audit_id, actor=caller.actor, reason=data.reason, now=context.now()
        ),
    )


@post(
    "/staff/audits/{audit_id:uuid}/refuse",
    operation_id="refuse_audit",
    summary="in review -> refused, with a public reason",
    tags=TAGS,
    status_code=200,
    dto=Body,
    responses=sent(AuditUnknown, TransitionRefused),
)
async def refuse_audit(
    request: Request[Any, Any, Any],
    context: InContext,
    caller: CalledBy,
    audit_id: FromPath[UUID],
    data: JSONBody[Reason],
) -> Response[Audit]:
    return await _step(
        request,
        context,
        caller,
        lambda conn: cases.refuse(conn, audit_id=audit_id, actor=caller.actor, reason=data.reason, now=context.now()),
    )


@post(
    "/staff/audits/{audit_id:uuid}/open",
    operation_id="open_fieldwork",
    summary="approved -> fielding: draws the sample and sends the invitations",
    tags=TAGS,
    status_code=200,
    responses=posted(AuditUnknown, TransitionRefused, PanelTooSmall, PlanUnfit, FieldworkOpened, RegisterMissing),
)
async def open_fieldwork(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, audit_id: FromPath[UUID]
) -> Response[Audit]:
    return await _step(
        request,
        context,
        caller,
        lambda conn: opening.open_fieldwork(
            conn,
            audit_id=audit_id,
            actor=caller.actor,
            link_key=context.keys.link_key,
            secrets_dir=context.settings.secrets_dir,
            now=context.now(),
            new_id=context.new_id,
            entropy=context.entropy,
        ),
    )


@post(
    "/staff/audits/{audit_id:uuid}/close",
    operation_id="close_audit",
    summary="fielding -> closed, when the closing rule of the plan is met",
    tags=TAGS,
    status_code=200,
    responses=posted(AuditUnknown, TransitionRefused, ClosingRuleUnmet),
)
async def close_audit(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, audit_id: FromPath[UUID]
) -> Response[Audit]:
    async def move(conn: Connection) -> Case:
        await cases.lock(conn, audit_id=audit_id)
        completes = await responses.count_completed(conn, audit_id)
        return await cases.close(conn, audit_id=audit_id, actor=caller.actor, completes=completes, now=context.now())

    return await _step(request, context, caller, move)


@post(
    "/staff/audits/{audit_id:uuid}/publish",
    operation_id="publish_audit",
    summary="reported -> published, with the owner's answer or after the deadline",
    tags=TAGS,
    status_code=200,
    responses=posted(AuditUnknown, TransitionRefused, TooEarly),
)
async def publish_audit(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, audit_id: FromPath[UUID]
) -> Response[Audit]:
    return await _step(
        request,
        context,
        caller,
        lambda conn: cases.publish(conn, audit_id=audit_id, actor=caller.actor, now=context.now()),
    )


@get(
    "/staff/audits/{audit_id:uuid}/fieldwork",
    operation_id="get_fieldwork",
    summary="One audit in the field, in counts",
    tags=TAGS,
    responses=errors(AuditUnknown, TransitionRefused),
)
async def get_fieldwork(context: InContext, audit_id: FromPath[UUID]) -> FieldworkState:
    async with context.db.reading() as conn:
        return await views.fieldwork(conn, await cases.find(conn, audit_id=audit_id))


HANDLERS = (
    list_all_audits,
    start_review,
    get_gate,
    approve_audit,
    request_changes,
    refuse_audit,
    open_fieldwork,
    close_audit,
    publish_audit,
    get_fieldwork,
)
