"""Reading a member file: every fault with its row and column, and never a value of a person in a fault."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias, cast

import msgspec
from samenspraak.types.base import SampleKind
from samenspraak.types.joining import ImportMapping
from samenspraak.types.problem import Fault

from panels.coding import MINIMUM_AGE, PROVINCES
from panels.joining import csv_file, postal
from panels.joining.addresses import AddressInvalid, normalise
from panels.joining.background import EDUCATIONS, ORIGINS, SEXES, birth_year_fault
from panels.joining.notice import VERSIONS
from panels.joining.postal import PostalInvalid
from panels.models import Origin
from panels.store.postcodes import Place

REQUIRED = ("email", "birth_year", "sex", "province", "education", "consent_version", "consent_at")
"""Columns the header must have; a probability sample also needs `selection_probability`."""
OPTIONAL = (
    "language",
    "postcode",
    "house_number",
    "house_addition",
    "selection_probability",
    "recruitment_wave",
    "origin",
    "origin_consent_at",
    "assembly_consent_at",
)
"""Columns that may be left out. Without `language` every row is `nl`."""
COLUMNS = (*REQUIRED, *OPTIONAL)
IGNORED = "(ignored)"
"""Stands in the header for a column that is skipped."""
LONGEST_WAVE = 80

CHOICES: Mapping[str, tuple[str, ...]] = {
    "sex": SEXES,
    "province": PROVINCES,
    "education": EDUCATIONS,
    "language": ("nl", "en"),
    "origin": ORIGINS,
}

_ADDRESS_WORDS = {
    "missing": "The address is empty.",
    "nul": "The cell holds a NUL character.",
    "formula": "The cell begins like a formula.",
    "not_an_address": "This is not an e-mail address.",
    "address_not_supported": "Only plain letters and digits can stand before the @.",
    "domain_unknown": "The part after the @ is not a domain name.",
    "too_long": "The address is too long.",
}
_YEAR_WORDS = {
    "missing": "The year of birth is empty.",
    "not_a_year": "The year of birth must have four digits.",
    "out_of_range": "This year of birth cannot be right.",
    "under_age": "Members must be {age} or older.",
}
_POSTAL_WORDS = {
    "not_a_postcode": ("postcode", "Must be empty or a Dutch postcode like 3511 or 3511 AB."),
    "postcode_too_short": ("postcode", "A house number needs the whole postcode, with its letters."),
    "not_a_house_number": ("house_number", "Must be empty or a house number like 12, 12a or 12 bis."),
}

_Report: TypeAlias = Callable[[str, str, str], None]


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a file is read by."""

    now: datetime
    """A consent may not lie after it."""
    mapping: ImportMapping = ImportMapping()
    kind: SampleKind = "opt_in_panel"
    minimum_age: int = MINIMUM_AGE
    places: Mapping[str, Place] | None = None
    """Every known postcode of four digits; None without a table of postcodes."""


class MemberRow(msgspec.Struct, frozen=True, kw_only=True):
    """One faultless row. `number` counts from 1 below the header."""

    number: int
    email: str
    canonical: str
    birth_year: int
    sex: str | None
    province: str | None
    education: str | None
    language: str
    consent_version: str
    consent_at: datetime
    place: Place | None = None
    door: str | None = None
    """Normalised home address, to be hashed and forgotten."""
    selection_probability: float | None = None
    recruitment_wave: str | None = None
    origin: Origin | None = None
    origin_consent_at: datetime | None = None
    assembly_consent_at: datetime | None = None


class Sheet(msgspec.Struct, kw_only=True):
    """A member file while it is read: counts so far, and faults that the reader of `each` may take out."""

    rows: int = 0
    faults: list[Fault] = []
    encoding: str = ""
    delimiter: str = ""


def each(csv: bytes, sheet: Sheet, *, terms: Terms) -> Iterator[MemberRow]:
    """The faultless rows of a member file, one by one in their order; rows with a fault are left out. Duplicates within
    the file are given like any other.

    Args:
        csv: bytes as they were saved (`csv_file.decode`), with a header row.
        sheet: takes the counts and the faults.
    """
    file, fault = csv_file.decode(csv)
    fault = csv_file.unreadable(file) if file else fault
    if file is None or fault:
        sheet.faults += [fault] if fault else []
        return
    sheet.encoding, sheet.delimiter = file.encoding, file.delimiter
    lines = csv_file.rows(file)
    header = _header(next(lines, []), terms.mapping)
    if not header and not sheet.faults:
        sheet.faults.append(Fault(pointer="header", code="empty", detail="The file is empty."))
    required = (*REQUIRED, "selection_probability") if terms.kind == "probability" else REQUIRED
    wrong = csv_file.header_faults(header, required=required, known=COLUMNS, ignored=IGNORED) if header else []
    sheet.faults += wrong
    read = _Reader(header, sheet, terms)
    for line in lines:
        if any(cell.strip() for cell in line):
            sheet.rows += 1
            row = None if wrong else read.member(line)
            if row is not None:
                yield row


