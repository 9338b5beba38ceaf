"""How routes say in the OpenAPI document what can go wrong: exception classes in, responses out."""

from collections import defaultdict
from typing import Any

from litestar.openapi.datastructures import ResponseSpec
from samenspraak.types.problem import Problem

from service import auth, db, idempotency, validation
from service.problems import HTTP_ROWS, MEDIA_TYPE, ROWS

ALWAYS: tuple[type[Exception], ...] = (auth.Unauthenticated, auth.Forbidden, db.DatabaseUnavailable)
POSTED: tuple[type[Exception], ...] = (
    validation.BodyInvalid,
    idempotency.IdempotencyMismatch,
    idempotency.RequestInFlight,
)
SENT: tuple[type[Exception], ...] = (validation.BodyUndecodable, validation.UnsupportedMedia)

SMALL_BODY = 256 * 1024
CSV_BODY = 20 * 1024 * 1024


def errors(*kinds: type[Exception]) -> dict[int, ResponseSpec]:
    """Responses for a route behind the guard that may also raise `kinds`."""
    return _specs((*ALWAYS, *kinds))


def listed(*kinds: type[Exception]) -> dict[int, ResponseSpec]:
    """The same for a list, whose query may have faults."""
    return _specs((*ALWAYS, validation.BodyInvalid, *kinds))


def posted(*kinds: type[Exception]) -> dict[int, ResponseSpec]:
    """The same for a POST without a body."""
    return _with_size(_specs((*ALWAYS, *POSTED, *kinds)))


def sent(*kinds: type[Exception]) -> dict[int, ResponseSpec]:
    """The same for a POST with a body."""
    return _with_size(_specs((*ALWAYS, *POSTED, *SENT, *kinds)))


def replaced(*kinds: type[Exception]) -> dict[int, ResponseSpec]:
    """The same for a PUT with a body: sent again it does no harm, so it needs no key."""
    return _with_size(_specs((*ALWAYS, validation.BodyInvalid, *SENT, *kinds)))


def public(*kinds: type[Exception]) -> dict[int, ResponseSpec]:
    """Responses of a route without a guard."""
    return _specs(kinds)


def _specs(kinds: tuple[Any, ...]) -> dict[int, ResponseSpec]:
    codes: defaultdict[int, list[str]] = defaultdict(list)
    for kind in kinds:
        codes[ROWS[kind].status].append(kind.code)
    return {status: _spec(names) for status, names in sorted(codes.items())}


def _with_size(specs: dict[int, ResponseSpec]) -> dict[int, ResponseSpec]:
    return dict(sorted({**specs, 413: _spec([HTTP_ROWS[413][0]])}.items()))


def _spec(names: list[str]) -> ResponseSpec:
    described = ", ".join(f"`{name}`" for name in dict.fromkeys(names))
    return ResponseSpec(data_container=Problem, generate_examples=False, description=described, media_type=MEDIA_TYPE)
