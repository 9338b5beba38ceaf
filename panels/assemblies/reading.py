"""What others read of assemblies: staff, the public register, and the weighting."""

from uuid import UUID

import msgspec
from samenspraak.types.assembly import Assembly as Shown
from samenspraak.types.assembly import AssemblyState
from samenspraak.types.assembly import Seat as ShownSeat
from samenspraak.types.selection import SelectionReport

from panels.assemblies.models import Assembly, Candidate, Chain, Chained, Round, Seat, Solution
from panels.assemblies.steps import find
from panels.errors import AssemblyStepRefused
from panels.lottery.public import PublicAssembly, PublicRound
from panels.store import Connection, seats, volunteers
from panels.store import assemblies as store


async def shown(conn: Connection, assembly: Assembly) -> Shown:
    """An assembly as staff see it, in counts. The seed stays inside until the drawing."""
    volunteered, declined = assembly.volunteers, assembly.declined
    if assembly.state == "recruiting" and assembly.terms.pool == "members":
        answers = await volunteers.count_answers(conn, assembly_id=assembly.id)
        volunteered, declined = answers.yes, answers.no
    published = await store.published_facts(conn, assembly_id=assembly.id, number=assembly.round)
    return Shown(
        id=str(assembly.id),
        title=assembly.terms.title,
        organiser=assembly.terms.organiser,
        purpose=assembly.terms.purpose,
        state=assembly.state,
        size=assembly.terms.size,
        sample_kind=assembly.sample_kind,
        pool=assembly.terms.pool,
        margins_id=assembly.terms.margins_id,
        quotas=assembly.quotas,
        one_per_household=assembly.terms.one_per_household,
        algorithm=assembly.terms.algorithm,
        panels=assembly.terms.panels,
        round=assembly.round,
        randomness=assembly.randomness,
        seed_commitment=assembly.seed_commitment,
        asked=assembly.asked or 0,
        volunteers=volunteered or 0,
        declined=declined or 0,
        warnings=assembly.warnings,
        fairness=assembly.fairness,
        impossibility=assembly.impossibility,
        commitment=published.commitment if published is not None else None,
        entered=assembly.entered,
        drawing=published.drawing if published is not None else None,
        seats=await seats.count(conn, assembly_id=assembly.id),
        reason=assembly.reason,
        created_at=assembly.created_at,
        pool_closed_at=assembly.pool_closed_at,
        published_at=assembly.published_at,
        drawn_at=assembly.drawn_at,
        ended_at=assembly.ended_at,
    )


async def page(
    conn: Connection, *, after: UUID | None, state: AssemblyState | None, limit: int
) -> tuple[Assembly, ...]:
    """Assemblies, newest first."""
    return await store.page(conn, after=after, states=None if state is None else [state], limit=limit)


async def seats_of(conn: Connection, assembly_id: UUID) -> tuple[ShownSeat, ...]:
    """Every seat with ticket and features, for staff. Raises AssemblyUnknown."""
    await find(conn, assembly_id=assembly_id)
    people = {one.id: one for one in await volunteers.seated(conn, assembly_id=assembly_id)}
    return tuple(
        ShownSeat(
            id=str(seat.candidate_id),
            ticket=people[seat.candidate_id].ticket,
            reference=people[seat.candidate_id].reference,
            state=seat.state,
            round=seat.round,
            chance=seat.chance,
            features=people[seat.candidate_id].features,
            settled_at=seat.settled_at,
        )
        for seat in await seats.all(conn, assembly_id=assembly_id)
        if seat.candidate_id in people
    )


async def lottery(conn: Connection, *, assembly_id: UUID, number: int | None = None) -> Round:
    """A published lottery, the latest unless `number` says which.

    Raises:
        AssemblyUnknown
        AssemblyStepRefused: nothing is published (of this round).
    """
    assembly = await find(conn, assembly_id=assembly_id)
    rounds = await store.published(conn, assembly_id=assembly_id)
    found = [one for one in rounds if number is None or one.number == number]
    if not found:
        message = "No lottery is published yet."
        raise AssemblyStepRefused(message, details={"state": assembly.state, "event": "read"})
    return found[-1]