def mapping_faults(mapping: ImportMapping) -> list[Fault]:
    """What is wrong with a mapping before any file is seen: columns and codes that do not exist, one column twice."""
    wrong = []
    for name, column in mapping.columns.items():
        if column not in COLUMNS:
            detail = f"{column!r} is not a column; known: {', '.join(COLUMNS)}."
            wrong.append(Fault(pointer=f"mapping/columns/{name}", code="unknown_column", detail=detail))
    targets = list(mapping.columns.values())
    for column in sorted({column for column in targets if targets.count(column) > 1}):
        detail = f"Two columns are mapped to {column}; map one of them."
        wrong.append(Fault(pointer="mapping/columns", code="duplicate_column", detail=detail))
    for column, values in mapping.values.items():
        if column not in CHOICES:
            detail = f"Values can be mapped for {', '.join(CHOICES)}; not for {column!r}."
            wrong.append(Fault(pointer=f"mapping/values/{column}", code="unknown_column", detail=detail))
            continue
        for code in sorted({code for code in values.values() if code and code not in CHOICES[column]}):
            detail = f"{code!r} is no code of {column}; use empty or one of {', '.join(CHOICES[column])}."
            wrong.append(Fault(pointer=f"mapping/values/{column}", code="unknown_choice", detail=detail))
    return wrong


def _header(cells: Sequence[str], mapping: ImportMapping) -> list[str]:
    """Our names of the columns; one that is neither ours nor mapped stays, or is skipped when the mapping says so."""
    names = {name.strip().casefold(): column for name, column in mapping.columns.items()}
    header = []
    for cell in cells:
        plain = cell.strip().casefold()
        name = names.get(plain, plain if plain in COLUMNS else cell.strip())
        skipped = mapping.others == "ignore" and name not in COLUMNS
        header.append(IGNORED if skipped else name or "?")
    return header


