"""The flat table of a questionnaire: which columns there are and what their numbers mean.

A row is a response. Open texts and what is written behind an option are no part of it. A file for researchers has
further columns that no question asked: background as it is known from the panel, and the weight.
"""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct
from samenspraak.types.base import Localised
from samenspraak.types.questionnaire import (
    AnyQuestion,
    Info,
    Matrix,
    MaxDiff,
    Multi,
    Numeric,
    Open,
    Option,
    Questionnaire,
    Ranking,
    Slider,
    Statement,
)

AGREE = (
    (1, Localised(nl="Eens", en="Agree")),
    (-1, Localised(nl="Oneens", en="Disagree")),
    (0, Localised(nl="Sla over", en="Pass")),
)
NOT_CHOSEN, CHOSEN = Localised(nl="Niet gekozen", en="Not chosen"), Localised(nl="Gekozen", en="Chosen")


class Value(Struct, frozen=True, kw_only=True):
    code: int
    label: Localised
    missing: bool = False


class Column(Struct, frozen=True, kw_only=True):
    """One variable."""

    name: str
    """`KEY`, `KEY.code` of a multiple choice, `KEY.row` of a matrix, `KEY.1` of a ranking, `KEY.1.best` of a set."""
    question: AnyQuestion | None = None
    """None: no question asked it."""
    kind: Literal["single", "quantity", "flag"]
    label: Localised
    values: tuple[Value, ...] = ()
    minimum: int = 0
    maximum: int = 0
    """Of a quantity."""
    decimals: int = 0
    weight: bool = False


def columns(q: Questionnaire) -> tuple[Column, ...]:
    """All columns in the order of the questionnaire; nothing for texts."""
    return tuple(column for page in q.pages for question in page.questions for column in of_question(question))


def of_question(question: AnyQuestion) -> Iterator[Column]:
    """The columns of one question; none for something to read and for open texts."""
    match question:
        case Info() | Open():
            return
        case Statement():
            values = tuple(Value(code=code, label=label) for code, label in AGREE)
            yield Column(name=question.key, question=question, kind="single", label=question.text, values=values)
        case Numeric() | Slider():
            yield Column(
                name=question.key,
                question=question,
                kind="quantity",
                label=question.text,
                values=_values(question.options),
                minimum=question.minimum,
                maximum=question.maximum,
                decimals=question.decimals if isinstance(question, Numeric) else 0,
            )
        case Multi():
            values = (Value(code=0, label=NOT_CHOSEN), Value(code=1, label=CHOSEN))
            for option in question.options:
                label = _beside(question.text, option.label)
                name = f"{question.key}.{option.code}"
                yield Column(name=name, question=question, kind="flag", label=label, values=values)
        case Matrix():
            for row in question.rows:
                yield _single(question, f".{row.key}", _beside(question.text, row.text), question.options)
        case Ranking():
            for place in range(1, min(question.top, len(question.options)) + 1):
                label = _beside(question.text, Localised(nl=f"plaats {place}", en=f"place {place}"))
                yield _single(question, f".{place}", label, question.options)
        case MaxDiff():
            for number in range(1, question.sets + 1):
                for side, words in (("best", question.best), ("worst", question.worst)):
                    label = _beside(_beside(question.text, Localised(nl=f"set {number}", en=f"set {number}")), words)
                    yield _single(question, f".{number}.{side}", label, question.options)
        case _:
            yield _single(question, "", question.text, question.options)


def _single(question: AnyQuestion, suffix: str, label: Localised, options: tuple[Option, ...]) -> Column:
    name = f"{question.key}{suffix}"
    return Column(name=name, question=question, kind="single", label=label, values=_values(options))


def _values(options: tuple[Option, ...]) -> tuple[Value, ...]:
    return tuple(Value(code=option.code, label=option.label, missing=option.missing) for option in options)


def _beside(text: Localised, more: Localised) -> Localised:
    return Localised(nl=f"{text.nl} – {more.nl}", en=f"{text.en} – {more.en}")
