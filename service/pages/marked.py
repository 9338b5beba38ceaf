"""Texts of which a part is in another language than the page, so that a screen reader reads that part as it is written.

WCAG 2.2, 3.1.2. A view holds such a text like any other; a template that writes it gets the marks by itself. Inside an
attribute, a title or an option, where no marks can stand, the template takes `text|plain`.
"""

from collections.abc import Mapping, Sequence

import msgspec
from markupsafe import Markup, escape
from samenspraak.types.base import Language

_SPAN = Markup('<span lang="{}" dir="{}">{}</span>')


class Marked(str):
    """A text that knows which of its parts are in another language: plain as a string, marked up as HTML."""

    __slots__ = ("lang", "markup")
    markup: str
    lang: Language | None
    """Of the whole text; None where only a part is in another language."""

    def __new__(cls, plain: str, *, markup: str, lang: Language | None = None) -> "Marked":
        made = super().__new__(cls, plain)
        made.markup, made.lang = markup, lang
        return made

    def __html__(self) -> str:
        return self.markup


def direction(lang: Language) -> str:
    """Which way this language is written, for `dir` on the page."""
    return "rtl" if lang == "ar" else "ltr"


def foreign(text: str, lang: Language) -> Marked:
    """A text that is as a whole in another language than the page."""
    return Marked(text, markup=_SPAN.format(lang, direction(lang), str(text)), lang=lang)


def filled(template: str, values: Mapping[str, object]) -> str:
    """A text with its `{slots}` filled; a value that is marked stays so."""
    plain = template.format_map(values)
    if not any(isinstance(value, Marked) for value in values.values()):
        return plain
    return Marked(plain, markup=escape(template).format_map(values))


def joined(between: str, parts: Sequence[str]) -> str:
    """The parts as one text; a part that is marked stays so."""
    plain = between.join(parts)
    if not any(isinstance(part, Marked) for part in parts):
        return plain
    return Marked(plain, markup=escape(between).join(parts))


def plain(text: str) -> str:
    """The text without marks, for places in HTML that can hold none."""
    return str(text)


def spoken(text: str) -> Markup:
    """The attributes for the element around a text that is as a whole in another language."""
    if not isinstance(text, Marked) or text.lang is None:
        return Markup("")
    return Markup(' lang="{}" dir="{}"').format(text.lang, direction(text.lang))


def some(shown: object) -> bool:
    """Whether anything in a view is in another language than the page."""
    if isinstance(shown, msgspec.Struct):
        return any(some(getattr(shown, field)) for field in shown.__struct_fields__)
    if isinstance(shown, tuple):
        return any(map(some, shown))
    return isinstance(shown, Marked)
