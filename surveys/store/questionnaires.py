"""Questionnaires of audits and the allocation of arms (fieldwork.questionnaire, fieldwork.arm_block)."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from samenspraak.types.questionnaire import Questionnaire

from surveys.store.connection import Connection

# Keep the questionnaire of an audit; replaces it only while nobody has begun to answer.
PUT = """
INSERT INTO fieldwork.questionnaire AS q (audit_id, hash, definition) VALUES ($1, $2, $3)
ON CONFLICT (audit_id, version) DO UPDATE SET hash = EXCLUDED.hash, definition = EXCLUDED.definition
WHERE q.hash = EXCLUDED.hash OR NOT EXISTS (SELECT FROM fieldwork.response r WHERE r.audit_id = EXCLUDED.audit_id)
RETURNING hash
"""


async def put(conn: Connection, *, audit_id: UUID, hash: str, questionnaire: Questionnaire) -> bool:
    return await conn.fetchval(PUT, audit_id, hash, questionnaire) is not None


# Content hash of the newest questionnaire of an audit.
HASH = "SELECT hash FROM fieldwork.questionnaire WHERE audit_id = $1 ORDER BY version DESC LIMIT 1"


async def content_hash(conn: Connection, *, audit_id: UUID) -> str | None:
    found: str | None = await conn.fetchval(HASH, audit_id)
    return found


# One version of it, by its content hash.
DEFINITION = "SELECT definition FROM fieldwork.questionnaire WHERE audit_id = $1 AND hash = $2"


async def definition(conn: Connection, *, audit_id: UUID, hash: str) -> Questionnaire:
    return msgspec.json.decode(await conn.fetchval(DEFINITION, audit_id, hash), type=Questionnaire)


# A version more, beside the ones before.
ADD_VERSION = """
INSERT INTO fieldwork.questionnaire (audit_id, version, hash, definition, reason, corrected_at)
SELECT $1, max(version) + 1, $2, $3, $4, $5 FROM fieldwork.questionnaire WHERE audit_id = $1 HAVING count(*) > 0
RETURNING version
"""


async def add_version(
    conn: Connection, *, audit_id: UUID, hash: str, questionnaire: Questionnaire, reason: str, now: datetime
) -> int:
    """Number of the new version. Call it with the audit locked: two at once would ask for the same number."""
    number: int = await conn.fetchval(ADD_VERSION, audit_id, hash, questionnaire, reason, now)
    return number


class Version(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    hash: str
    questionnaire: Questionnaire
    reason: str
    corrected_at: datetime | None
    began: int
    completed: int


# Every version of a questionnaire, and how many answer it.
VERSIONS = """
SELECT q.version, q.hash, q.definition, q.reason, q.corrected_at,
    count(r.id) AS began, count(r.id) FILTER (WHERE r.state = 'completed') AS completed
FROM fieldwork.questionnaire q LEFT JOIN fieldwork.response r ON r.audit_id = q.audit_id AND r.version = q.version
WHERE q.audit_id = $1 GROUP BY q.audit_id, q.version ORDER BY q.version
"""


async def versions(conn: Connection, *, audit_id: UUID) -> list[Version]:
    return [
        Version(
            version=row["version"],
            hash=row["hash"],
            questionnaire=msgspec.json.decode(row["definition"], type=Questionnaire),
            reason=row["reason"],
            corrected_at=row["corrected_at"],
            began=row["began"],
            completed=row["completed"],
        )
        for row in await conn.fetch(VERSIONS, audit_id)
    ]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a permuted block: `number` counts from 0 over the whole stratum."""

    number: int
    block_seed: int


# Begin a response to the newest version and, only if it is new, take the next place in the blocks of its stratum: one
# statement, so that no place is lost or given twice. The first place of a block draws the order of that block.
BEGIN = """
WITH fresh AS (
    INSERT INTO fieldwork.response
        (audit_id, id, respondent_id, language, seed, started_at, saved_at, easy, profile, mode, version)
    SELECT $1, $2, $3, $4, $5, $6, $6, $7, $8, $9, max(q.version)
    FROM fieldwork.questionnaire q WHERE q.audit_id = $1 HAVING count(*) > 0
    ON CONFLICT (audit_id, respondent_id) DO NOTHING
    RETURNING audit_id
)
INSERT INTO fieldwork.arm_block AS b (audit_id, stratum, block_size, allocated, block_seed)
SELECT audit_id, $10, $11, 1, $5 FROM fresh
ON CONFLICT (audit_id, stratum) DO UPDATE
SET allocated = b.allocated + 1,
    block_seed = CASE WHEN b.allocated % b.block_size = 0 THEN EXCLUDED.block_seed ELSE b.block_seed END
RETURNING b.allocated - 1 AS number, b.block_seed
"""


async def begin(
    conn: Connection,
    *,
    audit_id: UUID,
    id: UUID,
    respondent_id: UUID,
    language: str,
    seed: int,
    now: datetime,
    easy: bool,
    profile: Mapping[str, str],
    mode: str,
    stratum: str,
    block_size: int,
) -> Place | None:
    """None: this respondent had begun."""
    row = await conn.fetchrow(
        BEGIN, audit_id, id, respondent_id, language, seed, now, easy, dict(profile), mode, stratum, block_size
    )
    return None if row is None else Place(number=row["number"], block_seed=row["block_seed"])


# The arm that a new response was given.
SET_ARM = "UPDATE fieldwork.response SET arm = $3 WHERE audit_id = $1 AND respondent_id = $2"


async def set_arm(conn: Connection, *, audit_id: UUID, respondent_id: UUID, arm: str) -> None:
    await conn.execute(SET_ARM, audit_id, respondent_id, arm)
