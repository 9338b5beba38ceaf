"""What the register shows of an assembly: nothing here names anybody."""

from datetime import datetime
from uuid import UUID

import msgspec
from samenspraak.types.base import Localised, SampleKind
from samenspraak.types.lottery import Drawing
from samenspraak.types.selection import SelectionReport


class PublicRound(msgspec.Struct, frozen=True, kw_only=True):
    """One lottery of an assembly: the first, or one that filled places again."""

    number: int
    """From 1."""
    content: bytes
    """The published lottery, byte for byte (`publication.Publication.content`)."""
    drawing: Drawing | None = None
    selection: SelectionReport | None = None


class PublicAssembly(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    title: Localised
    purpose: Localised
    """What the assembly is about, in a few sentences."""
    organiser: str = ""
    state: str
    """A state of the life cycle."""
    sample_kind: SampleKind
    size: int
    """People on the panel."""
    asked: int | None = None
    """People who were invited to volunteer; None where anybody could."""
    volunteers: int = 0
    reason: str = ""
    """Why it was cancelled."""
    changed_at: datetime
    rounds: tuple[PublicRound, ...] = ()
    """Oldest first; empty before the panels are published."""
