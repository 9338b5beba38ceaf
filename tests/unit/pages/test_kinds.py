"""Every kind of question on the page: fresh, answered, wrong, and its answer in words."""

import re
from collections.abc import Callable, Mapping
from typing import get_args

import msgspec
import pytest
from samenspraak.types.base import Lang
from samenspraak.types.questionnaire import AnyQuestion, Page, Policy, Questionnaire

from service.pages.questions.families import FAMILIES
from service.pages.walk import Walk
from surveys.models import Stored
from tests.unit.pages import kinds
from tests.unit.pages.conftest import content

Pages = Callable[[Lang], dict[str, str]]


@pytest.fixture(scope="module")
def nl(every_page: Pages) -> dict[str, str]:
    return every_page("nl")


@pytest.fixture(scope="module")
def en(every_page: Pages) -> dict[str, str]:
    return every_page("en")


def tag(text: str, id: str) -> str:
    """The opening tag with this id."""
    found = re.search(rf'<[a-z]+[^>]* id="{re.escape(id)}"[^>]*>', text)
    assert found, id
    return found[0]


def test_every_published_kind_has_a_family_and_a_sample() -> None:
    assert set(FAMILIES) == set(get_args(AnyQuestion))
    assert {type(question) for question in kinds.one_of_each()} == set(get_args(AnyQuestion))


def test_nothing_is_chosen_or_filled_in_beforehand(nl: Mapping[str, str]) -> None:
    for page in kinds.NEW:
        text = nl[f"page-{page.key}"]
        assert not re.search(r" (checked|selected)", text), page.key
        assert re.findall(r'<input[^>]*type="text"[^>]*value="([^"]+)"', text) == [], page.key


class TestAMatrix:
    def test_is_a_group_of_radios_for_each_row_and_no_table(self, nl: Mapping[str, str]) -> None:
        text = nl["page-rows"]
        assert "<table" not in text
        assert text.count("<fieldset") == 4
        for row in ("De gemeente is eerlijk.", "De gemeente kan dit goed.", "De gemeente verbergt iets."):
            assert f"<legend>{row}</legend>" in text
        assert 'name="TR_ORG.able" value="98"' in text

    def test_shows_what_was_answered_in_each_row(self, nl: Mapping[str, str]) -> None:
        assert "checked" in tag(nl["page-rows-answered"], "TR_ORG-honest-4")
        assert nl["page-rows-answered"].count(" checked") == 3

    def test_that_came_back_leads_to_the_first_row_that_is_open(self, nl: Mapping[str, str]) -> None:
        text = nl["page-rows-error"]
        assert '<a href="#TR_ORG-able-1">' in text
        assert "checked" in tag(text, "TR_ORG-honest-5")
        assert text.count('<fieldset class="part wrong" aria-describedby="TR_ORG-error">') == 2

    def test_reads_row_by_row_in_the_review(self, nl: Mapping[str, str]) -> None:
        assert "<dd>De gemeente is eerlijk. – Mee eens</dd>" in nl["review-kinds"]
        assert "<dd>De gemeente kan dit goed. – Weet ik niet</dd>" in nl["review-kinds"]


class TestBestAndWorst:
    def test_asks_both_in_each_set(self, nl: Mapping[str, str]) -> None:
        text = nl["page-weighed"]
        assert text.count('<fieldset class="part"') == 8
        for number in range(1, 5):
            assert f"Groep {number} van 4" in text
            assert text.count(f'name="CD_BW.{number}.best"') == text.count(f'name="CD_BW.{number}.worst"') == 3

    def test_offers_the_same_items_for_best_and_worst_of_a_set(self, nl: Mapping[str, str]) -> None:
        sides = [re.findall(rf'name="CD_BW.1.{side}" value="(\d)"', nl["page-weighed"]) for side in ("best", "worst")]
        assert sides[0] == sides[1]

    def test_shows_and_tells_what_was_chosen(self, nl: Mapping[str, str]) -> None:
        assert nl["page-weighed-answered"].count(" checked") == 8
        assert len(re.findall(r"<dd>\d\. Wat is het (?:minst )?belangrijk(?:st)?\? – \w", nl["review-kinds"])) == 8


