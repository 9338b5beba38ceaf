"""Puts the label of an earlier answer in a text: `You said {VT_MAIN}. Why?`

Only what the questionnaire itself says is piped in: labels of chosen options, in the language of the respondent.
Nothing that somebody typed, so that no text can change what a page says. Labels are not piped into again. Escaping is
left to the template, as for every text.
"""

import re
from collections.abc import Callable

from samenspraak.types.base import Language, Localised
from samenspraak.types.questionnaire import AnyQuestion, Info, Matrix, MaxDiff, Open, Option, Questionnaire, Statement

from surveys import routing
from surveys.expressions import Given
from surveys.filling import said
from surveys.models import Respondent

UNKNOWN = "…"
"""Stands for an answer that was not given, or that has no label."""

_SLOT = re.compile(r"\{([A-Z][A-Z0-9_]{1,39})\}")
_BETWEEN: dict[Language, str] = {"ar": "، "}


def piped(text: str, q: Questionnaire, who: Respondent, answers: Given, language: Language) -> str:
    """The text with `{KEY}` replaced by what was chosen there; braces that name no question stay as they are.

    Several choices are listed in the order of the questionnaire, a ranking from most important.
    """

    if "{" not in text:
        return text
    found = pieces(text, q, who, answers, lambda label: said(label, language))
    return "".join(between(language).join(piece) for piece in found)


def pieces(
    text: str, q: Questionnaire, who: Respondent, answers: Given, say: Callable[[Localised], str]
) -> list[list[str]]:
    """The text cut up, in order: what stands there as lists of one, and for each `{KEY}` the labels as `say` has them.

    So that whoever shows the text can tell a label in another language from what is around it.
    """
    found, end = list[list[str]](), 0
    for slot in _SLOT.finditer(text):
        question = routing.question(q, who, slot[1])
        if question is not None:
            labels = [say(option.label) for option in _chosen(question, answers)]
            found += [[text[end : slot.start()]], labels or [UNKNOWN]]
            end = slot.end()
    return [*found, [text[end:]]]


def between(language: Language) -> str:
    """What stands between two labels in a list."""
    return _BETWEEN.get(language, ", ")


def _chosen(question: AnyQuestion, answers: Given) -> list[Option]:
    if isinstance(question, Info | Open | Statement | Matrix | MaxDiff):
        return []
    value = answers.get(question.key)
    codes = value if isinstance(value, list) else [value]
    by_code = {option.code: option for option in question.options}
    return [by_code[code] for code in codes if isinstance(code, int) and code in by_code]
