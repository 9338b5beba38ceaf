"""Differences and associations in the rendered report: what goes with voting against, variants, question order, and
the declared tests."""

from collections.abc import Sequence

from samenspraak.types.base import Lang
from samenspraak.types.estimate import Estimate, Interval
from samenspraak.types.inference import ArmDifference, Family, FamilyTest, VariantDifference
from samenspraak.types.report import Report

from service.render.dots import Dot, Dots, Mark
from service.render.labels import LABELS, heading, label, say
from service.render.layout import Block, Section
from service.render.numbers import count_text, number, value_text
from service.render.tables import Table
from service.reports.numbers import decimal_en, decimal_nl


def drivers(report: Report, lang: Lang) -> Block | None:
    """Concerns by how much more often those who share them vote against."""
    found = report.drivers
    if found is None or not found.rows:
        return None
    rows = [_dot(say(row.label, lang), row.effect, lang) for row in found.rows]
    title = label("drivers", lang)
    return Block(
        title=title,
        lead=say(found.sentence, lang),
        notes=(say(found.note, lang),),
        chart=_plot(title, rows, [row.effect for row in found.rows], lang),
        legend=label("legend_difference", lang),
        tables=(
            Table(
                caption=f"{label('basis', lang)}: n = {found.n}, {label('events', lang)} {found.events}",
                header=(label("concern", lang), *_tested(lang)),
                rows=tuple(
                    (say(row.label, lang), *_numbers(row.effect, row.p, row.p_adjusted, lang)) for row in found.rows
                ),
            ),
        ),
    )


def variants(report: Report, lang: Lang) -> Section | None:
    """The variants beside each other, and the differences between them."""
    found = report.variants
    if found is None:
        return None
    keys = list(dict.fromkeys(one.figure for one in found.differences))
    titles = {one.figure: say(one.title, lang) for one in found.differences}
    names = {row.variant: say(row.label, lang) for row in found.rows}
    beside = Table(
        caption=label("by_variant", lang),
        header=(label("variant", lang), *(titles[key] for key in keys), label("n", lang)),
        rows=tuple(
            (
                say(row.label, lang),
                *(value_text(row.figures[key], lang) if key in row.figures else "–" for key in keys),
                count_text(row.n),
            )
            for row in found.rows
        ),
    )
    block = Block(
        title=label("variants", lang),
        lead=say(found.sentence, lang),
        notes=(say(found.note, lang),),
        chart=_differences(label("variants", lang), found.differences, names, lang),
        legend=label("legend_difference", lang),
        tables=(beside, _difference_table(found.differences, names, lang)),
    )
    return Section(key="variants", title=label("variants", lang), blocks=(block,))


def order_effects(report: Report, lang: Lang) -> Block | None:
    """What asking in another order did to the answers."""
    found = report.order_effects
    if not found:
        return None
    names = {key: label(key, lang) for one in found for key in (one.first, one.second) if key in LABELS}
    title = label("order_effects", lang)
    return Block(
        title=title,
        notes=(label("order_effects_note", lang),),
        chart=_differences(title, found, names, lang, paired=False),
        legend=label("legend_difference", lang),
        tables=(_difference_table(found, names, lang, paired=False),),
    )


def families(report: Report, lang: Lang) -> tuple[Block, ...]:
    """Every declared family with its tests, raw and corrected."""
    return tuple(_family(family, lang) for family in report.families if family.tests)


def _family(family: Family, lang: Lang) -> Block:
    text = label(f"family_{family.kind}", lang).format(level=f"{family.level * 100:g}")
    header = (label("group", lang), "F", label("df", lang), "p", label("p_adjusted", lang), "")
    rows: list[tuple[str, ...]] = []
    for figure in dict.fromkeys(test.figure for test in family.tests):
        mine = [test for test in family.tests if test.figure == figure]
        rows += [(say(mine[0].title, lang),), *(_test(test, lang) for test in mine)]
    return Block(
        title=f"{label('family', lang)}: {family_name(family.name, lang)}",
        notes=(text,),
        tables=(Table(caption=label(family.correction, lang), header=header, rows=tuple(rows)),),
    )


def family_name(name: str, lang: Lang) -> str:
    """A family of the standard plan in words; staff's own names as they are."""
    return label(f"family_{name}", lang) if f"family_{name}" in LABELS else name


