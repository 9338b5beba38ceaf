"""Seats: taken, given back, filled again by a further lottery, and the beginning of the assembly.

Who declines is replaced by a further public lottery in which everybody who holds a seat is on every panel and who
declined is on none. Alternates drawn along would be quicker, but their order would have to be kept from everybody and
they could not meet quotas that hold after any decline; a further lottery meets them, publishes its own panels and
chances, and can be checked like the first one. For the last days there is `standing_by`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from samenspraak.types.assembly import RandomnessRequest, SeatState

from panels import links
from panels.assemblies import terms
from panels.assemblies.models import Assembly, Step
from panels.assemblies.states import target
from panels.assemblies.steps import lock, move
from panels.errors import AssemblyInvalid, AssemblyStepRefused, AssemblyUnknown, LinkUnknown, SeatSettled, SeatUnknown
from panels.store import Connection, volunteers
from panels.store import assemblies as assemblies_store
from panels.store import seats as store

OPEN = ("pool_closed", "solving", "impossible", "solved", "published", "drawn")
"""States in which a seat that was offered can be taken."""
HELD = (*OPEN, "seated")
"""States in which a seat can be given back."""


async def answer(conn: Connection, *, token: str, accept: bool, now: datetime) -> bool:
    """The person behind a link takes the seat or gives it back. False when that is not possible (any more).

    Raises:
        LinkUnknown: malformed, unknown and foreign links, all alike.
    """
    found = (
        await volunteers.find_by_token(conn, token_hash=links.token_hash(token)) if links.well_formed(token) else None
    )
    if found is None:
        raise LinkUnknown
    assembly = await assemblies_store.share(conn, assembly_id=found.assembly_id)
    if assembly is None:
        return False
    return await _settle(conn, assembly, candidate_id=found.id, accept=accept, now=now)


async def settle(conn: Connection, *, assembly_id: UUID, seat_id: UUID, accept: bool, why: str, now: datetime) -> Step:
    """Staff record what somebody told them in another way.

    Raises:
        AssemblyUnknown, SeatUnknown
        SeatSettled: it was given back before, or it was confirmed already.
    """
    assembly = await assemblies_store.share(conn, assembly_id=assembly_id)
    if assembly is None:
        raise AssemblyUnknown
    if not await _settle(conn, assembly, candidate_id=seat_id, accept=accept, now=now):
        seat = await store.find(conn, assembly_id=assembly_id, candidate_id=seat_id)
        if seat is None:
            raise SeatUnknown
        raise SeatSettled(details={"state": seat.state})
    detail: dict[str, str | int | float | bool | None] = {"seat": str(seat_id)}
    return Step(
        assembly=assembly,
        event="seat_confirmed" if accept else "seat_declined",
        detail={**detail, "why": why} if why else detail,
    )


async def replace(
    conn: Connection,
    *,
    assembly_id: UUID,
    randomness: RandomnessRequest,
    now: datetime,
    entropy: Callable[[int], bytes],
) -> Step:
    """drawn -> pool_closed of a further round, with a public number and a seed of its own.

    Raises:
        AssemblyUnknown, AssemblyStepRefused: also when no seat was given back.
        AssemblyInvalid: a public number that is known already.
    """
    assembly = await lock(conn, assembly_id=assembly_id)
    target(assembly.state, "replace", "staff")
    counts = await store.count(conn, assembly_id=assembly.id)
    standing = counts.get("offered", 0) + counts.get("confirmed", 0)
    if standing >= assembly.terms.size:
        message = "No seat was given back, so there is nothing to draw."
        raise AssemblyStepRefused(message, details={"state": assembly.state, "event": "replace"})
    faults = terms.check_randomness(randomness, now=now)
    if faults:
        raise AssemblyInvalid(faults=tuple(faults))
    seed = entropy(16).hex()
    step = await move(
        conn,
        assembly,
        "replace",
        now=now,
        round=assembly.round + 1,
        seed=seed,
        randomness=terms.as_randomness(randomness),
        fairness=None,
        impossibility=None,
        detail={"free": assembly.terms.size - standing, "known_from": randomness.known_from.isoformat()},
    )
    return msgspec.structs.replace(step, detail={**step.detail, "seed_commitment": step.assembly.seed_commitment})


async def seat(conn: Connection, *, assembly_id: UUID, accept_fewer: str, now: datetime) -> Step:
    """drawn -> seated: everybody who was drawn has taken the seat, or it begins with fewer for a reason that is noted.

    Offers that nobody answered fall free. From the states of a further round it gives that round up.

    Raises:
        AssemblyUnknown, AssemblyStepRefused
    """
    assembly = await lock(conn, assembly_id=assembly_id)
    target(assembly.state, "seat", "staff")
    counts = await store.count(conn, assembly_id=assembly.id)
    confirmed = counts.get("confirmed", 0)
    if assembly.drawn_at is None or (confirmed < assembly.terms.size and not accept_fewer.strip()):
        message = (
            f"{confirmed} of {assembly.terms.size} seats are taken. Wait, draw for the free ones, or say in "
            "`accept_fewer` why it begins with fewer."
        )
        raise AssemblyStepRefused(message, details={"state": assembly.state, "event": "seat"})
    detail: dict[str, str | int | float | bool | None] = {"seated": confirmed}
    return await move(
        conn,
        assembly,
        "seat",
        now=now,
        detail={**detail, "why": accept_fewer.strip()} if confirmed < assembly.terms.size else detail,
    )


async def _settle(conn: Connection, assembly: Assembly, *, candidate_id: UUID, accept: bool, now: datetime) -> bool:
    if assembly.state not in (OPEN if accept else HELD):
        return False
    state: SeatState = "confirmed" if accept else "declined"
    sources: Sequence[SeatState] = ["offered"] if accept else ["offered", "confirmed"]
    return await store.settle(
        conn, assembly_id=assembly.id, candidate_id=candidate_id, state=state, sources=sources, now=now
    )
