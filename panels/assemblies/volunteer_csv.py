"""Reading a list of volunteers that is kept elsewhere: every fault with its row and column, all of them at once.

Nothing of a row is left out in silence: a volunteer who is not in the pool has no chance, so a list with any fault is
refused as a whole. A fault names row and column and never repeats a value of a person.
"""

import csv as csv_format
import io
from collections.abc import Mapping, Sequence

import msgspec
from samenspraak.types.lottery import LotteryQuota
from samenspraak.types.problem import Fault

ID, HOUSEHOLD = "id", "household"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so would be run by a spreadsheet that opens an export."""
LONGEST = 100
MOST_ROWS = 100_000
MOST_FAULTS = 1000
SAMPLE = 2048


class VolunteerRow(msgspec.Struct, frozen=True, kw_only=True):
    """One volunteer. `household` empty: not known to share an address."""

    number: int
    """From 1, below the row of names."""
    reference: str
    features: Mapping[str, str]
    household: str


class VolunteerSheet(msgspec.Struct, frozen=True, kw_only=True):
    rows: int
    volunteers: tuple[VolunteerRow, ...]
    """Complete only without faults."""
    faults: tuple[Fault, ...]
    """At most `MOST_FAULTS`, in order of the file."""


def read(csv: bytes, *, quotas: Sequence[LotteryQuota]) -> VolunteerSheet:
    """The volunteers of a CSV file: columns `id`, one per feature that has a quota, and `household` if wanted.

    UTF-8 with or without a byte order mark, or Windows-1252 (which holds Latin-1); comma, semicolon or tab between
    cells. Further columns are ignored: they are not needed, so they are not kept.
    """
    text = _decoded(csv)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        return _unreadable("nul", f"Line {line} holds a NUL character. Save the file as CSV.")
    try:
        lines = list(csv_format.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True))
    except csv_format.Error as odd:
        return _unreadable("not_csv", f"The file cannot be read as CSV: {odd}.")
    body = [line for line in lines[1:] if any(cell.strip() for cell in line)]
    if not lines or not body:
        return _unreadable("empty", "The file has no volunteers: one row of names, then one row per person.")
    if len(body) > MOST_ROWS:
        return _unreadable("too_many_rows", f"The file has {len(body)} rows; at most {MOST_ROWS} are read at once.")
    header = [cell.strip() for cell in lines[0]]
    values = _values(quotas)
    faults = _header(header, values)
    if faults:
        return VolunteerSheet(rows=len(body), volunteers=(), faults=tuple(faults))
    found: list[VolunteerRow] = []
    for number, cells in enumerate(body, start=1):
        row = _row(number, cells, header, values, faults)
        if row is not None:
            found.append(row)
    faults += _doubles(found)
    return VolunteerSheet(rows=len(body), volunteers=tuple(found), faults=tuple(faults[:MOST_FAULTS]))


def _decoded(csv: bytes) -> str:
    # Every UTF-8 file reads as Windows-1252 too, so the stricter one comes first. Five bytes mean nothing in
    # Windows-1252; they read as the control characters that they are in Latin-1.
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return csv.decode(encoding)
        except UnicodeDecodeError:
            continue
    return csv.decode("latin-1")


def _delimiter(text: str) -> str:
    """The mark that stands most often in the row of names; a comma where there is none."""
    names = text.lstrip("\r\n").split("\n", 1)[0]
    return max(",;\t", key=names.count)


def _values(quotas: Sequence[LotteryQuota]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for quota in quotas:
        values.setdefault(quota.feature, []).append(quota.value)
    return values


def _header(header: Sequence[str], values: Mapping[str, Sequence[str]]) -> list[Fault]:
    faults = []
    for name in (ID, *values):
        if header.count(name) == 0:
            detail = f"The column `{name}` is missing; needed: {', '.join((ID, *values))}, and `{HOUSEHOLD}` if known."
            faults.append(Fault(pointer="header", code="missing_column", detail=detail))
    for name in (ID, *values, HOUSEHOLD):
        if header.count(name) > 1:
            detail = f"The column `{name}` stands {header.count(name)} times; keep one."
            faults.append(Fault(pointer="header", code="repeated_column", detail=detail))
    return faults


def _row(
    number: int, line: Sequence[str], header: Sequence[str], values: Mapping[str, Sequence[str]], faults: list[Fault]
) -> VolunteerRow | None:
    before = len(faults)

    def fault(column: str, code: str, detail: str) -> None:
        faults.append(Fault(pointer=f"row/{number}/column/{column}", code=code, detail=detail))

    if len(line) != len(header):
        detail = f"Row {number} has {len(line)} cells, the row of names has {len(header)}."
        faults.append(Fault(pointer=f"row/{number}", code="cell_count", detail=detail))
        return None
    record = dict(zip(header, line, strict=True))
    for column in (ID, *values, HOUSEHOLD):
        cell = record.get(column, "")
        if cell.startswith(FORMULA):
            fault(column, "formula", "The cell begins like a formula; remove the first character.")
        elif len(cell.strip()) > LONGEST:
            fault(column, "too_long", f"The cell has more than {LONGEST} characters.")
        elif column != HOUSEHOLD and not cell.strip():
            fault(column, "missing", "The cell is empty; everybody in the pool needs a value here.")
        elif column in values and cell.strip() not in values[column]:
            fault(column, "unknown_value", f"This value has no quota; quotas are for: {', '.join(values[column])}.")
    if len(faults) > before:
        return None
    return VolunteerRow(
        number=number,
        reference=record[ID].strip(),
        features={feature: record[feature].strip() for feature in values},
        household=record.get(HOUSEHOLD, "").strip().casefold(),
    )


def _doubles(found: Sequence[VolunteerRow]) -> list[Fault]:
    first: dict[str, int] = {}
    faults = []
    for row in found:
        if first.setdefault(row.reference, row.number) != row.number:
            detail = f"This id stands in row {first[row.reference]} already: each person may be in the pool once."
            faults.append(Fault(pointer=f"row/{row.number}/column/{ID}", code="duplicate_row", detail=detail))
    return faults


def _unreadable(code: str, detail: str) -> VolunteerSheet:
    return VolunteerSheet(rows=0, volunteers=(), faults=(Fault(pointer="", code=code, detail=detail),))
