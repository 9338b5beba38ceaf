"""Simulated respondents walk every route before a real one does."""

import pytest
from msgspec.structs import replace
from samenspraak.types.application import Application
from samenspraak.types.expressions import AllOf, AnswerOf, Compare, Constant
from samenspraak.types.questionnaire import Jump

from surveys import battery, routing, simulation
from surveys.models import Respondent


@pytest.mark.parametrize("form", ["short", "standard", "long"])
def test_every_page_and_question_of_the_battery_is_reached(application: Application, form: str) -> None:
    q = battery.build(application, form=form)  # type: ignore[arg-type]
    found = simulation.simulate(q, 300, 7)
    assert found.pages_never_reached == ()
    assert found.questions_never_asked == ()
    counts = [arm.people for arm in found.arms]
    assert sum(counts) == 300
    assert max(counts) - min(counts) <= 1


def test_the_same_seed_gives_the_same_people_and_another_seed_others(application: Application) -> None:
    q = battery.build(application, form="short")
    assert simulation.simulate(q, 50, 1) == simulation.simulate(q, 50, 1)
    assert simulation.simulate(q, 50, 1).rows != simulation.simulate(q, 50, 2).rows


def test_dummy_answers_lie_on_the_route_of_whoever_gave_them(application: Application) -> None:
    q = battery.build(application, form="standard")
    for row in simulation.simulate(q, 60, 3).rows:
        who = Respondent(arm=row.arm, seed=row.seed, easy=row.easy)
        assert row.answers.keys() <= routing.on_route(q, who, row.answers)


def test_a_page_that_nobody_can_reach_is_found(application: Application) -> None:
    q = battery.build(application, form="short")
    never = AllOf(
        of=tuple(Compare(left=AnswerOf(question="GK_KNOW"), test="eq", right=Constant(value=code)) for code in (1, 2))
    )
    closed = tuple(replace(page, show_if=never) if page.key == "vote" else page for page in q.pages)
    assert "vote" in simulation.simulate(replace(q, pages=closed), 200, 1).pages_never_reached


def test_pages_that_a_jump_passes_over_are_not_reached(application: Application) -> None:
    q = battery.build(application, form="short")
    pages = (replace(q.pages[0], next=(Jump(to=q.pages[-1].key),)), *q.pages[1:])
    found = simulation.simulate(replace(q, pages=pages, arms=()), 40, 1)
    assert set(found.pages_never_reached) >= {page.key for page in q.pages[2:-1]}
    assert [(jump.to, jump.followed > 0) for jump in found.jumps] == [(q.pages[-1].key, True)]


@pytest.mark.parametrize("n", [0, -1, 2001])
def test_a_number_that_makes_no_sense_is_refused(application: Application, n: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 2000"):
        simulation.simulate(battery.build(application, form="short"), n, 1)
