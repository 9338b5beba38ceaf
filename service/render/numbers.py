"""How an estimate is printed in a chart or a table: whole percents, one decimal on a scale, a reason where none is
allowed."""

from samenspraak.types.base import Lang
from samenspraak.types.estimate import Estimate, Interval

from analytics.disclosure.reliability import UNRELIABLE
from service.render.labels import label
from service.reports.numbers import decimal_en, decimal_nl, percent


def is_share(estimate: Estimate) -> bool:
    """A share, not a mean: means carry a t interval and may exceed 1."""
    return estimate.interval is None or estimate.interval.method != "t"


def value_text(estimate: Estimate, lang: Lang) -> str:
    if estimate.value is None:
        return label(estimate.flag if estimate.flag in ("suppressed", "no_answers") else "too_few", lang)
    text = number(estimate.value, share=is_share(estimate), lang=lang)
    marks = [label("exploratory", lang)[0]] if estimate.flag == "exploratory" else []
    marks += [label("unreliable", lang)[0]] if estimate.reliability in UNRELIABLE else []
    return f"{text} ({', '.join(marks)})" if marks else text


def number(value: float, *, share: bool, lang: Lang) -> str:
    if share:
        return f"{percent(value)}%"
    return decimal_nl(value) if lang == "nl" else decimal_en(value)


def interval_text(estimate: Estimate, interval: Interval | None, lang: Lang) -> str:
    """`50–58%`; a dash where there is none."""
    if estimate.value is None or interval is None:
        return "–"
    share = is_share(estimate)
    if share:
        return f"{percent(interval.lower)}–{percent(interval.upper)}%"
    return f"{number(interval.lower, share=False, lang=lang)}–{number(interval.upper, share=False, lang=lang)}"


def count_text(n: int | None) -> str:
    return "–" if n is None else str(n)
