"""Mail about assemblies: who is due, and what was sent (panel.assembly_mailing)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from panels.assemblies.models import Addressee, CandidateAnswer
from panels.store.connection import Connection

# Who of a batch must still be mailed: the invitation to those who have not answered, all else to those in the pool.
SELECT_DUE = """
SELECT c.id, m.id AS member_id, m.language, c.ticket, s.round IS NOT NULL AND s.round = $5 AS drawn
FROM panel.assembly_candidate AS c
JOIN panel.member AS l ON l.id = c.member_id
JOIN panel.member AS m ON m.id = COALESCE(l.merged_into, l.id) AND m.status = ANY($6::text[])
LEFT JOIN panel.assembly_seat AS s ON s.assembly_id = c.assembly_id AND s.candidate_id = c.id
WHERE c.assembly_id = $1 AND c.batch = $2 AND c.answer = $3
  AND (NOT $7 OR s.round = $5)
  AND NOT EXISTS (SELECT 1 FROM panel.assembly_mailing AS g
                  WHERE g.assembly_id = c.assembly_id AND g.candidate_id = c.id AND g.wave = $4)
ORDER BY c.id
LIMIT $8
"""


async def due(
    conn: Connection,
    *,
    assembly_id: UUID,
    batch: int,
    answer: CandidateAnswer,
    wave: str,
    drawn_in: int,
    seated_only: bool,
    statuses: Sequence[str],
    limit: int,
) -> tuple[Addressee, ...]:
    """`drawn_in`: the round whose seats count as drawn; `seated_only`: leave everybody else out."""
    rows = await conn.fetch(SELECT_DUE, assembly_id, batch, answer, wave, drawn_in, list(statuses), seated_only, limit)
    return tuple(
        Addressee(
            candidate_id=row["id"],
            member_id=row["member_id"],
            language=row["language"],
            ticket=row["ticket"] or "",
            drawn=row["drawn"],
        )
        for row in rows
    )


# Claim one mail.
INSERT_MAILING = """
INSERT INTO panel.assembly_mailing (assembly_id, candidate_id, wave, sent_at) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
RETURNING candidate_id
"""


async def record_mail(conn: Connection, *, assembly_id: UUID, candidate_id: UUID, wave: str, now: datetime) -> bool:
    """False when it was claimed before, then nothing may be sent."""
    return await conn.fetchval(INSERT_MAILING, assembly_id, candidate_id, wave, now) is not None


# Batches of an assembly.
COUNT_BATCHES = """
SELECT COALESCE(max(batch) + 1, 0) FROM panel.assembly_candidate WHERE assembly_id = $1
"""


async def count_batches(conn: Connection, *, assembly_id: UUID) -> int:
    return int(await conn.fetchval(COUNT_BATCHES, assembly_id))
