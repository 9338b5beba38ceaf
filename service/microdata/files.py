"""The table in the forms that researchers read: CSV, Parquet, SPSS."""

import csv
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyreadstat
from samenspraak.types.base import Localised

from service.microdata.table import Table
from service.render.csv import inert
from surveys.exchange.columns import Column

LABEL_BYTES, VALUE_BYTES = 256, 120
"""Longest texts that SPSS keeps."""


def as_csv(table: Table) -> bytes:
    """UTF-8, one line of headings, CRLF; empty where a question was not asked. Every cell below is a number."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([inert(column.name) for column in table.columns])
    formats = [f"{{:.{column.decimals}f}}" if column.decimals else "{:d}" for column in table.columns]
    for row in table.data.iter_rows():
        writer.writerow(["" if cell is None else form.format(cell) for form, cell in zip(formats, row, strict=True)])
    return text.getvalue().encode()


def as_parquet(table: Table, notes: Sequence[Localised]) -> bytes:
    """Typed columns; the notes and all labels stand in the metadata of the file."""
    metadata = {"samenspraak.notes": "\n".join(note.en for note in notes)}
    for column in table.columns:
        metadata[f"label.{column.name}"] = column.label.en
        if column.values:
            words = "; ".join(f"{value.code}={value.label.en}" for value in column.values)
            metadata[f"values.{column.name}"] = words
    file = io.BytesIO()
    table.data.write_parquet(file, metadata=metadata)
    return file.getvalue()


def as_sav(table: Table, *, title: str, notes: Sequence[Localised]) -> bytes:
    """An SPSS file with Dutch labels, levels of measurement, and user-missing codes."""
    labelled = [column for column in table.columns if column.values]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "microdata.sav"
        pyreadstat.write_sav(
            table.data,
            path,
            file_label=_cut(title, 64),
            column_labels={column.name: _cut(column.label.nl, LABEL_BYTES) for column in table.columns},
            note=[part for note in notes for part in _lines(note.nl)],
            row_compress=True,
            variable_value_labels={
                column.name: {value.code: _cut(value.label.nl, VALUE_BYTES) for value in column.values}
                for column in labelled
            },
            missing_ranges={column.name: found for column in labelled if (found := missing(column))},
            variable_measure={column.name: _measure(column) for column in table.columns},
            variable_format={c.name: f"F12.{c.decimals}" if c.decimals else "F8.0" for c in table.columns},
        )
        return path.read_bytes()


def missing(column: Column) -> list[Any]:
    """Codes that are no answer: up to three by themselves, else as one range, which holds no other code.

    SPSS knows no other way; a valid code inside the range stays valid, at the price of the outer codes.
    """
    codes = sorted(value.code for value in column.values if value.missing)
    if len(codes) <= 3:
        return codes
    valid = [value.code for value in column.values if not value.missing]
    lo = max((code for code in valid if code < codes[-1]), default=codes[0] - 1) + 1
    return [{"lo": max(lo, codes[0]), "hi": codes[-1]}]


def _measure(column: Column) -> str:
    """`ordinal` where the question is a scale: its options run from low to high."""
    if column.kind == "quantity":
        return "scale"
    kind = column.question.__struct_config__.tag if column.question is not None else ""
    return (
        "ordinal"
        if kind in ("likert", "scale", "matrix") or column.name in ("AGE3", "AGE7", "EDUCATION3")
        else "nominal"
    )


def _cut(text: str, most: int) -> str:
    """At most so many bytes of UTF-8, never half a character."""
    raw = text.encode()
    return text if len(raw) <= most else raw[: most - 3].decode(errors="ignore") + "…"


def _lines(text: str, width: int = 78) -> list[str]:
    """Notes of an SPSS file have lines of 80 bytes."""
    lines, line = [], ""
    for word in text.split():
        joined = f"{line} {word}".strip()
        if len(joined.encode()) > width and line:
            lines.append(line)
            joined = word
        line = joined
    return [*lines, line] if line else lines
