"""A fault is told in the language somebody answers in, with the same facts in every language."""

import re
from collections import Counter
from typing import get_args

import pytest
from samenspraak.types.base import Language, Localised
from samenspraak.types.questionnaire import Option

from surveys.answers import fault
from surveys.wording import TEXTS, Code

ALL: tuple[Language, ...] = get_args(Language)
CODES: tuple[Code, ...] = get_args(Code)
SLOT = re.compile(r"{(\w+)}")
VALUES = {
    "least": 3,
    "most": 41,
    "length": 77,
    "decimals": 2,
    "step": 5,
    "set": 6,
    "sets": 8,
    "rows": 9,
}


def test_every_code_has_its_words() -> None:
    assert set(TEXTS) == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_fault_has_words_in_all_six_languages_and_no_two_alike(code: Code) -> None:
    words = TEXTS[code]
    assert set(words) == set(ALL)
    assert all(text.strip() == text and text.endswith(".") for text in words.values())
    assert len(set(words.values())) == len(ALL)


@pytest.mark.parametrize("code", CODES)
def test_a_fault_names_the_same_facts_in_every_language(code: Code) -> None:
    slots = {lang: Counter(SLOT.findall(text)) for lang, text in TEXTS[code].items()}
    assert all(found == slots["nl"] for found in slots.values())


@pytest.mark.parametrize("code", CODES)
def test_arabic_and_ukrainian_faults_are_in_their_own_script(code: Code) -> None:
    arabic, ukrainian = (SLOT.sub("", TEXTS[code][lang]) for lang in ("ar", "uk"))
    assert re.search(r"[\u0621-\u064a]", arabic)
    assert re.search(r"[а-щьюяєіїґ]", ukrainian, re.IGNORECASE)
    assert not re.search(r"[ыёэъ]", ukrainian, re.IGNORECASE)
    assert {*re.findall(r"[A-Za-z]+", arabic), *re.findall(r"[A-Za-z]+", ukrainian)} <= {"AB"}


@pytest.mark.parametrize("lang", ALL)
@pytest.mark.parametrize("code", CODES)
def test_a_fault_is_told_with_its_facts_filled_in(code: Code, lang: Language) -> None:
    label = Localised(nl="niets", en="nothing", tr="hiçbiri", ar="لا شيء", pl="nic", uk="нічого")
    told = fault("Q", code, lang, Option(code=97, label=label), **VALUES)
    assert (told.pointer, told.code) == ("Q", code)
    facts = {**VALUES, "label": getattr(label, lang)}
    assert [name for name in SLOT.findall(TEXTS[code][lang]) if str(facts[name]) not in told.detail] == []
    assert "{" not in told.detail


@pytest.mark.parametrize("code", [code for code in CODES if "{label}" in TEXTS[code]["nl"]])
def test_a_label_in_an_arabic_fault_keeps_its_own_direction(code: Code) -> None:
    label = Localised(nl="niets", en="nothing")
    assert "\u2068niets\u2069" in fault("Q", code, "ar", Option(code=97, label=label), **VALUES).detail


@pytest.mark.parametrize("code", CODES)
def test_a_dutch_fault_has_no_sentence_over_twenty_words(code: Code) -> None:
    assert max(len(sentence.split()) for sentence in re.split(r"(?<=[.?])\s", TEXTS[code]["nl"])) <= 20
