"""Mail that came back: what it means for the invitation, and what must happen next."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from panels import fieldwork
from panels.store import Connection
from panels.store import returned as store

AGAIN_DAYS = (1, 2, 4)
"""Days between a report that said `not now` and the next attempt; a further report counts as one for good. A full
mailbox is emptied over days, not hours."""
UNANSWERED = ("queued", "sent", "undeliverable")
"""Where a returned mail still matters; whoever began to answer needs no mail to get in."""

OTHER = "other"
"""Wave of the one message that goes another way after mail came back for good."""

Next = Literal["nothing", "again", "other_channel", "undeliverable"]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from a report. `again` and `other_channel` mean that a job `mail.again` must follow."""

    what: Next = "nothing"
    audit_id: UUID | None = None
    wave: str = ""
    """Of the message that must follow: `again_1` to `again_3`, or `other`."""
    days: int = 0
    """How long to wait with it."""


NOTHING = Step()


async def take(
    conn: Connection,
    *,
    invitation_id: UUID,
    kind: Literal["permanent", "transient"],
    report_hash: bytes,
    texting: bool,
    now: datetime,
) -> Step:
    """Take one report on the mail of an invitation. The same report a second time changes nothing.

    Args:
        report_hash: 32 bytes that are the same for the same report.
        texting: whether text messages can be sent at all.
    """
    found = await store.lock(conn, invitation_id=invitation_id, report_hash=report_hash)
    if found is None or found.seen:
        return NOTHING
    if kind == "transient" and found.transient >= len(AGAIN_DAYS):
        kind = "permanent"
    await store.add(
        conn, audit_id=found.audit_id, invitation_id=invitation_id, report_hash=report_hash, kind=kind, now=now
    )
    # After a mail that came back for good a second report, on an earlier mail, finds everything done.
    if found.disposition not in UNANSWERED or found.permanent:
        return NOTHING
    if kind == "transient":
        days = AGAIN_DAYS[found.transient]
        return Step(what="again", audit_id=found.audit_id, wave=f"again_{found.transient + 1}", days=days)
    if found.address_given or (texting and found.phone_given):
        return Step(what="other_channel", audit_id=found.audit_id, wave=OTHER)
    moved = await fieldwork.mark(conn, invitation_id=invitation_id, disposition="undeliverable", now=now)
    return Step(what="undeliverable", audit_id=found.audit_id) if moved else NOTHING
