"""Waves: whom they reach, with which chance, and what is refused."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from samenspraak.types.audit import Plan, WavePlan
from samenspraak.types.base import SampleKind
from samenspraak.types.margins import MarginSet
from uuid_utils.compat import uuid7

from panels import fieldwork, invitations
from panels.errors import PanelTooSmall, WaveInvalid, WaveRefused
from panels.joining import membership
from panels.models import Opened, WaveRecord
from panels.store import waves as store
from panels.waves import monitoring, observing, reading

WEEK = timedelta(days=7)


class Audit:
    """One audit on the panel of a desk, drawn wave by wave."""

    def __init__(self, desk: Any, *, target: int = 100, kind: SampleKind = "simulated", **waves: Any) -> None:
        self.desk, self.id, self.seed = desk, uuid7(), 7
        self.margins: MarginSet = desk.margin_set()
        self.plan: Plan = msgspec.structs.replace(
            desk.plan(self.margins, target=target, kind=kind), waves=WavePlan(**{"wave_days": 1.0, **waves})
        )

    async def open(self, *, at: datetime | None = None) -> Opened:
        async with self.desk.databases.api.transaction() as conn:
            return await invitations.open_fieldwork(
                conn,
                audit_id=self.id,
                plan=self.plan,
                margins=self.margins,
                seed=self.seed,
                link_key=self.desk.link_key,
                now=at or self.desk.now,
                new_id=uuid7,
            )

    async def next(self, invite: Mapping[str, int], *, number: int = 2, days: float = 2.0) -> Opened:
        """As the worker draws it, so many days after the opening."""
        async with self.desk.databases.worker.transaction() as conn:
            return await invitations.next_wave(
                conn,
                audit_id=self.id,
                plan=self.plan,
                margins=self.margins,
                seed=self.seed,
                number=number,
                invite=invite,
                decided_by="staff",
                link_key=self.desk.link_key,
                now=self.desk.now + timedelta(days=days),
                new_id=uuid7,
            )

    async def propose(self, *, days: float = 2.0) -> Any:
        async with self.desk.databases.api.reading() as conn:
            return await monitoring.propose(
                conn,
                audit_id=self.id,
                plan=self.plan,
                margins=self.margins,
                seed=self.seed,
                now=self.desk.now + timedelta(days=days),
            )

    async def monitor(self, *, days: float = 2.0) -> Any:
        async with self.desk.databases.api.reading() as conn:
            return await monitoring.monitor(
                conn, audit_id=self.id, plan=self.plan, seed=self.seed, now=self.desk.now + timedelta(days=days)
            )

    async def frame(self) -> Any:
        async with self.desk.databases.worker.reading() as conn:
            return await fieldwork.frame(conn, self.id)

    async def waves(self) -> tuple[WaveRecord, ...]:
        async with self.desk.databases.worker.reading() as conn:
            return await store.waves(conn, audit_id=self.id)

    async def members(self, *, wave: int | None = None) -> set[UUID]:
        query = "SELECT member_id FROM panel.invitation WHERE audit_id = $1 AND ($2::integer IS NULL OR wave = $2)"
        async with self.desk.databases.worker.reading() as conn:
            return {row["member_id"] for row in await conn.fetch(query, self.id, wave)}

    async def complete(self, share: float) -> None:
        """Let this part of everybody invited complete."""
        query = "SELECT id FROM panel.invitation WHERE audit_id = $1 AND disposition = 'queued' ORDER BY id"
        async with self.desk.databases.api.transaction() as conn:
            ids = [row["id"] for row in await conn.fetch(query, self.id)]
            for one in ids[: round(share * len(ids))]:
                await fieldwork.mark(conn, invitation_id=one, disposition="started", now=self.desk.now)
                await fieldwork.mark(conn, invitation_id=one, disposition="completed", now=self.desk.now)


@pytest.fixture
async def audit(panel_of_400: Any) -> Audit:
    audit = Audit(panel_of_400)
    await audit.open()
    return audit


class TestFirstWave:
    async def test_the_draw_is_kept_as_a_wave_that_can_be_repeated(self, audit: Audit) -> None:
        (wave,) = await audit.waves()
        assert (wave.number, wave.decided_by, wave.frame_size) == (1, "opening", 400)
        assert sum(stratum.drawn for stratum in wave.strata) == wave.size == len(await audit.members())
        again = Audit(audit.desk, most_invitations=31, rest_days=0)
        await again.open()
        assert await again.members() == await audit.members()
        assert (await again.waves())[0].frame_hash == wave.frame_hash

    async def test_where_the_plan_decides_the_first_wave_is_smaller(self, panel_of_400: Any) -> None:
        """Nobody is asked of whom it is not sure that they will be needed; later waves know more."""
        careful = Audit(panel_of_400, adaptive="plan", most_waves=3, rest_days=0)
        whole = Audit(panel_of_400, rest_days=0)
        assert (await careful.open()).invited < (await whole.open()).invited
        for stratum in (await careful.waves())[0].strata:
            assert stratum.drawn > 0 or stratum.frame == 0

    async def test_a_panel_that_cannot_carry_the_audit_is_refused_with_the_recruits_it_needs(
        self, panel_of_400: Any
    ) -> None:
        either: tuple[dict[str, Any], ...] = ({}, {"adaptive": "plan"})
        for waves in either:
            with pytest.raises(PanelTooSmall) as refused:
                await Audit(panel_of_400, target=390, **waves).open()
            details: Any = refused.value.details
            assert details["available"] == 400
            assert details["needed"] > 400
            assert sum(details["recruits"].values()) > 0


class TestRecruitment:
    async def test_the_chance_to_have_been_recruited_is_frozen_with_the_invitation(self, desk: Any) -> None:
        """Half of the file says 0.0025, half does not say."""
        rows = desk.file(300).decode().splitlines()
        chances = ["selection_probability", *("0.0025" if n % 2 else "" for n in range(300))]
        await desk.load("\n".join(f"{row},{chance}" for row, chance in zip(rows, chances, strict=True)).encode())
        audit = Audit(desk)
        await audit.open()
        query = (
            "SELECT i.respondent_id, m.recruitment_probability AS chance FROM panel.invitation AS i"
            " JOIN panel.member AS m ON m.id = i.member_id WHERE i.audit_id = $1"
        )
        async with desk.databases.worker.reading() as conn:
            members = {row["respondent_id"]: row["chance"] for row in await conn.fetch(query, audit.id)}
        frame = await audit.frame()
        assert {row.respondent_id: row.recruited for row in frame} == members
        assert {row.recruited for row in frame} == {0.0025, None}


class TestRest:
    async def test_whoever_was_invited_this_week_is_not_drawn_and_staff_see_why(self, panel_of_400: Any) -> None:
        first, second = Audit(panel_of_400), Audit(panel_of_400)
        await first.open()
        await second.open(at=panel_of_400.now + timedelta(days=6))
        assert not await first.members() & await second.members()
        (wave,) = await second.waves()
        assert wave.excluded == {"resting": len(await first.members())}
        assert wave.frame_size == 400 - len(await first.members())

    async def test_after_the_rest_a_member_may_be_drawn_again(self, panel_of_400: Any) -> None:
        first, second = Audit(panel_of_400), Audit(panel_of_400)
        await first.open()
        await second.open(at=panel_of_400.now + WEEK)
        assert (await second.waves())[0].frame_size == 400

    async def test_nobody_gets_more_than_two_invitations_in_a_month(self, panel_of_400: Any) -> None:
        refused: list[bool] = []
        for week in range(5):
            try:
                await Audit(panel_of_400, target=150).open(at=panel_of_400.now + week * WEEK)
            except PanelTooSmall as small:
                left_out: Any = small.details["not_drawn"]
                refused.append("month_full" in left_out)
        assert refused
        assert all(refused)
        query = "SELECT max(times) FROM (SELECT count(*) AS times FROM panel.participation GROUP BY member_id) AS c"
        assert await panel_of_400.value(query) == 2

    async def test_two_audits_that_open_at_once_do_not_share_a_member_who_must_rest(self, panel_of_400: Any) -> None:
        one, other = Audit(panel_of_400), Audit(panel_of_400)
        await asyncio.gather(one.open(), other.open())
        assert not await one.members() & await other.members()

    async def test_members_who_paused_are_counted_among_those_not_drawn(self, panel_of_400: Any) -> None:
        async with panel_of_400.databases.api.transaction() as conn:
            member_id = await conn.fetchval("SELECT id FROM panel.member LIMIT 1")
            await membership.pause(conn, member_id=member_id, now=panel_of_400.now)
        audit = Audit(panel_of_400)
        await audit.open()
        assert (await audit.waves())[0].excluded == {"paused": 1}


class TestNextWave:
    async def test_it_reaches_people_who_were_not_invited_yet(self, audit: Audit) -> None:
        opened = await audit.next({"V_45-54": 3, "M_45-54": 2})
        assert opened.invited == 5
        assert not await audit.members(wave=1) & await audit.members(wave=2)
        strata = Counter(row.stratum for row in await audit.frame() if row.wave == 2)
        assert strata == {"V_45-54": 3, "M_45-54": 2}

    async def test_its_mails_are_further_batches(self, audit: Audit) -> None:
        first = (await audit.waves())[0]
        opened = await audit.next({"V_45-54": 3})
        assert (opened.first_batch, opened.batches) == (first.batches, 1)
        async with audit.desk.databases.worker.reading() as conn:
            due = await fieldwork.due(conn, audit_id=audit.id, wave="invitation", batch=opened.first_batch)
        assert len(due) == 3

    async def test_chances_grow_for_everybody_who_could_have_been_drawn(self, audit: Audit) -> None:
        """Two simple draws from one stratum are one draw of both: everybody's chance is n / N."""
        before = {row.respondent_id: row for row in await audit.frame()}
        await audit.next({"V_45-54": 3, "M_45-54": 2})
        frame = await audit.frame()
        for key in ("V_45-54", "M_45-54"):
            stratum = next(one for one in (await audit.waves())[0].strata if one.key == key)
            invited = sum(row.stratum == key for row in frame)
            chances = {round(row.probability, 12) for row in frame if row.stratum == key}
            assert chances == {round(invited / stratum.frame, 12)}
        others = [row for row in frame if row.stratum not in ("V_45-54", "M_45-54")]
        assert all(row.probability == before[row.respondent_id].probability for row in others)
        assert sum(1 / row.probability for row in frame) == pytest.approx(400)

    async def test_members_who_joined_later_have_the_chance_of_the_later_wave_only(self, audit: Audit) -> None:
        late = [
            await audit.desk.join(
                email=f"laat{n}@voorbeeld.nl", birth_year="1976", sex="V", at=audit.desk.now + timedelta(days=1)
            )
            for n in range(3)
        ]
        stratum = next(one for one in (await audit.waves())[0].strata if one.key == "V_45-54")
        everybody = stratum.frame - stratum.drawn + 3
        await audit.next({"V_45-54": everybody})
        query = "SELECT probability FROM panel.invitation WHERE member_id = $1"
        async with audit.desk.databases.worker.reading() as conn:
            assert {await conn.fetchval(query, member_id) for member_id in late} == {1.0}
        second = (await audit.waves())[1]
        assert next(one for one in second.strata if one.key == "V_45-54").frame == everybody

    async def test_whoever_rested_in_the_first_wave_has_no_chance_from_it(self, panel_of_400: Any) -> None:
        earlier, audit = Audit(panel_of_400), Audit(panel_of_400, most_invitations=5)
        await earlier.open(at=panel_of_400.now - timedelta(days=5))
        await audit.open()
        rested = await earlier.members()
        (wave,) = await audit.waves()
        first = next(one for one in wave.strata if one.key == "V_45-54")
        query = "SELECT count(*) FROM panel.invitation WHERE audit_id = $1 AND stratum = 'V_45-54'"
        back = await panel_of_400.value(query, earlier.id)
        left = first.frame - first.drawn + back
        await audit.next({"V_45-54": left - 1}, days=3)
        chances = "SELECT member_id, probability FROM panel.invitation WHERE audit_id = $1 AND wave = 2"
        async with panel_of_400.databases.worker.reading() as conn:
            found = {row["member_id"]: row["probability"] for row in await conn.fetch(chances, audit.id)}
        second = (left - 1) / left
        for member_id, probability in found.items():
            before = 0.0 if member_id in rested else first.probability
            assert probability == pytest.approx(1 - (1 - before) * (1 - second))
        assert {member_id in rested for member_id in found} == {True, False}

    async def test_two_at_once_draw_one_wave(self, audit: Audit) -> None:
        results = await asyncio.gather(audit.next({"V_45-54": 2}), audit.next({"V_45-54": 2}), return_exceptions=True)
        assert sorted(type(result).__name__ for result in results) == ["Opened", "WaveRefused"]
        assert len(await audit.waves()) == 2

    async def test_too_early_twice_and_too_many_waves_are_refused(self, audit: Audit) -> None:
        with pytest.raises(WaveRefused, match="from 2026"):
            await audit.next({"V_45-54": 1}, days=0.5)
        with pytest.raises(WaveRefused, match="number 2, not 3"):
            await audit.next({"V_45-54": 1}, number=3)
        await audit.next({"V_45-54": 1})
        await audit.next({"V_45-54": 1}, number=3, days=4)
        with pytest.raises(WaveRefused, match="3 waves at most"):
            await audit.next({"V_45-54": 1}, number=4, days=6)

    async def test_every_fault_of_a_wave_is_named(self, audit: Audit) -> None:
        with pytest.raises(WaveInvalid) as refused:
            await audit.next({"V_45-54": 4000, "Z": 1, "M_45-54": 1})
        assert {(fault.pointer, fault.code) for fault in refused.value.faults} == {
            ("/invite/V_45-54", "out_of_range"),
            ("/invite/Z", "unknown"),
        }
        with pytest.raises(WaveInvalid) as nobody:
            await audit.next({"M_45-54": 0})
        assert [fault.code for fault in nobody.value.faults] == ["empty"]

    async def test_a_refused_wave_leaves_nothing_behind(self, audit: Audit) -> None:
        before = await audit.members()
        with pytest.raises(WaveInvalid):
            await audit.next({"M_45-54": 1, "Z": 1})
        assert await audit.members() == before
        assert len(await audit.waves()) == 1


