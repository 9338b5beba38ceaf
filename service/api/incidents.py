"""Answers that seem to tell of danger, harm or a complaint: staff look at each in time and say what was done."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Response
from samenspraak.types.incidents import Incident, IncidentDecision, IncidentState

from service.api.access import CalledBy
from service.api.bodies import Body
from service.api.declare import listed, sent
from service.api.listing import Cursor, Limit, Page, after_day, page
from service.audits import cases, trail
from service.audits.errors import AuditUnknown
from service.context import InContext
from service.idempotency import Reply, once
from service.store import Connection
from surveys import incidents
from surveys.errors import IncidentDecided, IncidentUnknown
from surveys.store.incidents import Row

TAGS = ["staff"]
Stands = Annotated[IncidentState, QueryParameter(name="state", description="Only those that stand so.")]


@get(
    "/staff/incidents",
    operation_id="list_incidents",
    summary="Answers of all audits that wait for a person, what is due first in front",
    tags=TAGS,
    responses=listed(),
)
async def list_incidents(
    context: InContext, stands: Stands = "open", limit: Limit = 50, cursor: Cursor = None
) -> Page[Incident]:
    async with context.db.reading() as conn:
        found = await incidents.page(conn, state=stands, after=after_day(cursor), limit=limit + 1)
    today = context.now().date()
    return page(found, limit, show=lambda row: _seen(row, today), place=lambda row: f"{row.due_on:%Y%m%d}{row.id.hex}")


@post(
    "/staff/audits/{audit_id:uuid}/incidents/{incident_id:uuid}/decide",
    operation_id="decide_incident",
    summary="Write down what was done with an answer that waits, or why it is none",
    tags=TAGS,
    status_code=200,
    dto=Body,
    responses=sent(AuditUnknown, IncidentUnknown, IncidentDecided),
)
async def decide_incident(
    request: Request[Any, Any, Any],
    context: InContext,
    caller: CalledBy,
    audit_id: FromPath[UUID],
    incident_id: FromPath[UUID],
    data: JSONBody[IncidentDecision],
) -> Response[Incident]:
    """The note stays with the answer; the trail only says that a decision was taken."""

    async def effect(conn: Connection) -> Reply:
        now = context.now()
        await cases.find(conn, audit_id=audit_id)
        row = await incidents.decide(conn, audit_id=audit_id, id=incident_id, decision=data, by=caller.key_id, now=now)
        await trail.append(
            conn,
            actor=caller.actor,
            event="incident.decide",
            now=now,
            audit_id=audit_id,
            detail={"incident": str(incident_id), "state": row.state},
        )
        return Reply(value=_seen(row, now.date()))

    return await once(request, context, caller, effect)


def _seen(row: Row, today: date) -> Incident:
    return Incident(
        id=str(row.id),
        audit_id=str(row.audit_id),
        question=row.question,
        kind=row.kind,
        text=row.text,
        language=row.language,
        found=row.found,
        noticed_on=row.noticed_on,
        due_on=row.due_on,
        overdue=row.state == "open" and row.due_on < today,
        state=row.state,
        note=row.note,
        decided_on=row.decided_on,
    )


HANDLERS = (list_incidents, decide_incident)
