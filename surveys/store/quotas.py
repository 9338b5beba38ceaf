"""Counters and places of quotas (fieldwork.quota, fieldwork.quota_place).

Counters change together with the place they count, in one statement. A statement that touches several quotas goes by
their key, and a place before its counter, so that two people never wait for each other.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from samenspraak.types.questionnaire import Quota

from surveys.store.connection import Connection

# The quotas of a questionnaire; those of an earlier draft go.
DEFINE = """
WITH gone AS (DELETE FROM fieldwork.quota WHERE audit_id = $1 AND NOT key = ANY($2::text[]))
INSERT INTO fieldwork.quota (audit_id, key, most, ends)
SELECT $1, one.key, one.most, one.ends FROM unnest($2::text[], $3::integer[], $4::boolean[]) AS one (key, most, ends)
ON CONFLICT (audit_id, key) DO UPDATE SET most = EXCLUDED.most, ends = EXCLUDED.ends
"""


async def define(conn: Connection, *, audit_id: UUID, quotas: Sequence[Quota]) -> None:
    keys, limits = [quota.key for quota in quotas], [quota.limit for quota in quotas]
    await conn.execute(DEFINE, audit_id, keys, limits, [quota.full == "end" for quota in quotas])


# The places of a response. Those that are only reserved are kept until a new moment.
KEEP = """
UPDATE fieldwork.quota_place SET held_until = $3 WHERE audit_id = $1 AND response_id = $2 RETURNING quota
"""


async def keep(conn: Connection, *, audit_id: UUID, response_id: UUID, until: datetime) -> set[str]:
    return {row["quota"] for row in await conn.fetch(KEEP, audit_id, response_id, until)}


# Hold the counters of some quotas, in one order for everybody.
HOLD = "SELECT key FROM fieldwork.quota WHERE audit_id = $1 AND key = ANY($2::text[]) ORDER BY key FOR UPDATE"


async def hold(conn: Connection, *, audit_id: UUID, keys: Sequence[str]) -> None:
    await conn.fetch(HOLD, audit_id, keys)


# Reserve a place where there is one: of two people at once the second sees what the first has left.
TAKE = """
WITH room AS (
    UPDATE fieldwork.quota SET reserved = reserved + 1
    WHERE audit_id = $1 AND key = $3 AND (NOT ends OR have + reserved < most)
    RETURNING key
)
INSERT INTO fieldwork.quota_place (audit_id, response_id, quota, held_until) SELECT $1, $2, key, $4 FROM room
RETURNING quota
"""


async def take(conn: Connection, *, audit_id: UUID, response_id: UUID, key: str, until: datetime) -> bool:
    return await conn.fetchval(TAKE, audit_id, response_id, key, until) is not None


# Give back every reserved place of a quota that nobody came back for. Whoever saves just now is passed over.
EXPIRE = """
WITH past AS (
    SELECT response_id FROM fieldwork.quota_place
    WHERE audit_id = $1 AND quota = $2 AND NOT counted AND held_until < $3
    FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM fieldwork.quota_place p USING past
    WHERE p.audit_id = $1 AND p.quota = $2 AND p.response_id = past.response_id
    RETURNING p.response_id
)
UPDATE fieldwork.quota SET reserved = reserved - (SELECT count(*) FROM gone) WHERE audit_id = $1 AND key = $2
"""


async def expire(conn: Connection, *, audit_id: UUID, key: str, now: datetime) -> None:
    await conn.execute(EXPIRE, audit_id, key, now)


# Give back one place, reserved or counted.
GIVE_BACK = """
WITH gone AS (
    DELETE FROM fieldwork.quota_place WHERE audit_id = $1 AND response_id = $2 AND quota = $3 RETURNING quota, counted
)
UPDATE fieldwork.quota q
SET reserved = q.reserved - (NOT gone.counted)::integer, have = q.have - gone.counted::integer
FROM gone WHERE q.audit_id = $1 AND q.key = gone.quota
"""


async def give_back(conn: Connection, *, audit_id: UUID, response_id: UUID, key: str) -> None:
    await conn.execute(GIVE_BACK, audit_id, response_id, key)


# The reserved places of a response count from now on.
COUNT = """
WITH done AS (
    UPDATE fieldwork.quota_place SET counted = true
    WHERE audit_id = $1 AND response_id = $2 AND NOT counted
    RETURNING quota
)
UPDATE fieldwork.quota q SET reserved = q.reserved - 1, have = q.have + 1
FROM done WHERE q.audit_id = $1 AND q.key = done.quota
"""


async def count(conn: Connection, *, audit_id: UUID, response_id: UUID) -> None:
    await conn.execute(COUNT, audit_id, response_id)


# Quotas in which a response has a place.
PLACES = "SELECT quota FROM fieldwork.quota_place WHERE audit_id = $1 AND response_id = $2 ORDER BY quota"


async def places(conn: Connection, *, audit_id: UUID, response_id: UUID) -> list[str]:
    return [row["quota"] for row in await conn.fetch(PLACES, audit_id, response_id)]


# One more who came when it was full.
TURN_AWAY = "UPDATE fieldwork.quota SET turned_away = turned_away + 1 WHERE audit_id = $1 AND key = $2"


async def turn_away(conn: Connection, *, audit_id: UUID, key: str) -> None:
    await conn.execute(TURN_AWAY, audit_id, key)


class Filled(msgspec.Struct, frozen=True):
    """One quota in counts."""

    have: int
    reserved: int
    turned_away: int


# Every quota of an audit; a reserved place that nobody came back for does not count.
FILLED = """
SELECT q.key, q.have, q.turned_away,
    (SELECT count(*) FROM fieldwork.quota_place p
     WHERE p.audit_id = q.audit_id AND p.quota = q.key AND NOT p.counted AND p.held_until >= $2) AS reserved
FROM fieldwork.quota q WHERE q.audit_id = $1
"""


async def filled(conn: Connection, *, audit_id: UUID, now: datetime) -> dict[str, Filled]:
    rows = await conn.fetch(FILLED, audit_id, now)
    return {row["key"]: Filled(row["have"], row["reserved"], row["turned_away"]) for row in rows}
