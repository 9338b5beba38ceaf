"""SurveyJS forms in and out: the same questions, the same people asked, and nothing lost in silence."""

import itertools
import json

import msgspec
import pytest
from samenspraak import examples
from samenspraak.types.base import Localised
from samenspraak.types.expressions import AllOf, Answered, AnswerOf, AnyOf, Chosen, Compare, Constant, Has, Not, OneOf
from samenspraak.types.questionnaire import (
    Info,
    Likert,
    Matrix,
    Multi,
    Numeric,
    Open,
    Option,
    Page,
    Questionnaire,
    Ranking,
    Row,
    Scale,
    Single,
    Slider,
)

from surveys import battery
from surveys.errors import FileInvalid
from surveys.exchange import surveyjs, surveyjs_writing
from surveys.expressions import holds
from surveys.models import Respondent

WORDS = {"default": "Do you own a car?", "nl": "Hebt u een auto?"}
FORM = {
    "locale": "en",
    "pages": [
        {
            "name": "First page",
            "title": {"default": "About you", "nl": "Over u"},
            "elements": [
                {"type": "radiogroup", "name": "own_car", "title": WORDS, "isRequired": True, "choicesOrder": "random",
                 "choices": [{"value": "yes", "text": {"default": "Yes", "nl": "Ja"}},
                             {"value": "no", "text": {"default": "No", "nl": "Nee"}}], "showOtherItem": True},
                {"type": "checkbox", "name": "own_why", "title": WORDS, "choices": [1, 2, 99],
                 "maxSelectedChoices": 2, "showNoneItem": True, "noneText": {"default": "None", "nl": "Geen"},
                 "visibleIf": "{own_car} = 'yes' or {own_car} = 'other'"},
                {"type": "boolean", "name": "own_bool", "title": WORDS},
                {"type": "rating", "name": "own_rate", "title": WORDS, "rateMin": 0, "rateMax": 10,
                 "minRateDescription": {"default": "bad", "nl": "slecht"}},
                {"type": "text", "name": "own_age", "title": WORDS, "inputType": "number", "min": 0, "max": 120},
                {"type": "html", "name": "own_read", "html": {"default": "<p>Read &amp; rest</p>", "nl": "Lees"}},
            ],
        }
    ],
}  # fmt: skip


def read(form: object) -> tuple[dict[str, object], surveyjs.ImportedQuestions]:
    made = surveyjs.read(json.dumps(form).encode())
    return {question.key: question for question in made.questions}, made


def form_of(**element: object) -> dict[str, object]:
    base = {"type": "radiogroup", "name": "own_q", "title": WORDS, "choices": [1, 2]}
    given = {**base, **element}
    return {"locale": "en", "elements": [{key: value for key, value in given.items() if value is not None}]}


def faults(form: object) -> dict[str, str]:
    with pytest.raises(FileInvalid) as caught:
        read(form)
    return {fault.pointer: fault.detail for fault in caught.value.faults}


def test_each_type_becomes_the_kind_of_question_that_asks_the_same() -> None:
    found, made = read(FORM)
    car = found["OWN_CAR"]
    assert isinstance(car, Single)
    assert (car.required, car.randomise) == (True, True)
    assert [(option.code, option.label.nl, option.write_in) for option in car.options] == [
        (1, "Ja", False), (2, "Nee", False), (3, "Anders, namelijk", True)
    ]  # fmt: skip
    why = found["OWN_WHY"]
    assert isinstance(why, Multi)
    assert [(option.code, option.exclusive, option.missing) for option in why.options] == [
        (1, False, False), (2, False, False), (99, True, True), (3, True, False)
    ]  # fmt: skip
    assert holds(why.show_if, Respondent(), {"OWN_CAR": 3}) is True
    assert holds(why.show_if, Respondent(), {"OWN_CAR": 2}) is False
    assert isinstance(found["OWN_RATE"], Scale)
    assert found["OWN_AGE"].maximum == 120
    assert found["OWN_READ"].text.en == "Read & rest"
    assert [page.key for page in made.pages] == ["first_page", "first_page_2"]