class TestALine:
    def test_is_a_number_typed_in_with_the_words_of_both_ends(self, nl: Mapping[str, str]) -> None:
        text = nl["page-line"]
        assert 'type="range"' not in text
        assert "<b>0</b> heel slecht" in text
        assert "<b>100</b> heel goed" in text
        field = tag(text, "AC_LINE")
        assert 'inputmode="numeric"' in field
        assert 'aria-describedby="AC_LINE-hint AC_LINE-ends"' in field

    def test_offers_don_t_know_beside_the_number(self, nl: Mapping[str, str]) -> None:
        assert 'name="AC_LINE.none" value="998"' in tag(nl["page-line"], "AC_LINE-none-998")

    def test_zero_is_an_answer(self, nl: Mapping[str, str]) -> None:
        assert 'value="0"' in tag(nl["page-line-answered"], "AC_RISK")
        assert re.search(r"Hoe groot is het gevaar\?</dt>\s*<dd>0</dd>", nl["review-kinds"])

    def test_keeps_what_was_typed_when_it_comes_back(self, nl: Mapping[str, str]) -> None:
        assert 'value="veel"' in tag(nl["page-line-error"], "AC_LINE")
        assert "checked" in tag(nl["page-line-error"], "AC_LINE-none-998")

    def test_a_stored_don_t_know_is_ticked_and_leaves_the_field_empty(self, walk_in: Callable[..., Walk]) -> None:
        walk = walk_in("nl", {"AC_LINE": 998}, kinds.every_kind())
        text = content(walk.show(_page("line")))
        assert 'value=""' in tag(text, "AC_LINE")
        assert "checked" in tag(text, "AC_LINE-none-998")
        assert "Weet ik niet" in content(walk.show_review())


class TestANumber:
    def test_is_written_as_people_write_it(self, nl: Mapping[str, str], en: Mapping[str, str]) -> None:
        assert 'value="812,5"' in tag(nl["page-numbers-answered"], "DM_RENT")
        assert 'value="812.5"' in tag(en["page-numbers-answered"], "DM_RENT")
        assert "<dd>812,5 euro per maand</dd>" in nl["review-kinds"]
        assert "<dd>812.5 euros a month</dd>" in en["review-kinds"]

    def test_has_its_unit_behind_it_and_read_out_with_it(self, nl: Mapping[str, str]) -> None:
        assert '<span class="unit" id="DM_RENT-unit">euro per maand</span>' in nl["page-numbers"]
        assert "DM_RENT-unit" in tag(nl["page-numbers"], "DM_RENT")
        assert 'inputmode="decimal"' in tag(nl["page-numbers"], "DM_RENT")

    def test_a_year_has_no_mark_between_its_digits(self, nl: Mapping[str, str]) -> None:
        assert 'value="1998"' in tag(nl["page-numbers-answered"], "DM_SINCE")
        assert "Een getal van 1920 tot en met 2026." in nl["page-numbers"]


class TestAStatement:
    def test_has_three_answers(self, nl: Mapping[str, str]) -> None:
        assert re.findall(r'name="ST_ONE" value="([^"]+)"', nl["page-statement"]) == ["1", "-1", "0"]
        assert "checked" in tag(nl["page-statement-answered"], "ST_ONE--1")
        assert "<dd>Niet mee eens</dd>" in nl["review-kinds"]


class TestAWriteIn:
    def test_stands_beside_its_option_and_names_it(self, nl: Mapping[str, str]) -> None:
        assert '<label for="TV_WAY-4-text">Kiest u “Iets anders”?' in nl["page-travel"]
        assert 'name="TV_WAY.4.text" maxlength="200"' in tag(nl["page-travel"], "TV_WAY-4-text")
        assert "TV_WAY-3-text" not in nl["page-travel"]

    def test_is_kept_escaped_and_part_of_the_answer_in_words(self, nl: Mapping[str, str]) -> None:
        assert 'value="Met de &lt;boot&gt;"' in tag(nl["page-travel-answered"], "TV_WAY-4-text")
        assert "<dd>Iets anders: Met de &lt;boot&gt;</dd>" in nl["review-kinds"]

    def test_its_fault_leads_to_the_text_field(self, nl: Mapping[str, str]) -> None:
        text = nl["page-travel-error"]
        assert '<a href="#TV_WAY-4-text">Maak de tekst korter.</a>' in text
        assert 'aria-describedby="TV_WAY-4-text-error" aria-invalid="true"' in tag(text, "TV_WAY-4-text")
        assert 'value="&lt;boot&gt;"' in tag(text, "TV_WAY-4-text")


