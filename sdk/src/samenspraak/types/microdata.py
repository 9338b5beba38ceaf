"""Row-level data for researchers: the agreement that staff record, and the files that are made under it."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta

from samenspraak.types.base import Answer, Request

MicrodataFormat = Literal["csv", "parquet", "sav", "codebook", "ddi", "triple_s", "about"]
"""The data as CSV, Parquet or SPSS; codebook (CSV), DDI-Codebook 2.5 and Triple-S 3.0 (XML) describe the CSV; `about`
says in words what was done to protect people."""

MicrodataState = Literal["making", "ready", "refused"]

Text = Annotated[str, Meta(min_length=2, max_length=300)]
AuditId = Annotated[str, Meta(min_length=32, max_length=36)]


class AgreementRequest(Request, frozen=True, kw_only=True):
    """What was signed on paper, so that files can be made for it."""

    institution: Text
    researcher: Text
    """Who is answerable at the institution. Stands in the record, and in no file and no trail."""
    purpose: Annotated[str, Meta(min_length=10, max_length=2000)]
    reference: Text
    """Where the signed document is kept: its number in the register of agreements."""
    ends_on: date
    """The last day."""
    audits: Annotated[tuple[AuditId, ...], Meta(min_length=1, max_length=100)]


class Agreement(Answer, frozen=True, kw_only=True):
    id: str
    institution: str
    researcher: str
    purpose: str
    reference: str
    ends_on: date
    audits: tuple[str, ...]
    recorded_at: datetime
    ended_at: datetime | None = None
    """Ended before its last day."""
    valid: bool
    """Whether files may be made and fetched today."""


class MicrodataRequest(Request, frozen=True, kw_only=True):
    agreement_id: AuditId


class FigureCheck(Answer, frozen=True, kw_only=True):
    """One released figure, worked out again from the file."""

    key: str
    report: float
    file: float


class Protection(Answer, frozen=True, kw_only=True):
    """What was done so that nobody stands alone."""

    k: int
    """Every combination of the key variables has at least so many people."""
    keys: tuple[str, ...]
    coarsened: tuple[str, ...]
    """Known more finely, and left out for that."""
    suppressed: dict[str, int]
    """Column -> values replaced by `suppressed`."""
    left_out: tuple[str, ...]
    """Questions and options that are not in the file."""
    unique_before: float
    """Share of people alone in their combination before anything was done."""
    unique: float
    """The same in the file."""


class Microdata(Answer, frozen=True, kw_only=True):
    """A file that was asked for under an agreement."""

    id: str
    audit_id: str
    agreement_id: str
    state: MicrodataState
    asked_at: datetime
    why: str = ""
    """Why it was refused."""
    made_at: datetime | None = None
    deleted_after: datetime | None = None
    """Fetch it before."""
    rows: int | None = None
    columns: int | None = None
    protection: Protection | None = None
    figures: tuple[FigureCheck, ...] = ()
