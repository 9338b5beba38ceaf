"""Canonical JSON and content hashes.

The same value gives the same bytes everywhere, so that anyone can check a printed hash.
"""

import hashlib

import msgspec


def canonical_json(value: object) -> bytes:
    """Encode a struct or builtin as canonical JSON: keys sorted, no spaces, UTF-8, times as RFC 3339.

    Raises:
        TypeError: the value holds something JSON cannot express.
    """
    return msgspec.json.encode(value, order="sorted")


def content_hash(value: object) -> str:
    """SHA-256 over `canonical_json(value)`, in lower-case hexadecimal (64 characters)."""
    return hashlib.sha256(canonical_json(value)).hexdigest()
