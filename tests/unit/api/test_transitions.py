"""The life cycle as a table: what leads where, and that no way leads past publication."""

import itertools
from typing import get_args

import pytest
from samenspraak.types.audit import AuditState

from service.audits.errors import TransitionRefused
from service.audits.models import SYSTEM, Actor
from service.audits.transitions import TRANSITIONS, Event, target

STATES: tuple[AuditState, ...] = get_args(AuditState)
EVENTS: tuple[Event, ...] = get_args(Event)
STAFF = Actor(role="staff")
DEVELOPER = Actor(role="developer")

MAIN_ROAD: tuple[tuple[Event, Actor, AuditState], ...] = (
    ("submit", DEVELOPER, "submitted"),
    ("start_review", STAFF, "in_review"),
    ("approve", STAFF, "approved"),
    ("open_fieldwork", STAFF, "fielding"),
    ("close", SYSTEM, "closed"),
    ("begin_analysis", SYSTEM, "analysing"),
    ("record_report", SYSTEM, "reported"),
    ("publish", SYSTEM, "published"),
)


def after(state: AuditState) -> set[AuditState]:
    return {step.target for step in TRANSITIONS if step.source == state}


def test_the_main_road_leads_from_draft_to_published() -> None:
    state: AuditState = "draft"
    for event, actor, expected in MAIN_ROAD:
        state = target(state, event, actor)
        assert state == expected


@pytest.mark.parametrize(("state", "event"), list(itertools.product(STATES, EVENTS)))
def test_what_the_table_does_not_name_is_refused(state: AuditState, event: Event) -> None:
    named = {(step.source, step.event): step for step in TRANSITIONS}
    for role in ("developer", "staff", "fieldwork", "auditor", "system"):
        actor = Actor(role=role)
        step = named.get((state, event))
        if step is not None and role in step.roles:
            assert target(state, event, actor) == step.target
        else:
            with pytest.raises(TransitionRefused) as caught:
                target(state, event, actor)
            assert caught.value.details == {"state": state, "event": event}


def test_from_fielding_on_the_only_way_is_to_publication() -> None:
    reached: list[AuditState] = ["fielding"]
    while ahead := after(reached[-1]):
        assert len(ahead) == 1
        reached.append(ahead.pop())
    assert reached == ["fielding", "closed", "analysing", "reported", "published"]


def test_every_state_can_be_reached_and_only_three_are_final() -> None:
    assert {step.target for step in TRANSITIONS} | {"draft"} == set(STATES)
    assert {state for state in STATES if not after(state)} == {"published", "refused", "withdrawn"}


def test_a_refusal_says_from_where_the_step_is_possible() -> None:
    with pytest.raises(TransitionRefused, match="`withdraw` is possible from: draft, submitted, in_review, approved"):
        target("fielding", "withdraw", DEVELOPER)


def test_fieldwork_and_auditors_move_nothing() -> None:
    assert not {role for step in TRANSITIONS for role in step.roles} & {"fieldwork", "auditor"}
