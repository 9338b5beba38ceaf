"""Audits as their owner sees them: nothing that depends on answers before the report."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Response
from samenspraak.types.audit import Audit, AuditRequest, AuditState, Reason, TrailEvent
from samenspraak.types.panel import FieldworkState
from samenspraak.types.problem import Fault
from samenspraak.types.questionnaire import Questionnaire

from service.api import views
from service.api.access import CalledBy
from service.api.bodies import Body
from service.api.declare import errors, listed, posted, sent
from service.api.listing import Cursor, Limit, Page, after_id, after_number, page
from service.audits import approval, cases
from service.audits.errors import AuditUnknown, TransitionRefused
from service.context import InContext
from service.idempotency import Reply, once
from service.store import Connection
from service.store import audits as store
from service.store import trail as trail_store
from service.validation import BodyInvalid
from surveys import applications
from surveys.errors import ApplicationUnknown, QuestionnaireUnknown

TAGS = ["audits"]
State = Annotated[AuditState | None, QueryParameter(name="state", description="Only audits in this state.")]


@post(
    "/audits",
    operation_id="create_audit",
    summary="Ask for an audit of a stored application",
    tags=TAGS,
    dto=Body,
    responses=sent(),
)
async def create_audit(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, data: JSONBody[AuditRequest]
) -> Response[Audit]:
    async def effect(conn: Connection) -> Reply:
        application = await applications.find(
            conn, organisation_id=caller.tenant, id=_application_id(data.application_id)
        )
        case = await cases.create(
            conn,
            organisation_id=caller.tenant,
            application=application,
            request=data,
            actor=caller.actor,
            now=context.now(),
            new_id=context.new_id,
        )
        return Reply(status=201, value=views.audit(case), headers={"Location": f"/v1/audits/{case.id}"})

    try:
        return await once(request, context, caller, effect)
    except ApplicationUnknown as error:
        raise _no_application() from error


@get(
    "/audits",
    operation_id="list_audits",
    summary="List your audits, newest first",
    tags=TAGS,
    responses=listed(),
)
async def list_audits(
    context: InContext, caller: CalledBy, limit: Limit = 50, cursor: Cursor = None, audit_state: State = None
) -> Page[Audit]:
    after = after_id(cursor)
    async with context.db.reading() as conn:
        found = await store.page(conn, organisation_id=caller.tenant, after=after, state=audit_state, limit=limit + 1)
        shown = [await views.counted(conn, case) for case in found]
    return page(shown, limit, show=lambda audit: audit, place=lambda audit: audit.id)


@get(
    "/audits/{audit_id:uuid}",
    operation_id="get_audit",
    summary="Where one audit stands",
    tags=TAGS,
    responses=errors(AuditUnknown),
)
async def get_audit(context: InContext, caller: CalledBy, audit_id: FromPath[UUID]) -> Audit:
    async with context.db.reading() as conn:
        case = await cases.find(conn, audit_id=audit_id, organisation_id=caller.organisation_id)
        return await views.counted(conn, case)


@post(
    "/audits/{audit_id:uuid}/submit",
    operation_id="submit_audit",
    summary="Hand a draft to staff for review",
    tags=TAGS,
    status_code=200,
    responses=posted(AuditUnknown, TransitionRefused),
)
async def submit_audit(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, audit_id: FromPath[UUID]
) -> Response[Audit]:
    async def effect(conn: Connection) -> Reply:
        case = await cases.submit(
            conn, audit_id=audit_id, organisation_id=caller.tenant, actor=caller.actor, now=context.now()
        )
        return Reply(value=views.audit(case))

    return await once(request, context, caller, effect)


@post(
    "/audits/{audit_id:uuid}/withdraw",
    operation_id="withdraw_audit",
    summary="Stop an audit before fieldwork, with a public reason",
    tags=TAGS,
    status_code=200,
    dto=Body,
    responses=sent(AuditUnknown, TransitionRefused),
)
async def withdraw_audit(
    request: Request[Any, Any, Any],
    context: InContext,
    caller: CalledBy,
    audit_id: FromPath[UUID],
    data: JSONBody[Reason],
) -> Response[Audit]:
    """Possible until fieldwork begins. From then on nobody can bury a result."""

    async def effect(conn: Connection) -> Reply:
        case = await cases.withdraw(
            conn,
            audit_id=audit_id,
            organisation_id=caller.tenant,
            actor=caller.actor,
            reason=data.reason,
            now=context.now(),
        )
        return Reply(value=views.audit(case))

    return await once(request, context, caller, effect)


@get(
    "/audits/{audit_id:uuid}/events",
    operation_id="list_audit_events",
    summary="What happened to one audit, oldest first",
    tags=TAGS,
    responses=listed(AuditUnknown),
)
async def list_audit_events(
    context: InContext, caller: CalledBy, audit_id: FromPath[UUID], limit: Limit = 50, cursor: Cursor = None
) -> Page[TrailEvent]:
    after = after_number(cursor)
    async with context.db.reading() as conn:
        case = await cases.find(conn, audit_id=audit_id, organisation_id=caller.organisation_id)
        found = await trail_store.of_audit(
            conn, organisation_id=case.organisation_id, audit_id=case.id, after=after, limit=limit + 1
        )
    return page(found, limit, show=lambda event: event, place=lambda event: event.number)


@get(
    "/audits/{audit_id:uuid}/fieldwork",
    operation_id="get_audit_fieldwork",
    summary="The counts that the plan allows while people answer",
    tags=TAGS,
    responses=errors(AuditUnknown, TransitionRefused),
)
async def get_audit_fieldwork(context: InContext, caller: CalledBy, audit_id: FromPath[UUID]) -> FieldworkState:
    async with context.db.reading() as conn:
        case = await cases.find(conn, audit_id=audit_id, organisation_id=caller.organisation_id)
        return views.allowed(await views.fieldwork(conn, case), case)


@get(
    "/audits/{audit_id:uuid}/questionnaire",
    operation_id="get_audit_questionnaire",
    summary="The questions as citizens get them; frozen from approval on",
    tags=TAGS,
    responses=errors(AuditUnknown, QuestionnaireUnknown),
)
async def get_audit_questionnaire(context: InContext, caller: CalledBy, audit_id: FromPath[UUID]) -> Questionnaire:
    async with context.db.reading() as conn:
        case = await cases.find(conn, audit_id=audit_id, organisation_id=caller.organisation_id)
        return await approval.questionnaire(conn, case)


def _application_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise _no_application() from error


def _no_application() -> BodyInvalid:
    detail = "You have no stored application with this id; submit it first with POST /v1/applications."
    return BodyInvalid(faults=(Fault(pointer="/application_id", code="unknown", detail=detail),))


HANDLERS = (
    create_audit,
    list_audits,
    get_audit,
    submit_audit,
    withdraw_audit,
    list_audit_events,
    get_audit_fieldwork,
    get_audit_questionnaire,
)
