"""A plan is judged as a whole, and frozen so that anybody can check its hash."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from samenspraak.canonical import content_hash
from samenspraak.types.application import StoredApplication
from samenspraak.types.audit import (
    ClosingRule,
    DrawPlan,
    Plan,
    PlanRequest,
    Schedule,
    WavePlan,
    WeightingPlan,
)
from samenspraak.types.margins import MarginDimension, MarginLevel, MarginSet
from samenspraak.types.questionnaire import Finding, Questionnaire

from service.audits import plans
from service.audits.models import Case
from surveys import ballots

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def margins(*keys: str, recalled: bool = False, outdated: bool = False) -> MarginSet:
    names = keys or ("sex_age", "province", "education")
    return MarginSet(
        id="m1",
        name="CBS",
        base="18+",
        population=1,
        dimensions=tuple(MarginDimension(key=key, source_dimension=key, levels=()) for key in names),
        content_hash="a" * 64,
        imported_at=NOW,
        recalled=recalled,
        outdated=outdated,
    )


def level(code: str, share: float) -> MarginLevel:
    return MarginLevel(
        code=code,
        label_nl=code,
        label_en=code,
        population=1,
        share=share,
        reference_date="2026-01-01",
        source="none",
        provenance="read",
    )


def asked(**changes: Any) -> PlanRequest:
    plan = PlanRequest(margins_id="m1", sample_kind="simulated", closing=ClosingRule(completes=600))
    return msgspec.structs.replace(plan, **changes)


def faults(request: PlanRequest, *, known: MarginSet | None = None, drafts: int = 0) -> dict[str, str]:
    found = plans.check(request, target_completes=600, margins=known or margins(), drafts=drafts, now=NOW)
    return {fault.pointer: fault.code for fault in found}


class TestCheck:
    def test_a_sound_plan_has_no_faults(self) -> None:
        assert faults(asked()) == {}

    def test_all_faults_come_at_once(self) -> None:
        request = asked(
            sample_kind="opt_in_panel",
            closing=ClosingRule(at=NOW - timedelta(seconds=1)),
            schedule=Schedule(day_seconds=60.0, reminder_days=(3.0, 3.0)),
            weighting=WeightingPlan(dimensions=("sex_age", "shoe_size", "sex_age")),
            draw=DrawPlan(strata=("landsdeel",), seed_commitment="x"),
            subgroups=("sex", "star_sign"),
        )
        assert faults(request, known=margins(recalled=True), drafts=4) == {
            "/closing/at": "in_the_past",
            "/schedule/day_seconds": "simulated_only",
            "/schedule/reminder_days/1": "out_of_order",
            "/weighting/dimensions/1": "unknown_dimension",
            "/weighting/dimensions/2": "duplicate",
            "/draw/strata/0": "unknown_dimension",
            "/draw/seed_commitment": "not_yours",
            "/subgroups/1": "unknown_dimension",
            "/accept_draft_items": "decision_needed",
            "/accept_recalled_margins": "decision_needed",
        }

    def test_old_figures_need_a_named_decision_for_real_people_only(self) -> None:
        old, real = margins(outdated=True), asked(sample_kind="opt_in_panel")
        assert faults(real, known=old) == {"/accept_outdated_margins": "decision_needed"}
        decided = msgspec.structs.replace(real, accept_outdated_margins="Board, 1 November: newer figures come in May.")
        assert faults(decided, known=old) == {}
        assert faults(asked(), known=old) == {}

    def test_a_closing_rule_needs_completes_or_a_date(self) -> None:
        assert faults(asked(closing=ClosingRule())) == {"/closing": "missing"}
        assert faults(asked(closing=ClosingRule(at=NOW + timedelta(days=1)))) == {}

    def test_more_completes_than_the_draw_is_sized_for_need_a_date(self) -> None:
        assert faults(asked(closing=ClosingRule(completes=601))) == {"/closing/completes": "out_of_range"}
        assert faults(asked(closing=ClosingRule(completes=601, at=NOW + timedelta(days=1)))) == {}

    def test_unknown_margins_are_one_fault_at_their_place(self) -> None:
        found = plans.check(asked(), target_completes=600, margins=None, drafts=0, now=NOW)
        assert [(fault.pointer, fault.code) for fault in found] == [("/margins_id", "unknown")]

    def test_weighting_by_nothing_is_a_fault(self) -> None:
        assert faults(asked(weighting=WeightingPlan(dimensions=()))) == {"/weighting/dimensions": "too_short"}

    def test_drawing_by_nothing_is_a_fault(self) -> None:
        assert faults(asked(draw=DrawPlan(strata=()))) == {"/draw/strata": "too_short"}

    def test_a_participation_that_no_panel_could_meet_is_a_fault(self) -> None:
        assert faults(asked(draw=DrawPlan(expected_participation=1e-300))) == {
            "/draw/expected_participation": "out_of_range"
        }

    def test_fieldwork_ends_within_a_year(self) -> None:
        last = datetime.max.replace(tzinfo=UTC)
        assert faults(asked(closing=ClosingRule(at=last))) == {"/closing/at": "out_of_range"}
        assert faults(asked(closing=ClosingRule(at=NOW + timedelta(days=366)))) == {}

    def test_days_of_simulated_people_may_be_short(self) -> None:
        assert faults(asked(schedule=Schedule(day_seconds=0.5))) == {}

    @pytest.mark.parametrize("kind", ["probability", "opt_in_panel", "event", "open_link"])
    def test_real_people_need_real_days_and_named_decisions(self, kind: Any) -> None:
        request = asked(sample_kind=kind, schedule=Schedule(day_seconds=86_399.0))
        assert faults(request, drafts=1) == {
            "/schedule/day_seconds": "simulated_only",
            "/accept_draft_items": "decision_needed",
        }
        settled = asked(sample_kind=kind, accept_draft_items="J. Jansen: pilot in Utrecht")
        assert faults(settled, drafts=1) == {}

    def test_a_balanced_draw_names_what_it_balances_and_no_other_does(self) -> None:
        assert faults(asked(waves=WavePlan(method="balanced"))) == {"/waves/balance": "too_short"}
        assert faults(asked(waves=WavePlan(balance=("sex",)))) == {"/waves/balance": "not_used"}
        odd = WavePlan(method="balanced", balance=("sex", "shoe_size", "sex"))
        assert faults(asked(waves=odd)) == {
            "/waves/balance/1": "unknown_dimension",
            "/waves/balance/2": "duplicate",
        }
        assert faults(asked(waves=WavePlan(method="balanced", balance=("province", "education")))) == {}

    def test_only_a_sample_that_is_no_probability_sample_may_turn_people_away(self) -> None:
        full = WavePlan(full_cells="refuse")
        asked_for = asked(sample_kind="probability", accept_draft_items="J. Jansen", waves=full)
        assert faults(asked_for) == {"/waves/full_cells": "not_for_probability"}
        assert faults(asked(waves=full)) == {}

    def test_cells_that_need_less_than_one_complete_cannot_close(self) -> None:
        shares = {"M_18-24": 0.9995, "V_18-24": 0.0005}
        known = margins()
        dimensions = tuple(
            msgspec.structs.replace(one, levels=tuple(level(code, share) for code, share in shares.items()))
            if one.key == "sex_age"
            else one
            for one in known.dimensions
        )
        thin = msgspec.structs.replace(known, dimensions=dimensions)
        assert faults(asked(waves=WavePlan(full_cells="finish")), known=thin) == {"/waves/full_cells": "cells_too_thin"}
        assert faults(asked(waves=WavePlan(full_cells="watch")), known=thin) == {}

    def test_a_decision_of_spaces_is_none(self) -> None:
        request = asked(sample_kind="opt_in_panel", accept_draft_items="   ")
        assert faults(request, drafts=1) == {"/accept_draft_items": "decision_needed"}


def case() -> Case:
    return Case(
        id=uuid4(),
        organisation_id=uuid4(),
        application_id=uuid4(),
        application_name="Scanauto",
        form="short",
        target_completes=600,
        secret_ballot=True,
        wants_to_learn="",
        state="in_review",
        created_at=NOW,
    )


def application() -> StoredApplication:
    from tests.integration.api.harness import example

    document = {
        "id": str(uuid4()),
        "organisation_id": str(uuid4()),
        "version": 3,
        "application": example(),
        "readability": {
            "words": 100,
            "sentences": 10,
            "flesch_douma": 71.0,
            "brouwer": 70.0,
            "longest_sentence": 15,
            "passes": True,
        },
        "created_at": NOW,
    }
    return msgspec.convert(document, StoredApplication)


def questionnaire() -> Questionnaire:
    return Questionnaire(id="q", version=1, form="short", languages=("nl",), pages=(), arms=())


class TestFreeze:
    def freeze(self, request: PlanRequest, seed: str) -> tuple[Plan, str]:
        stored = application()
        return plans.freeze(
            request,
            case=case(),
            application=stored,
            questionnaire=questionnaire(),
            margins=margins(),
            ballot=ballots.define(stored.application),
            seed=seed,
            now=NOW,
        )

    @settings(deadline=None, max_examples=50)
    @given(days=st.floats(min_value=0.01, max_value=86_400), completes=st.integers(100, 20_000))
    def test_the_hash_is_that_of_the_plan_as_it_is_read_back(self, days: float, completes: int) -> None:
        request = asked(schedule=Schedule(day_seconds=days), closing=ClosingRule(completes=completes))
        plan, plan_hash = self.freeze(request, "0" * 32)
        assert content_hash(plan) == plan_hash
        assert content_hash(msgspec.json.decode(msgspec.json.encode(plan), type=Plan)) == plan_hash

    def test_whole_numbers_hash_as_they_are_read_back(self) -> None:
        plan, plan_hash = self.freeze(asked(schedule=Schedule(day_seconds=86_400, reminder_days=(3, 7))), "0" * 32)
        assert content_hash(msgspec.json.decode(msgspec.json.encode(plan), type=Plan)) == plan_hash

    def test_the_plan_holds_the_commitment_and_not_the_seed(self) -> None:
        seed = os.urandom(16).hex()
        plan, _ = self.freeze(asked(), seed)
        assert plan.draw.seed_commitment == plans.commitment(seed)
        assert seed.encode() not in msgspec.json.encode(plan)

    def test_a_plan_from_before_waves_is_read_without_them_and_keeps_its_hash(self) -> None:
        plan, _ = self.freeze(asked(), "0" * 32)
        old = msgspec.structs.replace(plan, waves=UNSET)
        stored = msgspec.json.encode(old)
        assert b"waves" not in stored
        read = msgspec.json.decode(stored, type=Plan)
        assert read.waves is UNSET
        assert content_hash(read) == content_hash(old) != content_hash(plan)

    def test_how_invitations_go_out_is_part_of_the_plan(self) -> None:
        plan, plan_hash = self.freeze(asked(waves=WavePlan(rest_days=14)), "0" * 32)
        assert plan.waves == WavePlan(rest_days=14)
        assert plan_hash != self.freeze(asked(), "0" * 32)[1]

    def test_another_seed_or_rule_is_another_plan(self) -> None:
        hashes = {
            self.freeze(asked(), "0" * 32)[1],
            self.freeze(asked(), "1" * 32)[1],
            self.freeze(asked(closing=ClosingRule(completes=599)), "0" * 32)[1],
        }
        assert len(hashes) == 3


class TestGate:
    def test_a_clear_application_passes(self) -> None:
        warning = Finding(severity="warning", code="long", path="/pages/0", message="rather long")
        gate = plans.inspect(application(), [warning])
        assert (gate.passes, gate.reasons, gate.lint) == (True, (), (warning,))

    def test_every_reason_is_named(self) -> None:
        stored = application()
        arguments = stored.application.arguments
        goal = msgspec.structs.replace(stored.application.comprehension.goal, correct=77)
        changed = msgspec.structs.replace(
            stored.application,
            arguments=msgspec.structs.replace(arguments, in_favour=[*arguments.in_favour, arguments.in_favour[0]]),
            comprehension=msgspec.structs.replace(stored.application.comprehension, goal=goal),
        )
        hard = msgspec.structs.replace(stored.readability, passes=False, flesch_douma=12.0, remarks=["Long words."])
        error = Finding(severity="error", code="loop", path="/pages/3", message="never shown")
        gate = plans.inspect(msgspec.structs.replace(stored, application=changed, readability=hard), [error])
        assert not gate.passes
        assert not gate.balanced_arguments
        assert not gate.comprehension_keys
        text = " ".join(gate.reasons)
        for word in ("Flesch-Douma 12", "Long words.", "balanced", "right answer", "/pages/3: never shown"):
            assert word in text
