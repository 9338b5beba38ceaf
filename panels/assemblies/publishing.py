"""From panels that are known inside to a drawing that nobody could steer.

Published first: the panels, the tickets, the rules and which public number will decide. Then two people look that
number up, each by themselves; it points at one panel, and who sits on it is offered a seat.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from samenspraak.types.assembly import EnteredValue
from samenspraak.types.problem import Fault

from panels.assemblies import lotteries
from panels.assemblies.lotteries import Drawn, Published
from panels.assemblies.models import Assembly, Round, Step, Wave
from panels.assemblies.states import target
from panels.assemblies.steps import Beside, lock, margins, move
from panels.errors import DrawingInvalid
from panels.lottery.drawing import LONGEST_VALUE
from panels.store import Connection, assembly_mail, seats, volunteers
from panels.store import assemblies as store

TICKET = "ticket"
"""The wave of mail that tells people their ticket."""


def outcome_wave(number: int) -> str:
    """The wave of mail after the drawing of a round."""
    return f"outcome_{number}"


async def publish(conn: Connection, *, assembly_id: UUID, beside: Beside, now: datetime) -> Step:
    """solved -> published: from here on nothing about this lottery changes.

    People who left since the calculation keep their ticket: the panels stay as they are, and a seat that falls to one
    of them is offered to nobody and filled by a further lottery.

    Raises:
        AssemblyUnknown, AssemblyStepRefused, LotteryPublished
        LotteryInvalid: the public number is known already: name another one.
    """
    assembly = await lock(conn, assembly_id=assembly_id)
    target(assembly.state, "publish", "staff")
    round_ = await _round(conn, assembly)
    people = await volunteers.pool(conn, assembly_id=assembly.id)
    known = await margins(conn, assembly.terms.margins_id)
    made: Published = await beside(lotteries.published, assembly, round_.solution, people, known, now)
    await store.publish(
        conn,
        assembly_id=assembly.id,
        number=assembly.round,
        content=made.content,
        pool_table=made.pool_table,
        commitment=made.commitment,
        selection=made.selection,
        now=now,
    )
    known_from = assembly.randomness.known_from.isoformat()
    detail: dict[str, str | int | float | bool | None] = {
        "commitment": made.commitment,
        "pool_hash": made.pool_hash,
        "known_from": known_from,
    }
    step = await move(conn, assembly, "publish", now=now, published_at=now, detail=detail)
    if assembly.round > 1:
        return step
    await volunteers.write_tickets(conn, assembly_id=assembly.id, tickets=made.tickets)
    return await _with_wave(conn, step, TICKET)


async def enter(conn: Connection, *, assembly_id: UUID, value: str, person: str, now: datetime) -> Step:
    """The first of two people enters the public number. Entered again before it is confirmed, the last one counts.

    Args:
        person: role and key, never a name.

    Raises:
        AssemblyUnknown, AssemblyStepRefused, LotteryPublished
        DrawingInvalid: the number cannot be known yet, or it is no number.
    """
    assembly = await lock(conn, assembly_id=assembly_id)
    target(assembly.state, "enter_value", "staff")
    value = value.strip()
    faults = []
    if now < assembly.randomness.known_from:
        detail = f"The public number is not known before {assembly.randomness.known_from.isoformat()}."
        faults.append(Fault(pointer="/value", code="too_early", detail=detail))
    if not value or len(value) > LONGEST_VALUE or not value.isprintable():
        detail = f"Enter the public number in 1 to {LONGEST_VALUE} visible characters."
        faults.append(Fault(pointer="/value", code="unprintable", detail=detail))
    if faults:
        raise DrawingInvalid(faults=tuple(faults))
    entered = EnteredValue(value=value, at=now, by=person)
    return await move(conn, assembly, "enter_value", now=now, entered=entered, detail={"value": value})


async def confirm(
    conn: Connection, *, assembly_id: UUID, value: str, person: str, beside: Beside, now: datetime
) -> Step:
    """published -> drawn: a second person has looked the number up too; the panel is drawn and its seats are offered.

    Raises:
        AssemblyUnknown, AssemblyStepRefused, LotteryPublished
        DrawingInvalid: nothing was entered, the same key, or another number.
    """
    assembly = await lock(conn, assembly_id=assembly_id)
    target(assembly.state, "draw", "staff")
    if assembly.entered is None:
        fault = Fault(pointer="/value", code="missing", detail="Somebody else must enter the public number first.")
        raise DrawingInvalid(faults=(fault,))
    round_ = await _round(conn, assembly)
    made: Drawn = await beside(lotteries.drawn, assembly, round_, value, person, now)
    await seats.insert(conn, assembly_id=assembly.id, number=assembly.round, drawn=made.winners, now=now)
    await store.draw(
        conn,
        assembly_id=assembly.id,
        number=assembly.round,
        drawing=made.drawing,
        selection=made.selection,
        now=now,
    )
    detail: dict[str, str | int | float | bool | None] = {
        "value": made.drawing.value,
        "entered_by": made.drawing.entered_by,
        "panel": made.drawing.number,
        "seed": made.drawing.seed,
    }
    step = await move(conn, assembly, "draw", now=now, entered=None, drawn_at=now, detail=detail)
    return await _with_wave(conn, step, outcome_wave(assembly.round))


async def _with_wave(conn: Connection, step: Step, name: str) -> Step:
    batches = await assembly_mail.count_batches(conn, assembly_id=step.assembly.id)
    return msgspec.structs.replace(step, wave=Wave(name=name, batches=batches))


async def _round(conn: Connection, assembly: Assembly) -> Round:
    found = await store.lottery(conn, assembly_id=assembly.id, number=assembly.round)
    assert found is not None, "a solved assembly has a lottery"
    return found
