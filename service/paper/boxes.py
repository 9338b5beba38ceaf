"""One question, or several on one scale, as boxes, lines and tables on paper. Pure."""

import math
from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct
from samenspraak.types.base import Lang
from samenspraak.types.questionnaire import (
    Consent,
    Info,
    Likert,
    Matrix,
    MaxDiff,
    Multi,
    Numeric,
    Open,
    Option,
    Ranking,
    Scale,
    Slider,
    Statement,
    VoteItem,
)

from service.pages.texts import texts
from service.paper.texts import say
from surveys import routing
from surveys.paper import said
from surveys.paper.said import STATEMENT
from surveys.paper.sheet import Item, Sheet, letter

WIDE = 34
"""Characters of a label that still fits when answers stand in two columns."""
COLUMNS = 7
"""Most answers that fit beside each other in a table."""
MOST_POINTS = 11
"""Most points of a scale beside each other."""
A_LINE = 90
"""Characters of a text of which one handwritten line is offered."""
MOST_LINES = 8


class Tick(Struct, frozen=True, kw_only=True):
    """A box with its printed code."""

    code: str
    label: str
    apart: bool = False
    """Don't know and the like stand a little apart from the list."""
    write: bool = False
    """A line to write on stands behind it."""


class Line(Struct, frozen=True, kw_only=True):
    """A row of a table, or a group of a best-worst question."""

    name: str
    text: str
    ticks: tuple[Tick, ...] = ()


Kind = Literal["read", "ticks", "scale", "table", "rows", "rank", "sets", "number", "lines", "letters"]


class Block(Struct, frozen=True, kw_only=True):
    """One numbered question as it stands on paper, or something to read."""

    kind: Kind
    number: str
    text: str
    stem: str = ""
    hints: tuple[str, ...] = ()
    note: str = ""
    """When to answer it."""
    after: tuple[str, ...] = ()
    """What an answer of this question ends."""
    turns: tuple[str, ...] = ()
    """Where to go after this page, also for whoever passed over this question."""
    ticks: tuple[Tick, ...] = ()
    columns: int = 1
    lines: tuple[Line, ...] = ()
    ends: tuple[str, ...] = ()
    """What stands at the two ends of a scale or line; over the columns of a best-worst question."""
    sections: tuple[tuple[str, str], ...] = ()
    sides: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Arguments for and against, in this person's order."""
    cells: tuple[int, ...] = ()
    """Boxes for one figure or letter each: before and after the comma; empty: one wide box."""
    unit: str = ""
    count: int = 0
    """Lines to write on."""


def of(run: Sequence[Item], sheet: Sheet, lang: Lang, *, tables: bool) -> Block:
    """The block of a question; of several on one scale one table."""
    item = run[0]
    asked = item.question
    if len(run) > 1:
        return _battery(run, sheet, lang)
    match asked:
        case Info():
            parts = [(said.text(one.heading, sheet, lang), said.text(one.text, sheet, lang)) for one in asked.sections]
            return Block(kind="read", number="", text=said.text(asked.text, sheet, lang), sections=tuple(parts))
        case Matrix():
            lines = tuple(
                Line(name=f"{item.number}{letter(place)}", text=said.text(row.text, sheet, lang))
                for place, row in enumerate(item.rows)
            )
            shape: Kind = "table" if tables and len(item.options) <= COLUMNS else "rows"
            return _block(item, sheet, lang, shape, say("each_row", lang), lines=lines, ticks=_ticks(item, sheet, lang))
        case MaxDiff():
            ends = (said.text(asked.best, sheet, lang), said.text(asked.worst, sheet, lang))
            return _block(item, sheet, lang, "sets", say("sets", lang), lines=_sets(item, sheet, lang), ends=ends)
        case Ranking():
            top = min(asked.top, len(item.options))
            return _block(item, sheet, lang, "rank", say("rank", lang, top=top), ticks=_ticks(item, sheet, lang))
        case Numeric() | Slider():
            return _number(item, asked, sheet, lang)
        case Open():
            return _open(item, asked, sheet, lang)
        case Scale():
            return _scale(item, sheet, lang, tables=tables)
        case _:
            return _list(item, sheet, lang, tables=tables)


def _scale(item: Item, sheet: Sheet, lang: Lang, *, tables: bool) -> Block:
    """Points beside each other with the words for both ends; under each other in large print."""
    ticks = _ticks(item, sheet, lang)
    points = [tick for tick in ticks if not tick.apart]
    beside: Kind = "scale" if tables and 2 <= len(points) <= MOST_POINTS else "ticks"
    ends = (points[0].label, points[-1].label) if beside == "scale" else ()
    return _block(item, sheet, lang, beside, say("one", lang), ticks=ticks, ends=ends)


def _block(item: Item, sheet: Sheet, lang: Lang, kind: Kind, *told: str, **parts: Any) -> Block:
    """A block with the texts that every question has."""
    asked, t = item.question, texts(lang)
    hints = [said.text(asked.hint, sheet, lang)] if asked.hint else []
    hints += [one for one in told if one]
    if asked.required is False:
        hints.append(t("page.optional"))
    return Block(
        kind=kind,
        number=str(item.number),
        text=said.text(asked.text, sheet, lang),
        stem=said.text(asked.stem, sheet, lang) if asked.stem else "",
        hints=tuple(hints),
        **parts,
    )


