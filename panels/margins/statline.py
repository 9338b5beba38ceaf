"""Margins from StatLine, the open data of Statistics Netherlands (CBS): observations and code lists as they come from
OData, version 3 (`TypedDataSet` with `Key` and `Title`) or 4 (`Observations` with `Identifier` and `Title`).

Levels are recognised by their Dutch titles ("Mannen", "25 tot 30 jaar", "Groningen (PV)"), not by keys: keys differ
between tables, titles do not. Ages are put together from the finest groups that a table has, and a level that these
cannot make exactly is a fault, never a guess."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec
from samenspraak.types.margins import MarginLevel, MarginSet, StatLineImport, StatLineTable
from samenspraak.types.problem import Fault

from panels import coding
from panels.coding import AGE3, AGE7, MINORS, SEPARATOR
from panels.errors import MarginsInvalid
from panels.margins import areas, figures
from panels.margins.figures import Row

OLDEST = 200
"""Upper end, in years, of an age group that is open at the top."""

Ages = tuple[int, int]
"""From and up to, not including, in years."""
EVERY_AGE: Ages = (0, OLDEST)
"""Stands for people of whom a table tells no age."""


class _Value(msgspec.Struct, frozen=True):
    """One observation: the titles of its classifications by column, and the number of people."""

    titles: Mapping[str, str]
    keys: Mapping[str, str]
    people: float


class _Refused(Exception):
    """A table that cannot be used, with the fault."""

    def __init__(self, code: str, detail: str) -> None:
        self.code, self.detail = code, detail


def read(asked: StatLineImport, *, name: str, now: datetime, id: str) -> MarginSet:
    """Make a set of margins from one or more tables.

    Raises:
        MarginsInvalid: with the faults of every table (`/tables/N/...`), then those of the figures together.
    """
    wrong: list[Fault] = []
    rows: list[Row] = []
    if not areas.known(asked.area):
        code, detail = areas.fault("", asked.area)
        wrong.append(Fault(pointer="/area", code=code, detail=detail))
    for place, table in enumerate(asked.tables):
        try:
            rows += _rows(table, area=asked.area, base=asked.base, at=f"/tables/{place}")
        except _Refused as refused:
            wrong.append(Fault(pointer=f"/tables/{place}", code=refused.code, detail=refused.detail))
    wrong += figures.faults(rows, base=asked.base, area=asked.area, complete=not wrong)
    if wrong:
        raise MarginsInvalid(faults=tuple(wrong))
    return figures.margin_set(rows, name=name, base=asked.base, area=asked.area, now=now, id=id)


def _rows(table: StatLineTable, *, area: str, base: str, at: str) -> list[Row]:
    codes = figures.levels_of(table.dimension, base=base, area=area)
    if not codes:
        raise _Refused("unknown_dimension", figures.unknown_dimension(table.dimension))
    values = _values(table)
    ages = any(_kind(column) == "age" for column in values[0].titles)
    if not ages and table.population_base != base:
        raise _Refused(
            "base_unknown",
            f"The table has no column of ages, so nothing shows that it is about people of {base}. Add the column, or "
            f"say `population_base` {base!r} when the table itself is about them.",
        )
    cube = _cube(values, _columns_of(table.dimension) | ({"age"} if ages else set()), area)
    lowest = coding.LOWEST_AGE if base == "16+" else coding.MINIMUM_AGE
    every = (lowest, OLDEST) if ages else EVERY_AGE
    people = {code: _people(cube, *_place(table.dimension, code, every)) for code in codes}
    lacking = [code for code, found in people.items() if found is None]
    if lacking:
        raise _Refused(
            "level_not_made",
            f"The rows do not make {', '.join(lacking[:10])} of {table.dimension} exactly. Export the rows of single "
            "years of age (or of groups that end where our levels end), of men and women, and of every area.",
        )
    total = sum(found for found in people.values() if found)
    return [
        Row(
            at=f"{at}/levels/{code}",
            dimension=table.dimension,
            source_dimension=table.table,
            base=base,
            level=MarginLevel(
                code=code,
                label_nl=label(table.dimension, code, "nl"),
                label_en=label(table.dimension, code, "en"),
                population=round(found),
                share=found / total,
                reference_date=table.reference_date,
                source=f"CBS StatLine {table.table}",
                provenance="read",
                note=table.note,
            ),
        )
        for code, found in people.items()
        if found
    ]


def _values(table: StatLineTable) -> list[_Value]:
    """The observations of the wanted measure with the titles of their classifications, whichever version they are."""
    titles = {
        column: {str(_get(code, "Key", "Identifier")).strip(): str(_get(code, "Title")).strip() for code in listed}
        for column, listed in table.codes.items()
    }
    found = []
    for number, row in enumerate(table.observations):
        if "Measure" in row and str(row["Measure"]).strip() != table.measure:
            continue
        number_of = row.get("Value") if "Measure" in row else row.get(table.measure)
        if isinstance(number_of, bool) or not isinstance(number_of, int | float) or number_of < 0:
            raise _Refused(
                "no_number",
                f"Row {number} has no number in {table.measure!r}; its columns are {', '.join(sorted(row)[:20])}.",
            )
        keys = {column: str(row.get(column, "")).strip() for column in titles}
        unknown = [column for column, key in keys.items() if key not in titles[column]]
        if unknown:
            raise _Refused(
                "code_not_listed",
                f"Row {number}: the key in {', '.join(unknown)} is not in the code list of that column.",
            )
        found.append(_Value({column: titles[column][key] for column, key in keys.items()}, keys, float(number_of)))
    if not found:
        raise _Refused("empty", f"No row has the measure {table.measure!r}.")
    return found


def _get(code: Mapping[str, Any], *names: str) -> object:
    return next((code[name] for name in names if name in code), "")


_COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sex": ("sex",),
        "age7": ("age",),
        "age3": ("age",),
        "sex_age": ("sex", "age"),
        "province": ("region",),
        "landsdeel": ("region",),
        "municipality": ("region",),
        "education3": ("education",),
        "urbanity": ("urbanity",),
    }
)
_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sex": ("geslacht",),
        "age": ("leeftijd",),
        "region": ("regio",),
        "education": ("onderwijs", "opleiding"),
        "urbanity": ("stedelijk",),
    }
)
"""What a column is about, by words in its name."""


def _columns_of(dimension: str) -> set[str]:
    parts = dimension.split(coding.CROSS)
    if any(part not in _COLUMNS for part in parts):
        raise _Refused(
            "not_in_statline",
            f"{dimension} cannot be read from a table; use {', '.join(_COLUMNS)} or import the figures as CSV.",
        )
    return {kind for part in parts for kind in _COLUMNS[part]}


def _kind(column: str) -> str:
    name = column.lower()
    return next((kind for kind, words in _WORDS.items() if any(word in name for word in words)), column)


def _cube(values: Sequence[_Value], wanted: set[str], area: str) -> dict[frozenset[tuple[str, str]], dict[Ages, float]]:
    """People by age, for every combination of the other wanted columns: of each further classification the total, and
    of the regions the area asked for."""
    columns = {column: _kind(column) for column in values[0].titles}
    missing = wanted - set(columns.values())
    if missing:
        raise _Refused("column_missing", f"The code lists have no column about {', '.join(sorted(missing))}.")
    kept = values
    for column, kind in columns.items():
        if kind not in wanted:
            kept = [value for value in kept if _is_total(value, column, kind, area)]
            if not kept:
                what = f"of the area {area}" if kind == "region" else "that is a total"
                raise _Refused("no_total", f"The column {column} has no row {what}; add it or leave the column out.")
    cube: dict[frozenset[tuple[str, str]], dict[Ages, float]] = defaultdict(lambda: defaultdict(float))
    for value in kept:
        cell = {
            kind: _READ[kind](value, column) for column, kind in columns.items() if kind in wanted and kind != "age"
        }
        ages = next((_ages(value.titles[column]) for column, kind in columns.items() if kind == "age"), None)
        ages = ages if "age" in wanted else EVERY_AGE
        if ages is not None and None not in cell.values():
            cube[frozenset((kind, code) for kind, code in cell.items() if code is not None)][ages] += value.people
    return cube


def _is_total(value: _Value, column: str, kind: str, area: str) -> bool:
    title = value.titles[column].lower()
    if kind == "region":
        key = value.keys[column]
        return key in (area, "NL01", "NL00") if area == areas.COUNTRY else key == area
    only_one = title.startswith("totaal")
    return only_one or (kind not in _WORDS and not title.strip())


def _place(dimension: str, code: str, ages: Ages) -> tuple[frozenset[tuple[str, str]], Ages]:
    """Where the people of a level stand in the cube; `ages` where the level says nothing about age."""
    cell: dict[str, str] = {}
    for part, of_part in zip(dimension.split(coding.CROSS), code.split(SEPARATOR), strict=True):
        sex, _, age7 = of_part.partition("_") if part == "sex_age" else ("", "", "")
        if part in ("sex", "sex_age"):
            cell["sex"] = sex or of_part
        if part in ("age7", "age3", "sex_age"):
            ages = _span(age7 or of_part)
        if part in ("province", "landsdeel", "municipality"):
            cell["region"] = of_part
        if part in ("education3", "urbanity"):
            cell[part.removesuffix("3")] = of_part
    return frozenset(cell.items()), ages


def _people(
    cube: Mapping[frozenset[tuple[str, str]], Mapping[Ages, float]],
    cell: frozenset[tuple[str, str]],
    ages: Ages,
) -> float | None:
    """People of one level, or None where the rows do not make it exactly."""
    return _tiled(cube[cell], *ages) if cell in cube else None


_URBANITY: Mapping[str, str] = MappingProxyType(
    {
        "zeer sterk stedelijk": "1",
        "sterk stedelijk": "2",
        "matig stedelijk": "3",
        "weinig stedelijk": "4",
        "niet stedelijk": "5",
    }
)


_EDUCATION = re.compile(r"(?:\d )?(laag|middelbaar|hoog)(?: onderwijsniveau| opleidingsniveau)?")
"""Titles at the level of three classes; finer classes below them would count the same people again."""


def _education(value: _Value, column: str) -> str | None:
    found = _EDUCATION.fullmatch(value.titles[column].lower())
    return {"laag": "1", "middelbaar": "2", "hoog": "3"}[found[1]] if found else None


_READ: Mapping[str, Callable[[_Value, str], str | None]] = MappingProxyType(
    {
        "sex": lambda value, column: {"mannen": "M", "vrouwen": "V"}.get(value.titles[column].lower()),
        "region": lambda value, column: value.keys[column],
        "education": _education,
        "urbanity": lambda value, column: _URBANITY.get(value.titles[column].lower()),
    }
)
"""The level that an observation names in a column, in our codes; None where it is of no level."""


def _span(code: str) -> Ages:
    starts = {name: start for start, name in (*AGE7, *AGE3)} | {MINORS: coding.LOWEST_AGE}
    _, _, end = code.partition("-")
    return starts[code], int(end) + 1 if end else OLDEST


def _ages(title: str) -> Ages | None:
    """Ages that a title names: "18 jaar", "20 tot 25 jaar", "95 jaar of ouder"; None for totals."""
    text = title.lower()
    found = re.fullmatch(r"(\d+) tot (\d+) jaar", text)
    if found:
        return int(found[1]), int(found[2])
    found = re.fullmatch(r"(\d+) jaar( of ouder| en ouder)?", text)
    if found:
        return int(found[1]), OLDEST if found[2] else int(found[1]) + 1
    return None


def _tiled(by_age: Mapping[Ages, float], start: int, end: int) -> float | None:
    """Sum over groups that cover [start, end) exactly and once, from the finest that begin where the last one ended."""
    people, at = 0.0, start
    while at < end:
        step = min(
            (ages for ages in by_age if ages[0] == at and ages[1] <= end), key=lambda ages: ages[1], default=None
        )
        if step is None:
            return None
        people, at = people + by_age[step], step[1]
    return people


def label(dimension: str, code: str, language: str) -> str:
    """Plain name of a level."""
    parts = zip(dimension.split(coding.CROSS), code.split(SEPARATOR), strict=True)
    return ", ".join(_label(part, of_part, language) for part, of_part in parts)


_NAMES: Mapping[tuple[str, str], tuple[str, str]] = MappingProxyType(
    {
        ("sex", "M"): ("man", "male"),
        ("sex", "V"): ("vrouw", "female"),
        ("education3", "1"): ("laag", "low"),
        ("education3", "2"): ("midden", "middle"),
        ("education3", "3"): ("hoog", "high"),
        ("urbanity", "1"): ("zeer sterk stedelijk", "very strongly urban"),
        ("urbanity", "2"): ("sterk stedelijk", "strongly urban"),
        ("urbanity", "3"): ("matig stedelijk", "moderately urban"),
        ("urbanity", "4"): ("weinig stedelijk", "hardly urban"),
        ("urbanity", "5"): ("niet stedelijk", "not urban"),
        ("landsdeel", "LD01"): ("Noord-Nederland", "North Netherlands"),
        ("landsdeel", "LD02"): ("Oost-Nederland", "East Netherlands"),
        ("landsdeel", "LD03"): ("West-Nederland", "West Netherlands"),
        ("landsdeel", "LD04"): ("Zuid-Nederland", "South Netherlands"),
    }
)


def _label(part: str, code: str, language: str) -> str:
    if part == "sex_age":
        sex, _, ages = code.partition("_")
        return f"{_label('sex', sex, language)}, {_label('age7', ages, language)}"
    if part in ("age7", "age3"):
        return f"{code} {'jaar' if language == 'nl' else 'years'}"
    named = _NAMES.get((part, code))
    return (named[0] if language == "nl" else named[1]) if named else areas.name(code)
