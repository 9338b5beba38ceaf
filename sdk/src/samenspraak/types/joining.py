"""How people come into the panel and what staff do about it: files, codes by letter, postcodes, flags, doubles."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from samenspraak.types.base import Answer, Request, SampleKind
from samenspraak.types.margins import Provenance

Name = Annotated[str, Meta(min_length=1, max_length=100)]


class ImportMapping(Request, frozen=True, kw_only=True):
    """How the columns of a member file are called, and what is written in them."""

    columns: Annotated[dict[Name, Name], Meta(max_length=300)] = {}
    """Name in the header of the file -> our column, such as `{"E-mailadres": "email"}`. Case does not matter."""
    values: Annotated[dict[Name, Annotated[dict[str, str], Meta(max_length=300)]], Meta(max_length=20)] = {}
    """Our column -> what the file says -> our code, such as `{"sex": {"man": "M", "vrouw": "V"}}`; for coded ones."""
    others: Literal["refuse", "ignore"] = "refuse"
    """What to do with columns that are not ours and not mapped."""


class CodeBatchRequest(Request, frozen=True, kw_only=True):
    """Invitation codes for letters to people on a list."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    kind: SampleKind = "probability"
    """How the people on the list were selected; whoever signs up with a code gets it."""
    probability: Annotated[float, Meta(gt=0, le=1)] | None = None
    """Chance that one person of the population got a letter. Needed for a probability sample."""
    source: Annotated[str, Meta(min_length=3, max_length=500)]
    """Which list, of which date, and how people were drawn from it."""
    legal_basis: Annotated[str, Meta(min_length=10, max_length=2000)]
    """On what grounds these people may be written to."""
    size: Annotated[int, Meta(ge=1, le=50_000)]
    expires_at: datetime


class CodeBatch(Answer, frozen=True, kw_only=True):
    id: str
    name: str
    kind: SampleKind
    probability: float | None
    source: str
    legal_basis: str
    sent: int
    """Codes made, one a letter."""
    used: int
    """Confirmed sign-ups with one of them."""
    response_rate: float
    """`used / sent`, in [0, 1]."""
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


class IssuedCodes(Answer, frozen=True, kw_only=True):
    """A new batch with its codes. They are shown this once: the service keeps keyed hashes only."""

    batch: CodeBatch
    csv: str
    """For the printer: number, code, link."""


class PostcodeTable(Answer, frozen=True, kw_only=True):
    """One version of the table that turns postcodes into municipalities; the newest counts."""

    id: str
    version: str
    source: str
    provenance: Provenance
    content_hash: str
    postcodes: int
    imported_at: datetime


class Flag(Answer, frozen=True, kw_only=True):
    """A sign that a member may be a program or a double. It changes nothing until somebody decides."""

    id: str
    member_id: str
    member_status: str
    kind: str
    """trap_filled, filled_too_fast, form_not_opened, disposable_mail, household_crowd, profile_twin, cohort_crowd."""
    evidence: dict[str, str | int | float | bool]
    """Counts and seconds; never contact data."""
    raised_at: datetime
    decision: str | None = None
    reason: str | None = None
    decided_at: datetime | None = None


class FlagCounts(Answer, frozen=True, kw_only=True):
    members: int
    """Members with at least one open flag."""
    open: dict[str, int]
    """Kind -> flags that wait for a decision."""
    decided: dict[str, int]
    """Decision (keep, pause, end) -> flags."""


class FlagDecision(Request, frozen=True, kw_only=True):
    """What happens to a flagged member."""

    decision: Literal["keep", "pause", "end"]
    reason: Annotated[str, Meta(min_length=3, max_length=1000)]


class MergeRequest(Request, frozen=True, kw_only=True):
    """Two members who are one person; the one who joined first is kept."""

    first: Annotated[str, Meta(min_length=1, max_length=40)]
    second: Annotated[str, Meta(min_length=1, max_length=40)]
    reason: Annotated[str, Meta(min_length=3, max_length=1000)]


class Merged(Answer, frozen=True, kw_only=True):
    """What a merge moved to the member who is kept. Nothing is removed."""

    id: str
    kept: str
    duplicate: str
    participations: int
    consents: int
    invitations: int
    overlapping: int
    """Audits that both had been invited to: those rows stay with the duplicate."""
    merged_at: datetime
