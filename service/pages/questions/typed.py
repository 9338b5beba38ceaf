"""Questions with a field to type in: numbers, places on a line, and free text."""

from samenspraak.types.questionnaire import AnswerValue, Numeric, Open, Slider

from service.pages.marked import joined
from service.pages.questions.choices import choices, codes
from service.pages.questions.seen import Seen
from service.pages.views import Ends, QuestionView

_LONGEST_NUMBER = 14
_POSTCODE = {"postcode": 7, "postcode4": 4}
"""Characters of a Dutch postcode, with its space and without its letters."""


def number(question: Numeric, seen: Seen) -> QuestionView:
    """A field for a number with its unit behind it, and what may be said instead of a number."""
    t, year = seen.texts, question.format == "year"
    limits = t("page.number", minimum=seen.number(question.minimum), maximum=seen.number(question.maximum))
    return _number_field(
        question,
        seen,
        t("page.year") if year else "",
        limits,
        t("page.decimals", decimals=question.decimals) if question.decimals else "",
        inputmode="decimal" if question.decimals else "numeric" if question.minimum >= 0 else "text",
    )


def slider(question: Slider, seen: Seen) -> QuestionView:
    """A field for the place on the line, with the words for both ends. Nothing is filled in beforehand."""
    t = seen.texts
    return _number_field(
        question,
        seen,
        t("page.slider", minimum=question.minimum, maximum=question.maximum),
        t("page.step", step=question.step) if question.step > 1 else "",
        inputmode="numeric" if question.minimum >= 0 else "text",
        ends=Ends(
            minimum=str(question.minimum),
            low=seen.of(question.low),
            maximum=str(question.maximum),
            high=seen.of(question.high),
        ),
    )


def number_words(question: Numeric | Slider, value: AnswerValue, seen: Seen) -> str:
    """The number with its unit, or what was said instead."""
    for option in question.options:
        if option.code == value:
            return seen.of(option.label)
    if not isinstance(value, int | float):
        return ""
    return joined(" ", (seen.number(value), seen.of(question.unit))) if question.unit else seen.number(value)


def text(question: Open, seen: Seen) -> QuestionView:
    """A field for free text, or a short one for a postcode."""
    t, stored = seen.texts, seen.answers.get(question.key)
    if question.format:
        told = [t("page.postcode") if question.format == "postcode" else t("page.postcode4")]
    else:
        quoted = t("page.quotable") if question.quotable else ""
        told = [t("page.open", maximum=question.max_chars), quoted]
    return QuestionView(
        key=question.key,
        kind="line" if question.format else "text",
        text=seen.of(question.text),
        hint=seen.hint(question, *told),
        error=seen.error(question.key),
        value=seen.field(question.key, stored if isinstance(stored, str) else ""),
        maximum=_POSTCODE.get(question.format, question.max_chars),
        inputmode="numeric" if question.format == "postcode4" else "text",
        autocomplete="postal-code" if question.format else "off",
    )


def text_words(_question: Open, value: AnswerValue, _seen: Seen) -> str:
    """What was typed."""
    return str(value)


def _number_field(
    question: Numeric | Slider, seen: Seen, *told: str, inputmode: str, ends: Ends | None = None
) -> QuestionView:
    value = seen.answers.get(question.key)
    instead = isinstance(value, int) and value in {option.code for option in question.options}
    typed = seen.number(value) if isinstance(value, int | float) and not instead else ""
    none = f"{question.key}.none"
    return QuestionView(
        key=question.key,
        kind="number",
        text=seen.of(question.text),
        hint=seen.hint(question, *told),
        error=seen.error(question.key),
        value=seen.field(question.key, typed),
        maximum=_LONGEST_NUMBER,
        inputmode=inputmode,
        unit=seen.of(question.unit) if question.unit else "",
        ends=ends,
        choices=choices(f"{question.key}-none", none, question.options, codes(value) if instead else (), seen),
    )