def _list(item: Item, sheet: Sheet, lang: Lang, *, tables: bool) -> Block:
    """Boxes under each other, or in two columns where that is easy to read."""
    asked, t = item.question, texts(lang)
    if isinstance(asked, Statement):
        ticks = tuple(
            Tick(code=str(number), label=t(f"statement.{word}")) for number, (_, word) in enumerate(STATEMENT, 1)
        )
        return _block(item, sheet, lang, "ticks", say("one", lang), ticks=ticks, columns=3 if tables else 1)
    ticks = _ticks(item, sheet, lang)
    short = tables and len(ticks) >= 4 and all(len(tick.label) <= WIDE and not tick.write for tick in ticks)
    told = [say("one", lang)]
    if isinstance(asked, Multi):
        told = [t("page.multi") if asked.maximum is None else t("page.multi_max", maximum=asked.maximum)]
        told += [t("page.multi_min", minimum=asked.minimum)] if asked.minimum > 1 else []
    elif isinstance(asked, VoteItem):
        told.append(t("vote_item.consultative"))
    elif isinstance(asked, Consent):
        told = []
    sides = _sides(asked, sheet, lang) if isinstance(asked, VoteItem) else ()
    return _block(item, sheet, lang, "ticks", *told, ticks=ticks, columns=2 if short else 1, sides=sides)


def _battery(run: Sequence[Item], sheet: Sheet, lang: Lang) -> Block:
    """Neighbouring Likert items as one table, each row with the number of its question."""
    first = run[0].question
    lines = tuple(Line(name=str(item.number), text=said.text(item.question.text, sheet, lang)) for item in run)
    return Block(
        kind="table",
        number="",
        text=said.text(first.stem, sheet, lang) if first.stem else "",
        hints=(say("each_row", lang),),
        lines=lines,
        ticks=_ticks(run[0], sheet, lang),
    )


def _ticks(item: Item, sheet: Sheet, lang: Lang) -> tuple[Tick, ...]:
    """Options as boxes; those at the end that are no opinion stand apart."""
    first_apart = len(item.options)
    if isinstance(item.question, Likert | Scale | Multi):
        while first_apart and (item.options[first_apart - 1].missing or item.options[first_apart - 1].exclusive):
            first_apart -= 1
    return tuple(_tick(one, place >= first_apart, item, sheet, lang) for place, one in enumerate(item.options))


def _tick(option: Option, apart: bool, item: Item, sheet: Sheet, lang: Lang) -> Tick:
    written = option.write_in and not isinstance(item.question, Ranking)
    return Tick(code=str(option.code), label=said.text(option.label, sheet, lang), apart=apart, write=written)


def _sets(item: Item, sheet: Sheet, lang: Lang) -> tuple[Line, ...]:
    return tuple(
        Line(
            name=f"{item.number}{letter(place)}",
            text=say("group", lang, letter=letter(place)),
            ticks=tuple(Tick(code=str(one.code), label=said.text(one.label, sheet, lang)) for one in items),
        )
        for place, items in enumerate(item.sets)
    )


def _sides(asked: VoteItem, sheet: Sheet, lang: Lang) -> tuple[tuple[str, tuple[str, ...]], ...]:
    points_for, points_against, for_first = routing.arguments_shown(asked, sheet.who)
    pair = (
        (texts(lang)("arguments.for"), tuple(said.text(point, sheet, lang) for point in points_for)),
        (texts(lang)("arguments.against"), tuple(said.text(point, sheet, lang) for point in points_against)),
    )
    return pair if for_first else pair[::-1]


def _number(item: Item, asked: Numeric | Slider, sheet: Sheet, lang: Lang) -> Block:
    """Boxes for figures, with what may be said instead."""
    t = texts(lang)
    ends: tuple[str, ...] = ()
    if isinstance(asked, Slider):
        told = [t("page.slider", minimum=asked.minimum, maximum=asked.maximum)]
        told += [t("page.step", step=asked.step)] if asked.step > 1 else []
        low, high = said.text(asked.low, sheet, lang), said.text(asked.high, sheet, lang)
        ends = (f"{asked.minimum} = {low}", f"{asked.maximum} = {high}")
        decimals = 0
    else:
        year = [t("page.year")] if asked.format == "year" else []
        told = [*year, t("page.number", minimum=asked.minimum, maximum=asked.maximum)]
        decimals = asked.decimals
    cells = (len(str(asked.maximum)), decimals) if asked.minimum >= 0 else ()
    return _block(
        item,
        sheet,
        lang,
        "number",
        *told,
        ticks=_ticks(item, sheet, lang),
        ends=ends,
        cells=cells,
        unit=said.text(asked.unit, sheet, lang) if asked.unit else "",
    )


def _open(item: Item, asked: Open, sheet: Sheet, lang: Lang) -> Block:
    t = texts(lang)
    if asked.format:
        cells = (4, 2) if asked.format == "postcode" else (4, 0)
        return _block(item, sheet, lang, "letters", t(f"page.{asked.format}"), cells=cells)
    told = ["" if asked.hint else say("no_names", lang), t("page.quotable") if asked.quotable else ""]
    count = min(MOST_LINES, max(2, math.ceil(asked.max_chars / A_LINE)))
    return _block(item, sheet, lang, "lines", *told, count=count)
