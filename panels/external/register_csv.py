"""Reading a register file: who was drawn, with which chance, and what the register knows. No names, no addresses."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

import msgspec
from samenspraak.types.external import RegisterOutcome
from samenspraak.types.problem import Fault

from panels import coding
from panels.coding import PROVINCES
from panels.joining import csv_file
from panels.joining.background import EDUCATIONS, SEXES, birth_year_fault
from panels.margins import areas
from panels.models import Education, Profile, Sex

REQUIRED = ("reference", "selection_probability", "birth_year")
OPTIONAL = ("sex", "province", "municipality", "education", "stratum", "language")
COLUMNS = (*REQUIRED, *OPTIONAL)
FAULTS_KEPT = 1000
MOST_ROWS = 200_000

_YEAR_WORDS = {
    "missing": "The year of birth is empty.",
    "not_a_year": "The year of birth must have four digits.",
    "out_of_range": "This year of birth cannot be right.",
    "under_age": "This person is too young for the population of the audit.",
}
_CHOICES: Mapping[str, Sequence[str]] = {
    "sex": SEXES,
    "province": PROVINCES,
    "education": EDUCATIONS,
    "language": ("nl", "en"),
}


class RegisterPerson(msgspec.Struct, frozen=True, kw_only=True):
    reference: str
    """Means something to the holder of the register only."""
    probability: float
    stratum: str
    """As the file names it; empty where it names none."""
    coded: dict[str, str | None]
    language: str


class RegisterSheet(msgspec.Struct, frozen=True, kw_only=True):
    people: tuple[RegisterPerson, ...]
    """Empty with a fault."""
    rows: int
    faults: tuple[Fault, ...]

    def outcome(self, *, dry_run: bool) -> RegisterOutcome:
        return RegisterOutcome(
            rows=self.rows,
            kept=0 if dry_run else len(self.people),
            dry_run=dry_run,
            population=round(sum(1.0 / one.probability for one in self.people), 1),
            strata=len({one.stratum for one in self.people if one.stratum}),
            faults=self.faults[:FAULTS_KEPT],
        )


def read(content: bytes, *, base: str, today: date) -> RegisterSheet:
    """Read a file with the columns of `COLUMNS`: reference, selection_probability in (0, 1], birth_year, and what else
    the register knows; with `stratum` the strata of the draw it came from.

    Args:
        base: age base of the audit's margins, `18+` or `16+`.
    """
    file, fault = csv_file.decode(content)
    fault = csv_file.unreadable(file) if file else fault
    if file is None or fault:
        return RegisterSheet(people=(), rows=0, faults=(fault,) if fault else ())
    lines = csv_file.rows(file)
    header = [cell.strip().casefold() for cell in next(lines, [])]
    faults = csv_file.header_faults(header, required=REQUIRED, known=COLUMNS)
    if faults:
        return RegisterSheet(people=(), rows=0, faults=tuple(faults))
    reader = _Reader(header, base, today)
    rows = 0
    for line in lines:
        if any(cell.strip() for cell in line):
            rows += 1
            if rows <= MOST_ROWS:
                reader.take(rows, line)
    faults = reader.faults
    if not rows:
        faults.append(Fault(pointer="header", code="empty", detail="The file has no rows below its header."))
    if rows > MOST_ROWS:
        detail = f"The file has {rows} rows; at most {MOST_ROWS} can be loaded."
        faults.append(Fault(pointer="", code="too_many_rows", detail=detail))
    return RegisterSheet(people=() if faults else tuple(reader.people), rows=rows, faults=tuple(faults))


class _Reader:
    def __init__(self, header: Sequence[str], base: str, today: date) -> None:
        self.header, self.today = header, today
        self.minimum = coding.LOWEST_AGE if base == "16+" else coding.MINIMUM_AGE
        self.seen: dict[str, int] = {}
        self.people: list[RegisterPerson] = []
        self.faults: list[Fault] = []

    def take(self, number: int, line: Sequence[str]) -> None:
        before = len(self.faults)
        if len(line) != len(self.header):
            self._fault(number, "", "cell_count", f"This row has {len(line)} cells, the header {len(self.header)}.")
            return
        row = {column: cell.strip() for column, cell in zip(self.header, line, strict=True)}
        for column, cell in row.items():
            wrong = csv_file.cell_fault(cell)
            if wrong:
                self._fault(number, column, *wrong)
        if len(self.faults) > before:
            return
        probability = self._probability(number, row["selection_probability"])
        self._reference(number, row["reference"])
        year = birth_year_fault(row["birth_year"], self.today, minimum_age=self.minimum)
        if year:
            self._fault(number, "birth_year", year, _YEAR_WORDS[year])
        for column, known in _CHOICES.items():
            if row.get(column) and row[column] not in known:
                self._fault(number, column, "unknown_choice", f"Use one of {', '.join(known)}, or leave it empty.")
        town = row.get("municipality", "")
        if town and areas.level(town) != "municipality":
            self._fault(number, "municipality", "unknown_choice", "Use the code of a municipality, such as GM0363.")
        if len(row.get("stratum", "")) > 100:
            self._fault(number, "stratum", "too_long", "At most 100 characters.")
        if len(self.faults) == before:
            self.people.append(
                RegisterPerson(
                    reference=row["reference"],
                    probability=probability,
                    stratum=row.get("stratum", ""),
                    coded=coding.coded(self._profile(row), on=self.today),
                    language=row.get("language") or "nl",
                )
            )

    def _profile(self, row: Mapping[str, str]) -> Profile:
        town = row.get("municipality") or None
        return Profile(
            sex=cast("Sex | None", row.get("sex") or None),
            birth_year=int(row["birth_year"]),
            province=row.get("province") or (areas.province_of(town) if town else None),
            education=cast("Education | None", row.get("education") or None),
            municipality=town,
        )

    def _probability(self, number: int, cell: str) -> float:
        text = cell.replace(",", ".")
        if not re.fullmatch(r"(0?\.\d{1,17}|[01](\.\d{1,17})?|\d(\.\d{1,17})?[eE]-\d{1,2})", text, re.ASCII):
            self._fault(number, "selection_probability", "not_a_number", "Write a number such as 0.0125.")
            return 0.0
        if not 0 < float(text) <= 1:
            self._fault(number, "selection_probability", "out_of_range", "A chance lies above 0 and at most at 1.")
        return float(text)

    def _reference(self, number: int, cell: str) -> None:
        if not cell or len(cell) > 100:
            self._fault(number, "reference", "missing" if not cell else "too_long", "Give 1 to 100 characters.")
            return
        first = self.seen.setdefault(cell, number)
        if first != number:
            self._fault(number, "reference", "duplicate_row", f"This reference stood in row {first} already.")

    def _fault(self, number: int, column: str, code: str, detail: str) -> None:
        pointer = f"row/{number}/column/{column}" if column else f"row/{number}"
        if len(self.faults) <= FAULTS_KEPT:
            self.faults.append(Fault(pointer=pointer, code=code, detail=detail))
