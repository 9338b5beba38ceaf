"""Pictures of a lottery as plain SVG: how the chances spread, and the panel beside the population.

Each is drawn twice, wide and narrow, and the style sheet shows the one that fits: letters stay readable on a telephone.
Shapes and dashes differ as well as colours, so that the pictures also read in grey; the numbers stand in a table below.
"""

from collections.abc import Callable, Sequence
from html import escape
from typing import Literal

import msgspec

from service.render.charts import BAR, EDGE, INK, SOFT, label_lines

WIDE, NARROW = 640, 320
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif"
GRID = "#d5dbdf"
RANGE = "#cfe0ea"
SECOND = "#b4501f"
FEW = 9
"""Most ticks on an axis."""
Shape = Literal["range", "dot", "ring", "tick", "dashed", "dotted"]


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    low: float
    high: float
    count: int


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A vertical line through the bars."""

    at: float
    dash: Literal["dashed", "dotted"]


class Histogram(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    description: str
    """The numbers in words, for those who do not see the picture."""
    bins: tuple[Bin, ...]
    lines: tuple[Line, ...]
    key: tuple[tuple[Shape, str], ...]
    ticks: tuple[tuple[float, str], ...]
    across: str
    """What the horizontal axis counts."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a feature, with the range that the rule allows, if there is one."""

    label: str
    low: float | None = None
    high: float | None = None
    population: float | None = None
    pool: float | None = None
    panel: float | None = None
    heading: bool = False
    """A line of its own, above the values of a feature."""


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    description: str
    rows: tuple[Row, ...]
    highest: float
    ticks: tuple[tuple[float, str], ...]
    key: tuple[tuple[Shape, str], ...]


def histogram(picture: Histogram, *, key: str) -> str:
    """Both sizes, one after the other."""
    return _histogram(picture, WIDE, f"{key}-w") + _histogram(picture, NARROW, f"{key}-n")


def beside(picture: Beside, *, key: str) -> str:
    """Both sizes, one after the other."""
    return _beside(picture, WIDE, f"{key}-w") + _beside(picture, NARROW, f"{key}-n")


def _histogram(picture: Histogram, width: int, key: str) -> str:
    top = _key_height(picture.key, width) + 22.0
    bottom, left = top + (190.0 if width == WIDE else 150.0), 12.0
    span = picture.bins[-1].high
    most = max(one.count for one in picture.bins) or 1

    def x(value: float) -> float:
        return left + min(value / span, 1.0) * (width - left - 14)

    parts = [_grid(x(at), top - 12, bottom, text) for at, text in _thinned(picture.ticks, width)]
    counts: list[str] = []
    for one in picture.bins:
        if one.count:
            height = max(1.5, (bottom - top) * one.count / most)
            a, b = x(one.low), x(one.high)
            parts.append(_rect(a + 0.75, bottom - height, b - a - 1.5, height, BAR))
            if b - a >= 6.5 * len(str(one.count)):
                counts.append(_text((a + b) / 2, bottom - height - 4, str(one.count), size=11, anchor="middle"))
    parts += [_upright(x(line.at), top - 14, bottom, line.dash) for line in picture.lines]
    parts += counts
    parts.append(f'<line x1="{left}" y1="{bottom:.1f}" x2="{width - 14}" y2="{bottom:.1f}" stroke="{SOFT}"/>')
    parts.append(_text(left, bottom + 34, picture.across, size=12, colour=SOFT))
    return _svg(picture.title, picture.description, width, bottom + 42, key, [_legend(picture.key, width), *parts])


def _beside(picture: Beside, width: int, key: str) -> str:
    wide = width == WIDE
    left, row, heading = (210.0, 25.0, 30.0) if wide else (8.0, 40.0, 32.0)
    top = _key_height(picture.key, width) + 24.0
    parts, y = [], top

    def x(value: float) -> float:
        return left + min(value / picture.highest, 1.0) * (width - left - 16)

    for one in picture.rows:
        if one.heading:
            parts.append(_text(0, y + heading - 9, one.label, size=13, weight=True))
            y += heading
            continue
        # On a telephone the label stands above its line.
        parts.append(_label(one.label, y + row / 2) if wide else _text(left - 6, y + 13, one.label, size=13))
        parts.append(_marks(one, x, y + row / 2 if wide else y + 27))
        y += row
    grid = [_grid(x(at), top - 6, y, text, above=True) for at, text in _thinned(picture.ticks, width)]
    return _svg(picture.title, picture.description, width, y + 6, key, [_legend(picture.key, width), *grid, *parts])


