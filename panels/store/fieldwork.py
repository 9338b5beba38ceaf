"""Invitations in the field (panel.invitation, panel.mailing, panel.participation)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import cast
from uuid import UUID

import asyncpg
import msgspec

from panels.dispositions import PENDING
from panels.models import ChannelName, Disposition, FrameRow, Invitation, Mailing, Recipient, TakenPart
from panels.store.connection import Connection

# The invitation behind a link.
SELECT_BY_TOKEN = """
SELECT i.id, i.audit_id, i.member_id, i.respondent_id, i.disposition, i.probability, i.profile::text AS profile,
    i.language, i.created_at, i.stratum, COALESCE(q.closed, false) AS closed, COALESCE(q.closing, 'watch') AS closing
FROM panel.invitation AS i
LEFT JOIN panel.quota_cell AS q ON q.audit_id = i.audit_id AND q.key = i.stratum
WHERE i.token_hash = $1
"""


async def find_by_token(conn: Connection, *, token_hash: bytes) -> Invitation | None:
    row = await conn.fetchrow(SELECT_BY_TOKEN, token_hash)
    return _invitation(row) if row else None


# The invitations behind some links.
SELECT_BY_TOKENS = """
SELECT i.token_hash, i.id, i.audit_id, i.member_id, i.respondent_id, i.disposition, i.probability,
    i.profile::text AS profile, i.language, i.created_at, i.stratum, COALESCE(q.closed, false) AS closed,
    COALESCE(q.closing, 'watch') AS closing
FROM panel.invitation AS i
LEFT JOIN panel.quota_cell AS q ON q.audit_id = i.audit_id AND q.key = i.stratum
WHERE i.token_hash = ANY($1::bytea[])
"""


async def find_by_tokens(conn: Connection, *, token_hashes: Sequence[bytes]) -> dict[bytes, Invitation]:
    """By the hash of the token; unknown ones are left out."""
    return {row["token_hash"]: _invitation(row) for row in await conn.fetch(SELECT_BY_TOKENS, list(token_hashes))}


# The invitation behind a typed code.
SELECT_BY_CODE = """
SELECT i.id, i.audit_id, i.member_id, i.respondent_id, i.disposition, i.probability, i.profile::text AS profile,
    i.language, i.created_at, i.stratum, COALESCE(q.closed, false) AS closed, COALESCE(q.closing, 'watch') AS closing
FROM panel.invitation AS i
LEFT JOIN panel.quota_cell AS q ON q.audit_id = i.audit_id AND q.key = i.stratum
WHERE i.code_hash = $1
"""


async def find_by_code(conn: Connection, *, code_hash: bytes) -> Invitation | None:
    row = await conn.fetchrow(SELECT_BY_CODE, code_hash)
    return _invitation(row) if row else None


# One invitation by its own id.
SELECT_BY_ID = """
SELECT i.id, i.audit_id, i.member_id, i.respondent_id, i.disposition, i.probability, i.profile::text AS profile,
    i.language, i.created_at, i.stratum, COALESCE(q.closed, false) AS closed, COALESCE(q.closing, 'watch') AS closing
FROM panel.invitation AS i
LEFT JOIN panel.quota_cell AS q ON q.audit_id = i.audit_id AND q.key = i.stratum
WHERE i.audit_id = $1 AND i.id = $2
"""


async def find_by_id(conn: Connection, *, audit_id: UUID, invitation_id: UUID) -> Invitation | None:
    row = await conn.fetchrow(SELECT_BY_ID, audit_id, invitation_id)
    return _invitation(row) if row else None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a wanted step; `present` is where the invitation stood before it."""

    moved: bool
    present: Disposition
    closed: bool
    """Whether the cell of this person takes nobody new."""


# Take a step if the present disposition allows it, and count it in the person's cell, in one statement. The row of the
# cell is held first, so that of two people at once the second sees what the first has made of it. A closed cell lets
# nobody begin, and under `refuse` nobody complete.
CHANGE_DISPOSITION = """
WITH before AS MATERIALIZED (
    SELECT audit_id, id, stratum, disposition FROM panel.invitation WHERE id = $1 FOR UPDATE),
place AS MATERIALIZED (
    SELECT q.audit_id, q.key, q.closed, q.closing
    FROM panel.quota_cell AS q JOIN before AS b ON q.audit_id = b.audit_id AND q.key = b.stratum
    FOR UPDATE OF q),
moved AS (
    UPDATE panel.invitation AS i SET disposition = $2::text, disposition_at = $3
    FROM before AS b LEFT JOIN place AS p ON true
    WHERE i.audit_id = b.audit_id AND i.id = b.id AND b.disposition = ANY($4::text[])
      AND NOT (COALESCE(p.closed, false) AND (
          $2::text = 'started' AND b.disposition <> 'broken_off' OR $2::text = 'completed' AND p.closing = 'refuse'))
    RETURNING b.disposition AS was),
counted AS (
    UPDATE panel.quota_cell AS q
    SET have = GREATEST(0, q.have + ($2::text = 'completed')::integer - (m.was = 'completed')::integer),
        pending = GREATEST(0, q.pending + ($2::text = ANY($5::text[]))::integer - (m.was = ANY($5::text[]))::integer)
    FROM place AS p, moved AS m
    WHERE q.audit_id = p.audit_id AND q.key = p.key)
SELECT b.disposition AS present, EXISTS (SELECT FROM moved) AS moved, COALESCE(p.closed, false) AS closed
FROM before AS b LEFT JOIN place AS p ON true
"""


