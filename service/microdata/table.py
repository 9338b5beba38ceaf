"""The rows: one per completed response, numbers only, in an order that says nothing."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import polars as pl
from msgspec.structs import replace
from samenspraak.types.base import Localised
from samenspraak.types.questionnaire import (
    AnswerValue,
    AnyQuestion,
    Consent,
    Matrix,
    MaxDiff,
    Multi,
    Numeric,
    Open,
    Questionnaire,
    Ranking,
)

from analytics.arrays import FloatArray
from analytics.disclosure import anonymity
from service.microdata import background
from service.microdata.background import HIDDEN, SUPPRESSED_LABEL, Background
from service.reports.inputs import Respondent
from service.reports.sample import questions
from surveys.exchange.columns import Column, Value, of_question
from surveys.quality import is_flagged

SKIPPED = 997
"""Asked and left open."""
SKIPPED_LABEL = Localised(nl="opengelaten", en="left open")
RARE_UNDER = 10
"""Background and own questions: an answer of fewer people is suppressed."""
ABOUT_PEOPLE = ("background", "own")
"""Parts of the questionnaire whose answers may say who somebody is."""
LONGEST_NAME = 64
WEIGHT = "WEIGHT"
WEIGHT_DIGITS = 6

Cells = list[int | float | None]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    columns: tuple[Column, ...]
    data: pl.DataFrame
    suppressed: dict[str, int]
    """Column -> values suppressed; only columns where there are any."""
    left_out: tuple[str, ...]


def build(
    q: Questionnaire,
    people: Sequence[Respondent],
    *,
    known: Background,
    weights: FloatArray,
    rng: np.random.Generator,
) -> Table:
    """The table in random order. `weights` and `known` are in the order of `people`."""
    made = [_weight(weights), *_background(known), _flagged(people), *_arms(q, people)]
    left_out: list[str] = []
    suppressed = {name.upper(): count for name, count in known.suppressed.items() if count}
    for question in questions(q):
        if isinstance(question, Consent | Open) or (isinstance(question, Numeric) and question.format == "year"):
            left_out.append(question.key)
            continue
        for column in of_question(question):
            cells = [_cell(column, person.answers) for person in people]
            kept, hidden = _without_rare(column, cells)
            if kept is None:
                left_out.append(column.name)
                continue
            if hidden:
                suppressed[column.name] = hidden
            made.append((_with_special(column, kept), kept))
    order = rng.permutation(len(people))
    columns, series = [_row(len(people))], [pl.Series("ROW", range(1, len(people) + 1), dtype=pl.Int64)]
    for number, (column, cells) in enumerate(made, start=2):
        name = column.name if len(column.name) <= LONGEST_NAME else f"{column.name[:56]}_{number}"
        kind = pl.Float64 if column.decimals else pl.Int64
        columns.append(replace(column, name=name))
        series.append(pl.Series(name, [cells[place] for place in order], dtype=kind))
    return Table(columns=tuple(columns), data=pl.DataFrame(series), suppressed=suppressed, left_out=tuple(left_out))


def _row(n: int) -> Column:
    label = Localised(nl="Rijnummer, zonder betekenis", en="Row number, without meaning")
    return Column(name="ROW", kind="quantity", label=label, minimum=1, maximum=n)


def _weight(weights: FloatArray) -> tuple[Column, Cells]:
    label = Localised(nl="Eindgewicht, gemiddeld 1", en="Final weight, 1 on average")
    cells: Cells = [round(float(weight), WEIGHT_DIGITS) for weight in weights]
    most = int(np.ceil(weights.max()))
    column = Column(
        name=WEIGHT, kind="quantity", label=label, minimum=0, maximum=most, decimals=WEIGHT_DIGITS, weight=True
    )
    return column, cells


def _background(known: Background) -> list[tuple[Column, Cells]]:
    found: list[tuple[Column, Cells]] = []
    for place, name in enumerate(known.names):
        codes = known.keys[:, place]
        cells: Cells = [HIDDEN if code == anonymity.SUPPRESSED else int(code) for code in codes]
        found.append((background.column(name, suppressed=bool(known.suppressed[name])), cells))
    return found


def _flagged(people: Sequence[Respondent]) -> tuple[Column, Cells]:
    label = Localised(nl="Twijfelachtig ingevuld, volgens de regel in het rapport", en="Doubtful, by the report's rule")
    values = (Value(code=0, label=Localised(nl="nee", en="no")), Value(code=1, label=Localised(nl="ja", en="yes")))
    cells: Cells = [int(is_flagged(person.flags)) for person in people]
    return Column(name="FLAGGED", kind="flag", label=label, values=values), cells


def _arms(q: Questionnaire, people: Sequence[Respondent]) -> list[tuple[Column, Cells]]:
    """Which questionnaire somebody got by chance; nothing where there is one only."""
    if len(q.arms) < 2:
        return []
    codes = {arm.key: code for code, arm in enumerate(q.arms, start=1)}
    values = tuple(Value(code=code, label=Localised(nl=key, en=key)) for key, code in codes.items())
    label = Localised(nl="Versie van de vragenlijst, door het lot", en="Form of the questionnaire, by lot")
    return [(Column(name="ARM", kind="single", label=label, values=values), [codes.get(p.arm) for p in people])]


def _cell(column: Column, answers: dict[str, AnswerValue]) -> int | float | None:
    """The number of one person; None where the question was not asked."""
    question = column.question
    assert question is not None, "answers belong to questions"
    if question.key not in answers:
        return None
    given: Any = answers[question.key]
    if given is None:
        return None if column.kind == "quantity" else SKIPPED
    part = column.name[len(question.key) + 1 :]
    match question:
        case Multi():
            return int(int(part) in given)
        case Matrix() | MaxDiff():
            return given.get(part, SKIPPED)  # type: ignore[no-any-return]
        case Ranking():
            return given[int(part) - 1] if len(given) >= int(part) else None
        case _:
            return given  # type: ignore[no-any-return]


def _without_rare(column: Column, cells: Cells) -> tuple[Cells | None, int]:
    """Cells without answers of a few people, and how many were suppressed. None: the column cannot stay."""
    if not _about_people(column.question):
        return cells, 0
    if column.kind == "quantity":
        return _clipped(column, cells)
    valid = [value.code for value in column.values if not value.missing]
    counts = {code: cells.count(code) for code in valid}
    rare = {code for code, count in counts.items() if 0 < count < RARE_UNDER}
    if column.kind == "flag":
        return (None, 0) if rare else (cells, 0)
    # A few people behind `suppressed` would be found by the code that is missing: more codes join them.
    while rare and sum(counts[code] for code in rare) < RARE_UNDER:
        others = [code for code in valid if code not in rare and counts[code]]
        if not others:
            return None, 0
        rare.add(min(others, key=lambda code: counts[code]))
    hidden: Cells = [HIDDEN if cell in rare else cell for cell in cells]
    return hidden, sum(counts[code] for code in rare)


def _about_people(question: AnyQuestion | None) -> bool:
    return question is not None and question.report in ABOUT_PEOPLE


def _clipped(column: Column, cells: Cells) -> tuple[Cells | None, int]:
    """Top and bottom coding: nobody is among fewer than ten at either end."""
    apart = {value.code for value in column.values}
    numbers = sorted(cell for cell in cells if cell is not None and cell not in apart)
    if len(numbers) < 2 * RARE_UNDER:
        return (cells, 0) if not numbers else (None, 0)
    low, high = numbers[RARE_UNDER - 1], numbers[-RARE_UNDER]
    kept: Cells = [cell if cell is None or cell in apart else min(max(cell, low), high) for cell in cells]
    return kept, sum(1 for before, after in zip(cells, kept, strict=True) if before != after)


def _with_special(column: Column, cells: Cells) -> Column:
    """The column with the codes for left open and suppressed, where they occur; then it is more than a yes or no."""
    special = ((SKIPPED, SKIPPED_LABEL), (HIDDEN, SUPPRESSED_LABEL))
    more = [Value(code=code, label=label, missing=True) for code, label in special if code in cells]
    if not more or column.kind == "quantity":
        return column
    return replace(column, kind="single", values=(*column.values, *more))
