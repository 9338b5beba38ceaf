"""Two memberships that are one person: staff say so, and the older one goes on with what both had."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from samenspraak.types.joining import Merged

from panels.errors import MemberUnknown, MergeRefused
from panels.store import Connection, reach
from panels.store import merges as store
from panels.store.merges import Merge

MERGEABLE = ("active", "paused")


async def merge(
    conn: Connection,
    *,
    first: UUID,
    second: UUID,
    reason: str,
    staff: str,
    now: datetime,
    new_id: Callable[[], UUID],
) -> Merge:
    """Keep who joined first; the other becomes a duplicate of it.

    Participation and consents move to the member who is kept, and so do invitations, with the job `member.merge` that
    must follow (`hand_over`). Profile, sample kind and address of the one kept stay as they were. An audit that both
    were invited to keeps both rows, since two people may have answered; they are counted as `overlapping`. The
    duplicate's address stays taken, its own page leads to the page of the member kept, and leaving or erasure later
    concerns both.

    Raises:
        MemberUnknown: one of them does not exist.
        MergeRefused: the same one twice, or one that is not a member now.
    """
    pair = await store.lock_pair(conn, member_ids=[first, second])
    missing = {first, second} - {one.id for one in pair}
    if missing:
        raise MemberUnknown(details={"member_id": str(min(missing))})
    statuses: dict[str, object] = {str(one.id): one.status for one in pair}
    if len(pair) != 2:
        raise MergeRefused("This is one member; name two.", details=statuses)
    if not all(one.status in MERGEABLE and one.admitted for one in pair):
        raise MergeRefused("Both must be members now, active or paused.", details=statuses)
    kept, duplicate = sorted(pair, key=lambda one: (one.joined_at, one.id))
    moved = await store.move(conn, kept=kept.id, duplicate=duplicate.id, now=now)
    merge = Merge(id=new_id(), kept=kept.id, duplicate=duplicate.id, merged_at=now, **moved)
    await store.add(conn, merge=merge, reason=reason, staff=staff)
    return merge


async def hand_over(vault_conn: Connection, *, kept: UUID, duplicate: UUID) -> None:
    """Hand the invitations of a duplicate to the member kept, and forget its mobile number and postal address (vault
    role). May run twice."""
    await reach.take_over(vault_conn, member_id=duplicate)
    await reach.clear(vault_conn, member_id=duplicate)
    await store.move_invitations(vault_conn, kept=kept, duplicate=duplicate)


def shown(merge: Merge) -> Merged:
    """A merge as staff see it."""
    return Merged(
        id=str(merge.id),
        kept=str(merge.kept),
        duplicate=str(merge.duplicate),
        participations=merge.participations,
        consents=merge.consents,
        invitations=merge.invitations,
        overlapping=merge.overlapping,
        merged_at=merge.merged_at,
    )
