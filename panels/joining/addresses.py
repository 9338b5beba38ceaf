"""E-mail addresses: one normal form to compare them by, and a keyed hash that tells nothing without the key."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*/=?^_`{|}~+-]+(\.[A-Za-z0-9!#$%&'*/=?^_`{|}~+-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_FORMULA = ("=", "+", "-", "@")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
"""Characters that come along when an address is copied from a page, and that nobody sees."""
_AMBIGUOUS = re.compile("[ßς\u200c\u200d]")
"""Characters that two generations of the standard for domain names (IDNA 2003 and 2008) send to different domains."""


class Provider(NamedTuple):
    """What a mail provider says about the local parts of its addresses."""

    name: str
    """The domain that all its domains compare as."""
    dots: bool
    """Whether dots matter."""


_GOOGLE = Provider("gmail.com", dots=False)
PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        "gmail.com": _GOOGLE,
        "googlemail.com": _GOOGLE,
        **{
            domain: Provider(domain, dots=True)
            for domain in (
                "outlook.com", "outlook.be", "hotmail.com", "hotmail.nl", "live.com", "live.nl", "msn.com",
                "fastmail.com", "fastmail.fm",
            )
        },
        **dict.fromkeys(("icloud.com", "me.com", "mac.com"), Provider("icloud.com", dots=True)),
        **dict.fromkeys(("proton.me", "protonmail.com", "pm.me"), Provider("proton.me", dots=False)),
    }
)  # fmt: skip
"""Providers that deliver `name+tag` to `name`, by their own published rules. Elsewhere a tag may be another person."""


class Address(NamedTuple):
    email: str
    """As mail is sent: the local part as typed, the domain in ASCII."""
    canonical: str
    """As addresses are compared; mail is never sent to this form."""


class AddressInvalid(ValueError):
    """`code` is a stable slug: missing, nul, formula, not_an_address, address_not_supported, domain_unknown or
    too_long."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def normalise(text: str) -> Address:
    """Bring an address to its normal form.

    Space and invisible characters, full-width characters (NFKC), case, an international domain (IDNA) and a dot after
    the domain make no difference. Where the provider says that it ignores `+` tags, or dots (`PROVIDERS`), they make no
    difference for comparing; elsewhere they stay, since only the mail server knows whether they matter.

    Raises:
        AddressInvalid: with the slug of what is wrong.
    """
    if "\x00" in text:
        raise AddressInvalid("nul")
    if _AMBIGUOUS.search(text.rpartition("@")[2]):
        raise AddressInvalid("domain_unknown")
    cleaned = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).strip()
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
    return Address(email=f"{local}@{ascii_domain}", canonical=_canonical(local.lower(), ascii_domain))


def address_key(key: bytes, canonical: str) -> bytes:
    """HMAC-SHA256 of a canonical address, 32 bytes: equal for equal addresses, and worthless without `key`."""
    return hmac.new(key, canonical.encode(), hashlib.sha256).digest()


def _canonical(local: str, domain: str) -> str:
    provider = PROVIDERS.get(domain)
    if provider is None:
        return f"{local}@{domain}"
    name = local.partition("+")[0]
    if not provider.dots:
        name = name.replace(".", "")
    # Nothing left before the tag: not an address of that provider, so it stays what it is.
    return f"{name or local}@{provider.name}"


def _ascii_domain(domain: str) -> str:
    try:
        ascii_domain = domain.rstrip(".").encode("idna").decode().lower()
    except UnicodeError as odd:
        raise AddressInvalid("domain_unknown") from odd
    labels = ascii_domain.split(".")
    if len(labels) < 2 or labels[-1].isdigit() or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressInvalid("domain_unknown")
    return ascii_domain
