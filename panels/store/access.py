"""Access sessions (panel.access)."""

from datetime import datetime
from uuid import UUID

from panels.models import AccessMode, AccessSession
from panels.store.connection import Connection

# Hold the invitation, so that of two people who open a session for it at once the second ends that of the first.
HOLD_INVITATION = "SELECT 1 FROM panel.invitation WHERE audit_id = $1 AND id = $2 FOR UPDATE"
# End the session of an invitation, if there is one.
END_OF = """
UPDATE panel.access SET ended = true, ends_at = least(ends_at, $3)
WHERE audit_id = $1 AND invitation_id = $2 AND NOT ended
"""
# Keep a new session.
INSERT = """
INSERT INTO panel.access (token_hash, audit_id, invitation_id, mode, operator, ends_at) VALUES ($1, $2, $3, $4, $5, $6)
"""


async def replace(
    conn: Connection,
    *,
    token_hash: bytes,
    audit_id: UUID,
    invitation_id: UUID,
    mode: AccessMode,
    operator: UUID | None,
    now: datetime,
    ends_at: datetime,
) -> None:
    """Keep a new session in the place of the one before."""
    await conn.execute(HOLD_INVITATION, audit_id, invitation_id)
    await conn.execute(END_OF, audit_id, invitation_id, now)
    await conn.execute(INSERT, token_hash, audit_id, invitation_id, mode, operator, ends_at)


# The session behind a link, while it lives.
SELECT_LIVE = """
SELECT audit_id, invitation_id, mode, operator, ends_at FROM panel.access
WHERE token_hash = $1 AND NOT ended AND ends_at > $2
"""


async def live(conn: Connection, *, token_hash: bytes, now: datetime) -> AccessSession | None:
    row = await conn.fetchrow(SELECT_LIVE, token_hash, now)
    return AccessSession(**row) if row else None


# Let a session that lives end at another moment.
EXTEND = "UPDATE panel.access SET ends_at = $3 WHERE token_hash = $1 AND NOT ended AND ends_at > $2"


async def extend(conn: Connection, *, token_hash: bytes, now: datetime, ends_at: datetime) -> None:
    await conn.execute(EXTEND, token_hash, now, ends_at)


# End one session now.
END = "UPDATE panel.access SET ended = true, ends_at = least(ends_at, $2) WHERE token_hash = $1 AND NOT ended"


async def end(conn: Connection, *, token_hash: bytes, now: datetime) -> None:
    await conn.execute(END, token_hash, now)
