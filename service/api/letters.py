"""Letters for members who want them, or whom no mail reaches: staff have a batch printed and fetch it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Response
from samenspraak.types.letters import LetterBatch

from service import outbox
from service.api.access import CalledBy
from service.api.declare import errors, listed, posted
from service.api.listing import Cursor, Limit, Page, after_id, page
from service.audits import cases, trail
from service.audits.errors import AuditUnknown, TransitionRefused
from service.audits.fielding import fielding
from service.context import InContext
from service.idempotency import Reply, once
from service.letters.errors import LettersNotReady, LettersUnknown
from service.retention import RULES
from service.store import Connection
from service.store import letters as store
from service.tasks.arguments import LettersPrint

TAGS = ["staff"]
KEPT = timedelta(days=next(rule.days or 0 for rule in RULES if rule.table == "results.letter_batch"))


@post(
    "/staff/audits/{audit_id:uuid}/letters",
    operation_id="print_letters",
    summary="Have the waiting letters of an audit printed as one PDF, at most 500",
    tags=TAGS,
    status_code=202,
    responses=posted(AuditUnknown, TransitionRefused),
)
async def print_letters(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, audit_id: FromPath[UUID]
) -> Response[LetterBatch]:
    """A job makes it; ask for its state. Whoever has answered or declined meanwhile gets no letter."""

    async def effect(conn: Connection) -> Reply:
        case, _ = fielding(await cases.find(conn, audit_id=audit_id))
        now, id = context.now(), context.new_id()
        batch = await store.add(conn, organisation_id=case.organisation_id, audit_id=case.id, id=id, now=now)
        await outbox.put(conn, "letters.print", LettersPrint(batch_id=id), dedup_key=f"letters.print:{id}")
        await trail.append(
            conn, actor=caller.actor, event="letters.print", now=now, audit_id=case.id, detail={"batch_id": str(id)}
        )
        return Reply(status=202, value=_shown(batch))

    return await once(request, context, caller, effect)


@get(
    "/staff/audits/{audit_id:uuid}/letters",
    operation_id="list_letters",
    summary="Batches of letters of an audit, newest first",
    tags=TAGS,
    responses=listed(AuditUnknown),
)
async def list_letters(
    context: InContext, audit_id: FromPath[UUID], limit: Limit = 50, cursor: Cursor = None
) -> Page[LetterBatch]:
    async with context.db.reading() as conn:
        case = await cases.find(conn, audit_id=audit_id)
        found = await store.of_audit(
            conn, organisation_id=case.organisation_id, audit_id=case.id, before=after_id(cursor), limit=limit + 1
        )
    return page(found, limit, show=_shown, place=lambda one: one.id)


@get(
    "/staff/letters/{batch_id:uuid}",
    operation_id="fetch_letters",
    summary="The letters of a batch, a sheet for each person",
    tags=TAGS,
    media_type="application/pdf",
    responses=errors(LettersUnknown, LettersNotReady),
)
async def fetch_letters(context: InContext, batch_id: FromPath[UUID]) -> Response[bytes]:
    """It holds addresses beside codes: hand it to nobody but the printer."""
    async with context.db.reading() as conn:
        batch = await store.find(conn, id=batch_id)
        content = await store.content(conn, id=batch_id)
    if batch is None:
        raise LettersUnknown
    if content is None:
        raise LettersNotReady(details={"state": batch.state})
    headers = {"Content-Disposition": 'attachment; filename="letters.pdf"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


def _shown(batch: store.Batch) -> LetterBatch:
    return LetterBatch(
        id=str(batch.id),
        audit_id=str(batch.audit_id),
        state=batch.state,
        asked_at=batch.asked_at,
        people=batch.people,
        deleted_after=batch.asked_at + KEPT,
    )


HANDLERS = (print_letters, list_letters, fetch_letters)
