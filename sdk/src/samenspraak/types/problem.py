"""How the service says that something is wrong: RFC 9457 problem+json."""

import msgspec

from samenspraak.types.base import Answer


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong in what was sent, and what to do about it."""

    pointer: str
    """RFC 6901 JSON pointer into the body, or `row/3/column/email` in a CSV, or the form field name on a page."""
    code: str
    """Stable slug: `missing`, `unknown_field`, `wrong_type`, `too_long`, ..."""
    detail: str
    """A sentence that names the field and the remedy."""


class Problem(Answer, frozen=True, kw_only=True):
    type: str
    """URI reference of the catalogue entry: `/problems/<code>`."""
    title: str
    status: int
    code: str
    detail: str = ""
    instance: str = ""
    request_id: str = ""
    errors: tuple[Fault, ...] = ()
    retry_after: int | None = None
