"""Both catalogues are complete, say the same things, and hold nothing that no page uses."""

import re
from pathlib import Path

import pytest

from service.pages.texts import LANGUAGES, language, texts

PACKAGE = Path(__file__).parents[3] / "service"
SLOTS = re.compile(r"{(\w+)}")


def test_every_message_exists_in_every_language() -> None:
    assert set(texts("nl").messages) == set(texts("en").messages)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_message_is_empty(lang: str) -> None:
    assert all(text.strip() for text in texts(language(lang)).messages.values())


def test_a_message_has_the_same_slots_in_every_language() -> None:
    dutch, english = texts("nl").messages, texts("en").messages
    differing = [key for key in dutch if set(SLOTS.findall(dutch[key])) != set(SLOTS.findall(english[key]))]
    assert differing == []


def test_the_dutch_text_speaks_to_people_with_u() -> None:
    informal = re.compile(r"\b(jij|jou|jouw|jullie)\b", re.IGNORECASE)
    assert [key for key, text in texts("nl").messages.items() if informal.search(text)] == []


def test_no_dutch_sentence_is_longer_than_twenty_words() -> None:
    long = [
        (key, sentence)
        for key, text in texts("nl").messages.items()
        for sentence in re.split(r"(?<=[.!?:])\s", text)
        if len(sentence.split()) > 20
    ]
    assert long == []


def test_every_message_is_used_by_a_page() -> None:
    sources = [p for p in (PACKAGE / "pages").rglob("*") if p.suffix in (".py", ".html")]
    sources += [p for p in (PACKAGE / "register").rglob("*") if p.suffix in (".py", ".html")]
    written = "\n".join(p.read_text() for p in sources)
    composed = (
        "block.", "state.", "kind.", "cell.", "province.", "answer.", "home.step", "member.", "join.",
        "missing.", "away.", "busy.", "often.", "broken.", "bad.", "withdraw.", "erase.", "unsubscribe.",
        "assembly_state.",
        "selection.method_", "preview.",
    )  # fmt: skip
    unused = [key for key in texts("nl").messages if f'"{key}"' not in written and not key.startswith(composed)]
    assert unused == []


def test_an_unknown_message_never_reaches_a_page() -> None:
    with pytest.raises(KeyError):
        texts("nl")("no.such.message")


def test_a_missing_value_never_reaches_a_page() -> None:
    with pytest.raises(KeyError):
        texts("nl")("progress.one", n=1)


def test_the_address_decides_the_language_then_the_person_then_dutch() -> None:
    assert language("en", "nl") == "en"
    assert language("xx", "en") == "en"
    assert language(None, "tr") == "nl"
    assert language(None) == "nl"
