"""The report as one accessible page without scripts: inline style sheet (allowed by its hash), inline SVG, tables."""

import base64
import hashlib
from functools import cache
from importlib.resources import files

import jinja2
from markupsafe import Markup
from samenspraak.types.base import Lang
from samenspraak.types.report import Report

from service.render import charts
from service.render.charts import Chart
from service.render.labels import label
from service.render.view import lay_out

FONT = "Georgia, 'Times New Roman', serif"
CHART_FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"


@cache
def stylesheet() -> str:
    """The page's style sheet, as it stands between its tags."""
    return (files("service.render") / "templates" / "report.css").read_text(encoding="utf-8")


@cache
def content_security_policy() -> str:
    """The header value under which the page may be served: nothing but its own style sheet, known by its hash."""
    digest = base64.b64encode(hashlib.sha256(stylesheet().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


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

    def draw(chart: Chart, key: str) -> Markup:
        return Markup(charts.svg(chart, key=key, font=CHART_FONT))

    page = _template().render(
        view=lay_out(report, lang=lang),
        style=Markup(stylesheet()),
        draw=draw,
        say=lambda key: label(key, lang),
    )
    return page.encode()
