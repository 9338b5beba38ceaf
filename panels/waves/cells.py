"""The cells of an audit: staff stop and reopen them; everything else they do by themselves."""

from datetime import datetime
from uuid import UUID

from samenspraak.types.fieldwork import CellStanding

from panels.errors import CellUnknown
from panels.models import Decision, QuotaCell
from panels.store import Connection
from panels.store import waves as store


async def stop(conn: Connection, *, audit_id: UUID, key: str, now: datetime) -> QuotaCell:
    """No mail to a cell and nobody new in it, until it is reopened. Raises CellUnknown."""
    return await _decide(conn, audit_id, key, "stopped", now)


async def reopen(conn: Connection, *, audit_id: UUID, key: str, now: datetime) -> QuotaCell:
    """Let people into a cell again. One that is full stays open then, beyond its need, until it is stopped.

    Raises:
        CellUnknown: no such cell.
    """
    return await _decide(conn, audit_id, key, "reopened", now)


def standing(cell: QuotaCell) -> CellStanding:
    """Where a cell stands, in one word."""
    if cell.decision is not None:
        return cell.decision
    return "full" if cell.closed else "open"


async def _decide(conn: Connection, audit_id: UUID, key: str, decision: Decision, now: datetime) -> QuotaCell:
    # A key that cannot be printed is none of ours, and some of those cannot even be asked for.
    found = None
    if key.isprintable():
        found = await store.decide(conn, audit_id=audit_id, key=key, decision=decision, now=now)
    if found is None:
        raise CellUnknown(details={"known": [cell.key for cell in await store.cells(conn, audit_id=audit_id)]})
    return found