class _Reader:
    """Reads rows under one header."""

    def __init__(self, header: Sequence[str], sheet: Sheet, terms: Terms) -> None:
        self.sheet = sheet
        self.terms = terms
        self.width = len(header)
        self.columns = [(place, column) for place, column in enumerate(header) if column != IGNORED]
        self.values = {
            column: {said.strip().casefold(): code for said, code in values.items()}
            for column, values in terms.mapping.values.items()
        }

    def member(self, line: Sequence[str]) -> MemberRow | None:
        number, faults = self.sheet.rows, self.sheet.faults
        before = len(faults)

        def fault(column: str, code: str, detail: str) -> None:
            faults.append(Fault(pointer=f"row/{number}/column/{column}", code=code, detail=detail))

        if len(line) != self.width:
            detail = f"This row has {len(line)} cells and the header has {self.width}."
            faults.append(Fault(pointer=f"row/{number}", code="cell_count", detail=detail))
            return None
        record = dict.fromkeys(COLUMNS, "")
        for place, column in self.columns:
            cell = line[place]
            odd = csv_file.cell_fault(cell) if column != "email" else None
            if odd:
                fault(column, *odd)
            record[column] = cell.strip()
        if len(faults) > before:
            return None
        row = self._row(number, record, fault)
        return row if len(faults) == before else None

    def _row(self, number: int, record: Mapping[str, str], fault: _Report) -> MemberRow | None:
        email, canonical = _address(record["email"], fault)
        birth_year = self._birth_year(record["birth_year"], fault)
        chosen = {column: self._choice(column, record[column], fault) for column in CHOICES}
        place, door = self._home(record, chosen["province"], fault)
        _version(record["consent_version"], fault)
        consent_at = self._moment("consent_at", record, fault, required=True)
        origin_at = self._moment("origin_consent_at", record, fault, required=bool(chosen["origin"]))
        assembly_at = self._moment("assembly_consent_at", record, fault)
        if len(record["recruitment_wave"]) > LONGEST_WAVE:
            fault("recruitment_wave", "too_long", f"At most {LONGEST_WAVE} characters.")
        probability = self._probability(record["selection_probability"], fault)
        if consent_at is None or birth_year is None:
            return None
        return MemberRow(
            number=number,
            email=email,
            canonical=canonical,
            birth_year=birth_year,
            sex=chosen["sex"],
            province=place.province if place else chosen["province"],
            education=chosen["education"],
            language=chosen["language"] or "nl",
            consent_version=record["consent_version"],
            consent_at=consent_at,
            place=place,
            door=door,
            selection_probability=probability,
            recruitment_wave=record["recruitment_wave"] or None,
            origin=cast("Origin | None", chosen["origin"]) if origin_at else None,
            origin_consent_at=origin_at if chosen["origin"] else None,
            assembly_consent_at=assembly_at,
        )

    def _birth_year(self, cell: str, fault: _Report) -> int | None:
        wrong = birth_year_fault(cell, self.terms.now.date(), minimum_age=self.terms.minimum_age)
        if wrong:
            fault("birth_year", wrong, _YEAR_WORDS[wrong].replace("{age}", str(self.terms.minimum_age)))
            return None
        return int(cell)

    def _choice(self, column: str, cell: str, fault: _Report) -> str | None:
        cell = self.values[column].get(cell.casefold(), cell) if column in self.values else cell
        if cell and cell not in CHOICES[column]:
            fault(column, "unknown_choice", f"Must be empty or one of {', '.join(CHOICES[column])}.")
        return cell or None

    def _home(self, record: Mapping[str, str], province: str | None, fault: _Report) -> tuple[Place | None, str | None]:
        """Where a postcode lies, and the door; the postcode itself goes no further."""
        postcode, number = record["postcode"], record["house_number"]
        if not postcode:
            if number or record["house_addition"]:
                fault("postcode", "missing", "A house number needs a postcode.")
            return None, None
        try:
            home = postal.read(postcode, number, record["house_addition"])
        except PostalInvalid as odd:
            column, words = _POSTAL_WORDS[odd.code]
            fault(column, odd.code, words)
            return None, None
        if self.terms.places is None:
            if home.door is None:
                words = "There is no table of postcodes yet: import one first, or leave this empty."
                fault("postcode", "no_postcode_table", words)
            return None, home.door
        place = self.terms.places.get(home.pc4)
        if place is None:
            fault("postcode", "unknown_postcode", "The table of postcodes does not have this one.")
        elif province and place.province != province:
            fault("province", "elsewhere", "The postcode lies in another province.")
        return place, home.door

    def _probability(self, cell: str, fault: _Report) -> float | None:
        if not cell:
            if self.terms.kind == "probability":
                words = "Every row of a probability sample needs the chance to be selected."
                fault("selection_probability", "missing", words)
            return None
        try:
            probability = float(cell.replace(",", ".", 1))
        except ValueError:
            probability = 0.0
        if not 0.0 < probability <= 1.0:
            fault("selection_probability", "out_of_range", "Must be a number above 0 and at most 1, like 0.0025.")
            return None
        return probability

    def _moment(
        self, column: str, record: Mapping[str, str], fault: _Report, *, required: bool = False
    ) -> datetime | None:
        cell = record[column]
        if not cell:
            if required:
                fault(column, "missing", "The moment of consent is empty.")
            return None
        try:
            moment = datetime.fromisoformat(cell)
            # Times at the very edges of the calendar have no place in UTC.
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            fault(column, "not_a_time", "Must be a date or time like 2026-11-24 or 2026-11-24T09:00:00Z.")
            return None
        # A day of slack: a date without a time zone may lie in a zone ahead of ours.
        if moment > self.terms.now + timedelta(days=1):
            fault(column, "in_future", "The consent lies in the future.")
            return None
        return moment


def _address(cell: str, fault: _Report) -> tuple[str, str]:
    try:
        return normalise(cell)
    except AddressInvalid as odd:
        fault("email", odd.code, _ADDRESS_WORDS[odd.code])
        return "", ""


def _version(cell: str, fault: _Report) -> None:
    if cell not in VERSIONS:
        detail = f"Consent must name a known version of the notice: {', '.join(sorted(VERSIONS))}."
        fault("consent_version", "unknown_version" if cell else "missing", detail)
