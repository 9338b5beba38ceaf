"""The screen for personal data: what it must find, what it must leave alone, and that a masked text is clean.

It stays a filter: what it cannot know is listed in `test_what_only_a_person_can_see_passes`, so that nobody forgets.
"""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analytics.texts.screen import blank, blocks, eleven, mask, ninety_seven, screen

FOUND = [
    ("name", "Mijn naam is Jan de Vries en ik woon hier", "Jan de Vries"),
    ("name", "ik heet fatima", "fatima"),
    ("name", "my name is John Smith.", "John Smith"),
    ("name", "dhr. Jansen heeft dit gezegd", "Jansen"),
    ("name", "mevrouw de Boer zei van niet", "de Boer"),
    ("name", "Dr. van der Meer weet het", "van der Meer"),
    ("name", "Groetjes, Anneke", "Anneke"),
    ("name", "mvg Piet Hein", "Piet Hein"),
    ("name", "mijn zoon Kees vindt dat ook", "Kees"),
    ("mail_address", "mail me op jan.devries+x@gmail.com", "jan.devries+x@gmail.com"),
    ("mail_address", "jan(at)voorbeeld.nl", "jan(at)voorbeeld.nl"),
    ("mail_address", "jan at gmail punt com", "jan at gmail punt com"),
    ("phone", "bel 06-12345678", "06-12345678"),
    ("phone", "06 12 34 56 78", "06 12 34 56 78"),
    ("phone", "+31 6 12345678", "+31 6 12345678"),
    ("phone", "0031612345678", "0031612345678"),
    ("phone", "(020) 123 45 67", "(020) 123 45 67"),
    ("phone", "0113-123456", "0113-123456"),
    ("phone", "0900 1234", "0900 1234"),
    ("phone", "+44 20 7946 0958", "+44 20 7946 0958"),
    ("postcode", "ik woon in 3511 LX", "3511 LX"),
    ("postcode", "3511lx", "3511lx"),
    ("address", "Kerkstraat 12", "Kerkstraat 12"),
    ("address", "op de dorpsweg 3a", "dorpsweg 3a"),
    ("address", "Laan 144", "Laan 144"),
    ("address", "ik woon aan Het Zand 7", "Het Zand 7"),
    ("address", "I live at 12 Baker Street", "12 Baker Street"),
    ("address", "Postbus 1234", "Postbus 1234"),
    ("bsn", "mijn bsn 111222333", "111222333"),
    ("bsn", "123 45 67 82", "123 45 67 82"),
    ("iban", "NL91ABNA0417164300", "NL91ABNA0417164300"),
    ("iban", "nl91 abna 0417 1643 00", "nl91 abna 0417 1643 00"),
    ("number_plate", "mijn kenteken is 12-ABC-3", "12-ABC-3"),
    ("number_plate", "ab-12-cd", "ab-12-cd"),
    ("number_plate", "GB001B stond er", "GB001B"),
    ("number_plate", "XX 12 34", "XX 12 34"),
    ("web_address", "kijk op www.mijnsite.nl/over-mij", "www.mijnsite.nl/over-mij"),
    ("web_address", "https://x.org/jan", "https://x.org/jan"),
    ("web_address", "mijnblog.nl", "mijnblog.nl"),
    ("handle", "@janpiet weet dit", "@janpiet"),
    ("handle", "insta: janp88", "janp88"),
    ("birth_date", "geboren op 12-3-1980", "12-3-1980"),
    ("birth_date", "geboren 3 maart 1971", "3 maart 1971"),
    ("birth_date", "born 12 May 1980", "12 May 1980"),
    ("birth_date", "12/03/1980", "12/03/1980"),
    ("number", "zaaknummer 2024-00123", "2024-00123"),
    ("number", "klantnr: 883", "883"),
    ("number", "1234567", "1234567"),
    ("no_quote", "Wie kijkt er mee? niet citeren!", "niet citeren"),
    ("no_quote", "Please do not quote me", "do not quote"),
    ("no_quote", "Bunu kim kontrol ediyor? Alıntı yapmayın.", "Alıntı yapmayın"),
    ("no_quote", "من يراجع ذلك؟ عدم الاقتباس", "عدم الاقتباس"),
    ("no_quote", "Kto to sprawdza? Nie cytować!", "Nie cytować"),
    ("no_quote", "Хто це перевіряє? Не цитувати.", "Не цитувати"),
]
LOOK = [
    ("possible_name", "ik zag Pieter van Dam erover", "Pieter van Dam"),
    ("possible_name", "Jan Jansen zei het al", "Jan Jansen"),
    ("organisation", "ik werk bij Philips", "Philips"),
    ("organisation", "gemeente Utrecht", "Utrecht"),
    ("health", "ik heb zelf kanker gehad", "kanker"),
    ("health", "mijn vrouw is zwanger", "zwanger"),
    ("date", "op 10-12-2023 kreeg ik een brief", "10-12-2023"),
]
CLEAN = [
    "Wat gebeurt er met mijn gegevens?",
    "Kost dit 100.000 euro?",
    "Er zijn 1.000.000 mensen",
    "in 2026 of 2027",
    "In 2024 is dit gestart",
    "In 2024 AI gebruiken",
    "24 uur per dag en 7 dagen per week",
    "Tussen 9-17 uur",
    "60+ers en 18-24 jaar",
    "De AI in Nederland",
    "artikel 22 van de AVG",
    "Big Brother is watching",
    "50-100 euro boete",
    "Ja of nee? Dat is 1234 euro",
    "de weg 3 keer op",
    "op 1 mei",
    "een 7,5 van de 10",
    "ik heet dit niet welkom",
    "de burgemeester moet dit weten",
    "een agent op straat",
    "covid-19 en 24-7 bereikbaar",
    "Is Google betrouwbaar?",
    "De Autoriteit Persoonsgegevens",
    "A2 en A12",
    "123456789",  # nine digits that are no citizen service number are a long number: see below
]


