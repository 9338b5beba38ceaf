"""The words of a text message, and how many segments they take (3GPP TS 23.038 and 23.040). Pure."""

import unicodedata
from collections.abc import Mapping
from typing import Literal

import msgspec

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The default alphabet of GSM 03.38: one septet each."""
EXTENDED = "\f^{}\\[~]|€"
"""Its extension table: an escape and a septet, which may not be torn apart."""
ALONE, JOINED = {"gsm7": 160, "ucs2": 70}, {"gsm7": 153, "ucs2": 67}
"""Units in a message of one segment, and in each of several: six octets say how they belong together."""
MOST_SEGMENTS = 2

Coding = Literal["gsm7", "ucs2"]

_WORDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("invitation", "nl"): (
        "Samenspraak: wat vindt u van {app}? U bent geloot om mee te doen. Meedoen is vrij: {link} Stoppen: {page}",
        "Samenspraak: u bent geloot voor een vragenlijst. Meedoen is vrij: {link} Stoppen: {page}",
        "Samenspraak, vragenlijst: {link} Stop: {page}",
    ),
    ("invitation", "en"): (
        "Samenspraak: what do you think of {app}? You were drawn by lot. Taking part is free: {link} Stop: {page}",
        "Samenspraak: you were drawn by lot for a questionnaire. Taking part is free: {link} Stop: {page}",
        "Samenspraak, questionnaire: {link} Stop: {page}",
    ),
    ("reminder", "nl"): (
        "Samenspraak: doet u nog mee? Uw mening over {app} telt. Naar de vragenlijst: {link} Stoppen: {page}",
        "Samenspraak: doet u nog mee? Uw mening telt. Naar de vragenlijst: {link} Stoppen: {page}",
        "Samenspraak, vragenlijst: {link} Stop: {page}",
    ),
    ("reminder", "en"): (
        "Samenspraak: will you still take part? Your opinion on {app} counts: {link} Stop: {page}",
        "Samenspraak: will you still take part? Your opinion counts: {link} Stop: {page}",
        "Samenspraak, questionnaire: {link} Stop: {page}",
    ),
}
"""From the fullest to the shortest; a text names no more than it has room for."""


class Segmented(msgspec.Struct, frozen=True, kw_only=True):
    coding: Coding
    segments: int


def segmented(text: str) -> Segmented:
    """How a text message is coded, and in how many segments it goes.

    One character outside both tables of GSM 03.38 makes the whole message UCS-2. Neither an escaped character nor a
    surrogate pair is split between two segments.
    """
    if all(char in BASIC or char in EXTENDED for char in text):
        return Segmented(coding="gsm7", segments=_fill("gsm7", [2 if char in EXTENDED else 1 for char in text]))
    return Segmented(coding="ucs2", segments=_fill("ucs2", [2 if ord(char) > 0xFFFF else 1 for char in text]))


def worded(kind: str, language: str, *, app: str, link: str, page: str) -> str:
    """The text of a message: with the name of the application where that fits in two segments, else without.

    Args:
        app: written without the letters that would halve the room, such as ë.
        page: the member's own page, where one can stop.
    """
    texts = _WORDS[kind, language if language in ("nl", "en") else "nl"]
    filled = [text.format(app=plain(app), link=link, page=page) for text in texts]
    fitting = (text for text in filled if segmented(text).segments <= MOST_SEGMENTS)
    return next(fitting, filled[-1])


def plain(text: str) -> str:
    """The same words in letters of the default alphabet as far as there are such: `geïnteresseerd` loses its dots."""
    return "".join(char if char in BASIC else _without_marks(char) for char in " ".join(text.split()))


def _without_marks(char: str) -> str:
    bare = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    bare = bare.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2013: "-", 0x2014: "-"})
    return bare if bare and all(part in BASIC for part in bare) else char


def _fill(coding: Coding, units: list[int]) -> int:
    if sum(units) <= ALONE[coding]:
        return 1
    segments, used = 1, 0
    for size in units:
        if used + size > JOINED[coding]:
            segments, used = segments + 1, 0
        used += size
    return segments
