"""Access sessions: how somebody answers on a computer that others use too, or lets staff fill in over the telephone.

A session has a link of its own. It is random, stands for one invitation, and works until the session ends; the link of
the invitation itself never appears on such a computer. An invitation has one session at a time.
"""

import base64
import re
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from panels import fieldwork, links
from panels.errors import SessionEnded
from panels.models import AccessMode, AccessSession, Invitation
from panels.store import Connection
from panels.store import access as store

_FIRST: dict[AccessMode, str] = {"kiosk": "k", "phone": "t"}
_SHAPE = re.compile(r"([kt])[A-Za-z0-9_-]{21}[AQgw]")
"""The letter of the mode before 16 bytes in base64url: one character more than any other link has, so that a link that
has ended can be told from one that never was, long after its row is gone."""


def mode_of(token: str) -> AccessMode | None:
    """The mode a session link is for, whether it lives or not; None for every other link."""
    found = _SHAPE.fullmatch(token)
    return None if found is None else "kiosk" if found[1] == "k" else "phone"


async def begin(
    conn: Connection,
    *,
    invitation: Invitation,
    mode: AccessMode,
    now: datetime,
    ends_at: datetime,
    entropy: Callable[[int], bytes],
    operator: UUID | None = None,
) -> str:
    """Open a session for an invitation and give its token; the session before it ends.

    Args:
        operator: key of the member of staff who fills in, for `phone` only.
    """
    token = _FIRST[mode] + base64.urlsafe_b64encode(entropy(16)).rstrip(b"=").decode()
    await store.replace(
        conn,
        token_hash=links.token_hash(token),
        audit_id=invitation.audit_id,
        invitation_id=invitation.id,
        mode=mode,
        operator=operator,
        now=now,
        ends_at=ends_at,
    )
    return token


async def find(conn: Connection, token: str, *, now: datetime) -> AccessSession:
    """The session behind a link.

    Raises:
        SessionEnded: it was ended or replaced, its time is over, or there never was one.
    """
    mode = mode_of(token)
    found = await store.live(conn, token_hash=links.token_hash(token), now=now) if mode else None
    if found is None:
        raise SessionEnded(details={"mode": mode})
    return found


async def invitation(conn: Connection, session: AccessSession) -> Invitation:
    """The invitation that a session stands for.

    Raises:
        InvitationUnknown: it has been purged meanwhile.
    """
    return await fieldwork.by_id(conn, audit_id=session.audit_id, invitation_id=session.invitation_id)


async def extend(conn: Connection, token: str, *, now: datetime, ends_at: datetime) -> None:
    """Let a session go on until another moment; nothing for one that has ended."""
    await store.extend(conn, token_hash=links.token_hash(token), now=now, ends_at=ends_at)


async def end(conn: Connection, token: str, *, now: datetime) -> None:
    """End a session now; ending it twice does no harm."""
    await store.end(conn, token_hash=links.token_hash(token), now=now)
