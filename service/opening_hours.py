"""When the telephone is answered: read from `Mo-Fr 09:00-17:00, Sa 10:00-13:00`, told in words. Pure."""

import re
from datetime import date

import msgspec
from babel.dates import format_date
from samenspraak.types.base import Lang

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_ANY = "|".join(DAYS)
_SPAN = re.compile(rf"({_ANY})(?:-({_ANY}))? ([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")
_MONDAY = date(2024, 1, 1)


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Hours on a day, or on each of a run of days."""

    first: int
    """0 for Monday."""
    last: int
    opens: tuple[int, int]
    """Hour, minute."""
    closes: tuple[int, int]


class HoursInvalid(ValueError):
    """Not written as schema.org writes opening hours."""


def read(text: str) -> tuple[Span, ...]:
    """Opening hours as schema.org writes them, one or several after commas.

    Raises:
        HoursInvalid: another form, days in the wrong order, or an end before the beginning.
    """
    spans = []
    for part in text.split(","):
        found = _SPAN.fullmatch(part.strip())
        if found is None:
            raise HoursInvalid
        first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
        opens, closes = (int(found[3]), int(found[4])), (int(found[5]), int(found[6]))
        if last < first or not opens < closes <= (24, 0):
            raise HoursInvalid
        spans.append(Span(first=first, last=last, opens=opens, closes=closes))
    return tuple(spans)


def told(spans: tuple[Span, ...], lang: Lang) -> str:
    """In words: `maandag tot en met vrijdag van 9.00 tot 17.00 uur`."""
    return (" en " if lang == "nl" else " and ").join(_told(span, lang) for span in spans)


def _told(span: Span, lang: Lang) -> str:
    days = _day(span.first, lang)
    if span.last > span.first:
        days += (" tot en met " if lang == "nl" else " to ") + _day(span.last, lang)
    if lang == "nl":
        return f"{days} van {span.opens[0]}.{span.opens[1]:02} tot {span.closes[0]}.{span.closes[1]:02} uur"
    return f"{days} from {span.opens[0]}:{span.opens[1]:02} to {span.closes[0]}:{span.closes[1]:02}"


def _day(number: int, lang: Lang) -> str:
    return format_date(_MONDAY.replace(day=1 + number), "EEEE", locale=lang)
