"""Who took part, in the rendered report: the way from invitation to figure, rates, evenness, sample beside
population."""

from samenspraak.types.base import Lang
from samenspraak.types.report import Report
from samenspraak.types.representation import PartialIndicator, Representation, Representativity

from service.render.charts import Bar, Chart
from service.render.dots import Dot, Dots, Mark
from service.render.labels import heading, label, say
from service.render.layout import Block
from service.render.numbers import count_text
from service.render.tables import Table, share_text
from service.reports.numbers import decimal_en, decimal_nl, percent
from service.reports.voice import dimension_name

MOST_LEVELS = 18
"""Levels of one dimension that still make a readable picture."""


def funnel(found: Representation, lang: Lang) -> Block:
    """Steps from invitation to the figures, as bars over those invited."""
    first = found.funnel[0].count or 1
    bars = tuple(
        Bar(
            label=say(step.label, lang),
            text=count_text(step.count),
            value=None if step.count is None else step.count / first,
        )
        for step in found.funnel
    )
    title = label("funnel", lang)
    words = "; ".join(f"{one.label}: {one.text}" for one in bars)
    rows = tuple((say(step.label, lang), count_text(step.count)) for step in found.funnel)
    rates = tuple((say(rate.label, lang), f"{percent(rate.value)}%") for rate in found.rates)
    modes = tuple((say(one.label, lang), count_text(one.count)) for one in found.modes)
    header = (label("what", lang), label("count", lang))
    how = (Table(caption=label("modes", lang), header=header, rows=modes),) if modes else ()
    return Block(
        title=title,
        lead=say(found.sentence, lang),
        chart=Chart(title=title, description=f"{words}.", bars=bars),
        tables=(Table(caption=title, header=header, rows=rows + rates), *how),
        notes=(say(found.modes_sentence, lang),) if found.modes_sentence and len(found.modes) > 1 else (),
    )


def evenness(found: Representativity, lang: Lang) -> Block:
    """The R-indicator, and which people took part less or more."""
    decimal = decimal_nl if lang == "nl" else decimal_en
    interval = found.interval
    inside = "–" if interval is None else f"{decimal(interval.lower, 2)}–{decimal(interval.upper, 2)}"
    title = label("evenness", lang)
    figures = Table(
        caption=f"{label('basis', lang)}: n = {found.n_invited}",
        header=(label("what", lang), label("value_of", lang), label("interval", lang)),
        rows=(
            (label("r_indicator", lang), decimal(found.value, 2), inside),
            (label("r_unadjusted", lang), decimal(found.unadjusted, 2), "–"),
            (label("maximal_bias", lang), decimal(found.maximal_bias, 2), "–"),
        ),
    )
    parts = Table(
        caption=label("partial_indicators", lang),
        header=(label("dimension", lang), label("unconditional", lang), label("conditional", lang)),
        rows=tuple(
            (heading(part.label, lang), decimal(part.unconditional, 3), decimal(part.conditional, 3))
            for part in found.partials
        ),
    )
    return Block(
        title=title,
        notes=(say(found.note, lang),),
        chart=_categories(title, found.partials, lang),
        legend=label("legend_evenness", lang) if found.partials else "",
        tables=(figures, parts) if found.partials else (figures,),
    )


def _categories(title: str, partials: tuple[PartialIndicator, ...], lang: Lang) -> Dots | None:
    rows, ends = [], [0.02]
    for part in partials:
        rows.append(Dot(label=heading(part.label, lang), text="", heading=True))
        for one in part.categories:
            text = decimal_nl(one.value, 3) if lang == "nl" else decimal_en(one.value, 3)
            rows.append(Dot(label=say(one.label, lang), text=text, marks=(Mark(value=one.value),)))
            ends.append(abs(one.value))
    if len(ends) == 1:
        return None
    reach = -(-max(ends) * 100 // 2) * 2 / 100
    decimal = decimal_nl if lang == "nl" else decimal_en
    ticks = tuple((x, decimal(x, 2)) for x in (-reach, -reach / 2, 0.0, reach / 2, reach))
    words = "; ".join(f"{row.label}: {row.text}" for row in rows if not row.heading)
    return Dots(
        title=title, description=f"{words}.", rows=tuple(rows), lowest=-reach, highest=reach, ticks=ticks, zero=0.0
    )


def margin_pictures(report: Report, lang: Lang) -> dict[str, Dots]:
    """Per dimension: population, sample before and after weighting, on one line per level."""
    found = {}
    for dimension in dict.fromkeys(check.dimension for check in report.margin_checks):
        checks = [check for check in report.margin_checks if check.dimension == dimension]
        shares = [x for check in checks for x in (check.population, check.unweighted, check.weighted) if x is not None]
        if len(checks) > MOST_LEVELS:
            continue
        rows = []
        for check in checks:
            marks = [Mark(value=check.population, shape="tick")]
            marks += [] if check.unweighted is None else [Mark(value=check.unweighted, shape="ring")]
            marks += [] if check.weighted is None else [Mark(value=check.weighted, shape="dot")]
            rows.append(Dot(label=say(check.label, lang), text=share_text(check.population, lang), marks=tuple(marks)))
        top = -(-max(shares) * 100 // 10) * 10 / 100
        title = heading(dimension_name(dimension), lang)
        found[dimension] = Dots(
            title=title,
            description="; ".join(f"{row.label}: {row.text}" for row in rows) + ".",
            rows=tuple(rows),
            lowest=0.0,
            highest=top,
            ticks=tuple((top * k / 4, f"{round(top * k * 25)}%" if k == 4 else f"{top * k * 25:g}") for k in range(5)),
            key=(
                ("tick", label("population", lang)),
                ("ring", label("before", lang)),
                ("dot", label("after", lang)),
            ),
        )
    return found
