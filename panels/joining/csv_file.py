"""Files as offices save them: which encoding, which delimiter, which rows. What was found is told with the outcome."""

import codecs
import csv as csv_format
import io
from collections.abc import Iterator, Sequence

import msgspec
from samenspraak.types.problem import Fault

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so would be run by a spreadsheet that opens an export."""

_DELIMITERS = (",", ";", "\t", "|")
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""The long ones first: a UTF-32 file begins like a UTF-16 file."""
_BINARY = (b"PK\x03\x04", b"\x89PNG", b"%PDF", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")
_BINARY_WORDS = "This is not a text file. In a spreadsheet program, save the sheet as CSV."


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A file as text."""

    text: str
    encoding: str
    """utf-8, utf-16 or windows-1252."""
    delimiter: str


def decode(content: bytes) -> tuple[Text | None, Fault | None]:
    """Read the bytes of a file: UTF-8, UTF-16 with or without byte order mark, or else Windows-1252 (which holds
    Latin-1). A line `sep=;` above the header names the delimiter, as spreadsheet programs write it."""
    if content.startswith(_BINARY):
        return None, Fault(pointer="", code="not_text", detail=_BINARY_WORDS)
    name = next((name for mark, name in _MARKS if content.startswith(mark)), "") or _unmarked(content)
    if not name:
        return None, Fault(pointer="", code="not_text", detail=_BINARY_WORDS)
    try:
        text = content.decode(name)
    except UnicodeDecodeError as odd:
        line = content[: odd.start].count(b"\n") + 1
        words = f"Line {line} cannot be read as {_shown(name)}. Save the file as CSV in UTF-8."
        return None, Fault(pointer="", code="not_text", detail=words)
    text = text.removeprefix("\ufeff")
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        return Text(text=rest, encoding=_shown(name), delimiter=first.strip()[4]), None
    return Text(text=text, encoding=_shown(name), delimiter=_delimiter(first)), None


def unreadable(file: Text) -> Fault | None:
    """What keeps a file from being read to its end: a file is taken whole or not at all."""
    reader = csv_format.reader(io.StringIO(file.text, newline=""), delimiter=file.delimiter, strict=True)
    try:
        for _ in reader:
            pass
    except csv_format.Error as odd:
        detail = f"Line {reader.line_num} cannot be read as CSV: {odd}."
        return Fault(pointer="", code="not_csv", detail=detail)
    return None


def rows(file: Text) -> Iterator[list[str]]:
    """The rows of a file that can be read (`unreadable`), one by one."""
    return csv_format.reader(io.StringIO(file.text, newline=""), delimiter=file.delimiter, strict=True)


def header_faults(
    header: Sequence[str], *, required: Sequence[str], known: Sequence[str], ignored: str = ""
) -> list[Fault]:
    """Columns that are missing, not known or named twice.

    Names of unknown columns are not repeated: in a file without a header row they would be somebody's data.

    Args:
        ignored: what stands for a column that is skipped.
    """
    faults = [
        Fault(pointer="header", code="missing_column", detail=f"The header lacks the column {column}.")
        for column in required
        if column not in header
    ]
    for place, column in enumerate(header, start=1):
        if column == ignored:
            continue
        if column not in known:
            detail = f"Column {place} has a name that is not known. Known: {', '.join(known)}."
            faults.append(Fault(pointer=f"header/{place}", code="unknown_column", detail=detail))
        elif column in header[: place - 1]:
            detail = f"The header names {column} more than once."
            faults.append(Fault(pointer=f"header/{place}", code="duplicate_column", detail=detail))
    return faults


def cell_fault(cell: str) -> tuple[str, str] | None:
    """Code and words for a cell that no column takes: one with a NUL, or one that begins like a formula."""
    if "\x00" in cell:
        return "nul", "The cell holds a NUL character."
    if cell.startswith(FORMULA):
        return "formula", "The cell begins like a formula."
    return None


def _unmarked(content: bytes) -> str:
    """The encoding of a file without a mark; empty when it is no text."""
    sample = content[:4096]
    zeros = sample.count(0)
    if zeros > len(sample) // 4:
        # Plain letters in UTF-16: every second byte is zero. Which one tells the order of the bytes.
        return "utf-16-le" if sample[1::2].count(0) >= sample[0::2].count(0) else "utf-16-be"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    # Bytes that Windows-1252 leaves empty, and control characters, mean that it is something else.
    controls = sum(sample.count(code) for code in (*range(9), 11, 12, *range(14, 32)))
    unused = any(code in content for code in b"\x81\x8d\x8f\x90\x9d")
    return "" if controls or unused else "windows-1252"


def _shown(name: str) -> str:
    return {"utf-8-sig": "utf-8", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}.get(name, name)


def _delimiter(first: str) -> str:
    """The delimiter that the header holds most of, quoted names aside."""
    outside = "".join(first.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)
