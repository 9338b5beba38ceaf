"""Seats of an assembly: taken, given back, drawn again; the chances behind them; and how an assembly ends."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import msgspec
import pytest
from samenspraak.types.lottery import PublishedLottery
from uuid_utils.compat import uuid7

from panels.assemblies import founding, reading, seating, visits
from panels.errors import (
    AssemblyStepRefused,
    SeatSettled,
    SeatUnknown,
)
from tests.integration.panels.convening import LIST_QUOTAS, Convening


async def stage_of(house: Convening, token: str) -> str:
    async with house.databases.api.reading() as conn:
        return visits.stage(await visits.by_token(conn, token))


async def held(house: Convening, assembly: Any) -> dict[UUID, str]:
    """Token of everybody who holds or held a seat."""
    return {UUID(seat.id): house.token(UUID(seat.id)) for seat in await house.seats(assembly)}


class TestSeats:
    async def test_a_seat_is_taken_and_given_back_on_the_page(self, house: Convening) -> None:
        assembly = await house.drawn()
        taker, giver, *_ = (await held(house, assembly)).values()
        assert await house.settle(taker, accept=True)
        assert await house.settle(giver, accept=False)
        assert await stage_of(house, taker) == "confirmed"
        assert await stage_of(house, giver) == "declined"
        assert not await house.settle(giver, accept=True)
        assert (await house.shown(assembly)).seats == {"offered": 8, "confirmed": 1, "declined": 1}
        assert await house.settle(taker, accept=False)

    async def test_taking_and_giving_back_at_once_ends_in_one_of_the_two(self, house: Convening) -> None:
        assembly = await house.drawn()
        token = next(iter((await held(house, assembly)).values()))
        await asyncio.gather(*(house.settle(token, accept=accept) for accept in (True, False, True, False)))
        assert await stage_of(house, token) == "declined"

    async def test_who_was_not_drawn_cannot_take_a_seat(self, house: Convening) -> None:
        assembly = await house.drawn()
        seated = await held(house, assembly)
        other = next(token for token in await house.tokens(assembly) if token not in seated.values())
        assert not await house.settle(other, accept=True)
        assert await stage_of(house, other) in ("not_drawn", "missed")

    async def test_staff_record_what_they_heard_once(self, house: Convening) -> None:
        assembly = await house.drawn()
        seat = next(iter(await held(house, assembly)))
        options: dict[str, Any] = {"assembly_id": assembly.id, "seat_id": seat, "accept": False, "why": "by telephone"}
        await house.do(seating.settle, **options)
        with pytest.raises(SeatSettled):
            await house.do(seating.settle, **options)
        with pytest.raises(SeatUnknown):
            await house.do(seating.settle, **{**options, "seat_id": uuid7()})
        assert "assembly.seat_declined" in await house.trail(assembly)

    async def test_seats_given_back_are_filled_by_a_further_public_lottery(self, house: Convening) -> None:
        assembly = await house.drawn()
        tokens = await held(house, assembly)
        gone = dict(list(tokens.items())[:3])
        for token in gone.values():
            await house.settle(token, accept=False)
        for token in list(tokens.values())[3:]:
            await house.settle(token, accept=True)
        again = await house.do(
            seating.replace, assembly_id=assembly.id, randomness=house.randomness(), entropy=house.entropy
        )
        assert (again.state, again.round) == ("pool_closed", 2)
        assert again.seed != assembly.seed
        assert (await house.solve(again)).state == "solved"
        published = await house.publish(again)
        drawn = await house.draw(published, "7-7-7")
        seats = await house.seats(drawn)
        states = Counter((seat.state, seat.round) for seat in seats)
        assert states == {("declined", 1): 3, ("confirmed", 1): 7, ("offered", 2): 3}
        async with house.databases.api.reading() as conn:
            public = await reading.public(conn, assembly.id)
            chain = await reading.chain(conn, assembly.id)
        assert public is not None
        assert [one.number for one in public.rounds] == [1, 2]
        second = msgspec.json.decode(public.rounds[1].content, type=PublishedLottery)
        by_state = {seat.ticket: seat.state for seat in seats}
        held_by_all = set.intersection(*(set(panel) for panel in second.panels))
        confirmed = {ticket for ticket, state in by_state.items() if state == "confirmed"}
        assert confirmed <= {second.tickets[place] for place in held_by_all}
        assert not {ticket for ticket, state in by_state.items() if state == "declined"} & set(second.tickets)
        assert len(chain.seated) == 13
        for one in chain.seated:
            assert one.selected == sum(one.place in panel for panel in chain.panels) / len(chain.panels)

    async def test_without_a_free_seat_there_is_nothing_to_draw_again(self, house: Convening) -> None:
        assembly = await house.drawn()
        with pytest.raises(AssemblyStepRefused, match="No seat was given back"):
            await house.do(
                seating.replace, assembly_id=assembly.id, randomness=house.randomness(), entropy=house.entropy
            )

    async def test_it_begins_when_everybody_is_there_or_for_a_reason(self, house: Convening) -> None:
        assembly = await house.drawn()
        with pytest.raises(AssemblyStepRefused, match="0 of 10 seats are taken"):
            await house.do(seating.seat, assembly_id=assembly.id, accept_fewer=" ")
        tokens = list((await held(house, assembly)).values())
        for token in tokens[:9]:
            await house.settle(token, accept=True)
        begun = await house.do(seating.seat, assembly_id=assembly.id, accept_fewer="one fell ill")
        assert begun.state == "seated"
        assert await stage_of(house, tokens[9]) == "lapsed"
        ended = await house.do(founding.end, assembly_id=assembly.id)
        assert ended.state == "ended"

    async def test_a_further_lottery_that_cannot_be_held_is_given_up(self, house: Convening) -> None:
        assembly = await house.drawn()
        tokens = list((await held(house, assembly)).values())
        await house.settle(tokens[0], accept=False)
        again = await house.do(
            seating.replace, assembly_id=assembly.id, randomness=house.randomness(), entropy=house.entropy
        )
        with pytest.raises(AssemblyStepRefused, match="before its drawing only"):
            await house.do(founding.cancel, assembly_id=assembly.id, reason="no more time")
        begun = await house.do(seating.seat, assembly_id=again.id, accept_fewer="no time for another lottery")
        assert begun.state == "seated"

    async def test_a_plan_that_was_never_drawn_cannot_begin(self, house: Convening) -> None:
        assembly = await house.create()
        await house.willing(assembly)
        await house.close(assembly)
        with pytest.raises(AssemblyStepRefused):
            await house.do(seating.seat, assembly_id=assembly.id, accept_fewer="just begin")


class TestChain:
    async def test_each_factor_of_each_seated_person_is_known(self, house: Convening) -> None:
        await house.members(200)
        assembly = await house.recruit(await house.create(), sample=150)
        for number, token in enumerate(await house.tokens(assembly)):
            await house.say(token, yes=bool(number % 3))
        await house.close(assembly)
        await house.solve(assembly)
        await house.publish(assembly)
        await house.draw(await house.now(assembly))
        async with house.databases.worker.reading() as conn:
            chain = await reading.chain(conn, assembly.id)
        assert len(chain.seated) == 10
        for one in chain.seated:
            assert one.invited == pytest.approx(0.75)
            assert one.responded == pytest.approx(2 / 3, abs=0.2)
            assert one.selected == one.conditional
            assert one.selected == sum(one.place in panel for panel in chain.panels) / len(chain.panels)
        assert chain.people == 100

    async def test_a_list_from_elsewhere_has_no_known_chance_before_the_lottery(self, house: Convening) -> None:
        assembly = await house.create(pool="file", quotas=LIST_QUOTAS, size=6)
        await house.load(assembly)
        await house.close(assembly)
        await house.solve(assembly)
        drawn = await house.draw(await house.publish(assembly))
        async with house.databases.worker.reading() as conn:
            chain = await reading.chain(conn, drawn.id)
        assert {(one.invited, one.responded) for one in chain.seated} == {(None, None)}
        assert {seat.reference is not None for seat in await house.seats(drawn)} == {True}

    async def test_before_the_drawing_there_is_no_chain(self, house: Convening) -> None:
        assembly = await house.published()
        async with house.databases.api.reading() as conn:
            with pytest.raises(AssemblyStepRefused):
                await reading.chain(conn, assembly.id)


class TestCancelling:
    async def test_a_cancelled_assembly_says_why_in_public(self, house: Convening) -> None:
        assembly = await house.published()
        token = (await house.tokens(assembly))[1]
        await house.do(founding.cancel, assembly_id=assembly.id, reason="The council withdrew the question.")
        assert await stage_of(house, token) == "cancelled"
        async with house.databases.api.reading() as conn:
            public = await reading.public(conn, assembly.id)
            listed = await reading.listing(conn, limit=10)
        assert public is not None
        assert public.reason == "The council withdrew the question."
        assert [one.id for one in listed] == [assembly.id]

    async def test_a_draft_stays_private_also_when_it_is_cancelled(self, house: Convening) -> None:
        assembly = await house.create()
        await house.do(founding.cancel, assembly_id=assembly.id, reason="only a trial")
        async with house.databases.api.reading() as conn:
            assert await reading.public(conn, assembly.id) is None
            assert await reading.listing(conn, limit=10) == ()

    async def test_counts_under_ten_are_not_shown_to_the_public(self, house: Convening) -> None:
        await house.members(30)
        assembly = await house.recruit(await house.create(size=5, quotas=()), sample=9)
        for token in (await house.tokens(assembly))[:6]:
            await house.say(token)
        await house.close(assembly)
        await house.do(founding.cancel, assembly_id=assembly.id, reason="Too few people.")
        async with house.databases.api.reading() as conn:
            public = await reading.public(conn, assembly.id)
        assert public is not None
        assert (public.asked, public.volunteers) == (None, 0)

    async def test_after_the_drawing_nobody_can_cancel(self, house: Convening) -> None:
        assembly = await house.drawn()
        with pytest.raises(AssemblyStepRefused):
            await house.do(founding.cancel, assembly_id=assembly.id, reason="another panel please")
