"""Sealed box: anyone with the public key can seal, only the holder of the private key can open.

An ephemeral X25519 key (RFC 7748) is agreed with the public key, HKDF-SHA256 (RFC 5869) makes key and nonce from the
shared secret bound to both public keys, ChaCha20-Poly1305 (RFC 8439) encrypts and authenticates. Key and nonce are used
once, since every envelope has its own ephemeral key. Layout: ephemeral public key (32), ciphertext, tag (16).
"""

from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY = 32
NONCE = 12
TAG = 16
OVERHEAD = KEY + TAG
INFO = b"samenspraak sealed ballot 1"


class Unopenable(Exception):
    """Not sealed for this key, damaged, or cut short."""


def new_keypair(entropy: Callable[[int], bytes]) -> tuple[bytes, bytes]:
    """(private key, public key), 32 raw bytes each; `entropy` gives that many random bytes (`os.urandom`)."""
    private = X25519PrivateKey.from_private_bytes(entropy(KEY))
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def seal(public_key: bytes, plaintext: bytes, entropy: Callable[[int], bytes]) -> bytes:
    """Seal for the holder of the private key; the envelope is 48 bytes longer than the plaintext."""
    ephemeral = X25519PrivateKey.from_private_bytes(entropy(KEY))
    own = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public_key))
    key, nonce = _derive(shared, own, public_key)
    return own + ChaCha20Poly1305(key).encrypt(nonce, plaintext, None)


def unseal(private_key: bytes, sealed: bytes) -> bytes:
    """Open an envelope.

    Raises:
        Unopenable: it was sealed for another key, or changed, or cut short.
    """
    if len(sealed) < OVERHEAD:
        raise Unopenable
    private = X25519PrivateKey.from_private_bytes(private_key)
    other, body = sealed[:KEY], sealed[KEY:]
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(other))
        key, nonce = _derive(shared, other, private.public_key().public_bytes_raw())
        return ChaCha20Poly1305(key).decrypt(nonce, body, None)
    except (InvalidTag, ValueError) as error:
        raise Unopenable from error


def _derive(shared: bytes, ephemeral: bytes, recipient: bytes) -> tuple[bytes, bytes]:
    made = HKDF(algorithm=SHA256(), length=KEY + NONCE, salt=ephemeral + recipient, info=INFO).derive(shared)
    return made[:KEY], made[KEY:]
