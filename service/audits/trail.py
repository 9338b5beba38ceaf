"""The audit trail: every event carries the hash of the one before, so that no line is changed or taken out unseen.

A chain shows edits, removals and reordering. It does not show that the end was cut off or the whole was rewritten: for
that, compare the head with one that was noted elsewhere before.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from samenspraak.administration import TrailCheck
from samenspraak.canonical import content_hash
from samenspraak.types.audit import TrailEvent

from service.audits.models import Actor
from service.errors import Detail
from service.store import Connection
from service.store import trail as store

FIRST = "0" * 64
"""What the first event calls the hash before it."""
PAGE = 1000


def link(
    *,
    number: int,
    at: datetime,
    actor: str,
    event: str,
    audit_id: str | None,
    detail: Mapping[str, Detail],
    previous_hash: str,
) -> TrailEvent:
    """One event with its hash: SHA-256 over the canonical JSON of everything else in it."""
    moment = at.astimezone(UTC)
    unhashed = TrailEvent(
        number=number,
        at=moment,
        actor=actor,
        event=event,
        audit_id=audit_id,
        detail=dict(detail),
        previous_hash=previous_hash,
        hash="",
    )
    return msgspec.structs.replace(unhashed, hash=content_hash(unhashed))


def verify(events: Iterable[TrailEvent], *, number: int = 0, previous_hash: str = FIRST) -> int | None:
    """Number of the first event that breaks the chain, or None.

    Args:
        number: number of the event before the first one given.
        previous_hash: its hash.
    """
    for event in events:
        number += 1
        expected = msgspec.structs.replace(event, hash="")
        if event.number != number or event.previous_hash != previous_hash or event.hash != content_hash(expected):
            return number
        previous_hash = event.hash
    return None


async def append(
    conn: Connection,
    *,
    actor: Actor,
    event: str,
    now: datetime,
    organisation_id: UUID | None = None,
    audit_id: UUID | None = None,
    detail: Mapping[str, Detail] | None = None,
) -> TrailEvent:
    """Add an event in the caller's transaction. Holds the head until that ends, so append last."""
    head = await store.lock_head(conn)
    made = link(
        number=head.number + 1,
        at=now,
        actor=str(actor),
        event=event,
        audit_id=str(audit_id) if audit_id else None,
        detail=detail or {},
        previous_hash=head.hash,
    )
    await store.add(conn, event=made, organisation_id=organisation_id)
    return made


async def verify_all(conn: Connection) -> TrailCheck:
    """Read the whole trail and check every link, and that it ends at the head."""
    head = await store.head(conn)
    number, previous = 0, FIRST
    while events := await store.page(conn, after=number, audit_id=None, limit=PAGE):
        broken = verify(events, number=number, previous_hash=previous)
        if broken is not None:
            return TrailCheck(intact=False, events=head.number, first_broken=broken)
        number, previous = events[-1].number, events[-1].hash
    whole = (number, previous) == (head.number, head.hash)
    return TrailCheck(intact=whole, events=head.number, first_broken=None if whole else number + 1)
