"""The report laid out once, for HTML and PDF alike: sections of blocks, each a sentence, a chart and the same
numbers."""

from collections.abc import Iterable, Sequence

import msgspec
from samenspraak.types.base import Lang, Localised
from samenspraak.types.estimate import Estimate
from samenspraak.types.report import Figure, Report, SubgroupTable

from analytics.disclosure.reliability import UNRELIABLE
from service.render import corrections, inference, representation, tables, texts
from service.render.charts import Bar, Chart
from service.render.labels import heading, label, say
from service.render.layout import Block, Section
from service.render.numbers import value_text
from service.reports.method import TITLES, date_en, date_nl, told
from service.reports.wording import finding_and_caveat


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    lead: str
    caveat: str


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is set on the page, in reading order."""

    lang: Lang
    kind_of_document: str
    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    banner: str
    findings: tuple[Finding, ...]
    decisions: tuple[str, ...]
    risk: str
    sections: tuple[Section, ...]
    other_lang: Lang
    other_title: str
    other_findings: tuple[str, ...]
    """The first page and the risk in the other language."""


def lay_out(report: Report, *, lang: Lang) -> View:
    """The whole report in one language, with a summary in the other."""
    other: Lang = "en" if lang == "nl" else "nl"
    sections = [
        _how_sure(report, lang),
        _figures(report, lang, "comprehension", report.comprehension),
        _figures(report, lang, "value", report.value),
        _concerns(report, lang),
        _figures(report, lang, "use", report.use),
        _figures(report, lang, "other", tuple(f for f in report.other if f.section != "general")),
        _figures(report, lang, "vote", (report.vote_item,) if report.vote_item else ()),
        _ballot(report, lang),
        _figures(report, lang, "conditions", report.conditions),
        inference.variants(report, lang),
        _groups(report, lang),
        _figures(report, lang, "own", report.own),
        texts.section(report, lang) or _open(report, lang),
        _figures(report, lang, "general", tuple(f for f in report.other if f.section == "general")),
        _tests(report, lang),
        _weighting(report, lang),
        _method(report, lang),
    ]
    day = date_nl(report.generated_at) if lang == "nl" else date_en(report.generated_at)
    return View(
        lang=lang,
        kind_of_document=label("kind_of_document", lang),
        title=say(report.application_name, lang),
        subtitle=say(report.owner, lang),
        facts=(
            (label("owner", lang), say(report.owner, lang)),
            (label("version", lang), str(report.application_version)),
            (label("completes", lang), str(report.n)),
            (label("date", lang), day),
            (label("plan", lang), report.plan_hash[:16]),
        ),
        banner=say(report.banner, lang) if report.banner else "",
        findings=tuple(_finding(sentence, report, lang) for sentence in report.headline),
        decisions=report.decisions,
        risk=say(report.risk, lang),
        sections=tuple(section for section in sections if section is not None),
        other_lang=other,
        other_title=label("in_other", lang),
        other_findings=(*(say(sentence, other) for sentence in report.headline), say(report.risk, other)),
    )


def _finding(sentence: Localised, report: Report, lang: Lang) -> Finding:
    lead, caveat = finding_and_caveat(say(sentence, lang), report.sample_kind, lang=lang)
    return Finding(lead=lead, caveat=caveat)


def _figures(report: Report, lang: Lang, key: str, figures: tuple[Figure, ...]) -> Section | None:
    blocks = tuple(figure_block(figure, report, lang) for figure in figures)
    return Section(key=key, title=label(key, lang), blocks=blocks) if blocks else None


def figure_block(figure: Figure, report: Report, lang: Lang) -> Block:
    """One question: what it says, the bars, the numbers, and the same headline looked at differently."""
    finding = _finding(figure.sentence, report, lang)
    shown = any(share.estimate.value is not None for share in figure.shares)
    chart = _distribution(figure, lang) if shown else None
    return Block(
        title=say(figure.question, lang),
        lead=finding.lead,
        caveat=finding.caveat,
        notes=(say(figure.note, lang),) if figure.note else (),
        chart=chart,
        legend=_legend(report, lang, [share.estimate for share in figure.shares]) if chart else "",
        tables=tuple(
            table for table in (tables.distribution(figure, lang), tables.compared(figure, lang)) if table is not None
        ),
    )


def _legend(report: Report, lang: Lang, estimates: Iterable[Estimate]) -> str:
    """What the lines mean, and the marks of exploratory and of unreliable figures where there are any."""
    lines = label("legend_plain" if report.sample_kind == "probability" else "legend", lang)
    shown = tuple(estimates)
    if any(estimate.flag == "exploratory" for estimate in shown):
        lines = f"{lines} {label('legend_exploratory', lang)}"
    if any(estimate.reliability in UNRELIABLE for estimate in shown):
        lines = f"{lines} {label('legend_unreliable', lang)}"
    return lines


def _distribution(figure: Figure, lang: Lang) -> Chart:
    bars = [bar(say(share.label, lang), share.estimate, lang) for share in figure.shares]
    if figure.dont_know is not None and figure.dont_know.value is not None:
        bars.append(bar(label("dont_know", lang), figure.dont_know, lang, muted=True))
    return Chart(title=say(figure.question, lang), description=_in_words(bars), bars=tuple(bars))


def bar(text: str, estimate: Estimate, lang: Lang, *, muted: bool = False) -> Bar:
    """One estimate as a bar; where no figure may be given, the reason stands in its place."""
    if estimate.value is None:
        return Bar(label=text, text=value_text(estimate, lang))
    band, interval = estimate.sensitivity, estimate.interval
    return Bar(
        label=text,
        text=value_text(estimate, lang),
        value=estimate.value,
        low=interval.lower if interval else None,
        high=interval.upper if interval else None,
        wide_low=band.lower if band else None,
        wide_high=band.upper if band else None,
        muted=muted or estimate.flag == "exploratory",
    )


def _in_words(bars: list[Bar]) -> str:
    return "; ".join(f"{one.label}: {one.text}" for one in bars if not one.heading) + "."


def _concerns(report: Report, lang: Lang) -> Section | None:
    if not report.concerns:
        return None
    bars = tuple(bar(say(item.label, lang), item.share, lang) for item in report.concerns)
    title = label("worried", lang)
    notes = tuple(
        f"“{tables.concern_name(report, figure, lang).rstrip('.')}”: {say(figure.note, lang)}"
        for figure in report.concern_figures
        if figure.note and figure.kind == "top_two"
    )
    ranking = Block(
        title=title,
        notes=notes,
        chart=Chart(title=title, description=_in_words(list(bars)), bars=bars),
        legend=_legend(report, lang, [item.share for item in report.concerns]),
        tables=(tables.concerns(report, lang),),
    )
    ranked = tuple(figure_block(f, report, lang) for f in report.concern_figures if f.kind == "ranking")
    detail = tables.concern_detail(report, lang)
    more = (Block(title=label("compared", lang), tables=(detail,)),) if detail else ()
    against = inference.drivers(report, lang)
    blocks = (ranking, *ranked, *((against,) if against else ()), *more)
    return Section(key="concerns", title=label("concerns", lang), blocks=blocks)


def _groups(report: Report, lang: Lang) -> Section | None:
    """One block per key figure: the groups of every dimension under each other."""
    keys = dict.fromkeys(table.figure for table in report.subgroups)
    blocks = []
    for key in keys:
        mine = [table for table in report.subgroups if table.figure == key]
        shares = key not in {figure.key for figure in report.other if figure.kind == "mean"}
        bars: list[Bar] = []
        for table in mine:
            bars.append(Bar(label=heading(table.dimension_label, lang), text="", heading=True))
            bars += [bar(say(row.label, lang), row.estimate, lang) for row in table.rows]
        standing = [say(table.dimension_label, lang) for table in mine if table.differs]
        tested = any(table.differs is not None for table in mine)
        lead = label("differs", lang).format(names=", ".join(standing)) if standing else ""
        chart = Chart(title=say(mine[0].title, lang), description=_in_words(bars), bars=tuple(bars))
        if not shares:
            ticks = tuple((float(tick), str(tick)) for tick in range(0, 11, 2))
            chart = msgspec.structs.replace(chart, lowest=0.0, highest=10.0, ticks=ticks)
        blocks.append(
            Block(
                title=say(mine[0].title, lang),
                lead=lead or (label("differs_not", lang) if tested else ""),
                chart=chart,
                legend=_legend(report, lang, [row.estimate for table in mine for row in table.rows]),
                notes=(label("second_opinion_note", lang),) if _thin(mine) else (),
                tables=(tables.groups(mine, lang),),
            )
        )
    return Section(key="groups", title=label("groups", lang), blocks=tuple(blocks)) if blocks else None


def _thin(found: Sequence[SubgroupTable]) -> bool:
    return any(row.second_opinion is not None for table in found for row in table.rows)


def _ballot(report: Report, lang: Lang) -> Section | None:
    ballot = report.ballot
    if ballot is None:
        return None
    shares = [(say(option.label, lang), ballot.result.shares.get(str(option.code))) for option in ballot.options]
    bars = tuple(bar(text, share, lang) for text, share in shares if share is not None)
    title = say(ballot.proposition, lang)
    drawn = any(one.value is not None for one in bars)
    block = Block(
        title=title,
        lead=say(ballot.sentence, lang),
        notes=tuple(say(note, lang) for note in ballot.result.notes),
        chart=Chart(title=title, description=_in_words(list(bars)), bars=bars) if drawn else None,
        legend=label("legend_plain", lang) if drawn else "",
        tables=(tables.ballot(ballot, lang),),
    )
    return Section(key="ballot", title=label("ballot", lang), blocks=(block,))


def _open(report: Report, lang: Lang) -> Section | None:
    table = tables.open_answers(report, lang)
    if table is None:
        return None
    return Section(key="open", title=label("open", lang), blocks=(Block(title=label("wrote", lang), tables=(table,)),))


def _how_sure(report: Report, lang: Lang) -> Section:
    dispositions = tables.dispositions(report, lang)
    blocks = [Block(title=label("key_numbers", lang), tables=(tables.key_numbers(report, lang),))]
    if report.representation is not None:
        blocks.append(representation.funnel(report.representation, lang))
        if report.representation.indicator is not None:
            blocks.append(representation.evenness(report.representation.indicator, lang))
    blocks.append(Block(title=label("dispositions", lang), tables=(dispositions,)))
    return Section(key="how_sure", title=label("how_sure", lang), blocks=tuple(blocks))


def _tests(report: Report, lang: Lang) -> Section | None:
    """Every declared test, and what the order of the questions did."""
    order = inference.order_effects(report, lang)
    blocks = (*inference.families(report, lang), *((order,) if order else ()))
    return Section(key="tests", title=label("tests", lang), blocks=blocks) if blocks else None


def _weighting(report: Report, lang: Lang) -> Section | None:
    """Population and sample, one picture and one table per dimension."""
    pictures = representation.margin_pictures(report, lang)
    blocks = tuple(
        Block(title=table.caption, chart=pictures.get(dimension), tables=(table,))
        for dimension, table in tables.margins(report, lang)
    )
    return Section(key="weighting", title=label("weighting", lang), blocks=blocks) if blocks else None


def _method(report: Report, lang: Lang) -> Section:
    blocks = [Block(title=say(TITLES[item], lang), lead=say(text, lang)) for item, text in told(report)]
    blocks += corrections.blocks(report, lang)
    if report.release is not None:
        blocks.append(Block(title=label("held_back", lang), lead=say(report.release.note, lang)))
    return Section(key="method", title=label("method", lang), blocks=tuple(blocks))
