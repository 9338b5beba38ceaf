"""Which open answers a person must see, and which are just opinions."""

import pytest
from samenspraak.types.incidents import IncidentKind

from surveys import harm

TOLD: list[tuple[str, IncidentKind]] = [
    ("Ik denk soms aan zelfmoord door al die brieven.", "danger"),
    ("Mijn broer wil niet meer leven sinds hij zijn huis kwijt is.", "danger"),
    ("Ik word thuis bedreigd.", "danger"),
    ("I sometimes want to kill myself.", "danger"),
    ("My sister is in danger at home.", "danger"),
    ("Mijn uitkering is vorig jaar stopgezet door zo'n systeem.", "harm"),
    ("Ik ben gediscrimineerd door de gemeente.", "harm"),
    ("Wij kregen ten onrechte een boete.", "harm"),
    ("Onze gegevens zijn toen gelekt.", "harm"),
    ("I was wrongly accused of fraud.", "harm"),
    ("We lost my job and house over this. I was a victim.", "harm"),
    ("Ik heb een klacht ingediend en nooit iets gehoord.", "complaint"),
    ("Ik wil hierover klagen.", "complaint"),
    ("I filed a complaint last year.", "complaint"),
]
OPINIONS = [
    "",
    "Mensen worden gediscrimineerd door zulke systemen.",
    "Burgers krijgen ten onrechte een boete, dat is een risico.",
    "Wie slachtoffer wordt, moet bezwaar kunnen maken.",
    "Ik vind dat er altijd een mens naar moet kijken.",
    "Ik ben bang dat de computer fouten maakt.",
    "People could be wrongly accused. That must not happen.",
    "I think it saves time and money.",
    "Is er een plek waar je terecht kunt met klachten?",
    "Goed idee, ik zou het gebruiken.",
    "Dit is in strijd met de grondwet, klaag ze aan!",
]


@pytest.mark.parametrize(("text", "kind"), TOLD)
def test_what_somebody_tells_of_themselves_is_noticed(text: str, kind: IncidentKind) -> None:
    seen = harm.notice(text)
    assert seen is not None
    assert seen.kind == kind
    assert all(words in text.lower() for words in seen.found)


@pytest.mark.parametrize("text", OPINIONS)
def test_an_opinion_stays_an_opinion(text: str) -> None:
    assert harm.notice(text) is None


def test_danger_goes_before_everything_else() -> None:
    seen = harm.notice("Ik heb een klacht ingediend. Ik ben ten onrechte beboet. Ik wil niet meer leven.")
    assert seen is not None
    assert seen.kind == "danger"


def test_a_long_text_is_read_in_no_time_at_all() -> None:
    """A pattern that backtracks would hang here; the test's own time limit is what fails."""
    assert harm.notice("ik wil " * 150_000) is None
