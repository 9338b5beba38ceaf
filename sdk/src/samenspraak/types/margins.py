"""Population margins: shares by dimension, with where each figure comes from."""

from datetime import datetime
from typing import Literal

from samenspraak.types.base import Answer

Provenance = Literal["read", "derived-from-read", "recalled-unverified"]


class MarginLevel(Answer, frozen=True, kw_only=True):
    code: str
    label_nl: str
    label_en: str
    population: int
    share: float
    """Share of the population base, in (0, 1]; the shares of one dimension sum to 1."""
    reference_date: str
    source: str
    provenance: Provenance
    note: str = ""


class MarginDimension(Answer, frozen=True, kw_only=True):
    key: str
    """Name used in plans: `sex_age`, `province`, `education`."""
    source_dimension: str
    levels: tuple[MarginLevel, ...]


class MarginSet(Answer, frozen=True, kw_only=True):
    """One version of the margins; never changed after import."""

    id: str
    name: str
    base: str
    """Age base, the same for every dimension: `18+`."""
    population: int
    dimensions: tuple[MarginDimension, ...]
    content_hash: str
    imported_at: datetime
    outdated: bool = False
    recalled: bool = False
    """True when any figure is `recalled-unverified`: then a report on real people is refused."""
