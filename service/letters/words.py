"""The words of a letter, in plain Dutch and English. `{app}`, `{org}` and `{Org}` are names inside a sentence."""

from collections.abc import Mapping
from typing import Literal

import msgspec
from samenspraak.types.base import Lang


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """One letter in one language."""

    subject: str
    greeting: str = ""
    paragraphs: tuple[str, ...]
    how: str
    """Above link and code."""
    typed: str
    """Before the address at which the code is typed."""
    call: str
    """Offers a call; `{phone}` and `{hours}`. Left out where nobody answers a telephone."""
    refuse: str
    privacy: str


LETTERS: Mapping[tuple[Literal["invitation", "reminder"], Lang], Words] = {
    ("invitation", "nl"): Words(
        subject="Wat vindt u van {app}?",
        greeting="Goedendag,",
        paragraphs=(
            "{Org} wil weten wat mensen vinden van {app}. U bent door loting gekozen om mee te doen.",
            "We leggen eerst uit hoe het werkt. Daarna vragen we wat u ervan vindt. U hoeft er niets van te weten. "
            "Meedoen is vrij. U kunt tussendoor stoppen en later verdergaan.",
        ),
        how="Zo doet u mee",
        typed="Of ga naar {address} en typ deze code:",
        call="Doet u liever mee per telefoon? Bel {phone}{hours}. Of kies “Bel mij liever” op de website.",
        refuse="Wilt u niet meedoen? Dan hoeft u niets te doen. U krijgt hoogstens enkele herinneringen.",
        privacy="{Org} ziet uitkomsten van groepen, nooit uw vragenlijst. De code is van u alleen.",
    ),
    ("reminder", "nl"): Words(
        subject="Doet u nog mee? Uw mening over {app}",
        greeting="Goedendag,",
        paragraphs=(
            "We vroegen u wat u vindt van {app}. U hebt de vragenlijst nog niet verstuurd. "
            "Was u al begonnen? Dan gaat u daar verder.",
            "Uw mening telt mee, ook als u twijfelt of er weinig van weet.",
        ),
        how="Zo doet u mee",
        typed="Of ga naar {address} en typ deze code:",
        call="Doet u liever mee per telefoon? Bel {phone}{hours}. Of kies “Bel mij liever” op de website.",
        refuse="Wilt u niet meedoen? Kies dat dan op de website. U krijgt hier dan geen brief meer over.",
        privacy="{Org} ziet uitkomsten van groepen, nooit uw vragenlijst. De code is van u alleen.",
    ),
    ("invitation", "en"): Words(
        subject="What do you think of {app}?",
        paragraphs=(
            "{Org} wants to know what people think of {app}. You were drawn by lot to take part. First we explain how "
            "it works, then we ask what you think. Taking part is free; you can stop on the way and go on later.",
        ),
        how="How to take part",
        typed="Scan the square above, or go to {address} and type the code above.",
        call="Would you rather take part by telephone? Call {phone}{hours}.",
        refuse="Would you rather not? Then you need not do anything.",
        privacy="{Org} sees results of groups, never your questionnaire. The code is yours alone.",
    ),
    ("reminder", "en"): Words(
        subject="Will you still take part? Your opinion on {app}",
        paragraphs=(
            "We asked you what you think of {app}. You have not sent the questionnaire yet. Your opinion counts, also "
            "when you are in doubt. Had you started? You go on from there.",
        ),
        how="How to take part",
        typed="Scan the square above, or go to {address} and type the code above.",
        call="Would you rather take part by telephone? Call {phone}{hours}.",
        refuse="Would you rather not? Say so on the website, and you get no more letters about this.",
        privacy="{Org} sees results of groups, never your questionnaire. The code is yours alone.",
    ),
}

BANNER = "SIMULATIE: dit is een proef met bedachte mensen. / SIMULATION: a trial with invented people."
SENDER = "Samenspraak, panel voor samenlevingsaudits"
CLOSING = "Met vriendelijke groet,\nhet panel van Samenspraak"
REFERENCE: Mapping[Lang, str] = {"nl": "Kenmerk", "en": "Reference"}
