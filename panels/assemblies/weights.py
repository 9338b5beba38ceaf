"""What the members of an assembly stand for: base weights from the chances of every step, and joint chances from the
lottery, for whoever estimates something from the panel."""

from uuid import UUID

import msgspec
import numpy as np
from samenspraak.types.assembly import AssemblyWeights, SeatWeight

from panels import chain
from panels.assemblies import reading
from panels.assemblies.models import Candidate, Chained, Solution
from panels.errors import AssemblyStepRefused
from panels.store import Connection, volunteers
from panels.store import assemblies as store


async def of_seats(conn: Connection, assembly_id: UUID) -> AssemblyWeights:
    """Weights of everybody who holds a seat and has not given it back, in order of ticket.

    Raises:
        AssemblyUnknown
        AssemblyStepRefused: nobody is drawn yet, nobody holds a seat, or the link to the panels has been deleted since.
    """
    found = await reading.chain(conn, assembly_id)
    people = {one.id: one for one in await volunteers.seated(conn, assembly_id=assembly_id)}
    held = sorted(
        (one for one in found.seated if one.state != "declined"), key=lambda one: people[one.candidate_id].ticket
    )
    if not held:
        message = "Nobody holds a seat."
        raise AssemblyStepRefused(message, details={"event": "read"})
    first = await store.lottery(conn, assembly_id=assembly_id, number=1)
    assert first is not None, "the chain was read from it"
    pool = msgspec.json.decode(first.solution, type=Solution)
    return _weighed(
        held, people, pool, {str(one.id): one for one in await volunteers.pool(conn, assembly_id=assembly_id)}
    )


def _weighed(
    held: list[Chained], people: dict[UUID, Candidate], pool: Solution, candidates: dict[str, Candidate]
) -> AssemblyWeights:
    links = chain.Chain(
        recruited=np.ones(len(held)),
        invited=np.array([1.0 if one.invited is None else one.invited for one in held]),
        responded=np.array([1.0 if one.responded is None else one.responded for one in held]),
        selected=np.array([one.selected for one in held]),
    )
    types = {id: _type(candidates.get(id), id) for id in pool.people}
    joint = chain.pairwise(
        links,
        [[pool.people[place] for place in panel] for panel in pool.panels],
        [str(one.candidate_id) for one in held],
        types,
        np.array(pool.chances()),
    )
    return AssemblyWeights(
        seats=tuple(
            SeatWeight(
                ticket=people[one.candidate_id].ticket,
                round=one.round,
                invited=one.invited,
                responded=one.responded,
                selected=one.selected,
                weight=weight,
            )
            for one, weight in zip(held, links.weights().tolist(), strict=True)
        ),
        joint=tuple(tuple(row) for row in joint.joint.tolist()),
        joint_method=joint.method,
    )


def _type(candidate: Candidate | None, id: str) -> str:
    """Who has the same features, and lives alone or not as the others do, had the same chances."""
    if candidate is None:
        return id
    features = " ".join(f"{key}={value}" for key, value in sorted(candidate.features.items()))
    return f"{features} {'shared' if candidate.household else 'alone'}"
