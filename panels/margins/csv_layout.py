"""Reading population margins from CSV: every fault at once, and nothing guessed."""

import csv as csv_format
import io
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import cast, get_args

import msgspec
from samenspraak.canonical import content_hash
from samenspraak.types.margins import MarginDimension, MarginLevel, MarginSet, Provenance
from samenspraak.types.problem import Fault

from panels.coding import AGE3, AGE7, LANDSDEEL, LEVELS, YOUNG
from panels.errors import MarginsInvalid

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
)
REQUIRED = COLUMNS[:-1]

SHARE_TOLERANCE = 1e-6
"""How far the shares of a dimension may be from 1 together."""
TOTAL_TOLERANCE = 0.005
"""How far the population totals of two dimensions may be apart, relative."""
OVERLAP_TOLERANCE = 0.002
"""How far two dimensions may disagree about the same people, as a share of the population."""
MAX_AGE_DAYS = 5 * 365
"""Figures about a day longer ago than this are marked as outdated."""

_AGE3_OF_AGE7 = {name: [label for begin, label in AGE3 if begin <= start][-1] for start, name in AGE7}

IMPLIED: Mapping[tuple[str, str], Callable[[str], str | None]] = {
    ("sex_age", "sex"): lambda code: code[0],
    ("sex_age", "age7"): lambda code: code[2:],
    ("sex_age", "age3"): lambda code: _AGE3_OF_AGE7.get(code[2:]),
    ("sex_age", "education"): lambda code: "Y" if code[2:] == YOUNG else None,
    ("age7", "age3"): _AGE3_OF_AGE7.get,
    ("age7", "education"): lambda code: "Y" if code == YOUNG else None,
    ("province", "landsdeel"): LANDSDEEL.get,
}
"""Levels of one dimension that settle a level of another: both margins then speak about the same people, which makes
them collinear. That is fine as long as they agree, and impossible to weight to when they do not."""


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    dimension: str
    source_dimension: str
    base: str
    level: MarginLevel


def parse(csv: str, *, name: str, base: str = "18+", now: datetime, id: str) -> MarginSet:
    """Read a set of margins in the layout of `panels/data/nl_weighting_default.csv`.

    Args:
        csv: text with a header row, comma or semicolon separated; a byte order mark is accepted. Shares are numbers in
            (0, 1] with a decimal point.
        base: age base that every row must name.

    Raises:
        MarginsInvalid: with every fault, as `row/N/column/NAME` (N from 1 without the header), `header`, or
            `dimension/KEY`.
    """
    faults: list[Fault] = []
    if "\x00" in name:
        faults.append(Fault(pointer="query/name", code="nul", detail="The name holds the character U+0000; remove it."))
    records = _records(csv, faults)
    rows = [row for row in (_row(number, record, faults) for number, record in records) if row]
    if not records and not faults:
        faults.append(Fault(pointer="header", code="empty", detail="The file has no rows below its header."))
    grouped: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        grouped[row.dimension].append(row)
        if row.base != base:
            faults.append(_base_fault(row, base))
    # Rules about whole dimensions wait until every row can be read: otherwise each fault would be told twice.
    unread = len(rows) < len(records)
    for key, of_key in grouped.items():
        faults.extend(_dimension_faults(key, of_key, complete=not unread))
    if not unread:
        faults.extend(_total_faults(grouped))
        faults.extend(_overlap_faults(grouped))
    if faults:
        raise MarginsInvalid(faults=tuple(faults))
    return _margin_set(grouped, name=name, base=base, now=now, id=id)


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


def _row(number: int, record: dict[str, str], faults: list[Fault]) -> _Row | None:
    before = len(faults)

    def fault(column: str, code: str, detail: str) -> None:
        faults.append(Fault(pointer=f"row/{number}/column/{column}", code=code, detail=detail))

    for column in REQUIRED:
        if not record[column]:
            fault(column, "missing", f"{column} is empty.")
    dimension, code = record["rake_dimension"], record["category_code"]
    if dimension and dimension not in LEVELS:
        fault("rake_dimension", "unknown_dimension", f"{dimension!r} is not a dimension; known: {', '.join(LEVELS)}.")
    elif dimension and code and code not in LEVELS[dimension]:
        known = ", ".join(LEVELS[dimension])
        fault("category_code", "unknown_level", f"{code!r} is not a level of {dimension}; known: {known}.")
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
    if record["reference_date"] and _year(record["reference_date"]) is None:
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
    return _Row(
        number=number,
        dimension=dimension,
        source_dimension=record["dimension"],
        base=record["population_base"],
        level=level,
    )


