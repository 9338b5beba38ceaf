"""Population margins: read from CSV with every fault at once, kept unchanged."""

from samenspraak.types.margins import MarginSet

from panels.errors import MarginsUnknown
from panels.margins.csv_layout import parse
from panels.store import Connection
from panels.store import margins as store

__all__ = ["add", "all", "get", "latest", "parse"]


async def add(conn: Connection, margin_set: MarginSet) -> MarginSet:
    """Keep a set; the same figures under the same name give the set that is there already."""
    return await store.add(conn, margin_set=margin_set)


async def get(conn: Connection, id: str) -> MarginSet:
    """Raises MarginsUnknown."""
    # The database cannot even be asked for a text with U+0000.
    found = None if "\0" in id else await store.find(conn, id=id)
    if found is None:
        raise MarginsUnknown(details={"id": id})
    return found


async def latest(conn: Connection) -> MarginSet | None:
    """The set that was imported last, or None."""
    found = await store.newest(conn, limit=1)
    return found[0] if found else None


async def all(conn: Connection) -> list[MarginSet]:
    """Every set, newest first."""
    return await store.newest(conn, limit=None)
