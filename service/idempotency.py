"""A POST that is sent twice takes effect once: the key is stored in the transaction of the effect, with the answer.

The key row is written first. A second request with the same key waits for that row a moment, then either repeats the
stored answer or is told to come back. A refusal undoes the transaction and with it the key, so that a corrected or
later attempt may use it; hence only answers that took effect are repeated, and never a failure of ours.

Answers are encrypted with a key derived from the caller's API key, which the database does not know: an issued key is
shown once, and cannot be read back from here.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, ClassVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from litestar import Request
from litestar.response import Response
from samenspraak.types.problem import Fault

from service.auth import Caller, bearer
from service.context import Context
from service.errors import ServiceError
from service.store import Connection, idempotency
from service.validation import BodyInvalid

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=72)
JSON = "application/json"


class IdempotencyMismatch(ServiceError):
    code: ClassVar[str] = "idempotency_mismatch"
    message: ClassVar[str] = "This Idempotency-Key was used for another request; use a new one for every new request."


class RequestInFlight(ServiceError):
    code: ClassVar[str] = "request_in_flight"
    message: ClassVar[str] = "A request with this Idempotency-Key is still being carried out; ask again in a moment."


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What a controller answers when its effect is done."""

    value: Any
    status: int = 200
    headers: dict[str, str] = {}


Effect = Callable[[Connection], Awaitable[Reply]]


async def once(request: Request[Any, Any, Any], context: Context, caller: Caller, effect: Effect) -> Response[Any]:
    """Run `effect` in one transaction, once per Idempotency-Key; without the header it simply runs.

    The transaction may be undone by the database and run again, so `effect` does everything through its connection.

    Raises:
        IdempotencyMismatch: the key belongs to another request.
        RequestInFlight: the first request with this key has not ended.
    """
    body = await request.body()
    key = _key(request)
    if key is None:
        return _response(_encoded(await context.db.run(effect)), replayed=False)
    fingerprint = _fingerprint(request, body)
    box = _Box(bearer(request.headers.get("authorization")), key, context.entropy)

    async def guarded(conn: Connection) -> tuple[idempotency.Kept, bool]:
        claimed = await idempotency.claim(
            conn, api_key_id=caller.key_id, key=key, fingerprint=fingerprint, now=context.now()
        )
        if not claimed:
            return await _replay(conn, caller, key, fingerprint, box), True
        answer = msgspec.structs.replace(_encoded(await effect(conn)), fingerprint=fingerprint)
        sealed = msgspec.structs.replace(answer, body=box.close(answer.body))
        await idempotency.complete(conn, api_key_id=caller.key_id, key=key, kept=sealed)
        return answer, False

    try:
        answer, replayed = await context.db.run(guarded)
    except idempotency.StillRunning as error:
        raise RequestInFlight(retry_after=1) from error
    return _response(answer, replayed=replayed)


async def _replay(conn: Connection, caller: Caller, key: str, fingerprint: bytes, box: "_Box") -> idempotency.Kept:
    kept = await idempotency.find(conn, api_key_id=caller.key_id, key=key)
    if kept is None:
        raise RequestInFlight(retry_after=1)
    if kept.fingerprint != fingerprint:
        raise IdempotencyMismatch
    return msgspec.structs.replace(kept, body=box.open(kept.body))


class _Box:
    """Keeps an answer readable only for who sends the same API key again."""

    def __init__(self, secret: str, key: str, entropy: Callable[[int], bytes]) -> None:
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"idempotency\0" + key.encode())
        self._cipher = ChaCha20Poly1305(derive.derive(secret.encode()))
        self._entropy = entropy

    def close(self, body: bytes) -> bytes:
        nonce = self._entropy(12)
        return nonce + self._cipher.encrypt(nonce, body, None)

    def open(self, sealed: bytes) -> bytes:
        try:
            return self._cipher.decrypt(sealed[:12], sealed[12:], None)
        except InvalidTag as error:
            raise IdempotencyMismatch from error


def _key(request: Request[Any, Any, Any]) -> str | None:
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not (1 <= len(key) <= 255 and key.isascii() and key.isprintable()):
        detail = f"{HEADER} must have 1 to 255 printable ASCII characters."
        raise BodyInvalid(faults=(Fault(pointer=f"header/{HEADER}", code="pattern", detail=detail),))
    return key


def _fingerprint(request: Request[Any, Any, Any], body: bytes) -> bytes:
    """What makes two requests the same: method, address and body. The API key is part of the row's own key."""
    address = request.scope["path"] + "?" + request.scope["query_string"].decode("latin-1")
    return hashlib.sha256(b"\0".join((request.method.encode(), address.encode(), body))).digest()


def _encoded(reply: Reply) -> idempotency.Kept:
    return idempotency.Kept(
        fingerprint=b"", status=reply.status, headers=reply.headers, body=msgspec.json.encode(reply.value)
    )


def _response(answer: idempotency.Kept, *, replayed: bool) -> Response[Any]:
    headers = {**answer.headers, "Idempotency-Replayed": "true"} if replayed else dict(answer.headers)
    return Response(content=answer.body, status_code=answer.status, media_type=JSON, headers=headers)
