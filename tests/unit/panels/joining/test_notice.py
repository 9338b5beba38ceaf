"""The privacy notice: what, why, how long, whose, in both languages, and true to the rules that the code applies."""

import pytest

from panels import retention
from panels.joining import notice


def test_the_notice_answers_every_question_in_both_languages() -> None:
    asked = [section.heading.nl for section in notice.SECTIONS]
    for question in ("Wie vraagt dit?", "Wat vragen we?", "Waarom?", "Wie ziet het?", "Hoe lang?", "Wat kunt u doen?"):
        assert question in asked
    for section in notice.SECTIONS:
        assert section.text.nl
        assert section.text.en
        assert section.text.nl != section.text.en


@pytest.mark.parametrize("age", [16, 18])
def test_the_consent_sentence_states_the_age(age: int) -> None:
    assert str(age) in notice.consent(age).nl
    assert str(age) in notice.consent(age).en


@pytest.mark.parametrize("word", ["postcode", "huisnummer", "herkomst", "burgerraad", "brief", "dubbele", "jaar"])
def test_everything_that_is_kept_is_told(word: str) -> None:
    assert any(word in section.text.nl for section in notice.SECTIONS)


def test_the_promised_days_are_those_of_the_retention_rules() -> None:
    how_long = next(section for section in notice.SECTIONS if section.heading.en == "How long?")
    days = {rule.days for rule in retention.RULES if rule.table in ("vault.contact", "panel.member") and rule.days}
    assert days == {7, 180}
    for language in (how_long.text.nl, how_long.text.en):
        assert all(str(number) in language for number in days)


def test_dutch_sentences_stay_within_twenty_words() -> None:
    sentences = (notice.consent(18), notice.ORIGIN_CONSENT, notice.ASSEMBLY_CONSENT)
    texts = [*(sentence.nl for sentence in sentences), *(section.text.nl for section in notice.SECTIONS)]
    for text in texts:
        for sentence in text.replace("?", ".").split(". "):
            assert len(sentence.split()) <= 20, sentence


def test_the_present_version_may_be_consented_to() -> None:
    assert notice.NOTICE_VERSION in notice.VERSIONS


def test_consents_to_earlier_versions_stay_valid() -> None:
    assert {"2026-11-1", "2026-11-2", "2026-11-3"} < notice.VERSIONS
