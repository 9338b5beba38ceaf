"""The words on the pages: gettext catalogues with named messages, one per language."""

from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import get_args

from babel.messages.pofile import read_po
from samenspraak.types.application import Owner
from samenspraak.types.base import Lang, Language, Localised

from service.pages.marked import Marked, direction, filled, foreign

LANGUAGES: tuple[Lang, ...] = get_args(Lang)
"""Languages a page for the public is offered in."""

REVIEWED: tuple[Language, ...] = LANGUAGES
"""Every message was written and approved by people: may be fielded."""

UNREVIEWED: tuple[Language, ...] = tuple(lang for lang in get_args(Language) if lang not in LANGUAGES)
"""Translated and approved by nobody yet: may be looked at in a preview, never fielded, since consent must be
understood. A language leaves this list by joining `Lang`, once a reviewer has approved its whole catalogue."""

NAMES: Mapping[Language, str] = MappingProxyType(
    {
        "nl": "Nederlands",
        "en": "English",
        "tr": "Türkçe",
        "ar": "العربية",
        "pl": "Polski",
        "uk": "Українська",
    }
)
"""Each language as its readers write it."""

DEFAULT: Lang = "nl"

SURVEY: tuple[str, ...] = (
    "layout.",
    "simulated.",
    "error.",
    "action.",
    "block.",
    "progress.",
    "page.",
    "ranking.",
    "maxdiff.",
    "statement.",
    "number.",
    "write.",
    "arguments.",
    "settled.",
    "vote_item.",
    "feedback.",
    "review.",
    "start.",
    "stop.",
    "later.",
    "declined.",
    "erased.",
    "full.",
    "closed.",
    "frozen.",
    "done.",
    "answer.",
    "arrival.back",
    "session.",
    "call.",
    "code.later",
    "busy.",
    "often.",
    "missing.",
    "away.",
    "bad.",
    "broken.",
)
"""How the messages begin that somebody reads who follows a link to a questionnaire. These exist in all languages."""

_LOCALE = Path(__file__).parent / "locale"


class Texts:
    """The messages of one language. `texts("join.title")` gives the text; named values fill its `{slots}`.

    What is not there in this language comes in Dutch, and is marked as Dutch wherever a page shows it.
    """

    def __init__(self, lang: Language, messages: Mapping[str, str], dutch: Mapping[str, str] | None = None) -> None:
        self.lang = lang
        self.messages = {**(dutch or {}), **messages}
        self._borrowed = frozenset(dutch or ()) - frozenset(messages)

    def __call__(self, key: str, **values: object) -> str:
        """The message named `key` with its slots filled.

        Raises:
            KeyError: no such message, or a slot without a value; a page never shows a raw key.
        """
        text = self.messages[key]
        if key in self._borrowed:
            return foreign(text.format_map(values) if values else text, DEFAULT)
        if values and direction(self.lang) == "rtl":
            values = {name: _isolated(value) for name, value in values.items()}
        return filled(text, values) if values else text

    def has(self, key: str) -> bool:
        return key in self.messages

    def of(self, text: Localised | Owner) -> str:
        """The text of a published shape in this language; in Dutch where there is no translation."""
        words = getattr(text, self.lang)
        return words if isinstance(words, str) else foreign(text.nl, DEFAULT)


@cache
def catalogue(lang: Language) -> Mapping[str, str]:
    """The messages that the catalogue of `lang` itself holds, read once per process."""
    read = read_po(BytesIO((_LOCALE / f"{lang}.po").read_bytes()), locale=lang, abort_invalid=True)
    return MappingProxyType({str(m.id): str(m.string) for m in read if m.id and m.string})


@cache
def texts(lang: Language) -> Texts:
    """The messages of `lang`. An unreviewed language has those of the survey; the others come in Dutch."""
    if lang in REVIEWED:
        return Texts(lang, catalogue(lang))
    return Texts(lang, catalogue(lang), dutch=catalogue(DEFAULT))


def _isolated(value: object) -> str:
    """A name or number inside a text from right to left, kept in its own direction.

    Between U+2068 and U+2069, as the Unicode bidirectional algorithm (UAX 9) asks for: without these, `-5` reads `5-`.
    """
    if isinstance(value, Marked):
        return Marked(f"\u2068{value}\u2069", markup=f"\u2068{value.markup}\u2069")
    return f"\u2068{value}\u2069"


def language(asked: str | None, otherwise: str | None = None) -> Lang:
    """The language to show: what the link asks for, else the person's own, else Dutch."""
    for candidate in (asked, otherwise):
        for lang in LANGUAGES:
            if candidate == lang:
                return lang
    return DEFAULT
