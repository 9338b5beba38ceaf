"""The owner's own questions: where they stand, and what is said of those that cannot be asked."""

import msgspec
import pytest
from samenspraak.types.application import Application
from samenspraak.types.expressions import AnswerOf, OneOf
from samenspraak.types.questionnaire import (
    AnyQuestion,
    Info,
    Likert,
    Matrix,
    MaxDiff,
    Multi,
    Numeric,
    Open,
    Option,
    Row,
    Single,
    Slider,
    Statement,
)

from surveys import battery, own
from surveys.lint import lint
from tests.unit.surveys.conftest import text

YES = Option(code=1, label=text("Ja", "Yes"))
NO = Option(code=2, label=text("Nee", "No"))
CAR = Single(key="OWN_CAR", text=text("Hebt u een auto?", "Do you have a car?"), options=(YES, NO))
WHY = Open(
    key="OWN_WHY",
    text=text("Waarom niet?", "Why not?"),
    show_if=OneOf(term=AnswerOf(question="OWN_CAR"), values=(2,)),
    required=False,
)

MATRIX = Matrix(
    key="OWN_ROWS",
    text=text("Hoe belangrijk is dit voor u?", "How important is this to you?"),
    rows=(
        Row(key="speed", text=text("Snelheid", "Speed")),
        Row(key="price", text=text("Prijs", "Price")),
    ),
    options=tuple(
        Option(code=code, label=text(nl, en))
        for code, nl, en in ((1, "Niet", "Not"), (2, "Een beetje", "A little"), (3, "Zeer", "Very"))
    ),
)
SLIDER = Slider(
    key="OWN_LINE",
    text=text("Hoe druk is het bij u in de straat?", "How busy is your street?"),
    step=5,
    low=text("heel rustig", "very quiet"),
    high=text("heel druk", "very busy"),
)
HOURS = Numeric(
    key="OWN_HOURS",
    text=text("Hoeveel uur per week rijdt u auto?", "How many hours a week do you drive?"),
    minimum=0,
    maximum=100,
    decimals=1,
    unit=text("uur per week", "hours a week"),
    options=(Option(code=998, label=text("Weet ik niet", "Don't know"), missing=True),),
)
STATEMENT = Statement(key="OWN_SAID", text=text("Parkeren moet goedkoper worden.", "Parking should become cheaper."))


def faults(application: Application, *questions: AnyQuestion) -> dict[str, str]:
    before = battery.asked_before_own(application, "standard")
    return {fault.pointer: fault.code for fault in own.check(questions, before)}


class TestPlace:
    @pytest.mark.parametrize("form", ["short", "standard", "long"])
    def test_they_come_after_every_opinion_of_the_battery(self, application: Application, form: str) -> None:
        q = battery.build(application, form=form, own=(CAR, WHY))  # type: ignore[arg-type]
        blocks = [page.block for page in q.pages]
        first = blocks.index("own")
        assert blocks.count("own") == 2
        assert set(blocks[first + 2 :]) <= {"quality", "background"}
        assert not {"quality", "background"} & set(blocks[:first])
        assert [finding for finding in lint(q) if finding.severity == "error"] == []

    def test_they_say_who_asks_and_are_drafts_reported_apart(self, application: Application) -> None:
        q = battery.build(application, form="standard", own=(CAR,))
        page = next(page for page in q.pages if page.block == "own")
        assert page.title is not None
        assert application.owner.nl in page.title.nl
        assert (page.questions[0].report, page.questions[0].status) == ("own", "draft")

    def test_the_easy_mode_leaves_them_out(self, application: Application) -> None:
        q = battery.build(application, form="standard", own=(CAR,))
        assert q.easy is not None
        assert "OWN_CAR" not in q.easy.asked
        assert "VT_MAIN" in q.easy.asked

    def test_without_them_the_questionnaire_is_that_of_the_battery(self, application: Application) -> None:
        assert battery.build(application, form="standard", own=()) == battery.build(application, form="standard")


