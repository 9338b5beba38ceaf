"""All figures as one tidy CSV: a row per number, with everything needed to judge it. No cell can act as a formula."""

import csv
import io
from collections.abc import Iterator, Sequence
from functools import lru_cache

from samenspraak.types.estimate import Estimate
from samenspraak.types.report import Figure, Report

from service.reports.crosstabs import TableRow
from surveys.own import PREFIX

COLUMNS = (
    "section", "figure", "dimension", "code", "label_nl", "label_en", "measure", "value", "se", "lower", "upper",
    "interval_level", "interval_method", "band_lower", "band_upper", "n", "n_eff", "deff", "unweighted", "base", "flag",
    "reliability", "sample_kind", "plan_hash",
)  # fmt: skip
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")

Row = tuple[str, str, str, str, str, str, str, Estimate]
"""section, figure, dimension, code, label in Dutch, label in English, measure, estimate."""


def render(report: Report, tables: Sequence[TableRow] = ()) -> bytes:
    """UTF-8 with a byte order mark (spreadsheets need it), CRLF, header first.

    `tables`: every closed question by group, below the figures of the report.
    """
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in (*_rows(report), *_by_group(tables)):
        writer.writerow([inert(cell) for cell in _cells(row, report.plan_hash)])
    return "\ufeff".encode() + text.getvalue().encode()


@lru_cache(maxsize=4096)
def inert(cell: str) -> str:
    """Text that a spreadsheet could take for a formula gets an apostrophe in front; numbers stay numbers."""
    if not cell.startswith(FORMULA_STARTS):
        return cell.replace("\r", " ").replace("\n", " ").replace("\x00", "")
    try:
        float(cell)
    except ValueError:
        return "'" + cell.replace("\r", " ").replace("\n", " ").replace("\x00", "")
    return cell


def _cells(row: Row, plan_hash: str) -> list[str]:
    *names, e = row
    interval, band = e.interval, e.sensitivity
    numbers = (
        e.value, e.se,
        interval.lower if interval else None, interval.upper if interval else None,
        interval.level if interval else None,
    )  # fmt: skip
    after = (band.lower if band else None, band.upper if band else None, e.n, e.n_eff, e.deff, e.unweighted)
    return [
        *(str(name) for name in names),
        *(_number(value) for value in numbers),
        interval.method if interval else "",
        *(_number(value) for value in after),
        e.base,
        e.flag,
        e.reliability,
        e.sample_kind,
        plan_hash,
    ]


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)


def _rows(report: Report) -> Iterator[Row]:
    for section, figures in (
        ("comprehension", report.comprehension),
        ("value", report.value),
        ("concerns", report.concern_figures),
        ("use", report.use),
        ("other", report.other),
        ("vote_item", (report.vote_item,) if report.vote_item else ()),
        ("conditions", report.conditions),
        ("own", report.own),
    ):
        for figure in figures:
            yield from _figure(section, figure)
    for item in report.concerns:
        yield ("concern_ranking", item.code, "", "", item.label.nl, item.label.en, "share", item.share)
        if item.top_three is not None:
            yield ("concern_ranking", item.code, "", "", item.label.nl, item.label.en, "top_three", item.top_three)
    for one in report.representation.modes if report.representation else ():
        count = Estimate(value=one.count, n=report.n, unweighted=one.count, base="all", sample_kind=report.sample_kind)
        yield ("representation", "modes", "", one.mode, one.label.nl, one.label.en, "count", count)
    if report.ballot is not None:
        for option in report.ballot.options:
            share = report.ballot.result.shares.get(str(option.code))
            if share is not None:
                code, label = str(option.code), option.label
                yield ("secret_ballot", "ballot", "", code, label.nl, label.en, "share", share)
    for table in report.subgroups:
        for row in table.rows:
            label = row.label
            yield ("subgroups", table.figure, table.dimension, row.code, label.nl, label.en, "headline", row.estimate)


def _by_group(tables: Sequence[TableRow]) -> Iterator[Row]:
    """Rows of the weighted tables by group. Totals stand above, in the report's own figures."""
    for row in tables:
        if row.dimension:
            section, name = "own" if row.question.startswith(PREFIX) else "tables", f"{row.dimension}={row.group}"
            nl, en = f"{row.text.nl} {row.label.nl}".strip(), f"{row.text.en} {row.label.en}".strip()
            yield (section, row.question, name, row.code, nl, en, row.what, row.estimate)


def _figure(section: str, figure: Figure) -> Iterator[Row]:
    nl, en = figure.question.nl, figure.question.en
    parts: list[tuple[str, Estimate | None]] = [
        ("headline", figure.headline),
        ("dont_know", figure.dont_know),
        ("without_flagged", figure.without_flagged),
        ("understood", figure.understood),
        *((f"arm_{key}", estimate) for key, estimate in figure.arms.items()),
    ]
    for measure, estimate in parts:
        if estimate is not None:
            yield (section, figure.key, "", "", nl, en, measure, estimate)
    for share in figure.shares:
        yield (section, figure.key, "", share.code, share.label.nl, share.label.en, "share", share.estimate)
