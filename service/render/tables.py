"""The tables of the rendered report: the same numbers as the charts, with n and base."""

from collections.abc import Sequence

import msgspec
from samenspraak.types.base import Lang
from samenspraak.types.estimate import Estimate
from samenspraak.types.report import BallotSection, Figure, Reliability, Report, SubgroupRow, SubgroupTable

from service.render.labels import DISPOSITIONS, FLAGS, heading, label, say
from service.render.numbers import count_text, interval_text, is_share, number, value_text
from service.reports.method import date_en, date_nl
from service.reports.numbers import decimal_en, decimal_nl, percent
from service.reports.voice import dimension_name


class Table(msgspec.Struct, frozen=True, kw_only=True):
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """First cell of a row names it; a row with only that cell is a subheading."""


def _base(estimate: Estimate | None, lang: Lang) -> str:
    """`Base: all answers with an opinion, n = 930, effective 540`."""
    if estimate is None or estimate.n is None:
        return label("basis", lang)
    key = f"base_{estimate.base}"
    known = {"base_all", "base_knows", "base_ranked", "base_cast"}
    who = label(key, lang) if key in known else estimate.base
    effective = "" if estimate.n_eff is None else f", {label('effective', lang)} {round(estimate.n_eff)}"
    return f"{label('basis', lang)}: {who}, n = {estimate.n}{effective}"


def _cells(estimate: Estimate, lang: Lang) -> tuple[str, str, str]:
    return (
        value_text(estimate, lang),
        interval_text(estimate, estimate.interval, lang),
        interval_text(estimate, estimate.sensitivity, lang),
    )


def _numbers(lang: Lang, first: str, *, means: bool = False) -> tuple[str, ...]:
    return (label(first, lang), label("mean" if means else "share", lang), label("interval", lang), label("band", lang))


def distribution(figure: Figure, lang: Lang) -> Table | None:
    """Every option with share, interval and band; don't know below it with its own base."""
    rows: list[tuple[str, ...]] = [(say(share.label, lang), *_cells(share.estimate, lang)) for share in figure.shares]
    if not rows:
        if figure.headline is None:
            return None
        rows = [(label("mean", lang), *_cells(figure.headline, lang))]
    elif figure.kind == "mean" and figure.headline is not None:
        rows.append((label("mean", lang), *_cells(figure.headline, lang)))
    if figure.dont_know is not None:
        rows.append((label("dont_know", lang), *_cells(figure.dont_know, lang)))
    if figure.net is not None and figure.net.value is not None:
        rows.append((label("net", lang), *_points(figure.net, lang)))
    if figure.lead is not None and figure.lead.difference.value is not None:
        rows.append((label("lead", lang), *_points(figure.lead.difference, lang)))
    if figure.reliability is not None:
        rows += _reliability(figure.reliability, lang)
    header = _numbers(lang, "what", means=True) if not figure.shares else _numbers(lang, "answer")
    return Table(caption=_base(figure.headline, lang), header=header, rows=tuple(rows))


def _points(estimate: Estimate, lang: Lang) -> tuple[str, str, str]:
    """A difference of shares in whole points, with its sign."""

    def signed(value: float) -> str:
        whole = round(100 * value)
        return f"{'+' if whole > 0 else '−' if whole < 0 else ''}{abs(whole)}"

    interval = estimate.interval
    inside = "–" if interval is None else f"{signed(interval.lower)} {label('to', lang)} {signed(interval.upper)}"
    return signed(estimate.value or 0.0), inside, "–"


def _reliability(found: Reliability, lang: Lang) -> list[tuple[str, ...]]:
    decimal = decimal_nl if lang == "nl" else decimal_en
    return [
        (label(name, lang), decimal(value, 2), "–", "–")
        for name, value in (("alpha", found.alpha), ("omega", found.omega))
        if value is not None
    ]


def compared(figure: Figure, lang: Lang) -> Table | None:
    """The headline without flagged cases, with comprehension, and by question order."""
    rows = _compared_rows(figure, lang)
    if not rows or figure.headline is None:
        return None
    return Table(
        caption=label("compared", lang),
        header=(*_numbers(lang, "what", means=not is_share(figure.headline)), label("n", lang)),
        rows=(
            (_headline_name(figure, lang), *_cells(figure.headline, lang), count_text(figure.headline.n)),
            *rows,
        ),
    )