@pytest.mark.parametrize(
    ("element", "pointer", "says"),
    [
        ({"validators": [{"type": "expression"}]}, "/elements/0/validators", "min, max, maxLength"),
        ({"requiredIf": "{x} = 1"}, "/elements/0/requiredIf", "isRequired"),
        ({"defaultValue": 1}, "/elements/0/defaultValue", "No answer is given beforehand"),
        ({"choicesByUrl": {"url": "http://x"}}, "/elements/0/choicesByUrl", "write the choices out"),
        ({"type": "file", "choices": None}, "/elements/0/type", "use one of radiogroup"),
        ({"visibleIf": "{nobody} = 1"}, "/elements/0/visibleIf", "No question before this one"),
        ({"choices": [1, 1]}, "/elements/0/choices/1", "occurs twice"),
        ({"title": "English only"}, "/elements/0/title/nl", "no text in Dutch"),
        ({"title": {"default": "a", "nl": "<script>x()</script>"}}, "/elements/0/title/nl", "scripts out"),
        ({"choicesOrder": "desc"}, "/elements/0/choicesOrder", "none or random"),
        ({"otherText": WORDS}, "/elements/0/otherText", "needs showOtherItem"),
        ({"name": ""}, "/elements/0/name", "rename the question"),
    ],
)
def test_what_cannot_be_asked_here_is_named_by_pointer_with_a_remedy(
    element: dict[str, object], pointer: str, says: str
) -> None:
    found = faults(form_of(**element))
    assert says in found[pointer]


def test_a_script_in_html_and_what_happens_by_itself_are_refused_all_at_once() -> None:
    form = form_of(type="html", title=None, choices=None, html={"default": "<img src=x onerror=a()>", "nl": "ok"})
    form |= {"calculatedValues": [], "triggers": [{"type": "complete"}]}
    assert set(faults(form)) == {"/calculatedValues", "/triggers", "/elements/0/html/default"}


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (b"{", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"[" * 100_000 + b"]" * 100_000, "not_json"),
        (b'{"pages":' + b"[" * 40 + b"]" * 40 + b"}", "too_deep"),
        (b" " * (2 * 1024 * 1024 + 1), "too_large"),
        (b"[]", "wrong_type"),
        (b"{}", "empty"),
    ],
)
def test_what_is_no_form_is_told_so(file: bytes, code: str) -> None:
    with pytest.raises(FileInvalid) as caught:
        surveyjs.read(file)
    assert [fault.code for fault in caught.value.faults] == [code]


def _l(text: str) -> Localised:
    return Localised(nl=f"{text} < 1 & 2", en=text)


YES_NO = (Option(code=1, label=_l("ja")), Option(code=2, label=_l("nee")), Option(code=98, label=_l("?"), missing=True))
MANY = (
    *(Option(code=code, label=_l(f"keuze {code}")) for code in (1, 2, 5)),
    Option(code=6, label=_l("anders"), write_in=True, pinned=True),
    Option(code=7, label=_l("geen"), exclusive=True, pinned=True),
)
Q = Questionnaire(
    id="q",
    version=1,
    form="short",
    languages=("nl", "en"),
    pages=(
        Page(
            key="one",
            block="own",
            title=_l("Een"),
            questions=(
                Info(key="READ", text=_l("Lees dit"), required=False, sections=()),
                Single(key="CAR", text=_l("auto"), options=YES_NO, hint=_l("uitleg"), randomise=True),
                Multi(key="WHY", text=_l("waarom"), options=MANY, minimum=1, maximum=3, required=False),
                Likert(key="FIT", text=_l("past"), options=YES_NO),
                Scale(key="MARK", text=_l("cijfer"), options=tuple(
                    Option(code=code, label=Localised(nl=str(code), en=str(code))) for code in range(11))),
                Slider(key="LINE", text=_l("lijn"), minimum=0, maximum=10, step=2, low=_l("laag"), high=_l("hoog")),
                Matrix(key="GRID", text=_l("rooster"), rows=(Row(key="a", text=_l("a")), Row(key="b", text=_l("b"))),
                       options=YES_NO, shuffle_rows=True),
                Ranking(key="RANK", text=_l("orde"), options=MANY[:3], top=2),
                Numeric(key="AGE", text=_l("leeftijd"), minimum=0, maximum=120, decimals=1),
                Open(key="TEXT", text=_l("woorden"), max_chars=500, required=False),
            ),
        ),
        Page(key="two", block="own", show_if=Not(of=Has(question="WHY", code=6)), questions=(
            Single(key="C1", text=_l("c1"), options=YES_NO, show_if=AnyOf(of=(
                Compare(left=AnswerOf(question="CAR"), test="ne", right=Constant(value=1)),
                AllOf(of=(Has(question="WHY", code=7), Compare(left=AnswerOf(question="AGE"), test="ge",
                                                                right=Constant(value=18))))))),
            Single(key="C2", text=_l("c2"), options=YES_NO, show_if=Not(of=OneOf(
                term=AnswerOf(question="CAR"), values=(1, 98)))),
            Single(key="C3", text=_l("c3"), options=YES_NO, show_if=Compare(
                left=Chosen(question="WHY"), test="gt", right=Constant(value=1))),
            Single(key="C4", text=_l("c4"), options=YES_NO, show_if=AllOf(of=(
                Answered(question="GRID", row="a"), Not(of=Answered(question="TEXT"))))),
        )),
    ),
)  # fmt: skip


