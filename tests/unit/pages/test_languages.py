"""The pages behind a link can be read in six languages; four of them only in a preview, until people approve them."""

import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from samenspraak.types.base import Lang, Language, Localised

from service.pages import texts as module
from service.pages.marked import direction
from service.pages.rendering import Frame, day, html
from service.pages.texts import (
    NAMES,
    REVIEWED,
    SURVEY,
    UNREVIEWED,
    catalogue,
    language,
    texts,
)
from service.pages.views import StopView

PAGES = Path(module.__file__).parent
ALL: tuple[Language, ...] = get_args(Language)
SLOT = re.compile(r"{(\w+)}")
ARABIC = re.compile(r"[\u0621-\u064a]")
CYRILLIC = re.compile(r"[а-щьюяєіїґ]", re.IGNORECASE)
LATIN = re.compile(r"[A-Za-z]+")
NO_TRANSLATION_NEEDED = {"autoriteitpersoonsgegevens", "nl", "Samenspraak", "AB"}
"""The name of the service, the address of the regulator, and the letters of a Dutch postcode."""

WALK = (
    *(PAGES / name for name in ("entry.py", "answering.py", "walk.py")),
    *(PAGES / "questions").glob("*.py"),
    *(
        PAGES / "templates" / f"{name}.html"
        for name in ("layout", "start", "page", "parts", "feedback", "review", "stop", "done", "answer", "message")
    ),
)
"""What somebody walks through who follows a link to a questionnaire."""


def survey() -> set[str]:
    return {key for key in catalogue("nl") if key.startswith(SURVEY)}


def said(lang: Language, text: str) -> str:
    """The words of a message without its slots."""
    return SLOT.sub("", text)


@pytest.mark.parametrize("lang", ALL)
def test_every_message_of_the_survey_exists_in_every_language(lang: Language) -> None:
    assert survey() - set(catalogue(lang)) == set()


@pytest.mark.parametrize("lang", UNREVIEWED)
def test_an_unreviewed_catalogue_holds_the_survey_and_nothing_else(lang: Language) -> None:
    assert set(catalogue(lang)) == survey()


def test_every_message_on_the_way_through_a_survey_is_one_of_the_survey() -> None:
    written = "\n".join(path.read_text() for path in WALK)
    used = {key for key in re.findall(r'"([a-z_]+\.[a-z_0-9]+)"', written) if key in catalogue("nl")}
    assert len(used) > 80
    assert {key for key in used if not key.startswith(SURVEY)} == set()


def test_every_beginning_names_a_message() -> None:
    assert [start for start in SURVEY if not any(key.startswith(start) for key in catalogue("nl"))] == []


@pytest.mark.parametrize("lang", [lang for lang in ALL if lang != "nl"])
def test_a_message_has_the_slots_of_the_dutch_one(lang: Language) -> None:
    dutch, own = catalogue("nl"), catalogue(lang)
    differing = [key for key in survey() if Counter(SLOT.findall(dutch[key])) != Counter(SLOT.findall(own[key]))]
    assert differing == []


@pytest.mark.parametrize("lang", UNREVIEWED)
def test_no_message_is_empty_or_was_left_in_dutch_or_english(lang: Language) -> None:
    own = catalogue(lang)
    assert [key for key, text in own.items() if not said(lang, text).strip()] == []
    assert [key for key, text in own.items() if text in (catalogue("nl")[key], catalogue("en")[key])] == []


def test_every_arabic_message_is_in_arabic_script() -> None:
    own = catalogue("ar")
    assert [key for key, text in own.items() if not ARABIC.search(text)] == []
    foreign = {word for text in own.values() for word in LATIN.findall(said("ar", text))}
    assert foreign <= NO_TRANSLATION_NEEDED


def test_every_ukrainian_message_is_in_ukrainian_cyrillic() -> None:
    own = catalogue("uk")
    assert [key for key, text in own.items() if not CYRILLIC.search(text)] == []
    assert [key for key, text in own.items() if re.search("[ыёэъ]", text, re.IGNORECASE)] == []
    foreign = {word for text in own.values() for word in LATIN.findall(said("uk", text))}
    assert foreign <= NO_TRANSLATION_NEEDED


