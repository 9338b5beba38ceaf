"""Reports and audits as tables in a notebook.

`%load_ext samenspraak.notebook` shows every `Report` and `Audit` that way. Without it, wrap one: `ReportView(report)`.
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from samenspraak.types.audit import Audit
from samenspraak.types.base import Lang, Localised
from samenspraak.types.estimate import Estimate, Interval
from samenspraak.types.report import Figure, Report

__all__ = ["AuditView", "ReportView", "audit_html", "load_ipython_extension", "report_html"]

_COLUMNS: dict[Lang, tuple[str, ...]] = {
    "en": ("figure", "estimate", "interval", "n", "effective n", "remark"),
    "nl": ("cijfer", "schatting", "interval", "n", "effectieve n", "opmerking"),
}
_REMARKS: dict[Lang, dict[str, str]] = {
    "en": {
        "exploratory": "exploratory: fewer than 100 answers",
        "too_few": "too few answers to show",
        "suppressed": "not shown, to protect people",
        "fixed_by_margin": "fixed by the weighting",
        "no_answers": "no answers",
    },
    "nl": {
        "exploratory": "verkennend: minder dan 100 antwoorden",
        "too_few": "te weinig antwoorden om te tonen",
        "suppressed": "niet getoond, om mensen te beschermen",
        "fixed_by_margin": "ligt vast door de weging",
        "no_answers": "geen antwoorden",
    },
}


class ReportView:
    """A report that a notebook shows as tables."""

    def __init__(self, report: Report, *, lang: Lang = "en") -> None:
        self.report = report
        self.lang: Lang = lang

    def _repr_html_(self) -> str:
        return report_html(self.report, lang=self.lang)


class AuditView:
    """An audit that a notebook shows as a table."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit

    def _repr_html_(self) -> str:
        return audit_html(self.audit)


def report_html(report: Report, *, lang: Lang = "en") -> str:
    """Headline, risk and key figures, each with n, effective n and interval. Plain tables without script or style."""
    figures = [*report.value, *report.use, *report.comprehension]
    if report.vote_item is not None:
        figures.append(report.vote_item)
    rows = [row for figure in figures for row in _figure_rows(figure, lang)]
    rows += [_row(_say(ranked.label, lang), ranked.share, lang) for ranked in report.concerns]
    if report.ballot is not None:
        labels = {str(option.code): _say(option.label, lang) for option in report.ballot.options}
        for code, estimate in report.ballot.result.shares.items():
            rows.append(_row(f"{_say(report.ballot.proposition, lang)} {labels.get(code, code)}", estimate, lang))
    banner = f"<p><strong>{_html(report.banner, lang)}</strong></p>" if report.banner is not None else ""
    headline = "".join(f"<li>{_html(text, lang)}</li>" for text in report.headline)
    return (
        f'<article lang="{lang}"><h3>{_html(report.application_name, lang)}</h3>{banner}'
        f"<p>{_html(report.owner, lang)} · {escape(report.sample_kind)} · n = {report.n}</p>"
        f"<ul>{headline}</ul><p>{_html(report.risk, lang)}</p>"
        f"{_table(_COLUMNS[lang], rows)}<p>plan <code>{escape(report.plan_hash)}</code></p></article>"
    )


def audit_html(audit: Audit) -> str:
    """Where the audit stands."""
    completes = "" if audit.completes is None else f"{audit.completes} of {audit.target_completes}"
    facts = [
        ("audit", audit.id),
        ("application", audit.application_name),
        ("state", audit.state),
        ("completes", completes),
        ("sample kind", audit.sample_kind or ""),
        ("reason", audit.reason or ""),
        ("publish by", audit.publish_by.isoformat() if audit.publish_by else ""),
        ("plan hash", audit.plan_hash or ""),
    ]
    body = "".join(f"<tr><th scope=row>{name}</th><td>{escape(value)}</td></tr>" for name, value in facts if value)
    return f"<table>{body}</table>"


def load_ipython_extension(ipython: Any) -> None:
    """Called by `%load_ext samenspraak.notebook`."""
    formatter = ipython.display_formatter.formatters["text/html"]
    formatter.for_type(Report, report_html)
    formatter.for_type(Audit, audit_html)


def _figure_rows(figure: Figure, lang: Lang) -> Iterable[Sequence[str]]:
    if figure.headline is not None:
        yield _row(_say(figure.sentence, lang), figure.headline, lang, percent=figure.kind != "mean")
    else:
        for share in figure.shares:
            yield _row(f"{_say(figure.question, lang)} {_say(share.label, lang)}", share.estimate, lang)


def _row(label: str, estimate: Estimate, lang: Lang, *, percent: bool = True) -> Sequence[str]:
    return (
        label,
        "–" if estimate.value is None else _number(estimate.value, percent),
        "–" if estimate.interval is None else _interval(estimate.interval, percent),
        "–" if estimate.n is None else str(estimate.n),
        "–" if estimate.n_eff is None else f"{estimate.n_eff:.0f}",
        _REMARKS[lang].get(estimate.flag, ""),
    )


def _number(value: float, percent: bool) -> str:
    return f"{100 * value:.0f} %" if percent else f"{value:.2f}"


def _interval(interval: Interval, percent: bool) -> str:
    return f"{_number(interval.lower, percent)} – {_number(interval.upper, percent)} ({interval.level:.0%})"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th scope=col>{escape(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _say(text: Localised, lang: Lang) -> str:
    return text.nl if lang == "nl" else text.en


def _html(text: Localised, lang: Lang) -> str:
    return escape(_say(text, lang))
