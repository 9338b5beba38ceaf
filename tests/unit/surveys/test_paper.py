"""Forms on paper: what stands on them, what is stored of them, and what double keying finds."""

import random
from collections.abc import Iterator

import pytest
from samenspraak.expressions import parse
from samenspraak.types.application import Application
from samenspraak.types.base import Localised
from samenspraak.types.questionnaire import (
    AnswerValue,
    Arm,
    Jump,
    Matrix,
    MaxDiff,
    Numeric,
    Open,
    Option,
    Page,
    Questionnaire,
    Ranking,
    Single,
    Slider,
    Statement,
)

from surveys import battery, routing
from surveys.answers import check_page
from surveys.errors import PaperInvalid
from surveys.models import Respondent
from surveys.paper import comparing, said
from surveys.paper.conditions import resolve
from surveys.paper.entry import checked
from surveys.paper.fields import fields
from surveys.paper.judging import Judged, judge
from surveys.paper.sheet import Sheet, letter, sheet
from surveys.simulation import simulate
from tests.unit.pages import kinds

WHO = Respondent(arm="one", seed=7)
STATEMENT = {1: "1", -1: "2", 0: "3"}


def typed(paper: Sheet, answers: dict[str, AnswerValue]) -> dict[str, str]:
    """What a typist keys who reads these answers on the form."""
    keyed: dict[str, str] = {}
    for item in paper.items:
        value, name = answers.get(item.question.key), str(item.number)
        if isinstance(item.question, Matrix) and isinstance(value, dict):
            keyed |= {name + letter(n): str(value[row.key]) for n, row in enumerate(item.rows) if row.key in value}
        elif isinstance(item.question, MaxDiff) and isinstance(value, dict):
            for place in range(len(item.sets)):
                keyed[f"{name}{letter(place)}+"] = str(value[f"{place + 1}.best"])
                keyed[f"{name}{letter(place)}-"] = str(value[f"{place + 1}.worst"])
        elif isinstance(item.question, Ranking) and isinstance(value, list):
            keyed |= {f"{name}.{code}": str(place) for place, code in enumerate(value, 1)}
        elif isinstance(item.question, Statement) and isinstance(value, int):
            keyed[name] = STATEMENT[value]
        elif isinstance(value, list):
            keyed[name] = " ".join(map(str, value))
        elif value is not None:
            keyed[name] = str(value).replace(".", ",") if isinstance(value, float) else str(value)
        for option in item.options:
            written = answers.get(f"{item.question.key}.{option.code}")
            if isinstance(written, str):
                keyed[f"{name}.{option.code}"] = written
    return keyed


def sent(answers: dict[str, AnswerValue]) -> dict[str, list[str]]:
    """The same answers as a browser sends them."""
    form: dict[str, list[str]] = {}
    for key, value in answers.items():
        if isinstance(value, dict):
            form |= {f"{key}.{part}": [str(code)] for part, code in value.items()}
        elif isinstance(value, list):
            form |= {f"{key}.{place}": [str(code)] for place, code in enumerate(value, 1)}
            form[key] = [str(code) for code in value]
        elif "." in key:
            form[f"{key}.text"] = [str(value or "")]
        elif value is not None:
            form[key] = [str(value)]
            form[f"{key}.none"] = [str(value)] if value in (98, 99, 998, 999) else []
    return form


def stored(q: Questionnaire, who: Respondent, answers: dict[str, AnswerValue]) -> dict[str, AnswerValue]:
    """What the pages store of these answers, one after the other along the route."""
    form, kept = sent(answers), dict[str, AnswerValue]()
    for question in (question for page in q.pages for question in page.questions):
        if isinstance(question, Numeric | Slider) and form.get(f"{question.key}.none"):
            form[question.key] = []
    while (key := next((p.key for p in routing.route(q, who, kept) if not _done(p, kept)), None)) is not None:
        page = routing.page(q, who, kept, key=key)
        assert page is not None
        seen = check_page(q, page, who, form={**form, "asked": [q.key for q in page.questions]}, answers=kept)
        assert not seen.faults, seen.faults
        kept |= seen.values
    return kept