def test_what_goes_out_comes_back_with_the_same_questions_and_options() -> None:
    exported = surveyjs_writing.write(Q)
    back = surveyjs.of_form(exported.form)
    for ours, theirs in zip([q for page in Q.pages for q in page.questions], back.questions, strict=True):
        neutral = {"show_if": None, "report": "", "seconds": 0}
        assert msgspec.structs.replace(theirs, **neutral) == msgspec.structs.replace(ours, **neutral)
    assert [note.pointer for note in exported.notes] == [""], "nothing but what no form has"


def test_the_same_people_are_asked_on_the_way_back() -> None:
    back = surveyjs.of_form(surveyjs_writing.write(Q).form)
    ours = {q.key: q.show_if for page in Q.pages for q in page.questions if q.show_if is not None}
    theirs = {q.key: q.show_if for q in back.questions}
    ours["page"], theirs["page"] = Q.pages[1].show_if, back.pages[1].show_if
    asked = 0
    grid = itertools.product([None, 1, 2, 98], [None, [1], [7], [1, 6]], [None, 17, 18.5], [None, {"a": 1}, {"b": 1}])
    for car, why, age, rows in grid:
        answers = {"CAR": car, "WHY": why, "AGE": age, "GRID": rows}
        answers = {key: value for key, value in answers.items() if value is not None}
        for key, condition in ours.items():
            mine = holds(condition, Respondent(), answers) is True
            assert (holds(theirs[key], Respondent(), answers) is True) is mine, (key, answers)
            asked += mine
    assert asked > 100


def test_everything_of_the_battery_that_the_form_does_not_say_is_named() -> None:
    q = battery.build(examples.load("scanauto-parkeren"), form="standard")
    exported = surveyjs_writing.write(q)
    named = {note.pointer for note in exported.notes}
    for number, page in enumerate(q.pages):
        for place, question in enumerate(page.questions):
            pointer = f"/pages/{number}/questions/{place}"
            kind = str(question.__struct_config__.tag)
            if kind in ("consent", "knowledge", "attention", "vote"):
                assert f"{pointer}/kind" in named
            if question.required == "soft":
                assert f"{pointer}/required" in named
            if getattr(question, "options_from", None):
                assert f"{pointer}/options_from" in named
            for spot, option in enumerate(getattr(question, "options", ())):
                if option.ends:
                    assert f"{pointer}/options/{spot}" in named
    assert {"/arms", "/easy", "/shuffled_blocks"} <= named


def test_a_text_may_repeat_a_chosen_answer_and_nothing_that_was_typed() -> None:
    form = form_of()
    elements = form["elements"]
    assert isinstance(elements, list)
    again = {"default": "You said {own_q}.", "nl": "U zei {own_q}."}
    elements.append({"type": "comment", "name": "own_t", "title": again})
    assert read(form)[0]["OWN_T"].text.nl == "U zei {OWN_Q}."
    elements.append({"type": "comment", "name": "own_u", "title": {"default": "{own_t}", "nl": "x"}})
    assert "/elements/2/title/default" in faults(form)
