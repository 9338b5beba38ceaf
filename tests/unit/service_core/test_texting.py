"""Segments of a text message, counted as 3GPP TS 23.038 and 23.040 have them, and words that fit in two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.channels import texting
from service.channels.texting import Segmented, segmented


@pytest.mark.parametrize(
    ("text", "coding", "segments"),
    [
        ("", "gsm7", 1),
        ("a" * 160, "gsm7", 1),
        ("a" * 161, "gsm7", 2),
        ("a" * 306, "gsm7", 2),
        ("a" * 307, "gsm7", 3),
        ("é" * 160, "gsm7", 1),
        # A euro sign takes two septets, and is not torn apart between two segments.
        ("€" * 80, "gsm7", 1),
        ("€" * 81, "gsm7", 2),
        ("€" * 152, "gsm7", 2),
        ("€" * 153, "gsm7", 3),
        ("a" * 152 + "€" + "a" * 152, "gsm7", 3),
        ("ë" * 70, "ucs2", 1),
        ("ë" * 71, "ucs2", 2),
        ("ë" * 134, "ucs2", 2),
        ("ë" * 135, "ucs2", 3),
        ("\U0001f600" * 35, "ucs2", 1),
        ("\U0001f600" * 66, "ucs2", 2),
        ("\U0001f600" * 67, "ucs2", 3),
    ],
)
def test_segments_are_counted_as_the_standard_has_them(text: str, coding: texting.Coding, segments: int) -> None:
    assert segmented(text) == Segmented(coding=coding, segments=segments)


def test_the_default_alphabet_has_its_127_characters() -> None:
    assert len(set(texting.BASIC)) == 127
    assert len(set(texting.EXTENDED)) == 10
    assert not set(texting.BASIC) & set(texting.EXTENDED)


def test_letters_with_dots_lose_them_rather_than_halve_the_room() -> None:
    assert texting.plain("geïnteresseerd in ‘Zorg’ – één café") == "geinteresseerd in 'Zorg' - één café"
    assert texting.plain("  twee\nregels ") == "twee regels"


LINK, PAGE = f"https://samenspraak.example.nl/s/{'A' * 22}", f"https://samenspraak.example.nl/m/{'_' * 22}"


@pytest.mark.parametrize("kind", ["invitation", "reminder"])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_message_names_the_application_in_two_plain_segments(kind: str, language: str) -> None:
    text = texting.worded(kind, language, app="de chatbot van de gemeente Súdwest-Fryslân", link=LINK, page=PAGE)
    assert segmented(text).coding == "gsm7"
    assert segmented(text).segments <= 2
    assert "chatbot" in text
    assert LINK in text
    assert PAGE in text


@given(
    st.sampled_from(["invitation", "reminder"]),
    st.sampled_from(["nl", "en", "tr"]),
    st.text(max_size=300),
    st.integers(min_value=10, max_value=90),
)
def test_no_name_and_no_address_makes_a_message_longer_than_two(kind: str, language: str, app: str, size: int) -> None:
    link, page = f"https://{'x' * size}/s/{'A' * 22}", f"https://{'x' * size}/m/{'B' * 22}"
    text = texting.worded(kind, language, app=app, link=link, page=page)
    assert segmented(text).segments <= 2
    assert link in text
    assert page in text
