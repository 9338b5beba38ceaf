"""The calculation of a lottery as a step: asked for by staff, done by a job, kept with what it found."""

from datetime import datetime
from uuid import UUID

import msgspec

from panels.assemblies import pool
from panels.assemblies.calculation import Calculated
from panels.assemblies.models import Assembly, Step
from panels.assemblies.steps import find, lock, move
from panels.sortition.model import Draft
from panels.store import Connection, seats, volunteers
from panels.store import assemblies as store


async def solve(conn: Connection, *, assembly_id: UUID, now: datetime) -> Step:
    """pool_closed -> solving; the job `assembly.solve` must follow. Raises as `steps.move`."""
    assembly = await lock(conn, assembly_id=assembly_id)
    step = await move(conn, assembly, "solve", now=now, attempt=assembly.attempt + 1, fairness=None, impossibility=None)
    return msgspec.structs.replace(step, solve=True)


async def material(conn: Connection, *, assembly_id: UUID, attempt: int) -> tuple[Assembly, Draft] | None:
    """What the calculation needs; None when nobody waits for this attempt any more."""
    assembly = await find(conn, assembly_id=assembly_id)
    if assembly.state != "solving" or assembly.attempt != attempt:
        return None
    people = await volunteers.pool(conn, assembly_id=assembly_id)
    return assembly, pool.draft(assembly, people, await seats.all(conn, assembly_id=assembly_id))


async def keep(
    conn: Connection, *, assembly_id: UUID, attempt: int, calculated: Calculated, now: datetime
) -> Step | None:
    """solving -> solved or impossible; None when nobody waits for this attempt any more, so that running twice does no
    harm."""
    assembly = await lock(conn, assembly_id=assembly_id)
    if assembly.state != "solving" or assembly.attempt != attempt:
        return None
    if calculated.impossibility is not None:
        return await move(
            conn, assembly, "find_impossible", role="system", now=now, impossibility=calculated.impossibility
        )
    assert calculated.fairness is not None, "panels come with their figures"
    await store.keep_solution(
        conn, assembly_id=assembly_id, number=assembly.round, solution=calculated.solution, now=now
    )
    return await move(
        conn,
        assembly,
        "find",
        role="system",
        now=now,
        fairness=calculated.fairness,
        warnings=tuple(dict.fromkeys((*assembly.warnings, *calculated.warnings))),
        detail={"minimum": calculated.fairness.minimum, "bound": calculated.fairness.bound},
    )
