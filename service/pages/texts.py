"""The words on the pages: gettext catalogues with named messages, one per language."""

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import cast, get_args

from babel.messages.pofile import read_po
from samenspraak.types.base import Lang, Localised

LANGUAGES: tuple[Lang, ...] = get_args(Lang)
DEFAULT: Lang = "nl"
_LOCALE = Path(__file__).parent / "locale"


class Texts:
    """The messages of one language. `texts("join.title")` gives the text; named values fill its `{slots}`."""

    def __init__(self, lang: Lang, messages: dict[str, str]) -> None:
        self.lang = lang
        self.messages = messages

    def __call__(self, key: str, **values: object) -> str:
        """The message named `key` with its slots filled.

        Raises:
            KeyError: no such message, or a slot without a value; a page never shows a raw key.
        """
        text = self.messages[key]
        return text.format_map(values) if values else text

    def has(self, key: str) -> bool:
        return key in self.messages

    def of(self, text: Localised) -> str:
        """The text of a published shape in this language."""
        return cast(str, getattr(text, self.lang))


@cache
def texts(lang: Lang) -> Texts:
    """The catalogue of `lang`, read once per process."""
    catalogue = read_po(BytesIO((_LOCALE / f"{lang}.po").read_bytes()), locale=lang, abort_invalid=True)
    return Texts(lang, {str(m.id): str(m.string) for m in catalogue if m.id and m.string})


def language(asked: str | None, otherwise: str | None = None) -> Lang:
    """The language to show: what the link asks for, else the person's own, else Dutch."""
    for candidate in (asked, otherwise):
        for lang in LANGUAGES:
            if candidate == lang:
                return lang
    return DEFAULT