def _number(text: str, *, whole: bool) -> float | None:
    pattern = r"-?\d+" if whole else r"-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?"
    return float(text) if re.fullmatch(pattern, text, re.ASCII) and len(text) <= 30 else None


def _year(text: str) -> int | None:
    found = re.search(r"\b(19|20)\d\d\b", text)
    return int(found.group()) if found else None


def _base_fault(row: _Row, base: str) -> Fault:
    detail = f"The base is {row.base!r} where every row must have {base!r}: bases cannot be mixed."
    return Fault(pointer=f"row/{row.number}/column/population_base", code="mixed_bases", detail=detail)


def _dimension_faults(key: str, rows: Sequence[_Row], *, complete: bool) -> list[Fault]:
    faults = []
    seen: dict[str, int] = {}
    for row in rows:
        first = seen.setdefault(row.level.code, row.number)
        if first != row.number:
            detail = f"Level {row.level.code} of {key} stood in row {first} already."
            pointer = f"row/{row.number}/column/category_code"
            faults.append(Fault(pointer=pointer, code="duplicate_level", detail=detail))
    if not complete:
        return faults
    missing = [code for code in LEVELS[key] if code not in seen]
    if missing:
        detail = f"{key} lacks the level{'s' if len(missing) > 1 else ''} {', '.join(missing)}."
        faults.append(Fault(pointer=f"dimension/{key}", code="missing_level", detail=detail))
    total = sum(row.level.share for row in rows)
    if abs(total - 1) > SHARE_TOLERANCE:
        detail = f"The shares of {key} sum to {total:.6f} and must sum to 1."
        faults.append(Fault(pointer=f"dimension/{key}", code="shares_not_one", detail=detail))
    return faults


def _total_faults(grouped: Mapping[str, Sequence[_Row]]) -> list[Fault]:
    totals = {key: sum(row.level.population for row in rows) for key, rows in grouped.items()}
    faults = []
    for key, rows in grouped.items():
        for row in rows:
            counted = row.level.population / totals[key]
            if abs(row.level.share - counted) > OVERLAP_TOLERANCE:
                detail = f"share is {row.level.share} and the population figures give {counted:.6f}."
                pointer = f"row/{row.number}/column/share"
                faults.append(Fault(pointer=pointer, code="share_disagrees", detail=detail))
    if totals:
        first, reference = next(iter(totals.items()))
        faults += [
            Fault(
                pointer=f"dimension/{key}",
                code="totals_disagree",
                detail=f"{key} counts {total} people and {first} counts {reference}: more than 0.5 % apart.",
            )
            for key, total in totals.items()
            if abs(total - reference) > TOTAL_TOLERANCE * reference
        ]
    return faults


def _overlap_faults(grouped: Mapping[str, Sequence[_Row]]) -> list[Fault]:
    faults = []
    for (fine, coarse), implied in IMPLIED.items():
        if fine not in grouped or coarse not in grouped:
            continue
        sums: dict[str, float] = defaultdict(float)
        for row in grouped[fine]:
            code = implied(row.level.code)
            if code is not None:
                sums[code] += row.level.share
        for row in grouped[coarse]:
            if row.level.code in sums and abs(sums[row.level.code] - row.level.share) > OVERLAP_TOLERANCE:
                detail = (
                    f"{coarse} gives {row.level.code} a share of {row.level.share:.4f} and {fine} gives the same "
                    f"people {sums[row.level.code]:.4f}: no weights can meet both."
                )
                faults.append(Fault(pointer=f"dimension/{coarse}", code="dimensions_contradict", detail=detail))
    return faults


def _margin_set(grouped: Mapping[str, Sequence[_Row]], *, name: str, base: str, now: datetime, id: str) -> MarginSet:
    dimensions = tuple(
        MarginDimension(
            key=key,
            source_dimension=rows[0].source_dimension,
            levels=tuple(sorted((row.level for row in rows), key=lambda level: LEVELS[key].index(level.code))),
        )
        for key, rows in grouped.items()
    )
    levels = [level for dimension in dimensions for level in dimension.levels]
    years = [year for level in levels if (year := _year(level.reference_date)) is not None]
    population = sum(level.population for level in dimensions[0].levels)
    return MarginSet(
        id=id,
        name=name,
        base=base,
        population=population,
        dimensions=dimensions,
        content_hash=content_hash({"base": base, "population": population, "dimensions": dimensions}),
        imported_at=now,
        outdated=(now - datetime(min(years), 1, 1, tzinfo=now.tzinfo)).days > MAX_AGE_DAYS,
        recalled=any(level.provenance == "recalled-unverified" for level in levels),
    )
