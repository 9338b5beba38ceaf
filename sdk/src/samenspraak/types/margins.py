"""Population margins: shares by dimension, with where each figure comes from."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

from samenspraak.types.base import Answer, Request

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
    """Name used in plans: `sex_age`, `province`, `education`; two joined by `_x_` for a margin of their combinations,
    `province_x_age7`, with levels such as `PV20 x 18-24`."""
    source_dimension: str
    levels: tuple[MarginLevel, ...]


class MarginSet(Answer, frozen=True, kw_only=True):
    """One version of the margins; never changed after import."""

    id: str
    name: str
    area: str = "NL"
    """Whose population this is: `NL`, a province (`PV27`) or a municipality (`GM0363`)."""
    base: str
    """Age base, the same for every dimension: `18+` or `16+`."""
    population: int
    dimensions: tuple[MarginDimension, ...]
    content_hash: str
    imported_at: datetime
    outdated: bool = False
    recalled: bool = False
    """True when any figure is `recalled-unverified`: then a report on real people is refused."""


class StatLineTable(Request, frozen=True, kw_only=True):
    """Rows of one StatLine table for one dimension, as they come from OData version 3 or 4."""

    table: Annotated[str, Meta(pattern=r"^[0-9]{5}[A-Za-z]{3}$")]
    """Number of the table, such as `03759ned`."""
    dimension: Annotated[str, Meta(min_length=1, max_length=60)]
    """Ours: `sex_age`, `province`, `education3`, `municipality`, `province_x_age7`, ..."""
    measure: Annotated[str, Meta(min_length=1, max_length=60)]
    """Column with the numbers of people: `Bevolking_1` (version 3) or the identifier of the measure (version 4)."""
    reference_date: Annotated[str, Meta(pattern=r"^(19|20)[0-9]{2}(-[0-9]{2}-[0-9]{2})?$")]
    """Day or year that the numbers are about."""
    observations: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=200_000)]
    """`value` of `TypedDataSet` (version 3) or of `Observations` (version 4)."""
    codes: Annotated[dict[str, list[dict[str, Any]]], Meta(min_length=1, max_length=20)]
    """By column, `value` of its code list: entries with `Key` or `Identifier`, and `Title`."""
    population_base: Literal["16+", "18+"] | None = None
    """Whom a table without a column of ages is about."""
    note: Annotated[str, Meta(max_length=500)] = ""


class StatLineImport(Request, frozen=True, kw_only=True):
    """Tables that together make one version of the margins."""

    area: Annotated[str, Meta(max_length=10)] = "NL"
    base: Literal["16+", "18+"] = "18+"
    tables: Annotated[list[StatLineTable], Meta(min_length=1, max_length=10)]
