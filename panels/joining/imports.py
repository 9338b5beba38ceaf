"""Import of members by staff, from a CSV file with a consent record in every row."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from samenspraak.types.base import SampleKind
from samenspraak.types.panel import ImportOutcome
from samenspraak.types.problem import Fault

from panels import links
from panels.errors import ImportInvalid, ImportUnknown
from panels.joining import addresses, member_csv
from panels.joining.member_csv import MemberRow
from panels.models import Education, Profile, Sex
from panels.store import Connection, contacts, members
from panels.store import imports as store

FAULTS_KEPT = 1000


async def queue_import(
    conn: Connection,
    *,
    import_id: UUID,
    csv: bytes,
    mapping: Mapping[str, str] | None,
    dry_run: bool,
    kind: SampleKind,
    staff: str,
    now: datetime,
) -> None:
    """Keep the file in the vault until the job `panel.import` reads it (api role, which cannot read it back).

    Args:
        mapping: names in the header of the file -> `member_csv.COLUMNS`; None when they are the same.
        dry_run: only report what an import would do.
        staff: role and key id of who asked, never a name.

    Raises:
        ImportInvalid: the mapping leads to a column that does not exist.
    """
    unknown = [column for column in (mapping or {}).values() if column not in member_csv.COLUMNS]
    if unknown:
        known = ", ".join(member_csv.COLUMNS)
        faults = tuple(
            Fault(pointer="mapping", code="unknown_column", detail=f"{column!r} is not a column; known: {known}.")
            for column in unknown
        )
        raise ImportInvalid(faults=faults)
    await store.insert_file(conn, import_id=import_id, csv=csv, mapping=mapping or {}, now=now)
    await store.insert_record(conn, import_id=import_id, kind=kind, dry_run=dry_run, staff=staff, now=now)


async def run_import(
    vault_conn: Connection,
    *,
    import_id: UUID,
    address_key: bytes,
    link_key: bytes,
    now: datetime,
    new_id: Callable[[], UUID],
) -> ImportOutcome:
    """Import the queued file and forget it (vault role). A second run returns the outcome of the first.

    Rows without a fault become active members; the others are refused. An address that is a member already, or stands
    twice in the file, is counted as `already_member`. Who left or was erased after the consent in the row is refused:
    an old list must not bring anybody back.

    Raises:
        ImportUnknown: no such import.
    """
    queued = await store.lock_file(vault_conn, import_id=import_id)
    record = await store.record(vault_conn, import_id=import_id)
    if record is None:
        raise ImportUnknown(details={"id": str(import_id)})
    if record.outcome is not None:
        return record.outcome
    if queued is None or queued.csv is None:
        raise ImportUnknown("The file of this import is gone; send it again.", details={"id": str(import_id)})
    sheet = member_csv.read(queued.csv, mapping=queued.mapping, now=now)
    faults = list(sheet.faults)
    keyed = _first_of_each(sheet.members, address_key, faults)
    doubles = len(sheet.members) - len(keyed)
    wanted = await _without_leavers(vault_conn, keyed, faults)
    known = await contacts.taken(vault_conn, email_keys=list(wanted))
    fresh = {key: row for key, row in wanted.items() if key not in known}
    imported = len(fresh)
    if not record.dry_run and fresh:
        await contacts.release(vault_conn, email_keys=list(fresh))
        imported = await _insert(vault_conn, fresh, kind=record.kind, link_key=link_key, now=now, new_id=new_id)
    outcome = ImportOutcome(
        rows=sheet.rows,
        imported=imported,
        already_member=doubles + len(wanted) - imported,
        refused=sheet.rows - len(sheet.members) + len(keyed) - len(wanted),
        dry_run=record.dry_run,
        faults=tuple(sorted(faults, key=_row_number)[:FAULTS_KEPT]),
    )
    await store.finish(vault_conn, import_id=import_id, outcome=outcome, now=now)
    return outcome


async def import_outcome(conn: Connection, import_id: UUID) -> ImportOutcome | None:
    """The outcome, or None while the file waits. Raises ImportUnknown."""
    record = await store.record(conn, import_id=import_id)
    if record is None:
        raise ImportUnknown(details={"id": str(import_id)})
    return record.outcome


def _first_of_each(rows: Sequence[MemberRow], address_key: bytes, faults: list[Fault]) -> dict[bytes, MemberRow]:
    keyed: dict[bytes, MemberRow] = {}
    for row in rows:
        first = keyed.setdefault(addresses.address_key(address_key, row.canonical), row)
        if first is not row:
            detail = f"This address stood in row {first.number} already; that row counts."
            faults.append(Fault(pointer=f"row/{row.number}/column/email", code="duplicate_row", detail=detail))
    return keyed


async def _without_leavers(
    vault_conn: Connection, keyed: Mapping[bytes, MemberRow], faults: list[Fault]
) -> dict[bytes, MemberRow]:
    left = await contacts.left_at(vault_conn, email_keys=list(keyed))
    wanted = {}
    for key, row in keyed.items():
        if key in left and row.consent_at <= left[key]:
            detail = "This person left the panel after this consent. Ask again before importing."
            faults.append(Fault(pointer=f"row/{row.number}/column/consent_at", code="consent_ended", detail=detail))
        else:
            wanted[key] = row
    return wanted


async def _insert(
    vault_conn: Connection,
    fresh: Mapping[bytes, MemberRow],
    *,
    kind: SampleKind,
    link_key: bytes,
    now: datetime,
    new_id: Callable[[], UUID],
) -> int:
    ids = {key: new_id() for key in fresh}
    claimed = await contacts.insert_active(
        vault_conn,
        contacts=[
            contacts.NewContact(member_id=ids[key], email=row.email, email_key=key, language=row.language)
            for key, row in fresh.items()
        ],
        now=now,
    )
    # Whoever confirmed a sign-up in the same moment keeps the address: only claimed rows become members.
    new = [_member(row, ids[key], kind, link_key, now) for key, row in fresh.items() if ids[key] in claimed]
    await members.insert(vault_conn, members=new)
    return len(new)


def _member(row: MemberRow, member_id: UUID, kind: SampleKind, link_key: bytes, now: datetime) -> members.NewMember:
    return members.NewMember(
        id=member_id,
        status="active",
        admitted=True,
        kind=kind,
        profile=Profile(
            sex=cast("Sex | None", row.sex),
            birth_year=row.birth_year,
            province=row.province,
            education=cast("Education | None", row.education),
        ),
        language=row.language,
        consent_version=row.consent_version,
        consent_at=row.consent_at,
        joined_at=now,
        confirm_hash=links.token_hash(links.token(link_key, "confirm", member_id)),
        link_hash=links.token_hash(links.token(link_key, "member", member_id)),
    )


def _row_number(fault: Fault) -> int:
    parts = fault.pointer.split("/")
    return int(parts[1]) if len(parts) > 1 and parts[0] == "row" else 0
