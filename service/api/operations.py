"""The trail, the jobs and the purges: what keeps the house honest and running."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Response
from samenspraak.administration import PurgeRecord, TrailCheck
from samenspraak.types.audit import JobState, TrailEvent

from service import outbox
from service.api.access import CalledBy
from service.api.declare import errors, listed, posted
from service.api.errors import JobAlive, JobUnknown
from service.api.listing import Cursor, Limit, Page, after_id, after_number, page
from service.audits import trail
from service.context import InContext
from service.idempotency import Reply, once
from service.store import Connection, jobs
from service.store import trail as trail_store
from service.store.jobs import JobStateName
from service.tasks.arguments import DataPurge

TAGS = ["operations"]
Audit = Annotated[UUID | None, QueryParameter(name="audit_id", description="Only events of this audit.")]
State = Annotated[JobStateName | None, QueryParameter(name="state", description="Only jobs in this state.")]


@get(
    "/staff/trail",
    operation_id="list_trail",
    summary="The audit trail, oldest first",
    tags=TAGS,
    responses=listed(),
)
async def list_trail(
    context: InContext, limit: Limit = 50, cursor: Cursor = None, audit_id: Audit = None
) -> Page[TrailEvent]:
    after = after_number(cursor)
    async with context.db.reading() as conn:
        found = await trail_store.page(conn, after=after, audit_id=audit_id, limit=limit + 1)
    return page(found, limit, show=lambda event: event, place=lambda event: event.number)


@get(
    "/staff/trail/verify",
    operation_id="verify_trail",
    summary="Walk the whole hash chain",
    tags=TAGS,
    responses=errors(),
)
async def verify_trail(context: InContext) -> TrailCheck:
    async with context.db.reading() as conn:
        return await trail.verify_all(conn)


@get(
    "/staff/jobs",
    operation_id="list_jobs",
    summary="Jobs, newest first",
    tags=TAGS,
    responses=listed(),
)
async def list_jobs(
    context: InContext, limit: Limit = 50, cursor: Cursor = None, job_state: State = None
) -> Page[JobState]:
    after = after_id(cursor)
    async with context.db.reading() as conn:
        found = await jobs.listing(conn, state=job_state, before=after, limit=limit + 1)
    return page(found, limit, show=lambda job: job, place=lambda job: job.id)


@post(
    "/staff/jobs/{job_id:uuid}/retry",
    operation_id="retry_job",
    summary="Give a job that was given up another life",
    tags=TAGS,
    status_code=200,
    responses=posted(JobUnknown, JobAlive),
)
async def retry_job(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, job_id: FromPath[UUID]
) -> Response[JobState]:
    async def effect(conn: Connection) -> Reply:
        job = await jobs.retry(conn, job_id=job_id)
        if job is None:
            found = await jobs.find(conn, job_id=job_id)
            if found is None:
                raise JobUnknown
            raise JobAlive(details={"state": found.state})
        detail: dict[str, str | int | float | bool | None] = {"job_id": job.id, "kind": job.kind}
        await trail.append(conn, actor=caller.actor, event="job.retry", now=context.now(), detail=detail)
        return Reply(value=job)

    return await once(request, context, caller, effect)


@post(
    "/staff/purge",
    operation_id="start_purge",
    summary="Have everything deleted whose time is over",
    tags=TAGS,
    status_code=202,
    responses=posted(),
)
async def start_purge(request: Request[Any, Any, Any], context: InContext, caller: CalledBy) -> Response[JobState]:
    async def effect(conn: Connection) -> Reply:
        now, purge_id = context.now(), context.new_id()
        job_id = await outbox.put(
            conn, "data.purge", DataPurge(day=now.date()), dedup_key=f"data.purge:asked:{purge_id}"
        )
        assert job_id is not None, "the key is fresh"
        await trail.append(conn, actor=caller.actor, event="data.purge", now=now)
        return Reply(status=202, value=await jobs.find(conn, job_id=job_id))

    return await once(request, context, caller, effect)


@get(
    "/staff/purges",
    operation_id="list_purges",
    summary="What the latest purges deleted and kept, table by table",
    tags=TAGS,
    responses=listed(),
)
async def list_purges(context: InContext, limit: Limit = 50) -> Page[PurgeRecord]:
    async with context.db.reading() as conn:
        found = await jobs.purges(conn, limit=limit)
    data = tuple(
        PurgeRecord(table=row.table, deleted=row.deleted, kept=row.kept, oldest=row.oldest, purged_at=row.purged_at)
        for row in found
    )
    return Page(data=data, has_more=False)


HANDLERS = (list_trail, verify_trail, list_jobs, retry_job, start_purge, list_purges)
