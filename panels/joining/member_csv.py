"""Reading a member file: every fault with its row and column, and never a value of a person in a fault."""

import csv as csv_format
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import msgspec
from samenspraak.types.problem import Fault

from panels.coding import PROVINCES
from panels.joining.addresses import AddressInvalid, normalise
from panels.joining.notice import VERSIONS
from panels.joining.signup import birth_year_fault

COLUMNS = ("email", "birth_year", "sex", "province", "education", "language", "consent_version", "consent_at")
REQUIRED = ("email", "birth_year", "sex", "province", "education", "consent_version", "consent_at")
"""Columns the header must have. `language` may be left out: then every row is `nl`."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so would be run by a spreadsheet that opens an export."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "sex": ("M", "V", "X"),
    "province": PROVINCES,
    "education": ("1", "2", "3"),
    "language": ("nl", "en"),
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
    "under_age": "Members must be 18 or older.",
}

_Report: TypeAlias = Callable[[str, str, str], None]


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


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A member file as read. Rows with a fault are not in `members`; duplicates within the file are."""

    rows: int
    members: tuple[MemberRow, ...]
    faults: tuple[Fault, ...]


def read(csv: bytes, *, mapping: Mapping[str, str] | None, now: datetime) -> Sheet:
    """Read a member file.

    Args:
        csv: UTF-8 with or without byte order mark, comma or semicolon separated, with a header row.
        mapping: names in the header -> our column names, for files with other names.
        now: a consent may not lie after it.
    """
    text, fault = _decoded(csv)
    if fault:
        return Sheet(rows=0, members=(), faults=(fault,))
    reader = csv_format.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        lines = list(reader)
    except csv_format.Error as odd:
        detail = f"Line {reader.line_num} cannot be read as CSV: {odd}."
        return Sheet(rows=0, members=(), faults=(Fault(pointer="", code="not_csv", detail=detail),))
    if not lines:
        return Sheet(rows=0, members=(), faults=(Fault(pointer="header", code="empty", detail="The file is empty."),))
    names = dict(mapping or {})
    header = [names.get(cell.strip(), cell.strip()) for cell in lines[0]]
    faults = _header_faults(header)
    body = [line for line in lines[1:] if any(cell.strip() for cell in line)]
    if faults:
        return Sheet(rows=len(body), members=(), faults=tuple(faults))
    members = [_member(number, line, header, now, faults) for number, line in enumerate(body, start=1)]
    return Sheet(rows=len(body), members=tuple(row for row in members if row), faults=tuple(faults))


def _decoded(csv: bytes) -> tuple[str, Fault | None]:
    try:
        text = csv.decode("utf-8-sig")
    except UnicodeDecodeError as odd:
        line = csv[: odd.start].count(b"\n") + 1
        detail = f"Line {line} is not UTF-8. Save the file as CSV in UTF-8."
        return "", Fault(pointer="", code="not_utf8", detail=detail)
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        return "", Fault(pointer="", code="nul", detail=f"Line {line} holds a NUL character. Save the file as text.")
    return text, None


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return ";" if first.count(";") > first.count(",") else ","


def _header_faults(header: Sequence[str]) -> list[Fault]:
    faults = [
        Fault(pointer="header", code="missing_column", detail=f"The header lacks the column {column}.")
        for column in REQUIRED
        if column not in header
    ]
    for place, column in enumerate(header, start=1):
        if column not in COLUMNS:
            # The name is not repeated: without a header row it would be somebody's address.
            detail = f"Column {place} has a name that is not known. Known: {', '.join(COLUMNS)}."
            faults.append(Fault(pointer=f"header/{place}", code="unknown_column", detail=detail))
        elif column in header[: place - 1]:
            detail = f"The header names {column} more than once."
            faults.append(Fault(pointer=f"header/{place}", code="duplicate_column", detail=detail))
    return faults


def _member(
    number: int, line: Sequence[str], header: Sequence[str], now: datetime, faults: list[Fault]
) -> MemberRow | None:
    before = len(faults)

    def fault(column: str, code: str, detail: str) -> None:
        faults.append(Fault(pointer=f"row/{number}/column/{column}", code=code, detail=detail))

    if len(line) != len(header):
        detail = f"This row has {len(line)} cells and the header has {len(header)}."
        faults.append(Fault(pointer=f"row/{number}", code="cell_count", detail=detail))
        return None
    record = dict(zip(header, line, strict=True))
    record.setdefault("language", "")
    for column in header:
        if column != "email" and record[column].startswith(FORMULA):
            fault(column, "formula", "The cell begins like a formula.")
    if len(faults) > before:
        return None
    email, canonical = _address(record["email"], fault)
    birth_year = record["birth_year"].strip()
    wrong_year = birth_year_fault(birth_year, now.date())
    if wrong_year:
        fault("birth_year", wrong_year, _YEAR_WORDS[wrong_year])
    chosen = {column: _choice(column, record[column].strip(), fault) for column in CHOICES}
    version = record["consent_version"].strip()
    if version not in VERSIONS:
        detail = f"Consent must name a known version of the notice: {', '.join(sorted(VERSIONS))}."
        fault("consent_version", "unknown_version" if version else "missing", detail)
    consent_at = _consent_at(record["consent_at"].strip(), now, fault)
    if len(faults) > before or consent_at is None:
        return None
    return MemberRow(
        number=number,
        email=email,
        canonical=canonical,
        birth_year=int(birth_year),
        sex=chosen["sex"],
        province=chosen["province"],
        education=chosen["education"],
        language=chosen["language"] or "nl",
        consent_version=version,
        consent_at=consent_at,
    )


def _address(cell: str, fault: _Report) -> tuple[str, str]:
    try:
        return normalise(cell)
    except AddressInvalid as odd:
        fault("email", odd.code, _ADDRESS_WORDS[odd.code])
        return "", ""


def _choice(column: str, cell: str, fault: _Report) -> str | None:
    if cell and cell not in CHOICES[column]:
        fault(column, "unknown_choice", f"Must be empty or one of {', '.join(CHOICES[column])}.")
    return cell or None


def _consent_at(cell: str, now: datetime, fault: _Report) -> datetime | None:
    if not cell:
        fault("consent_at", "missing", "The moment of consent is empty.")
        return None
    try:
        moment = datetime.fromisoformat(cell)
        # Times at the very edges of the calendar have no place in UTC.
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        fault("consent_at", "not_a_time", "Must be a date or time like 2026-11-24 or 2026-11-24T09:00:00Z.")
        return None
    # A day of slack: a date without a time zone may lie in a zone ahead of ours.
    if moment > now + timedelta(days=1):
        fault("consent_at", "in_future", "The consent lies in the future.")
        return None
    return moment
