"""Filling in for somebody on the telephone."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from samenspraak.types.base import Answer, Request


class AssistedRequest(Request, frozen=True, kw_only=True):
    """Whom to fill in for: one of the two."""

    code: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    """The code of the invitation, as the person reads it out: case, spaces and dashes make no difference."""
    invitation_id: Annotated[str, Meta(min_length=36, max_length=36)] | None = None
    """Of somebody who asked to be called (`Call.invitation_id`), or who has not begun, or began on the telephone."""


class AssistedSession(Answer, frozen=True, kw_only=True):
    link: str
    """The pages of this person, for whoever fills in. The secret vote is not among them."""
    ends_at: datetime
    """Unless a page is sent before; every page gives as much time again."""


__all__ = ["AssistedRequest", "AssistedSession"]
