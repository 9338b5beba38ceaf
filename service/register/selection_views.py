"""The selection report as the register shows it: rules, chances and the panel beside the population."""

from collections.abc import Iterator
from math import ceil, floor

from babel.numbers import format_decimal, format_percent
from markupsafe import Markup
from samenspraak.types.base import Language, Localised
from samenspraak.types.selection import SelectionChances, SelectionFeature, SelectionReport, SelectionValue

from service.pages.texts import Texts
from service.pages.views import View
from service.register.lottery_pictures import Beside, Bin, Histogram, Line, Row, Shape, beside, histogram
from service.reports.voice import dimension_name

NOT_SHOWN = "–"


class FeatureTable(View, frozen=True, kw_only=True):
    caption: str
    rows: tuple[tuple[str, ...], ...]
    """Label, population, rule, volunteers, panel (the last only after the drawing)."""


class SelectionView(View, frozen=True, kw_only=True):
    lead: str
    """What every panel meets."""
    chances: str
    chances_picture: Markup
    chances_rows: tuple[tuple[str, str], ...]
    picture: Markup
    tables: tuple[FeatureTable, ...]
    headings: tuple[str, ...]
    beside: str
    """Heading over the picture of the groups."""
    notes: tuple[str, ...]


def selection(report: SelectionReport, t: Texts, *, opt_in: bool) -> SelectionView:
    """Words, pictures and tables of one report."""
    found = report.chances
    headings = [t("selection.value"), t("selection.population"), t("selection.rule"), t("selection.volunteers")]
    return SelectionView(
        lead=" ".join(_lead(report, t)),
        chances=" ".join(_chances(found, t)),
        chances_picture=Markup(histogram(_spread(found, t), key="chances")),
        chances_rows=tuple((_band(one.low, one.high, t.lang), whole(one.tickets, t.lang)) for one in found.bands),
        picture=Markup(beside(_beside(report, t), key="beside")),
        tables=tuple(_table(feature, report, t) for feature in report.features),
        headings=(*headings, t("selection.panel")) if report.drawn else tuple(headings),
        beside=_heading(report, t),
        notes=tuple(_notes(report, t, opt_in=opt_in)),
    )


def whole(n: int, lang: Language) -> str:
    """A number of things: `1.000` in Dutch, `1,000` in English."""
    return str(format_decimal(n, locale=lang))


def percent(share: float, lang: Language, *, digits: int = 1) -> str:
    """A share with its sign, `4,2%`."""
    pattern = "#,##0." + "0" * digits + "%" if digits else "#,##0%"
    return str(format_percent(share, format=pattern, locale=lang))


def _heading(report: SelectionReport, t: Texts) -> str:
    return t("selection.beside" if report.drawn else "selection.beside_before")


def _lead(report: SelectionReport, t: Texts) -> Iterator[str]:
    pool, size, panels = whole(report.pool, t.lang), whole(report.size, t.lang), whole(report.panels, t.lang)
    yield t("selection.lead", pool=pool, size=size, panels=panels)
    if report.one_per_household:
        yield t("selection.household")
    yield t(f"selection.method_{report.algorithm}")


def _chances(found: SelectionChances, t: Texts) -> Iterator[str]:
    digits = 1 if found.bound >= 0.02 else 2
    average, low, high, bound = (
        percent(one, t.lang, digits=digits) for one in (found.average, found.minimum, found.maximum, found.bound)
    )
    yield t("selection.average", average=average)
    yield t("selection.between", low=low, high=high)
    yield t("selection.bound", bound=bound)
    if found.bound > 0:
        # Rounded down: all of it is said only where nothing is left to gain.
        reached = floor(min(found.minimum / found.bound, 1.0) * 1000 + 1e-6) / 1000
        yield t("selection.reached", reached=percent(reached, t.lang))
    if found.never:
        yield t("selection.never", n=whole(found.never, t.lang))
    if found.always:
        yield t("selection.always", n=whole(found.always, t.lang))


def _notes(report: SelectionReport, t: Texts, *, opt_in: bool) -> Iterator[str]:
    yield t("selection.hidden")
    if opt_in:
        yield t("selection.opt_in")
    if report.population:
        yield t("selection.source", name=report.population)


