"""The report as one accessible page without scripts: inline style sheet (allowed by its hash), inline SVG, tables."""

from functools import cache

import jinja2
from markupsafe import Markup
from samenspraak.types.base import Lang
from samenspraak.types.report import Report

from service.render import pictures
from service.render.labels import label
from service.render.pictures import Picture
from service.render.policy import content_security_policy, stylesheet
from service.render.view import lay_out

CONTENT_SECURITY_POLICY = content_security_policy()
"""Header value under which the page may be served."""
CHART_FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("service.render", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")


def render(report: Report, *, lang: Lang = "nl") -> bytes:
    """The page in one language with a summary in the other, UTF-8."""

    def draw(chart: Picture, key: str) -> Markup:
        return Markup(pictures.svg(chart, key=key, font=CHART_FONT))

    page = _template().render(
        view=lay_out(report, lang=lang),
        style=Markup(stylesheet()),
        draw=draw,
        say=lambda key: label(key, lang),
    )
    return page.encode()
