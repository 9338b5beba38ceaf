"""Versions of the questionnaire of an audit: texts are corrected while people answer, nothing else."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from litestar.response import Response
from samenspraak.types.versions import CorrectionRequest, QuestionnaireVersion

from service.api.access import CalledBy
from service.api.bodies import Body
from service.api.declare import errors, sent
from service.api.listing import Page
from service.api.questionnaires import BODY
from service.audits import correcting
from service.audits.errors import AuditUnknown, TransitionRefused
from service.context import InContext
from service.idempotency import Reply, once
from service.store import Connection
from surveys.errors import CorrectionInvalid, CorrectionStructural, QuestionnaireUnknown

TAGS = ["staff"]


@get(
    "/staff/audits/{audit_id:uuid}/questionnaire/versions",
    operation_id="list_questionnaire_versions",
    summary="Every version of a questionnaire: what was corrected, when, why, and how many answer it",
    tags=TAGS,
    responses=errors(AuditUnknown),
)
async def list_questionnaire_versions(context: InContext, audit_id: FromPath[UUID]) -> Page[QuestionnaireVersion]:
    async with context.db.reading() as conn:
        return Page(data=await correcting.versions(conn, audit_id=audit_id), has_more=False)


@post(
    "/staff/audits/{audit_id:uuid}/questionnaire/corrections",
    operation_id="correct_questionnaire",
    summary="Correct texts: who begins from now on reads the new version",
    tags=TAGS,
    status_code=201,
    dto=Body,
    request_max_body_size=BODY,
    responses=sent(AuditUnknown, TransitionRefused, QuestionnaireUnknown, CorrectionInvalid, CorrectionStructural),
)
async def correct_questionnaire(
    request: Request[Any, Any, Any],
    context: InContext,
    caller: CalledBy,
    audit_id: FromPath[UUID],
    data: JSONBody[CorrectionRequest],
) -> Response[QuestionnaireVersion]:
    """Whoever has begun finishes on the version they began with. The report names every text that was corrected. More
    than texts is refused, change by change: close the audit and open another."""

    async def effect(conn: Connection) -> Reply:
        made = await correcting.correct(conn, audit_id=audit_id, request=data, actor=caller.actor, now=context.now())
        return Reply(status=201, value=made)

    return await once(request, context, caller, effect)


HANDLERS = (list_questionnaire_versions, correct_questionnaire)
