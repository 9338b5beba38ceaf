"""Dutch postal addresses: one normal form per front door, whichever way it is written."""

import re
import unicodedata

import msgspec

_FULL = re.compile(r"([1-9][0-9]{3})([A-Z]{2})")
_FOUR = re.compile(r"[1-9][0-9]{3}")
_NUMBER = re.compile(r"([1-9][0-9]{0,4})(?![0-9])(.*)")
_SEPARATORS = re.compile(r"[\s\-–—/.,_]+")
# The post never issued these: they are left out since the war.
_NEVER = ("SA", "SD", "SS")
_WORDS = {"BOVEN": "BV", "BOV": "BV", "HUIS": "HS", "ONDER": "HS", "BEGANEGROND": "BG", "TOEGEVOEGD": "TO"}
"""Additions that are written in full and in short; the short form is that of the national address register."""
LONGEST_ADDITION = 8


class PostalInvalid(ValueError):
    """`code` is a stable slug: not_a_postcode, not_a_house_number, postcode_too_short or house_number_missing."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Postal(msgspec.Struct, frozen=True, kw_only=True):
    """A postcode as far as it was given, and the front door when all of it was."""

    pc4: str
    door: str | None
    """`3511AB 12` or `3511AB 12 BIS`: what a household key is made of, and how a letter is addressed."""


def read(postcode: str, house_number: str = "", addition: str = "") -> Postal:
    """Bring a postal address to its normal form.

    Case, spaces, dashes and full-width characters make no difference; `12a`, `12-A` and `12 a` are one door, `12 2` and
    `122` are two. Four digits alone are a postcode without a door.

    Raises:
        PostalInvalid: with the slug of what is wrong.
    """
    code, number = _plain(postcode), _plain(house_number)
    code = _SEPARATORS.sub("", code)
    full = _FULL.fullmatch(code)
    if not (full or _FOUR.fullmatch(code)) or (full and full[2] in _NEVER):
        raise PostalInvalid("not_a_postcode")
    if not number:
        return Postal(pc4=code[:4], door=None)
    if not full:
        raise PostalInvalid("postcode_too_short")
    split = _NUMBER.fullmatch(number)
    if not split:
        raise PostalInvalid("not_a_house_number")
    extra = _addition(f"{split[2]} {_plain(addition)}")
    return Postal(pc4=full[1], door=f"{code} {split[1]}{' ' if extra else ''}{extra}")


def _addition(text: str) -> str:
    """The part after the number: separators away, known words in their short form, digits and letters kept apart."""
    parts = [part for part in _SEPARATORS.split(text) if part]
    extra = "-".join(_WORDS.get(part, part) for part in parts)
    if len(extra) > LONGEST_ADDITION or not re.fullmatch(r"[A-Z0-9-]*", extra):
        raise PostalInvalid("not_a_house_number")
    return extra


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().upper()