@pytest.mark.parametrize(("lang", "letters"), [("tr", "çğışöü"), ("pl", "ąćęłńóśźż")])
def test_turkish_and_polish_are_written_with_all_their_letters(lang: Language, letters: str) -> None:
    words = " ".join(catalogue(lang).values()).lower()
    assert [letter for letter in letters if letter not in words] == []


@pytest.mark.parametrize("lang", UNREVIEWED)
def test_a_file_says_that_nobody_approved_its_texts(lang: Language) -> None:
    head = (PAGES / "locale" / f"{lang}.po").read_text().split('msgid ""')[0]
    assert "# unreviewed: no reviewer has approved these texts" in head.splitlines()


def test_every_language_is_reviewed_or_unreviewed_and_only_reviewed_ones_are_fielded() -> None:
    assert (*REVIEWED, *UNREVIEWED) == ALL
    assert get_args(Lang) == REVIEWED
    assert UNREVIEWED == ("tr", "ar", "pl", "uk")


@pytest.mark.parametrize("lang", UNREVIEWED)
def test_an_address_never_opens_an_unreviewed_language(lang: Language) -> None:
    assert language(lang) == "nl"
    assert language(lang, "en") == "en"


@pytest.mark.parametrize("lang", UNREVIEWED)
def test_what_is_not_of_the_survey_comes_in_dutch(lang: Language) -> None:
    assert texts(lang)("join.title") == texts("nl")("join.title")
    assert set(texts(lang).messages) == set(texts("nl").messages)


@pytest.mark.parametrize("lang", ALL)
def test_a_text_without_translation_comes_in_dutch(lang: Language) -> None:
    here = Localised(nl="een", en="one", tr="bir", ar="واحد", pl="jeden", uk="один")
    assert texts(lang).of(here) == getattr(here, lang)
    assert texts(lang).of(Localised(nl="een", en="one")) == ("one" if lang == "en" else "een")


def test_only_arabic_runs_from_right_to_left() -> None:
    assert {lang: direction(lang) for lang in ALL if direction(lang) != "ltr"} == {"ar": "rtl"}


def test_a_name_or_number_in_an_arabic_sentence_keeps_its_own_direction() -> None:
    assert texts("ar")("start.title", name="Slimme Check") == "ما رأيكم في: \u2068Slimme Check\u2069؟"
    assert texts("ar")("page.number", minimum=-5, maximum=5) == "عدد من \u2068-5\u2069 إلى \u20685\u2069."
    assert texts("pl")("page.number", minimum=-5, maximum=5) == "Liczba od -5 do 5."


def test_a_dutch_postcode_in_an_arabic_sentence_keeps_its_order() -> None:
    assert "\u20661234 AB\u2069" in texts("ar")("page.postcode")


def test_every_language_is_named_as_its_readers_write_it() -> None:
    assert tuple(NAMES) == ALL
    assert NAMES["tr"] == "Türkçe"
    assert NAMES["ar"] == "العربية"
    assert NAMES["pl"] == "Polski"
    assert NAMES["uk"] == "Українська"


@pytest.mark.parametrize(
    ("lang", "written"),
    [
        ("nl", "24 november 2026"),
        ("en", "November 24, 2026"),
        ("tr", "24 Kasım 2026"),
        ("ar", "24 نوفمبر 2026"),
        ("pl", "24 listopada 2026"),
        ("uk", "24 листопада 2026\u202fр."),
    ],
)
def test_a_date_is_written_as_in_that_language(lang: Language, written: str) -> None:
    assert day(datetime(2026, 11, 24, 12, tzinfo=UTC), lang) == written


@pytest.mark.parametrize("lang", ALL)
def test_a_date_in_a_sentence_never_doubles_the_full_stop(lang: Language) -> None:
    on = day(datetime(2026, 11, 24, tzinfo=UTC), lang)
    dated = [key for key in survey() if SLOT.findall(catalogue(lang)[key]) == ["day"]]
    assert len(dated) >= 4
    assert [key for key in dated if ".." in texts(lang)(key, day=on)] == []


@pytest.mark.parametrize("lang", ALL)
def test_a_page_is_shown_in_each_language(lang: Language) -> None:
    shown = html("stop.html", frame=Frame(lang=lang, title="", switch=False), view=StopView(action="/s/token/stop"))
    assert f'lang="{lang}"' in shown
    for other in ALL:
        assert (texts(other)("stop.button") in shown) is (other == lang)
