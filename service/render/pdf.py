"""The report as an accessible PDF: tagged, with bookmarks, alternative texts and the simulation banner on every page.

Set by typst as PDF/UA-1 and PDF/A-2a at once; typst refuses to write the file when an alternative text or the title
is missing. Only the fonts inside typst are used, nothing is fetched, and the date is the report's own, so that bytes
repeat.
"""

from importlib.resources import as_file, files

import msgspec
import typst
from samenspraak.types.base import Lang
from samenspraak.types.report import Report

from service.render import pictures
from service.render.labels import LABELS, label
from service.render.view import View, lay_out

CHART_FONT = "Libertinus Serif"
CHART_CHARACTERS = 38
"""Of this narrow face on one line of a label."""


def render(report: Report, *, lang: Lang = "nl") -> bytes:
    """The PDF in one language with a summary in the other.

    Raises:
        typst.TypstError: the document breaks a rule of the standards it claims.
    """
    view = lay_out(report, lang=lang)
    moment = report.generated_at
    data = {
        "view": msgspec.to_builtins(view),
        "charts": _charts(view),
        "labels": {key: label(key, lang) for key in LABELS},
        "date": [moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second],
    }
    with as_file(files("service.render") / "templates") as folder:
        document = typst.compile(
            str(folder / "report.typ"),
            root=str(folder),
            format="pdf",
            pdf_standards=["ua-1", "a-2a"],
            ignore_system_fonts=True,
            timestamp=int(moment.timestamp()),
            sys_inputs={"data": msgspec.json.encode(data).decode()},
        )
    return bytes(document)


def _charts(view: View) -> dict[str, dict[str, str]]:
    """SVG and alternative text by `section-number`, numbered from 1 as the template walks."""
    found = {}
    for section in view.sections:
        for number, block in enumerate(section.blocks, 1):
            if block.chart is not None:
                key = f"{section.key}-{number}"
                drawn = pictures.svg(block.chart, key=key, font=CHART_FONT, characters=CHART_CHARACTERS)
                found[key] = {"svg": drawn, "alt": f"{block.chart.title} {block.chart.description}"}
    return found
