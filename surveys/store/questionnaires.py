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
ON CONFLICT (audit_id) DO UPDATE SET hash = EXCLUDED.hash, definition = EXCLUDED.definition
WHERE q.hash = EXCLUDED.hash OR NOT EXISTS (SELECT FROM fieldwork.response r WHERE r.audit_id = EXCLUDED.audit_id)
RETURNING hash
"""


async def put(conn: Connection, *, audit_id: UUID, hash: str, questionnaire: Questionnaire) -> bool:
    return await conn.fetchval(PUT, audit_id, hash, questionnaire) is not None


# Start the allocation of arms in blocks of this size; leaves a running allocation alone.
START_ARMS = """
INSERT INTO fieldwork.arm_block (audit_id, block_size) VALUES ($1, $2)
ON CONFLICT (audit_id) DO UPDATE SET block_size = EXCLUDED.block_size WHERE arm_block.allocated = 0
"""


async def start_arms(conn: Connection, *, audit_id: UUID, block_size: int) -> None:
    await conn.execute(START_ARMS, audit_id, block_size)


# Content hash of the questionnaire of an audit.
HASH = "SELECT hash FROM fieldwork.questionnaire WHERE audit_id = $1"


async def content_hash(conn: Connection, *, audit_id: UUID) -> str | None:
    found: str | None = await conn.fetchval(HASH, audit_id)
    return found


# The questionnaire itself.
DEFINITION = "SELECT definition FROM fieldwork.questionnaire WHERE audit_id = $1"


async def definition(conn: Connection, *, audit_id: UUID) -> Questionnaire:
    return msgspec.json.decode(await conn.fetchval(DEFINITION, audit_id), type=Questionnaire)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a permuted block: `number` counts from 0 over the whole audit."""

    number: int
    block_seed: int


# Begin a response and, only if it is new, take the next place in the blocks of arms: one statement, so that no place is
# lost or given twice. The first place of a block draws the order of that block.
BEGIN = """
WITH fresh AS (
    INSERT INTO fieldwork.response (audit_id, id, respondent_id, language, seed, started_at, saved_at, easy, profile)
    VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)
    ON CONFLICT (audit_id, respondent_id) DO NOTHING
    RETURNING audit_id
)
UPDATE fieldwork.arm_block b
SET allocated = b.allocated + 1,
    block_seed = CASE WHEN b.allocated % b.block_size = 0 THEN $5 ELSE b.block_seed END
FROM fresh WHERE b.audit_id = fresh.audit_id
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
    easy: bool = False,
    profile: Mapping[str, str] = {},
) -> Place | None:
    row = await conn.fetchrow(BEGIN, audit_id, id, respondent_id, language, seed, now, easy, dict(profile))
    return None if row is None else Place(number=row["number"], block_seed=row["block_seed"])


# The arm that a new response was given.
SET_ARM = "UPDATE fieldwork.response SET arm = $3 WHERE audit_id = $1 AND respondent_id = $2"


async def set_arm(conn: Connection, *, audit_id: UUID, respondent_id: UUID, arm: str) -> None:
    await conn.execute(SET_ARM, audit_id, respondent_id, arm)
