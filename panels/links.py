"""Link tokens: the credential a person holds instead of a password. Tables keep only their SHA-256."""

import base64
import hashlib
import hmac
import re
from typing import Literal
from uuid import UUID

LinkPurpose = Literal["invitation", "member", "confirm", "assembly", "source", "preview"]

_SHAPE = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]")
"""22 characters of base64url for 16 bytes: the last one carries two bits only."""


def token(key: bytes, purpose: LinkPurpose, id: UUID) -> str:
    """Make the token of a link: 128 bits of HMAC-SHA256 over purpose and id, 22 characters of base64url.

    The same key, purpose and id give the same token, so a mail that is sent again carries the same link; the
    purpose keeps a confirmation link from working as a member link.
    """
    digest = hmac.new(key, f"{purpose}|{id}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def token_hash(token: str) -> bytes:
    """SHA-256 of a token, 32 bytes: the form in which tables keep and look up links."""
    return hashlib.sha256(token.encode()).digest()


def well_formed(token: str) -> bool:
    """Whether this text can be a token at all; spares the database a question for random addresses."""
    return _SHAPE.fullmatch(token) is not None
