"""Lists: pages of at most a hundred, with a cursor that says where the next one begins."""

import base64
from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Generic, TypeVar
from uuid import UUID

import msgspec
from litestar.params import QueryParameter
from samenspraak.types.problem import Fault

from service.validation import BodyInvalid

T = TypeVar("T")
S = TypeVar("S")

Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=100, description="Items on a page, at most 100.")]
Cursor = Annotated[
    str | None, QueryParameter(name="cursor", max_length=200, description="`next_cursor` of the page before.")
]


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One page of a list."""

    data: tuple[T, ...]
    has_more: bool
    next_cursor: str | None = None


def page(found: Sequence[S], limit: int, *, show: Callable[[S], T], place: Callable[[S], object]) -> Page[T]:
    """A page out of at most `limit + 1` rows.

    Args:
        show: a row as it leaves the house.
        place: what the next page starts after.
    """
    shown, more = found[:limit], len(found) > limit
    cursor = _encode(str(place(shown[-1]))) if more else None
    return Page(data=tuple(show(row) for row in shown), has_more=more, next_cursor=cursor)


def after_id(cursor: str | None) -> UUID | None:
    """The id that a cursor names.

    Raises:
        BodyInvalid: not a cursor of ours.
    """
    if cursor is None:
        return None
    try:
        return UUID(_decode(cursor))
    except ValueError as error:
        raise _odd() from error


def after_number(cursor: str | None) -> int:
    """The number that a cursor names; 0 at the start.

    Raises:
        BodyInvalid: not a cursor of ours.
    """
    if cursor is None:
        return 0
    try:
        number = int(_decode(cursor))
    except ValueError as error:
        raise _odd() from error
    if not 0 <= number < 2**63:
        raise _odd()
    return number


def after_word(cursor: str | None) -> str | None:
    """The word of letters and digits that a cursor names.

    Raises:
        BodyInvalid: not a cursor of ours.
    """
    if cursor is None:
        return None
    word = _decode(cursor)
    if not word.isalnum():
        raise _odd()
    return word


def after_day(cursor: str | None) -> tuple[date, UUID] | None:
    """The day and the id that a cursor names, written as `20261124` and 32 hexadecimal digits.

    Raises:
        BodyInvalid: not a cursor of ours.
    """
    word = after_word(cursor)
    if word is None:
        return None
    try:
        return date(int(word[:4]), int(word[4:6]), int(word[6:8])), UUID(word[8:])
    except ValueError as error:
        raise _odd() from error


def _encode(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _decode(cursor: str) -> str:
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except ValueError as error:  # of base64, or letters that are none of ours
        raise _odd() from error


def _odd() -> BodyInvalid:
    fault = Fault(pointer="query/cursor", code="pattern", detail="Take the cursor from `next_cursor` as it is.")
    return BodyInvalid(faults=(fault,))
