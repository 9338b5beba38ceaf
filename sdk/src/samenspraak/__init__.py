"""Samenspraak: have citizens judge an AI application and get a weighted report.

    from samenspraak import Samenspraak, examples

    with Samenspraak() as client:
        stored = client.applications.submit(examples.load("chatbot-gemeente"))

Names are loaded when first used, so that `import samenspraak` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from samenspraak import errors, examples, notebook, types, verify
    from samenspraak.client import AsyncSamenspraak
    from samenspraak.errors import (
        ApiError,
        AuditStopped,
        BadRequest,
        ConfigurationError,
        Conflict,
        ConnectionFailed,
        ConnectionTimedOut,
        IdempotencyMismatch,
        ImportPending,
        NotAllowed,
        NotAuthenticated,
        NotFound,
        RateLimited,
        RequestInFlight,
        SamenspraakError,
        ServiceError,
        ServiceUnavailable,
        TooLarge,
        UnexpectedAnswer,
        ValidationFailed,
        WaitTimedOut,
    )
    from samenspraak.sync.client import Samenspraak

__version__ = "0.1.0"

__all__ = [
    "ApiError",
    "AsyncSamenspraak",
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
    "Samenspraak",
    "SamenspraakError",
    "ServiceError",
    "ServiceUnavailable",
    "TooLarge",
    "UnexpectedAnswer",
    "ValidationFailed",
    "WaitTimedOut",
    "__version__",
    "errors",
    "examples",
    "notebook",
    "types",
    "verify",
]

_MODULES = {"errors", "examples", "notebook", "types", "verify"}
_CLIENTS = {"AsyncSamenspraak": "samenspraak.client", "Samenspraak": "samenspraak.sync.client"}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"samenspraak.{name}")
    if name in __all__:
        value = getattr(import_module(_CLIENTS.get(name, "samenspraak.errors")), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'samenspraak' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