async def pool_table(conn: Connection, *, assembly_id: UUID, number: int | None = None) -> bytes:
    """The confidential table whose hash is published: features and address number by ticket, for an auditor.

    Raises:
        AssemblyUnknown
        AssemblyStepRefused: nothing is published (of this round), or the table has been deleted since.
    """
    assembly = await find(conn, assembly_id=assembly_id)
    latest = await lottery(conn, assembly_id=assembly_id, number=number)
    found = await store.lottery(conn, assembly_id=assembly_id, number=latest.number)
    if found is None or found.pool_table is None:
        message = "The table of this lottery has been deleted since."
        raise AssemblyStepRefused(message, details={"state": assembly.state, "event": "read"})
    return found.pool_table


async def public(conn: Connection, assembly_id: UUID) -> PublicAssembly | None:
    """What everybody may see of one assembly; None for one that is not public (yet)."""
    assembly = await store.find(conn, assembly_id=assembly_id)
    if assembly is None or not _is_public(assembly):
        return None
    rounds = await store.published(conn, assembly_id=assembly_id)
    return _public(
        assembly,
        tuple(
            PublicRound(
                number=one.number,
                content=one.content or b"",
                drawing=one.drawing,
                selection=msgspec.json.decode(one.selection, type=SelectionReport) if one.selection else None,
            )
            for one in rounds
        ),
    )


async def listing(conn: Connection, *, limit: int, after: UUID | None = None) -> tuple[PublicAssembly, ...]:
    """Public assemblies, newest first, without their lotteries."""
    found = await store.public_page(conn, after=after, limit=limit)
    return tuple(_public(assembly, ()) for assembly in found)


async def chain(conn: Connection, assembly_id: UUID) -> Chain:
    """The chance of every person who holds or held a seat: asked x answered x drawn, each factor apart, and the panels
    of the first lottery, from which the chance of any two people together can be counted.

    `selected` is the chance in the first lottery for everybody, also for who was drawn in a further one: that is the
    design that the whole pool faced. `conditional` is what it was when they were drawn.

    Raises:
        AssemblyUnknown
        AssemblyStepRefused: not drawn yet, or the link to the panels has been deleted since.
    """
    assembly = await find(conn, assembly_id=assembly_id)
    first = await store.lottery(conn, assembly_id=assembly_id, number=1)
    if assembly.drawn_at is None or first is None or first.content is None or not first.solution:
        message = "Nobody has been drawn yet, or it is not known any more who was."
        raise AssemblyStepRefused(message, details={"state": assembly.state, "event": "read"})
    solution = msgspec.json.decode(first.solution, type=Solution)
    place = {UUID(id): number for number, id in enumerate(solution.people)}
    people = {one.id: one for one in await volunteers.seated(conn, assembly_id=assembly_id)}
    held = [seat for seat in await seats.all(conn, assembly_id=assembly_id) if seat.candidate_id in people]
    return Chain(
        assembly_id=assembly_id,
        seated=tuple(_chained(seat, people[seat.candidate_id], place[seat.candidate_id]) for seat in held),
        people=len(solution.people),
        panels=solution.panels,
    )


def _chained(seat: Seat, person: Candidate, place: int) -> Chained:
    assert person.selected is not None, "written when the lottery was published"
    return Chained(
        candidate_id=seat.candidate_id,
        place=place,
        round=seat.round,
        state=seat.state,
        invited=person.invited,
        responded=person.responded,
        selected=person.selected,
        conditional=seat.chance,
    )


def _is_public(assembly: Assembly) -> bool:
    """From the first publication on, and cancelled ones that people were asked for."""
    if assembly.state == "cancelled":
        return assembly.published_at is not None or bool(assembly.asked)
    return assembly.published_at is not None


HIDDEN_UNDER = 10
"""Counts of people below this are not shown to the public."""


def _counted(people: int | None) -> int | None:
    return people if people is not None and people >= HIDDEN_UNDER else None


def _public(assembly: Assembly, rounds: tuple[PublicRound, ...]) -> PublicAssembly:
    return PublicAssembly(
        id=assembly.id,
        title=assembly.terms.title,
        purpose=assembly.terms.purpose,
        organiser=assembly.terms.organiser,
        state=assembly.state,
        sample_kind=assembly.sample_kind,
        size=assembly.terms.size,
        asked=_counted(assembly.asked),
        # Once a lottery is public its tickets can be counted anyway.
        volunteers=(assembly.volunteers if assembly.published_at else _counted(assembly.volunteers)) or 0,
        reason=assembly.reason or "",
        changed_at=assembly.changed_at,
        rounds=rounds,
    )
