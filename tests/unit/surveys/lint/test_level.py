"""Wording that people trip over, by examples of plain and of difficult Dutch."""

import json

import pytest
from samenspraak.types.base import Localised
from samenspraak.types.questionnaire import Finding, Option, Page, Questionnaire, Single

from surveys.lint import lint
from surveys.lint.level import WORDS, word_list

OPTIONS = tuple(Option(code=code, label=Localised(nl=word, en=word)) for code, word in ((1, "ja"), (2, "nee")))
RULES = {"double_barrelled", "passive", "jargon", "long_word", "long_sentence", "long_question"}


def findings(*texts: str) -> list[Finding]:
    questions = tuple(
        Single(key=f"Q{n}", text=Localised(nl=text, en=text), options=OPTIONS) for n, text in enumerate(texts, 1)
    )
    page = Page(key="p", block="b", questions=questions)
    q = Questionnaire(id="q", version=1, form="short", languages=("nl", "en"), pages=(page,), shuffled_blocks=())
    return [finding for finding in lint(q) if finding.code in RULES]


@pytest.mark.parametrize(
    "text",
    [
        "Vertrouwt u de gemeente?",
        "Hoe vaak gebruikt u een chatbot?",
        "Wat vindt u van mensen en computers?",
        "Wordt u daar blij van?",
        "Ik vind het geen goed idee.",
    ],
)
def test_plain_questions_pass(text: str) -> None:
    assert findings(text) == []


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("Begrijpt en vertrouwt u de chatbot?", "double_barrelled", "begrijpt en vertrouwt"),
        ("Wilt u dit gebruiken of kopen?", "double_barrelled", "gebruiken of kopen"),
        ("Uw foto wordt door de politie bewaard.", "passive", "wordt ... bewaard"),
        ("Er werden fouten gemaakt.", "passive", "werden ... gemaakt"),
        ("Wat vindt u van machine learning?", "jargon", "leren door een computer"),
        ("Mag dit indien nodig?", "jargon", "plain: als"),
        ("Wat vindt u van aansprakelijkheidsverzekeringen?", "long_word", "aansprakelijkheidsverzekeringen"),
        ("Ik wil " + "heel " * 20 + "graag weten hoe het werkt.", "long_sentence", "27 words"),
        ("Dit is een zin van acht korte woorden. " * 3, "long_question", "24 words"),
    ],
)
def test_difficult_wording_is_named_with_its_words(text: str, code: str, words: str) -> None:
    (finding,) = findings(text)
    assert (finding.severity, finding.code, finding.path) == ("warning", code, "/pages/0/questions/0/text/nl")
    assert words in finding.message


def test_a_word_is_named_once() -> None:
    found = findings("Kent u de governance?", "Is de governance goed?")
    assert [finding.path for finding in found] == ["/pages/0/questions/0/text/nl"]


def test_no_plain_alternative_is_jargon_itself() -> None:
    terms = json.loads(WORDS.read_text())["terms"]
    assert len(terms) >= 60
    for plain in terms.values():
        assert not set(plain.lower().split()) & set(word_list().terms), plain
