"""The lottery of an assembly: calculated, published, drawn once by two people, and never changed in between."""

import asyncio
from collections import Counter
from typing import Any

import msgspec
import pytest
from samenspraak.types.assembly import QuotaRequest
from samenspraak.types.lottery import PoolTable, PublishedLottery

from panels.assemblies import founding, pool, publishing, reading, solving
from panels.errors import (
    AssemblyInvalid,
    AssemblyStepRefused,
    DrawingInvalid,
    LotteryInvalid,
    LotteryPublished,
)
from tests.integration.panels.convening import AGE, FIRST, SECOND, SEX, Convening


class TestSolving:
    async def test_a_calculation_is_kept_with_its_figures(self, house: Convening) -> None:
        assembly = await house.create()
        yes = await house.willing(assembly)
        await house.close(assembly)
        solved = await house.solve(assembly)
        assert solved.state == "solved"
        assert solved.fairness is not None
        assert (solved.fairness.people, solved.fairness.panels) == (len(yes), 100)
        assert 0 < solved.fairness.minimum <= 10 / len(yes) <= solved.fairness.maximum <= 1

    async def test_an_answer_to_an_older_question_is_dropped(self, house: Convening) -> None:
        assembly = await house.create()
        await house.willing(assembly)
        await house.close(assembly)
        asked = await house.do(solving.solve, assembly_id=assembly.id)
        await house.do(founding.change_quotas, assembly_id=assembly.id, quotas=(*SEX, *AGE), why="too slow")
        async with house.databases.worker.reading() as conn:
            assert await solving.material(conn, assembly_id=assembly.id, attempt=asked.attempt) is None
        assert (await house.solve(assembly)).state == "solved"

    async def test_an_impossible_panel_is_explained_and_can_be_relaxed(self, house: Convening) -> None:
        assembly = await house.create()
        await house.willing(assembly)
        closed = await house.close(assembly)
        crossed = tuple(
            msgspec.structs.replace(quota, minimum=9 if quota.value == "65+" else 0, maximum=10) for quota in AGE
        )
        people = await house.rows("SELECT id FROM panel.assembly_candidate WHERE features->>'age3' = '65+'")
        async with house.databases.api.transaction() as conn:
            keep = [row["id"] for row in people[:5]]
            await conn.execute(
                "UPDATE panel.assembly_candidate SET answer = 'left' WHERE features->>'age3' = '65+' AND id <> ALL($1)",
                keep,
            )
        await house.do(founding.change_quotas, assembly_id=closed.id, quotas=(*SEX, *crossed), why="older people")
        stuck = await house.solve(closed)
        assert stuck.state == "impossible"
        assert stuck.impossibility is not None
        assert "65+" in {demand.value for conflict in stuck.impossibility.conflicts for demand in conflict}
        assert sum(one.people for one in stuck.impossibility.recruits) == 4
        assert all(words.nl and words.en for words in stuck.impossibility.words)
        relaxed = await house.do(founding.relax, assembly_id=closed.id, why="no time to recruit")
        assert relaxed.state == "pool_closed"
        assert next(quota.minimum for quota in relaxed.quotas if quota.value == "65+") == 5
        assert (await house.solve(relaxed)).state == "solved"

    async def test_there_is_nothing_to_adopt_where_nothing_was_proposed(self, house: Convening) -> None:
        assembly = await house.create()
        with pytest.raises(AssemblyStepRefused, match="no change of the quotas to adopt"):
            await house.do(founding.relax, assembly_id=assembly.id, why="just so")

    async def test_other_quotas_must_fit_the_people_in_the_pool(self, house: Convening) -> None:
        assembly = await house.create()
        await house.willing(assembly)
        await house.close(assembly)
        strange = tuple(QuotaRequest(feature="landsdeel", value=f"LD0{n}", minimum=0, maximum=10) for n in range(1, 5))
        with pytest.raises(AssemblyInvalid) as refused:
            await house.do(founding.change_quotas, assembly_id=assembly.id, quotas=strange, why="other features")
        assert {fault.code for fault in refused.value.faults} == {"unknown_feature"}


