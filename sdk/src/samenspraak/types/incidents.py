"""Open answers that seem to tell of danger, harm or a complaint, and what a person of staff did with them."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta

from samenspraak.types.base import Answer, Language, Request

IncidentKind = Literal["danger", "harm", "complaint"]
"""`danger`: somebody may be in danger now. `harm`: the writer says to have been harmed. `complaint`: the writer
complains, or wants to."""

IncidentState = Literal["open", "handled", "no_incident"]


class Incident(Answer, frozen=True, kw_only=True):
    """One answer that waits for a person, or waited. Who wrote it is not known here."""

    id: str
    audit_id: str
    question: str
    kind: IncidentKind
    text: str
    """With what the screen for personal data found severe replaced by a word in brackets."""
    language: Language
    found: tuple[str, ...]
    """The words that brought it here."""
    noticed_on: date
    due_on: date
    """A person has looked at it by then: the next day where somebody may be in danger, else within seven days."""
    overdue: bool
    state: IncidentState
    note: str | None = None
    decided_on: date | None = None


class IncidentDecision(Request, frozen=True, kw_only=True):
    """What was done with it, or why it is none."""

    state: Literal["handled", "no_incident"]
    note: Annotated[str, Meta(min_length=5, max_length=1000)]
    """Without names: it is kept as long as the answer."""


__all__ = ["Incident", "IncidentDecision", "IncidentKind", "IncidentState"]
