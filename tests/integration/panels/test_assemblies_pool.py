"""Who is in the lottery of an assembly: planned, asked, willing or listed, and fixed when the pool closes."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from samenspraak.types.assembly import QuotaRequest, RecruitRequest
from samenspraak.types.base import Localised
from uuid_utils.compat import uuid7

from panels.assemblies import founding, pool, recruiting, steps, visits
from panels.errors import (
    AssemblyInvalid,
    AssemblyStepRefused,
    LinkUnknown,
    PoolTooSmall,
    VolunteersInvalid,
)
from panels.store import volunteers
from tests.integration.panels.convening import LIST_QUOTAS, Convening


async def stage_of(house: Convening, token: str) -> str:
    async with house.databases.api.reading() as conn:
        return visits.stage(await visits.by_token(conn, token))


async def draft_of(conn: Any, assembly_id: UUID) -> Any:
    people = await volunteers.pool(conn, assembly_id=assembly_id)
    return pool.draft(await steps.find(conn, assembly_id=assembly_id), people, ())


class TestPlanning:
    async def test_a_plan_is_kept_with_a_commitment_to_its_seed_and_nothing_of_the_seed(self, house: Convening) -> None:
        assembly = await house.create()
        shown = await house.shown(assembly)
        assert shown.state == "draft"
        assert assembly.seed not in msgspec.json.encode(shown).decode()
        assert shown.seed_commitment == assembly.seed_commitment
        assert await house.trail(assembly) == ["assembly.create"]

    async def test_every_fault_is_named_at_once(self, house: Convening) -> None:
        bad = house.request(
            title=Localised(nl=" ", en="ok title"),
            margins_id="none",
            quotas=(
                QuotaRequest(feature="sex", value="M", minimum=9, maximum=3),
                QuotaRequest(feature="sex", value="Q", minimum=9, maximum=9),
                QuotaRequest(feature="hair", value="red", minimum=0, maximum=1),
            ),
            randomness=house.randomness(days=-1),
        )
        with pytest.raises(AssemblyInvalid) as refused:
            await house.do(founding.create, request=bad, new_id=uuid7, entropy=house.entropy)
        codes = {fault.code for fault in refused.value.faults}
        assert codes == {
            "length", "unknown_margins", "minimum_above_maximum", "minima_above_size", "unknown_value", "missing_value",
            "maxima_below_size", "unknown_feature", "in_past",
        }  # fmt: skip
        assert await house.rows("SELECT id FROM panel.assembly") == []


class TestRecruiting:
    async def test_only_members_of_the_kind_who_agreed_to_be_asked_are_asked(self, house: Convening) -> None:
        await house.members(60)
        await house.members(40, kind="opt_in_panel")
        await house.force(
            "UPDATE panel.consent SET withdrawn_at = now() WHERE purpose = 'assembly' AND member_id IN "
            "(SELECT id FROM panel.member WHERE kind = 'simulated' ORDER BY id LIMIT 15)"
        )
        assembly = await house.recruit(await house.create())
        rows = await house.rows(
            "SELECT m.kind, c.invited FROM panel.assembly_candidate AS c JOIN panel.member AS m ON m.id = c.member_id"
        )
        assert Counter(row["kind"] for row in rows) == {"simulated": 45}
        assert {row["invited"] for row in rows} == {1.0}
        assert assembly.asked == 45

    async def test_minors_are_not_asked_where_the_population_has_none(self, house: Convening) -> None:
        await house.members(60)
        await house.force("UPDATE panel.member SET birth_year = 2009 WHERE birth_year < 1950")
        assembly = await house.recruit(await house.create())
        rows = await house.rows(
            "SELECT max(m.birth_year) AS youngest FROM panel.assembly_candidate AS c "
            "JOIN panel.member AS m ON m.id = c.member_id"
        )
        assert rows[0]["youngest"] <= 2026 - 18
        minors = await house.rows("SELECT 1 FROM panel.member WHERE birth_year = 2009")
        assert assembly.asked == 60 - len(minors) < 60

    async def test_a_sample_is_the_same_for_the_same_seed_and_its_chance_is_kept(self, house: Convening) -> None:
        await house.members(60)
        assembly = await house.recruit(await house.create(), sample=24)
        rows = await house.rows("SELECT member_id, invited FROM panel.assembly_candidate")
        assert len(rows) == 24
        assert {row["invited"] for row in rows} == {24 / 60}
        frame = [(row["id"], "nl") for row in await house.rows("SELECT id FROM panel.member")]
        again = recruiting.sample(frame[::-1], size=24, seed=assembly.seed)
        assert {member for member, _ in again} == {row["member_id"] for row in rows}

    async def test_a_panel_without_enough_willing_members_is_refused(self, house: Convening) -> None:
        await house.members(5)
        with pytest.raises(PoolTooSmall) as refused:
            await house.recruit(await house.create())
        assert refused.value.details == {"needed": 10, "available": 5}

    async def test_people_are_asked_once(self, house: Convening) -> None:
        await house.members(30)
        assembly = await house.recruit(await house.create())
        with pytest.raises(AssemblyStepRefused):
            await house.recruit(assembly)
        assert len(await house.tokens(assembly)) == 30

    async def test_a_yes_can_be_taken_back_until_the_pool_closes(self, house: Convening) -> None:
        await house.members(40)
        assembly = await house.recruit(await house.create())
        tokens = await house.tokens(assembly)
        for token in tokens[:20]:
            assert await house.say(token)
        assert await house.say(tokens[0], yes=False)
        assert await stage_of(house, tokens[0]) == "unwilling"
        closed = await house.close(assembly)
        assert (closed.asked, closed.volunteers, closed.declined) == (40, 19, 1)
        assert not await house.say(tokens[1], yes=False)
        assert await stage_of(house, tokens[1]) == "waiting"
        assert await stage_of(house, tokens[0]) == await stage_of(house, tokens[30]) == "missed"

    async def test_an_unknown_link_changes_nothing(self, house: Convening) -> None:
        for token in ("x", house.token(uuid7()), "a" * 22):
            with pytest.raises(LinkUnknown):
                await house.say(token)


async def test_an_answer_day_in_the_past_is_refused(house: Convening) -> None:
    await house.members(30)
    assembly = await house.create()
    with pytest.raises(AssemblyInvalid):
        await house.do(
            recruiting.open_recruiting,
            assembly_id=assembly.id,
            request=RecruitRequest(answer_by=house.clock.now - timedelta(days=1)),
            link_key=house.link_key,
            beside=asyncio.to_thread,
            new_id=uuid7,
        )


class TestClosing:
    async def test_a_profile_that_changes_afterwards_plays_no_part(self, house: Convening) -> None:
        assembly = await house.create()
        yes = await house.willing(assembly)
        await house.close(assembly)
        before = await house.rows("SELECT id, features::text FROM panel.assembly_candidate ORDER BY id")
        async with house.databases.api.reading() as conn:
            draft = await draft_of(conn, assembly.id)
        await house.force("UPDATE panel.member SET sex = 'V', birth_year = 1946, household_key = NULL")
        async with house.databases.api.reading() as conn:
            assert await draft_of(conn, assembly.id) == draft
        solved = await house.solve(assembly)
        assert solved.state == "solved"
        assert before == await house.rows("SELECT id, features::text FROM panel.assembly_candidate ORDER BY id")
        assert len(draft.people) == len(yes)
        assert {person.features["sex"] for person in draft.people} == {"M", "V"}

    async def test_who_left_the_panel_before_is_not_in_the_pool(self, house: Convening) -> None:
        assembly = await house.create()
        yes = await house.willing(assembly)
        await house.force(
            "UPDATE panel.member SET status = 'withdrawn', ended_at = now() WHERE id = "
            "(SELECT member_id FROM panel.assembly_candidate WHERE answer = 'yes' ORDER BY id LIMIT 1)"
        )
        closed = await house.close(assembly)
        assert closed.volunteers == len(yes) - 1
        assert await stage_of(house, yes[0]) == "left"

    async def test_somebody_whose_sex_no_register_has_can_still_be_drawn(self, house: Convening) -> None:
        assembly = await house.create()
        await house.members(60)
        await house.force("UPDATE panel.member SET sex = 'X' WHERE birth_year % 5 = 0")
        await house.recruit(assembly)
        for token in await house.tokens(assembly):
            await house.say(token)
        closed = await house.close(assembly)
        unknown = [quota for quota in closed.quotas if quota.value == "unknown"]
        assert [(quota.feature, quota.minimum, quota.maximum) for quota in unknown] == [("sex", 0, 10)]
        solved = await house.solve(assembly)
        assert solved.fairness is not None
        assert solved.fairness.never == 0

    async def test_the_chance_to_say_yes_is_kept_for_everybody_in_the_pool(self, house: Convening) -> None:
        assembly = await house.create()
        await house.willing(assembly)
        await house.close(assembly)
        rows = await house.rows("SELECT answer, responded FROM panel.assembly_candidate")
        assert all(0 < row["responded"] < 1 for row in rows if row["answer"] == "yes")
        assert {row["responded"] for row in rows if row["answer"] != "yes"} == {None}

    async def test_too_few_volunteers_leave_the_pool_open(self, house: Convening) -> None:
        await house.members(30)
        assembly = await house.recruit(await house.create())
        await house.say((await house.tokens(assembly))[0])
        with pytest.raises(PoolTooSmall):
            await house.close(assembly)
        assert (await house.now(assembly)).state == "recruiting"

    async def test_a_yes_in_the_moment_of_closing_is_in_or_refused_never_lost(self, house: Convening) -> None:
        assembly = await house.create()
        await house.willing(assembly, 60)
        late = [token for number, token in enumerate(await house.tokens(assembly)) if not number % 3]
        answers = asyncio.gather(*(house.say(token) for token in late))
        closed = await house.close(assembly)
        kept = await answers
        rows = await house.rows("SELECT 1 FROM panel.assembly_candidate WHERE features IS NOT NULL")
        assert closed.volunteers == len(rows) == 40 + sum(kept)


class TestLists:
    async def test_a_list_makes_a_pool_and_a_new_one_replaces_it(self, house: Convening) -> None:
        assembly = await house.create(pool="file", quotas=LIST_QUOTAS, size=6)
        await house.load(assembly, 50)
        loaded = await house.load(assembly, 40)
        assert (loaded.state, loaded.volunteers) == ("recruiting", 40)
        closed = await house.close(loaded)
        assert (closed.volunteers, closed.asked) == (40, None)
        assert (await house.solve(closed)).state == "solved"

    async def test_a_list_with_one_fault_takes_nobody_in(self, house: Convening) -> None:
        assembly = await house.create(pool="file", quotas=LIST_QUOTAS, size=6)
        with pytest.raises(VolunteersInvalid) as refused:
            await house.load(assembly, csv=b"id,wijk\nv1,Oost\nv2,Noord\n")
        assert [fault.pointer for fault in refused.value.faults] == ["row/2/column/wijk"]
        assert await house.rows("SELECT id FROM panel.assembly_candidate") == []

    async def test_lists_and_members_are_never_mixed(self, house: Convening) -> None:
        await house.members(30)
        of_members = await house.recruit(await house.create())
        of_list = await house.create(pool="file", quotas=LIST_QUOTAS, size=6)
        with pytest.raises(AssemblyStepRefused):
            await house.load(of_members)
        with pytest.raises(AssemblyStepRefused):
            await house.recruit(of_list)

    async def test_quotas_changed_while_a_list_is_read_are_noticed(self, house: Convening) -> None:
        assembly = await house.create(pool="file", quotas=LIST_QUOTAS, size=6)
        changed = (LIST_QUOTAS[0], msgspec.structs.replace(LIST_QUOTAS[1], maximum=5))
        await house.do(founding.change_quotas, assembly_id=assembly.id, quotas=changed, why="more from the west")
        with pytest.raises(AssemblyStepRefused, match="hand it in again"):
            await house.load(assembly)
