"""SQL of the audits. Every statement but the ones marked `any` carries the organisation."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from samenspraak.types.audit import AuditState, Plan
from samenspraak.types.questionnaire import AnyQuestion, Quota

from service.audits.models import Case
from service.store import Connection, Row

# Add an audit in its first state.
ADD = """
INSERT INTO fieldwork.audit (organisation_id, id, application_id, application_name, form, target_completes,
    secret_ballot, wants_to_learn, state, created_at, own_questions, quotas)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""


async def add(conn: Connection, *, case: Case) -> None:
    await conn.execute(
        ADD,
        case.organisation_id,
        case.id,
        case.application_id,
        case.application_name,
        case.form,
        case.target_completes,
        case.secret_ballot,
        case.wants_to_learn,
        case.state,
        case.created_at,
        case.own_questions,
        case.quotas,
    )


# One audit of one organisation.
FIND = "SELECT * FROM fieldwork.audit WHERE organisation_id = $1 AND id = $2"


async def find(conn: Connection, *, organisation_id: UUID, audit_id: UUID) -> Case | None:
    return _case(await conn.fetchrow(FIND, organisation_id, audit_id))


# One audit of any organisation: for staff, jobs and pages that know the audit from their own data.
FIND_ANY = "SELECT * FROM fieldwork.audit WHERE id = $1"


async def find_any(conn: Connection, *, audit_id: UUID) -> Case | None:
    return _case(await conn.fetchrow(FIND_ANY, audit_id))


# The same, held against every other change until this transaction ends.
LOCK_ANY = "SELECT * FROM fieldwork.audit WHERE id = $1 FOR UPDATE"


async def lock_any(conn: Connection, *, audit_id: UUID) -> Case | None:
    return _case(await conn.fetchrow(LOCK_ANY, audit_id))


# The same, kept as it is until this transaction ends; others may do so at the same time.
SHARE_ANY = "SELECT * FROM fieldwork.audit WHERE id = $1 FOR SHARE"


async def share_any(conn: Connection, *, audit_id: UUID) -> Case | None:
    return _case(await conn.fetchrow(SHARE_ANY, audit_id))


# Several kept as they are until this transaction ends, always held in the same order.
SHARE_ALL = "SELECT * FROM fieldwork.audit WHERE id = ANY($1::uuid[]) ORDER BY id FOR SHARE"


async def share_all(conn: Connection, *, audit_ids: Sequence[UUID]) -> list[Case]:
    return [_stored(row) for row in await conn.fetch(SHARE_ALL, list(audit_ids))]


# Only where an audit of any organisation stands.
STATE = "SELECT state FROM fieldwork.audit WHERE id = $1"


async def state(conn: Connection, *, audit_id: UUID) -> AuditState | None:
    found: AuditState | None = await conn.fetchval(STATE, audit_id)
    return found


# Audits of one organisation, newest first.
PAGE = """
SELECT * FROM fieldwork.audit
WHERE organisation_id = $1 AND ($2::uuid IS NULL OR id < $2) AND ($3::text IS NULL OR state = $3)
ORDER BY id DESC
LIMIT $4
"""


async def page(
    conn: Connection, *, organisation_id: UUID, after: UUID | None, state: AuditState | None, limit: int
) -> list[Case]:
    return [_stored(row) for row in await conn.fetch(PAGE, organisation_id, after, state, limit)]


# Audits of any organisation, newest first.
PAGE_ANY = """
SELECT * FROM fieldwork.audit
WHERE ($1::uuid IS NULL OR id < $1) AND ($2::text IS NULL OR state = $2)
ORDER BY id DESC
LIMIT $3
"""


async def page_any(conn: Connection, *, after: UUID | None, state: AuditState | None, limit: int) -> list[Case]:
    return [_stored(row) for row in await conn.fetch(PAGE_ANY, after, state, limit)]


# Published audits of any organisation, newest publication first: the public register.
PUBLISHED = """
SELECT * FROM fieldwork.audit
WHERE state = 'published' AND ($1::uuid IS NULL OR id < $1)
ORDER BY id DESC
LIMIT $2
"""


async def published(conn: Connection, *, after: UUID | None, limit: int) -> list[Case]:
    return [_stored(row) for row in await conn.fetch(PUBLISHED, after, limit)]


# Reported audits of any organisation whose time to answer is over.
OVERDUE = """
SELECT id FROM fieldwork.audit
WHERE state = 'reported' AND publish_by <= $1
ORDER BY publish_by, id
FOR UPDATE SKIP LOCKED
"""


async def overdue(conn: Connection, *, now: datetime) -> list[UUID]:
    return [row["id"] for row in await conn.fetch(OVERDUE, now)]


# Write everything about an audit that may change.
SAVE = """
UPDATE fieldwork.audit SET state = $3, sample_kind = $4, plan = $5, plan_hash = $6, seed = $7, reason = $8,
    opened_at = $9, closed_at = $10, reported_at = $11, publish_by = $12, published_at = $13
WHERE organisation_id = $1 AND id = $2
"""


async def save(conn: Connection, *, case: Case) -> None:
    """Write a changed case; the caller holds its lock."""
    await conn.execute(
        SAVE,
        case.organisation_id,
        case.id,
        case.state,
        case.sample_kind,
        case.plan,
        case.plan_hash,
        case.seed,
        case.reason,
        case.opened_at,
        case.closed_at,
        case.reported_at,
        case.publish_by,
        case.published_at,
    )


# The clock by which audits open and close.
CLOCK = "SELECT clock_timestamp()"


async def clock(conn: Connection) -> datetime:
    """Time of the database, the same for every process."""
    time: datetime = await conn.fetchval(CLOCK)
    return time


def _case(row: Row | None) -> Case | None:
    return _stored(row) if row is not None else None


def _stored(row: Row) -> Case:
    columns = {name: row[name] for name in Case.__struct_fields__}
    columns["plan"] = msgspec.json.decode(columns["plan"], type=Plan) if columns["plan"] is not None else None
    columns["own_questions"] = msgspec.json.decode(columns["own_questions"], type=tuple[AnyQuestion, ...])
    columns["quotas"] = msgspec.json.decode(columns["quotas"], type=tuple[Quota, ...])
    return Case(**columns)
