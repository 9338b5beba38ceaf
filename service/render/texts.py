"""What people wrote in their own words: coded concerns, themes, and sentences that a person approved for quoting."""

from samenspraak.types.base import Lang
from samenspraak.types.open_answers import CodeCount, OpenAnswers, OpenQuestion, ThemeCount
from samenspraak.types.report import Report

from service.render.charts import Bar, Chart
from service.render.labels import label, say
from service.render.layout import Block, Section
from service.render.numbers import count_text, interval_text, value_text
from service.render.tables import Table

MOST_CODES = 10
"""Concerns in a picture; the table has all that may be shown."""


def section(report: Report, lang: Lang) -> Section | None:
    """Every open question in which ten or more wrote something."""
    found = report.texts
    asked = [question for question in found.questions if question.wrote is not None] if found else []
    if found is None or not asked:
        return None
    blocks = [_question(question, lang) for question in asked]
    blocks.append(Block(title=label("how_coded", lang), notes=(_how(found, lang),)))
    return Section(key="open", title=label("open", lang), blocks=tuple(blocks))


def _how(found: OpenAnswers, lang: Lang) -> str:
    note = f"{say(found.note, lang)} {label('coder', lang)}: {found.coder}."
    return f"{note} Number of themes: {found.themes_rule}." if lang == "en" else note


def _question(question: OpenQuestion, lang: Lang) -> Block:
    shown = [code for code in question.codes if code.share.value is not None]
    bars = tuple(
        Bar(
            label=say(code.label, lang),
            text=value_text(code.share, lang),
            value=code.share.value,
            low=code.share.interval.lower if code.share.interval else None,
            high=code.share.interval.upper if code.share.interval else None,
            muted=code.share.flag == "exploratory",
        )
        for code in shown[:MOST_CODES]
    )
    title = say(question.question, lang)
    words = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
    agreed = tuple(say(one.sentence, lang) for one in question.agreement)
    quotes = [quote for code in question.codes for quote in code.quotes]
    quotes += [quote for theme in question.themes for quote in theme.quotes]
    notes = tuple(f"“{quote}”" for quote in dict.fromkeys(quotes))
    tables = [_codes(shown, lang)] if shown else []
    tables += [_themes(question.themes, lang)] if question.themes else []
    return Block(
        title=title,
        lead=label("wrote_how_many", lang).format(n=question.wrote),
        notes=(*agreed, *notes),
        chart=Chart(title=title, description=f"{words}.", bars=bars) if bars else None,
        legend=label("legend_codes", lang) if bars else "",
        tables=tuple(tables),
    )


def _codes(codes: list[CodeCount], lang: Lang) -> Table:
    people = any(code.by_people is not None for code in codes)
    header = (label("concern", lang), label("share", lang), label("interval", lang), label("count", lang))
    rows = []
    for code in codes:
        share = code.share
        row = (
            say(code.label, lang),
            value_text(share, lang),
            interval_text(share, share.interval, lang),
            count_text(code.people),
        )
        by_people = "–" if code.by_people is None else value_text(code.by_people, lang)
        rows.append((*row, by_people) if people else row)
    return Table(
        caption=label("coded_concerns", lang),
        header=(*header, label("by_people", lang)) if people else header,
        rows=tuple(rows),
    )


def _themes(themes: tuple[ThemeCount, ...], lang: Lang) -> Table:
    rows = tuple(
        (
            ", ".join(theme.words),
            value_text(theme.share, lang),
            interval_text(theme.share, theme.share.interval, lang),
            count_text(theme.people),
        )
        for theme in themes
    )
    return Table(
        caption=label("themes", lang),
        header=(label("words", lang), label("share", lang), label("interval", lang), label("count", lang)),
        rows=rows,
    )
