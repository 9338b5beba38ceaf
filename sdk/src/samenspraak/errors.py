"""Everything the client raises.

Every failure is a `SamenspraakError`; catch the branch you can do something about::

    SamenspraakError
    ├── ConfigurationError        no key, or an address that cannot be used
    ├── ConnectionFailed          the service was not reached, or hung up
    │   └── ConnectionTimedOut    it did not answer in time
    ├── UnexpectedAnswer          it answered something this version cannot read
    ├── WaitTimedOut              `wait` gave up before the audit got there
    ├── AuditStopped              `wait` cannot succeed: refused, withdrawn or sent back
    ├── ImportPending             an import of members has not run yet
    └── ApiError                  the service said no (problem+json)
        ├── BadRequest            400  cannot be decoded at all
        ├── NotAuthenticated      401  the key is missing, expired or revoked
        ├── NotAllowed            403  the key lacks the role or scope
        ├── NotFound              404  not there, or another organisation's
        ├── Conflict              409  the audit is in another state than this step needs
        │   └── RequestInFlight   409  the same Idempotency-Key is being handled
        ├── TooLarge              413  the body is larger than the service takes
        ├── ValidationFailed      422  `errors` lists every fault with its JSON pointer
        ├── IdempotencyMismatch   422  the key was used before with another body
        ├── RateLimited           429  too many requests; see `retry_after`
        └── ServiceError          5xx  something broke on the other side
            └── ServiceUnavailable 503 it says when to try again; see `retry_after`

`request_id` names the request in the service's log: quote it when you ask for help.
"""

from collections.abc import Mapping

from samenspraak.types.audit import Audit
from samenspraak.types.problem import Fault, Problem

__all__ = [
    "ApiError",
    "AuditStopped",
    "BadRequest",
    "ConfigurationError",
    "Conflict",
    "ConnectionFailed",
    "ConnectionTimedOut",
    "IdempotencyMismatch",
    "ImportPending",
    "NotAllowed",
    "NotAuthenticated",
    "NotFound",
    "RateLimited",
    "RequestInFlight",
    "SamenspraakError",
    "ServiceError",
    "ServiceUnavailable",
    "TooLarge",
    "UnexpectedAnswer",
    "ValidationFailed",
    "WaitTimedOut",
]


class SamenspraakError(Exception):
    """Base of everything this package raises on purpose."""

    def __init__(self, message: str, *, request_id: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.request_id = request_id

    def __str__(self) -> str:
        return f"{self.message} (request {self.request_id})" if self.request_id else self.message


class ConfigurationError(SamenspraakError):
    """The client cannot be built from what it was given; the message names the remedy."""


class ConnectionFailed(SamenspraakError):
    """No answer came back. The request may have arrived: repeat it with the same idempotency key."""

    def __init__(self, message: str, *, request_id: str, attempts: int, idempotency_key: str | None) -> None:
        super().__init__(message, request_id=request_id)
        self.attempts = attempts
        self.idempotency_key = idempotency_key


class ConnectionTimedOut(ConnectionFailed):
    """The service did not answer within the time-out."""


class UnexpectedAnswer(SamenspraakError):
    """The body is not what this version of the client understands; `body` holds it."""

    def __init__(self, message: str, *, request_id: str | None, status: int, body: bytes) -> None:
        super().__init__(message, request_id=request_id)
        self.status = status
        self.body = body


class WaitTimedOut(SamenspraakError):
    """`audit` is what was seen last, None when the service never answered."""

    def __init__(self, message: str, *, audit: Audit | None, request_id: str | None = None) -> None:
        super().__init__(message, request_id=request_id)
        self.audit = audit


class AuditStopped(SamenspraakError):
    """The audit will not reach the state by itself; `audit.reason` is the public reason."""

    def __init__(self, message: str, *, audit: Audit, request_id: str | None = None) -> None:
        super().__init__(message, request_id=request_id)
        self.audit = audit


class ImportPending(SamenspraakError):
    """Ask again later with `import_id`."""

    def __init__(self, message: str, *, import_id: str, request_id: str | None = None) -> None:
        super().__init__(message, request_id=request_id)
        self.import_id = import_id


class ApiError(SamenspraakError):
    """The service answered with a problem. `code` is stable; texts may change."""

    def __init__(self, problem: Problem, *, request_id: str | None, headers: Mapping[str, str]) -> None:
        message = f"{problem.status} {problem.code}: {problem.detail or problem.title}"
        super().__init__(message, request_id=request_id)
        self.problem = problem
        self.headers = headers

    @property
    def status(self) -> int:
        return self.problem.status

    @property
    def code(self) -> str:
        return self.problem.code

    @property
    def detail(self) -> str:
        return self.problem.detail or self.problem.title

    @property
    def retry_after(self) -> int | None:
        """Seconds the service asks to wait, when it says so."""
        return self.problem.retry_after


class BadRequest(ApiError):
    """The body cannot be decoded."""


class NotAuthenticated(ApiError):
    """No key, or one that does not hold any more."""


class NotAllowed(ApiError):
    """The key holds, but not for this."""


class NotFound(ApiError):
    """Not there for this key. What belongs to somebody else looks the same."""


class Conflict(ApiError):
    """What is asked does not fit the present state."""


class RequestInFlight(Conflict):
    """The first request with this idempotency key has not finished."""


class TooLarge(ApiError):
    """The body is too large."""


class ValidationFailed(ApiError):
    """Something in the body is wrong. All faults come at once; printing the exception shows one per line."""

    @property
    def errors(self) -> tuple[Fault, ...]:
        return self.problem.errors

    def __str__(self) -> str:
        lines = [f"  {fault.pointer or '/'} [{fault.code}] {fault.detail}" for fault in self.errors]
        return "\n".join([super().__str__(), *lines])


class IdempotencyMismatch(ApiError):
    """This idempotency key already belongs to another request."""


class RateLimited(ApiError):
    """Too many requests with this key."""


class ServiceError(ApiError):
    """The service failed."""


class ServiceUnavailable(ServiceError):
    """The service cannot answer just now."""