class TestFaults:
    def test_sound_questions_have_none(self, application: Application) -> None:
        assert faults(application, CAR, WHY) == {}

    def test_all_faults_come_at_once_each_with_its_place(self, application: Application) -> None:
        found = faults(
            application,
            msgspec.structs.replace(CAR, key="CAR"),
            Multi(key="OWN_M", text=text("", "Which?"), options=(YES, msgspec.structs.replace(NO, code=1))),
            Likert(key="OWN_L", text=text("Hoe eens?", "How much?"), options=(YES,), report="value"),
            MaxDiff(
                key="OWN_D",
                text=text("Wat telt?", "What counts?"),
                options=(YES, NO),
                sets=1,
                best=text("het meest", "most"),
                worst=text("het minst", "least"),
            ),
            Info(key="OWN_I", text=text("Lees", "Read"), sections=()),
        )
        assert found == {
            "/own_questions/0/key": "prefix",
            "/own_questions/1/text/nl": "blank",
            "/own_questions/1/options/1/code": "duplicate_code",
            "/own_questions/2/report": "not_yours",
            "/own_questions/2/options": "too_short",
            "/own_questions/3/kind": "not_offered",
            "/own_questions/4/kind": "not_offered",
        }

    def test_rows_statements_and_numbers_may_be_asked_and_pass_the_lint(self, application: Application) -> None:
        asked = (MATRIX, SLIDER, HOURS, STATEMENT)
        assert faults(application, *asked) == {}
        q = battery.build(application, form="standard", own=asked)
        assert [finding for finding in lint(q) if finding.severity == "error"] == []

    def test_numbers_and_rows_that_no_answer_fits_are_named(self, application: Application) -> None:
        found = faults(
            application,
            msgspec.structs.replace(MATRIX, rows=(MATRIX.rows[0], MATRIX.rows[0])),
            msgspec.structs.replace(MATRIX, key="OWN_EMPTY", rows=()),
            msgspec.structs.replace(SLIDER, step=3),
            msgspec.structs.replace(HOURS, minimum=50, maximum=40),
            msgspec.structs.replace(HOURS, key="OWN_CODE", options=(Option(code=8, label=text("Nooit", "Never")),)),
        )
        assert found == {
            "/own_questions/0/rows/1/key": "duplicate",
            "/own_questions/1/rows": "out_of_range",
            "/own_questions/2/step": "out_of_range",
            "/own_questions/3/minimum": "out_of_range",
            "/own_questions/4/options/0/missing": "not_missing",
            "/own_questions/4/options/0/code": "out_of_range",
        }

    @pytest.mark.parametrize("source", ["DM_DIGI", "OWN_LATER", "ZZ"])
    def test_only_what_was_asked_before_may_be_referred_to(self, application: Application, source: str) -> None:
        condition = OneOf(term=AnswerOf(question=source), values=(1,))
        found = faults(application, msgspec.structs.replace(CAR, show_if=condition))
        assert found == {"/own_questions/0/show_if": "unknown_question"}

    def test_a_reference_to_the_battery_is_fine(self, application: Application) -> None:
        condition = OneOf(term=AnswerOf(question="VT_MAIN"), values=(1,))
        assert faults(application, msgspec.structs.replace(CAR, show_if=condition)) == {}


class TestEasyExplanation:
    def test_it_is_whole_sentences_of_the_description_in_at_most_120_words(self, application: Application) -> None:
        q = battery.build(application, form="standard")
        assert q.easy is not None
        [shorter] = q.easy.questions
        assert isinstance(shorter, Info)
        whole = " ".join(section.text for section in application.description.nl)
        for section in shorter.sections:
            assert section.text.nl in whole
            assert section.text.nl.rstrip().endswith((".", "!", "?", "”", '"'))
        assert sum(len(section.text.nl.split()) for section in shorter.sections) <= 120
