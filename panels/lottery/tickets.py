"""Ticket numbers: every volunteer gets one, and nobody else can tell whose it is.

HMAC-SHA256 of the volunteer's id under a secret salt, its first bits written in Crockford's base 32 (no I, L, O and U)
in groups of four, so that a number can be read aloud and typed.
"""

import hashlib
import hmac
from collections.abc import Sequence

from samenspraak.lottery import ticket_text
from samenspraak.types.problem import Fault

from panels.errors import LotteryInvalid

__all__ = ["SALT_BYTES", "normal", "of", "salted"]

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUP = 4
SHORTEST = 2
"""Groups of a ticket: 40 bits, enough for pools of thousands."""
LONGEST = 12
SALT_BYTES = 16
"""Least length of the salt; with fewer bytes somebody could try them all and look people up."""

normal = ticket_text
"""A ticket as it is compared, however it was typed."""


def of(ids: Sequence[str], *, salt: bytes) -> dict[str, str]:
    """A ticket for each id, all different and of one length: as short as that allows.

    The same ids under the same salt give the same tickets, in whatever order they come.

    Raises:
        LotteryInvalid: an id twice, or a salt under `SALT_BYTES`.
    """
    faults = []
    if len(salt) < SALT_BYTES:
        detail = f"The salt has {len(salt)} bytes; give at least {SALT_BYTES} random ones."
        faults.append(Fault(pointer="/salt", code="too_short", detail=detail))
    if len(set(ids)) != len(ids):
        twice = len(ids) - len(set(ids))
        faults.append(Fault(pointer="/people", code="repeated", detail=f"{twice} ids are given more than once."))
    if faults:
        raise LotteryInvalid(faults=tuple(faults))
    digests = {id: int.from_bytes(hmac.digest(salt, id.encode(), hashlib.sha256), "big") for id in ids}
    for groups in range(SHORTEST, LONGEST + 1):
        found = {id: _code(digest, groups) for id, digest in digests.items()}
        if len(set(found.values())) == len(found):
            return found
    raise AssertionError("two different ids have the same 240 bits of SHA-256")


def salted(salt: bytes, purpose: str) -> str:
    """A second secret out of the salt, hexadecimal: whoever sees one learns nothing about the other."""
    return hmac.digest(salt, f"samenspraak:{purpose}".encode(), hashlib.sha256).hex()


def _code(digest: int, groups: int) -> str:
    letters = "".join(ALPHABET[digest >> (256 - 5 * (place + 1)) & 31] for place in range(groups * GROUP))
    return "-".join(letters[start : start + GROUP] for start in range(0, len(letters), GROUP))
