"""The codebook as CSV: a line for every value of every column, and one for every question without values."""

import csv
import io
from collections.abc import Iterator

from samenspraak.types.questionnaire import Info, Questionnaire

from surveys.exchange.columns import Column, of_question

HEADINGS = (
    "column", "question", "kind", "text_nl", "text_en", "minimum", "maximum", "code", "label_nl", "label_en", "missing",
)  # fmt: skip
Cell = str | int


def write(q: Questionnaire) -> str:
    """CSV with a heading; UTF-8 when encoded. Texts that a spreadsheet would take for a formula begin with `'`."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for line in _lines(q):
        writer.writerow([inert(cell) for cell in line])
    return file.getvalue()


def inert(cell: Cell) -> Cell:
    """A text that no spreadsheet carries out; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _lines(q: Questionnaire) -> Iterator[tuple[Cell, ...]]:
    for page in q.pages:
        for question in page.questions:
            if isinstance(question, Info):
                continue
            kind = question.__struct_config__.tag
            found = tuple(of_question(question))
            if not found:
                texts = (question.text.nl, question.text.en)
                yield ("", question.key, str(kind), *texts, "", "", "", "", "", "")
            for column in found:
                yield from _column(column, str(kind))


def _column(column: Column, kind: str) -> Iterator[tuple[Cell, ...]]:
    bounds: tuple[Cell, Cell] = (column.minimum, column.maximum) if column.kind == "quantity" else ("", "")
    start = (column.name, column.question.key, kind, column.label.nl, column.label.en, *bounds)
    if not column.values:
        yield (*start, "", "", "", "")
    for value in column.values:
        yield (*start, value.code, value.label.nl, value.label.en, "yes" if value.missing else "no")
