"""Staff steer an audit in the field: cells, proposals, waves, stop and reopen; and the job that does it by itself."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest

from panels import fieldwork
from service.audits import cases
from service.audits.models import SYSTEM
from service.context import Context
from service.db import Databases
from service.mail.send import Mailer
from service.tasks import fielding as jobs
from service.tasks.arguments import FieldworkObserve
from service.work import Computing, Work
from tests.integration.api.harness import Client, Clock, expect, issue, plan

PLAN_DAY = timedelta(seconds=20)


class Inline(Computing):
    """Calculates in this process."""

    async def run(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)


@pytest.fixture
def work(context: Context, databases: Databases, clock: Clock) -> Work:
    return Work(
        settings=context.settings,
        databases=databases,
        keys=context.keys,
        mailer=Mailer("smtp://127.0.0.1:1"),
        computing=Inline(),
        now=clock,
    )


def at(audit: dict[str, Any], place: str = "cells") -> str:
    return f"/v1/staff/audits/{audit['id']}/fieldwork/{place}"


async def opened(staff: Client, in_review: dict[str, Any], margins: dict[str, Any], **waves: Any) -> dict[str, Any]:
    asked = plan(margins, waves={"wave_days": 2, **waves})
    await expect(staff.post(f"/v1/staff/audits/{in_review['id']}/approve", json=asked), 200)
    return await expect(staff.post(f"/v1/staff/audits/{in_review['id']}/open"), 200)


async def complete(context: Context, audit: dict[str, Any], share: float) -> None:
    """Let this part of everybody who waits complete."""
    query = "SELECT id FROM panel.invitation WHERE audit_id = $1 AND disposition = 'queued' ORDER BY id"
    async with context.db.transaction() as conn:
        ids = [row["id"] for row in await conn.fetch(query, UUID(audit["id"]))]
        for one in ids[: round(share * len(ids))]:
            await fieldwork.mark(conn, invitation_id=one, disposition="started", now=context.now())
            await fieldwork.mark(conn, invitation_id=one, disposition="completed", now=context.now())


async def value(context: Context, query: str, *args: Any) -> Any:
    async with context.db.reading() as conn:
        return await conn.fetchval(query, *args)


async def events(staff: Client, audit: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await expect(staff.get(f"/v1/staff/trail?audit_id={audit['id']}&limit=100"), 200))[
        "data"
    ]
    return found


class TestMonitor:
    async def test_every_cell_has_its_need_and_a_forecast(
        self, staff: Client, context: Context, fielding: dict[str, Any]
    ) -> None:
        await complete(context, fielding, 0.3)
        found = await expect(staff.get(at(fielding)), 200)
        invited = await value(context, "SELECT count(*) FROM panel.invitation")
        assert sum(cell["need"] for cell in found["cells"]) == 100
        assert sum(cell["have"] for cell in found["cells"]) == round(0.3 * invited)
        assert sum(cell["have"] + cell["pending"] for cell in found["cells"]) == invited
        assert all(cell["have"] <= cell["lower"] <= cell["upper"] for cell in found["cells"])
        assert all(0 <= cell["miss"] <= 1 and cell["standing"] == "open" for cell in found["cells"])
        assert (found["waves"], found["most_waves"], found["not_drawn"]) == (1, 3, {})

    async def test_before_the_opening_there_is_nothing_to_see(self, staff: Client, approved: dict[str, Any]) -> None:
        for place in ("cells", "proposal"):
            problem = await expect(staff.get(at(approved, place)), 409)
            assert problem["code"] == "transition_refused"
        assert (await expect(staff.get(at(approved, "waves")), 200))["data"] == []

    async def test_after_the_closing_it_stays_as_it_was(
        self, staff: Client, context: Context, fielding: dict[str, Any], clock: Clock
    ) -> None:
        await complete(context, fielding, 0.5)
        async with context.db.transaction() as conn:
            await cases.close(conn, audit_id=UUID(fielding["id"]), actor=SYSTEM, completes=100, now=context.now())
        before = await expect(staff.get(at(fielding)), 200)
        clock.pass_days(3)
        assert await expect(staff.get(at(fielding)), 200) == before
        assert (await expect(staff.get(at(fielding, "proposal")), 409))["code"] == "transition_refused"

    async def test_fieldwork_staff_may_look_and_not_decide(
        self, app: Any, context: Context, fielding: dict[str, Any]
    ) -> None:
        async with Client(app, await issue(context, "fieldwork")) as helper:
            await expect(helper.get(at(fielding)), 200)
            await expect(helper.post(at(fielding, "waves"), json={"number": 2, "invite": {"rest": 1}}), 403)
            await expect(helper.post(at(fielding, "cells/rest/stop")), 403)


class TestWaves:
    async def test_a_proposal_waits_until_the_plan_allows_it(
        self, staff: Client, context: Context, fielding: dict[str, Any]
    ) -> None:
        found = await expect(staff.get(at(fielding, "proposal")), 200)
        assert (found["number"], found["decides"], found["possible"]) == (2, "staff", False)
        assert found["due_at"] is not None

    async def test_an_accepted_proposal_is_drawn_mailed_and_on_the_trail(
        self,
        staff: Client,
        context: Context,
        in_review: dict[str, Any],
        margins: dict[str, Any],
        members: int,
        clock: Clock,
    ) -> None:
        audit = await opened(staff, in_review, margins)
        await complete(context, audit, 0.1)
        clock.now += 3 * PLAN_DAY
        proposal = await expect(staff.get(at(audit, "proposal")), 200)
        assert (proposal["possible"], proposal["reasons"]) == (True, [])
        invite = {cell["key"]: cell["invite"] for cell in proposal["cells"] if cell["invite"]}
        wave = await expect(staff.post(at(audit, "waves"), json={"number": 2, "invite": invite}), 201)
        assert (wave["number"], wave["decided_by"], wave["invited"]) == (2, "staff", proposal["invite"])
        assert {one["key"]: one["drawn"] for one in wave["strata"] if one["drawn"]} == invite
        listed = (await expect(staff.get(at(audit, "waves")), 200))["data"]
        assert [one["decided_by"] for one in listed] == ["opening", "staff"]
        last = (await events(staff, audit))[-1]
        assert (last["event"], last["detail"]) == (
            "fieldwork.draw_wave",
            {"wave": 2, "invited": proposal["invite"], "decided_by": "staff"},
        )
        mails = await value(
            context, "SELECT count(*) FROM ops.job WHERE kind = 'mail.wave' AND args ->> 'wave' = 'invitation'"
        )
        batches = await value(context, "SELECT count(DISTINCT batch) FROM panel.invitation")
        assert mails == batches

    async def test_people_of_a_later_wave_may_vote_as_well(
        self,
        staff: Client,
        context: Context,
        in_review: dict[str, Any],
        margins: dict[str, Any],
        members: int,
        clock: Clock,
    ) -> None:
        audit = await opened(staff, in_review, margins)
        clock.now += 3 * PLAN_DAY
        await expect(staff.post(at(audit, "waves"), json={"number": 2, "invite": {"V_45-54": 3}}), 201)
        missing = (
            "SELECT count(*) FROM panel.invitation AS i WHERE NOT EXISTS"
            " (SELECT 1 FROM ballots.register AS r WHERE r.respondent_id = i.respondent_id)"
        )
        assert await value(context, missing) == 0
        assert await value(context, "SELECT count(*) FROM panel.invitation WHERE wave = 2") == 3

    async def test_staff_draw_no_wave_where_the_plan_decides(
        self,
        staff: Client,
        in_review: dict[str, Any],
        margins: dict[str, Any],
        members: int,
        clock: Clock,
    ) -> None:
        audit = await opened(staff, in_review, margins, adaptive="plan")
        clock.now += 3 * PLAN_DAY
        problem = await expect(staff.post(at(audit, "waves"), json={"number": 2, "invite": {"rest": 1}}), 409)
        assert problem["code"] == "wave_refused"
        assert "by themselves" in problem["detail"]

    async def test_sent_twice_with_one_key_it_is_drawn_once(
        self, staff: Client, in_review: dict[str, Any], margins: dict[str, Any], members: int, clock: Clock
    ) -> None:
        audit = await opened(staff, in_review, margins)
        clock.now += 3 * PLAN_DAY
        body, key = {"number": 2, "invite": {"V_45-54": 3}}, {"Idempotency-Key": "wave-2"}
        first = await expect(staff.post(at(audit, "waves"), json=body, headers=key), 201)
        assert await expect(staff.post(at(audit, "waves"), json=body, headers=key), 201) == first
        problem = await expect(staff.post(at(audit, "waves"), json=body), 409)
        assert (problem["code"], problem["details"]) == ("wave_refused", {"drawn": 2, "most": 3})

    async def test_every_fault_is_named_at_its_place(
        self, staff: Client, in_review: dict[str, Any], margins: dict[str, Any], members: int, clock: Clock
    ) -> None:
        audit = await opened(staff, in_review, margins)
        clock.now += 3 * PLAN_DAY
        await expect(staff.post(at(audit, "cells/M_18-24/stop")), 200)
        body = {"number": 2, "invite": {"V_45-54": 500, "nowhere": 1, "M_18-24": 1}}
        problem = await expect(staff.post(at(audit, "waves"), json=body), 422)
        assert problem["code"] == "wave_invalid"
        assert {(fault["pointer"], fault["code"]) for fault in problem["errors"]} == {
            ("/invite/V_45-54", "out_of_range"),
            ("/invite/nowhere", "unknown"),
            ("/invite/M_18-24", "closed"),
        }
        wrong = await expect(staff.post(at(audit, "waves"), json={"number": 1, "invite": {"rest": -1}}), 422)
        assert {fault["pointer"] for fault in wrong["errors"]} == {"/number", "/invite/rest"}


class TestCells:
    async def test_stop_and_reopen_are_on_the_trail(self, staff: Client, fielding: dict[str, Any]) -> None:
        stopped = await expect(staff.post(at(fielding, "cells/V_45-54/stop")), 200)
        assert (stopped["key"], stopped["standing"]) == ("V_45-54", "stopped")
        found = await expect(staff.get(at(fielding)), 200)
        assert Counter(cell["standing"] for cell in found["cells"])["stopped"] == 1
        reopened = await expect(staff.post(at(fielding, "cells/V_45-54/reopen")), 200)
        assert reopened["standing"] == "open"
        told = [event["event"] for event in await events(staff, fielding)][-2:]
        assert told == ["fieldwork.stop_cell", "fieldwork.reopen_cell"]

    async def test_a_key_with_odd_signs_is_found(self, staff: Client, fielding: dict[str, Any]) -> None:
        stopped = await expect(staff.post(at(fielding, f"cells/{quote('M_75+', safe='')}/stop")), 200)
        assert stopped["key"] == "M_75+"

    async def test_an_unknown_cell_is_not_found_and_the_known_ones_are_named(
        self, staff: Client, fielding: dict[str, Any]
    ) -> None:
        problem = await expect(staff.post(at(fielding, "cells/everybody/stop")), 404)
        assert problem["code"] == "cell_unknown"
        assert "V_45-54" in problem["details"]["known"]

    @pytest.mark.parametrize("key", ["%00", "%FF", "%ED%A0%80", "V_45-54%00", "%20", "x" * 150])
    async def test_a_key_that_no_cell_can_have_is_not_found(
        self, staff: Client, fielding: dict[str, Any], key: str
    ) -> None:
        problem = await expect(staff.post(at(fielding, f"cells/{key}/stop")), 404)
        assert problem["code"] in ("cell_unknown", "not_found")

    async def test_mail_that_a_stopped_cell_held_back_goes_when_it_is_reopened(
        self, staff: Client, context: Context, fielding: dict[str, Any], clock: Clock
    ) -> None:
        await expect(staff.post(at(fielding, "cells/V_45-54/stop")), 200)
        query = "SELECT count(*) FROM ops.job WHERE kind = 'mail.wave' AND args ->> 'wave' = 'invitation'"
        before = await value(context, query)
        clock.now += PLAN_DAY
        await expect(staff.post(at(fielding, "cells/V_45-54/reopen")), 200)
        assert await value(context, query) > before


class TestObserving:
    async def observe(self, work: Work, audit: dict[str, Any], day: int) -> None:
        await jobs.observe(work, FieldworkObserve(audit_id=UUID(audit["id"]), day=day))

    async def test_evenness_is_kept_day_by_day_once_enough_people_answered(
        self, staff: Client, context: Context, fielding: dict[str, Any], work: Work, clock: Clock
    ) -> None:
        clock.now += PLAN_DAY
        await self.observe(work, fielding, 1)
        await complete(context, fielding, 0.4)
        clock.now += PLAN_DAY
        await self.observe(work, fielding, 2)
        await self.observe(work, fielding, 2)
        points = (await expect(staff.get(at(fielding)), 200))["representativity"]
        assert [point["day"] for point in points] == [1, 2]
        assert points[0]["value"] is None
        assert 0 < points[1]["lower"] <= points[1]["value"] <= points[1]["upper"] <= 1

    async def test_it_looks_again_the_next_day_until_the_audit_closes(
        self, context: Context, fielding: dict[str, Any], work: Work, clock: Clock
    ) -> None:
        query = "SELECT array_agg((args ->> 'day')::integer ORDER BY args ->> 'day') FROM ops.job WHERE kind = $1"
        assert await value(context, query, "fieldwork.observe") == [1]
        clock.now += PLAN_DAY
        await self.observe(work, fielding, 1)
        await self.observe(work, fielding, 1)
        assert await value(context, query, "fieldwork.observe") == [1, 2]
        async with context.db.transaction() as conn:
            await cases.close(conn, audit_id=UUID(fielding["id"]), actor=SYSTEM, completes=100, now=context.now())
        await self.observe(work, fielding, 2)
        assert await value(context, query, "fieldwork.observe") == [1, 2]

    async def test_staff_decide_unless_the_plan_does(
        self,
        context: Context,
        staff: Client,
        in_review: dict[str, Any],
        margins: dict[str, Any],
        members: int,
        work: Work,
        clock: Clock,
    ) -> None:
        audit = await opened(staff, in_review, margins)
        clock.now += 3 * PLAN_DAY
        await self.observe(work, audit, 3)
        assert len((await expect(staff.get(at(audit, "waves")), 200))["data"]) == 1

    async def test_a_plan_that_decides_draws_the_next_wave_when_it_is_due(
        self,
        context: Context,
        staff: Client,
        in_review: dict[str, Any],
        margins: dict[str, Any],
        members: int,
        work: Work,
        clock: Clock,
    ) -> None:
        audit = await opened(staff, in_review, margins, adaptive="plan", most_waves=3)
        await complete(context, audit, 0.2)
        clock.now += PLAN_DAY
        await self.observe(work, audit, 1)
        assert len((await expect(staff.get(at(audit, "waves")), 200))["data"]) == 1
        for day in (40, 41, 80):
            clock.now += 40 * PLAN_DAY
            await self.observe(work, audit, day)
        waves = (await expect(staff.get(at(audit, "waves")), 200))["data"]
        assert [wave["decided_by"] for wave in waves] == ["opening", "plan", "plan"]
        told = [event for event in await events(staff, audit) if event["event"] == "fieldwork.draw_wave"]
        assert [event["actor"] for event in told] == ["system", "system"]

    async def test_what_staff_stopped_stays_stopped_when_the_plan_decides(
        self,
        context: Context,
        staff: Client,
        in_review: dict[str, Any],
        margins: dict[str, Any],
        members: int,
        work: Work,
        clock: Clock,
    ) -> None:
        audit = await opened(staff, in_review, margins, adaptive="plan", most_waves=2)
        await complete(context, audit, 0.2)
        await expect(staff.post(at(audit, "cells/V_45-54/stop")), 200)
        clock.now += 40 * PLAN_DAY
        await self.observe(work, audit, 40)
        (_, second) = (await expect(staff.get(at(audit, "waves")), 200))["data"]
        drawn = {one["key"]: one["drawn"] for one in second["strata"]}
        assert drawn["V_45-54"] == 0
        assert sum(drawn.values()) == second["invited"] > 0


class TestProgress:
    async def test_staff_see_where_everybody_stands(
        self, staff: Client, context: Context, fielding: dict[str, Any]
    ) -> None:
        await complete(context, fielding, 0.5)
        seen = await expect(staff.get(at(fielding, "progress")), 200)
        assert seen["invited"] == seen["reached"] > 0
        assert seen["completed"] == seen["began"] == round(0.5 * seen["invited"])
        assert (seen["declined"], seen["broken_off"], seen["under_way"]) == (0, 0, 0)
        assert seen["pages"][0]["page"] == "consent"

    async def test_before_fieldwork_there_is_nothing_to_see(self, staff: Client, approved: dict[str, Any]) -> None:
        await expect(staff.get(at(approved, "progress")), 409)
