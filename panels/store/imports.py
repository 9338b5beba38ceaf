"""Member files and what became of them (vault.import, panel.import_outcome)."""

from datetime import datetime
from typing import cast
from uuid import UUID

import msgspec
from samenspraak.types.base import SampleKind
from samenspraak.types.joining import ImportMapping
from samenspraak.types.panel import ImportOutcome

from panels.store.connection import Connection


class QueuedFile(msgspec.Struct, frozen=True, kw_only=True):
    csv: bytes | None
    mapping: ImportMapping


class ImportRecord(msgspec.Struct, frozen=True, kw_only=True):
    kind: SampleKind
    dry_run: bool
    outcome: ImportOutcome | None


# Keep a member file until the import has read it (api role: INSERT is all it may do here).
INSERT_FILE = """
INSERT INTO vault.import (id, csv, mapping, queued_at) VALUES ($1, $2, $3::text::jsonb, $4)
"""


async def insert_file(conn: Connection, *, import_id: UUID, csv: bytes, mapping: ImportMapping, now: datetime) -> None:
    await conn.execute(INSERT_FILE, import_id, csv, msgspec.json.encode(mapping).decode(), now)


# Announce an import, so that staff can ask after it.
INSERT_RECORD = """
INSERT INTO panel.import_outcome (id, kind, dry_run, staff, queued_at) VALUES ($1, $2, $3, $4, $5)
"""


async def insert_record(
    conn: Connection, *, import_id: UUID, kind: SampleKind, dry_run: bool, staff: str, now: datetime
) -> None:
    await conn.execute(INSERT_RECORD, import_id, kind, dry_run, staff, now)


# One import as announced, with its outcome once there is one.
SELECT_RECORD = """
SELECT kind, dry_run, outcome::text AS outcome FROM panel.import_outcome WHERE id = $1
"""


async def record(conn: Connection, *, import_id: UUID) -> ImportRecord | None:
    row = await conn.fetchrow(SELECT_RECORD, import_id)
    if row is None:
        return None
    outcome = msgspec.json.decode(row["outcome"], type=ImportOutcome) if row["outcome"] else None
    return ImportRecord(kind=cast(SampleKind, row["kind"]), dry_run=row["dry_run"], outcome=outcome)


# The queued file, locked so that two runs follow each other.
LOCK_FILE = """
SELECT csv, mapping::text AS mapping FROM vault.import WHERE id = $1 FOR UPDATE
"""


async def lock_file(vault_conn: Connection, *, import_id: UUID) -> QueuedFile | None:
    row = await vault_conn.fetchrow(LOCK_FILE, import_id)
    if row is None:
        return None
    return QueuedFile(csv=row["csv"], mapping=msgspec.json.decode(row["mapping"], type=ImportMapping))


# Remove the file once it is read: the vault keeps members, not lists of them.
CLEAR_FILE = """
DELETE FROM vault.import WHERE id = $1
"""

# Book the outcome.
UPDATE_OUTCOME = """
UPDATE panel.import_outcome SET outcome = $2::text::jsonb, finished_at = $3 WHERE id = $1
"""


async def finish(vault_conn: Connection, *, import_id: UUID, outcome: ImportOutcome, now: datetime) -> None:
    await vault_conn.execute(CLEAR_FILE, import_id)
    await vault_conn.execute(UPDATE_OUTCOME, import_id, msgspec.json.encode(outcome).decode(), now)
