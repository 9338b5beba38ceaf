"""SQL of agreements about row-level data, and of the files made under them."""

from datetime import date, datetime
from uuid import UUID

import msgspec
from samenspraak.types.base import Answer
from samenspraak.types.microdata import FigureCheck, MicrodataFormat, MicrodataState, Protection

from service.store import Connection, Row


class StoredAgreement(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    institution: str
    researcher: str
    purpose: str
    reference: str
    ends_on: date
    audits: tuple[UUID, ...]
    recorded_at: datetime
    ended_at: datetime | None = None

    def holds(self, today: date) -> bool:
        """Whether files may be made and fetched on this day."""
        return self.ended_at is None and today <= self.ends_on


class Summary(Answer, frozen=True, kw_only=True):
    """What is known of a file that was made."""

    rows: int
    columns: int
    protection: Protection
    figures: tuple[FigureCheck, ...] = ()


class StoredMicrodata(msgspec.Struct, frozen=True, kw_only=True):
    """One file without its content."""

    organisation_id: UUID
    audit_id: UUID
    id: UUID
    agreement_id: UUID
    state: MicrodataState
    asked_at: datetime
    made_at: datetime | None = None
    why: str = ""
    summary: Summary | None = None


# Record an agreement.
ADD_AGREEMENT = """
INSERT INTO ops.agreement (id, institution, researcher, purpose, reference, ends_on, audits, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def add_agreement(conn: Connection, *, agreement: StoredAgreement) -> None:
    await conn.execute(
        ADD_AGREEMENT,
        agreement.id,
        agreement.institution,
        agreement.researcher,
        agreement.purpose,
        agreement.reference,
        agreement.ends_on,
        list(agreement.audits),
        agreement.recorded_at,
    )


# One agreement.
AGREEMENT = """
SELECT id, institution, researcher, purpose, reference, ends_on, audits, recorded_at, ended_at
FROM ops.agreement WHERE id = $1
"""


async def agreement(conn: Connection, *, id: UUID) -> StoredAgreement | None:
    row = await conn.fetchrow(AGREEMENT, id)
    return _agreement(row) if row else None


# Agreements, the latest first, before an id.
AGREEMENTS = """
SELECT id, institution, researcher, purpose, reference, ends_on, audits, recorded_at, ended_at
FROM ops.agreement WHERE ($1::uuid IS NULL OR id < $1) ORDER BY id DESC LIMIT $2
"""


async def agreements(conn: Connection, *, before: UUID | None, limit: int) -> list[StoredAgreement]:
    return [_agreement(row) for row in await conn.fetch(AGREEMENTS, before, limit)]


# End an agreement; one that was ended before keeps its time.
END_AGREEMENT = "UPDATE ops.agreement SET ended_at = coalesce(ended_at, $2) WHERE id = $1"


async def end_agreement(conn: Connection, *, id: UUID, now: datetime) -> None:
    await conn.execute(END_AGREEMENT, id, now)


# Ask for a file.
ADD = """
INSERT INTO results.microdata (organisation_id, audit_id, id, agreement_id, state, asked_at)
VALUES ($1, $2, $3, $4, 'making', $5)
"""


async def add(conn: Connection, *, asked: StoredMicrodata) -> None:
    await conn.execute(ADD, asked.organisation_id, asked.audit_id, asked.id, asked.agreement_id, asked.asked_at)


# One file, without its content.
FIND = """
SELECT organisation_id, audit_id, id, agreement_id, state, asked_at, made_at, why, summary
FROM results.microdata WHERE id = $1
"""


async def find(conn: Connection, *, id: UUID) -> StoredMicrodata | None:
    row = await conn.fetchrow(FIND, id)
    return _microdata(row) if row else None


# One file, without its content, held until the transaction ends.
HOLD = """
SELECT organisation_id, audit_id, id, agreement_id, state, asked_at, made_at, why, summary
FROM results.microdata WHERE id = $1 FOR UPDATE
"""


async def hold(conn: Connection, *, id: UUID) -> StoredMicrodata | None:
    row = await conn.fetchrow(HOLD, id)
    return _microdata(row) if row else None


# Files of an audit, the latest first, before an id.
OF_AUDIT = """
SELECT organisation_id, audit_id, id, agreement_id, state, asked_at, made_at, why, summary
FROM results.microdata
WHERE organisation_id = $1 AND audit_id = $2 AND ($3::uuid IS NULL OR id < $3)
ORDER BY id DESC LIMIT $4
"""


async def of_audit(
    conn: Connection, *, organisation_id: UUID, audit_id: UUID, before: UUID | None, limit: int
) -> list[StoredMicrodata]:
    return [_microdata(row) for row in await conn.fetch(OF_AUDIT, organisation_id, audit_id, before, limit)]


# One form of a file.
CONTENT = """
SELECT CASE $2::text WHEN 'csv' THEN csv WHEN 'parquet' THEN parquet WHEN 'sav' THEN sav WHEN 'codebook' THEN codebook
    WHEN 'ddi' THEN ddi WHEN 'triple_s' THEN triple_s ELSE about END
FROM results.microdata WHERE id = $1
"""


async def content(conn: Connection, *, id: UUID, form: MicrodataFormat) -> bytes | None:
    found: bytes | None = await conn.fetchval(CONTENT, id, form)
    return found


# Keep the content of a file that was being made.
SAVE = """
UPDATE results.microdata
SET state = 'ready', made_at = $2, summary = $3, csv = $4, parquet = $5, sav = $6, codebook = $7, ddi = $8,
    triple_s = $9, about = $10
WHERE id = $1 AND state = 'making'
"""


async def save(
    conn: Connection, *, id: UUID, now: datetime, summary: Summary, files: dict[MicrodataFormat, bytes]
) -> None:
    await conn.execute(
        SAVE,
        id,
        now,
        summary,
        files["csv"],
        files["parquet"],
        files["sav"],
        files["codebook"],
        files["ddi"],
        files["triple_s"],
        files["about"],
    )


# Say why a file was not made.
REFUSE = "UPDATE results.microdata SET state = 'refused', made_at = $2, why = $3 WHERE id = $1 AND state = 'making'"


async def refuse(conn: Connection, *, id: UUID, now: datetime, why: str) -> None:
    await conn.execute(REFUSE, id, now, why)


# Delete files that were asked for before this moment.
PURGE = "DELETE FROM results.microdata WHERE asked_at < $1 RETURNING id"


async def purge(conn: Connection, *, before: datetime) -> int:
    return len(await conn.fetch(PURGE, before))


# What stays of the files.
LEFT = "SELECT count(*) AS kept, min(asked_at) AS oldest FROM results.microdata"


async def left(conn: Connection) -> tuple[int, datetime | None]:
    row = await conn.fetchrow(LEFT)
    assert row is not None
    return row["kept"], row["oldest"]


def _agreement(row: Row) -> StoredAgreement:
    return StoredAgreement(**{**dict(row), "audits": tuple(row["audits"])})


def _microdata(row: Row) -> StoredMicrodata:
    summary = row["summary"]
    found = None if summary is None else msgspec.json.decode(summary, type=Summary)
    return StoredMicrodata(**{**dict(row), "summary": found})
