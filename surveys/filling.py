"""Fills the battery's sentences for one application."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from samenspraak.types.application import Application, Owner, Section
from samenspraak.types.base import Language, Localised

Words = Mapping[Language, str]
Names = Mapping[str, str]
"""Slot -> name."""

_SLOT = re.compile(r"\{(APP|ORG)\}")
_SENTENCE_START = re.compile(r"(?:^|[.?!]\s+)$")


class Filler(NamedTuple):
    """Puts the names of application and owner in the slots {APP} and {ORG}, with a capital where a sentence starts.

    A name that is not given in a language stands there in Dutch. In Arabic a name stands between U+2068 and U+2069, so
    that it keeps its own direction.
    """

    names: Mapping[Language, Names]
    """By language; the others are left out of every text."""

    @classmethod
    def of(cls, application: Application, languages: Sequence[Language] = ("nl", "en")) -> "Filler":
        """For texts in these languages; Dutch and English are always among them."""
        app, owner = application.short_name, application.owner
        return cls({language: {"APP": said(app, language), "ORG": said(owner, language)} for language in languages})

    def __call__(self, nl: str, en: str, others: Words | None = None) -> Localised:
        """The text in Dutch, English and those of the `others` that this filler is for."""
        made = {
            language: _foreign(text, self.names[language], language)
            for language, text in (others or {}).items()
            if language in self.names
        }
        return Localised(nl=_fill(nl, self.names["nl"]), en=_fill(en, self.names["en"]), **made)


def said(text: Localised | Owner, language: Language) -> str:
    """The text in this language; in Dutch where there is no translation."""
    words = getattr(text, language)
    return words if isinstance(words, str) else text.nl


def _fill(text: str, names: Names) -> str:
    def name(slot: re.Match[str]) -> str:
        starts = _SENTENCE_START.search(text[: slot.start()])
        return capital(names[slot[1]]) if starts else names[slot[1]]

    return _SLOT.sub(name, text)


def _foreign(text: str, names: Names, language: Language) -> str:
    """Translations put no name where a sentence starts, so that none needs a capital."""
    mark = "\u2068{}\u2069" if language == "ar" else "{}"
    return _SLOT.sub(lambda slot: mark.format(names[slot[1]]), text)


def capital(text: str) -> str:
    """With a capital first letter; Dutch `ij` takes two."""
    if text[:2] == "ij":
        return "IJ" + text[2:]
    return text[:1].upper() + text[1:]


def explanation(application: Application, *, about: Localised, answer: Localised) -> Localised:
    """The part of the description that gives the right answer, shown once after a wrong one.

    It is the section that shares most words with what the owner wrote about this subject and with the right answer;
    where no section shares any, what the owner wrote.
    """
    return Localised(
        nl=_nearest(application.description.nl, f"{about.nl} {answer.nl}") or about.nl,
        en=_nearest(application.description.en, f"{about.en} {answer.en}") or about.en,
    )


def _nearest(sections: list[Section], text: str) -> str:
    wanted = _content_words(text)
    shared = [len(wanted & _content_words(section.text)) for section in sections]
    best = max(range(len(sections)), key=lambda index: shared[index])
    return sections[best].text if shared[best] else ""


def _content_words(text: str) -> set[str]:
    """Words of four letters or more: shorter ones say little about the subject."""
    return {word for word in re.findall(r"[^\W\d_]+", text.lower()) if len(word) >= 4}
