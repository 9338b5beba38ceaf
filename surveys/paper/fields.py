"""The boxes and lines of a form by the names that are printed beside them, as a typist keys them.

* `12`: the code beside the ticked box; of several boxes all codes; a number; or a text;
* `12.7`: what is written beside box 7; in a ranking, the number that is written in front of box 7;
* `12b`: row b of a table, with its code;
* `12b+` and `12b-`: group b of a best-worst question, the code ticked under + and under -.

Codes are those of the questionnaire, but for a statement: agree, disagree and pass are 1, 2 and 3 on paper.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import Struct
from samenspraak.types.questionnaire import (
    Matrix,
    MaxDiff,
    Multi,
    Numeric,
    Open,
    Option,
    Ranking,
    Single,
    Slider,
    Statement,
)

from surveys.paper.said import STATEMENT
from surveys.paper.sheet import Item, Sheet, letter

Kind = Literal["one", "several", "number", "text", "place"]


class Field(Struct, frozen=True, kw_only=True):
    """One place on the form where something can be ticked or written."""

    name: str
    question: str
    kind: Kind
    form: str
    """Name of the same field on the page of the questionnaire (`surveys.answers`); of a place: the option's code."""
    codes: Mapping[str, str] = {}
    """Printed code -> value of the field on the page."""


def fields(sheet: Sheet) -> dict[str, Field]:
    """Every field of a form by name, in the order of the form."""
    return {field.name: field for item in sheet.items for field in _of(item)}


def _of(item: Item) -> Iterator[Field]:
    asked, name, key = item.question, str(item.number), item.question.key
    codes = _codes(item.options)
    if isinstance(asked, Statement):
        codes = {str(number): str(code) for number, (code, _) in enumerate(STATEMENT, 1)}
    if isinstance(asked, Matrix):
        for place, row in enumerate(item.rows):
            yield Field(name=name + letter(place), question=key, kind="one", form=f"{key}.{row.key}", codes=codes)
    elif isinstance(asked, MaxDiff):
        for place, items in enumerate(item.sets):
            for mark, end in (("+", "best"), ("-", "worst")):
                form = f"{key}.{place + 1}.{end}"
                yield Field(
                    name=f"{name}{letter(place)}{mark}", question=key, kind="one", form=form, codes=_codes(items)
                )
    elif isinstance(asked, Ranking):
        for code in codes:
            yield Field(name=f"{name}.{code}", question=key, kind="place", form=code)
    elif isinstance(asked, Numeric | Slider):
        yield Field(name=name, question=key, kind="number", form=key, codes=codes)
    elif isinstance(asked, Open):
        yield Field(name=name, question=key, kind="text", form=key)
    else:
        kind: Kind = "several" if isinstance(asked, Multi) else "one"
        yield Field(name=name, question=key, kind=kind, form=key, codes=codes)
        for option in item.options if isinstance(asked, Single | Multi) else ():
            if option.write_in:
                form = f"{key}.{option.code}.text"
                yield Field(name=f"{name}.{option.code}", question=key, kind="text", form=form)


def _codes(options: tuple[Option, ...]) -> dict[str, str]:
    return {str(option.code): str(option.code) for option in options}
