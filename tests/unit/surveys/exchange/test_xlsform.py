"""What an XLSForm becomes, and what is said of one that does not fit."""

import io
import zipfile

import pytest
from samenspraak.types.questionnaire import Info, Likert, Multi, Numeric, Open, Questionnaire, Ranking, Single, Slider

from surveys import routing
from surveys.errors import FileInvalid
from surveys.exchange import xlsform
from surveys.models import Respondent
from tests.unit.surveys.exchange.books import EN, NL, SIDES, YES_NO, saved, workbook, xlsx

WHOLE = (
    ("begin_group", "about_you", "Over u", "About you"),
    ("select_one yn", "has_car", "Hebt u een auto?", "Do you have a car?", "yes"),
    ("integer", "cars", "Hoeveel auto's?", "How many cars?", "", "${has_car} = 'yes'", ". > 0 and . <= 9"),
    ("end_group", ""),
    (
        "select_multiple side",
        "sides",
        "Welke kanten?",
        "Which sides?",
        "",
        "",
        "count-selected(.) <= 2",
        "randomize=true",
    ),
    ("rank side", "order", "Wat eerst?", "What first?"),
    ("range", "warmth", "Hoe warm?", "How warm?", "", "", "", "start=0 end=100 step=5"),
    ("decimal", "euros", "Hoeveel euro?", "How many euros?", "", "", ". >= 0 and . <= 500"),
    ("text", "why", "Waarom?", "Why?", "", "selected(${sides}, '1') or not(${cars} < 2)", "string-length(.) <= 300"),
    ("note", "thanks", "Bedankt.", "Thank you."),
    ("select_one side", "view", "Voor of tegen?", "For or against?", "", "", "", "", "likert"),
)


def questions(*rows, choices=(*YES_NO, *SIDES), **others):
    return xlsform.read(xlsx(rows, choices, **others)).questions


def faults(*rows, choices=(*YES_NO, *SIDES), **others):
    with pytest.raises(FileInvalid) as refused:
        xlsform.read(xlsx(rows, choices, **others))
    return refused.value.faults


def test_each_type_becomes_the_kind_of_question_that_asks_the_same():
    by_key = {question.key: question for question in questions(*WHOLE)}
    kinds = {key: type(question) for key, question in by_key.items()}
    assert kinds == {
        "HAS_CAR": Single, "CARS": Numeric, "SIDES": Multi, "ORDER": Ranking, "WARMTH": Slider, "EUROS": Numeric,
        "WHY": Open, "THANKS": Info, "VIEW": Likert,
    }  # fmt: skip
    assert (by_key["CARS"].minimum, by_key["CARS"].maximum) == (1, 9)
    assert (by_key["EUROS"].maximum, by_key["EUROS"].decimals) == (500, 2)
    assert (by_key["WARMTH"].minimum, by_key["WARMTH"].maximum, by_key["WARMTH"].step) == (0, 100, 5)
    assert (by_key["SIDES"].maximum, by_key["SIDES"].randomise) == (2, True)
    assert by_key["WHY"].max_chars == 300
    assert by_key["HAS_CAR"].required
    assert not by_key["CARS"].required
    assert by_key["HAS_CAR"].text.en == "Do you have a car?"


def test_names_of_options_become_codes_and_numbers_stay():
    car, view = questions(*WHOLE[:2], WHOLE[3], WHOLE[-1])
    assert [(option.code, option.label.nl) for option in car.options] == [(1, "Ja"), (2, "Nee")]
    assert [(option.code, option.missing) for option in view.options] == [(1, False), (2, False), (98, True)]


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ({"HAS_CAR": 2, "SIDES": [2]}, False),
        ({"HAS_CAR": 2, "SIDES": [1, 2]}, True),
        ({"HAS_CAR": 1, "CARS": 3, "SIDES": [2]}, True),
        ({"HAS_CAR": 1, "CARS": 1, "SIDES": [2]}, False),
    ],
)
def test_who_is_asked_follows_the_relevant_column(answers, asked):
    pages = xlsform.read(xlsx(WHOLE, (*YES_NO, *SIDES))).pages
    q = Questionnaire(id="q", version=1, form="short", languages=("nl",), pages=pages)
    shown = {question.key for page in routing.route(q, Respondent(), answers) for question in page.questions}
    assert ("WHY" in shown) is asked
    assert ("CARS" in shown) is (answers["HAS_CAR"] == 1)


def test_a_question_that_depends_on_its_own_page_gets_the_next_page():
    read = xlsform.read(xlsx(WHOLE, (*YES_NO, *SIDES)))
    assert [page.key for page in read.pages[:3]] == ["about_you", "about_you_2", "sides"]
    assert read.pages[0].title.nl == "Over u"
    assert any("CARS depends on a question of its page" in note.detail for note in read.notes)