class TestPublishing:
    async def test_what_is_published_names_nobody_and_holds_what_was_promised(self, house: Convening) -> None:
        assembly = await house.published()
        async with house.databases.api.reading() as conn:
            public = await reading.public(conn, assembly.id)
        assert public is not None
        lottery = msgspec.json.decode(public.rounds[0].content, type=PublishedLottery)
        assert lottery.rules.seed_commitment == assembly.seed_commitment
        assert len(lottery.panels) == 100
        assert all(len(panel) == 10 for panel in lottery.panels)
        rows = await house.rows(
            "SELECT id, member_id, ticket, selected FROM panel.assembly_candidate WHERE ticket <> ''"
        )
        assert {row["ticket"] for row in rows} == set(lottery.tickets)
        written = public.rounds[0].content.decode()
        assert not any(str(row["id"]) in written or str(row["member_id"]) in written for row in rows)
        held = Counter(lottery.tickets[place] for panel in lottery.panels for place in panel)
        assert all(row["selected"] == pytest.approx(held[row["ticket"]] / 100) for row in rows)

    async def test_every_published_panel_meets_every_quota(self, house: Convening) -> None:
        assembly = await house.published()
        async with house.databases.api.reading() as conn:
            table = msgspec.json.decode(await reading.pool_table(conn, assembly_id=assembly.id), type=PoolTable)
            found = await reading.lottery(conn, assembly_id=assembly.id)
        lottery = msgspec.json.decode(found.content or b"", type=PublishedLottery)
        features = {row.ticket: row.features for row in table.rows}
        for panel in lottery.panels:
            counted = Counter(pair for place in panel for pair in features[lottery.tickets[place]].items())
            assert all(q.minimum <= counted[q.feature, q.value] <= q.maximum for q in assembly.quotas)

    async def test_a_number_that_is_known_already_cannot_decide(self, house: Convening) -> None:
        assembly = await house.create()
        await house.willing(assembly)
        await house.close(assembly)
        await house.solve(assembly)
        house.clock.pass_days(31)
        with pytest.raises(LotteryInvalid):
            await house.publish(assembly)
        await house.do(founding.name_randomness, assembly_id=assembly.id, randomness=house.randomness())
        assert (await house.publish(assembly)).state == "published"

    async def test_nothing_changes_after_publication(self, house: Convening) -> None:
        assembly = await house.published()
        before = await house.rows("SELECT content, commitment FROM panel.assembly_lottery")
        for move, options in (
            (solving.solve, {}),
            (publishing.publish, {"beside": asyncio.to_thread}),
            (pool.close_pool, {"beside": asyncio.to_thread}),
            (founding.change_quotas, {"quotas": (*SEX, *AGE), "why": "better"}),
            (founding.relax, {"why": "better"}),
            (founding.name_randomness, {"randomness": house.randomness(days=99)}),
        ):
            with pytest.raises(LotteryPublished):
                await house.do(move, assembly_id=assembly.id, **options)
        assert await house.rows("SELECT content, commitment FROM panel.assembly_lottery") == before

    async def test_two_publications_at_once_give_one_lottery(self, house: Convening) -> None:
        assembly = await house.create()
        await house.willing(assembly)
        await house.close(assembly)
        await house.solve(assembly)
        found = await asyncio.gather(*(house.publish(assembly) for _ in range(3)), return_exceptions=True)
        assert sorted(type(one).__name__ for one in found) == ["Assembly", "LotteryPublished", "LotteryPublished"]
        assert (await house.trail(assembly)).count("assembly.publish") == 1


