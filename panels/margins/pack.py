"""The figures that come with the service: the country, its twelve provinces, and age by province."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib import resources

from samenspraak.types.margins import MarginLevel, MarginSet
from samenspraak.types.problem import Fault

from panels.coding import CROSS, PROVINCES, SEPARATOR
from panels.errors import MarginsInvalid
from panels.margins import areas, csv_layout, figures
from panels.margins.figures import Row

BASE = "18+"
TWO_WAY = f"province{CROSS}age7"


def country(*, name: str, two_way: bool = False, now: datetime, id: str) -> MarginSet:
    """Sex by age, province and education of the country.

    Args:
        two_way: age by province (84 levels) in the place of province.
    """
    one_way = csv_layout.parse(_text("nl_weighting_default.csv"), name=name, now=now, id=id)
    if not two_way:
        return one_way
    rows = [
        Row(at=key.key, dimension=key.key, source_dimension=key.source_dimension, base=BASE, level=level)
        for key in one_way.dimensions
        if key.key != "province"
        for level in key.levels
    ]
    return _checked([*rows, *_age_by_province()], areas.COUNTRY, name=name, now=now, id=id)


def province(area: str, *, name: str, now: datetime, id: str) -> MarginSet:
    """Sex by age of one province.

    Raises:
        MarginsInvalid: no province; of municipalities there are no figures here.
    """
    if area not in PROVINCES:
        detail = (
            f"There are no figures of {area!r} here; use NL or a province ({PROVINCES[0]} to {PROVINCES[-1]}). "
            "Figures of a municipality can be imported from StatLine or from a CSV file."
        )
        raise MarginsInvalid(faults=(Fault(pointer="query/area", code="no_figures", detail=detail),))
    found = [row for row in _provinces() if row["province_code"] == area]
    total = sum(int(row["population"]) for row in found)
    rows = [
        _row(
            "sex_age",
            f"{row['sex']}_{row['age_group']}",
            [row],
            total,
            nl=f"{'man' if row['sex'] == 'M' else 'vrouw'}, {row['age_group']} jaar",
            en=f"{'male' if row['sex'] == 'M' else 'female'}, {row['age_group']} years",
        )
        for row in found
    ]
    return _checked(rows, area, name=name, now=now, id=id)


def _age_by_province() -> Iterator[Row]:
    cells: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in _provinces():
        cells[row["province_code"], row["age_group"]].append(row)
    total = sum(int(row["population"]) for of_cell in cells.values() for row in of_cell)
    for (code, age), of_cell in cells.items():
        yield _row(
            TWO_WAY,
            f"{code}{SEPARATOR}{age}",
            of_cell,
            total,
            nl=f"{of_cell[0]['label_nl']}, {age} jaar",
            en=f"{of_cell[0]['label_en']}, {age} years",
        )


def _row(key: str, code: str, cells: Sequence[dict[str, str]], total: int, *, nl: str, en: str) -> Row:
    people = sum(int(cell["population"]) for cell in cells)
    level = MarginLevel(
        code=code,
        label_nl=nl,
        label_en=en,
        population=people,
        share=people / total,
        reference_date=cells[0]["reference_date"],
        source=cells[0]["source"],
        provenance="derived-from-read",
        note=cells[0]["note"],
    )
    return Row(at=code, dimension=key, source_dimension="province_sex_age_2021", base=BASE, level=level)


def _checked(rows: Sequence[Row], area: str, *, name: str, now: datetime, id: str) -> MarginSet:
    wrong = figures.faults(rows, base=BASE, area=area, complete=True)
    if wrong:
        raise MarginsInvalid(faults=tuple(wrong))
    return figures.margin_set(rows, name=name, base=BASE, area=area, now=now, id=id)


def _provinces() -> list[dict[str, str]]:
    return list(csv.DictReader(_text("nl_province_sex_age_2021.csv").splitlines()))


def _text(file: str) -> str:
    return (resources.files("panels") / "data" / file).read_text(encoding="utf-8")
