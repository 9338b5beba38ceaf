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
