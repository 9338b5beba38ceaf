"""Shapes that only staff see: the trail's verdict, imports under way, proofs of purging."""

from datetime import datetime

from samenspraak.types.base import Answer


class TrailCheck(Answer, frozen=True, kw_only=True):
    """Whether the hash chain of the audit trail holds."""

    intact: bool
    events: int
    """Events looked at."""
    first_broken: int | None = None
    """Number of the first event whose hash does not follow from what stands before it."""


class ImportTicket(Answer, frozen=True, kw_only=True):
    """An import of members that was accepted and is, or will be, worked on."""

    id: str
    state: str = "queued"


class PurgeRecord(Answer, frozen=True, kw_only=True):
    """What one purge did to one table, counted in the same transaction."""

    table: str
    deleted: int
    kept: int
    oldest: datetime | None = None
    """Reference time of the oldest row that stays."""
    purged_at: datetime | None = None
