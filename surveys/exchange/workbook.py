"""Opens a workbook of unknown origin: what is no workbook, too large or ambiguous is refused before it is read."""

import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import NamedTuple
from xml.etree.ElementTree import Element
from zipfile import BadZipFile, ZipFile

from defusedxml.ElementTree import iterparse
from openpyxl.reader.excel import ExcelReader
from pyxform.errors import PyXFormError
from pyxform.xls2json_backends import DefinitionData, get_xlsform
from samenspraak.types.problem import Fault

from surveys.errors import FileInvalid

MOST_BYTES = 2 * 1024 * 1024
MOST_UNPACKED = 20 * 1024 * 1024
"""Bytes of all parts together once unpacked; a questionnaire of 1,000 rows needs less than 1 MB."""
MOST_ROWS = 1000
"""Rows of `survey` and `choices` together."""
SHEETS = ("survey", "choices", "settings")

Row = dict[str, str]


class Sheets(NamedTuple):
    """The rows of each sheet under its headings; the first is row 2 of the sheet."""

    survey: list[Row]
    choices: list[Row]
    settings: list[Row]


class _Seen(NamedTuple):
    merged: list[str]
    formulas: list[str]
    last: int
    """Last row with something in it."""
    hidden: bool = False


def opened(file: bytes) -> Sheets:
    """The three sheets of an XLSForm.

    Raises:
        FileInvalid: no .xlsx workbook, more than 2 MB, 1,000 rows or 20 MB unpacked, no sheet `survey`, merged cells,
            formulas, a hidden sheet, or rows below a large gap.
    """
    _check_size(file)
    try:
        seen = _inspected(file)
        book = get_xlsform(file, file_type=".xlsx")
    except PyXFormError as error:
        raise _refused("unreadable", f"The workbook cannot be read: {error}") from error
    except Exception as error:
        # Whatever a damaged or forged file makes the readers raise, its sender hears the same.
        raise _refused("unreadable", "The workbook is damaged; open it, save it as .xlsx and send that.") from error
    sheets = _sheets(book)
    faults = [*_faults(seen, sheets)]
    if faults:
        raise FileInvalid(faults=tuple(faults))
    return sheets


def _check_size(file: bytes) -> None:
    if len(file) > MOST_BYTES:
        raise _refused("too_large", "The file is larger than 2 MB; take out pictures, formatting and other sheets.")
    try:
        with ZipFile(BytesIO(file)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
            is_book = "[Content_Types].xml" in archive.namelist()
    except (BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise _no_workbook() from error
    if not is_book:
        raise _no_workbook()
    if unpacked > MOST_UNPACKED:
        raise _refused("too_large", "The file is larger than 20 MB once unpacked; keep the sheets of the form only.")


def _inspected(file: bytes) -> dict[str, _Seen]:
    """Merged ranges, formulas and last filled row of each sheet, read as a stream: a range may span a whole sheet."""
    reader = ExcelReader(BytesIO(file), read_only=True)
    with reader.archive as archive:
        reader.read_manifest()
        reader.read_workbook()
        found: dict[str, _Seen] = {}
        sheets = [*reader.parser.find_sheets()]
        for sheet, relation in sheets:
            # pyxform takes the only sheet of a workbook for `survey`, whatever it is called.
            name = "survey" if len(sheets) == 1 else sheet.name.lower()
            if name in SHEETS:
                with archive.open(relation.target) as part:
                    found[name] = _streamed(part)._replace(hidden=sheet.state != "visible")
    return found


def _streamed(part: object) -> _Seen:
    merged: list[str] = []
    formulas: list[str] = []
    last = number = 0
    for _, element in iterparse(part):
        name = element.tag.rpartition("}")[2]
        if name == "mergeCell":
            merged.append(str(element.get("ref", "")))
        elif name == "c" and any(part.tag.endswith("}f") for part in element):
            formulas.append(str(element.get("r", "")))
        elif name == "row":
            number = int(element.get("r") or number + 1)
            last = number if _filled(element) else last
            element.clear()
    return _Seen(merged, formulas, last)


def _filled(row: Element) -> bool:
    return any(re.fullmatch(r".*\}?(v|t)", element.tag) and (element.text or "").strip() for element in row.iter())


def _sheets(book: DefinitionData) -> Sheets:
    if book.survey is None:
        names = ", ".join(str(name) for name in book.sheet_names or ())
        raise _refused(
            "no_survey", f"There is no sheet called survey, only {names}; an XLSForm has survey and choices."
        )
    return Sheets(survey=_rows(book.survey), choices=_rows(book.choices), settings=_rows(book.settings))


def _rows(rows: Sequence[Mapping[str, object]] | None) -> list[Row]:
    return [{column: str(value) for column, value in row.items() if value is not None} for row in rows or ()]


def _faults(seen: dict[str, _Seen], sheets: Sheets) -> list[Fault]:
    faults = [
        Fault(
            pointer=f"{name}/cells/{cells}",
            code="merged_cells",
            detail=f"The cells {cells} of {name} are merged; unmerge them and fill in each cell.",
        )
        for name, sheet in seen.items()
        for cells in sheet.merged[:50]
    ]
    for name, sheet in seen.items():
        if sheet.hidden:
            detail = f"The sheet {name} is hidden, so nobody saw what it asks; show it or take it out."
            faults.append(Fault(pointer=name, code="hidden_sheet", detail=detail))
        # What a formula gives is not stored in every file, and would be an empty cell then.
        faults += [
            Fault(
                pointer=f"{name}/cells/{cell}",
                code="formula",
                detail=f"The cell {cell} of {name} holds a formula; put its value there.",
            )
            for cell in sheet.formulas[:50]
        ]
    for name, rows in sheets._asdict().items():
        last = seen[name].last if name in seen else 0
        if last > len(rows) + 1:
            detail = f"Row {last} of {name} stands below more than 60 empty rows; take those out."
            faults.append(Fault(pointer=f"{name}/row/{last}", code="gap", detail=detail))
    if len(sheets.survey) + len(sheets.choices) > MOST_ROWS:
        detail = f"The sheets survey and choices have more than {MOST_ROWS} rows; split the questionnaire."
        faults.append(Fault(pointer="", code="too_large", detail=detail))
    return faults


def _no_workbook() -> FileInvalid:
    return _refused(
        "not_xlsx", "This is no .xlsx workbook (or one with a password); save the form as .xlsx, without a password."
    )


def _refused(code: str, detail: str) -> FileInvalid:
    return FileInvalid(faults=(Fault(pointer="", code=code, detail=detail),))
