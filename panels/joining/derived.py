"""Keys derived from a key: one secret serves several purposes, and what is hashed for one says nothing in another."""

import hashlib
import hmac
from typing import Literal

Purpose = Literal["household", "code", "form", "invitation", "invitation_code", "call"]


def key(secret: bytes, purpose: Purpose) -> bytes:
    """32 bytes for one purpose: the expand step of HKDF-SHA256 (RFC 5869) on a secret that is uniform already."""
    return hmac.new(secret, f"samenspraak|{purpose}|1".encode() + b"\x01", hashlib.sha256).digest()


def hashed(secret: bytes, purpose: Purpose, text: str) -> bytes:
    """HMAC-SHA256 of a text under the key of a purpose, 32 bytes: equal for equal texts, worthless without `secret`."""
    return hmac.new(key(secret, purpose), text.encode(), hashlib.sha256).digest()
