"""How long a page may stay open on a public computer before the session ends.

WCAG 2.2, 2.2.1: whoever reads or writes slowly must not be cut off. A page that nobody touched for three minutes asks
whether somebody is still there; a page that takes longer to read and answer asks later. The question itself stays for
one minute, and yes starts the time again, as often as wanted.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from samenspraak.types.base import Language
from samenspraak.types.questionnaire import Open, Page

LEAST = 180
"""Seconds of every page, the minute of warning included."""
WARNING = 60
"""Seconds between the question and the end."""
PHONE = 3600
"""Seconds that a session by telephone lasts after the last page was sent."""

_PER_WORD = 0.6
"""100 words a minute, well under half of what adults read silently in studies (Brysbaert 2019: 238)."""
_PER_QUESTION = 10
_PER_TEXT = 180
_PLACES: Mapping[str, int] = {"notice": 600, "vote": 300, "vote/cast": 300, "done": 240}
"""Pages beside the questionnaire with more to read or to write down than fits in `LEAST`."""


def seconds(pages: Sequence[Page], place: str, lang: Language) -> int:
    """How long the page at `place` (what follows `/s/{token}/`) may stay open without a form being sent.

    Args:
        pages: of the questionnaire, as this person gets them.
    """
    if place == "review":
        return max(LEAST, WARNING + _PER_QUESTION * sum(len(page.questions) for page in pages))
    key = place.removeprefix("p/").removesuffix("/feedback") if place.startswith("p/") else ""
    shown = next((page for page in pages if page.key == key), None)
    return max(LEAST, _PLACES.get(place, 0) if shown is None else WARNING + round(_reading(shown, lang)))


def _reading(page: Page, lang: Language) -> float:
    """Seconds to read everything on a page and to answer it."""
    written = sum(isinstance(question, Open) for question in page.questions)
    words = _words(msgspec.to_builtins(page), lang)
    return _PER_WORD * words + _PER_QUESTION * len(page.questions) + _PER_TEXT * written


def _words(value: Any, lang: Language) -> int:
    """Words of every text in this language, wherever it stands; where one is not translated, of the Dutch text."""
    if isinstance(value, list | tuple):
        return sum(_words(one, lang) for one in value)
    if not isinstance(value, dict):
        return 0
    if "nl" in value and "en" in value:
        return len(str(value.get(lang) or value["nl"]).split())
    return sum(_words(one, lang) for one in value.values())
