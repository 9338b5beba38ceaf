"""Import of members by staff, from a CSV file with a consent record in every row."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import cast
from uuid import UUID

from samenspraak.types.base import SampleKind
from samenspraak.types.joining import ImportMapping
from samenspraak.types.panel import ImportOutcome
from samenspraak.types.problem import Fault

from panels import links
from panels.errors import ImportInvalid, ImportUnknown
from panels.joining import addresses, ages, flagging, household, member_csv, postcodes
from panels.joining.member_csv import MemberRow, Sheet, Terms
from panels.models import Education, Profile, Sex
from panels.store import Connection, contacts, members, profiles
from panels.store import imports as store
from panels.store.imports import ImportRecord

FAULTS_KEPT = 1000
CHUNK = 2000
"""Rows that are written together: a file of any length takes the memory of so many."""


async def queue_import(
    conn: Connection,
    *,
    import_id: UUID,
    csv: bytes,
    mapping: ImportMapping | None,
    dry_run: bool,
    kind: SampleKind,
    staff: str,
    now: datetime,
) -> None:
    """Keep the file in the vault until the job `panel.import` reads it (api role, which cannot read it back).

    Args:
        mapping: how the columns of the file are called; None when they have our names.
        dry_run: only report what an import would do.
        staff: role and key id of who asked, never a name.

    Raises:
        ImportInvalid: the mapping leads to a column or a code that does not exist.
    """
    mapping = mapping or ImportMapping()
    faults = member_csv.mapping_faults(mapping)
    if faults:
        raise ImportInvalid(faults=tuple(faults))
    await store.insert_file(conn, import_id=import_id, csv=csv, mapping=mapping, now=now)
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
    an old list must not bring anybody back. Postcodes become places and households and are kept nowhere.

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
    terms = Terms(
        now=now,
        mapping=queued.mapping,
        kind=record.kind,
        minimum_age=await ages.minimum_age(vault_conn),
        places=await postcodes.everywhere(vault_conn),
    )
    run = _Run(vault_conn, record=record, address_key=address_key, link_key=link_key, now=now, new_id=new_id)
    for rows in _chunks(member_csv.each(queued.csv, run.sheet, terms=terms)):
        await run.take(rows)
    outcome = await run.outcome()
    await store.finish(vault_conn, import_id=import_id, outcome=outcome, now=now)
    return outcome


async def import_outcome(conn: Connection, import_id: UUID) -> ImportOutcome | None:
    """The outcome, or None while the file waits. Raises ImportUnknown."""
    record = await store.record(conn, import_id=import_id)
    if record is None:
        raise ImportUnknown(details={"id": str(import_id)})
    return record.outcome


class _Run:
    """One run over one file, chunk by chunk."""

    def __init__(
        self,
        vault_conn: Connection,
        *,
        record: ImportRecord,
        address_key: bytes,
        link_key: bytes,
        now: datetime,
        new_id: Callable[[], UUID],
    ) -> None:
        self.conn = vault_conn
        self.record = record
        self.address_key = address_key
        self.link_key = link_key
        self.now = now
        self.new_id = new_id
        self.sheet = Sheet()
        self.told: list[Fault] = []
        self.seen: dict[bytes, int] = {}
        """Key of an address -> the row where it stood first."""
        self.imported = 0
        self.already = 0
        self.households: list[UUID] = []
        """New members of whom the household is known."""

    async def take(self, rows: Sequence[MemberRow]) -> None:
        """Import the members in these rows."""
        keyed = self._first_of_each(rows)
        wanted = await self._without_leavers(keyed)
        known = await contacts.taken(self.conn, email_keys=list(wanted))
        fresh = {key: row for key, row in wanted.items() if key not in known}
        imported = len(fresh)
        if not self.record.dry_run and fresh:
            await contacts.release(self.conn, email_keys=list(fresh))
            imported = await self._insert(fresh)
        self.imported += imported
        self.already += len(rows) - len(keyed) + len(wanted) - imported
        self._tell()

    async def outcome(self) -> ImportOutcome:
        """What came of it, once every row was taken; doubles behind one door are flagged."""
        self._tell()
        flagged = await flagging.flag_imported(self.conn, member_ids=self.households, now=self.now, new_id=self.new_id)
        return ImportOutcome(
            rows=self.sheet.rows,
            imported=self.imported,
            already_member=self.already,
            refused=self.sheet.rows - self.imported - self.already,
            dry_run=self.record.dry_run,
            faults=tuple(self.told),
            encoding=self.sheet.encoding,
            delimiter=self.sheet.delimiter,
            flagged=flagged,
        )

    def _tell(self) -> None:
        """Take the faults over that were found since the last time, in the order of the rows."""
        self.told += sorted(self.sheet.faults, key=_row_number)
        del self.told[FAULTS_KEPT:]
        self.sheet.faults.clear()

    def _first_of_each(self, rows: Sequence[MemberRow]) -> dict[bytes, MemberRow]:
        keyed: dict[bytes, MemberRow] = {}
        for row in rows:
            key = addresses.address_key(self.address_key, row.canonical)
            first = self.seen.setdefault(key, row.number)
            if first == row.number:
                keyed[key] = row
            else:
                detail = f"This address stood in row {first} already; that row counts."
                self._fault(row, "email", "duplicate_row", detail)
        return keyed

    async def _without_leavers(self, keyed: Mapping[bytes, MemberRow]) -> dict[bytes, MemberRow]:
        left = await contacts.left_at(self.conn, email_keys=list(keyed))
        wanted = {}
        for key, row in keyed.items():
            if key in left and row.consent_at <= left[key]:
                detail = "This person left the panel after this consent. Ask again before importing."
                self._fault(row, "consent_at", "consent_ended", detail)
            else:
                wanted[key] = row
        return wanted

    def _fault(self, row: MemberRow, column: str, code: str, detail: str) -> None:
        self.sheet.faults.append(Fault(pointer=f"row/{row.number}/column/{column}", code=code, detail=detail))

    async def _insert(self, fresh: Mapping[bytes, MemberRow]) -> int:
        ids = {key: self.new_id() for key in fresh}
        claimed = await contacts.insert_active(
            self.conn,
            contacts=[
                contacts.NewContact(member_id=ids[key], email=row.email, email_key=key, language=row.language)
                for key, row in fresh.items()
            ],
            now=self.now,
        )
        # Whoever confirmed a sign-up in the same moment keeps the address: only claimed rows become members.
        joined = [(ids[key], row) for key, row in fresh.items() if ids[key] in claimed]
        new = [self._member(member_id, row) for member_id, row in joined]
        await members.insert(self.conn, members=new)
        given = [(member_id, row) for member_id, row in joined if row.origin and row.origin_consent_at]
        if given:
            await profiles.give_origins(
                self.conn,
                given=[(member_id, row.origin, row.origin_consent_at) for member_id, row in given],  # type: ignore[misc]
                versions=[row.consent_version for _, row in given],
            )
        self.households += [member.id for member in new if member.household_key is not None]
        return len(new)

    def _member(self, member_id: UUID, row: MemberRow) -> members.NewMember:
        return members.NewMember(
            id=member_id,
            status="active",
            admitted=True,
            kind=self.record.kind,
            profile=Profile(
                sex=cast("Sex | None", row.sex),
                birth_year=row.birth_year,
                province=row.province,
                education=cast("Education | None", row.education),
                municipality=row.place.municipality if row.place else None,
                urbanity=row.place.urbanity if row.place else None,
            ),
            language=row.language,
            consent_version=row.consent_version,
            consent_at=row.consent_at,
            joined_at=self.now,
            confirm_hash=links.token_hash(links.token(self.link_key, "confirm", member_id)),
            link_hash=links.token_hash(links.token(self.link_key, "member", member_id)),
            household_key=household.household_key(self.address_key, row.door) if row.door else None,
            recruitment_probability=row.selection_probability,
            recruitment_wave=row.recruitment_wave,
            assembly_at=row.assembly_consent_at,
        )


def _chunks(rows: Iterator[MemberRow]) -> Iterator[list[MemberRow]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _row_number(fault: Fault) -> int:
    parts = fault.pointer.split("/")
    return int(parts[1]) if len(parts) > 1 and parts[0] == "row" else 0
