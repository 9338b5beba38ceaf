"""Reports and audits in a notebook."""

from types import SimpleNamespace

import msgspec
import pytest
from samenspraak import notebook
from samenspraak.types.audit import Audit
from samenspraak.types.base import Localised
from samenspraak.types.report import Report


def test_shows_headline_risk_and_figures_with_their_base(make_report):
    html = notebook.report_html(make_report())
    assert "Most participants find it useful." in html
    assert "Who took part may differ" in html
    assert "<td>Find it useful</td><td>62 %</td><td>58 % – 66 % (95%)</td><td>640</td><td>500</td>" in html
    assert "abc123" in html


def test_simulated_answers_are_named_first(make_report):
    html = notebook.report_html(make_report())
    assert html.index("Simulated answers") < html.index("Most participants")


def test_a_figure_that_may_not_be_shown_is_not_shown(make_report):
    html = notebook.report_html(make_report())
    assert "<td>Power</td><td>–</td><td>–</td><td>21</td><td>500</td><td>too few answers to show</td>" in html


def test_speaks_dutch(make_report):
    html = notebook.ReportView(make_report(), lang="nl")._repr_html_()
    assert "Simulated answers (nl)" in html
    assert "schatting" in html
    assert "te weinig antwoorden" in html


def test_texts_cannot_become_markup(make_report):
    evil = Localised(nl="<script>", en="<script>alert(1)</script>")
    html = notebook.report_html(make_report(application_name=evil, headline=(evil,), owner=evil, risk=evil))
    assert "<script" not in html


def test_audit_shows_where_it_stands(make_audit):
    audit = msgspec.convert(make_audit(state="refused", reason="Not <b>clear</b>", completes=3), Audit)
    html = notebook.AuditView(audit)._repr_html_()
    assert "<td>refused</td>" in html
    assert "3 of 600" in html
    assert "Not &lt;b&gt;clear" in html


def test_extension_teaches_the_notebook_both_kinds(make_report):
    known = {}
    formatter = SimpleNamespace(for_type=lambda kind, function: known.update({kind: function}))
    notebook.load_ipython_extension(
        SimpleNamespace(display_formatter=SimpleNamespace(formatters={"text/html": formatter}))
    )
    assert set(known) == {Report, Audit}
    assert known[Report](make_report()).startswith("<article")


@pytest.mark.parametrize("flag", ["exploratory", "suppressed", "fixed_by_margin", "no_answers"])
def test_every_reservation_is_said(make_report, flag):
    report = make_report()
    figure = report.value[0]
    headline = msgspec.structs.replace(figure.headline, flag=flag)
    html = notebook.report_html(make_report(value=(msgspec.structs.replace(figure, headline=headline),)))
    assert notebook._REMARKS["en"][flag] in html
