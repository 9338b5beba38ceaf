"""Steps of assemblies as the house carries them out: a line in the trail, mail and jobs, in the step's transaction."""

from datetime import datetime
from uuid import UUID

from panels.assemblies.models import Step
from panels.errors import LotteryPublished
from service import outbox
from service.audits import trail
from service.audits.models import Actor
from service.db import Database
from service.store import Connection
from service.tasks.arguments import AssemblyMail, AssemblySolve


async def carry_out(conn: Connection, step: Step, *, actor: Actor, now: datetime) -> None:
    """Note a step and queue what must follow. Last in its transaction: the trail is held until that ends."""
    assembly = step.assembly
    if step.wave is not None:
        for batch in range(step.wave.batches):
            key = f"assembly.mail:{assembly.id}:{step.wave.name}:{batch}"
            args = AssemblyMail(assembly_id=assembly.id, wave=step.wave.name, batch=batch)
            await outbox.put(conn, "assembly.mail", args, dedup_key=key)
    if step.solve:
        key = f"assembly.solve:{assembly.id}:{assembly.attempt}"
        args_of_solve = AssemblySolve(assembly_id=assembly.id, attempt=assembly.attempt)
        await outbox.put(conn, "assembly.solve", args_of_solve, dedup_key=key)
    await trail.append(
        conn, actor=actor, event=f"assembly.{step.event}", now=now, audit_id=assembly.id, detail=step.detail
    )


async def note_attempt(
    db: Database, refused: LotteryPublished, *, assembly_id: UUID, actor: Actor, now: datetime
) -> None:
    """Note that somebody tried to change or repeat a public lottery. In a transaction of its own: the refusal has
    undone the one that it was tried in."""
    async with db.transaction() as conn:
        detail = {key: str(value) for key, value in refused.details.items()}
        await trail.append(
            conn, actor=actor, event="assembly.refused", now=now, audit_id=assembly_id, detail={**detail}
        )
