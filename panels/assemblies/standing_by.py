"""Standing by: volunteers who keep the dates free, for members who drop out when there is no time for another lottery.

Whom to ask is a proposal: those with whom the panel is expected to stay nearest to its quotas. Who then takes a seat is
worked out anew from who is really missing. Seats filled so are marked in the audit trail; chances are those of the
first lottery, which the whole pool faced."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from samenspraak.types.assembly import Reserve, ReservePerson, StandInRequest

from panels.assemblies import pool
from panels.assemblies.models import Assembly, Candidate, Step
from panels.assemblies.steps import Beside, find, lock
from panels.errors import AssemblyStepRefused
from panels.sortition import alternates, dropout, replacement
from panels.sortition.model import Draft
from panels.store import Connection, seats, volunteers

STATES = ("drawn", "seated")


async def reserve(
    conn: Connection, *, assembly_id: UUID, count: int, expected: float, beside: Beside = asyncio.to_thread
) -> Reserve:
    """Whom to ask to stand by, most useful first.

    Args:
        expected: share of the members and of those standing by who are expected to drop out.

    Raises:
        AssemblyUnknown
        AssemblyStepRefused: nobody was drawn, or the assembly has ended.
        ReplacementInvalid: more people than can stand by.
    """
    assembly = await find(conn, assembly_id=assembly_id)
    draft, panel, _, people = await _standing(conn, assembly)
    chances = dropout.predict(dropout.fit(expected=expected), draft.people)
    found = await beside(_choose, draft, panel, count, chances, int(assembly.seed, 16))
    return Reserve(
        people=tuple(_shown(people[id]) for id in found.chosen),
        without=round(found.without, 2),
        expected=round(found.expected, 2),
        error=round(found.error, 2),
        scenarios=found.scenarios,
    )


async def stand_in(conn: Connection, *, assembly_id: UUID, request: StandInRequest, now: datetime) -> Step:
    """Let people who stood by take the free seats, for a panel as near to its quotas as can be.

    Raises:
        AssemblyUnknown
        AssemblyStepRefused: nobody was drawn, the assembly has ended, or no seat is free.
        ReplacementInvalid: people who are not in the pool, or hold a seat.
    """
    assembly = await lock(conn, assembly_id=assembly_id)
    draft, panel, gone, people = await _standing(conn, assembly)
    if len(panel) >= assembly.terms.size:
        raise AssemblyStepRefused("No seat is free.", details={"state": assembly.state, "event": "stand_in"})
    found = replacement.substitutes(draft, panel=panel, alternates=request.people, gone=gone)
    chosen = [people[id] for id in found.chosen]
    await seats.insert(
        conn,
        assembly_id=assembly.id,
        number=assembly.round,
        drawn=[(one.id, one.selected or 0.0) for one in chosen],
        now=now,
    )
    for one in chosen:
        await seats.settle(
            conn, assembly_id=assembly.id, candidate_id=one.id, state="confirmed", sources=["offered"], now=now
        )
    return Step(
        assembly=assembly,
        event="stood_in",
        detail={"people": len(chosen), "missed_before": found.before, "missed_after": found.after, "why": request.why},
    )


async def _standing(
    conn: Connection, assembly: Assembly
) -> tuple[Draft, list[str], frozenset[str], dict[str, Candidate]]:
    """The pool, who holds a seat, who gave one back, and everybody by id."""
    if assembly.state not in STATES:
        message = "People can stand by from the drawing until the end of the assembly."
        raise AssemblyStepRefused(message, details={"state": assembly.state, "event": "stand_by"})
    people = {str(one.id): one for one in await volunteers.pool(conn, assembly_id=assembly.id)}
    held = await seats.all(conn, assembly_id=assembly.id)
    gone = frozenset(str(seat.candidate_id) for seat in held if seat.state == "declined")
    panel = [id for seat in held if seat.state != "declined" and (id := str(seat.candidate_id)) in people]
    draft = pool.draft(assembly, tuple(people.values()), ())
    return msgspec.structs.replace(draft, excluded=draft.excluded | gone), panel, gone, people


def _choose(draft: Draft, panel: Sequence[str], count: int, chances: object, seed: int) -> alternates.Alternates:
    return alternates.choose(draft, panel, count, chances, seed=seed)  # type: ignore[arg-type]


def _shown(one: Candidate) -> ReservePerson:
    return ReservePerson(id=str(one.id), ticket=one.ticket, reference=one.reference, features=one.features)
