"""The lexicon of concerns: which words and phrases count as raising which concern, as data that people can read.

An entry is one or more words, written in a small notation:

    gegevens        this word, or any with the same stem
    =gegevens       exactly this word
    privacy*        any word that begins so (`*verbruik`: that ends so; `*camera*`: that holds it)
    mens/persoon    either of them
    geen uitleg     in this order, with at most two other words between each
    mens & praten   in one sentence, in any order, at most seven words from first to last
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
from samenspraak.types.base import Lang
from samenspraak.types.problem import Fault

from analytics.errors import TextsUnusable
from analytics.texts.words import plain, stem

Match = Literal["stem", "exact", "prefix", "suffix", "within"]


class Pattern(msgspec.Struct, frozen=True):
    """What one word of an entry matches."""

    match: Match
    form: str

    def fits(self, form: str, stemmed: str) -> bool:
        """Whether a word, by its plain form and its stem, is one of those meant."""
        match self.match:
            case "stem":
                return stemmed == self.form
            case "exact":
                return form == self.form
            case "prefix":
                return form.startswith(self.form)
            case "suffix":
                return form.endswith(self.form)
            case "within":
                return self.form in form


class Entry(msgspec.Struct, frozen=True):
    """One line of the lexicon, ready to match."""

    text: str
    code: str
    """Empty for a denial."""
    places: tuple[tuple[Pattern, ...], ...]
    """For each word of the entry, the alternatives."""
    ordered: bool


class Lexicon(msgspec.Struct, frozen=True):
    """Everything the lexicon coder goes by."""

    version: str
    digest: str
    """SHA-256 of the file, so that a report can say which lexicon was used."""
    codes: tuple[str, ...]
    entries: dict[Lang, tuple[Entry, ...]]
    denials: dict[Lang, tuple[Entry, ...]]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    licence: str
    concerns: dict[str, dict[Lang, list[str]]]
    denials: dict[Lang, list[str]]


@cache
def shipped() -> Lexicon:
    """The lexicon of this package. Read at first use, never at import."""
    return decode((files("analytics.texts") / "data" / "concern_lexicon.json").read_bytes())


def decode(content: bytes) -> Lexicon:
    """A lexicon from its file.

    Raises:
        TextsUnusable: with every entry that cannot be read, or that stands twice.
    """
    try:
        given = msgspec.json.decode(content, type=_File)
    except msgspec.DecodeError as error:
        raise TextsUnusable(f"The lexicon cannot be read: {error}.") from error
    faults = tuple(_faults(given))
    if faults:
        raise TextsUnusable("The lexicon has faults; `faults` names each entry.", faults=faults)
    return Lexicon(
        version=given.version,
        digest=hashlib.sha256(content).hexdigest(),
        codes=tuple(given.concerns),
        entries={
            language: tuple(
                _entry(text, code, language)
                for code, texts in given.concerns.items()
                for text in texts.get(language, ())
            )
            for language in ("nl", "en")
        },
        denials={
            language: tuple(_entry(text, "", language) for text in texts) for language, texts in given.denials.items()
        },
    )


def _faults(given: _File) -> Iterator[Fault]:
    lists = [
        (f"/concerns/{code}/{language}", texts)
        for code, both in given.concerns.items()
        for language, texts in both.items()
    ]
    lists += [(f"/denials/{language}", texts) for language, texts in given.denials.items()]
    for where, texts in lists:
        for number, text in enumerate(texts):
            if not _sound(text):
                detail = f"Entry {text!r} is not in the notation of the lexicon; see its description."
                yield Fault(pointer=f"{where}/{number}", code="notation", detail=detail)
            if texts.index(text) != number:
                yield Fault(pointer=f"{where}/{number}", code="same_twice", detail=f"Entry {text!r} stands here twice.")


def _sound(text: str) -> bool:
    return bool(text.split()) and all(
        option.strip("*=") and plain(option) == option and not option.strip("*=").count("*")
        for option in _options(text)
    )


def _options(text: str) -> list[str]:
    return [option for part in text.split() if part != "&" for option in part.split("/")]


def _entry(text: str, code: str, language: Lang) -> Entry:
    parts = [part for part in text.split() if part != "&"]
    places = tuple(tuple(_pattern(option, language) for option in part.split("/")) for part in parts)
    return Entry(text=text, code=code, places=places, ordered="&" not in text.split())


def _pattern(option: str, language: Lang) -> Pattern:
    if option.startswith("="):
        return Pattern("exact", option[1:])
    starts, ends = option.startswith("*"), option.endswith("*")
    if starts or ends:
        return Pattern("within" if starts and ends else "suffix" if starts else "prefix", option.strip("*"))
    return Pattern("stem", stem(option, language))
