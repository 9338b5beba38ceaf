"""What the service noted while people answered: times and returns, in counts per audit."""

from collections.abc import Mapping
from uuid import UUID

from msgspec import Struct

from surveys.store.connection import Connection


class PageCounts(Struct, frozen=True, kw_only=True):
    saved: int
    returned: int
    median_seconds: float


# Per page: who saved it, who saved it more than once, and the median time.
PAGES = """
SELECT page, count(*) AS saved, count(*) FILTER (WHERE commits > 1) AS returned,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median_seconds
FROM fieldwork.page_time WHERE audit_id = $1 GROUP BY page
"""


async def pages(conn: Connection, *, audit_id: UUID) -> Mapping[str, PageCounts]:
    return {
        row["page"]: PageCounts(saved=row["saved"], returned=row["returned"], median_seconds=row["median_seconds"])
        for row in await conn.fetch(PAGES, audit_id)
    }


# Where those stand who began and did not send.
LAST_PAGES = """
SELECT last_page, count(*) AS people FROM fieldwork.response
WHERE audit_id = $1 AND state = 'in_progress' AND last_page IS NOT NULL GROUP BY last_page
"""


async def last_pages(conn: Connection, *, audit_id: UUID) -> Mapping[str, int]:
    return {row["last_page"]: row["people"] for row in await conn.fetch(LAST_PAGES, audit_id)}


# Responses by state, language and mode.
BY_STATE = """
SELECT state, language, easy, count(*) AS people FROM fieldwork.response WHERE audit_id = $1 GROUP BY 1, 2, 3
"""


class StateCount(Struct, frozen=True, kw_only=True):
    state: str
    language: str
    easy: bool
    people: int


async def by_state(conn: Connection, *, audit_id: UUID) -> list[StateCount]:
    return [StateCount(**dict(row)) for row in await conn.fetch(BY_STATE, audit_id)]
