from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samenspraak.types.base import Lang, Localised
from samenspraak.types.questionnaire import (
    AnswerValue,
    Info,
    Likert,
    Multi,
    Numeric,
    Open,
    Option,
    Page,
    Questionnaire,
    Ranking,
)

from surveys import answers
from surveys.models import Checked, Respondent


def both(text: str) -> Localised:
    return Localised(nl=text, en=text.upper())


OPTIONS = tuple(Option(code=code, label=both(f"optie {code}")) for code in (1, 2, 3))
NONE = Option(code=97, label=both("niets"), exclusive=True)

PAGE = Page(
    key="page",
    block="block",
    questions=(
        Info(key="INFO", text=both("lees"), sections=()),
        Likert(key="LIKERT", text=both("hoe"), options=OPTIONS),
        Multi(key="MULTI", text=both("welke"), options=(*OPTIONS, NONE), minimum=1, maximum=2),
        Ranking(key="RANK", text=both("orden"), options=OPTIONS, top=2),
        Numeric(key="NUMBER", text=both("hoeveel"), minimum=0, maximum=120),
        Open(key="OPEN", text=both("vertel"), required=False, max_chars=10),
    ),
)
Q = Questionnaire(id="q", version=1, form="short", languages=("nl", "en"), pages=(PAGE,), arms=())
SOUND = {"LIKERT": ["2"], "MULTI": ["3", "1"], "RANK.1": ["3"], "RANK.2": ["1"], "NUMBER": ["40"], "OPEN": ["ja"]}


def judge(
    form: Mapping[str, Sequence[str]],
    *,
    lang: Lang = "nl",
    draft: bool = False,
    stored: Mapping[str, AnswerValue] | None = None,
) -> Checked:
    return answers.check_page(Q, PAGE, Respondent(seed=1), form=form, answers=stored or {}, lang=lang, draft=draft)


def codes(checked: Checked) -> dict[str, str]:
    return {fault.pointer: fault.code for fault in checked.faults}


def test_a_sound_page_gives_the_values_to_store() -> None:
    checked = judge(SOUND)
    assert checked.faults == ()
    assert checked.values == {"LIKERT": 2, "MULTI": [1, 3], "RANK": [3, 1], "NUMBER": 40, "OPEN": "ja"}


def test_every_missing_answer_is_named_at_once_and_an_optional_one_is_left_open() -> None:
    checked = judge({})
    assert codes(checked) == {
        "LIKERT": "missing",
        "MULTI": "missing_choice",
        "RANK": "missing_place",
        "NUMBER": "missing_text",
    }
    assert checked.values == {"OPEN": None}


@pytest.mark.parametrize(
    ("field", "given_values", "code"),
    [
        ("LIKERT", ["4"], "unknown_option"),
        ("LIKERT", ["-1"], "unknown_option"),
        ("LIKERT", ["2.0"], "unknown_option"),
        ("LIKERT", ["²"], "unknown_option"),
        ("LIKERT", ["1" * 400], "unknown_option"),
        ("LIKERT", ["x"], "unknown_option"),
        ("LIKERT", ["1\x00"], "unknown_option"),
        ("LIKERT", ["1", "2"], "one_only"),
        ("MULTI", ["1", "2", "3"], "too_many"),
        ("MULTI", ["1", "97"], "exclusive"),
        ("MULTI", ["1", "5"], "unknown_option"),
        ("RANK.2", ["3"], "same_twice"),
        ("RANK.3", ["2"], "too_many"),
        ("RANK.1", ["9"], "unknown_option"),
        ("NUMBER", ["121"], "out_of_range"),
        ("NUMBER", ["-1"], "out_of_range"),
        ("NUMBER", ["40,5"], "not_a_number"),
        ("NUMBER", ["9" * 5000], "not_a_number"),
        ("NUMBER", ["٤٠"], "not_a_number"),
        ("OPEN", ["x" * 11], "too_long"),
        ("OPEN", ["a\x00"], "unreadable"),
        ("OPEN", ["\ud800"], "unreadable"),
    ],
)
def test_an_answer_that_cannot_be_is_a_fault_of_its_question(field: str, given_values: list[str], code: str) -> None:
    checked = judge({**SOUND, field: given_values})
    assert codes(checked) == {field.split(".")[0]: code}
    assert field.split(".")[0] not in checked.values


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_faults_are_told_in_the_language_of_the_respondent(lang: Lang) -> None:
    details = {fault.code: fault.detail for fault in judge({**SOUND, "MULTI": ["1", "97"]}, lang=lang).faults}
    assert details["exclusive"].startswith({"nl": "U koos “niets”.", "en": "You chose “NIETS”."}[lang])
    for code in answers.CODES:
        slots = {"most": 1, "least": 0, "length": 3, "rows": 1, "sets": 2, "set": 2, "decimals": 1, "step": 5}
        assert answers.fault("K", code, lang, NONE, **slots).detail


def test_a_place_left_open_between_two_others_closes_up() -> None:
    form = {**SOUND, "RANK.1": [""], "RANK.2": ["2"]}
    assert judge(form).values["RANK"] == [2]


def test_a_line_break_of_the_browser_counts_as_one_character() -> None:
    assert judge({**SOUND, "OPEN": ["12345\r\n789"]}).values["OPEN"] == "12345\n789"
    assert codes(judge({**SOUND, "OPEN": ["12345\r\n7890"]})) == {}


def test_the_same_choice_sent_twice_is_one_choice() -> None:
    assert judge({**SOUND, "LIKERT": ["2", "2"]}).values["LIKERT"] == 2


def test_going_back_misses_nothing_and_clears_only_what_was_stored() -> None:
    checked = judge({"LIKERT": ["1"]}, draft=True, stored={"OPEN": "old"})
    assert checked.faults == ()
    assert checked.values == {"LIKERT": 1, "OPEN": None}


def test_fields_of_other_names_are_not_looked_at() -> None:
    assert judge({**SOUND, "revision": ["1"], "action": ["next"], "OTHER": ["x"]}).values == judge(SOUND).values


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*SOUND, "RANK.0", "RANK.99", "RANK.x", "INFO"]),
        st.lists(st.text(max_size=12) | st.integers().map(str), max_size=3),
    )
)
def test_whatever_a_browser_sends_each_question_has_a_value_or_a_fault(form: dict[str, list[str]]) -> None:
    checked = judge(form)
    assert checked.values.keys() | codes(checked).keys() == {"LIKERT", "MULTI", "RANK", "NUMBER", "OPEN"}
    assert not checked.values.keys() & codes(checked).keys()
