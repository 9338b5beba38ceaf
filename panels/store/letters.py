"""Letters that wait to be printed (vault.letter). Vault role only: an address beside an invitation says who answers."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from panels.store.connection import Connection

# Put a letter down to be printed; the same letter again adds nothing.
INSERT_LETTER = """
INSERT INTO vault.letter (audit_id, invitation_id, wave, lines, language, waiting_since)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
"""


async def add(
    vault_conn: Connection,
    *,
    audit_id: UUID,
    invitation_id: UUID,
    wave: str,
    lines: Sequence[str],
    language: str,
    now: datetime,
) -> None:
    await vault_conn.execute(INSERT_LETTER, audit_id, invitation_id, wave, list(lines), language, now)


# Letters of a member that are not printed yet go to the address of today.
UPDATE_LINES = """
UPDATE vault.letter AS l SET lines = $2
FROM panel.invitation AS i
WHERE i.audit_id = l.audit_id AND i.id = l.invitation_id AND i.member_id = $1 AND l.batch_id IS NULL
"""


async def readdress(vault_conn: Connection, *, member_id: UUID, lines: Sequence[str]) -> None:
    await vault_conn.execute(UPDATE_LINES, member_id, list(lines))


# The same when there is no address any more.
DELETE_WAITING = """
DELETE FROM vault.letter AS l USING panel.invitation AS i
WHERE i.audit_id = l.audit_id AND i.id = l.invitation_id AND i.member_id = $1 AND l.batch_id IS NULL
"""


async def forget_waiting(vault_conn: Connection, *, member_id: UUID) -> None:
    await vault_conn.execute(DELETE_WAITING, member_id)


# Letters of a member, printed or not. Before the link between member and invitation is cut.
DELETE_OF_MEMBER = """
DELETE FROM vault.letter AS l USING panel.invitation AS i
WHERE i.audit_id = l.audit_id AND i.id = l.invitation_id AND i.member_id = $1
"""


async def forget_member(vault_conn: Connection, *, member_id: UUID) -> None:
    await vault_conn.execute(DELETE_OF_MEMBER, member_id)


# Letters of an audit: address and invitation together would tell whose answers are whose.
DELETE_OF_AUDIT = """
DELETE FROM vault.letter WHERE audit_id = $1
"""


async def forget_audit(vault_conn: Connection, *, audit_id: UUID) -> None:
    await vault_conn.execute(DELETE_OF_AUDIT, audit_id)


# Take waiting letters of an audit into a batch; those that the batch has already stay in it.
CLAIM = """
WITH waiting AS (
    SELECT audit_id, invitation_id, wave FROM vault.letter
    WHERE audit_id = $1 AND batch_id IS NULL
      AND NOT EXISTS (SELECT FROM vault.letter AS mine WHERE mine.audit_id = $1 AND mine.batch_id = $2)
    ORDER BY waiting_since, invitation_id LIMIT $3 FOR UPDATE)
UPDATE vault.letter AS l SET batch_id = $2
FROM waiting AS w
WHERE l.audit_id = w.audit_id AND l.invitation_id = w.invitation_id AND l.wave = w.wave
"""

# The letters of a batch, in the order of their postcodes, as the post likes them.
OF_BATCH = """
SELECT invitation_id, wave, lines FROM vault.letter WHERE audit_id = $1 AND batch_id = $2
ORDER BY lines[cardinality(lines)], invitation_id
"""


async def take(
    vault_conn: Connection, *, audit_id: UUID, batch_id: UUID, most: int
) -> list[tuple[UUID, str, tuple[str, ...]]]:
    """Invitation, wave and lines of every letter in the batch; taking it again gives the same letters."""
    await vault_conn.execute(CLAIM, audit_id, batch_id, most)
    rows = await vault_conn.fetch(OF_BATCH, audit_id, batch_id)
    return [(row["invitation_id"], row["wave"], tuple(row["lines"])) for row in rows]


# Letters that were printed.
DELETE_BATCH = """
DELETE FROM vault.letter WHERE audit_id = $1 AND batch_id = $2
"""


async def printed(vault_conn: Connection, *, audit_id: UUID, batch_id: UUID) -> None:
    await vault_conn.execute(DELETE_BATCH, audit_id, batch_id)


# Of these invitations the ones that a letter may still go to.
STILL_WAITING = """
SELECT id FROM panel.invitation
WHERE audit_id = $1 AND id = ANY($2::uuid[]) AND member_id IS NOT NULL
  AND disposition IN ('queued', 'sent', 'undeliverable', 'started', 'broken_off')
"""


async def still_waiting(conn: Connection, *, audit_id: UUID, invitation_ids: Sequence[UUID]) -> set[UUID]:
    return {row["id"] for row in await conn.fetch(STILL_WAITING, audit_id, list(invitation_ids))}
