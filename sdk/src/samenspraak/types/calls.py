"""People who asked to be called about an audit, and what came of it."""

from datetime import date
from typing import Literal

from samenspraak.types.base import Answer, Lang, Request

CallMoment = Literal["morning", "afternoon", "evening"]
"""When somebody would like to be called: 9 to 12, 12 to 18 or 18 to 21 hours."""

CallState = Literal["open", "done", "not_reached", "withdrawn"]


class Call(Answer, frozen=True, kw_only=True):
    """One request to be called. It belongs to an invitation; the name of the person is not known here."""

    id: str
    audit_id: str
    invitation_id: str
    phone: str
    """With the country code, such as +31612345678; empty once the person took the request back."""
    moment: CallMoment
    language: Lang
    asked_on: date
    due_on: date
    """Called by then: within three working days, and after a call without answer on the next working day."""
    overdue: bool
    state: CallState
    attempts: int
    """Calls without answer."""
    decided_on: date | None = None


class CallDecision(Request, frozen=True, kw_only=True):
    """What came of a call. After the third call without answer the request is closed."""

    state: Literal["done", "not_reached", "withdrawn"]


class CallCounts(Answer, frozen=True, kw_only=True):
    open: int
    overdue: int
    """Of the open ones."""
    done: int
    not_reached: int
    withdrawn: int


__all__ = ["Call", "CallCounts", "CallDecision", "CallMoment", "CallState"]