def _done(page: Page, kept: dict[str, AnswerValue]) -> bool:
    return all(question.key in kept or question.key == "DESCRIPTION" for question in _asked(page))


def _asked(page: Page) -> Iterator[object]:
    return (question for question in page.questions if question.__struct_config__.tag != "info")


def keyed(paper: Sheet, entry: dict[str, str]) -> Judged:
    form = fields(paper)
    return judge(paper, checked(entry, form), form)


class TestRoundTrip:
    def test_every_kind_is_stored_as_the_pages_store_it(self) -> None:
        q, answers = kinds.every_kind(), kinds.answers(WHO)
        paper = sheet(q, WHO)
        found = keyed(paper, typed(paper, answers))
        expected = stored(q, WHO, answers)
        assert {type(item.question) for item in paper.items} >= {Single, Matrix, Ranking, MaxDiff, Slider, Statement}
        assert len({question.__struct_config__.tag for page in q.pages for question in page.questions}) == 16
        assert found.values == expected
        assert (found.faults, found.off_route, found.consent) == ((), frozenset(), True)

    @pytest.mark.parametrize("form", ["short", "long"])
    def test_random_people_are_stored_as_the_pages_store_them(self, application: Application, form: str) -> None:
        q = battery.build(application, form=form, notice_version="1")  # type: ignore[arg-type]
        rows = [row for row in simulate(q, 25, seed=3).rows if row.completed]
        assert len(rows) > 15
        assert {row.easy for row in rows} == {True, False}
        for row in rows:
            who = Respondent(arm=row.arm, seed=row.seed, easy=row.easy)
            paper = sheet(q, who)
            found = keyed(paper, typed(paper, dict(row.answers)))
            assert found.values == stored(q, who, dict(row.answers))
            assert not found.off_route

    def test_the_same_person_gets_the_same_form_and_another_order_of_arms_another(
        self, application: Application
    ) -> None:
        q = battery.build(application, form="short", notice_version="1")
        one, again = (sheet(q, Respondent(arm=q.arms[0].key, seed=5)) for _ in range(2))
        other = sheet(q, Respondent(arm=q.arms[1].key, seed=5))
        keys = [[item.question.key for item in paper.items] for paper in (one, again, other)]
        assert keys[0] == keys[1]
        assert keys[0] != keys[2]
        assert sorted(keys[0]) == sorted(keys[2])


