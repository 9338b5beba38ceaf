"""The life of an assembly as a table: what leads where, and that nothing about a public lottery can change."""

import itertools
from typing import get_args

import pytest
from samenspraak.types.assembly import AssemblyState

from panels.assemblies.states import FIXED, SETTLED_BEFORE, TRANSITIONS, Event, target
from panels.errors import AssemblyStepRefused, LotteryPublished

STATES: tuple[AssemblyState, ...] = get_args(AssemblyState)
EVENTS: tuple[Event, ...] = get_args(Event)

MAIN_ROAD: tuple[tuple[Event, str, AssemblyState], ...] = (
    ("open_recruiting", "staff", "recruiting"),
    ("close_pool", "staff", "pool_closed"),
    ("solve", "staff", "solving"),
    ("find", "system", "solved"),
    ("publish", "staff", "published"),
    ("enter_value", "staff", "published"),
    ("draw", "staff", "drawn"),
    ("seat", "staff", "seated"),
    ("end", "staff", "ended"),
)


def after(state: AssemblyState) -> set[AssemblyState]:
    return {step.target for step in TRANSITIONS if step.source == state} - {state}


def test_the_main_road_leads_from_draft_to_ended() -> None:
    state: AssemblyState = "draft"
    for event, role, expected in MAIN_ROAD:
        state = target(state, event, role)
        assert state == expected


def test_an_impossible_panel_comes_back_with_other_quotas() -> None:
    assert target("solving", "find_impossible", "system") == "impossible"
    assert target("impossible", "change_quotas", "staff") == "pool_closed"


def test_seats_given_back_are_drawn_by_a_further_lottery() -> None:
    assert target("drawn", "replace", "staff") == "pool_closed"


@pytest.mark.parametrize(("state", "event"), list(itertools.product(STATES, EVENTS)))
def test_what_the_table_does_not_name_is_refused(state: AssemblyState, event: Event) -> None:
    named = {(step.source, step.event): step for step in TRANSITIONS}
    for role in ("developer", "staff", "fieldwork", "auditor", "system"):
        step = named.get((state, event))
        if step is not None and role in step.roles:
            assert target(state, event, role) == step.target
        else:
            with pytest.raises((AssemblyStepRefused, LotteryPublished)) as caught:
                target(state, event, role)
            assert caught.value.details == {"state": state, "event": event}


@pytest.mark.parametrize("state", FIXED)
@pytest.mark.parametrize(
    "event", ["load_volunteers", "close_pool", "change_quotas", "name_randomness", "solve", "publish"]
)
def test_nothing_about_a_public_lottery_can_be_changed_or_done_again(state: AssemblyState, event: Event) -> None:
    with pytest.raises(LotteryPublished):
        target(state, event, "staff")


@pytest.mark.parametrize("state", ["drawn", "seated", "ended"])
def test_a_lottery_is_drawn_once(state: AssemblyState) -> None:
    for event in ("enter_value", "draw"):
        with pytest.raises(LotteryPublished):
            target(state, event, "staff")


def test_what_settles_a_lottery_is_possible_before_it_is_public_only() -> None:
    for step in TRANSITIONS:
        if step.event in SETTLED_BEFORE and step.source in FIXED:
            assert (step.source, step.event) in {("published", "enter_value"), ("published", "draw")}


def test_after_the_drawing_nobody_can_cancel() -> None:
    for state in ("drawn", "seated", "ended"):
        with pytest.raises(AssemblyStepRefused):
            target(state, "cancel", "staff")


def test_every_state_can_be_reached_and_only_two_are_final() -> None:
    assert {step.target for step in TRANSITIONS} | {"draft"} == set(STATES)
    assert {state for state in STATES if not after(state)} == {"ended", "cancelled"}


def test_only_staff_and_the_calculation_move_an_assembly() -> None:
    assert {role for step in TRANSITIONS for role in step.roles} == {"staff", "system"}
    assert {step.event for step in TRANSITIONS if "system" in step.roles} == {"find", "find_impossible"}


def test_a_refusal_says_from_where_the_step_is_possible() -> None:
    with pytest.raises(AssemblyStepRefused, match="`open_recruiting` is possible from: draft"):
        target("seated", "open_recruiting", "staff")
