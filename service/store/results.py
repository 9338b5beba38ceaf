"""SQL of the frozen results: the report in its four forms, and the owner's response."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from samenspraak.types.audit import OwnerResponse, OwnerResponseRequest

from service.store import Connection

ReportForm = Literal["json", "html", "pdf", "csv"]


class StoredReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it was frozen; its bytes are served as they are and never made again."""

    audit_id: UUID
    organisation_id: UUID
    json: bytes
    html: bytes
    pdf: bytes
    csv: bytes
    etag: str
    """Strong entity tag of the JSON form, quotes included."""
    plan_hash: str
    signature: str
    """Ed25519 over the JSON bytes, base64url."""
    created_at: datetime


class ReportFile(msgspec.Struct, frozen=True, kw_only=True):
    """One form of a report, ready to be sent."""

    content: bytes
    etag: str
    signature: str


# Keep a report once; the first stays.
SAVE_REPORT = """
INSERT INTO results.report
    (organisation_id, audit_id, json, html, pdf, csv, etag, plan_hash, signature, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (organisation_id, audit_id) DO NOTHING
RETURNING true
"""


async def save_report(conn: Connection, *, report: StoredReport) -> bool:
    """Keep a report once. False when this audit already has one: the first stays."""
    saved = await conn.fetchval(
        SAVE_REPORT,
        report.organisation_id,
        report.audit_id,
        report.json,
        report.html,
        report.pdf,
        report.csv,
        report.etag,
        report.plan_hash,
        report.signature,
        report.created_at,
    )
    return bool(saved)


# A report in all its forms.
REPORT = """
SELECT organisation_id, audit_id, json, html, pdf, csv, etag, plan_hash, signature, created_at
FROM results.report WHERE organisation_id = $1 AND audit_id = $2
"""


async def report(conn: Connection, *, organisation_id: UUID, audit_id: UUID) -> StoredReport | None:
    """The report of one audit, in all its forms."""
    row = await conn.fetchrow(REPORT, organisation_id, audit_id)
    return StoredReport(**row) if row else None


# One form of a report, without reading the other three.
REPORT_FILE = """
SELECT CASE $3::text WHEN 'json' THEN json WHEN 'html' THEN html WHEN 'pdf' THEN pdf ELSE csv END AS content,
    etag, signature
FROM results.report WHERE organisation_id = $1 AND audit_id = $2
"""


async def report_file(
    conn: Connection, *, organisation_id: UUID, audit_id: UUID, form: ReportForm
) -> ReportFile | None:
    """One form of a report. The entity tag tells the forms apart."""
    row = await conn.fetchrow(REPORT_FILE, organisation_id, audit_id, form)
    if row is None:
        return None
    etag = row["etag"] if form == "json" else f'{row["etag"][:-1]}-{form}"'
    return ReportFile(content=row["content"], etag=etag, signature=row["signature"])


# Keep the owner's response once; the first stays.
SAVE_RESPONSE = """
INSERT INTO results.owner_response (organisation_id, audit_id, response, received_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (organisation_id, audit_id) DO NOTHING
RETURNING true
"""


async def save_response(
    conn: Connection, *, organisation_id: UUID, audit_id: UUID, response: OwnerResponseRequest, now: datetime
) -> bool:
    """Keep the owner's response once. False when there is one already: an answer given in public is not replaced."""
    return bool(await conn.fetchval(SAVE_RESPONSE, organisation_id, audit_id, response, now))


# The owner's response to one audit.
RESPONSE = """
SELECT response, received_at FROM results.owner_response WHERE organisation_id = $1 AND audit_id = $2
"""


async def response(conn: Connection, *, organisation_id: UUID, audit_id: UUID) -> OwnerResponse | None:
    """The owner's response, if one was given."""
    row = await conn.fetchrow(RESPONSE, organisation_id, audit_id)
    if row is None:
        return None
    return OwnerResponse(
        audit_id=str(audit_id),
        response=msgspec.json.decode(row["response"], type=OwnerResponseRequest),
        received_at=row["received_at"],
    )