class TestForecast:
    async def test_a_field_without_answers_expects_what_staff_expect(self, audit: Audit) -> None:
        found = await audit.monitor(days=0)
        assert found.lower < found.expected < found.upper
        assert abs(found.expected / len(await audit.members()) - 0.8) < 0.1
        assert {cell.key for cell in found.cells} == {stratum.key for stratum in (await audit.waves())[0].strata}

    @pytest.mark.parametrize(("reported", "low"), [(True, True), (False, False)])
    async def test_only_audits_that_are_over_teach_the_next_one(self, desk: Any, reported: bool, low: bool) -> None:
        """One in five completed in an audit of the same kind; staff expect four."""
        await desk.load(desk.file(400), kind="opt_in_panel")
        before = Audit(desk, kind="opt_in_panel", rest_days=0)
        await before.open()
        await before.complete(0.2)
        if reported:
            async with desk.databases.worker.transaction() as conn:
                await fieldwork.unlink(conn, audit_id=before.id, now=desk.now)
        audit = Audit(desk, kind="opt_in_panel", rest_days=0)
        await audit.open()
        found = await audit.monitor(days=0)
        assert (found.expected / len(await audit.members()) < 0.6) is low

    async def test_low_response_is_learnt_and_proposed_for(self, audit: Audit) -> None:
        await audit.complete(0.4)
        proposal = await audit.propose(days=20)
        assert (proposal.number, proposal.possible, proposal.decides) == (2, True, "staff")
        assert proposal.chance_before < 0.01
        assert proposal.invite == sum(cell.invite for cell in proposal.cells) > 20
        assert all(cell.invite <= cell.available for cell in proposal.cells)
        after = {cell.key: cell.expected_after - cell.expected for cell in proposal.cells}
        assert sum(after.values()) / proposal.invite == pytest.approx(0.45, abs=0.1)

    async def test_a_proposal_can_be_accepted_as_it_is(self, audit: Audit) -> None:
        await audit.complete(0.4)
        proposal = await audit.propose(days=20)
        opened = await audit.next({cell.key: cell.invite for cell in proposal.cells}, days=20)
        assert opened.invited == proposal.invite

    async def test_the_same_field_gives_the_same_proposal(self, audit: Audit) -> None:
        await audit.complete(0.4)
        assert await audit.propose() == await audit.propose()

    async def test_when_everybody_answered_nothing_is_proposed(self, audit: Audit) -> None:
        await audit.complete(1.0)
        proposal = await audit.propose(days=20)
        assert (proposal.invite, proposal.possible) == (0, False)
        assert {cell.action for cell in proposal.cells} == {"full"}

    async def test_before_the_plan_allows_it_the_proposal_says_from_when(self, audit: Audit) -> None:
        proposal = await audit.propose(days=0.5)
        assert not proposal.possible
        assert proposal.due_at == audit.desk.now + timedelta(days=1)


class TestEvenness:
    async def test_a_point_is_kept_once_a_day_without_a_figure_for_few_people(self, audit: Audit) -> None:
        frame = await audit.frame()
        point = observing.observe(frame, plan=audit.plan, day=1, now=audit.desk.now)
        assert (point.r, point.invited, point.completed) == (None, len(frame), 0)
        async with audit.desk.databases.worker.transaction() as conn:
            await observing.keep(conn, audit_id=audit.id, observation=point)
            await observing.keep(conn, audit_id=audit.id, observation=point)
        assert len((await audit.monitor()).representativity) == 1


class TestStrata:
    async def test_strata_over_all_waves_have_population_and_sample(self, audit: Audit) -> None:
        await audit.next({"V_45-54": 3})
        async with audit.desk.databases.worker.reading() as conn:
            strata = await reading.strata(conn, audit.id)
        frame = await audit.frame()
        assert sum(one.population for one in strata) == 400
        assert {one.key: one.invited for one in strata if one.invited} == Counter(row.stratum for row in frame)
        chances = {row.stratum: row.probability for row in frame}
        assert all(one.probability == pytest.approx(chances[one.key]) for one in strata if one.invited)
