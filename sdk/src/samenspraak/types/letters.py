"""Letters to members who want them, printed in batches."""

from datetime import datetime
from typing import Literal

from samenspraak.types.base import Answer

LetterState = Literal["making", "ready", "empty"]
"""`empty`: no letter was waiting when it was made."""


class LetterBatch(Answer, frozen=True, kw_only=True):
    """One PDF with the letters that were waiting, at most 500."""

    id: str
    audit_id: str
    state: LetterState
    asked_at: datetime
    people: int
    deleted_after: datetime
    """Fetch it before; it is gone as well as soon as the report is made."""
