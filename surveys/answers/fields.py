"""From the fields of a form to codes, numbers and texts, or to what is wrong with them."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from samenspraak.types.questionnaire import Option, Row

from surveys.wording import Code

Form = Mapping[str, Sequence[str]]

_CODE = re.compile(r"[0-9]{1,4}")
_NUMBER = re.compile(r"-?[0-9]{1,9}(?:[.,](?P<fraction>[0-9]{1,9}))?")
_YEAR = re.compile(r"[0-9]{4}")
_POSTCODE = re.compile(r"([1-9][0-9]{3})\s*(?!SA|SD|SS)([A-Z]{2})")
_POSTCODE4 = re.compile(r"[1-9][0-9]{3}")
_UNREADABLE = re.compile("[\x00\ud800-\udfff]")
"""U+0000, which the database cannot hold, and halves of a surrogate pair, which are no characters."""


class Wrong(NamedTuple):
    """Why an answer cannot be stored, before it is put in words."""

    code: Code
    values: Mapping[str, int | str] = {}
    option: Option | None = None
    rows: tuple[Row, ...] = ()


class Partial(NamedTuple):
    """An answer of which a part is missing: worth keeping, and a fault where the whole is needed."""

    value: dict[str, int] | None
    wrong: Wrong


def given(form: Form, name: str) -> list[str]:
    """What was sent under this name, without blanks."""
    return [value for value in form.get(name, ()) if value.strip()]


def under(form: Form, key: str) -> set[str]:
    """What follows `KEY.` in the names of the fields that were filled in."""
    start = f"{key}."
    return {name[len(start) :] for name in form if name.startswith(start) and given(form, name)}


def codes(values: Sequence[str], options: Sequence[Option]) -> list[int] | None:
    """Codes as numbers, or None when one of them is not on offer."""
    offered = {option.code for option in options}
    found = [int(value) if _CODE.fullmatch(value) else -1 for value in values]
    return found if offered.issuperset(found) else None


def one(values: Sequence[str], options: Sequence[Option]) -> int | Wrong:
    """The one code that was chosen; the same one sent twice is one."""
    found = codes(values, options)
    if found is None:
        return Wrong("unknown_option")
    return found[0] if len(set(found)) == 1 else Wrong("one_only")


def text(values: Sequence[str], most: int) -> str | Wrong | None:
    """A text as it is stored: line breaks as one character, no space around it; None when nothing was written.

    Marks of writing direction, emoji and letters of every script stay as they are.
    """
    written = "\n".join(values).replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(written) > most:
        return Wrong("too_long", {"length": len(written), "most": most})
    return Wrong("unreadable") if _UNREADABLE.search(written) else written or None


def postcode(written: str) -> str | Wrong:
    """A Dutch postcode as `1234 AB`; the letters SA, SD and SS are not given out."""
    found = _POSTCODE.fullmatch(written.upper())
    return f"{found[1]} {found[2]}" if found else Wrong("not_a_postcode")


def postcode4(written: str) -> str | Wrong:
    """The four digits of a Dutch postcode."""
    return written if _POSTCODE4.fullmatch(written) else Wrong("not_a_postcode4")


def year(values: Sequence[str]) -> int | Wrong:
    """A year of four digits."""
    written = values[0].strip()
    return int(written) if len(values) == 1 and _YEAR.fullmatch(written) else Wrong("not_a_year")


def number(values: Sequence[str], decimals: int) -> float | Wrong:
    """A number with a comma or a point before at most this many decimals: an int without decimals, else a float.

    Separators of thousands are refused: `1.500` may mean two things.
    """
    found = _NUMBER.fullmatch(values[0].strip().replace("\u2212", "-")) if len(values) == 1 else None
    if found is None or len(found["fraction"] or "") > decimals:
        return Wrong("too_precise", {"decimals": decimals}) if decimals else Wrong("not_a_number")
    return float(found[0].replace(",", ".")) if decimals else int(found[0])