class TestDrawing:
    async def test_the_number_is_refused_before_it_can_be_known(self, house: Convening) -> None:
        assembly = await house.published()
        with pytest.raises(DrawingInvalid) as refused:
            await house.enter(assembly)
        assert [fault.code for fault in refused.value.faults] == ["too_early"]

    async def test_one_person_alone_cannot_draw(self, house: Convening) -> None:
        assembly = await house.published()
        house.clock.pass_days(31)
        await house.enter(assembly)
        with pytest.raises(DrawingInvalid) as refused:
            await house.do(
                publishing.confirm,
                assembly_id=assembly.id,
                value="3-8-15-22-31-40",
                person=str(FIRST),
                beside=asyncio.to_thread,
            )
        assert [fault.code for fault in refused.value.faults] == ["same_person"]
        assert (await house.now(assembly)).state == "published"

    async def test_two_people_who_read_different_numbers_draw_nothing(self, house: Convening) -> None:
        assembly = await house.published()
        house.clock.pass_days(31)
        await house.enter(assembly, "1-2-3")
        with pytest.raises(DrawingInvalid) as refused:
            await house.do(
                publishing.confirm, assembly_id=assembly.id, value="1-2-4", person=str(SECOND), beside=asyncio.to_thread
            )
        assert [fault.code for fault in refused.value.faults] == ["values_differ"]

    async def test_a_confirmation_without_an_entry_draws_nothing(self, house: Convening) -> None:
        assembly = await house.published()
        house.clock.pass_days(31)
        with pytest.raises(DrawingInvalid):
            await house.do(
                publishing.confirm, assembly_id=assembly.id, value="1-2-4", person=str(SECOND), beside=asyncio.to_thread
            )

    async def test_the_drawn_panel_gets_the_seats(self, house: Convening) -> None:
        assembly = await house.drawn()
        async with house.databases.api.reading() as conn:
            found = await reading.lottery(conn, assembly_id=assembly.id)
        assert found.drawing is not None
        lottery = msgspec.json.decode(found.content or b"", type=PublishedLottery)
        panel = {lottery.tickets[place] for place in lottery.panels[found.drawing.number - 1]}
        seats = await house.seats(assembly)
        assert {seat.ticket for seat in seats} == panel
        assert {seat.state for seat in seats} == {"offered"}
        assert found.drawing.seed == assembly.seed
        assert (found.drawing.entered_by, found.drawing.confirmed_by) == (str(FIRST), str(SECOND))

    async def test_two_confirmations_at_once_draw_once(self, house: Convening) -> None:
        assembly = await house.published()
        house.clock.pass_days(31)
        await house.enter(assembly)
        confirmations = (
            house.do(
                publishing.confirm,
                by=SECOND,
                assembly_id=assembly.id,
                value="3-8-15-22-31-40",
                person=str(SECOND),
                beside=asyncio.to_thread,
            )
            for _ in range(4)
        )
        found = await asyncio.gather(*confirmations, return_exceptions=True)
        assert sorted(type(one).__name__ for one in found) == ["Assembly", *["LotteryPublished"] * 3]
        assert len(await house.seats(assembly)) == 10
        assert (await house.trail(assembly)).count("assembly.draw") == 1

    async def test_another_value_after_the_drawing_is_refused(self, house: Convening) -> None:
        assembly = await house.drawn()
        other: dict[str, Any] = {"assembly_id": assembly.id, "value": "9-9-9", "person": str(SECOND)}
        with pytest.raises(LotteryPublished):
            await house.do(publishing.enter, **other)
        with pytest.raises(LotteryPublished):
            await house.do(publishing.confirm, **other, beside=asyncio.to_thread)
        assert len(await house.seats(assembly)) == 10


async def test_the_trail_tells_the_whole_story_in_order(house: Convening) -> None:
    assembly = await house.drawn()
    assert await house.trail(assembly) == [
        "assembly.create",
        "assembly.open_recruiting",
        "assembly.close_pool",
        "assembly.solve",
        "assembly.find",
        "assembly.publish",
        "assembly.enter_value",
        "assembly.draw",
    ]