class TestWhatHappensOnPaper:
    @pytest.fixture
    def paper(self) -> Sheet:
        return sheet(kinds.every_kind(), WHO)

    def entry(self, paper: Sheet, **changes: str) -> Judged:
        """The whole form with some fields otherwise; names of questions stand for their numbers."""
        given = typed(paper, kinds.answers(WHO))
        for name, value in changes.items():
            key, _, part = name.partition("__")
            item = paper.item(key)
            assert item is not None
            given[f"{item.number}{part}"] = value
        return keyed(paper, given)

    def faults(self, found: Judged) -> list[tuple[str, str]]:
        return [(fault.question, fault.code) for fault in found.faults]

    def test_two_ticks_in_one_choice_are_no_answer_and_are_named(self, paper: Sheet) -> None:
        found = self.entry(paper, VT_MAIN="1 3")
        assert found.values["VT_MAIN"] is None
        assert [(one.code, one.found) for one in found.faults] == [("two_ticked", "1 3")]

    def test_what_nobody_can_read_is_left_open(self, paper: Sheet) -> None:
        found = self.entry(paper, CN_PRIV="?", OP_Q="?")
        assert (found.values["CN_PRIV"], found.values["OP_Q"]) == (None, None)
        assert self.faults(found) == [("CN_PRIV", "unreadable"), ("OP_Q", "unreadable")]

    def test_a_required_question_that_was_passed_over_is_stored_as_left_open(self, paper: Sheet) -> None:
        found = self.entry(paper, TR_APP="", CD_ALL="", DM_PC4="")
        assert (found.values["TR_APP"], found.values["CD_ALL"], found.values["DM_PC4"]) == (None, None, None)
        assert self.faults(found)[:2] == [("TR_APP", "left_open"), ("CD_ALL", "left_open")]
        assert "DM_PC4" not in dict(self.faults(found))

    def test_a_table_keeps_the_rows_that_can_be_used(self, paper: Sheet) -> None:
        found = self.entry(paper, TR_ORG__a="1 2", TR_ORG__b="")
        value = found.values["TR_ORG"]
        assert isinstance(value, dict)
        assert len(value) == 1
        assert self.faults(found) == [("TR_ORG", "two_ticked")]

    def test_numbers_out_of_range_and_beside_a_tick(self, paper: Sheet) -> None:
        found = self.entry(paper, AC_LINE="250", DM_RENT="500 998")
        assert (found.values["AC_LINE"], found.values["DM_RENT"]) == (None, None)
        assert self.faults(found) == [("DM_RENT", "number_and_option"), ("AC_LINE", "out_of_range")]

    def test_one_number_twice_in_a_ranking(self, paper: Sheet) -> None:
        item = paper.item("CD_MUST")
        assert item is not None
        given = {
            name: v for name, v in typed(paper, kinds.answers(WHO)).items() if not name.startswith(f"{item.number}.")
        }
        first, second = item.options[:2]
        found = keyed(paper, {**given, f"{item.number}.{first.code}": "1", f"{item.number}.{second.code}": "1"})
        assert found.values["CD_MUST"] is None
        assert self.faults(found) == [("CD_MUST", "same_place")] * 2

    def test_best_and_worst_alike_costs_that_group_only(self, paper: Sheet) -> None:
        item = paper.item("CD_BW")
        assert item is not None
        code = str(item.sets[1][0].code)
        found = self.entry(paper, **{"CD_BW__b+": code, "CD_BW__b-": code})
        value = found.values["CD_BW"]
        assert isinstance(value, dict)
        assert sorted(value) == sorted(f"{n}.{end}" for n in (1, 3, 4) for end in ("best", "worst"))
        assert self.faults(found) == [("CD_BW", "best_is_worst")] * 2

    def test_written_beside_a_box_that_is_not_ticked(self, paper: Sheet) -> None:
        found = self.entry(paper, TV_WAY="1", **{"TV_WAY__.4": "de boot"})
        assert found.values["TV_WAY"] == 1
        assert "TV_WAY.4" not in found.values
        assert self.faults(found) == [("TV_WAY", "written_without_tick")]

    def test_a_text_that_is_too_long_keeps_its_beginning(self, paper: Sheet) -> None:
        found = self.entry(paper, TV_WHY="a" * 301)
        assert found.values["TV_WHY"] == "a" * 300
        assert self.faults(found) == [("TV_WHY", "too_long")]

    def test_what_was_not_carried_forward_is_no_answer(self, paper: Sheet) -> None:
        found = self.entry(paper, TV_BEST="3")
        assert found.values["TV_BEST"] is None
        assert self.faults(found) == [("TV_BEST", "unknown_option")]

    def test_a_question_that_should_have_been_passed_is_kept_beside_the_route(self, paper: Sheet) -> None:
        # Nothing was chosen before, so the pages would not have asked what is liked best.
        found = self.entry(paper, TV_ALL="", TV_BEST="3")
        assert found.values["TV_BEST"] == 3
        assert found.off_route == {"TV_BEST"}
        assert ("TV_BEST", "off_route") in self.faults(found)

    def test_a_jump_that_was_not_followed_leaves_its_answers_beside_the_route(self, paper: Sheet) -> None:
        q = _jumping()
        jumped = sheet(q, Respondent())
        found = keyed(jumped, {"1": "1", "2": "2", "3": "1"})
        assert (found.values, found.off_route) == ({"ONE": 1, "TWO": 2, "LAST": 1}, {"TWO"})
        assert self.faults(found) == [("TWO", "off_route")]
        assert keyed(jumped, {"1": "2", "2": "2", "3": "1"}).off_route == frozenset()

    @pytest.mark.parametrize("answer", ["", "2", "1 2", "?"])
    def test_without_a_yes_there_is_no_consent(self, paper: Sheet, answer: str) -> None:
        assert not self.entry(paper, CO_PART=answer).consent

    @pytest.mark.parametrize(
        ("name", "value"), [("99", "1"), ("1", "7"), ("1.1", "x"), ("8", "1 44"), ("9.1", "eerste"), ("13", "9" * 50)]
    )
    def test_a_slip_of_the_typist_is_refused_with_its_field(self, paper: Sheet, name: str, value: str) -> None:
        with pytest.raises(PaperInvalid) as refused:
            checked({name: value, "2": "88"}, fields(paper))
        assert {fault.pointer for fault in refused.value.faults} == {f"/answers/{name}", "/answers/2"}