def test_all_faults_come_at_once_with_their_rows():
    found = faults(
        ("geopoint", "place", "Waar?", "Where?"),
        ("select_one absent", "first", "Een?", "One?"),
        ("integer", "age", "Leeftijd?", "Age?"),
        ("begin_repeat", "each", "Elk", "Each"),
        ("text", "second", "Twee?", "", "perhaps"),
        ("select_one yn", "third", "Drie?", "Three?", "", "${nobody} = 1"),
        ("calculate", "sum"),
        ("text", "9th", "Negen?", "Nine?"),
        ("text", "SECOND", "Nog een?", "Another?"),
    )
    assert {(fault.pointer, fault.code) for fault in found} >= {
        ("survey/row/2/column/type", "unsupported"),
        ("survey/row/3/column/type", "unknown_list"),
        ("survey/row/4/column/constraint", "missing"),
        ("survey/row/5/column/type", "unsupported"),
        (f"survey/row/6/column/{EN}", "missing_language"),
        ("survey/row/6/column/required", "required"),
        ("survey/row/7/column/relevant", "condition"),
        ("survey/row/8/column/type", "unsupported"),
        ("survey/row/9/column/name", "name"),
        ("survey/row/10/column/name", "duplicate"),
    }
    assert all(fault.detail.endswith(".") for fault in found)


def test_a_fault_in_one_question_is_not_told_again_at_those_that_depend_on_it():
    found = faults(("integer", "age", "Leeftijd?", "Age?"), ("text", "why", "Waarom?", "Why?", "", "${age} >= 18"))
    assert [fault.pointer for fault in found] == ["survey/row/2/column/constraint"]


@pytest.mark.parametrize(
    ("relevant", "says"),
    [
        ("${sides} = '1'", "selected()"),
        ("selected(${sides}, '7')", "no option 7"),
        ("${car} > 1", "names, not numbers"),
        ("${car} = 'yes' and", "expected"),
        ("${car} = 'yes')", "not expected"),
        ("regex(${car}, 'a')", "expected"),
        ("${car} = ${sides}", "number or a text"),
        ("(" * 60 + "${car} = 'yes'" + ")" * 60, "too deep"),
        ("${car} = 'yes' or " * 200 + "${car} = 'no'", "2000 characters"),
    ],
)
def test_a_condition_outside_the_subset_is_refused_with_a_reason(relevant, says):
    (found,) = faults(
        ("select_one yn", "car", "Auto?", "Car?"),
        ("select_multiple side", "sides", "Welke?", "Which?"),
        ("text", "why", "Waarom?", "Why?", "", relevant),
    )
    assert found.pointer == "survey/row/4/column/relevant"
    assert says in found.detail


@pytest.mark.parametrize("column", ["choice_filter", "default", "calculation", "read_only", "media::image"])
def test_a_column_that_would_change_the_question_is_refused(column):
    (found,) = faults(("text", "why", "Waarom?", "Why?", "x"), head=("type", "name", NL, EN, column))
    assert found.pointer == f"survey/row/2/column/{column}"


def test_columns_without_effect_and_looks_are_noted():
    head = ("type", "name", NL, EN, "appearance", "constraint_message::English (en)")
    read = xlsform.read(xlsx([("text", "why", "Waarom?", "Why?", "multiline", "Too long")], head=head))
    assert [note.pointer for note in read.notes] == [
        "survey/row/2/column/constraint_message", "survey/row/2/column/appearance",
    ]  # fmt: skip


def test_a_column_without_a_language_needs_one():
    head = ("type", "name", "label", EN)
    found = faults(("text", "why", "Waarom?", "Why?"), head=head)
    assert ("survey/row/1/column/label", "no_language") in {(fault.pointer, fault.code) for fault in found}
    (question,) = questions(
        ("text", "why", "Waarom?", "Why?"), head=head, settings=(("default_language",), ("Dutch (nl)",))
    )
    assert question.text.nl == "Waarom?"


def test_other_languages_come_along_and_unknown_ones_are_refused():
    (question,) = questions(("text", "why", "Waarom?", "Why?", "Neden?"), head=("type", "name", NL, EN, "label::tr"))
    assert question.text.tr == "Neden?"
    (found,) = faults(("text", "why", "Waarom?", "Why?", "Pourquoi?"), head=("type", "name", NL, EN, "label::fr"))
    assert (found.code, found.pointer) == ("unknown_language", "survey/row/1/column/label::fr")


