"""Mail that came back, handed in by the mail server: tried again, sent another way, or the end of the mail there."""

from typing import Annotated, Any

from litestar import Request, post
from litestar.params import Body as BodyParameter
from litestar.response import Response
from samenspraak.types.fieldwork import BounceOutcome

from panels import returns
from service.api.access import CalledBy
from service.api.bodies import MailBody
from service.api.declare import sent
from service.audits import cases, handover
from service.context import Context, InContext
from service.idempotency import Reply, once
from service.mail import bounces
from service.mail.bounces import Bounce
from service.store import Connection

TAGS = ["staff"]
Message = Annotated[bytes, BodyParameter(media_type="message/rfc822")]


@post(
    "/staff/mail/bounces",
    operation_id="take_bounce",
    summary="A message that came to the return address: read, and what follows for its invitation",
    tags=TAGS,
    status_code=200,
    dto=MailBody,
    responses=sent(),
)
async def take_bounce(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, data: Message
) -> Response[BounceOutcome]:
    """An automatic answer or a delay that the server deals with changes nothing, nor does a report that came before or
    one on somebody who has begun to answer. A full mailbox is tried three more times, over days."""
    bounce = bounces.read(data, key=context.keys.link_key)

    async def effect(conn: Connection) -> Reply:
        step = await _take(conn, context, bounce)
        return Reply(
            value=BounceOutcome(
                kind=bounce.kind,
                status=bounce.status,
                known=bounce.invitation_id is not None,
                marked=step.what == "undeliverable",
                then=step.what,
            )
        )

    return await once(request, context, caller, effect)


async def _take(conn: Connection, context: Context, bounce: Bounce) -> returns.Step:
    """Take a report, and queue the message that must follow in the same transaction."""
    if bounce.invitation_id is None or bounce.kind not in ("permanent", "transient") or bounce.waiting:
        return returns.NOTHING
    step = await returns.take(
        conn,
        invitation_id=bounce.invitation_id,
        kind=bounce.kind,
        report_hash=bounce.report_hash,
        texting=context.settings.sms_dir is not None,
        now=context.now(),
    )
    if step.wave and step.audit_id is not None:
        case = await cases.find(conn, audit_id=step.audit_id)
        assert case.plan is not None, "what was mailed was planned"
        await handover.mail_again(
            conn,
            audit_id=case.id,
            invitation_id=bounce.invitation_id,
            wave=step.wave,
            plan=case.plan,
            days=step.days,
            now=context.now(),
        )
    return step


HANDLERS = (take_bounce,)
