"""SQL of ops.job. The database's own clock decides what is due; claims are counted by a fence."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from samenspraak.types.audit import JobState

from service.store import Connection

JobStateName = Literal["queued", "running", "done", "dead"]


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A job that is ours until the lease ends."""

    id: UUID
    kind: str
    args: bytes
    """JSON."""
    attempts: int
    """This one included."""
    fence: int


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A job that waits for somebody to take it."""

    id: UUID
    queue: str
    fence: int
    waiting: float
    """Seconds since it could have started."""


# Writes a job beside the change it belongs to; the same key again adds nothing.
ADD = """
INSERT INTO ops.job (id, kind, args, dedup_key, queue, run_after)
VALUES ($1, $2, $3, $4, $5, coalesce($6, now()))
ON CONFLICT (dedup_key) DO NOTHING
RETURNING id
"""


async def add(
    conn: Connection,
    *,
    job_id: UUID,
    kind: str,
    args: msgspec.Struct,
    dedup_key: str,
    queue: str,
    run_after: datetime | None,
) -> UUID | None:
    """The new job's id, or None when the key was there already."""
    found: UUID | None = await conn.fetchval(ADD, job_id, kind, args, dedup_key, queue, run_after)
    return found


# Takes a job that is due, or one whose holder let the lease run out.
CLAIM = """
UPDATE ops.job
SET state = 'running', attempts = attempts + 1, fence = fence + 1,
    lease_until = clock_timestamp() + make_interval(secs => $2)
WHERE id = $1
  AND ((state = 'queued' AND run_after <= clock_timestamp())
       OR (state = 'running' AND lease_until <= clock_timestamp()))
RETURNING id, kind, args, attempts, fence
"""


async def claim(conn: Connection, *, job_id: UUID, lease_seconds: float) -> Claimed | None:
    """Ours for `lease_seconds`, or None: not due, or somebody else has it."""
    row = await conn.fetchrow(CLAIM, job_id, lease_seconds)
    return Claimed(**row) if row else None


# Prolongs the lease of a job that is still ours.
EXTEND = """
UPDATE ops.job SET lease_until = clock_timestamp() + make_interval(secs => $3)
WHERE id = $1 AND fence = $2 AND state = 'running'
RETURNING true
"""


async def extend(conn: Connection, *, job_id: UUID, fence: int, lease_seconds: float) -> bool:
    """False when the job was lost to somebody with a newer fence."""
    return bool(await conn.fetchval(EXTEND, job_id, fence, lease_seconds))


# Settles a job that was done.
FINISH = """
UPDATE ops.job SET state = 'done', lease_until = NULL, last_error = NULL, finished_at = clock_timestamp()
WHERE id = $1 AND fence = $2 AND state = 'running'
RETURNING true
"""


async def finish(conn: Connection, *, job_id: UUID, fence: int) -> bool:
    return bool(await conn.fetchval(FINISH, job_id, fence))


# Puts a job back for later; what was not its own fault is not counted as an attempt.
POSTPONE = """
UPDATE ops.job
SET state = 'queued', lease_until = NULL, attempts = greatest(attempts - $5, 0), last_error = $4,
    run_after = clock_timestamp() + make_interval(secs => $3)
WHERE id = $1 AND fence = $2 AND state = 'running'
RETURNING true
"""


async def postpone(
    conn: Connection, *, job_id: UUID, fence: int, seconds: float, error: str | None, counted: bool
) -> bool:
    """Try again after `seconds`; `counted` says whether this run counts as an attempt."""
    return bool(await conn.fetchval(POSTPONE, job_id, fence, seconds, error, 0 if counted else 1))


# Gives up on a job; staff see it and may try it again.
BURY = """
UPDATE ops.job SET state = 'dead', lease_until = NULL, last_error = $3, finished_at = clock_timestamp()
WHERE id = $1 AND fence = $2 AND state = 'running'
RETURNING true
"""


async def bury(conn: Connection, *, job_id: UUID, fence: int, error: str) -> bool:
    return bool(await conn.fetchval(BURY, job_id, fence, error))


# Gives up on jobs that took their worker down with them too often: nobody was left to say so.
BURY_EXHAUSTED = """
UPDATE ops.job
SET state = 'dead', lease_until = NULL, finished_at = clock_timestamp(),
    last_error = coalesce(last_error, 'the worker died while running it')
WHERE state = 'running' AND lease_until <= clock_timestamp() AND attempts >= $1
RETURNING id
"""


async def bury_exhausted(conn: Connection, *, attempts: int) -> list[UUID]:
    return [row["id"] for row in await conn.fetch(BURY_EXHAUSTED, attempts)]


# What waits, oldest first: due jobs and those whose holder is gone.
DUE = """
SELECT id, queue, fence,
       extract(epoch FROM clock_timestamp() - coalesce(lease_until, run_after))::float8 AS waiting
FROM ops.job
WHERE queue = ANY($1::text[])
  AND ((state = 'queued' AND run_after <= clock_timestamp())
       OR (state = 'running' AND lease_until <= clock_timestamp()))
ORDER BY run_after
LIMIT $2
"""


