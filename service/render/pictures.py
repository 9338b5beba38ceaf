"""The two kinds of picture in a report: bars for shares of a whole, dots for differences and for sample beside
population."""

from service.render import charts, dots
from service.render.charts import CHARACTERS, Chart
from service.render.dots import Dots

Picture = Chart | Dots


def svg(picture: Picture, *, key: str, font: str, characters: int = CHARACTERS) -> str:
    """The picture as one `<svg>` element. `key` makes its ids unique on a page; `font` is a font-family list, of which
    `characters` fit on a line of a label."""
    if isinstance(picture, Dots):
        return dots.svg(picture, key=key, font=font, characters=characters)
    return charts.svg(picture, key=key, font=font, characters=characters)
