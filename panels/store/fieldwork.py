"""Invitations in the field (panel.invitation, panel.mailing, panel.participation)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import cast
from uuid import UUID

import asyncpg
import msgspec

from panels.models import Disposition, FrameRow, Invitation, Mailing, Recipient, TakenPart
from panels.store.connection import Connection

# The invitation behind a link.
SELECT_BY_TOKEN = """
SELECT id, audit_id, member_id, respondent_id, disposition, probability, profile::text AS profile, language, created_at
FROM panel.invitation WHERE token_hash = $1
"""


async def find_by_token(conn: Connection, *, token_hash: bytes) -> Invitation | None:
    row = await conn.fetchrow(SELECT_BY_TOKEN, token_hash)
    return _invitation(row) if row else None


# Take a step, if the present disposition allows it.
UPDATE_DISPOSITION = """
UPDATE panel.invitation SET disposition = $2, disposition_at = $3
WHERE id = $1 AND disposition = ANY($4::text[])
RETURNING id
"""


async def change_disposition(
    conn: Connection, *, invitation_id: UUID, disposition: Disposition, sources: Sequence[Disposition], now: datetime
) -> bool:
    return await conn.fetchval(UPDATE_DISPOSITION, invitation_id, disposition, now, list(sources)) is not None


# The present disposition.
SELECT_DISPOSITION = """
SELECT disposition FROM panel.invitation WHERE id = $1
"""


async def disposition(conn: Connection, *, invitation_id: UUID) -> Disposition | None:
    return cast("Disposition | None", await conn.fetchval(SELECT_DISPOSITION, invitation_id))


# Whoever is under way when an audit closes broke off.
BREAK_OFF_STARTED = """
WITH broken AS (
    UPDATE panel.invitation SET disposition = 'broken_off', disposition_at = $2
    WHERE audit_id = $1 AND disposition = 'started'
    RETURNING 1)
SELECT count(*) FROM broken
"""


async def break_off_started(conn: Connection, *, audit_id: UUID, now: datetime) -> int:
    return int(await conn.fetchval(BREAK_OFF_STARTED, audit_id, now))


# Who of a batch must still get the mail of a wave: in a given disposition, still an active member, not mailed.
SELECT_DUE = """
SELECT i.id, i.member_id, i.language
FROM panel.invitation AS i JOIN panel.member AS m ON m.id = i.member_id
WHERE i.audit_id = $1 AND i.batch = $2 AND i.disposition = ANY($3::text[]) AND m.status = 'active'
  AND NOT EXISTS (
      SELECT 1 FROM panel.mailing AS s WHERE s.audit_id = i.audit_id AND s.invitation_id = i.id AND s.wave = $4)
ORDER BY i.id
LIMIT $5
"""


async def due(
    conn: Connection, *, audit_id: UUID, batch: int, dispositions: Sequence[Disposition], wave: str, limit: int
) -> list[Mailing]:
    rows = await conn.fetch(SELECT_DUE, audit_id, batch, list(dispositions), wave, limit)
    return [Mailing(invitation_id=row["id"], member_id=row["member_id"], language=row["language"]) for row in rows]


# Claim one mail of one wave; a second claim finds the first.
INSERT_MAILING = """
INSERT INTO panel.mailing (audit_id, invitation_id, wave, sent_at)
SELECT audit_id, id, $2, $3 FROM panel.invitation WHERE id = $1
ON CONFLICT DO NOTHING
RETURNING invitation_id
"""


async def insert_mailing(conn: Connection, *, invitation_id: UUID, wave: str, now: datetime) -> bool:
    return await conn.fetchval(INSERT_MAILING, invitation_id, wave, now) is not None


# How many invitations stand where.
COUNT_DISPOSITIONS = """
SELECT disposition, count(*) AS people FROM panel.invitation WHERE audit_id = $1 GROUP BY disposition
"""


async def count_dispositions(conn: Connection, *, audit_id: UUID) -> dict[str, int]:
    rows = await conn.fetch(COUNT_DISPOSITIONS, audit_id)
    return {row["disposition"]: row["people"] for row in rows}


# How many reminders left.
COUNT_REMINDERS = """
SELECT count(*) FROM panel.mailing WHERE audit_id = $1 AND wave LIKE 'reminder%'
"""


async def count_reminders(conn: Connection, *, audit_id: UUID) -> int:
    return int(await conn.fetchval(COUNT_REMINDERS, audit_id))


# Everybody invited, as the weighting sees them.
SELECT_FRAME = """
SELECT respondent_id, probability, stratum, profile::text AS profile
FROM panel.invitation WHERE audit_id = $1 ORDER BY respondent_id
"""


async def frame(conn: Connection, *, audit_id: UUID) -> list[FrameRow]:
    rows = await conn.fetch(SELECT_FRAME, audit_id)
    return [
        FrameRow(
            respondent_id=row["respondent_id"],
            probability=row["probability"],
            stratum=row["stratum"],
            coded=_coded(row["profile"]),
        )
        for row in rows
    ]


# Destroy the link between members and respondents of an audit.
UNLINK = """
WITH cut AS (
    UPDATE panel.invitation SET member_id = NULL, unlinked_at = $2
    WHERE audit_id = $1 AND unlinked_at IS NULL
    RETURNING 1)