def _marks(one: Row, x: Callable[[float], float], y: float) -> str:
    parts = []
    if one.low is not None and one.high is not None:
        a, b = x(one.low), x(one.high)
        parts.append(_shape("range", (a + b) / 2, y, max(b - a, 6.0)))
    if one.population is not None:
        parts.append(_shape("tick", x(one.population), y))
    if one.pool is not None:
        parts.append(_shape("ring", x(one.pool), y))
    if one.panel is not None:
        parts.append(_shape("dot", x(one.panel), y))
    return "".join(parts)


def _shape(shape: Shape, x: float, y: float, width: float = 18.0) -> str:
    if shape == "range":
        place = f'x="{x - width / 2:.1f}" y="{y - 7:.1f}" width="{width:.1f}" height="14" rx="3"'
        return f'<rect {place} fill="{RANGE}" stroke="{BAR}" stroke-width="0.8"/>'
    if shape == "dot":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5.2" fill="{BAR}" stroke="{EDGE}" stroke-width="1.4"/>'
    if shape == "ring":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.6" fill="{EDGE}" stroke="{SECOND}" stroke-width="2"/>'
    if shape == "tick":
        return f'<line x1="{x:.1f}" y1="{y - 9:.1f}" x2="{x:.1f}" y2="{y + 9:.1f}" stroke="{INK}" stroke-width="3"/>'
    return _upright(x, y - 8, y + 8, shape)


def _upright(x: float, top: float, bottom: float, dash: Shape) -> str:
    colour, pattern = (SECOND, "7 4") if dash == "dashed" else (INK, "1.5 4")
    place = f'x1="{x:.1f}" y1="{top:.1f}" x2="{x:.1f}" y2="{bottom:.1f}"'
    edge = f'<line {place} stroke="{EDGE}" stroke-width="4.5"/>'
    return f'{edge}<line {place} stroke="{colour}" stroke-width="2.4" stroke-dasharray="{pattern}"/>'


def _grid(x: float, top: float, bottom: float, text: str, *, above: bool = False) -> str:
    line = f'<line x1="{x:.1f}" y1="{top:.1f}" x2="{x:.1f}" y2="{bottom:.1f}" stroke="{GRID}" stroke-width="1"/>'
    return line + _text(x, top - 5 if above else bottom + 15, text, size=11, colour=SOFT, anchor="middle")


def _thinned(ticks: Sequence[tuple[float, str]], width: int) -> Sequence[tuple[float, str]]:
    """Fewer ticks where there is less room, always from the first."""
    room = FEW if width == WIDE else FEW // 2
    step = -(-len(ticks) // room) or 1
    return ticks[::step]


def _places(key: Sequence[tuple[Shape, str]], width: int) -> list[tuple[float, float]]:
    """Where each entry of the key stands; a new line where the next does not fit."""
    places, x, y = [], 10.0, 10.0
    for _, text in key:
        needed = 30 + 6.9 * len(text)
        if x > 10 and x + needed > width:
            x, y = 10.0, y + 21
        places.append((x, y))
        x += needed + 12
    return places


def _key_height(key: Sequence[tuple[Shape, str]], width: int) -> float:
    return _places(key, width)[-1][1] + 12 if key else 0.0


def _legend(key: Sequence[tuple[Shape, str]], width: int) -> str:
    parts = []
    for (shape, text), (x, y) in zip(key, _places(key, width), strict=True):
        parts.append(_shape(shape, x, y) + _text(x + 15, y + 4.5, text, size=12))
    return "".join(parts)


def _label(label: str, middle: float) -> str:
    lines = label_lines(label, 30)
    first = middle + 4.5 - 6.5 * (len(lines) - 1)
    return "".join(_text(0, first + 13 * place, line, size=13) for place, line in enumerate(lines))


def _rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.8):.1f}" height="{height:.1f}" fill="{colour}"/>'


def _text(
    x: float, y: float, text: str, *, size: int, colour: str = INK, anchor: str = "start", weight: bool = False
) -> str:
    bold = ' font-weight="600"' if weight else ""
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}"{bold}'
    # A light edge keeps a number readable where a line passes behind it.
    place += f' paint-order="stroke" stroke="{EDGE}" stroke-width="3" stroke-linejoin="round"'
    return f"<text {place}>{escape(text)}</text>"


def _svg(title: str, description: str, width: int, height: float, key: str, parts: Sequence[str]) -> str:
    name, size = escape(key, quote=True), "wide" if width == WIDE else "narrow"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{size}" role="img" aria-labelledby="{name}-t {name}-d" '
        f'viewBox="0 0 {width} {height:.0f}" width="{width}" height="{height:.0f}" font-family="{FONT}">'
        f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(description)}</desc>'
        f"{''.join(parts)}</svg>"
    )