def test_only_a_chosen_answer_is_repeated_in_a_text():
    _, why = questions(
        ("select_one yn", "car", "Auto?", "Car?"), ("text", "why", "U zei ${car}. Waarom?", "You said ${car}. Why?")
    )
    assert why.text.nl == "U zei {CAR}. Waarom?"
    found = faults(("text", "name", "Wie?", "Who?"), ("text", "why", "Dag ${name}", "Hello ${name}"))
    assert {fault.code for fault in found} == {"piping"}


def test_merged_cells_are_refused_with_their_range():
    book = workbook([("text", "why", "Waarom?", "Why?")])
    book["survey"].merge_cells("C2:D2")
    with pytest.raises(FileInvalid) as refused:
        xlsform.read(saved(book))
    assert [fault.pointer for fault in refused.value.faults] == ["survey/cells/C2:D2"]


def test_a_group_that_is_not_closed_or_lies_in_another_is_refused():
    found = faults(("begin_group", "a", "A", "A"), ("begin_group", "b", "B", "B"), ("text", "why", "Waarom?", "Why?"))
    assert {fault.code for fault in found} == {"nested", "open_group"}


def test_rows_below_a_large_gap_are_not_lost_in_silence():
    book = workbook([("text", "why", "Waarom?", "Why?")])
    book["survey"].cell(row=90, column=1, value="text")
    with pytest.raises(FileInvalid) as refused:
        xlsform.read(saved(book))
    assert [fault.pointer for fault in refused.value.faults] == ["survey/row/90"]


def test_more_than_a_thousand_rows_are_refused():
    (found,) = faults(*[("text", f"q_{number}", "Wat?", "What?") for number in range(1000)])
    assert found.code == "too_large"


def packed(**parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (b"", "not_xlsx"),
        (b"type,name\ntext,why\n", "not_xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "not_xlsx"),
        (packed(readme="hello"), "not_xlsx"),
        (packed(**{"[Content_Types].xml": "<Types/>", "xl/worksheets/sheet1.xml": b"0" * 40_000_000}), "too_large"),
        (packed(**{"[Content_Types].xml": "<Types"}), "unreadable"),
        (b"0" * 3_000_000, "too_large"),
    ],
    ids=["empty", "csv", "old or locked", "other zip", "bomb", "broken", "large"],
)
def test_what_is_no_workbook_is_said_to_be_none(file, code):
    with pytest.raises(FileInvalid) as refused:
        xlsform.read(file)
    assert [fault.code for fault in refused.value.faults] == [code]


def test_a_workbook_that_declares_entities_is_not_read():
    book = zipfile.ZipFile(io.BytesIO(xlsx([("text", "why", "Waarom?", "Why?")])))
    parts = {name: book.read(name) for name in book.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>' + sheet
    with pytest.raises(FileInvalid) as refused:
        xlsform.read(packed(**parts))
    assert [fault.code for fault in refused.value.faults] == ["unreadable"]


def test_a_workbook_without_a_sheet_survey_is_told_so():
    book = workbook([])
    book["survey"].title = "vragen"
    with pytest.raises(FileInvalid) as refused:
        xlsform.read(saved(book))
    assert [fault.code for fault in refused.value.faults] == ["no_survey"]


def test_an_empty_form_asks_nothing():
    assert [fault.code for fault in faults()] == ["empty"]


def test_formulas_and_hidden_sheets_are_refused_with_their_place():
    """A formula whose value is not stored would be an empty cell: a label lost in silence."""
    book = workbook((("select_one yn", "own_car", '=CONCATENATE("Hebt u ", "een auto?")', "Car?"),), YES_NO)
    book["choices"].sheet_state = "hidden"
    found = {fault.pointer: fault for fault in told(saved(book))}
    assert "put its value there" in found["survey/cells/C2"].detail
    assert found["choices"].code == "hidden_sheet"


@pytest.mark.parametrize("column", range(7))
def test_a_cell_of_a_million_characters_is_refused_in_few_words(column):
    cells = ["text", "own_words", "Wat?", "What?", "", "", ""]
    cells[column] += "MARK"
    found = told(with_text(xlsx([cells]), b"MARK", b"x" * 1_000_000))
    assert found
    assert all(len(fault.detail) < 400 and len(fault.pointer) < 200 for fault in found)


def told(file):
    """The faults of a file that must be refused."""
    with pytest.raises(FileInvalid) as refused:
        xlsform.read(file)
    return refused.value.faults


def with_text(file, before, after):
    """The workbook with other text in it: a spreadsheet program writes no cell longer than 32,767 characters."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, old.read(part).replace(before, after))
    return made.getvalue()
