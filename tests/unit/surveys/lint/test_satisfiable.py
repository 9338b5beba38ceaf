"""Conditions that are reported as never true are never true: by cases, and against every answer there is."""

import itertools
import random

import pytest
from samenspraak.types.base import Localised
from samenspraak.types.expressions import (
    AllOf,
    Answered,
    AnswerOf,
    AnyCondition,
    AnyOf,
    Chosen,
    Compare,
    Constant,
    Count,
    Has,
    InArm,
    Not,
    OneOf,
    Profile,
)
from samenspraak.types.questionnaire import AnswerValue, Matrix, Multi, Numeric, Open, Option, Row, Single

from surveys.expressions import holds
from surveys.lint.satisfiable import World, always, never
from surveys.models import Respondent

TEXT = Localised(nl="Vraag?", en="Question?")
CODES = tuple(Option(code=code, label=TEXT) for code in (1, 2, 3))
AGE = Numeric(key="AGE", text=TEXT, minimum=16, maximum=20)
SHARE = Numeric(key="SHARE", text=TEXT, minimum=0, maximum=1, decimals=1)
PICK = Single(key="PICK", text=TEXT, options=(*CODES, Option(code=9, label=TEXT, ends=True)))
LIST = Multi(key="LIST", text=TEXT, options=CODES)
GRID = Matrix(key="GRID", text=TEXT, rows=(Row(key="a", text=TEXT),), options=CODES)
WHY = Open(key="WHY", text=TEXT)
WORLD = World({one.key: (one,) for one in (AGE, SHARE, PICK, LIST, GRID, WHY)}, ("old/x", "new/x"))


def answer(question: str, test: str, value: float | str, row: str = "") -> Compare:
    return Compare(left=AnswerOf(question=question, row=row), test=test, right=Constant(value=value))


def both(*parts: AnyCondition) -> AllOf:
    return AllOf(of=parts)


def either(*parts: AnyCondition) -> AnyOf:
    return AnyOf(of=parts)


def one_of(question: str, *values: int | str) -> OneOf:
    return OneOf(term=AnswerOf(question=question), values=values)


NEVER: dict[str, AnyCondition] = {
    "under 17 and over 18": both(answer("AGE", "lt", 17), answer("AGE", "gt", 18)),
    "between two whole years": both(answer("AGE", "gt", 17), answer("AGE", "lt", 18)),
    "older than the question allows": answer("AGE", "gt", 20),
    "a tenth that cannot be typed": answer("SHARE", "eq", 0.25),
    "every code excluded": both(*(answer("PICK", "ne", code) for code in (1, 2, 3))),
    "a code excluded and asked for": both(Not(of=one_of("PICK", 2, 3)), one_of("PICK", 2)),
    "after an answer that ends": one_of("PICK", 9),
    "an option chosen and not": both(Has(question="LIST", code=1), Not(of=Has(question="LIST", code=1))),
    "an option that does not exist": Has(question="LIST", code=7),
    "more chosen than there are": Compare(left=Chosen(question="LIST"), test="gt", right=Constant(value=3)),
    "answered and not": both(answer("AGE", "eq", 18), Not(of=Answered(question="AGE"))),
    "a text compared with a number": answer("WHY", "eq", 3),
    "a text in an order": answer("WHY", "lt", "b"),
    "two texts at once": both(answer("WHY", "eq", "a"), answer("WHY", "eq", "b")),
    "a whole matrix": answer("GRID", "eq", 1),
    "one row with two answers": both(answer("GRID", "eq", 1, "a"), answer("GRID", "eq", 2, "a")),
    "two arms at once": both(InArm(key="old"), InArm(key="new")),
    "an arm that does not exist": InArm(key="third"),
    "two sexes": both(
        *(Compare(left=Profile(field="sex"), test="eq", right=Constant(value=sex)) for sex in ("M", "V"))
    ),
    "three of two": Compare(
        left=Count(of=(answer("AGE", "gt", 17), one_of("PICK", 1))), test="ge", right=Constant(value=3)
    ),
    "one of which one cannot": Compare(
        left=Count(of=(answer("AGE", "gt", 99), one_of("PICK", 1))), test="eq", right=Constant(value=2)
    ),
    "or of what cannot": either(answer("AGE", "gt", 30), one_of("PICK", 7)),
    "or that leaves another": both(either(answer("PICK", "eq", 1), answer("PICK", "eq", 2)), answer("PICK", "gt", 2)),
    "more than itself": Compare(left=AnswerOf(question="AGE"), test="gt", right=AnswerOf(question="AGE")),
    "a share above an age": Compare(left=AnswerOf(question="SHARE"), test="gt", right=AnswerOf(question="AGE")),
}