async def change_disposition(
    conn: Connection, *, invitation_id: UUID, disposition: Disposition, sources: Sequence[Disposition], now: datetime
) -> Step | None:
    """None: there is no such invitation."""
    row = await conn.fetchrow(CHANGE_DISPOSITION, invitation_id, disposition, now, list(sources), list(PENDING))
    if row is None:
        return None
    return Step(moved=row["moved"], present=cast(Disposition, row["present"]), closed=row["closed"])


# Book the first mail of somebody queued. Both stand for `pending`, so no counter changes and no cell is held while the
# mail server answers.
BOOK_SENT = """
UPDATE panel.invitation SET disposition = 'sent', disposition_at = $2 WHERE id = $1 AND disposition = 'queued'
"""


async def book_sent(conn: Connection, *, invitation_id: UUID, now: datetime) -> None:
    await conn.execute(BOOK_SENT, invitation_id, now)


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


# Who of a batch must still get the mail of a wave: in a given disposition, still an active member, not mailed, and not
# in a cell that is closed.
SELECT_DUE = """
SELECT i.id, i.member_id, i.language, m.channel, EXISTS (
    SELECT 1 FROM panel.returned AS r
    WHERE r.audit_id = i.audit_id AND r.invitation_id = i.id AND r.kind = 'permanent') AS returned,
    $4 <> 'invitation' AS reminded
FROM panel.invitation AS i JOIN panel.member AS m ON m.id = i.member_id
WHERE i.audit_id = $1 AND i.batch = $2 AND i.disposition = ANY($3::text[]) AND m.status = 'active'
  AND NOT EXISTS (
      SELECT 1 FROM panel.mailing AS s WHERE s.audit_id = i.audit_id AND s.invitation_id = i.id AND s.wave = $4)
  AND NOT EXISTS (
      SELECT 1 FROM panel.quota_cell AS q WHERE q.audit_id = i.audit_id AND q.key = i.stratum AND q.closed)
ORDER BY i.id
LIMIT $5
"""


async def due(
    conn: Connection, *, audit_id: UUID, batch: int, dispositions: Sequence[Disposition], wave: str, limit: int
) -> list[Mailing]:
    rows = await conn.fetch(SELECT_DUE, audit_id, batch, list(dispositions), wave, limit)
    return [_mailing(row) for row in rows]


# One invitation that has to be sent once more: waiting or sent, of somebody who is still an active member.
SELECT_AGAIN = """
SELECT i.id, i.member_id, i.language, m.channel, EXISTS (
    SELECT 1 FROM panel.returned AS r
    WHERE r.audit_id = i.audit_id AND r.invitation_id = i.id AND r.kind = 'permanent') AS returned, EXISTS (
    SELECT 1 FROM panel.mailing AS s
    WHERE s.audit_id = i.audit_id AND s.invitation_id = i.id AND s.wave LIKE 'reminder%') AS reminded
FROM panel.invitation AS i JOIN panel.member AS m ON m.id = i.member_id
WHERE i.id = $1 AND i.disposition IN ('queued', 'sent') AND m.status = 'active'
"""


async def again(conn: Connection, *, invitation_id: UUID) -> Mailing | None:
    row = await conn.fetchrow(SELECT_AGAIN, invitation_id)
    return _mailing(row) if row else None


def _mailing(row: asyncpg.Record) -> Mailing:
    return Mailing(
        invitation_id=row["id"],
        member_id=row["member_id"],
        language=row["language"],
        channel=cast(ChannelName, row["channel"]),
        returned=row["returned"],
        reminded=row["reminded"],
    )


# Claim one mail of one wave; a second claim finds the first, and a cell that has closed meanwhile gets no more.
INSERT_MAILING = """
INSERT INTO panel.mailing (audit_id, invitation_id, wave, channel, sent_at)
SELECT i.audit_id, i.id, $2, $4, $3 FROM panel.invitation AS i
WHERE i.id = $1 AND NOT EXISTS (
    SELECT 1 FROM panel.quota_cell AS q WHERE q.audit_id = i.audit_id AND q.key = i.stratum AND q.closed)
ON CONFLICT DO NOTHING
RETURNING invitation_id
"""


