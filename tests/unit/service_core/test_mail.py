"""Mails read well in both languages, lead to one place, and load nothing."""

import re
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import get_args

import pytest

from service.mail.compose import Letter, compose
from service.mail.texts import TEXTS, Kind
from surveys.readability import flesch_douma

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEY = b"k" * 32
LINK = "https://panel.example/s/abcdefghijklmnopqrstuA"
PAGE = "https://panel.example/m/abcdefghijklmnopqrstuQ"
WORDS = {
    "app": "de chatbot van de gemeente",
    "org": "de gemeente Voorbeeld",
    "Org": "De gemeente Voorbeeld",
    "title": "Burgerberaad over AI",
    "organiser": "gemeente Voorbeeld",
    "size": "40",
    "panels": "1000",
    "ticket": "7KQ4-M2XP",
    "source": "Lotto van 28 november 2026",
}


def write(kind: Kind = "invitation", language: str = "nl", **fields: object) -> EmailMessage:
    letter = Letter(
        kind=kind,
        language=language,
        to="jan@example.org",
        **{"identity": f"{kind}|1", "link": LINK, "own_page": PAGE, "words": WORDS, **fields},  # type: ignore[arg-type]
    )
    return compose(letter, mail_from="Samenspraak <panel@example.org>", key=KEY, now=NOW)


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body(preferencelist=(kind,))
    assert found is not None
    return str(found.get_content())


def test_every_mail_exists_in_dutch_and_english() -> None:
    assert set(TEXTS) == {(kind, language) for kind in get_args(Kind) for language in ("nl", "en")}


@pytest.mark.parametrize("kind", get_args(Kind))
@pytest.mark.parametrize("language", ["nl", "en"])
def test_both_parts_say_the_same_and_no_blank_is_left(kind: Kind, language: str) -> None:
    message = write(kind, language)
    plain, rich = part(message, "plain"), part(message, "html")
    assert "{" not in plain + str(message["Subject"])
    for paragraph in TEXTS[kind, language].before:
        first = paragraph.split("{")[0].split(".")[0]
        assert first in plain
        assert first in rich


def test_an_invitation_leads_to_the_questionnaire_and_to_ones_own_page_and_nowhere_else() -> None:
    message = write()
    for kind in ("plain", "html"):
        assert set(re.findall(r"https?://[^\s\"<]+", part(message, kind))) == {LINK, PAGE}


def test_the_html_part_loads_nothing() -> None:
    assert not re.search(r"<(img|script|link|iframe|style)|src=|background", part(write(), "html"))


def test_leaving_takes_one_click() -> None:
    message = write()
    assert message["List-Unsubscribe"] == f"<{PAGE}/unsubscribe>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_somebody_who_is_not_a_member_gets_no_unsubscribe_header() -> None:
    assert write("confirmation", own_page="")["List-Unsubscribe"] is None


def test_the_same_mail_offered_twice_has_the_same_id_and_another_mail_another() -> None:
    first, again, other = write(), write(), write(identity="invitation|2")
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]
    assert "invitation" not in first["Message-ID"]


def test_names_from_an_application_cannot_break_out_of_the_mail() -> None:
    words = {"app": "x\r\nBcc: all@example.org <script>", "org": "o", "Org": "O"}
    message = write(words=words)
    assert message["Bcc"] is None
    assert "\n" not in message["Subject"]
    assert "<script>" not in part(message, "html")


@pytest.mark.parametrize("kind", get_args(Kind))
def test_dutch_sentences_are_short(kind: Kind) -> None:
    text = TEXTS[kind, "nl"]
    for paragraph in (*text.before, *text.after):
        for sentence in re.split(r"(?<=[.?:]) ", paragraph):
            assert len(sentence.split()) <= 20, sentence
    assert flesch_douma(" ".join((*text.before, *text.after))) >= 60


def test_a_language_we_do_not_have_becomes_dutch() -> None:
    assert write(language="pl")["Content-Language"] == "nl"


def test_a_copy_of_ones_data_is_a_json_file() -> None:
    message = write("export", attachment=b"{}")
    (attachment,) = message.iter_attachments()
    assert attachment.get_filename() == "uw-gegevens.json"
    assert attachment.get_content_type() == "application/json"