YES_NO = (Option(code=1, label=Localised(nl="Ja", en="Yes")), Option(code=2, label=Localised(nl="Nee", en="No")))


def _single(key: str) -> Single:
    return Single(key=key, text=Localised(nl=key, en=key), options=YES_NO)


def _jumping() -> Questionnaire:
    pages = (
        Page(key="one", block="a", questions=(_single("ONE"),), next=(Jump(to="last", when=parse("ONE = 1")),)),
        Page(key="two", block="a", questions=(_single("TWO"),)),
        Page(key="last", block="a", questions=(_single("LAST"),)),
    )
    return Questionnaire(id="jump", version=1, form="short", languages=("nl", "en"), pages=pages)


class TestConditionsInWords:
    @pytest.fixture
    def paper(self) -> Sheet:
        return sheet(kinds.every_kind(), WHO)

    @pytest.mark.parametrize(
        ("condition", "nl"),
        [
            ("TV_WAY = 4", "u bij vraag 19 ‘Iets anders’ koos"),
            ("not TV_WAY = 4", "u bij vraag 19 iets anders koos dan ‘Iets anders’"),
            ("TV_ALL has 2", "u bij vraag 20 ‘Met de fiets’ aankruiste"),
            ("not answered(TV_WHY)", "u vraag 21 leeg liet"),
            ("chosen(TV_ALL) >= 2", "u bij vraag 20 ten minste 2 vakjes aankruiste"),
            ("DM_HH < 3", "u bij vraag 13 minder dan 3 invulde"),
            ("ST_ONE = -1", "u bij vraag 25 ‘Niet mee eens’ koos"),
            ("DM_HH < 3 and not (TV_WAY = 1 or TV_WAY = 2)",
             "u bij vraag 13 minder dan 3 invulde en (u bij vraag 19 iets anders koos dan ‘Lopend’ en u bij vraag 19 "
             "iets anders koos dan ‘Met de fiets’)"),
            ('count(TV_WAY = 1, ST_ONE = 1, arm("one")) >= 2',
             "ten minste 1 van deze dingen kloppen: u bij vraag 19 ‘Lopend’ koos; u bij vraag 25 ‘Mee eens’ koos"),
        ],
    )  # fmt: skip
    def test_a_condition_names_numbers_and_labels(self, paper: Sheet, condition: str, nl: str) -> None:
        printed = {item.question.key for item in paper.items}
        left = resolve(parse(condition), WHO, printed)
        assert not isinstance(left, bool)
        assert said.condition(left, paper, "nl") == nl
        assert "{" not in said.condition(left, paper, "en")

    @pytest.mark.parametrize(
        ("condition", "left"),
        [
            ('arm("one")', True),
            ('not arm("one")', False),
            ('profile.age3 = "65+"', True),
            ('profile.sex = "M"', False),
            ('not profile.sex = "M"', False),
            ("GONE = 1", False),
            ("not GONE = 1", False),
            ("answered(GONE)", False),
            ("not answered(GONE)", True),
            ('arm("one") or TV_WAY = 1', True),
        ],
    )
    def test_what_no_reader_can_judge_is_decided_before(self, condition: str, left: bool) -> None:
        who = Respondent(arm="one", profile={"age3": "65+"})
        assert resolve(parse(condition), who, {"TV_WAY"}) is left

    def test_a_question_for_others_is_not_printed_but_stands_on_the_specimen(self) -> None:
        only = parse('profile.age3 = "65+"')
        page = Page(key="one", block="a", questions=(_single("ONE"), _with(only)))
        q = Questionnaire(id="p", version=1, form="short", languages=("nl",), pages=(page,))
        numbers = [len(sheet(q, Respondent(profile={"age3": age})).items) for age in ("65+", "15-39")]
        assert numbers == [2, 1]
        assert sheet(q, Respondent(), specimen=True).items[1].only_if == only

    def test_a_jump_leads_to_a_page_that_is_on_the_form(self) -> None:
        [turn] = sheet(_jumping(), Respondent()).pages[0].turns
        assert turn.to == "last"

    def test_an_earlier_answer_in_a_text_becomes_its_place(self, paper: Sheet) -> None:
        item = paper.item("TV_WHY")
        assert item is not None
        assert isinstance(item.question, Open)
        assert "(uw antwoord bij vraag 19)" in said.text(item.question.text, paper, "nl")


