"""Deletes what is past its date (fieldwork.response and what hangs on it, fieldwork.arm_block, ballots.register)."""

from datetime import date, datetime

import msgspec

from surveys.store.connection import Connection


class Left(msgspec.Struct, frozen=True):
    """What stays in a table."""

    kept: int
    oldest: datetime | None


# Responses in this state that nobody touched since; gives their ids.
DELETE_RESPONSES = """
DELETE FROM fieldwork.response WHERE saved_at < $1 AND (state = 'completed') = $2 RETURNING id
"""


async def delete_responses(conn: Connection, *, before: datetime, completed: bool) -> int:
    return len(await conn.fetch(DELETE_RESPONSES, before, completed))


# Answers whose response is gone.
DELETE_ANSWERS = """
DELETE FROM fieldwork.answer a
WHERE NOT EXISTS (SELECT FROM fieldwork.response r WHERE r.audit_id = a.audit_id AND r.id = a.response_id)
"""


async def delete_answers(conn: Connection) -> int:
    return _number(await conn.execute(DELETE_ANSWERS))


# Page times whose response is gone.
DELETE_PAGE_TIMES = """
DELETE FROM fieldwork.page_time t
WHERE NOT EXISTS (SELECT FROM fieldwork.response r WHERE r.audit_id = t.audit_id AND r.id = t.response_id)
"""


async def delete_page_times(conn: Connection) -> int:
    return _number(await conn.execute(DELETE_PAGE_TIMES))


# Recodings whose answer is gone.
DELETE_RECODINGS = """
DELETE FROM fieldwork.recoding c
WHERE NOT EXISTS (
    SELECT FROM fieldwork.answer a
    WHERE a.audit_id = c.audit_id AND a.response_id = c.response_id AND a.question = c.question
)
"""


async def delete_recodings(conn: Connection) -> int:
    return _number(await conn.execute(DELETE_RECODINGS))


# Incidents whose response is gone.
DELETE_INCIDENTS = """
DELETE FROM fieldwork.incident i
WHERE NOT EXISTS (SELECT FROM fieldwork.response r WHERE r.audit_id = i.audit_id AND r.id = i.response_id)
"""


async def delete_incidents(conn: Connection) -> int:
    return _number(await conn.execute(DELETE_INCIDENTS))


# Places in quotas whose response is gone; a reserved one is free again.
DELETE_PLACES = """
WITH gone AS (
    DELETE FROM fieldwork.quota_place p
    WHERE NOT EXISTS (SELECT FROM fieldwork.response r WHERE r.audit_id = p.audit_id AND r.id = p.response_id)
    RETURNING p.audit_id, p.quota, p.counted
), freed AS (
    UPDATE fieldwork.quota q SET reserved = q.reserved - f.places
    FROM (SELECT audit_id, quota, count(*) AS places FROM gone WHERE NOT counted GROUP BY audit_id, quota) AS f
    WHERE q.audit_id = f.audit_id AND q.key = f.quota
)
SELECT count(*) FROM gone
"""


async def delete_places(conn: Connection) -> int:
    return int(await conn.fetchval(DELETE_PLACES))


# Registers of ballots that were counted before this day.
DELETE_REGISTERS = """
DELETE FROM ballots.register g USING ballots.ballot b WHERE b.audit_id = g.audit_id AND b.counted_on < $1
"""


async def delete_registers(conn: Connection, *, before: date) -> int:
    return _number(await conn.execute(DELETE_REGISTERS, before))


# What stays of the responses.
LEFT_RESPONSES = "SELECT count(*) AS kept, min(saved_at) AS oldest FROM fieldwork.response"


async def left_responses(conn: Connection) -> Left:
    return Left(**dict(await conn.fetchrow(LEFT_RESPONSES) or {}))


# What stays of the answers; an answer is as old as the last save of its response.
LEFT_ANSWERS = """
SELECT count(*) AS kept, min(r.saved_at) AS oldest
FROM fieldwork.answer a JOIN fieldwork.response r ON r.audit_id = a.audit_id AND r.id = a.response_id
"""


async def left_answers(conn: Connection) -> Left:
    return Left(**dict(await conn.fetchrow(LEFT_ANSWERS) or {}))


# What stays of the page times.
LEFT_PAGE_TIMES = """
SELECT count(*) AS kept, min(r.saved_at) AS oldest
FROM fieldwork.page_time t JOIN fieldwork.response r ON r.audit_id = t.audit_id AND r.id = t.response_id
"""


async def left_page_times(conn: Connection) -> Left:
    return Left(**dict(await conn.fetchrow(LEFT_PAGE_TIMES) or {}))


# What stays of the recodings.
LEFT_RECODINGS = "SELECT count(*) AS kept, min(decided_at) AS oldest FROM fieldwork.recoding"


async def left_recodings(conn: Connection) -> Left:
    return Left(**dict(await conn.fetchrow(LEFT_RECODINGS) or {}))


# What stays of the incidents, by the day they were noticed.
LEFT_INCIDENTS = "SELECT count(*) AS kept, min(noticed_on)::timestamptz AS oldest FROM fieldwork.incident"


async def left_incidents(conn: Connection) -> Left:
    return Left(**dict(await conn.fetchrow(LEFT_INCIDENTS) or {}))


# What stays of the places in quotas; a place is as old as the last save of its response.
LEFT_PLACES = """
SELECT count(*) AS kept, min(r.saved_at) AS oldest
FROM fieldwork.quota_place p JOIN fieldwork.response r ON r.audit_id = p.audit_id AND r.id = p.response_id
"""


async def left_places(conn: Connection) -> Left:
    return Left(**dict(await conn.fetchrow(LEFT_PLACES) or {}))


# What stays of the registers, by the day the ballot opened.
LEFT_REGISTERS = """
SELECT count(*) AS kept, min(b.opened_on)::timestamptz AS oldest
FROM ballots.register g JOIN ballots.ballot b ON b.audit_id = g.audit_id
"""


async def left_registers(conn: Connection) -> Left:
    return Left(**dict(await conn.fetchrow(LEFT_REGISTERS) or {}))


def _number(tag: str) -> int:
    """Rows in a command tag such as `DELETE 12`."""
    return int(tag.rsplit(" ", 1)[-1])
