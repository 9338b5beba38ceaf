"""What is stored of an answer to every kind of question, and what is said of one that does not fit."""

import pytest
from msgspec.structs import replace
from samenspraak.types.base import Localised
from samenspraak.types.questionnaire import (
    AnyQuestion,
    Matrix,
    MaxDiff,
    Multi,
    Numeric,
    Open,
    Option,
    Page,
    Questionnaire,
    Row,
    Single,
    Slider,
    Statement,
)

from surveys import answers, piping, routing
from surveys.models import Checked, Respondent


def text(words: str) -> Localised:
    return Localised(nl=words, en=words.upper())


OPTIONS = tuple(Option(code=code, label=text(f"optie {code}")) for code in (1, 2, 3, 4))
UNKNOWN = Option(code=998, label=text("weet niet"), missing=True)
ROWS = (Row(key="r1", text=text("een")), Row(key="r2", text=text("twee")))
SETS = MaxDiff(key="MD", text=text("?"), options=OPTIONS, sets=2, set_size=3, best=text("b"), worst=text("w"))
KINDS: tuple[AnyQuestion, ...] = (
    Matrix(key="MX", text=text("?"), rows=ROWS, options=OPTIONS),
    Slider(key="SL", text=text("?"), low=text("laag"), high=text("hoog"), step=5, options=(UNKNOWN,)),
    SETS,
    Statement(key="ST", text=text("?")),
    Numeric(key="NU", text=text("?"), minimum=0, maximum=10, decimals=1),
    Numeric(key="YR", text=text("?"), minimum=1900, maximum=2026, format="year"),
    Open(key="PC", text=text("?"), format="postcode"),
    Open(key="P4", text=text("?"), format="postcode4"),
    Open(key="OP", text=text("?")),
    Single(key="WI", text=text("?"), options=(OPTIONS[0], Option(code=2, label=text("anders"), write_in=True))),
    Single(key="SO", text=text("?"), options=OPTIONS, required="soft"),
)
PAGE = Page(key="a", block="b", questions=KINDS)
Q = Questionnaire(id="q", version=1, form="short", languages=("nl", "en"), pages=(PAGE,))
WHO = Respondent(seed=4)
SHOWN = routing.sets_shown(SETS, WHO)
GOOD = {
    "MX.r1": ["1"],
    "MX.r2": ["2"],
    "SL": ["55"],
    "ST": ["-1"],
    "NU": ["2,5"],
    "YR": ["1980"],
    "PC": ["1234ab"],
    "P4": ["1234"],
    "OP": ["\u200fسلام 😀"],
    "WI": ["2"],
    "WI.2.text": ["zelf"],
    "SO": ["1"],
    **{f"MD.{n}.best": [str(shown[0].code)] for n, shown in enumerate(SHOWN, 1)},
    **{f"MD.{n}.worst": [str(shown[1].code)] for n, shown in enumerate(SHOWN, 1)},
}


def judged(draft: bool = False, **changes: list[str]) -> Checked:
    form = {**GOOD, **{name.replace("__", "."): values for name, values in changes.items()}}
    return answers.check_page(Q, PAGE, WHO, form=form, answers={}, draft=draft)


def codes(checked: Checked) -> dict[str, str]:
    return {fault.pointer: fault.code for fault in checked.faults}


def test_every_kind_is_stored_in_its_own_form() -> None:
    checked = judged()
    assert codes(checked) == {}
    sets = {f"{n}.best": shown[0].code for n, shown in enumerate(SHOWN, 1)}
    sets |= {f"{n}.worst": shown[1].code for n, shown in enumerate(SHOWN, 1)}
    assert checked.values == {
        "MX": {"r1": 1, "r2": 2},
        "SL": 55,
        "MD": sets,
        "ST": -1,
        "NU": 2.5,
        "YR": 1980,
        "PC": "1234 AB",
        "P4": "1234",
        "OP": "\u200fسلام 😀",
        "WI": 2,
        "WI.2": "zelf",
        "SO": 1,
    }


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"MX__r2": []}, "MX", "rows_open"),
        ({"MX__r9": ["1"]}, "MX", "unknown_row"),
        ({"MX__r1": ["9"]}, "MX", "unknown_option"),
        ({"MD__1__worst": GOOD["MD.1.best"]}, "MD", "best_is_worst"),
        ({"MD__2__best": []}, "MD", "sets_open"),
        ({"SL": ["53"]}, "SL", "off_step"),
        ({"SL": ["105"]}, "SL", "out_of_range"),
        ({"SL__none": ["998"]}, "SL", "number_and_option"),
        ({"NU": ["2,55"]}, "NU", "too_precise"),
        ({"NU": ["11"]}, "NU", "out_of_range"),
        ({"NU": ["twee"]}, "NU", "too_precise"),
        ({"YR": ["80"]}, "YR", "not_a_year"),
        ({"PC": ["1234SS"]}, "PC", "not_a_postcode"),
        ({"P4": ["0123"]}, "P4", "not_a_postcode4"),
        ({"OP": ["x" * 1_000_000]}, "OP", "too_long"),
        ({"OP": ["\x00"]}, "OP", "unreadable"),
        ({"OP": ["\ud800"]}, "OP", "unreadable"),
        ({"ST": ["2"]}, "ST", "unknown_option"),
        ({"WI__2__text": ["x" * 201]}, "WI.2", "too_long"),
        ({"SO": []}, "SO", "soft"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_else_is(change: dict[str, list[str]], pointer: str, code: str) -> None:
    assert codes(judged(**change)) == {pointer: code}


def test_a_missing_answer_beside_a_line_takes_the_place_of_the_number() -> None:
    checked = judged(SL=[], SL__none=["998"])
    assert codes(checked) == {}
    assert checked.values["SL"] == 998


def test_a_soft_question_is_asked_for_once() -> None:
    checked = judged(SO=[], asked=["SO"])
    assert codes(checked) == {}
    assert checked.values["SO"] is None


def test_leaving_for_now_keeps_half_a_matrix() -> None:
    checked = judged(draft=True, MX__r2=[])
    assert checked.values["MX"] == {"r1": 1}
    assert codes(checked) == {}


class TestPiping:
    ASKED = replace(
        Q,
        pages=(
            Page(key="a", block="b", questions=(Multi(key="MM", text=text("?"), options=OPTIONS),)),
            Page(key="c", block="b", questions=(Open(key="OO", text=text("?")),)),
        ),
    )

    def test_only_labels_are_repeated_and_never_what_somebody_typed(self) -> None:
        given = {"MM": [1, 2], "OO": "<b>"}
        said = piping.piped("{MM} / {OO} / {APP} / {", self.ASKED, WHO, given, "en")
        assert "OPTIE 1" in said
        assert "OPTIE 2" in said
        assert "<b>" not in said

    def test_an_answer_that_was_not_given_leaves_dots(self) -> None:
        assert piping.piped("{MM}", self.ASKED, WHO, {}, "nl") == "…"
