"""Invitation codes as people type them: short, without characters that look alike, and with a check digit.

A code has twelve characters, shown as `ACDE-FGHJ-KMN3`: three that name the batch, eight drawn at random, and one that
checks the rest. The alphabet has 23 characters, a prime: a weighted sum modulo 23 with all weights different and none
zero then catches every single wrong character and every two that changed places.
"""

import secrets
from collections.abc import Callable

from panels.joining import derived

ALPHABET = "34679ACDEFGHJKMNPQRTVWX"
"""No 0 and O, 1, I and L, 2 and Z, 5 and S, 8 and B, and no U and Y beside the V."""
PREFIX, RANDOM = 3, 8
LENGTH = PREFIX + RANDOM + 1
_PLACES = {character: place for place, character in enumerate(ALPHABET)}

Draw = Callable[[int], int]
"""`draw(n)` gives a number from 0 to n - 1, all alike."""


class CodeMistyped(ValueError):
    """Not a code at all: a wrong length, a character that no code has, or a check digit that does not fit."""


def make(prefix: str, draw: Draw = secrets.randbelow) -> str:
    """A code of a batch, without dashes."""
    body = prefix + random_part(RANDOM, draw)
    return body + check_digit(body)


def random_part(length: int, draw: Draw = secrets.randbelow) -> str:
    """Characters drawn at random: a new prefix, or what follows it."""
    return "".join(ALPHABET[draw(len(ALPHABET))] for _ in range(length))


def check_digit(body: str) -> str:
    """The character that follows `body`, such that the weighted sum over all twelve is 0 modulo 23.

    Weights run from 12 down to 1, the last of which is that of the check digit itself.
    """
    total = sum((LENGTH - place) * _PLACES[character] for place, character in enumerate(body))
    return ALPHABET[-total % len(ALPHABET)]


def shown(code: str) -> str:
    """A code as it is printed: `ACDE-FGHJ-KMN3`."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def read(text: str) -> str:
    """What somebody typed as a code: case, spaces and dashes make no difference.

    Raises:
        CodeMistyped
    """
    code = "".join(character for character in text.upper() if character not in " -–—.\t\u00a0")
    if len(code) != LENGTH or any(character not in _PLACES for character in code):
        raise CodeMistyped
    if check_digit(code[:-1]) != code[-1]:
        raise CodeMistyped
    return code


def prefix(code: str) -> str:
    """The part of a code that names its batch."""
    return code[:PREFIX]


def code_hash(secret: bytes, code: str) -> bytes:
    """Keyed hash of a code, 32 bytes: the table alone gives no code away, though there are few enough to try."""
    return derived.hashed(secret, "code", code)
