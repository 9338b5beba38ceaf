"""People for an audit who are no members of the panel: sent by a panel firm, or drawn from a register by its holder."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from samenspraak.types.base import Answer, Localised, Request, SampleKind
from samenspraak.types.problem import Fault

Intake = Literal["panel", "link_in", "register"]
"""How an audit gets its people: drawn from the panel, arriving through a link, or from a register file."""


class Redirects(Request, frozen=True, kw_only=True):
    """Where people go back to, each with `{id}` where the firm's own id of the person belongs."""

    complete: Annotated[str, Meta(max_length=500)]
    screened_out: Annotated[str, Meta(max_length=500)]
    quota_full: Annotated[str, Meta(max_length=500)]


class LegalBasis(Request, frozen=True, kw_only=True):
    """Why people in a register may be written to, recorded before anybody is."""

    ground: Annotated[str, Meta(min_length=20, max_length=1000)]
    """The law or decision, with article and date."""
    controller: Annotated[str, Meta(min_length=3, max_length=200)]
    """Who holds the register and sends the letters."""
    decided_by: Annotated[str, Meta(min_length=3, max_length=200)]
    decided_on: Annotated[str, Meta(pattern=r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}$")]


class SourceRequest(Request, frozen=True, kw_only=True):
    name: Annotated[str, Meta(min_length=2, max_length=100)]
    """Who sends the people: shown to them, and in the report."""
    selection: Localised
    """How these people were selected, in plain words; printed in the report."""
    most: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    """People who may come in through this link at most."""
    redirects: Redirects | None = None
    """Of a panel firm; without them people simply end here."""
    legal_basis: LegalBasis | None = None
    """Needed for a register."""


class SourceCounts(Answer, frozen=True, kw_only=True):
    """What became of the people of one source."""

    listed: int = 0
    """In the register file."""
    came_in: int = 0
    screened_out: int = 0
    quota_full: int = 0
    completed: int = 0


class Source(Answer, frozen=True, kw_only=True):
    """One source of people for one audit."""

    id: str
    audit_id: str
    intake: Intake
    sample_kind: SampleKind
    name: str
    selection: Localised
    most: int | None
    redirects: Redirects | None
    legal_basis: LegalBasis | None
    link: str
    """Where the firm sends people: replace `{id}` by its own id of the person. Empty for a register."""
    counts: SourceCounts
    created_at: datetime


class RegisterOutcome(Answer, frozen=True, kw_only=True):
    """What became of a register file. With a fault nothing is kept: a probability sample has no gaps."""

    rows: int
    kept: int
    dry_run: bool
    population: float
    """Sum of the inverse probabilities: about how many people the register holds."""
    strata: int
    faults: tuple[Fault, ...] = ()
    """At most 1,000, in row order."""


class SourceReport(Answer, frozen=True, kw_only=True):
    """One source as the report names it."""

    name: str
    intake: Intake
    selection: Localised
    counts: SourceCounts
