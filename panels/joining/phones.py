"""Mobile numbers in one form, E.164, whichever way they are written. Pure."""

import re
import unicodedata

_E164 = re.compile(r"\+[1-9][0-9]{7,14}")
_DUTCH_MOBILE = re.compile(r"\+316[1-58][0-9]{7}")
"""Numbers that ACM gives out for mobile telephony (06, then 1 to 5 or 8); 066 are pagers, 06760 was the internet."""
_SEPARATORS = re.compile(r"[\s\-–—./]+")
_TRUNK_ZERO = re.compile(r"\(0\)")


class PhoneInvalid(ValueError):
    """`code` is a stable slug: not_a_number or not_mobile."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def normalise(text: str) -> str:
    """A mobile number; as `e164`.

    Raises:
        PhoneInvalid: with the slug of what is wrong.
    """
    plain = e164(text)
    if plain.startswith("+31") and not _DUTCH_MOBILE.fullmatch(plain):
        raise PhoneInvalid("not_mobile")
    return plain


def e164(text: str) -> str:
    """Any number: `06 12 34 56 78`, `0031 6 12345678` and `+31 (0)6-12345678` are all `+31612345678`.

    A number without a country is Dutch. Of other countries nothing but the length is known.

    Raises:
        PhoneInvalid: not_a_number.
    """
    plain = _TRUNK_ZERO.sub("", unicodedata.normalize("NFKC", text))
    plain = _SEPARATORS.sub("", plain).replace("(", "").replace(")", "")
    if plain.startswith("00"):
        plain = f"+{plain[2:]}"
    elif plain.startswith("0"):
        plain = f"+31{plain[1:]}"
    elif re.fullmatch(r"316[0-9]{8}", plain):
        plain = f"+{plain}"
    if plain.startswith("+310"):
        plain = f"+31{plain[4:]}"
    if not _E164.fullmatch(plain) or (plain.startswith("+31") and len(plain) != 12):
        raise PhoneInvalid("not_a_number")
    return plain
