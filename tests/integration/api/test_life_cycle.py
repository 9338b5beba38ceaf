"""The life cycle over HTTP: each step once, in order, by who may make it, and with everything that follows from it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from samenspraak.canonical import content_hash
from samenspraak.types.audit import Plan

from service.audits import cases, plans
from service.audits.models import SYSTEM
from service.context import Context
from service.db import Databases
from tests.integration.api.harness import Client, Clock, example, expect, plan


async def jobs(staff: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await expect(staff.get("/v1/staff/jobs?limit=100"), 200))["data"]
    return found


class TestReview:
    async def test_the_gate_passes_a_clear_application(self, staff: Client, in_review: dict[str, Any]) -> None:
        gate = await expect(staff.get(f"/v1/staff/audits/{in_review['id']}/gate"), 200)
        assert gate["passes"] is True, gate["reasons"]
        assert gate["reasons"] == []

    async def test_a_text_at_level_c1_does_not_pass_and_cannot_be_approved(
        self, developer: Client, staff: Client, margins: dict[str, Any], members: int
    ) -> None:
        document = example()
        hard = (
            "De desbetreffende gemeentelijke organisatie implementeert een geautomatiseerd "
            "besluitvormingsondersteunend informatiesysteem waarmee heterogene persoonsgegevensverzamelingen, "
            "onverminderd de toepasselijke privacywetgeving, probabilistisch geclassificeerd worden teneinde "
            "handhavingscapaciteitstoewijzing te optimaliseren."
        )
        for section in document["description"]["nl"]:
            section["text"] = hard
        stored = await expect(developer.post("/v1/applications", json=document), 201)
        audit = await expect(
            developer.post(
                "/v1/audits", json={"application_id": stored["id"], "form": "short", "target_completes": 100}
            ),
            201,
        )
        await expect(developer.post(f"/v1/audits/{audit['id']}/submit"), 200)
        await expect(staff.post(f"/v1/staff/audits/{audit['id']}/review"), 200)
        gate = await expect(staff.get(f"/v1/staff/audits/{audit['id']}/gate"), 200)
        assert gate["passes"] is False
        assert gate["readability"]["flesch_douma"] < 60
        problem = await expect(staff.post(f"/v1/staff/audits/{audit['id']}/approve", json=plan(margins)), 409)
        assert problem["code"] == "gate_closed"
        assert any("hard to read" in fault["detail"] for fault in problem["errors"])

    async def test_changes_are_asked_with_a_reason_and_the_owner_may_submit_again(
        self, developer: Client, staff: Client, in_review: dict[str, Any]
    ) -> None:
        asked = await expect(
            staff.post(f"/v1/staff/audits/{in_review['id']}/request-changes", json={"reason": "Shorten it."}), 200
        )
        assert (asked["state"], asked["reason"]) == ("draft", "Shorten it.")
        again = await expect(developer.post(f"/v1/audits/{in_review['id']}/submit"), 200)
        assert (again["state"], again["reason"]) == ("submitted", None)

    async def test_a_refusal_carries_its_public_reason(self, staff: Client, in_review: dict[str, Any]) -> None:
        refused = await expect(
            staff.post(f"/v1/staff/audits/{in_review['id']}/refuse", json={"reason": "Not a public matter."}), 200
        )
        assert (refused["state"], refused["reason"]) == ("refused", "Not a public matter.")

    async def test_steps_out_of_order_are_refused_and_change_nothing(
        self, developer: Client, staff: Client, draft: dict[str, Any], margins: dict[str, Any]
    ) -> None:
        for step in ("review", "open", "close", "publish"):
            problem = await expect(staff.post(f"/v1/staff/audits/{draft['id']}/{step}"), 409)
            assert problem["code"] == "transition_refused"
        await expect(staff.post(f"/v1/staff/audits/{draft['id']}/approve", json=plan(margins)), 409)
        assert (await expect(developer.get(f"/v1/audits/{draft['id']}"), 200))["state"] == "draft"


class TestApproval:
    async def test_the_plan_is_frozen_and_its_hash_can_be_computed_by_anybody(
        self, approved: dict[str, Any], application: dict[str, Any], developer: Client
    ) -> None:
        assert approved["state"] == "approved"
        frozen = msgspec.convert(approved["plan"], Plan)
        assert content_hash(frozen) == approved["plan_hash"]
        assert frozen.application_id == application["id"]
        questionnaire = await developer.get(f"/v1/audits/{approved['id']}/questionnaire")
        assert frozen.questionnaire_hash == content_hash(questionnaire.json())

    async def test_the_seed_is_committed_to_and_stays_secret(
        self, approved: dict[str, Any], context: Context, developer: Client
    ) -> None:
        async with context.db.reading() as conn:
            case = await cases.find(conn, audit_id=msgspec.convert(approved["id"], UUID))
        assert case.seed is not None
        assert approved["plan"]["draw"]["seed_commitment"] == plans.commitment(case.seed)
        for path in ("", "/events", "/questionnaire"):
            answer = await developer.get(f"/v1/audits/{approved['id']}{path}")
            assert case.seed not in answer.text

    async def test_every_fault_of_a_plan_comes_back_at_once(
        self, staff: Client, in_review: dict[str, Any], margins: dict[str, Any], now: Any
    ) -> None:
        faulty = plan(
            margins,
            sample_kind="opt_in_panel",
            closing={"at": (now - timedelta(days=1)).isoformat()},
            weighting={"dimensions": ["sex_age", "shoe_size"]},
            subgroups=["sex", "star_sign"],
        )
        problem = await expect(staff.post(f"/v1/staff/audits/{in_review['id']}/approve", json=faulty), 422)
        assert problem["code"] == "plan_invalid"
        assert {fault["pointer"] for fault in problem["errors"]} >= {
            "/closing/at",
            "/weighting/dimensions/1",
            "/subgroups/1",
            "/schedule/day_seconds",
            "/accept_draft_items",
        }

    async def test_unknown_margins_are_a_fault_of_the_plan(self, staff: Client, in_review: dict[str, Any]) -> None:
        problem = await expect(
            staff.post(f"/v1/staff/audits/{in_review['id']}/approve", json=plan({"id": "nothing"})), 422
        )
        assert "/margins_id" in {fault["pointer"] for fault in problem["errors"]}


class TestFieldwork:
    async def test_opening_draws_people_and_queues_their_mail(
        self, staff: Client, fielding: dict[str, Any], databases: Databases
    ) -> None:
        assert (fielding["state"], fielding["completes"]) == ("fielding", 0)
        state = await expect(staff.get(f"/v1/staff/audits/{fielding['id']}/fieldwork"), 200)
        assert state["invited"] >= 200
        assert state["ballots_cast"] is None
        kinds = [job["kind"] for job in await jobs(staff)]
        assert kinds.count("mail.wave") == 2 * -(-state["invited"] // 100)

    async def test_opening_twice_draws_once(self, staff: Client, fielding: dict[str, Any]) -> None:
        before = await expect(staff.get(f"/v1/staff/audits/{fielding['id']}/fieldwork"), 200)
        problem = await expect(staff.post(f"/v1/staff/audits/{fielding['id']}/open"), 409)
        assert problem["code"] == "transition_refused"
        assert await expect(staff.get(f"/v1/staff/audits/{fielding['id']}/fieldwork"), 200) == before

    async def test_the_tally_key_lies_in_a_file_only_its_owner_reads(
        self, fielding: dict[str, Any], context: Context
    ) -> None:
        file = context.settings.secrets_dir / "ballots" / f"{fielding['id']}.key"
        assert len(file.read_bytes()) == 32
        assert file.stat().st_mode & 0o077 == 0

    async def test_a_panel_that_is_too_small_is_told_whom_to_recruit_and_nobody_is_invited(
        self, developer: Client, staff: Client, application: dict[str, Any], margins: dict[str, Any], members: int
    ) -> None:
        asked = {"application_id": application["id"], "form": "short", "target_completes": 5000}
        audit = await expect(developer.post("/v1/audits", json=asked), 201)
        await expect(developer.post(f"/v1/audits/{audit['id']}/submit"), 200)
        await expect(staff.post(f"/v1/staff/audits/{audit['id']}/review"), 200)
        await expect(staff.post(f"/v1/staff/audits/{audit['id']}/approve", json=plan(margins)), 200)
        problem = await expect(staff.post(f"/v1/staff/audits/{audit['id']}/open"), 409)
        assert problem["code"] == "panel_too_small"
        assert (await expect(staff.get(f"/v1/audits/{audit['id']}"), 200))["state"] == "approved"

    async def test_the_owner_sees_counts_and_nothing_that_depends_on_answers(
        self, developer: Client, fielding: dict[str, Any]
    ) -> None:
        state = await expect(developer.get(f"/v1/audits/{fielding['id']}/fieldwork"), 200)
        assert set(state["dispositions"]) == {"completed"}
        for path in ("report", "report.html", "report.pdf", "tables.csv"):
            problem = await expect(developer.get(f"/v1/audits/{fielding['id']}/{path}"), 404)
            assert problem["code"] == "report_not_ready"

    async def test_from_fielding_on_nobody_can_bury_a_result(self, developer: Client, fielding: dict[str, Any]) -> None:
        problem = await expect(
            developer.post(f"/v1/audits/{fielding['id']}/withdraw", json={"reason": "We changed our mind."}), 409
        )
        assert problem["code"] == "transition_refused"

    async def test_before_fieldwork_the_owner_may_withdraw_with_a_reason(
        self, developer: Client, approved: dict[str, Any]
    ) -> None:
        withdrawn = await expect(
            developer.post(f"/v1/audits/{approved['id']}/withdraw", json={"reason": "We stopped the project."}), 200
        )
        assert (withdrawn["state"], withdrawn["reason"]) == ("withdrawn", "We stopped the project.")


class TestClosing:
    async def test_closing_before_the_rule_is_met_says_what_is_missing(
        self, staff: Client, fielding: dict[str, Any]
    ) -> None:
        problem = await expect(staff.post(f"/v1/staff/audits/{fielding['id']}/close"), 409)
        assert problem["code"] == "closing_rule_unmet"
        assert "100 more completes" in problem["detail"]
        assert problem["details"]["completes_needed"] == 100

    async def test_enough_completes_queue_the_closing_once(self, context: Context, fielding: dict[str, Any]) -> None:
        audit_id = UUID(fielding["id"])
        queued = []
        for completes in (99, 100, 101):
            async with context.db.transaction() as conn:
                queued.append(await cases.reach_target(conn, audit_id=audit_id, completes=completes, now=context.now()))
        assert queued == [False, True, False]

    async def test_closing_happens_once_and_queues_the_report(
        self, context: Context, staff: Client, fielding: dict[str, Any], databases: Databases
    ) -> None:
        audit_id = UUID(fielding["id"])
        async with databases.worker.transaction() as conn:
            closed = await cases.close(conn, audit_id=audit_id, actor=SYSTEM, completes=100, now=context.now())
        assert closed.state == "closed"
        problem = await expect(staff.post(f"/v1/staff/audits/{fielding['id']}/close"), 409)
        assert (problem["code"], problem["details"]["state"]) == ("transition_refused", "closed")
        assert [job["kind"] for job in await jobs(staff)].count("report.build") == 1

    @pytest.mark.parametrize(("seconds", "status"), [(59, 409), (60, 200)])
    async def test_a_date_closes_after_its_grace(
        self,
        staff: Client,
        in_review: dict[str, Any],
        margins: dict[str, Any],
        members: int,
        clock: Clock,
        seconds: int,
        status: int,
    ) -> None:
        ends = clock.now + timedelta(days=1)
        dated = plan(margins, closing={"at": ends.isoformat(), "grace_seconds": 60})
        await expect(staff.post(f"/v1/staff/audits/{in_review['id']}/approve", json=dated), 200)
        await expect(staff.post(f"/v1/staff/audits/{in_review['id']}/open"), 200)
        assert "survey.close" in [job["kind"] for job in await jobs(staff)]
        clock.now = ends + timedelta(seconds=seconds)
        await expect(staff.post(f"/v1/staff/audits/{in_review['id']}/close"), status)
