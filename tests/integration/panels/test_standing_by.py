"""People who stand by take the seats of who drops out when there is no time for another lottery."""

from typing import Any
from uuid import UUID

import pytest
from samenspraak.types.assembly import StandInRequest

from panels.assemblies import reading, standing_by
from panels.errors import AssemblyStepRefused, ReplacementInvalid
from panels.store import volunteers
from tests.integration.panels.convening import Convening


async def with_free_seats(house: Convening, free: int) -> Any:
    assembly = await house.drawn()
    seats = await house.seats(assembly)
    for place, seat in enumerate(seats):
        await house.settle(house.token(UUID(seat.id)), accept=place >= free)
    return assembly


async def test_the_proposal_names_people_without_a_seat_who_are_expected_to_help(house: Convening) -> None:
    assembly = await house.drawn()
    async with house.databases.api.reading() as conn:
        found = await standing_by.reserve(conn, assembly_id=assembly.id, count=4, expected=0.3)
    holding = {seat.id for seat in await house.seats(assembly)}
    assert len({one.id for one in found.people}) == 4
    assert not holding & {one.id for one in found.people}
    assert found.expected < found.without


async def test_who_stood_by_takes_the_free_seats_and_no_more(house: Convening) -> None:
    assembly = await with_free_seats(house, 2)
    async with house.databases.api.reading() as conn:
        proposal = await standing_by.reserve(conn, assembly_id=assembly.id, count=5, expected=0.3)
    people = tuple(one.id for one in proposal.people)
    await house.do(
        standing_by.stand_in,
        assembly_id=assembly.id,
        request=StandInRequest(people=people, why="Two members fell ill the day before."),
    )
    seats = await house.seats(assembly)
    assert sum(seat.state == "confirmed" for seat in seats) == assembly.terms.size
    assert {seat.id for seat in seats} & set(people)
    assert "assembly.stood_in" in await house.trail(assembly)
    async with house.databases.api.reading() as conn:
        chain = await reading.chain(conn, assembly.id)
    assert all(one.selected > 0 for one in chain.seated)
    with pytest.raises(AssemblyStepRefused, match="No seat is free"):
        await house.do(
            standing_by.stand_in, assembly_id=assembly.id, request=StandInRequest(people=people, why="Once more.")
        )


async def test_who_gave_a_seat_back_is_not_asked_to_stand_by(house: Convening) -> None:
    assembly = await with_free_seats(house, 3)
    gone = {seat.id for seat in await house.seats(assembly) if seat.state == "declined"}
    async with house.databases.api.reading() as conn:
        pool = await volunteers.pool(conn, assembly_id=assembly.id)
        others = len(pool) - assembly.terms.size
        found = await standing_by.reserve(conn, assembly_id=assembly.id, count=min(others, 100), expected=0.2)
    assert len(gone) == 3
    assert not gone & {one.id for one in found.people}


async def test_members_and_strangers_cannot_stand_in(house: Convening) -> None:
    assembly = await with_free_seats(house, 1)
    member = next(seat.id for seat in await house.seats(assembly) if seat.state == "confirmed")
    request = StandInRequest(people=(member, "nobody"), why="Somebody fell ill.")
    with pytest.raises(ReplacementInvalid) as refused:
        await house.do(standing_by.stand_in, assembly_id=assembly.id, request=request)
    assert {fault.pointer for fault in refused.value.faults} == {"alternates/0", "alternates/1"}


async def test_before_the_drawing_nobody_stands_by(house: Convening) -> None:
    assembly = await house.published()
    async with house.databases.api.reading() as conn:
        with pytest.raises(AssemblyStepRefused):
            await standing_by.reserve(conn, assembly_id=assembly.id, count=2, expected=0.2)
