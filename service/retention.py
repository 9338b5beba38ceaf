"""How long the service's own tables are kept, and the purge that proves it. Panels and surveys have theirs."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec

from service.store import Connection, idempotency, jobs, keys, letters, microdata
from service.store.jobs import Swept


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """How long rows of a table are kept. `days` None: kept for good."""

    table: str
    what: str
    days: int | None
    why: str


RULES: tuple[Retention, ...] = (
    Retention(
        table="ops.job", what="settled jobs", days=30, why="So that staff can see what happened; they hold ids only."
    ),
    Retention(
        table="ops.idempotency",
        what="answers to POSTs",
        days=3,
        why="A client may repeat a request for 72 hours and gets the same answer.",
    ),
    Retention(
        table="ops.api_key", what="ended keys", days=365, why="To tell who did what for a year after a key ended."
    ),
    Retention(
        table="ops.purge_run", what="proofs of purges", days=730, why="Longer than what they are proof of is kept."
    ),
    Retention(
        table="results.microdata",
        what="files made for researchers",
        days=30,
        why="Long enough to fetch them; a new one can be made while the agreement holds.",
    ),
    Retention(
        table="results.letter_batch",
        what="printed letters",
        days=7,
        why="Addresses beside codes: long enough to fetch them once, and gone when the report is made.",
    ),
    Retention(
        table="ops.agreement",
        what="agreements about row-level data",
        days=None,
        why="They account for who may have had which answers; no participant is in them.",
    ),
    Retention(table="ops.trail", what="the audit trail", days=None, why="A chain proves nothing with links missing."),
    Retention(table="ops.trail_head", what="end of the trail", days=None, why="One row; a chain has an end."),
    Retention(table="fieldwork.audit", what="audits", days=None, why="The public record; it holds no person."),
    Retention(table="ops.migration", what="applied migrations", days=None, why="Says which schema this is."),
    Retention(table="ops.migration_lock", what="lock of migrations", days=None, why="One row without content."),
    Retention(table="ops.organisation", what="organisations", days=None, why="Published reports name their owner."),
    Retention(table="results.report", what="reports", days=None, why="A published report stays public."),
    Retention(table="results.owner_response", what="answers of owners", days=None, why="Published with the report."),
)


async def purge(conn: Connection, *, now: datetime) -> list[Swept]:
    """Delete what is past its date (worker role); safe to repeat."""
    return [
        await jobs.purge(conn, before=_before("ops.job", now)),
        await jobs.purge_proofs(conn, before=_before("ops.purge_run", now)),
        await _swept(conn, "ops.idempotency", idempotency.purge, idempotency.left, now),
        await _swept(conn, "ops.api_key", keys.purge, keys.left, now),
        await _swept(conn, "results.letter_batch", letters.purge, letters.left, now),
        await _swept(conn, "results.microdata", microdata.purge, microdata.left, now),
    ]


async def _swept(
    conn: Connection,
    table: str,
    remove: Callable[..., Awaitable[int]],
    left: Callable[[Connection], Awaitable[tuple[int, datetime | None]]],
    now: datetime,
) -> Swept:
    deleted = await remove(conn, before=_before(table, now))
    kept, oldest = await left(conn)
    return Swept(table=table, deleted=deleted, kept=kept, oldest=oldest)


def _before(table: str, now: datetime) -> datetime:
    days = next(rule.days for rule in RULES if rule.table == table)
    assert days is not None, f"{table} has no date"
    return now - timedelta(days=days)
