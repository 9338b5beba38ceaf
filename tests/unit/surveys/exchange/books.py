"""Workbooks made on the spot."""

from collections.abc import Sequence
from io import BytesIO

from openpyxl import Workbook

NL, EN = "label::Dutch (nl)", "label::English (en)"
SURVEY = ("type", "name", NL, EN, "required", "relevant", "constraint", "parameters", "appearance")
CHOICES = ("list_name", "name", NL, EN)
YES_NO = (("yn", "yes", "Ja", "Yes"), ("yn", "no", "Nee", "No"))
SIDES = (("side", "1", "Voor", "For"), ("side", "2", "Tegen", "Against"), ("side", "98", "Weet ik niet", "Don't know"))

Rows = Sequence[Sequence[object]]


def workbook(survey: Rows, choices: Rows = (), *, head: Sequence[str] = SURVEY, **others: Rows) -> Workbook:
    """A workbook with the sheets survey and choices under their usual headings, and others as they are given."""
    book = Workbook()
    book.remove(book.active)
    sheets: dict[str, Rows] = {"survey": (head, *survey), "choices": (CHOICES, *choices), **others}
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    return book


def saved(book: Workbook) -> bytes:
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def xlsx(survey: Rows, choices: Rows = (), *, head: Sequence[str] = SURVEY, **others: Rows) -> bytes:
    return saved(workbook(survey, choices, head=head, **others))
