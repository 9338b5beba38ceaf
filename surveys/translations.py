"""The short form in Turkish, Arabic, Polish and Ukrainian as data, read once from `data/translations.json`.

Texts are found by the id of an item or scale and the code of an option, never by their place in a list. A language may
be fielded only when people have approved every entry of it.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct
from samenspraak.types.base import Language

Status = Literal["unreviewed", "reviewed"]
Words = Mapping[Language, str]
"""A text in the languages beside Dutch and English."""

TRANSLATED: tuple[Language, ...] = ("tr", "ar", "pl", "uk")


class Entry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one item, scale, hint or title is in one language; {APP} and {ORG} are still in it."""

    status: Status
    text: str = ""
    stem: str = ""
    options: dict[int, str] = {}
    """By code."""


Entries = dict[str, dict[Language, Entry]]


class Translations(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """By id; hints by the type of the item they stand under, titles by the block of the page."""

    scales: Entries
    items: Entries
    hints: Entries
    titles: Entries

    def every(self) -> Iterator[tuple[str, Language, Entry]]:
        """Place (`items/CO_PART`), language and entry of all of them."""
        for kind in self.__struct_fields__:
            for id, by_language in getattr(self, kind).items():
                for language, entry in by_language.items():
                    yield f"{kind}/{id}", language, entry


@cache
def translations() -> Translations:
    """As shipped. Read at first use, never at import."""
    return msgspec.json.decode((files("surveys") / "data" / "translations.json").read_bytes(), type=Translations)


def text(entries: Entries, id: str) -> Words:
    """The text of an item, hint or title; none where it is not translated."""
    return {language: entry.text for language, entry in entries.get(id, {}).items() if entry.text}


def stem(id: str) -> Words:
    """What stands above an item."""
    return {language: entry.stem for language, entry in translations().items.get(id, {}).items() if entry.stem}


def option(entries: Entries, id: str, code: int) -> Words:
    """The label of one option of an item or a scale."""
    return {language: entry.options[code] for language, entry in entries.get(id, {}).items() if code in entry.options}


def reviewed(language: Language) -> bool:
    """Whether people have approved every entry of a language."""
    return all(entry.status == "reviewed" for _, lang, entry in translations().every() if lang == language)
