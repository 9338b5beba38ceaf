"""Every decision of the client, without a network: what is sent, when it is tried again, what an answer means.

Nothing here opens a connection, sleeps, or reads a clock or random source of its own: all of it is tested with values.
"""

import functools
import platform
import sys
import urllib.parse
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Generic, TypeVar

import msgspec

from samenspraak import __version__, errors, tolerant
from samenspraak.types.problem import Problem

T = TypeVar("T")

DEFAULT_TIMEOUT = 30.0
CONNECT_TIMEOUT = 5.0
DEFAULT_RETRIES = 2
BACKOFF_START = 0.5
BACKOFF_CAP = 8.0
LONGEST_RETRY_AFTER = 60.0
"""A service that asks for a longer pause gets no blind retry: the caller decides, `retry_after` in hand."""

JSON = "application/json"
CSV = "text/csv"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    timeout: float = DEFAULT_TIMEOUT
    """Seconds for one attempt; connecting takes at most 5 of them."""
    max_retries: int = DEFAULT_RETRIES
    """Attempts after the first."""

    @property
    def connect_timeout(self) -> float:
        return min(self.timeout, CONNECT_TIMEOUT)


class Access(msgspec.Struct, frozen=True, kw_only=True):
    api_key: str
    base_url: str

    def __repr__(self) -> str:
        return f"Access(api_key='{self.api_key[:10]}...', base_url={self.base_url!r})"


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One thing asked of the service. Retries send the same call, hence the same idempotency key."""

    method: str
    path: str
    request_id: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    content_type: str | None = None
    accept: str = JSON
    idempotency_key: str | None = None


class Wire(msgspec.Struct, frozen=True, kw_only=True):
    """What goes over the line."""

    method: str
    url: str
    headers: dict[str, str]
    content: bytes | None


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What came back. Header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One page of a list."""

    data: tuple[T, ...]
    has_more: bool = False
    next_cursor: str | None = None
    """Opaque; hand it back for the next page."""


class SignedReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report as bytes, and who vouches for them."""

    content: bytes
    signature: str
    """Base64url of an Ed25519 signature over `content`."""


class NoReply(Exception):
    """A transport could not deliver the request or read the answer."""

    def __init__(self, message: str, *, timed_out: bool = False) -> None:
        super().__init__(message)
        self.timed_out = timed_out


def access(api_key: str | None, base_url: str | None, environ: Mapping[str, str]) -> Access:
    """Key and address from the arguments, else from SAMENSPRAAK_API_KEY and SAMENSPRAAK_BASE_URL.

    Raises:
        ConfigurationError: one of them is missing or cannot be used in a request.
    """
    key = api_key if api_key is not None else environ.get("SAMENSPRAAK_API_KEY", "")
    url = base_url if base_url is not None else environ.get("SAMENSPRAAK_BASE_URL", "")
    if not key.strip():
        raise errors.ConfigurationError("No API key: pass api_key=... or set SAMENSPRAAK_API_KEY.")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise errors.ConfigurationError("The API key has spaces or characters that no key has: copy it again.")
    if not url.strip():
        raise errors.ConfigurationError("No address of the service: pass base_url=... or set SAMENSPRAAK_BASE_URL.")
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise errors.ConfigurationError(f"{url!r} is not an address such as https://host or http://127.0.0.1:8000.")
    return Access(api_key=key, base_url=url.rstrip("/"))


def options(timeout: float, max_retries: int) -> Options:
    """Checked options.

    Raises:
        ConfigurationError: a time-out that is not positive, or a negative number of retries.
    """
    if not 0 < timeout < float("inf"):
        raise errors.ConfigurationError("timeout must be a positive number of seconds.")
    if max_retries < 0:
        raise errors.ConfigurationError("max_retries must be 0 or more.")
    return Options(timeout=timeout, max_retries=max_retries)


def path(template: str, *parts: str) -> str:
    """Fill `{}` places with quoted segments, so that an id can never reach another route.

    Raises:
        ConfigurationError: a part is empty or only dots.
    """
    for part in parts:
        if not part.strip("."):
            raise errors.ConfigurationError(f"{part!r} cannot be an id in {template}.")
    return template.format(*(urllib.parse.quote(part, safe="") for part in parts))


def query(**values: str | int | bool | None) -> tuple[tuple[str, str], ...]:
    """Query parameters in a fixed order, without those that are None."""
    return tuple(
        (name, str(value).lower() if isinstance(value, bool) else str(value))
        for name, value in values.items()
        if value is not None
    )


def get(path: str, *, request_id: str, accept: str = JSON, query: tuple[tuple[str, str], ...] = ()) -> Call:
    return Call(method="GET", path=path, request_id=request_id, accept=accept, query=query)


def post(
    path: str,
    body: object,
    *,
    request_id: str,
    idempotency_key: str,
    query: tuple[tuple[str, str], ...] = (),
    accept: str = JSON,
) -> Call:
    """A POST of JSON, or without a body when `body` is None."""
    content = None if body is None else msgspec.json.encode(body)
    return Call(
        method="POST",
        path=path,
        query=query,
        request_id=request_id,
        idempotency_key=idempotency_key,
        body=content,
        content_type=None if content is None else JSON,
        accept=accept,
    )


def put(path: str, body: object, *, request_id: str) -> Call:
    """A PUT of JSON; sending it again does no harm."""
    return Call(method="PUT", path=path, request_id=request_id, body=msgspec.json.encode(body), content_type=JSON)


def post_csv(
    path: str, csv: bytes, query: tuple[tuple[str, str], ...], *, request_id: str, idempotency_key: str
) -> Call:
    return post_file(path, csv, CSV, query=query, request_id=request_id, idempotency_key=idempotency_key)


def post_file(
    path: str,
    file: bytes,
    content_type: str,
    *,
    request_id: str,
    idempotency_key: str,
    query: tuple[tuple[str, str], ...] = (),
) -> Call:
    return Call(
        method="POST",
        path=path,
        query=query,
        request_id=request_id,
        idempotency_key=idempotency_key,
        body=file,
        content_type=content_type,
    )


def wire(call: Call, access: Access) -> Wire:
    """The request as it is sent."""
    url = access.base_url + call.path
    if call.query:
        url += "?" + urllib.parse.urlencode(call.query)
    headers = {
        "Authorization": f"Bearer {access.api_key}",
        "Accept": call.accept if call.accept == JSON else f"{call.accept}, {JSON};q=0.1",
        "User-Agent": user_agent(),
        "X-Request-ID": call.request_id,
    }
    if call.content_type is not None:
        headers["Content-Type"] = call.content_type
    if call.idempotency_key is not None:
        headers["Idempotency-Key"] = call.idempotency_key
    return Wire(method=call.method, url=url, headers=headers, content=call.body)


@functools.cache
def user_agent() -> str:
    """`samenspraak-python/VERSION (python 3.11.7; linux)`."""
    return f"samenspraak-python/{__version__} (python {platform.python_version()}; {sys.platform})"


def retry_after(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds to wait by `Retry-After`, given as seconds or as a date; None when absent or unreadable."""
    raw = headers.get("retry-after", "").strip()
    if raw.isascii() and raw.isdigit():
        return float(raw[:9])
    try:
        at = parsedate_to_datetime(raw)
    except (ValueError, IndexError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())


def worth_retrying(reply: Reply | None) -> bool:
    """No answer, 408, 429 and 5xx; 409 only with `Retry-After`: the same request is still being handled.

    501 and 505 are answers about the service itself and do not change by asking again.
    """
    if reply is None:
        return True
    if reply.status == HTTPStatus.CONFLICT:
        return "retry-after" in reply.headers
    if reply.status in {HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.HTTP_VERSION_NOT_SUPPORTED}:
        return False
    return reply.status in {408, 429} or reply.status >= 500


def pause(
    attempt: int, reply: Reply | None, options: Options, *, now: datetime, draw: Callable[[], float]
) -> float | None:
    """Seconds to wait before trying again, or None to give up.

    Full jitter: uniform between 0 and `min(cap, start * 2^attempt)`. A `Retry-After` is a floor below that, so that
    many clients sent away together do not come back together. All methods may be repeated: GET and DELETE by nature,
    POST because every POST carries an idempotency key.

    Args:
        attempt: attempts made before this one, from 0.
        reply: the answer, or None when none came.
        draw: uniform in [0, 1).
    """
    if attempt >= options.max_retries or not worth_retrying(reply):
        return None
    asked = retry_after(reply.headers, now=now) if reply is not None else None
    if asked is not None and asked > LONGEST_RETRY_AFTER:
        return None
    jitter = draw() * min(BACKOFF_CAP, BACKOFF_START * 2.0**attempt)
    return jitter if asked is None else asked + min(jitter, 1.0)


