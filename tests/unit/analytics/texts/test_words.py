"""Words, stems and the language of an answer."""

import pytest

from analytics.texts.words import language, plain, stem, words


def test_words_keep_their_place_in_the_text() -> None:
    text = "Patiënten, foto's en auto's: 3 dingen!"
    found = words(text)
    assert [text[word.start : word.end] for word in found] == ["Patiënten", "foto's", "en", "auto's", "dingen"]
    assert [word.form for word in found] == ["patienten", "foto's", "en", "auto's", "dingen"]


def test_sentences_are_numbered() -> None:
    found = words("Een. Twee! Drie vier\nvijf")
    assert [word.sentence for word in found] == [0, 1, 2, 2, 3]


@pytest.mark.parametrize(
    ("tongue", "forms"),
    [
        ("nl", ("fout", "fouten", "foutje")),
        ("nl", ("mens", "mensen")),
        ("nl", ("camera", "camera's", "cameras")),
        ("nl", ("bedrijf", "bedrijven")),
        ("nl", ("hacken", "gehackt")),
        ("en", ("choose", "choosing")),
        ("en", ("company", "companies")),
    ],
)
def test_forms_of_one_word_share_a_stem(tongue: str, forms: tuple[str, ...]) -> None:
    assert len({stem(plain(form), tongue) for form in forms}) == 1  # type: ignore[arg-type]


def test_different_words_keep_different_stems() -> None:
    assert stem("klacht", "nl") != stem("kracht", "nl")


@pytest.mark.parametrize(
    ("text", "otherwise", "expected"),
    [
        ("What happens with my data?", "nl", "en"),
        ("Wat gebeurt er met mijn gegevens?", "en", "nl"),
        ("privacy", "en", "en"),
        ("privacy", "nl", "nl"),
        ("", "en", "en"),
    ],
)
def test_the_language_is_that_of_the_small_words(text: str, otherwise: str, expected: str) -> None:
    assert language(words(text), otherwise) == expected  # type: ignore[arg-type]
