"""Letters: every sheet carries its own code and link, and what the owner calls things cannot become markup."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from samenspraak.types.base import Lang

from panels import codes
from service.letters import batch, pdf
from service.letters.words import LETTERS

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ONE, TWO = UUID(int=1), UUID(int=2)
NAMES = {"app": "de chatbot #strong[x] <b>", "org": "de gemeente", "Org": "De gemeente"}
ABOUT = pdf.About(
    words={"nl": NAMES, "en": NAMES},
    address="samenspraak.example/code",
    phone="088 123 45 67",
    hours="Mo-Fr 09:00-17:00",
    simulated=True,
)


def sheet(id: UUID, *, first: bool = True) -> pdf.Sheet:
    return batch.sheet(
        id, ("Dorpsstraat 12", "3511 AB  UTRECHT"), link_key=b"k" * 32, public_url="https://s.nl", first=first
    )


def test_each_sheet_has_the_code_and_link_of_its_own_person() -> None:
    one, two = sheet(ONE), sheet(TWO)
    assert one.code == codes.invitation_code(b"k" * 32, ONE) != two.code
    assert one.link != two.link
    assert one.link.startswith("https://s.nl/s/")


def test_a_batch_is_one_accessible_document_with_a_page_for_each() -> None:
    made = pdf.render([sheet(ONE), sheet(TWO, first=False)], ABOUT, made_at=NOW)
    assert made.startswith(b"%PDF-1.7")
    assert b"pdfuaid" in made


def test_the_same_batch_gives_the_same_bytes() -> None:
    assert pdf.render([sheet(ONE)], ABOUT, made_at=NOW) == pdf.render([sheet(ONE)], ABOUT, made_at=NOW)


@pytest.mark.parametrize("kind", ["invitation", "reminder"])
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_without_a_telephone_no_call_is_offered(kind: str, lang: Lang) -> None:
    filled = pdf._filled(kind, lang, msgspec.structs.replace(ABOUT, phone="", hours=""))  # type: ignore[arg-type]
    assert len(filled["more"]) == 2  # type: ignore[arg-type]
    assert not any("{" in str(value) for value in filled.values())


def test_dutch_sentences_stay_short() -> None:
    for (_, lang), words in LETTERS.items():
        if lang == "nl":
            for text in (*words.paragraphs, words.refuse, words.privacy):
                assert all(len(sentence.split()) <= 20 for sentence in text.replace("?", ".").split("."))
