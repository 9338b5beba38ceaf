"""Ed25519 over the bytes of report.json: who has the public key can check that a report is the one that was
released."""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def sign(content: bytes, seed: bytes) -> str:
    """Signature as base64url without padding (86 characters). `seed`: the 32 private bytes."""
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(content)
    return base64.urlsafe_b64encode(signature).rstrip(b"=").decode()


def verify(content: bytes, signature: str, public_key: bytes) -> bool:
    """Whether `signature` belongs to exactly these bytes under this public key (32 raw bytes)."""
    try:
        raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
        Ed25519PublicKey.from_public_bytes(public_key).verify(raw, content)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def public_key(seed: bytes) -> bytes:
    """The 32 public bytes that belong to a private seed."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