def _with(condition: object) -> Single:
    return Single(key="TWO", text=Localised(nl="Twee", en="Two"), options=YES_NO, show_if=condition)  # type: ignore[arg-type]


class TestKeyingTwice:
    """Two typists err at random; what both type alike is the only error that can pass."""

    RATE = 0.01

    def forms(self) -> list[tuple[Sheet, dict[str, str]]]:
        q = kinds.every_kind()
        people = [Respondent(arm="one", seed=seed) for seed in range(150)]
        return [(paper := sheet(q, who), typed(paper, kinds.answers(who))) for who in people]

    def slips(self, paper: Sheet, entry: dict[str, str], lots: random.Random) -> dict[str, str]:
        """The entry with an error in one of a hundred ticks."""
        form = fields(paper)
        wrong = {}
        for name, value in entry.items():
            others = [code for code in form[name].codes if code != value]
            if form[name].kind == "one" and others and lots.random() < self.RATE:
                wrong[name] = lots.choice(others)
        return {**entry, **wrong}

    def passed(self) -> tuple[int, int, int]:
        """Errors made, differences found, and wrong fields in what two entries agree on."""
        lots, made, found, through = random.Random(11), 0, 0, 0
        for paper, true in self.forms():
            first, second = (self.slips(paper, true, lots) for _ in range(2))
            compared = comparing.compare(first, second, fields(paper))
            wrong = {name for name in true if first[name] != true[name] or second[name] != true[name]}
            alike = {name for name in wrong if first[name] == second[name]}
            made, found = made + len(wrong - alike), found + len(compared.differing)
            through += sum(first[name] != true[name] for name in first if name not in compared.differing)
            through -= len(alike)
        return made, found, through

    def test_every_error_that_is_not_made_twice_is_found(self) -> None:
        made, found, through = self.passed()
        assert made > 50
        assert (found, through) == (made, 0)

    def test_without_the_comparison_errors_get_through(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(comparing, "same", lambda field, one, other: True)
        _, found, through = self.passed()
        assert found == 0
        assert through > 20

    def test_commas_and_capitals_in_a_text_are_no_difference_and_other_words_are(self) -> None:
        paper = sheet(kinds.every_kind(), WHO)
        form, number = fields(paper), str(getattr(paper.item("TV_WHY"), "number", ""))
        one = {number: "Dat is gezond, en goedkoop."}
        assert not comparing.compare(one, {number: "dat is gezond en  goedkoop"}, form).differing
        told = comparing.compare(one, {number: "Dat is gezond."}, form)
        assert (told.differing, told.text_differing) == ((number,), 1)


def test_an_arm_without_its_own_blocks_changes_nothing() -> None:
    q = _jumping()
    same = Questionnaire(
        id="jump", version=1, form="short", languages=("nl", "en"), pages=q.pages, arms=(Arm(key="x", block_order=()),)
    )
    assert sheet(same, Respondent(arm="x")).pages == sheet(q, Respondent()).pages