async def insert_mailing(
    conn: Connection, *, invitation_id: UUID, wave: str, channel: ChannelName, now: datetime
) -> bool:
    return await conn.fetchval(INSERT_MAILING, invitation_id, wave, now, channel) is not None


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


# How many messages left by each channel.
COUNT_CHANNELS = """
SELECT channel, count(*) AS messages FROM panel.mailing WHERE audit_id = $1 GROUP BY channel
"""


async def count_channels(conn: Connection, *, audit_id: UUID) -> dict[str, int]:
    return {row["channel"]: row["messages"] for row in await conn.fetch(COUNT_CHANNELS, audit_id)}


# Everybody invited, as the weighting sees them.
SELECT_FRAME = """
SELECT respondent_id, probability, recruitment, stratum, wave, disposition = 'completed' AS responded,
    profile::text AS profile
FROM panel.invitation WHERE audit_id = $1 ORDER BY respondent_id
"""


async def frame(conn: Connection, *, audit_id: UUID) -> list[FrameRow]:
    rows = await conn.fetch(SELECT_FRAME, audit_id)
    return [
        FrameRow(
            respondent_id=row["respondent_id"],
            probability=row["probability"],
            stratum=row["stratum"],
            recruited=row["recruitment"],
            wave=row["wave"],
            responded=row["responded"],
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


# Withdraw the invitations of a member that wait for an answer; their cells expect one person less. Cells are held in
# one order, so that two members who leave at once never wait for each other.
WITHDRAW_WAITING = """
WITH before AS MATERIALIZED (
    SELECT audit_id, id, stratum, disposition FROM panel.invitation
    WHERE member_id = $1 AND disposition IN ('queued', 'sent', 'undeliverable')
    ORDER BY audit_id FOR UPDATE),
place AS MATERIALIZED (
    SELECT q.audit_id, q.key
    FROM panel.quota_cell AS q JOIN before AS b ON q.audit_id = b.audit_id AND q.key = b.stratum
    ORDER BY q.audit_id, q.key FOR UPDATE OF q),
moved AS (
    UPDATE panel.invitation AS i SET disposition = 'withdrawn', disposition_at = $2
    FROM before AS b WHERE i.audit_id = b.audit_id AND i.id = b.id
    RETURNING b.audit_id, b.stratum, b.disposition AS was)
UPDATE panel.quota_cell AS q
SET pending = GREATEST(0, q.pending - (m.was = ANY($3::text[]))::integer)
FROM place AS p JOIN moved AS m ON m.audit_id = p.audit_id AND m.stratum = p.key
WHERE q.audit_id = p.audit_id AND q.key = p.key
"""


async def withdraw_waiting(conn: Connection, *, member_id: UUID, now: datetime) -> None:
    await conn.execute(WITHDRAW_WAITING, member_id, now, list(PENDING))


# Withdraw and cut loose every invitation of a member who is erased, and take them out of the counters.
ERASE_INVITATIONS = """
WITH before AS MATERIALIZED (
    SELECT audit_id, id, stratum, disposition FROM panel.invitation WHERE member_id = $1
    ORDER BY audit_id FOR UPDATE),
place AS MATERIALIZED (
    SELECT q.audit_id, q.key
    FROM panel.quota_cell AS q JOIN before AS b ON q.audit_id = b.audit_id AND q.key = b.stratum
    ORDER BY q.audit_id, q.key FOR UPDATE OF q),
moved AS (
    UPDATE panel.invitation AS i
    SET member_id = NULL, unlinked_at = $2, disposition = 'withdrawn', disposition_at = $2
    FROM before AS b WHERE i.audit_id = b.audit_id AND i.id = b.id
    RETURNING i.audit_id, i.respondent_id, b.stratum, b.disposition AS was),
counted AS (
    UPDATE panel.quota_cell AS q
    SET have = GREATEST(0, q.have - (m.was = 'completed')::integer),
        pending = GREATEST(0, q.pending - (m.was = ANY($3::text[]))::integer)
    FROM place AS p JOIN moved AS m ON m.audit_id = p.audit_id AND m.stratum = p.key
    WHERE q.audit_id = p.audit_id AND q.key = p.key)
SELECT audit_id, respondent_id FROM moved
"""


async def erase_of_member(vault_conn: Connection, *, member_id: UUID, now: datetime) -> tuple[tuple[UUID, UUID], ...]:
    rows = await vault_conn.fetch(ERASE_INVITATIONS, member_id, now, list(PENDING))
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
        stratum=row["stratum"],
        closed=row["closed"],
        closing=row["closing"],
    )
