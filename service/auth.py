"""API keys: how they look, how they are issued, and how a request proves that it holds one.

A key reads `smsp_live_<43 characters>_<6 characters>`: 256 random bits in base 62, and a checksum that lets a scanner
of leaked secrets recognise one, and a client see a typing error, without asking the service. Only its SHA-256 is
stored: with 256 random bits there is nothing to guess, so a slow hash would protect nothing.
"""

import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

import msgspec
from samenspraak.types.audit import IssuedKey
from samenspraak.types.problem import Fault

from service.audits.models import Actor, Role
from service.errors import ServiceError
from service.store import Connection, keys

PREFIX = "smsp_live_"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PATTERN = re.compile(r"smsp_live_([0-9A-Za-z]{43})_([0-9A-Za-z]{6})")

SCOPES: Mapping[Role, tuple[str, ...]] = {
    "developer": ("applications:read", "applications:write", "audits:read", "audits:write", "reports:read"),
    "staff": (
        "audits:read",
        "reports:read",
        "staff:audits",
        "staff:answers",
        "staff:assist",
        "staff:calls",
        "staff:mail",
        "staff:microdata",
        "staff:panel",
        "staff:operations",
        "staff:organisations",
        "staff:trail",
    ),
    "fieldwork": ("staff:panel", "staff:audits"),
    "auditor": (
        "audits:read",
        "reports:read",
        "staff:audits",
        "staff:microdata",
        "staff:panel",
        "staff:operations",
        "staff:organisations",
        "staff:trail",
    ),
}
"""What a key of each role may be allowed; a key without scopes of its own gets all of its role's."""


class Unauthenticated(ServiceError):
    """No key, a malformed one, or one that is unknown, expired or revoked: all alike to whoever asks."""

    code: ClassVar[str] = "unauthenticated"
    message: ClassVar[str] = "A valid API key is needed: send it as `Authorization: Bearer smsp_live_...`."


class Forbidden(ServiceError):
    code: ClassVar[str] = "forbidden"
    message: ClassVar[str] = "This key may not do this."


class KeyUnknown(ServiceError):
    code: ClassVar[str] = "key_unknown"
    message: ClassVar[str] = "There is no such key."


class KeyRequestInvalid(ServiceError):
    code: ClassVar[str] = "key_request_invalid"
    message: ClassVar[str] = "This key cannot be issued; `errors` lists every fault."


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who makes a request. `organisation_id` is None for the roles of the house."""

    key_id: UUID
    role: Role
    organisation_id: UUID | None
    scopes: tuple[str, ...]

    @property
    def actor(self) -> Actor:
        return Actor(role=self.role, key_id=self.key_id)

    @property
    def tenant(self) -> UUID:
        """The organisation of a developer.

        Raises:
            Forbidden: a role of the house came where only a tenant may.
        """
        if self.organisation_id is None:
            raise Forbidden
        return self.organisation_id


async def issue_key(
    conn: Connection,
    *,
    role: Role,
    organisation_id: UUID | None,
    now: datetime,
    entropy: Callable[[int], bytes],
    new_id: Callable[[], UUID],
    scopes: tuple[str, ...] = (),
    expires_in_days: int | None = None,
) -> IssuedKey:
    """Issue a key and store its hash; the key itself is in the answer and nowhere else.

    Args:
        organisation_id: the tenant of a developer key; None for every other role.
        scopes: none means all of the role's.

    Raises:
        KeyRequestInvalid: a scope the role cannot have, or a tenant where none belongs.
    """
    faults = _faults(role, organisation_id, scopes)
    if faults:
        raise KeyRequestInvalid(faults=faults)
    secret = new_secret(entropy)
    expires_at = now + timedelta(days=expires_in_days) if expires_in_days is not None else None
    stored = keys.StoredKey(
        id=new_id(),
        role=role,
        organisation_id=organisation_id,
        scopes=scopes or SCOPES[role],
        expires_at=expires_at,
        revoked_at=None,
        last_used_at=None,
    )
    await keys.add(conn, key=stored, secret_hash=secret_hash(secret), now=now)
    return IssuedKey(id=str(stored.id), key=secret, role=role, scopes=stored.scopes, expires_at=expires_at)


async def authenticate(conn: Connection, *, secret: str, now: datetime) -> tuple[Caller, bool]:
    """The caller behind a key, and whether its last use is due to be noted (once an hour).

    Raises:
        Unauthenticated: malformed, unknown, expired or revoked.
    """
    if not well_formed(secret):
        raise Unauthenticated
    key = await keys.by_hash(conn, secret_hash=secret_hash(secret))
    if key is None or key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        raise Unauthenticated
    caller = Caller(key_id=key.id, role=key.role, organisation_id=key.organisation_id, scopes=key.scopes)
    return caller, key.last_used_at is None or key.last_used_at < now - timedelta(hours=1)


def new_secret(entropy: Callable[[int], bytes]) -> str:
    """A fresh key from 32 random bytes."""
    body = _base62(int.from_bytes(entropy(32), "big"), 43)
    return f"{PREFIX}{body}_{_checksum(body)}"


def well_formed(secret: str) -> bool:
    """Whether the shape and the checksum are right; says nothing about whether the key exists."""
    match = PATTERN.fullmatch(secret)
    return match is not None and _checksum(match[1]) == match[2]


def secret_hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("ascii")).digest()


def bearer(header: str | None) -> str:
    """The key in an Authorization header.

    Raises:
        Unauthenticated: no header, or another scheme.
    """
    scheme, _, secret = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise Unauthenticated
    return secret.strip()


def _faults(role: Role, organisation_id: UUID | None, scopes: tuple[str, ...]) -> tuple[Fault, ...]:
    faults = []
    if (role == "developer") != (organisation_id is not None):
        detail = (
            "Developer keys belong to an organisation (POST /v1/staff/organisations/{id}/keys), all other keys to none."
        )
        faults.append(Fault(pointer="/role", code="wrong_place", detail=f"{detail} For those: POST /v1/staff/keys."))
    allowed = SCOPES[role]
    for place, scope in enumerate(scopes):
        if scope not in allowed:
            choices = ", ".join(allowed)
            detail = f"A key of the role `{role}` may have: {choices}."
            faults.append(Fault(pointer=f"/scopes/{place}", code="not_one_of", detail=detail))
    return tuple(faults)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, rest = divmod(number, 62)
        digits.append(ALPHABET[rest])
    return "".join(reversed(digits))


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode("ascii")), 6)