_BY_CODE: dict[str, type[errors.ApiError]] = {
    "idempotency_mismatch": errors.IdempotencyMismatch,
    "request_in_flight": errors.RequestInFlight,
}
_BY_STATUS: dict[int, type[errors.ApiError]] = {
    400: errors.BadRequest,
    401: errors.NotAuthenticated,
    403: errors.NotAllowed,
    404: errors.NotFound,
    409: errors.Conflict,
    413: errors.TooLarge,
    422: errors.ValidationFailed,
    429: errors.RateLimited,
    503: errors.ServiceUnavailable,
}


def request_id(reply: Reply, call: Call) -> str:
    """The service's own id of the request, or the one this client sent along."""
    return reply.headers.get("x-request-id") or call.request_id


def failure(reply: Reply, call: Call, *, now: datetime) -> errors.ApiError:
    """The exception for an answer outside 2xx, also when the body is not problem+json (a proxy, say)."""
    problem = _problem(reply, now=now)
    kind = _BY_CODE.get(problem.code) or _BY_STATUS.get(reply.status)
    if kind is None:
        kind = errors.ServiceError if reply.status >= 500 else errors.ApiError
    return kind(problem, request_id=problem.request_id or request_id(reply, call), headers=reply.headers)


def unreached(lost: NoReply, call: Call, access: Access, *, attempts: int) -> errors.ConnectionFailed:
    """The exception when no attempt brought an answer."""
    kind = errors.ConnectionTimedOut if lost.timed_out else errors.ConnectionFailed
    what = "did not answer in time" if lost.timed_out else f"could not be reached ({lost})"
    return kind(
        f"{access.base_url} {what}: {call.method} {call.path}, {attempts} attempt(s)",
        request_id=call.request_id,
        attempts=attempts,
        idempotency_key=call.idempotency_key,
    )


def _problem(reply: Reply, *, now: datetime) -> Problem:
    seconds = retry_after(reply.headers, now=now)
    try:
        problem = msgspec.json.decode(reply.body, type=Problem)
    except msgspec.DecodeError:
        known = {status.value: status.phrase for status in HTTPStatus}
        title = known.get(reply.status, "Unexpected status")
        problem = Problem(type="about:blank", title=title, status=reply.status, code=f"http_{reply.status}")
    if problem.retry_after is None and seconds is not None:
        problem = msgspec.structs.replace(problem, retry_after=int(seconds))
    return problem


@functools.lru_cache(maxsize=256)
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def signed(reply: Reply, call: Call) -> SignedReport:
    """The bytes with their signature.

    Raises:
        UnexpectedAnswer: the service sent none.
    """
    signature = reply.headers.get("x-samenspraak-signature", "")
    if signature:
        return SignedReport(content=reply.body, signature=signature)
    raise errors.UnexpectedAnswer(
        f"{call.method} {call.path} came without a signature",
        request_id=request_id(reply, call),
        status=reply.status,
        body=reply.body,
    )


def decode(reply: Reply, call: Call, kind: type[T]) -> T:
    """The body as `kind`. Fields this version does not know are ignored, unknown words of a list become `unknown`.

    Raises:
        UnexpectedAnswer: not JSON, or something the client needs is missing.
    """
    try:
        shape: Any = kind
        result: T = _decoder(shape).decode(reply.body)
        return result
    except msgspec.ValidationError:
        try:
            return tolerant.convert(msgspec.json.decode(reply.body), kind)
        except (msgspec.ValidationError, TypeError, ValueError) as fault:
            reason = str(fault)
    except msgspec.DecodeError as fault:
        reason = str(fault)
    raise errors.UnexpectedAnswer(
        f"{call.method} {call.path} answered {reply.status} with a body this client cannot read: {reason}",
        request_id=request_id(reply, call),
        status=reply.status,
        body=reply.body,
    )
