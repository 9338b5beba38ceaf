"""The secret ballot (ballots.ballot, ballots.register, ballots.box)."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec
from samenspraak.types.ballot import BallotDefinition, BallotResult

from surveys.models import Ballot, Voter
from surveys.store.connection import Connection

# Open a ballot; a second opening finds it there.
OPEN = """
INSERT INTO ballots.ballot (audit_id, definition, definition_hash, public_key, opened_on) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (audit_id) DO NOTHING RETURNING audit_id
"""


async def open(
    conn: Connection,
    *,
    audit_id: UUID,
    definition: BallotDefinition,
    definition_hash: str,
    public_key: bytes,
    today: date,
) -> bool:
    return await conn.fetchval(OPEN, audit_id, definition, definition_hash, public_key, today) is not None


# Who may vote, with the coarse cell; in the order of the random id, which says nothing about the draw.
ENTITLE = """
INSERT INTO ballots.register (audit_id, respondent_id, cell)
SELECT $1, v.respondent_id, v.cell FROM unnest($2::uuid[], $3::text[]) AS v (respondent_id, cell) ORDER BY
v.respondent_id
"""


async def entitle(conn: Connection, *, audit_id: UUID, respondents: Sequence[UUID], cells: Sequence[str]) -> None:
    await conn.execute(ENTITLE, audit_id, respondents, cells)


# The ballot of an audit.
FIND = """
SELECT definition, definition_hash, public_key, state, opened_on, closed_on, result
FROM ballots.ballot WHERE audit_id = $1
"""


async def find(conn: Connection, *, audit_id: UUID) -> Ballot | None:
    row = await conn.fetchrow(FIND, audit_id)
    if row is None:
        return None
    return Ballot(
        audit_id=audit_id,
        definition=msgspec.json.decode(row["definition"], type=BallotDefinition),
        definition_hash=row["definition_hash"],
        public_key=row["public_key"],
        state=row["state"],
        opened_on=row["opened_on"],
        closed_on=row["closed_on"],
        result=None if row["result"] is None else msgspec.json.decode(row["result"], type=BallotResult),
    )


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the register."""

    cell: str
    voted: bool
    open: bool


# One line of the register.
ENTRY = """
SELECT cell, voted_on IS NOT NULL AS voted, open FROM ballots.register WHERE audit_id = $1 AND respondent_id = $2
"""


async def entry(conn: Connection, *, audit_id: UUID, respondent_id: UUID) -> Entry | None:
    row = await conn.fetchrow(ENTRY, audit_id, respondent_id)
    return None if row is None else Entry(**dict(row))


# Use the one vote of this person, if it is there and the ballot open; gives the cell. Of many at once, one succeeds.
USE_VOTE = """
UPDATE ballots.register SET voted_on = $3
WHERE audit_id = $1 AND respondent_id = $2 AND voted_on IS NULL AND open
RETURNING cell
"""


async def use_vote(conn: Connection, *, audit_id: UUID, respondent_id: UUID, today: date) -> str | None:
    cell: str | None = await conn.fetchval(USE_VOTE, audit_id, respondent_id, today)
    return cell


# Drop a sealed ballot in the box. The API may do this and never look.
DROP = "INSERT INTO ballots.box (audit_id, id, sealed) VALUES ($1, $2, $3)"


async def drop(conn: Connection, *, audit_id: UUID, id: UUID, sealed: bytes) -> None:
    await conn.execute(DROP, audit_id, id, sealed)


# Close the register: every line is written anew in one statement, in the order of the random id. Afterwards neither its
# transaction ids nor its place on disk tell when somebody voted. Casts under way are waited for; later ones find it
# closed.
CLOSE_REGISTER = """
WITH gone AS (
    DELETE FROM ballots.register WHERE audit_id = $1 RETURNING respondent_id, cell, voted_on
)
INSERT INTO ballots.register (audit_id, respondent_id, cell, voted_on, open)
SELECT $1, respondent_id, cell, voted_on, false FROM gone ORDER BY respondent_id
"""

# Mark the ballot closed, once.
CLOSE = """
UPDATE ballots.ballot SET state = 'closed', closed_on = $2 WHERE audit_id = $1 AND state = 'open' RETURNING audit_id
"""


async def close(conn: Connection, *, audit_id: UUID, today: date) -> bool:
    if await conn.fetchval(CLOSE, audit_id, today) is None:
        return False
    await conn.execute(CLOSE_REGISTER, audit_id)
    return True


# Who voted, in the order of the random id.
VOTERS = """
SELECT respondent_id, cell FROM ballots.register WHERE audit_id = $1 AND voted_on IS NOT NULL ORDER BY respondent_id
"""


async def voters(conn: Connection, *, audit_id: UUID) -> list[Voter]:
    return [Voter(**dict(row)) for row in await conn.fetch(VOTERS, audit_id)]


# How many may vote.
ENTITLED = "SELECT count(*) FROM ballots.register WHERE audit_id = $1"


async def entitled(conn: Connection, *, audit_id: UUID) -> int:
    number: int = await conn.fetchval(ENTITLED, audit_id)
    return number


# How many have voted.
CAST = "SELECT count(*) FROM ballots.register WHERE audit_id = $1 AND voted_on IS NOT NULL"


async def votes(conn: Connection, *, audit_id: UUID) -> int:
    number: int = await conn.fetchval(CAST, audit_id)
    return number


# Take every sealed ballot out of the box, for good when the transaction commits.
EMPTY = "DELETE FROM ballots.box WHERE audit_id = $1 RETURNING sealed"


async def empty(conn: Connection, *, audit_id: UUID) -> list[bytes]:
    return [row["sealed"] for row in await conn.fetch(EMPTY, audit_id)]


# Keep the count, once.
STORE_RESULT = """
UPDATE ballots.ballot SET state = 'counted', counted_on = $2, result = $3
WHERE audit_id = $1 AND state = 'closed' RETURNING audit_id
"""


async def store_result(conn: Connection, *, audit_id: UUID, today: date, result: BallotResult) -> bool:
    return await conn.fetchval(STORE_RESULT, audit_id, today, result) is not None
