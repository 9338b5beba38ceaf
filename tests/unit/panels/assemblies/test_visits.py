"""What there is to say to somebody, in every moment of an assembly."""

import itertools
from typing import get_args

import pytest
from samenspraak.types.assembly import AssemblyState

from panels.assemblies import visits
from panels.assemblies.models import CandidateAnswer, Stage, Visitor
from tests.unit.panels.assemblies.factory import DRAWN, IN_POOL, PUBLISHED, assembly, candidate, seat, visitors


@pytest.mark.parametrize("stage", get_args(Stage))
def test_every_stage_can_be_reached(stage: Stage) -> None:
    assert visits.stage(visitors()[stage]) == stage


def test_every_state_and_answer_has_something_to_say() -> None:
    for state, answer in itertools.product(get_args(AssemblyState), get_args(CandidateAnswer)):
        moments = DRAWN if state in ("drawn", "seated", "ended") else PUBLISHED if state == "published" else {}
        found = visits.stage(Visitor(assembly=assembly(state=state, **moments), candidate=candidate(answer=answer)))
        assert found in get_args(Stage)


@pytest.mark.parametrize("state", ["pool_closed", "solving", "impossible", "solved", "published", "drawn"])
def test_a_seat_that_was_offered_can_be_taken_while_free_ones_are_drawn_again(state: AssemblyState) -> None:
    visitor = Visitor(assembly=assembly(state=state, round=2, **DRAWN), candidate=candidate(**IN_POOL), seat=seat())
    assert visits.stage(visitor) == "offered"


def test_the_number_of_panels_follows_from_the_chance() -> None:
    assert visitors()["published"].holding == 34
    assert visitors()["asked"].holding == 0
