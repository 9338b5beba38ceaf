"""Staff fill in for somebody on the telephone: a session with a link of its own for one invitation."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Request, post
from litestar.params import FromPath, JSONBody
from litestar.response import Response
from samenspraak.types.access import AssistedRequest, AssistedSession
from samenspraak.types.problem import Fault

from panels import access, calling, fieldwork
from panels.codes import CodeMistyped
from panels.errors import InvitationUnknown, LinkUnknown
from panels.models import Invitation
from service.api.access import CalledBy
from service.api.bodies import Body
from service.api.declare import sent
from service.api.errors import CodeNeeded
from service.audits import cases, trail
from service.audits.errors import AuditUnknown, TransitionRefused
from service.audits.fielding import fielding
from service.context import Context, InContext
from service.idempotency import Reply, once
from service.pages.pace import PHONE
from service.store import Connection
from service.validation import BodyInvalid
from surveys import responses

TAGS = ["staff"]


@post(
    "/staff/audits/{audit_id:uuid}/assisted",
    operation_id="start_assisted",
    summary="Begin to fill in for somebody on the telephone: a link of its own, which ends the session before",
    tags=TAGS,
    dto=Body,
    responses=sent(AuditUnknown, TransitionRefused, InvitationUnknown, CodeNeeded),
)
async def start_assisted(
    request: Request[Any, Any, Any],
    context: InContext,
    caller: CalledBy,
    audit_id: FromPath[UUID],
    data: JSONBody[AssistedRequest],
) -> Response[AssistedSession]:
    """Without the code only for somebody who asked to be called, has not begun, or began on the telephone: nobody's
    answers are opened behind their back. The trail keeps who did this and when, not for whom."""
    id = _checked(data)

    async def effect(conn: Connection) -> Reply:
        case, _ = fielding(await cases.find(conn, audit_id=audit_id))
        invitation = await _invited(conn, context, case.id, data.code, id)
        now = context.now()
        ends_at = now + timedelta(seconds=PHONE)
        token = await access.begin(
            conn,
            invitation=invitation,
            mode="phone",
            now=now,
            ends_at=ends_at,
            entropy=context.entropy,
            operator=caller.key_id,
        )
        by = "invitation" if data.code is None else "code"
        await trail.append(
            conn, actor=caller.actor, event="answers.assist", now=now, audit_id=case.id, detail={"by": by}
        )
        link = f"{context.settings.public_url}/s/{token}"
        return Reply(status=201, value=AssistedSession(link=link, ends_at=ends_at))

    return await once(request, context, caller, effect)


def _checked(data: AssistedRequest) -> UUID | None:
    """The id of the invitation, where it was given.

    Raises:
        BodyInvalid: none of the two or both, or an id that is none.
    """
    if (data.code is None) == (data.invitation_id is None):
        detail = "Give the code of the invitation, or else its id: exactly one of `code` and `invitation_id`."
        raise BodyInvalid(faults=(Fault(pointer="", code="one_of", detail=detail),))
    if data.invitation_id is None:
        return None
    try:
        return UUID(data.invitation_id)
    except ValueError:
        fault = Fault(pointer="/invitation_id", code="pattern", detail="Not an id: give it as the list of calls does.")
        raise BodyInvalid(faults=(fault,)) from None


async def _invited(conn: Connection, context: Context, audit_id: UUID, code: str | None, id: UUID | None) -> Invitation:
    if code is not None:
        return await _by_code(conn, context, audit_id, code)
    assert id is not None, "one of the two is there"
    invitation = await fieldwork.by_id(conn, audit_id=audit_id, invitation_id=id)
    begun = await responses.load(conn, audit_id=audit_id, respondent_id=invitation.respondent_id)
    begun = None if begun is not None and begun.printed else begun
    if begun is not None and begun.mode != "phone" and await calling.waiting(conn, invitation=invitation) is None:
        raise CodeNeeded
    return invitation


async def _by_code(conn: Connection, context: Context, audit_id: UUID, code: str) -> Invitation:
    """Raises BodyInvalid for a code that is mistyped, unknown or of another audit."""
    try:
        found = await fieldwork.by_code(conn, code, secret=context.keys.link_key)
    except CodeMistyped:
        detail = "A typing error: a code has 12 letters and digits, the last of which checks the others."
        raise BodyInvalid(faults=(Fault(pointer="/code", code="mistyped", detail=detail),)) from None
    except LinkUnknown:
        found = None
    if found is None or found.audit_id != audit_id:
        detail = "No invitation of this audit has this code. Ask which study the letter is about."
        raise BodyInvalid(faults=(Fault(pointer="/code", code="unknown", detail=detail),))
    return found


HANDLERS = (start_assisted,)
