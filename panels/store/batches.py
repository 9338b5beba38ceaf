"""Steps of many invitations in one statement (panel.invitation, panel.quota_cell)."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from msgspec import Struct

from panels.dispositions import PENDING
from panels.models import Disposition
from panels.store.connection import Connection


class Moved(Struct, frozen=True, kw_only=True):
    """What became of one wanted step; `present` is where the invitation stood before it."""

    moved: bool
    present: Disposition


# Complete many invitations as `CHANGE_DISPOSITION` completes one, in the order given. Rows and cells are held in one
# order, so that two processes never wait for each other. A strict cell (`refuse`) takes as many as it has places left,
# the first of them first: `closed` says nothing about those who stand in the same statement.
COMPLETE = """
WITH wanted AS (
    SELECT w.id, w.turn FROM unnest($1::uuid[]) WITH ORDINALITY AS w(id, turn)),
before AS MATERIALIZED (
    SELECT i.audit_id, i.id, i.stratum, i.disposition, w.turn
    FROM panel.invitation AS i JOIN wanted AS w ON w.id = i.id
    ORDER BY i.id FOR UPDATE OF i),
place AS MATERIALIZED (
    SELECT q.audit_id, q.key, q.closed, q.closing, q.decision, q.need, q.have
    FROM panel.quota_cell AS q
    WHERE (q.audit_id, q.key) IN (SELECT b.audit_id, b.stratum FROM before AS b)
    ORDER BY q.audit_id, q.key FOR UPDATE OF q),
ranked AS (
    SELECT b.audit_id, b.id, b.stratum, b.disposition,
        row_number() OVER (PARTITION BY b.audit_id, b.stratum ORDER BY b.turn) AS rank
    FROM before AS b WHERE b.disposition = ANY($3::text[])),
moved AS (
    UPDATE panel.invitation AS i SET disposition = 'completed', disposition_at = $2
    FROM ranked AS r LEFT JOIN place AS p ON p.audit_id = r.audit_id AND p.key = r.stratum
    WHERE i.audit_id = r.audit_id AND i.id = r.id
      AND NOT (COALESCE(p.closing, 'watch') = 'refuse' AND (
          p.closed OR p.decision IS NULL AND p.need > 0 AND p.have + r.rank > p.need))
    RETURNING i.audit_id, i.stratum, i.id, r.disposition AS was),
counted AS (
    UPDATE panel.quota_cell AS q
    SET have = q.have + m.people, pending = GREATEST(0, q.pending - m.expected)
    FROM (
        SELECT audit_id, stratum, count(*) AS people, count(*) FILTER (WHERE was = ANY($4::text[])) AS expected
        FROM moved GROUP BY audit_id, stratum) AS m
    WHERE q.audit_id = m.audit_id AND q.key = m.stratum)
SELECT b.id, b.disposition AS present, EXISTS (SELECT FROM moved AS m WHERE m.id = b.id) AS moved FROM before AS b
"""


async def complete(
    conn: Connection, *, invitation_ids: Sequence[UUID], sources: Sequence[Disposition], now: datetime
) -> dict[UUID, Moved]:
    """By invitation; unknown ones are left out."""
    rows = await conn.fetch(COMPLETE, list(invitation_ids), now, list(sources), list(PENDING))
    return {row["id"]: Moved(moved=row["moved"], present=cast(Disposition, row["present"])) for row in rows}
