"""The table that turns a postcode of four digits into municipality, province, part of the country and urbanity."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from samenspraak.canonical import content_hash
from samenspraak.types.joining import PostcodeTable
from samenspraak.types.margins import Provenance
from samenspraak.types.problem import Fault

from panels.coding import LANDSDEEL
from panels.errors import PostcodesInvalid
from panels.joining import csv_file
from panels.margins import areas
from panels.store import Connection
from panels.store import postcodes as store
from panels.store.postcodes import Place, Table

COLUMNS = ("pc4", "municipality", "province", "landsdeel", "urbanity")
REQUIRED = ("pc4", "municipality", "province", "urbanity")
"""Columns the header must have; `landsdeel` follows from the province and is checked where it is given."""
URBANITY = ("1", "2", "3", "4", "5")
"""By addresses per km2 (CBS, stedelijkheid): 1 very urban (2,500 and over), 2 (1,500), 3 (1,000), 4 (500), 5 less."""
FAULTS_KEPT = 1000
_PC4 = re.compile(r"[1-9][0-9]{3}")


def parse(csv: bytes) -> list[Place]:
    """Read a table, in order of postcode.

    Raises:
        PostcodesInvalid: with every fault (at most 1,000), as `row/N/column/NAME` (N from 1 below the header).
    """
    file, fault = csv_file.decode(csv)
    fault = csv_file.unreadable(file) if file else fault
    if file is None or fault:
        raise PostcodesInvalid(faults=(fault,) if fault else ())
    lines = csv_file.rows(file)
    header = [cell.strip().casefold() for cell in next(lines, [])]
    faults = csv_file.header_faults(header, required=REQUIRED, known=COLUMNS)
    if faults:
        raise PostcodesInvalid(faults=tuple(faults))
    places: dict[str, Place] = {}
    number = 0
    for line in lines:
        if any(cell.strip() for cell in line):
            number += 1
            _take(number, line, header, places, faults)
    if not number and not faults:
        faults.append(Fault(pointer="header", code="empty", detail="The table has no rows below its header."))
    if faults:
        raise PostcodesInvalid(faults=tuple(faults[:FAULTS_KEPT]))
    return [places[pc4] for pc4 in sorted(places)]


async def add(
    conn: Connection,
    *,
    csv: bytes,
    version: str,
    source: str,
    provenance: Provenance,
    staff: str,
    now: datetime,
    new_id: Callable[[], UUID],
) -> PostcodeTable:
    """Load a version; from now on it counts. The same version with the same content is there already.

    Raises:
        PostcodesInvalid: with every fault, also for figures out of memory.
    """
    wrong = _described(version=version, source=source, provenance=provenance)
    if wrong:
        raise PostcodesInvalid(faults=tuple(wrong))
    places = parse(csv)
    table = Table(
        id=new_id(),
        version=version.strip(),
        source=source.strip(),
        provenance=provenance,
        content_hash=content_hash([msgspec.structs.asdict(place) for place in places]),
        size=len(places),
        imported_at=now,
    )
    if not await store.add(conn, table=table, places=places, staff=staff):
        table = await store.same(conn, version=table.version, content_hash=table.content_hash) or table
    return shown(table)


async def listed(conn: Connection, *, after: UUID | None, limit: int) -> list[Table]:
    """Versions, newest first; the first one counts."""
    return await store.tables(conn, after=after, limit=limit)


async def asked(conn: Connection) -> bool:
    """Whether people are asked for their postcode: only where it can be turned into a place at once."""
    return await store.loaded(conn)


async def around(conn: Connection, pc4: str | None) -> Mapping[str, Place] | None:
    """Where one postcode lies, for the check of a form; None without a table."""
    if not await store.loaded(conn):
        return None
    return await store.places(conn, pc4s=[pc4] if pc4 else [])


async def everywhere(conn: Connection) -> Mapping[str, Place] | None:
    """The whole table, for an import; None without one."""
    return await store.places(conn, pc4s=None) or None


def shown(table: Table) -> PostcodeTable:
    """A version as staff see it."""
    return PostcodeTable(
        id=str(table.id),
        version=table.version,
        source=table.source,
        provenance=table.provenance,  # type: ignore[arg-type]
        content_hash=table.content_hash,
        postcodes=table.size,
        imported_at=table.imported_at,
    )


def _described(**given: str) -> list[Fault]:
    wrong = []
    for name, text in given.items():
        if "\x00" in text:
            detail = f"`{name}` holds the character U+0000; remove it."
            wrong.append(Fault(pointer=f"query/{name}", code="nul", detail=detail))
        elif not text.strip():
            wrong.append(Fault(pointer=f"query/{name}", code="missing", detail=f"`{name}` is empty; fill it in."))
    if given["provenance"] == "recalled-unverified":
        detail = "A table out of memory would put people in the wrong place; read it from a source."
        wrong.append(Fault(pointer="query/provenance", code="recalled", detail=detail))
    return wrong


def _take(number: int, line: list[str], header: list[str], places: dict[str, Place], faults: list[Fault]) -> None:
    before = len(faults)

    def fault(column: str, code: str, detail: str) -> None:
        faults.append(Fault(pointer=f"row/{number}/column/{column}", code=code, detail=detail))

    if len(line) != len(header):
        detail = f"This row has {len(line)} cells and the header has {len(header)}."
        faults.append(Fault(pointer=f"row/{number}", code="cell_count", detail=detail))
        return
    record = {column: cell.strip() for column, cell in zip(header, line, strict=True)}
    for column, cell in zip(header, line, strict=True):
        odd = csv_file.cell_fault(cell)
        if odd:
            fault(column, *odd)
    if len(faults) > before:
        return
    if record["pc4"] in places:
        fault("pc4", "duplicate_row", "This postcode has a row already; give each one its main municipality.")
    for column, code, detail in _row_faults(record):
        fault(column, code, detail)
    if len(faults) == before:
        places[record["pc4"]] = Place(
            pc4=record["pc4"],
            municipality=record["municipality"],
            province=record["province"],
            landsdeel=LANDSDEEL[record["province"]],
            urbanity=record["urbanity"],
        )


def _row_faults(record: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Column, code and words for everything in a row that cannot be, or that contradicts the map of the country."""
    pc4, municipality, province = record["pc4"], record["municipality"], record["province"]
    if not _PC4.fullmatch(pc4):
        yield "pc4", "not_a_postcode", "Must be four digits, the first not 0."
    lies_in = areas.province_of(municipality)
    if lies_in is None:
        yield "municipality", "unknown_choice", "No such municipality; use codes of CBS like GM0344."
    if province not in LANDSDEEL:
        yield "province", "unknown_choice", f"Must be one of {', '.join(LANDSDEEL)}."
    elif lies_in is not None and lies_in != province:
        yield "province", "elsewhere", f"{municipality} lies in {lies_in}."
    landsdeel = record.get("landsdeel", "")
    if landsdeel and LANDSDEEL.get(province, landsdeel) != landsdeel:
        yield "landsdeel", "elsewhere", f"{province} lies in {LANDSDEEL[province]}."
    if record["urbanity"] not in URBANITY:
        yield "urbanity", "unknown_choice", "Must be 1 (very urban) to 5 (not urban)."