def _headline_name(figure: Figure, lang: Lang) -> str:
    """What the headline is about, where that is one answer out of many."""
    name = label("whole", lang)
    shown = [share for share in figure.shares if share.estimate.value is not None]
    if figure.kind in ("top_two", "mean") or figure.section == "vote" or not shown:
        return name
    return f"{name}: {say(max(shown, key=lambda share: share.estimate.value or 0.0).label, lang)}"


def _compared_rows(figure: Figure, lang: Lang) -> list[tuple[str, ...]]:
    others: list[tuple[str, Estimate | None]] = [
        (label("not_flagged", lang), figure.without_flagged),
        (label("understood", lang), figure.understood),
    ]
    others += [
        (label(key, lang) if key in ("value_first", "concerns_first") else key, e) for key, e in figure.arms.items()
    ]
    return [(name, *_cells(e, lang), count_text(e.n)) for name, e in others if e is not None]


def concerns(report: Report, lang: Lang) -> Table:
    rows = []
    for item in report.concerns:
        place = "–" if item.rank_low is None or item.rank_high is None else _range(item.rank_low, item.rank_high)
        top = "–" if item.top_three is None else value_text(item.top_three, lang)
        rows.append((say(item.label, lang), *_cells(item.share, lang), place, top, count_text(item.share.n)))
    header = (*_numbers(lang, "concern"), label("rank", lang), label("top_three", lang), label("n", lang))
    return Table(caption=f"{label('basis', lang)}: {label('base_knows', lang)}", header=header, rows=tuple(rows))


def concern_detail(report: Report, lang: Lang) -> Table | None:
    """Each concern without flagged cases, with comprehension, and by question order."""
    keys = ("not_flagged", "understood", "value_first", "concerns_first")
    rows = []
    for figure in report.concern_figures:
        if figure.kind != "top_two":
            continue
        parts: list[Estimate | None] = [figure.headline, figure.without_flagged, figure.understood]
        parts += (figure.arms.get(arm) for arm in ("value_first", "concerns_first"))
        if any(part is not None for part in parts[1:]):
            cells = tuple("–" if part is None else value_text(part, lang) for part in parts)
            rows.append((concern_name(report, figure, lang), *cells))
    if not rows:
        return None
    header = (label("concern", lang), label("share", lang), *(label(key, lang) for key in keys))
    # A column of nothing but dashes only takes room.
    kept = [place for place in range(len(header)) if place < 2 or any(row[place] != "–" for row in rows)]
    return Table(
        caption=label("worried", lang),
        header=tuple(header[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in rows),
    )


def concern_name(report: Report, figure: Figure, lang: Lang) -> str:
    """The concern without the question that all concerns share."""
    labels = [say(item.label, lang) for item in report.concerns]
    whole = say(figure.question, lang)
    return next((text for text in labels if whole.endswith(text)), whole)


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}–{high}"


def groups(tables: Sequence[SubgroupTable], lang: Lang) -> Table:
    rows: list[tuple[str, ...]] = []
    second = any(row.second_opinion for table in tables for row in table.rows)
    for table in tables:
        rows.append((heading(table.dimension_label, lang),))
        for row in table.rows:
            cells = (say(row.label, lang), *_cells(row.estimate, lang), count_text(row.estimate.n))
            rows.append((*cells, _second(row, lang)) if second else cells)
    means = any(not is_share(row.estimate) for table in tables for row in table.rows)
    header = (*_numbers(lang, "group", means=means), label("n", lang))
    return Table(
        caption=f"{label('basis', lang)}: {label('base_knows', lang)}",
        header=(*header, label("second_opinion", lang)) if second else header,
        rows=tuple(rows),
    )


def _second(row: SubgroupRow, lang: Lang) -> str:
    """A model's figure with its interval, where there is one."""
    found = row.second_opinion
    if found is None:
        return "–"
    low, high = percent(found.interval.lower), percent(found.interval.upper)
    return f"{number(found.value, share=True, lang=lang)} ({low}–{high}%)"


