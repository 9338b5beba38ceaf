"""The lexicon as data: what its notation means, and that faults in it are all named at once."""

import json
from typing import Any

import pytest

from analytics.errors import TextsUnusable
from analytics.texts.coding import LexiconCoder
from analytics.texts.lexicon import decode, shipped


def lexicon(*entries: str, denials: tuple[str, ...] = (), **others: list[str]) -> bytes:
    concerns: dict[str, Any] = {"one": {"nl": list(entries)}, **{code: {"nl": words} for code, words in others.items()}}
    content = {"version": "t", "licence": "x", "concerns": concerns, "denials": {"nl": list(denials)}}
    return json.dumps(content).encode()


def raises_code(entry: str, text: str) -> bool:
    return LexiconCoder(decode(lexicon(entry))).code(text, "nl").codes == ("one",)


@pytest.mark.parametrize(
    ("entry", "yes", "no"),
    [
        ("fout", "veel fouten", "veel fruit"),
        ("=gegevens", "mijn gegevens", "ik heb dat gegeven"),
        ("privacy*", "privacywet", "deprivacy"),
        ("*verbruik", "stroomverbruik", "verbruikt"),
        ("*camera*", "beveiligingscamera's", "kamer"),
        ("mens/medewerker", "een medewerker", "een machine"),
        ("geen uitleg", "geen enkele goede uitleg", "uitleg is er geen"),
        ("geen uitleg", "geen uitleg", "geen mens gaf ons daar ooit uitleg"),
        ("mens & praten", "praten met een mens", "praten met een machine"),
        ("mens & praten", "een mens om mee te praten", "een mens. We praten door"),
        ("mens & praten", "een mens wil praten", "praten over van alles en nog wat en dan komt er een mens"),
    ],
)
def test_the_notation_means_what_it_says(entry: str, yes: str, no: str) -> None:
    assert raises_code(entry, yes)
    assert not raises_code(entry, no)


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(TextsUnusable) as caught:
        decode(lexicon("fout", "", "fout", "a*b", "Hoofdletter", denials=("*",)))
    assert {(fault.pointer, fault.code) for fault in caught.value.faults} == {
        ("/concerns/one/nl/1", "notation"),
        ("/concerns/one/nl/2", "same_twice"),
        ("/concerns/one/nl/3", "notation"),
        ("/concerns/one/nl/4", "notation"),
        ("/denials/nl/0", "notation"),
    }


@pytest.mark.parametrize("content", [b"", b"[]", b'{"version": "1"}', b'{"concerns": 3}'])
def test_a_file_of_another_shape_is_refused(content: bytes) -> None:
    with pytest.raises(TextsUnusable, match="cannot be read"):
        decode(content)


def test_the_shipped_lexicon_has_eighteen_concerns_in_two_languages() -> None:
    found = shipped()
    assert len(found.codes) == 18
    for tongue in ("nl", "en"):
        assert {entry.code for entry in found.entries[tongue]} == set(found.codes)  # type: ignore[index]


def test_another_text_of_the_lexicon_has_another_name() -> None:
    names = {LexiconCoder(decode(lexicon(entry))).name for entry in ("fout", "mens")}
    assert len(names) == 2
