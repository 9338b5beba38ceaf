"""E-mail addresses: one normal form to compare them by, and a keyed hash that tells nothing without the key."""

import hashlib
import hmac
import re
import unicodedata
from typing import NamedTuple

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*/=?^_`{|}~+-]+(\.[A-Za-z0-9!#$%&'*/=?^_`{|}~+-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_FORMULA = ("=", "+", "-", "@")


class Address(NamedTuple):
    email: str
    """As mail is sent: the local part as typed, the domain in ASCII."""
    canonical: str
    """As addresses are compared: lower case."""


class AddressInvalid(ValueError):
    """`code` is a stable slug: missing, nul, formula, not_an_address, address_not_supported, domain_unknown or
    too_long."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def normalise(text: str) -> Address:
    """Bring an address to its normal form.

    Space around it, full-width characters (NFKC), case, an international domain (IDNA) and a dot after the domain
    make no difference. Dots and `+` tags in the local part stay: only the mail server knows whether they matter.

    Raises:
        AddressInvalid: with the slug of what is wrong.
    """
    if "\x00" in text:
        raise AddressInvalid("nul")
    cleaned = unicodedata.normalize("NFKC", text).strip()
    if not cleaned:
        raise AddressInvalid("missing")
    if cleaned.startswith(_FORMULA):
        raise AddressInvalid("formula")
    local, at, domain = cleaned.rpartition("@")
    if not at or not local or not domain:
        raise AddressInvalid("not_an_address")
    if not _LOCAL.fullmatch(local):
        raise AddressInvalid("not_an_address" if local.isascii() else "address_not_supported")
    ascii_domain = _ascii_domain(domain)
    if len(local) > 64 or len(local) + 1 + len(ascii_domain) > 254:
        raise AddressInvalid("too_long")
    return Address(email=f"{local}@{ascii_domain}", canonical=f"{local.lower()}@{ascii_domain}")


def address_key(key: bytes, canonical: str) -> bytes:
    """HMAC-SHA256 of a canonical address, 32 bytes: equal for equal addresses, and worthless without `key`."""
    return hmac.new(key, canonical.encode(), hashlib.sha256).digest()


def _ascii_domain(domain: str) -> str:
    try:
        ascii_domain = domain.rstrip(".").encode("idna").decode().lower()
    except UnicodeError as odd:
        raise AddressInvalid("domain_unknown") from odd
    labels = ascii_domain.split(".")
    if len(labels) < 2 or labels[-1].isdigit() or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressInvalid("domain_unknown")
    return ascii_domain
