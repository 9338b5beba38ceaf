"""Dot-and-interval plots as plain SVG: a mark per figure on one scale, its interval as a line, with a line at zero or
between population and sample. Shapes differ as well as colours, so that the picture also reads in grey."""

from collections.abc import Sequence
from html import escape
from typing import Literal

import msgspec

from service.render.charts import (
    BAR,
    CHARACTERS,
    EDGE,
    INK,
    LABEL,
    LINE,
    MUTED,
    SOFT,
    VALUE,
    WIDTH,
    label_lines,
    text_label,
)

Shape = Literal["dot", "ring", "diamond", "tick"]
ROW = 24
DENSE = 19
MANY = 12
KEY = 20
"""Height of the line that explains the shapes."""
RULE = "#7b878e"


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    value: float
    shape: Shape = "dot"
    low: float | None = None
    high: float | None = None


class Dot(msgspec.Struct, frozen=True, kw_only=True):
    """One row. Without marks its `text` stands in their place; a `heading` is a line of its own."""

    label: str
    text: str
    marks: tuple[Mark, ...] = ()
    muted: bool = False
    heading: bool = False


class Dots(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    description: str
    """The numbers in words, for those who do not see the picture."""
    rows: tuple[Dot, ...]
    lowest: float
    highest: float
    ticks: tuple[tuple[float, str], ...]
    zero: float | None = None
    """Where a line marks no difference."""
    key: tuple[tuple[Shape, str], ...] = ()
    """What each shape stands for."""


def svg(chart: Dots, *, key: str, font: str, characters: int = CHARACTERS) -> str:
    """The plot as one `<svg>` element, as `charts.svg`."""
    top = 18.0 + (KEY if chart.key else 0)
    row, y, rows = DENSE if len(chart.rows) > MANY else ROW, top, []
    for one in chart.rows:
        lines = label_lines(one.label, characters)
        height = row + LINE * (len(lines) - 1)
        rows.append(_row(chart, one, lines, y, height))
        y += height
    name = escape(key, quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{name}-t {name}-d" '
        f'viewBox="0 0 {WIDTH} {y + 6:.0f}" width="{WIDTH}" height="{y + 6:.0f}" '
        f'font-family="{escape(font, quote=True)}" font-size="13" fill="{INK}">'
        f'<title id="{name}-t">{escape(chart.title)}</title><desc id="{name}-d">{escape(chart.description)}</desc>'
        f"{_legend(chart.key)}{_grid(chart, top, y)}{''.join(rows)}</svg>"
    )


def _x(chart: Dots, value: float) -> float:
    share = (value - chart.lowest) / (chart.highest - chart.lowest or 1.0)
    return LABEL + min(max(share, 0.0), 1.0) * (WIDTH - LABEL - VALUE)


def _legend(key: Sequence[tuple[Shape, str]]) -> str:
    parts, x = [], 8.0
    for shape, text in key:
        parts.append(_shape(shape, x, 9.0, BAR))
        parts.append(f'<text x="{x + 10:.1f}" y="13.5" font-size="12">{escape(text)}</text>')
        x += 34 + 6.6 * len(text)
    return "".join(parts)


def _grid(chart: Dots, top: float, bottom: float) -> str:
    parts = []
    for value, text in chart.ticks:
        x = _x(chart, value)
        ruled = chart.zero is not None and abs(value - chart.zero) < 1e-12
        colour, width = (RULE, 1.4) if ruled else ("#d5dbdf", 1.0)
        parts.append(
            f'<line x1="{x:.1f}" y1="{top - 2:.1f}" x2="{x:.1f}" y2="{bottom:.1f}" stroke="{colour}" '
            f'stroke-width="{width}"/>'
            f'<text x="{x:.1f}" y="{top - 7:.1f}" font-size="11" fill="{SOFT}" text-anchor="middle">'
            f"{escape(text)}</text>"
        )
    return "".join(parts)


def _row(chart: Dots, one: Dot, lines: Sequence[str], y: float, height: float) -> str:
    middle = y + height / 2
    if one.heading:
        place = f'x="0" y="{middle + 7:.1f}" font-size="12" font-weight="600" fill="{SOFT}"'
        return f"<text {place}>{escape(one.label)}</text>"
    parts = [text_label(lines, middle)]
    if not one.marks:
        parts.append(
            f'<text x="{LABEL + 6}" y="{middle + 4.5:.1f}" font-size="12" font-style="italic" fill="{SOFT}">'
            f"{escape(one.text)}</text>"
        )
        return "".join(parts)
    colour = MUTED if one.muted else BAR
    parts += [_interval(chart, mark, middle) for mark in one.marks]
    parts += [_shape(mark.shape, _x(chart, mark.value), middle, colour) for mark in one.marks]
    parts.append(
        f'<text x="{WIDTH}" y="{middle + 4.5:.1f}" text-anchor="end" font-weight="600">{escape(one.text)}</text>'
    )
    return "".join(parts)


def _interval(chart: Dots, mark: Mark, y: float) -> str:
    if mark.low is None or mark.high is None:
        return ""
    a, b = _x(chart, mark.low), _x(chart, mark.high)
    return f'<line x1="{a:.1f}" y1="{y:.1f}" x2="{b:.1f}" y2="{y:.1f}" stroke="{INK}" stroke-width="2.2"/>'


def _shape(shape: Shape, x: float, y: float, colour: str) -> str:
    edge = f'stroke="{EDGE}" stroke-width="1.2"'
    if shape == "dot":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}" {edge}/>'
    if shape == "ring":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.4" fill="{EDGE}" stroke="{colour}" stroke-width="2"/>'
    if shape == "diamond":
        points = f"{x:.1f},{y - 6:.1f} {x + 6:.1f},{y:.1f} {x:.1f},{y + 6:.1f} {x - 6:.1f},{y:.1f}"
        return f'<polygon points="{points}" fill="{colour}" {edge}/>'
    return f'<line x1="{x:.1f}" y1="{y - 7:.1f}" x2="{x:.1f}" y2="{y + 7:.1f}" stroke="{INK}" stroke-width="3"/>'
