"""How a step of an assembly is answered: carried out once, noted, and shown as it is afterwards."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.response import Response
from samenspraak.types.assembly import Assembly

from panels.assemblies import reading
from panels.assemblies.models import Step
from panels.errors import AssemblyStepRefused, AssemblyUnknown, LotteryPublished
from service import assemblies
from service.auth import Caller
from service.context import Context
from service.idempotency import Reply, once
from service.store import Connection

Asked = Request[Any, Any, Any]
STEP = (AssemblyUnknown, AssemblyStepRefused, LotteryPublished)
"""What every step may refuse."""


async def take(
    request: Asked,
    context: Context,
    caller: Caller,
    assembly_id: UUID,
    move: Callable[[Connection], Awaitable[Step]],
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response[Assembly]:
    """Make a step in one transaction with its line in the trail, and answer with the assembly."""

    async def effect(conn: Connection) -> Reply:
        step = await move(conn)
        shown = await reading.shown(conn, step.assembly)
        await assemblies.carry_out(conn, step, actor=caller.actor, now=context.now())
        return Reply(value=shown, status=status, headers=headers or {})

    return await noted(context, caller, assembly_id, once(request, context, caller, effect))


async def noted(context: Context, caller: Caller, assembly_id: UUID, answer: Awaitable[Response[Any]]) -> Response[Any]:
    """The answer; an attempt on a public lottery is noted before it is refused."""
    try:
        return await answer
    except LotteryPublished as refused:
        now = context.now()
        await assemblies.note_attempt(context.db, refused, assembly_id=assembly_id, actor=caller.actor, now=now)
        raise