def _test(test: FamilyTest, lang: Lang) -> tuple[str, ...]:
    dimension = heading(test.dimension_label, lang)
    if test.statistic is None:
        return (dimension, "–", "–", "–", "–", label("not_tested", lang))
    stands = label("stands" if test.differs else "stands_not", lang)
    degrees = f"{_decimal(test.df1, lang)}; {_decimal(test.df2, lang)}"
    return (
        dimension,
        _decimal(test.statistic, lang, 2),
        degrees,
        p_text(test.p, lang),
        p_text(test.p_adjusted, lang),
        stands,
    )


def p_text(p: float | None, lang: Lang) -> str:
    """A p-value with three decimals; smaller ones as `< 0.001`."""
    if p is None:
        return "–"
    if p < 0.001:
        return "< 0,001" if lang == "nl" else "< 0.001"
    return _decimal(p, lang, 3)


def points(value: float) -> str:
    """A difference of shares in points, with its sign."""
    rounded = round(value * 100)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    return f"{sign}{abs(rounded)}"


def points_range(interval: Interval | None, lang: Lang) -> str:
    if interval is None:
        return "–"
    return f"{points(interval.lower)} {label('to', lang)} {points(interval.upper)}"


def _decimal(value: float | None, lang: Lang, digits: int = 0) -> str:
    if value is None:
        return "–"
    if digits == 0:
        return number(value, share=False, lang=lang) if value % 1 else str(round(value))
    return decimal_nl(value, digits) if lang == "nl" else decimal_en(value, digits)


def _tested(lang: Lang) -> tuple[str, ...]:
    return (label("points", lang), label("interval", lang), "p", label("p_adjusted", lang))


def _numbers(estimate: Estimate, p: float | None, adjusted: float | None, lang: Lang) -> tuple[str, ...]:
    if estimate.value is None:
        return (value_text(estimate, lang), "–", "–", "–")
    interval = points_range(estimate.interval, lang)
    return (points(estimate.value), interval, p_text(p, lang), p_text(adjusted, lang))


def _dot(name: str, estimate: Estimate, lang: Lang) -> Dot:
    if estimate.value is None:
        return Dot(label=name, text=value_text(estimate, lang))
    interval = estimate.interval
    mark = Mark(
        value=estimate.value, low=interval.lower if interval else None, high=interval.upper if interval else None
    )
    muted = estimate.flag == "exploratory"
    return Dot(label=name, text=points(estimate.value), marks=(mark,), muted=muted)


def _plot(title: str, rows: Sequence[Dot], estimates: Sequence[Estimate], lang: Lang) -> Dots | None:
    """A plot of differences around zero, wide enough for every interval; None where nothing may be shown."""
    known = [e for e in estimates if e.value is not None]
    if not known:
        return None
    ends = [abs(x) for e in known for x in ((e.interval.lower, e.interval.upper) if e.interval else (e.value or 0.0,))]
    reach = max(10, -(-max(ends) * 100 // 10) * 10) / 100
    step = reach / 2
    ticks = tuple((x * step, points(x * step)) for x in (-2, -1, 0, 1, 2))
    words = "; ".join(f"{row.label}: {row.text}" for row in rows if not row.heading)
    return Dots(
        title=title, description=f"{words}.", rows=tuple(rows), lowest=-reach, highest=reach, ticks=ticks, zero=0.0
    )


def _differences(
    title: str,
    found: Sequence[ArmDifference] | Sequence[VariantDifference],
    names: dict[str, str],
    lang: Lang,
    *,
    paired: bool = True,
) -> Dots | None:
    rows = [_dot(_pair(one, names, lang) if paired else say(one.title, lang), one.difference, lang) for one in found]
    return _plot(title, rows, [one.difference for one in found], lang)


def _pair(one: ArmDifference | VariantDifference, names: dict[str, str], lang: Lang) -> str:
    first, second = names.get(one.first, one.first), names.get(one.second, one.second)
    return f"{say(one.title, lang)}: {first} − {second}"


def _difference_table(
    found: Sequence[ArmDifference] | Sequence[VariantDifference],
    names: dict[str, str],
    lang: Lang,
    *,
    paired: bool = True,
) -> Table:
    """A row for each difference; where all are of one pair, the caption names it."""
    first = found[0]
    pair = f"{names.get(first.first, first.first)} − {names.get(first.second, first.second)}"
    return Table(
        caption=label("differences", lang) if paired else f"{label('differences', lang)}: {pair}",
        header=(label("figure", lang), *_tested(lang)),
        rows=tuple(
            (
                _pair(one, names, lang) if paired else say(one.title, lang),
                *_numbers(one.difference, one.p, one.p_adjusted, lang),
            )
            for one in found
        ),
    )
