"""The codebook as CSV: a line for every value of every column, and one for every question without values."""

import csv
import io
from collections.abc import Iterable, Iterator

from samenspraak.types.questionnaire import AnyQuestion, Info, Questionnaire

from surveys.exchange.columns import Column, of_question

HEADINGS = (
    "column", "question", "kind", "text_nl", "text_en", "minimum", "maximum", "code", "label_nl", "label_en", "missing",
)  # fmt: skip
Cell = str | int


FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


def write(q: Questionnaire) -> str:
    """CSV with a heading; UTF-8 when encoded. Texts that a spreadsheet would take for a formula begin with `'`."""
    return _written(_lines(q))


def of_columns(columns: Iterable[Column]) -> str:
    """The same for the columns of a file, and for nothing else."""
    return _written(line for column in columns for line in _column(column))


def _written(lines: Iterable[tuple[Cell, ...]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for line in lines:
        writer.writerow([inert(cell) for cell in line])
    return file.getvalue()


def inert(cell: Cell) -> Cell:
    """A text that no spreadsheet carries out; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def _lines(q: Questionnaire) -> Iterator[tuple[Cell, ...]]:
    for page in q.pages:
        for question in page.questions:
            if isinstance(question, Info):
                continue
            found = tuple(of_question(question))
            if not found:
                texts = (question.text.nl, question.text.en)
                yield ("", question.key, _kind(question), *texts, "", "", "", "", "", "")
            for column in found:
                yield from _column(column)


def _kind(question: AnyQuestion) -> str:
    return str(question.__struct_config__.tag)


def _column(column: Column) -> Iterator[tuple[Cell, ...]]:
    bounds: tuple[Cell, Cell] = (column.minimum, column.maximum) if column.kind == "quantity" else ("", "")
    asked = column.question
    source = (asked.key, _kind(asked)) if asked else ("", "weight" if column.weight else "background")
    start = (column.name, *source, column.label.nl, column.label.en, *bounds)
    if not column.values:
        yield (*start, "", "", "", "")
    for value in column.values:
        yield (*start, value.code, value.label.nl, value.label.en, "yes" if value.missing else "no")
