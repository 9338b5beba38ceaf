"""Fills the battery's sentences for one application."""

import re
from typing import NamedTuple

from samenspraak.types.application import Application, Section
from samenspraak.types.base import Language, Localised

_SLOT = re.compile(r"\{(APP|ORG)\}")
_SENTENCE_START = re.compile(r"(?:^|[.?!]\s+)$")


class Filler(NamedTuple):
    """Puts the names of application and owner in the slots {APP} and {ORG}, with a capital where a sentence starts."""

    app: Localised
    org_nl: str
    org_en: str

    @classmethod
    def of(cls, application: Application) -> "Filler":
        return cls(application.short_name, application.owner.nl, application.owner.en)

    def __call__(self, nl: str, en: str) -> Localised:
        return Localised(
            nl=_fill(nl, {"APP": self.app.nl, "ORG": self.org_nl}),
            en=_fill(en, {"APP": self.app.en, "ORG": self.org_en}),
        )


def said(text: Localised, language: Language) -> str:
    """The text in this language; in Dutch where there is no translation."""
    words = getattr(text, language)
    return words if isinstance(words, str) else text.nl


def _fill(text: str, names: dict[str, str]) -> str:
    def name(slot: re.Match[str]) -> str:
        starts = _SENTENCE_START.search(text[: slot.start()])
        return capital(names[slot[1]]) if starts else names[slot[1]]

    return _SLOT.sub(name, text)


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
