"""Reports on mail that did not arrive (panel.returned)."""

from datetime import datetime
from typing import Literal, cast
from uuid import UUID

import msgspec

from panels.models import Disposition
from panels.store.connection import Connection


class Addressed(msgspec.Struct, frozen=True, kw_only=True):
    """The invitation that a report is about, locked, and what else is known of its member."""

    audit_id: UUID
    disposition: Disposition
    transient: int
    """Reports before this one that said: not now."""
    permanent: int
    seen: bool
    """Whether this very report came before."""
    phone_given: bool
    address_given: bool


# The invitation that a report names, held until the transaction ends.
LOCK_INVITATION = """
SELECT id FROM panel.invitation WHERE id = $1 FOR UPDATE
"""
# What is known about it; of somebody who left or paused no other way in counts.
SELECT_ADDRESSED = """
SELECT i.audit_id, i.disposition, count(r.kind) FILTER (WHERE r.kind = 'transient') AS transient,
    count(r.kind) FILTER (WHERE r.kind = 'permanent') AS permanent,
    COALESCE(bool_or(r.report_hash = $2), false) AS seen,
    COALESCE(bool_or(m.phone_given), false) AS phone_given, COALESCE(bool_or(m.address_given), false) AS address_given
FROM panel.invitation AS i
LEFT JOIN panel.member AS m ON m.id = i.member_id AND m.status = 'active'
LEFT JOIN panel.returned AS r ON r.audit_id = i.audit_id AND r.invitation_id = i.id
WHERE i.id = $1
GROUP BY i.audit_id, i.disposition
"""


async def lock(conn: Connection, *, invitation_id: UUID, report_hash: bytes) -> Addressed | None:
    """None: there is no such invitation."""
    await conn.execute(LOCK_INVITATION, invitation_id)
    row = await conn.fetchrow(SELECT_ADDRESSED, invitation_id, report_hash)
    if row is None:
        return None
    return Addressed(
        audit_id=row["audit_id"],
        disposition=cast(Disposition, row["disposition"]),
        transient=row["transient"],
        permanent=row["permanent"],
        seen=row["seen"],
        phone_given=row["phone_given"],
        address_given=row["address_given"],
    )


# Keep that a report came, and what it was taken for.
INSERT_RETURNED = """
INSERT INTO panel.returned (audit_id, invitation_id, report_hash, kind, came_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
"""


async def add(
    conn: Connection,
    *,
    audit_id: UUID,
    invitation_id: UUID,
    report_hash: bytes,
    kind: Literal["permanent", "transient"],
    now: datetime,
) -> None:
    await conn.execute(INSERT_RETURNED, audit_id, invitation_id, report_hash, kind, now)


# How many reports came in an audit, by what they were taken for.
COUNT_RETURNED = """
SELECT kind, count(*) AS reports FROM panel.returned WHERE audit_id = $1 GROUP BY kind
"""


async def count(conn: Connection, *, audit_id: UUID) -> dict[str, int]:
    return {row["kind"]: row["reports"] for row in await conn.fetch(COUNT_RETURNED, audit_id)}
