"""The parts that every section of the rendered report is made of."""

import msgspec

from service.render.pictures import Picture
from service.render.tables import Table


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """One finding. Every part but the title may be empty."""

    title: str
    lead: str = ""
    caveat: str = ""
    """Stays with the lead; set smaller."""
    notes: tuple[str, ...] = ()
    chart: Picture | None = None
    legend: str = ""
    tables: tuple[Table, ...] = ()


class Section(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    title: str
    blocks: tuple[Block, ...]
