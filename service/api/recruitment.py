"""Letters with invitation codes, flags on members, and members who are one person: ids and counts, no contact data."""

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Response
from samenspraak.types.joining import (
    CodeBatch,
    CodeBatchRequest,
    Flag,
    FlagCounts,
    FlagDecision,
    IssuedCodes,
    Merged,
    MergeRequest,
)
from samenspraak.types.problem import Fault

from panels.errors import (
    CodeBatchInvalid,
    CodeBatchUnknown,
    FlagUnknown,
    MemberUnknown,
    MergeRefused,
    StepNotAllowed,
)
from panels.joining import batches, flagging, merging
from service import outbox
from service.api.access import CalledBy
from service.api.bodies import Body
from service.api.declare import errors, listed, posted, replaced, sent
from service.api.listing import Cursor, Limit, Page, after_id, page
from service.audits import trail
from service.context import InContext
from service.idempotency import Reply, once
from service.store import Connection
from service.tasks.arguments import MemberMerge
from service.validation import BodyInvalid

TAGS = ["panel"]
FlagState = Annotated[
    Literal["open", "decided"], QueryParameter(name="state", description="Flags that wait, or those decided upon.")
]


@post(
    "/staff/panel/code-batches",
    operation_id="issue_codes",
    summary="Make invitation codes for letters; they are shown this once",
    tags=TAGS,
    dto=Body,
    responses=sent(CodeBatchInvalid),
)
async def issue_codes(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, data: JSONBody[CodeBatchRequest]
) -> Response[IssuedCodes]:
    async def effect(conn: Connection) -> Reply:
        now = context.now()
        issued = await batches.issue(
            conn,
            request=data,
            code_key=context.keys.link_key,
            join_page=f"{context.settings.public_url}/join",
            staff=str(caller.actor),
            now=now,
            new_id=context.new_id,
        )
        detail: dict[str, str | int | float | bool | None] = {
            "batch_id": issued.batch.id,
            "kind": issued.batch.kind,
            "codes": issued.batch.sent,
            "probability": issued.batch.probability,
        }
        await trail.append(conn, actor=caller.actor, event="codes.issue", now=now, detail=detail)
        return Reply(status=201, value=issued, headers={"Location": f"/v1/staff/panel/code-batches/{issued.batch.id}"})

    return await once(request, context, caller, effect)


@get(
    "/staff/panel/code-batches",
    operation_id="list_code_batches",
    summary="Batches of invitation codes with letters sent and used, newest first",
    tags=TAGS,
    responses=listed(),
)
async def list_code_batches(context: InContext, limit: Limit = 50, cursor: Cursor = None) -> Page[CodeBatch]:
    after = after_id(cursor)
    async with context.db.reading() as conn:
        found = await batches.listed(conn, after=after, limit=limit + 1)
    return page(found, limit, show=batches.shown, place=lambda batch: batch.id)


@get(
    "/staff/panel/code-batches/{batch_id:uuid}",
    operation_id="get_code_batch",
    summary="One batch of invitation codes",
    tags=TAGS,
    responses=errors(CodeBatchUnknown),
)
async def get_code_batch(context: InContext, batch_id: FromPath[UUID]) -> CodeBatch:
    async with context.db.reading() as conn:
        return batches.shown(await batches.get(conn, batch_id))


@post(
    "/staff/panel/code-batches/{batch_id:uuid}/end",
    operation_id="end_code_batch",
    summary="No code of this batch works any more",
    tags=TAGS,
    status_code=200,
    responses=posted(CodeBatchUnknown),
)
async def end_code_batch(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, batch_id: FromPath[UUID]
) -> Response[CodeBatch]:
    async def effect(conn: Connection) -> Reply:
        now = context.now()
        batch = await batches.end(conn, batch_id=batch_id, now=now)
        await trail.append(conn, actor=caller.actor, event="codes.end", now=now, detail={"batch_id": str(batch_id)})
        return Reply(value=batches.shown(batch))

    return await once(request, context, caller, effect)


@get(
    "/staff/panel/flags",
    operation_id="list_flags",
    summary="Signs that a member may be a program or a double, newest first",
    tags=TAGS,
    responses=listed(),
)
async def list_flags(
    context: InContext, limit: Limit = 50, cursor: Cursor = None, flag_state: FlagState = "open"
) -> Page[Flag]:
    after = after_id(cursor)
    async with context.db.reading() as conn:
        found = await flagging.listed(conn, decided=flag_state == "decided", after=after, limit=limit + 1)
    return page(found, limit, show=flagging.shown, place=lambda flag: flag.id)


@get(
    "/staff/panel/flags/counts",
    operation_id="count_flags",
    summary="How many flags wait, and how many were decided",
    tags=TAGS,
    responses=errors(),
)
async def count_flags(context: InContext) -> FlagCounts:
    async with context.db.reading() as conn:
        return await flagging.counts(conn)


@put(
    "/staff/panel/flags/{flag_id:uuid}/decision",
    operation_id="decide_flag",
    summary="Keep, pause or end a flagged member; again replaces what was decided before",
    tags=TAGS,
    dto=Body,
    responses=replaced(FlagUnknown, StepNotAllowed),
)
async def decide_flag(
    context: InContext, caller: CalledBy, flag_id: FromPath[UUID], data: JSONBody[FlagDecision]
) -> Flag:
    async def effect(conn: Connection) -> Flag:
        now = context.now()
        done = await flagging.decide(
            conn, flag_id=flag_id, decision=data.decision, reason=data.reason, staff=str(caller.actor), now=now
        )
        # The flag is named and not the member: the trail outlives every member.
        detail: dict[str, str | int | float | bool | None] = {"flag_id": str(flag_id), "decision": data.decision}
        await trail.append(conn, actor=caller.actor, event="flag.decide", now=now, detail=detail)
        return flagging.shown(done)

    return await context.db.run(effect)


@post(
    "/staff/panel/merges",
    operation_id="merge_members",
    summary="Make two members who are one person into one; the older is kept",
    tags=TAGS,
    dto=Body,
    responses=sent(MemberUnknown, MergeRefused),
)
async def merge_members(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, data: JSONBody[MergeRequest]
) -> Response[Merged]:
    first, second = _ids(data)

    async def effect(conn: Connection) -> Reply:
        now = context.now()
        merge = await merging.merge(
            conn,
            first=first,
            second=second,
            reason=data.reason,
            staff=str(caller.actor),
            now=now,
            new_id=context.new_id,
        )
        args = MemberMerge(kept=merge.kept, duplicate=merge.duplicate)
        await outbox.put(conn, "member.merge", args, dedup_key=f"member.merge:{merge.id}")
        await trail.append(conn, actor=caller.actor, event="members.merge", now=now, detail={"merge_id": str(merge.id)})
        return Reply(status=201, value=merging.shown(merge))

    return await once(request, context, caller, effect)


def _ids(data: MergeRequest) -> tuple[UUID, UUID]:
    faults, read = [], []
    for field, text in (("first", data.first), ("second", data.second)):
        try:
            read.append(UUID(text))
        except ValueError:
            faults.append(Fault(pointer=f"/{field}", code="pattern", detail=f"`{field}` is not the id of a member."))
    if faults:
        raise BodyInvalid(faults=tuple(faults))
    return read[0], read[1]


HANDLERS = (
    issue_codes,
    list_code_batches,
    get_code_batch,
    end_code_batch,
    list_flags,
    count_flags,
    decide_flag,
    merge_members,
)
