"""Mail that came back, handed in by the mail server: an address that takes no mail gets no more."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Request, post
from litestar.params import Body as BodyParameter
from litestar.response import Response
from samenspraak.types.fieldwork import BounceOutcome

from panels import fieldwork
from panels.errors import InvitationUnknown, StepNotAllowed
from service.api.access import CalledBy
from service.api.bodies import MailBody
from service.api.declare import sent
from service.context import InContext
from service.idempotency import Reply, once
from service.mail import bounces
from service.mail.bounces import Bounce
from service.store import Connection

TAGS = ["staff"]
Message = Annotated[bytes, BodyParameter(media_type="message/rfc822")]


@post(
    "/staff/mail/bounces",
    operation_id="take_bounce",
    summary="A message that came to the return address: read, and the invitation marked where it is beyond delivery",
    tags=TAGS,
    status_code=200,
    dto=MailBody,
    responses=sent(),
)
async def take_bounce(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, data: Message
) -> Response[BounceOutcome]:
    """A delay, a full mailbox or an automatic answer changes nothing, nor does a report on who has begun to answer."""
    bounce = bounces.read(data, key=context.keys.link_key)

    async def effect(conn: Connection) -> Reply:
        marked = await _mark(conn, bounce, context.now()) if bounce.kind == "permanent" else False
        return Reply(
            value=BounceOutcome(
                kind=bounce.kind, status=bounce.status, known=bounce.invitation_id is not None, marked=marked
            )
        )

    return await once(request, context, caller, effect)


async def _mark(conn: Connection, bounce: Bounce, now: datetime) -> bool:
    if bounce.invitation_id is None:
        return False
    try:
        return await fieldwork.mark(conn, invitation_id=bounce.invitation_id, disposition="undeliverable", now=now)
    except (InvitationUnknown, StepNotAllowed):
        return False


HANDLERS = (take_bounce,)
