"""Reading population margins from CSV: every fault at once, and nothing guessed."""

import csv as csv_format
import io
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import cast, get_args

from samenspraak.types.margins import MarginLevel, MarginSet, Provenance
from samenspraak.types.problem import Fault

from panels.errors import MarginsInvalid
from panels.margins import areas, figures
from panels.margins.figures import Row

COLUMNS = (
    "rake_dimension",
    "dimension",
    "category_code",
    "label_nl",
    "label_en",
    "population",
    "share",
    "population_base",
    "reference_date",
    "source",
    "provenance",
    "note",
    "area",
)
REQUIRED = COLUMNS[:-2]


def parse(csv: str, *, name: str, base: str | None = None, now: datetime, id: str) -> MarginSet:
    """Read a set of margins in the layout of `panels/data/nl_weighting_default.csv`.

    Args:
        csv: text with a header row, comma or semicolon separated; a byte order mark is accepted. Shares are numbers in
            (0, 1] with a decimal point. The columns `note` and `area` may be left out; without `area` the figures are
            of the whole country.
        base: age base that every row must name, `18+` or `16+`; None takes the one that most rows name.

    Raises:
        MarginsInvalid: with every fault, as `row/N/column/NAME` (N from 1 without the header), `header`, or
            `dimension/KEY`.
    """
    faults: list[Fault] = []
    if "\x00" in name:
        faults.append(Fault(pointer="query/name", code="nul", detail="The name holds the character U+0000; remove it."))
    records = _records(csv, faults)
    base = base or _usual(records, "population_base") or "18+"
    area = _usual(records, "area") or areas.COUNTRY
    rows = [row for row in (_row(number, record, base, area, faults) for number, record in records) if row]
    if not records and not faults:
        faults.append(Fault(pointer="header", code="empty", detail="The file has no rows below its header."))
    # Rules about whole dimensions wait until every row can be read: otherwise each fault would be told twice.
    faults += figures.faults(rows, base=base, area=area, complete=len(rows) == len(records))
    if faults:
        raise MarginsInvalid(faults=tuple(faults))
    return figures.margin_set(rows, name=name, base=base, area=area, now=now, id=id)


def _usual(records: Sequence[tuple[int, dict[str, str]]], column: str) -> str:
    """What most rows have in a column; empty where there is none."""
    return next((value for value, _ in Counter(record.get(column, "") for _, record in records).most_common(1)), "")


def _records(csv: str, faults: list[Fault]) -> list[tuple[int, dict[str, str]]]:
    if "\x00" in csv:
        faults.append(Fault(pointer="", code="nul", detail="The file holds a NUL character. Save it as UTF-8 text."))
        return []
    text = csv.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv_format.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        lines = list(reader)
    except csv_format.Error as odd:
        faults.append(Fault(pointer="", code="not_csv", detail=f"The file cannot be read as CSV: {odd}."))
        return []
    header = [cell.strip() for cell in lines[0]] if lines else []
    faults.extend(_header_faults(header))
    if faults:
        return []
    records = []
    for number, line in enumerate((line for line in lines[1:] if any(cell.strip() for cell in line)), start=1):
        if len(line) != len(header):
            detail = f"This row has {len(line)} cells and the header has {len(header)}."
            faults.append(Fault(pointer=f"row/{number}", code="cell_count", detail=detail))
        cells = [*line, *[""] * len(header)][: len(header)]
        records.append((number, dict(zip(header, (cell.strip() for cell in cells), strict=True))))
    return records


def _header_faults(header: Sequence[str]) -> list[Fault]:
    faults = [
        Fault(pointer="header", code="missing_column", detail=f"The header lacks the column {column}.")
        for column in REQUIRED
        if column not in header
    ]
    faults += [
        Fault(pointer="header", code="unknown_column", detail=f"The column {column!r} is not known; leave it out.")
        for column in header
        if column not in COLUMNS
    ]
    faults += [
        Fault(pointer="header", code="duplicate_column", detail=f"The header names {column} more than once.")
        for column in sorted({column for column in header if header.count(column) > 1})
    ]
    return faults


def _row(number: int, record: dict[str, str], base: str, area: str, faults: list[Fault]) -> Row | None:
    before = len(faults)

    def fault(column: str, code: str, detail: str) -> None:
        faults.append(Fault(pointer=f"row/{number}/column/{column}", code=code, detail=detail))

    for column in REQUIRED:
        if not record[column]:
            fault(column, "missing", f"{column} is empty.")
    dimension, code = record["rake_dimension"], record["category_code"]
    levels = figures.levels_of(dimension, base=base, area=area) if dimension else ()
    if dimension and not levels:
        fault("rake_dimension", "unknown_dimension", figures.unknown_dimension(dimension))
    elif dimension and code and code not in levels:
        fault("category_code", "unknown_level", f"{code!r} is not a level of {dimension}; known: {', '.join(levels)}.")
    if record.get("area", "") not in ("", area) or not areas.known(area):
        fault("area", *areas.fault(record.get("area", ""), area))
    population = _number(record["population"], whole=True)
    if record["population"] and (population is None or population <= 0):
        fault("population", "not_a_count", "population must be a whole number above 0, without separators.")
    share = _number(record["share"], whole=False)
    if record["share"] and share is None:
        fault("share", "not_a_number", "share must be a number with a decimal point.")
    elif share is not None and not 0 < share <= 1:
        fault("share", "out_of_range", "share must lie above 0 and at most at 1.")
    if record["provenance"] and record["provenance"] not in get_args(Provenance):
        fault("provenance", "unknown_provenance", f"provenance must be one of {', '.join(get_args(Provenance))}.")
    if record["reference_date"] and figures.year(record["reference_date"]) is None:
        fault("reference_date", "no_year", "reference_date must hold a year of four digits.")
    if len(faults) > before or population is None or share is None:
        return None
    level = MarginLevel(
        code=code,
        label_nl=record["label_nl"],
        label_en=record["label_en"],
        population=int(population),
        share=share,
        reference_date=record["reference_date"],
        source=record["source"],
        provenance=cast(Provenance, record["provenance"]),
        note=record.get("note", ""),
    )
    return Row(
        at=f"row/{number}",
        dimension=dimension,
        source_dimension=record["dimension"],
        base=record["population_base"],
        level=level,
    )


def _number(text: str, *, whole: bool) -> float | None:
    pattern = r"-?\d+" if whole else r"-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?"
    return float(text) if re.fullmatch(pattern, text, re.ASCII) and len(text) <= 30 else None
