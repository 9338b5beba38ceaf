"""Jobs written in the transaction of the change they belong to: there exactly if that change is."""

from datetime import datetime
from uuid import UUID

import uuid_utils.compat

from service.db import Hint, after_commit
from service.store import Connection, jobs
from service.tasks import TASKS
from service.tasks.arguments import Arguments


async def put(
    conn: Connection, kind: str, args: Arguments, *, dedup_key: str, run_after: datetime | None = None
) -> UUID | None:
    """Write a job in the caller's transaction; the worker is woken after the commit.

    Args:
        kind: a key of `TASKS`.
        dedup_key: names the effect (`mail.wave:AUDIT:invitation:0`); the same key again adds nothing.
        run_after: not before this moment; None is at once.

    Returns:
        The job's id, or None when the key was there already.

    Raises:
        KeyError: no such kind.
        TypeError: `args` is not what this kind takes.
    """
    task = TASKS[kind]
    if not isinstance(args, task.args):
        raise TypeError(f"{kind} takes {task.args.__name__}, not {type(args).__name__}")
    job_id = await jobs.add(
        conn,
        job_id=uuid_utils.compat.uuid7(),
        kind=kind,
        args=args,
        dedup_key=dedup_key,
        queue=task.queue,
        run_after=run_after,
    )
    if job_id is not None and run_after is None:
        after_commit(conn, Hint(job_id, task.queue))
    return job_id