@pytest.mark.parametrize(("kind", "text", "what"), FOUND)
def test_it_finds_and_masks(kind: str, text: str, what: str) -> None:
    found = {(one.kind, one.severity): text[one.start : one.end] for one in screen(text)}
    assert found.get((kind, "high")) == what  # type: ignore[call-overload]
    assert blocks(text)
    assert (what in mask(text)) == (kind == "no_quote")
    assert what not in blank(text)


@pytest.mark.parametrize(("kind", "text", "what"), LOOK)
def test_it_flags_for_a_person_to_look(kind: str, text: str, what: str) -> None:
    found = {(one.kind, one.severity): text[one.start : one.end] for one in screen(text)}
    assert found == {(kind, "low"): what}
    assert not blocks(text)
    assert mask(text) == text


@pytest.mark.parametrize("text", CLEAN[:-1])
def test_it_leaves_ordinary_answers_alone(text: str) -> None:
    assert screen(text) == ()
    assert mask(text) == text


def test_nine_digits_are_a_service_number_only_with_the_right_check() -> None:
    assert [one.kind for one in screen("111222333")] == ["bsn"]
    assert [one.kind for one in screen("123456789")] == ["number"]


@pytest.mark.parametrize(
    "text",
    [
        "Als je hier in het dorp Truus zegt weet iedereen wie het is",
        "als enige tandarts van Ameland merk ik dat ook",
        "mijn nummer is nul zes twaalf vierendertig",
    ],
)
def test_what_only_a_person_can_see_passes(text: str) -> None:
    """Limits of a screen, and the reason why a person reads every quote."""
    assert not blocks(text)


def test_the_checks_know_right_from_wrong() -> None:
    assert eleven("111222333")
    assert not eleven("111222334")
    assert not eleven("000000000")
    assert not eleven("12345678")
    assert ninety_seven("NL91ABNA0417164300")
    assert ninety_seven("GB82WEST12345698765432")
    assert not ninety_seven("NL91ABNA0417164301")


def test_each_finding_is_masked_by_its_own_word_in_both_languages() -> None:
    text = "Mijn naam is Jan, mail jan@voorbeeld.nl"
    assert mask(text, "nl") == "Mijn naam is [naam], mail [mailadres]"
    assert mask(text, "en") == "Mijn naam is [name], mail [mail address]"


def test_blanking_keeps_every_other_letter_in_place() -> None:
    text = "Bel 06-12345678 over privacy [naam]"
    assert blank(text) == "Bel             over privacy       "
    assert blank(mask(text)).split() == ["Bel", "over", "privacy"]


PIECES = st.sampled_from(
    [
        "Jan",
        "mijn naam is",
        "06-12345678",
        "12",
        "-",
        "@",
        ".nl",
        "[naam]",
        "Kerkstraat",
        "1234 AB",
        " ",
        "geboren",
        "a",
    ]
)


@given(
    st.one_of(
        st.text(max_size=200), st.lists(PIECES, max_size=12).map(" ".join), st.lists(PIECES, max_size=12).map("".join)
    )
)
@example("[naam]@[naam].nl")
def test_a_masked_text_passes_the_screen_whatever_was_written(text: str) -> None:
    masked = mask(text)
    assert {one.kind for one in screen(masked) if one.severity == "high"} <= {"no_quote"}
    assert mask(masked) == masked
    assert len(blank(text)) == len(text)
    assert not blocks(blank(text))


@pytest.mark.parametrize(
    "piece", ["a", "1", "A ", "a.", "0 ", "Van ", "12-3-", "@", "ik ", "a@", "straat ", "Mijn naam is ", "ik ben "]
)
def test_a_long_answer_is_screened_quickly(piece: str) -> None:
    text = (piece * 1000)[:1000]
    before = time.process_time()
    screen(text)
    assert time.process_time() - before < 0.5
