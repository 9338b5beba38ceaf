"""Charts as plain SVG: horizontal bars with intervals, every one with a title and a description. No script, no style
sheet.

A thick dark whisker is the interval, a thin one the wider band for who took part. Blue on grey, with dark whiskers that
have a light edge, keeps apart for every kind of colour vision, and nothing is said by colour alone: the number stands
beside each bar.
"""

from collections.abc import Sequence
from html import escape

import msgspec

WIDTH = 640
LABEL = 236
"""Room for labels, left."""
VALUE = 86
"""Room for the number, right."""
ROW = 24
DENSE = 18
"""Height of a row where there are more than `MANY`, so that a picture of all groups and its table share one page."""
MANY = 10
LINE = 14
BAR = "#2f6f9f"
MUTED = "#9aa5ad"
TRACK = "#eef1f3"
INK = "#16252e"
EDGE = "#ffffff"
SOFT = "#55646d"
CHARACTERS = 31
"""Characters of a label on one line at the size used, in a wide sans serif; a narrow face takes more."""


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One row. Without `value` its `text` stands where the bar would be; a `heading` is a line of its own."""

    label: str
    text: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    wide_low: float | None = None
    wide_high: float | None = None
    muted: bool = False
    heading: bool = False


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    description: str
    """The numbers in words, for those who do not see the picture."""
    bars: tuple[Bar, ...]
    lowest: float = 0.0
    highest: float = 1.0
    ticks: tuple[tuple[float, str], ...] = ((0.0, "0"), (0.25, "25"), (0.5, "50"), (0.75, "75"), (1.0, "100%"))


def svg(chart: Chart, *, key: str, font: str, characters: int = CHARACTERS) -> str:
    """The chart as one `<svg>` element. `key` makes its ids unique on a page; `font` is a font-family list, of which
    `characters` fit on a line of a label."""
    rows, y = [], 18.0
    row = DENSE if len(chart.bars) > MANY else ROW
    for bar in chart.bars:
        lines = label_lines(bar.label, characters)
        height = row + LINE * (len(lines) - 1)
        rows.append(_row(chart, bar, lines, y, height))
        y += height
    name = escape(key, quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{name}-t {name}-d" '
        f'viewBox="0 0 {WIDTH} {y + 6:.0f}" width="{WIDTH}" height="{y + 6:.0f}" '
        f'font-family="{escape(font, quote=True)}" font-size="13" fill="{INK}">'
        f'<title id="{name}-t">{escape(chart.title)}</title><desc id="{name}-d">{escape(chart.description)}</desc>'
        f"{_grid(chart, y)}{''.join(rows)}</svg>"
    )


def _x(chart: Chart, value: float) -> float:
    span = chart.highest - chart.lowest or 1.0
    share = min(max((value - chart.lowest) / span, 0.0), 1.0)
    return LABEL + share * (WIDTH - LABEL - VALUE)


def _grid(chart: Chart, bottom: float) -> str:
    lines = []
    for value, text in chart.ticks:
        x = _x(chart, value)
        lines.append(f'<line x1="{x:.1f}" y1="16" x2="{x:.1f}" y2="{bottom:.1f}" stroke="#d5dbdf" stroke-width="1"/>')
        lines.append(
            f'<text x="{x:.1f}" y="11" font-size="11" fill="{SOFT}" text-anchor="middle">{escape(text)}</text>'
        )
    return "".join(lines)


def _row(chart: Chart, bar: Bar, lines: Sequence[str], y: float, height: float) -> str:
    middle = y + height / 2
    if bar.heading:
        place = f'x="0" y="{middle + 8:.1f}" font-size="12" font-weight="600" fill="{SOFT}"'
        return f"<text {place}>{escape(bar.label)}</text>"
    parts = [text_label(lines, middle)]
    if bar.value is None:
        parts.append(
            f'<text x="{LABEL + 6}" y="{middle + 4.5:.1f}" font-size="12" font-style="italic" fill="{SOFT}">'
            f"{escape(bar.text)}</text>"
        )
        return "".join(parts)
    start, end, top = _x(chart, chart.lowest), _x(chart, bar.value), middle - 7
    parts.append(f'<rect x="{start}" y="{top:.1f}" width="{WIDTH - LABEL - VALUE}" height="14" fill="{TRACK}"/>')
    parts.append(
        f'<rect x="{start}" y="{top:.1f}" width="{end - start:.1f}" height="14" fill="{MUTED if bar.muted else BAR}"/>'
    )
    parts.append(_whisker(chart, bar.wide_low, bar.wide_high, middle, thick=False))
    parts.append(_whisker(chart, bar.low, bar.high, middle, thick=True))
    parts.append(
        f'<text x="{WIDTH}" y="{middle + 4.5:.1f}" text-anchor="end" font-weight="600">{escape(bar.text)}</text>'
    )
    return "".join(parts)


def _whisker(chart: Chart, low: float | None, high: float | None, y: float, *, thick: bool) -> str:
    if low is None or high is None:
        return ""
    a, b = _x(chart, low), _x(chart, high)
    width, cap = (3.2, 4.5) if thick else (1.1, 3.0)
    line = f'<line x1="{a:.1f}" y1="{y:.1f}" x2="{b:.1f}" y2="{y:.1f}"/>'
    caps = "".join(f'<line x1="{x:.1f}" y1="{y - cap:.1f}" x2="{x:.1f}" y2="{y + cap:.1f}"/>' for x in (a, b))
    edge = f'<g stroke="{EDGE}" stroke-width="{width + 2:.1f}">{line}{caps}</g>'
    return f'{edge}<g stroke="{INK}" stroke-width="{width}">{line}{caps}</g>'


def text_label(lines: Sequence[str], middle: float) -> str:
    """The lines of a label, centred on `middle`."""
    first = middle + 4.5 - LINE * (len(lines) - 1) / 2
    spans = "".join(
        f'<tspan x="0" y="{first + LINE * place:.1f}">{escape(line)}</tspan>' for place, line in enumerate(lines)
    )
    return f"<text>{spans}</text>"


def label_lines(text: str, characters: int) -> Sequence[str]:
    """The label on at most three lines, cut with an ellipsis; the table below the chart has it whole."""
    lines = [""]
    for word in text.split():
        candidate = f"{lines[-1]} {word}".strip()
        if len(candidate) > characters and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = candidate
    if len(lines) > 3:
        return [*lines[:2], lines[2][: characters - 1] + "…"]
    return lines