POSSIBLE: dict[str, AnyCondition] = {
    "the edge of the range": answer("AGE", "ge", 20),
    "a tenth": answer("SHARE", "eq", 0.2),
    "two options of a list": both(Has(question="LIST", code=1), Has(question="LIST", code=2)),
    "one code left": both(answer("PICK", "ne", 1), answer("PICK", "ne", 2)),
    "not answered": Not(of=Answered(question="AGE")),
    "one arm": InArm(key="old"),
    "unknown to the analysis": answer("ELSEWHERE", "eq", 1),
}


@pytest.mark.parametrize("case", NEVER)
def test_what_can_never_be_true_is_found(case: str) -> None:
    assert never(NEVER[case], WORLD)


@pytest.mark.parametrize("case", POSSIBLE)
def test_what_can_be_true_is_left_alone(case: str) -> None:
    assert not never(POSSIBLE[case], WORLD)


def test_a_question_nobody_is_asked_makes_conditions_on_it_impossible() -> None:
    world = WORLD._replace(silent=frozenset({"AGE"}))
    assert never(answer("AGE", "ge", 16), world)
    assert never(Answered(question="AGE"), world)
    assert not never(Not(of=Answered(question="AGE")), world)


def test_an_answer_implies_the_condition_of_its_question() -> None:
    asked_of_first = Single(key="NEXT", text=TEXT, options=CODES, show_if=one_of("PICK", 1))
    world = WORLD._replace(questions={**WORLD.questions, "NEXT": (asked_of_first,)})
    assert never(both(one_of("NEXT", 2), one_of("PICK", 2)), world)
    assert not never(both(one_of("NEXT", 2), one_of("PICK", 1)), world)


def test_what_is_true_of_every_answer_is_found() -> None:
    assert always(one_of("PICK", 1, 2, 3), WORLD)
    assert always(answer("AGE", "ge", 16), WORLD)
    assert not always(answer("AGE", "gt", 16), WORLD)


def every_case() -> list[tuple[Respondent, dict[str, AnswerValue]]]:
    """Every combination of answers, with and without each."""
    ages, picks = (None, 16, 17, 18, 19, 20), (None, 1, 2, 3)
    lists = (None, [], [1], [2], [1, 2], [1, 2, 3])
    grids, words = (None, {"a": 1}, {"a": 3}), (None, "a", "b")
    return [
        (Respondent(arm=arm), {"AGE": age, "PICK": pick, "LIST": chosen, "GRID": grid, "WHY": why})
        for arm, age, pick, chosen, grid, why in itertools.product(WORLD.arms, ages, picks, lists, grids, words)
    ]


def anything(lots: random.Random, depth: int) -> AnyCondition:
    """A random condition on these questions."""
    if depth and lots.random() < 0.7:
        parts = tuple(anything(lots, depth - 1) for _ in range(lots.randint(1, 3)))
        return lots.choice((AllOf(of=parts), AllOf(of=parts), AnyOf(of=parts), Not(of=parts[0])))
    test = lots.choice(("eq", "ne", "lt", "le", "gt", "ge"))
    return lots.choice(
        (
            answer("AGE", test, lots.randint(14, 22)),
            answer("PICK", test, lots.randint(0, 4)),
            answer("GRID", test, lots.randint(0, 4), "a"),
            answer("WHY", test, lots.choice(("a", "b", "c"))),
            answer("WHY", test, 1),
            answer("LIST", test, 1),
            one_of("PICK", *lots.sample((1, 2, 3, "a"), 2)),
            one_of("LIST", *lots.sample((1, 2, 3, 4), 2)),
            one_of("WHY", "a", 1),
            Has(question=lots.choice(("LIST", "PICK", "GRID", "AGE", "WHY")), code=lots.randint(1, 4)),
            Answered(question=lots.choice(("AGE", "PICK", "LIST", "GRID", "WHY"))),
            Answered(question="GRID", row="a"),
            InArm(key=lots.choice(("old", "new", "x", "third"))),
            Compare(left=Chosen(question="LIST"), test=test, right=Constant(value=lots.randint(0, 4))),
            Compare(left=AnswerOf(question="AGE"), test=test, right=AnswerOf(question="PICK")),
            Compare(left=Constant(value=lots.randint(1, 3)), test=test, right=Constant(value=2)),
            Compare(
                left=Count(of=(answer("AGE", "gt", 17), Has(question="LIST", code=1))),
                test=test,
                right=Constant(value=lots.randint(0, 3)),
            ),
        )
    )


def test_no_answers_make_true_what_is_reported_as_never_true() -> None:
    lots = random.Random(20261124)
    cases = lots.sample(every_case(), 250)
    reported = 0
    for _ in range(1500):
        condition = anything(lots, 3)
        if never(condition, WORLD):
            reported += 1
            assert not any(holds(condition, who, answers) is True for who, answers in cases), condition
        if always(condition, WORLD):
            assert not any(holds(condition, who, answers) is False for who, answers in cases), condition
    assert reported > 200
