"""The panel as staff see it: counts and outcomes, never a person."""

from datetime import datetime

from samenspraak.types.base import Answer, SampleKind
from samenspraak.types.problem import Fault


class ImportOutcome(Answer, frozen=True, kw_only=True):
    """What an import of members did, or would do (`dry_run`). A row with a fault is not imported; the others are."""

    rows: int
    imported: int
    already_member: int
    refused: int
    dry_run: bool
    faults: tuple[Fault, ...] = ()
    """At most 1,000, in row order; `row/N/column/NAME`, N counts from 1 without the header."""
    encoding: str = ""
    """How the file was read: utf-8, utf-16 or windows-1252."""
    delimiter: str = ""
    flagged: int = 0
    """Imported members who look like another one behind the same door; see the flags."""


class CellSize(Answer, frozen=True, kw_only=True):
    dimension: str
    code: str
    active: int
    share: float
    population_share: float


class PanelState(Answer, frozen=True, kw_only=True):
    active: int
    pending: int
    paused: int
    withdrawn: int
    by_kind: dict[str, int]
    cells: tuple[CellSize, ...] = ()


class FieldworkState(Answer, frozen=True, kw_only=True):
    """One audit in the field, in counts only."""

    audit_id: str
    sample_kind: SampleKind
    invited: int
    dispositions: dict[str, int]
    """queued, sent, undeliverable, started, completed, declined, broken_off, withdrawn, quota_full -> count."""
    completes: int
    target_completes: int
    ballots_cast: int | None = None
    """Only shown after closing: a running count beside a list of voters would say too much."""
    closes_at: datetime | None = None
    reminders_sent: int = 0
