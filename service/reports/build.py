"""Everything that is heavy, in one pure function for the process pool: inputs in, four files out."""

import msgspec
from samenspraak.canonical import canonical_json

from service.render import csv, html, pdf
from service.reports.assemble import analyse
from service.reports.inputs import ReportInputs


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """The report in its four forms. The same inputs give the same bytes."""

    json: bytes
    """Canonical JSON: sorted keys, so that anyone can check a hash or the signature."""
    html: bytes
    pdf: bytes
    csv: bytes


def build(inputs: ReportInputs) -> Built:
    """Assemble and render."""
    found = analyse(inputs)
    report = found.report
    return Built(
        json=canonical_json(report),
        html=html.render(report),
        pdf=pdf.render(report),
        csv=csv.render(report, found.tables),
    )