SELECT count(*) FROM cut
"""


async def unlink(conn: Connection, *, audit_id: UUID, now: datetime) -> int:
    return int(await conn.fetchval(UNLINK, audit_id, now))


# Invited members who are still members and have not heard of the result.
SELECT_UNTOLD = """
SELECT p.member_id, m.language
FROM panel.participation AS p JOIN panel.member AS m ON m.id = p.member_id
WHERE p.audit_id = $1 AND p.told_on IS NULL AND m.status = 'active'
ORDER BY p.member_id
LIMIT $2
"""


async def untold(conn: Connection, *, audit_id: UUID, limit: int) -> list[Recipient]:
    rows = await conn.fetch(SELECT_UNTOLD, audit_id, limit)
    return [Recipient(member_id=row["member_id"], language=row["language"]) for row in rows]


# Claim the news about the result for one member.
UPDATE_TOLD = """
UPDATE panel.participation SET told_on = $3::date
WHERE audit_id = $1 AND member_id = $2 AND told_on IS NULL
RETURNING member_id
"""


async def mark_told(conn: Connection, *, audit_id: UUID, member_id: UUID, on: date) -> bool:
    return await conn.fetchval(UPDATE_TOLD, audit_id, member_id, on) is not None


# Invitations of one member that are still linked, newest first.
SELECT_OF_MEMBER = """
SELECT audit_id, respondent_id, disposition, created_at
FROM panel.invitation WHERE member_id = $1 ORDER BY created_at DESC, audit_id
"""


async def of_member(conn: Connection, *, member_id: UUID) -> tuple[TakenPart, ...]:
    rows = await conn.fetch(SELECT_OF_MEMBER, member_id)
    return tuple(
        TakenPart(
            audit_id=row["audit_id"],
            respondent_id=row["respondent_id"],
            disposition=cast(Disposition, row["disposition"]),
            invited_at=row["created_at"],
        )
        for row in rows
    )


# Withdraw the invitations of a member that wait for an answer.
WITHDRAW_WAITING = """
UPDATE panel.invitation SET disposition = 'withdrawn', disposition_at = $2
WHERE member_id = $1 AND disposition IN ('queued', 'sent', 'undeliverable')
"""


async def withdraw_waiting(conn: Connection, *, member_id: UUID, now: datetime) -> None:
    await conn.execute(WITHDRAW_WAITING, member_id, now)


# Withdraw and cut loose every invitation of a member who is erased.
ERASE_INVITATIONS = """
UPDATE panel.invitation
SET member_id = NULL, unlinked_at = $2, disposition = 'withdrawn', disposition_at = $2
WHERE member_id = $1
RETURNING audit_id, respondent_id
"""


async def erase_of_member(vault_conn: Connection, *, member_id: UUID, now: datetime) -> tuple[tuple[UUID, UUID], ...]:
    rows = await vault_conn.fetch(ERASE_INVITATIONS, member_id, now)
    return tuple((row["audit_id"], row["respondent_id"]) for row in rows)


# Forget which audits a member was invited to.
DELETE_PARTICIPATION = """
DELETE FROM panel.participation WHERE member_id = $1
"""


async def delete_participation(vault_conn: Connection, *, member_id: UUID) -> None:
    await vault_conn.execute(DELETE_PARTICIPATION, member_id)


def _coded(text: str) -> dict[str, str | None]:
    return msgspec.json.decode(text, type=dict[str, str | None])


def _invitation(row: asyncpg.Record) -> Invitation:
    return Invitation(
        id=row["id"],
        audit_id=row["audit_id"],
        member_id=row["member_id"],
        respondent_id=row["respondent_id"],
        disposition=cast(Disposition, row["disposition"]),
        probability=row["probability"],
        profile=_coded(row["profile"]),
        language=row["language"],
        created_at=row["created_at"],
    )