def _band(low: float, high: float, lang: Language) -> str:
    hundredths = round((high - low) * 10_000)
    digits = 0 if hundredths % 100 == 0 else 1 if hundredths % 10 == 0 else 2
    return f"{percent(low, lang, digits=digits)}{NOT_SHOWN}{percent(high, lang, digits=digits)}"


def _spread(found: SelectionChances, t: Texts) -> Histogram:
    said = "; ".join(f"{_band(one.low, one.high, t.lang)}: {one.tickets}" for one in found.bands if one.tickets)
    last = found.bands[-1].high
    key: tuple[tuple[Shape, str], ...] = (
        ("dashed", t("selection.key_bound")),
        ("dotted", t("selection.key_average")),
    )
    return Histogram(
        title=t("selection.spread"),
        description=t("selection.spread_text", bands=said),
        bins=tuple(Bin(low=one.low, high=one.high, count=one.tickets) for one in found.bands),
        lines=(Line(at=found.average, dash="dotted"), Line(at=found.bound, dash="dashed")),
        key=key,
        ticks=tuple((at, percent(at, t.lang, digits=0 if last >= 0.05 else 1)) for at in _steps(last)),
        across=t("selection.across"),
    )


def _steps(highest: float) -> list[float]:
    """Round numbers from 0 to `highest`, at most nine."""
    step = next(s for s in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if highest / s <= 8.0001)
    return [step * place for place in range(floor(highest / step + 1e-9) + 1)]


def _beside(report: SelectionReport, t: Texts) -> Beside:
    rows: list[Row] = []
    for feature in report.features:
        rows.append(Row(label=feature_name(feature, t), heading=True))
        rows += [_row(value, report, t) for value in feature.values]
    shares = [one for row in rows for one in (row.high, row.population, row.pool, row.panel) if one is not None]
    highest = min(1.0, ceil(max(shares, default=1.0) * 10 + 1e-9) / 10)
    key: list[tuple[Shape, str]] = [("range", t("selection.key_rule")), ("tick", t("selection.population"))]
    key += [("ring", t("selection.volunteers"))]
    key += [("dot", t("selection.panel"))] if report.drawn else []
    return Beside(
        title=_heading(report, t),
        description=t("selection.beside_text"),
        rows=tuple(rows),
        highest=highest,
        ticks=tuple((at, percent(at, t.lang, digits=0)) for at in _steps(highest)),
        key=tuple(key),
    )


def _row(value: SelectionValue, report: SelectionReport, t: Texts) -> Row:
    ruled = _ruled(value, report)
    return Row(
        label=t.of(value.label),
        low=value.minimum / report.size if ruled else None,
        high=min(value.maximum, report.size) / report.size if ruled else None,
        population=value.population,
        pool=None if value.pool is None else value.pool / report.pool,
        panel=None if value.panel is None else value.panel / report.size,
    )


def _table(feature: SelectionFeature, report: SelectionReport, t: Texts) -> FeatureTable:
    return FeatureTable(
        caption=feature_name(feature, t),
        rows=tuple(_cells(value, report, t) for value in feature.values),
    )


def _cells(value: SelectionValue, report: SelectionReport, t: Texts) -> tuple[str, ...]:
    rule = t("selection.range", low=value.minimum, high=value.maximum)
    rule = str(value.minimum) if value.minimum == value.maximum else rule
    cells = [
        t.of(value.label),
        NOT_SHOWN if value.population is None else percent(value.population, t.lang),
        rule if _ruled(value, report) else t("selection.no_rule"),
        _count(value.pool, report.pool, t),
    ]
    return (*cells, _count(value.panel, report.size, t)) if report.drawn else tuple(cells)


def _ruled(value: SelectionValue, report: SelectionReport) -> bool:
    return value.minimum > 0 or value.maximum < report.size


def _count(n: int | None, of: int, t: Texts) -> str:
    return NOT_SHOWN if n is None else f"{whole(n, t.lang)} ({percent(n / of, t.lang, digits=0)})"


def feature_name(feature: SelectionFeature, t: Texts) -> str:
    """The feature's own label, or the plain name of a dimension that has none."""
    named = feature.label
    if named == Localised(nl=feature.feature, en=feature.feature):
        named = dimension_name(feature.feature)
    text = t.of(named)
    return text[:1].upper() + text[1:]