async def due(conn: Connection, *, queues: tuple[str, ...], limit: int) -> list[Due]:
    return [Due(**row) for row in await conn.fetch(DUE, list(queues), limit)]


# Jobs as staff see them, newest first, behind an optional cursor (the id of the last one seen).
LISTING = """
SELECT id::text, kind, state, attempts, run_after, last_error FROM ops.job
WHERE ($1::text IS NULL OR state = $1) AND ($2::uuid IS NULL OR id < $2)
ORDER BY id DESC
LIMIT $3
"""


async def listing(
    conn: Connection, *, state: JobStateName | None, before: UUID | None = None, limit: int = 100
) -> list[JobState]:
    return [JobState(**row) for row in await conn.fetch(LISTING, state, before, limit)]


# One job as staff see it.
FIND = "SELECT id::text, kind, state, attempts, run_after, last_error FROM ops.job WHERE id = $1"


async def find(conn: Connection, *, job_id: UUID) -> JobState | None:
    row = await conn.fetchrow(FIND, job_id)
    return JobState(**row) if row else None


# Gives a dead job a new life.
RETRY = """
UPDATE ops.job SET state = 'queued', attempts = 0, run_after = clock_timestamp(), finished_at = NULL
WHERE id = $1 AND state = 'dead'
RETURNING id::text, kind, state, attempts, run_after, last_error
"""


async def retry(conn: Connection, *, job_id: UUID) -> JobState | None:
    """The job, waiting again; None when there is no dead job with this id."""
    row = await conn.fetchrow(RETRY, job_id)
    return JobState(**row) if row else None


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """How the queues stand, for the readiness check and the log."""

    queued: int
    running: int
    dead: int
    oldest_seconds: float
    """Age of the oldest job that could have started; 0 when none waits."""


# Counts by state, and how long the oldest due job has waited.
BACKLOG = """
SELECT count(*) FILTER (WHERE state = 'queued') AS queued,
       count(*) FILTER (WHERE state = 'running') AS running,
       count(*) FILTER (WHERE state = 'dead') AS dead,
       coalesce(extract(epoch FROM clock_timestamp()
           - min(run_after) FILTER (WHERE state = 'queued' AND run_after <= clock_timestamp())), 0)::float8
           AS oldest_seconds
FROM ops.job WHERE state <> 'done'
"""


async def backlog(conn: Connection) -> Backlog:
    return Backlog(**await conn.fetchrow(BACKLOG))  # type: ignore[arg-type]


# Removes settled jobs past their date.
PURGE = "DELETE FROM ops.job WHERE state IN ('done', 'dead') AND finished_at < $1 RETURNING id"
# What stays, and the oldest settled one.
KEPT = "SELECT count(*) AS kept, min(finished_at) AS oldest FROM ops.job"


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What a purge did to one table."""

    table: str
    deleted: int
    kept: int
    oldest: datetime | None


async def purge(conn: Connection, *, before: datetime) -> Swept:
    """Remove jobs settled before this moment. Their effects have unique keys of their own."""
    deleted = len(await conn.fetch(PURGE, before))
    row = await conn.fetchrow(KEPT)
    assert row is not None
    return Swept(table="ops.job", deleted=deleted, kept=row["kept"], oldest=row["oldest"])


# Removes proofs past their date.
PURGE_PROOFS = "DELETE FROM ops.purge_run WHERE finished_at < $1 RETURNING id"
# What stays of them, and the oldest.
KEPT_PROOFS = "SELECT count(*) AS kept, min(finished_at) AS oldest FROM ops.purge_run"


async def purge_proofs(conn: Connection, *, before: datetime) -> Swept:
    deleted = len(await conn.fetch(PURGE_PROOFS, before))
    row = await conn.fetchrow(KEPT_PROOFS)
    assert row is not None
    return Swept(table="ops.purge_run", deleted=deleted, kept=row["kept"], oldest=row["oldest"])


# Keeps the proof of a purge, one row per table.
RECORD_PURGE = """
INSERT INTO ops.purge_run (id, table_name, day, deleted, kept, oldest, finished_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


async def record_purge(conn: Connection, *, run_id: UUID, day: object, swept: Swept, now: datetime) -> None:
    await conn.execute(RECORD_PURGE, run_id, swept.table, day, swept.deleted, swept.kept, swept.oldest, now)


class PurgeRow(msgspec.Struct, frozen=True, kw_only=True):
    table: str
    deleted: int
    kept: int
    oldest: datetime | None
    purged_at: datetime


# Latest purges first, one row per table.
PURGES = """
SELECT table_name AS table, deleted, kept, oldest, finished_at AS purged_at FROM ops.purge_run
WHERE $1::uuid IS NULL OR id = $1
ORDER BY finished_at DESC, table_name
LIMIT $2
"""


async def purges(conn: Connection, *, run_id: UUID | None = None, limit: int = 100) -> list[PurgeRow]:
    """Proof of the latest purges, or of one run."""
    return [PurgeRow(**row) for row in await conn.fetch(PURGES, run_id, limit)]
