"""The typed code of an invitation: for people whom no mail reaches, printed in a letter and typed on any device.

Twelve characters with the alphabet and the check digit of the joining codes. The code is derived from the key of the
links and the id of the invitation, as the link itself is: a reminder, a second print and the page "continue later" show
the same code, and no table holds one that can be read.
"""

import hmac
from uuid import UUID

from panels.joining import codes, derived
from panels.joining.codes import CodeMistyped as CodeMistyped
from panels.joining.codes import read as read
from panels.joining.codes import shown as shown

_BODY = codes.LENGTH - 1


def invitation_code(link_key: bytes, invitation_id: UUID) -> str:
    """The code of an invitation, without dashes.

    128 bits of HMAC-SHA256 as a number modulo 23^11, written with 23 characters, then the check digit. The remainder
    favours no code by more than one part in 10^23.

    Two invitations share a code with a chance of 1 in 23^11 (9.5 * 10^14); a unique index refuses the second.
    """
    digest = hmac.digest(derived.key(link_key, "invitation"), invitation_id.bytes, "sha256")
    number = int.from_bytes(digest[:16], "big")
    characters = []
    for _ in range(_BODY):
        number, place = divmod(number, len(codes.ALPHABET))
        characters.append(codes.ALPHABET[place])
    body = "".join(characters)
    return body + codes.check_digit(body)


def code_hash(secret: bytes, code: str) -> bytes:
    """Keyed hash of a code without dashes, 32 bytes: the form in which the table of invitations is searched."""
    return derived.hashed(secret, "invitation_code", code)


def hash_of(link_key: bytes, invitation_id: UUID) -> bytes:
    """The hash that belongs beside an invitation when it is written."""
    return code_hash(link_key, invitation_code(link_key, invitation_id))