class TestAnOpenQuestion:
    def test_a_postcode_is_a_short_field_that_the_browser_knows(self, nl: Mapping[str, str]) -> None:
        assert 'autocomplete="postal-code"' in tag(nl["page-places"], "DM_PC")
        assert 'inputmode="numeric"' in tag(nl["page-places"], "DM_PC4")
        assert 'value="12 AB"' in tag(nl["page-places-error"], "DM_PC")

    def test_says_beside_the_question_that_it_may_be_quoted(self, nl: Mapping[str, str]) -> None:
        assert "kan zonder uw naam in het verslag staan" in nl["page-why"]
        assert "kan zonder uw naam in het verslag staan" not in nl["page-open"]

    def test_pipes_in_the_label_of_an_earlier_answer_and_never_what_was_typed(self, nl: Mapping[str, str]) -> None:
        assert "U reist zo: “Iets anders”. Waarom?" in nl["page-why-answered"]
        assert "boot" not in nl["page-why-answered"]

    def test_that_may_be_left_open_is_asked_for_once(self, nl: Mapping[str, str]) -> None:
        asked = '<input type="hidden" name="asked" value="TV_WHY">'
        assert asked not in nl["page-why"]
        assert asked in nl["page-why-error"]
        assert "overslaan" not in nl["page-why"]


class TestAPage:
    def test_has_its_own_title(self, nl: Mapping[str, str], en: Mapping[str, str]) -> None:
        assert "<h1>Hoe u reist</h1>" in nl["page-travel"]
        assert "<h1>How you travel</h1>" in en["page-travel"]

    def test_offers_only_what_was_chosen_before_and_what_is_pinned(self, nl: Mapping[str, str]) -> None:
        assert re.findall(r'name="TV_BEST" value="(\d+)"', nl["page-best"]) == ["1", "2", "4", "98"]

    def test_shows_no_way_back_where_nobody_goes_back(self, walk_in: Callable[..., Walk]) -> None:
        asked = _with(Policy(back=False))
        walk = walk_in("nl", {**kinds.ANSWERS}, asked)
        for text in (content(walk.show(_page("travel"))), content(walk.show_review())):
            assert 'value="back"' not in text
            assert 'class="change"' not in text

    def test_shows_no_answers_before_sending_where_there_is_no_review(self, walk_in: Callable[..., Walk]) -> None:
        text = content(walk_in("nl", {**kinds.ANSWERS}, _with(Policy(review=False))).show_review())
        assert "<dl" not in text
        assert 'value="send"' in text


class TestALanguageThatReadsFromTheRight:
    def test_turns_the_page_around_and_falls_back_to_dutch(self, walk_in: Callable[..., Walk]) -> None:
        text = content(walk_in("ar", {}, kinds.every_kind()).show(_page("travel")))
        assert '<html lang="ar" dir="rtl">' in text
        assert "كيف تذهب عادةً إلى العمل؟" in text
        assert "Hoe reist u wel eens?" in text


class TestTheEasyMode:
    def test_has_a_button_and_a_line_of_explanation_at_the_start(self, nl: Mapping[str, str]) -> None:
        assert 'name="action" value="easy" aria-describedby="easy-text"' in nl["start-easy"]
        assert "De makkelijke versie duurt ongeveer 3 minuten." in nl["start-easy"]
        assert 'value="easy"' not in nl["start"]

    def test_has_larger_letters(self, walk_in: Callable[..., Walk]) -> None:
        walk = walk_in("nl", {}, kinds.every_kind())
        response = msgspec.structs.replace(walk.response, easy=True)
        easy = Walk(walk.visit.with_response(response), response, walk.questionnaire, Stored({}, frozenset()))
        assert '<body class="easy">' in content(easy.show(easy.route[0]))
        assert "<body>" in content(walk.show(_page("travel")))


class TestGoingOnElsewhere:
    def test_shows_the_address_as_text_and_as_a_drawing_with_a_title(self, nl: Mapping[str, str]) -> None:
        text = nl["later"]
        assert '<code dir="ltr">https://samenspraak.example/s/' in text
        assert re.search(r'<svg class="qr" role="img" aria-labelledby="qr-title".*?<title id="qr-title">QR-code', text)
        assert "data:" not in text


def _page(key: str) -> Page:
    return next(page for page in kinds.NEW if page.key == key)


def _with(policy: Policy) -> Questionnaire:
    return msgspec.structs.replace(kinds.every_kind(), policy=policy)
