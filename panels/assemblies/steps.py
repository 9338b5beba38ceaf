"""How every step is made: the assembly is held, the table is asked, the change is stored, the step is handed back."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec
from samenspraak.types.margins import MarginSet

from panels.assemblies.models import Assembly, Step
from panels.assemblies.states import Event, Role, target
from panels.errors import AssemblyUnknown, MarginsUnknown
from panels.margins import sets as margin_sets
from panels.store import Connection
from panels.store import assemblies as store


class Beside(Protocol):
    """Runs a pure function beside whatever else the caller does: `asyncio.to_thread`, say. What is done for every
    person of a large pool takes too long for a loop that answers others meanwhile."""

    def __call__(self, function: Any, /, *args: Any) -> Awaitable[Any]: ...


async def find(conn: Connection, *, assembly_id: UUID) -> Assembly:
    """Raises AssemblyUnknown."""
    found = await store.find(conn, assembly_id=assembly_id)
    if found is None:
        raise AssemblyUnknown
    return found


async def lock(conn: Connection, *, assembly_id: UUID) -> Assembly:
    """The assembly, held until the transaction ends, so that every step is made once. Raises AssemblyUnknown."""
    found = await store.lock(conn, assembly_id=assembly_id)
    if found is None:
        raise AssemblyUnknown
    return found


async def move(
    conn: Connection,
    assembly: Assembly,
    event: Event,
    *,
    now: datetime,
    role: Role = "staff",
    detail: dict[str, str | int | float | bool | None] | None = None,
    **changes: object,
) -> Step:
    """Make one step of a locked assembly. The caller writes the step to the trail in the same transaction.

    Raises:
        AssemblyStepRefused, LotteryPublished: see `states.target`.
    """
    state = target(assembly.state, event, role)
    moved = msgspec.structs.replace(assembly, state=state, changed_at=now, **changes)
    await store.save(conn, assembly=moved)
    return Step(
        assembly=moved,
        event=event,
        detail={"from": assembly.state, "to": state, "round": moved.round, **(detail or {})},
    )


async def margins(conn: Connection, margins_id: str | None) -> MarginSet | None:
    """The margins that an assembly names; None when it names none, or a set that does not exist."""
    if margins_id is None:
        return None
    try:
        return await margin_sets.get(conn, margins_id)
    except MarginsUnknown:
        return None