def ballot(section: BallotSection, lang: Lang) -> Table:
    rows = []
    for option in section.options:
        share = section.result.shares.get(str(option.code))
        count = section.result.counts.get(str(option.code))
        name = say(option.label, lang)
        if share is None:
            rows.append((name, label("too_few", lang), "–", count_text(count)))
        else:
            rows.append((name, value_text(share, lang), interval_text(share, share.interval, lang), count_text(count)))
    return Table(
        caption=f"{label('basis', lang)}: {label('base_cast', lang)}, n = {section.result.cast}",
        header=(label("answer", lang), label("share", lang), label("interval", lang), label("count", lang)),
        rows=tuple(rows),
    )


def open_answers(report: Report, lang: Lang) -> Table | None:
    if not report.open_answers:
        return None
    names = {"OP_Q": ("Vragen", "Questions"), "OP_TIP": ("Advies aan de makers", "Advice to the makers")}
    names |= {"OP_IDEA": ("Ideeën", "Ideas"), "CN_OPEN": ("Andere zorgen", "Other concerns")}
    names |= {"CC_OPEN": ("Wat onduidelijk bleef", "What remained unclear")}
    rows = [(names.get(key, (key, key))[0 if lang == "nl" else 1], str(n)) for key, n in report.open_answers.items()]
    return Table(caption=label("wrote", lang), header=(label("what", lang), label("count", lang)), rows=tuple(rows))


def key_numbers(report: Report, lang: Lang) -> Table:
    field, weighting, quality = report.fieldwork, report.weighting, report.quality
    day, decimal = (date_nl, decimal_nl) if lang == "nl" else (date_en, decimal_en)
    rows = [
        (label("period", lang), " – ".join(dict.fromkeys((day(field.opened_at), day(field.closed_at))))),
        (label("invitations", lang), str(field.invited)),
        (label("completes", lang), str(report.n)),
    ]
    if field.response_rate is not None:
        rows.append((label("response", lang), f"{percent(field.response_rate)}%"))
    if field.participation_rate is not None:
        rows.append((label("participation", lang), f"{percent(field.participation_rate)}%"))
    rows.append((label("n_eff", lang), str(round(weighting.n_eff))))
    rows.append((label("deff", lang), decimal(weighting.deff, 2)))
    if quality.median_minutes is not None:
        rows.append((label("minutes", lang), decimal(quality.median_minutes)))
    if quality.flagged is not None:
        rows.append((label("flagged", lang), str(quality.flagged)))
    mark = "– {mark}" if quality.flagged is not None else label("with_mark", lang)
    rows += [
        (mark.format(mark=say(FLAGS[flag], lang) if flag in FLAGS else flag), str(n))
        for flag, n in quality.flags.items()
    ]
    header = (label("what", lang), label("count", lang))
    return Table(caption=label("key_numbers", lang), header=header, rows=tuple(rows))


def dispositions(report: Report, lang: Lang) -> Table:
    counts = report.fieldwork.dispositions
    keys = [*(key for key in DISPOSITIONS if key in counts), *(key for key in counts if key not in DISPOSITIONS)]
    rows = tuple((say(DISPOSITIONS[key], lang) if key in DISPOSITIONS else key, str(counts[key])) for key in keys)
    header = (label("what", lang), label("count", lang))
    return Table(caption=label("dispositions", lang), header=header, rows=rows)


def margins(report: Report, lang: Lang) -> tuple[tuple[str, Table], ...]:
    """Population, sample before and after weighting, one table per dimension."""
    header = (label("level", lang), label("population", lang), label("before", lang), label("after", lang), "n")
    found = []
    for dimension in dict.fromkeys(check.dimension for check in report.margin_checks):
        rows = tuple(
            (
                say(check.label, lang),
                share_text(check.population, lang),
                share_text(check.unweighted, lang),
                share_text(check.weighted, lang),
                count_text(check.n),
            )
            for check in report.margin_checks
            if check.dimension == dimension
        )
        caption = heading(dimension_name(dimension), lang)
        found.append((dimension, Table(caption=caption, header=header, rows=rows)))
    return tuple(found)


def share_text(value: float | None, lang: Lang) -> str:
    """A share with one decimal, where whole percents would hide what is compared."""
    if value is None:
        return "–"
    text = f"{value * 100:.1f}%"
    return text.replace(".", ",") if lang == "nl" else text
