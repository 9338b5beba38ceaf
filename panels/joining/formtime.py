"""When a form was opened, carried by the form itself: signed, so that nobody can make it older than it is."""

import base64
import binascii
import struct
from datetime import UTC, datetime, timedelta

from panels.joining import derived

LONGEST = timedelta(days=7)
_TAG = 12


def stamp(secret: bytes, *, now: datetime) -> str:
    """A hidden field that says when the form was opened: 28 characters, the same for everybody in that second."""
    moment = struct.pack(">q", int(now.timestamp()))
    return base64.urlsafe_b64encode(moment + _tag(secret, moment)).decode().rstrip("=")


def seconds_since(secret: bytes, text: str, *, now: datetime) -> float | None:
    """How long ago a form was opened, or None for a stamp that is missing, forged, too old or from the future."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != 8 + _TAG or _tag(secret, raw[:8]) != raw[8:]:
        return None
    passed = now - datetime.fromtimestamp(struct.unpack(">q", raw[:8])[0], UTC)
    return passed.total_seconds() if timedelta(seconds=-1) <= passed <= LONGEST else None


def _tag(secret: bytes, moment: bytes) -> bytes:
    return derived.hashed(secret, "form", moment.hex())[:_TAG]
