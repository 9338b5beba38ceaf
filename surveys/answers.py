"""Judges one page of a form: strings in, stored values or faults in the respondent's language out.

Field names of a form: a choice is `KEY` with the code as value (several times `KEY` for a multiple choice), a ranking
is `KEY.1`, `KEY.2`, ... from most important, a text or number is `KEY`. Fields of other names are not looked at. All
faults of a page are collected; each one's pointer is the question key.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from samenspraak.types.base import Language
from samenspraak.types.problem import Fault
from samenspraak.types.questionnaire import (
    AnswerValue,
    AnyQuestion,
    Info,
    Multi,
    Numeric,
    Open,
    Option,
    Page,
    Questionnaire,
    Ranking,
)

from surveys import routing
from surveys.filling import said
from surveys.models import Checked, Respondent

Form = Mapping[str, Sequence[str]]

Code = Literal[
    "missing",
    "missing_choice",
    "missing_place",
    "missing_text",
    "unknown_option",
    "one_only",
    "too_many",
    "exclusive",
    "same_twice",
    "too_long",
    "unreadable",
    "not_a_number",
    "out_of_range",
]

TEXTS: dict[Code, dict[Language, str]] = {
    "missing": {"nl": "Kies een antwoord.", "en": "Choose an answer."},
    "missing_choice": {"nl": "Kies ten minste één antwoord.", "en": "Choose at least one answer."},
    "missing_place": {
        "nl": "Kies op plaats 1 wat u het belangrijkst vindt.",
        "en": "Choose for place 1 what matters most to you.",
    },
    "missing_text": {"nl": "Vul uw antwoord in.", "en": "Fill in your answer."},
    "unknown_option": {
        "nl": "Dit antwoord hoort niet bij deze vraag. Kies een antwoord uit de lijst.",
        "en": "This answer does not belong to this question. Choose an answer from the list.",
    },
    "one_only": {"nl": "Kies één antwoord.", "en": "Choose one answer."},
    "too_many": {"nl": "Kies niet meer dan {most} antwoorden.", "en": "Choose no more than {most} answers."},
    "exclusive": {
        "nl": "U koos “{label}”. Daar past geen ander antwoord bij. Kies het een of het ander.",
        "en": "You chose “{label}”. No other answer goes with it. Choose one or the other.",
    },
    "same_twice": {
        "nl": "U koos “{label}” meer dan één keer. Kies op elke plaats iets anders.",
        "en": "You chose “{label}” more than once. Choose something different for each place.",
    },
    "too_long": {
        "nl": "Uw tekst heeft {length} tekens. Het mogen er niet meer dan {most} zijn. Maak de tekst korter.",
        "en": "Your text has {length} characters. It may have no more than {most}. Please make it shorter.",
    },
    "unreadable": {
        "nl": "In uw tekst staat een teken dat wij niet kunnen bewaren. Typ de tekst opnieuw.",
        "en": "Your text holds a character that we cannot store. Please type the text again.",
    },
    "not_a_number": {"nl": "Vul een heel getal in, zonder letters.", "en": "Fill in a whole number, without letters."},
    "out_of_range": {
        "nl": "Vul een getal in van {least} tot en met {most}.",
        "en": "Fill in a number from {least} to {most}.",
    },
}

CODES: tuple[Code, ...] = tuple(TEXTS)
_CODE = re.compile(r"[0-9]{1,4}")
_NUMBER = re.compile(r"-?[0-9]{1,9}")


class Wrong(NamedTuple):
    """Why an answer cannot be stored, before it is put in words."""

    code: Code
    values: dict[str, int] = {}
    option: Option | None = None


Verdict = AnswerValue | Wrong


def check_page(
    q: Questionnaire,
    page: Page,
    who: Respondent,
    *,
    form: Form,
    answers: Mapping[str, AnswerValue],
    lang: Language = "nl",
    draft: bool = False,
) -> Checked:
    """Judge one page of the route of this respondent.

    Args:
        page: the page as `routing.page` gives it: only questions this respondent sees are judged.
        answers: stored answers so far; they decide which options a ranking offers.
        draft: the respondent goes back or stops for now: a missing answer is no fault, and clears only what was stored.

    Returns:
        Values of the questions without fault (None: seen and left open) and every fault, in the order of the page.
    """
    values: dict[str, AnswerValue] = {}
    faults: list[Fault] = []
    for question in page.questions:
        if isinstance(question, Info):
            continue
        verdict = _judge(question, who, form, answers=answers, q=q)
        if verdict is None and draft and question.key not in answers:
            continue
        if verdict is None and question.required and not draft:
            verdict = Wrong(_missing(question))
        if isinstance(verdict, Wrong):
            faults.append(fault(question.key, verdict.code, lang, verdict.option, **verdict.values))
        else:
            values[question.key] = verdict
    return Checked(values=values, faults=tuple(faults))


def fault(key: str, code: Code, lang: Language, option: Option | None = None, **values: int) -> Fault:
    """The fault in the respondent's language; `option` is named by its label."""
    label = "" if option is None else said(option.label, lang)
    words = TEXTS[code]
    return Fault(pointer=key, code=code, detail=words.get(lang, words["nl"]).format(label=label, **values))


def _judge(
    question: AnyQuestion, who: Respondent, form: Form, *, answers: Mapping[str, AnswerValue], q: Questionnaire
) -> Verdict:
    """The value to store, None when nothing was given, or what is wrong."""
    shown = routing.options_shown(question, who, answers, q)
    if isinstance(question, Ranking):
        return _ranking(_places(form, question.key), shown.options, shown.top)
    given = _given(form, question.key)
    if not given:
        return None
    if isinstance(question, Open):
        return _text(given, question.max_chars)
    if isinstance(question, Numeric):
        return _number(given, question.minimum, question.maximum)
    if isinstance(question, Multi):
        return _several(given, shown.options, shown.top)
    return _one(given, shown.options)


def _given(form: Form, name: str) -> list[str]:
    return [value for value in form.get(name, ()) if value.strip()]


def _places(form: Form, key: str) -> list[str]:
    """What was chosen for each place of a ranking, in the order of the places."""
    names = {int(name[len(key) + 1 :]): name for name in form if re.fullmatch(re.escape(key) + r"\.[1-9][0-9]?", name)}
    return [value for place in sorted(names) for value in _given(form, names[place])]


def _missing(question: AnyQuestion) -> Code:
    if isinstance(question, Multi):
        return "missing_choice"
    if isinstance(question, Ranking):
        return "missing_place"
    return "missing_text" if isinstance(question, Open | Numeric) else "missing"


def _codes(given: list[str], options: tuple[Option, ...]) -> list[int] | None:
    """Codes as numbers, or None when one of them is not on offer."""
    offered = {option.code for option in options}
    codes = [int(value) if _CODE.fullmatch(value) else -1 for value in given]
    return codes if offered.issuperset(codes) else None


def _one(given: list[str], options: tuple[Option, ...]) -> Verdict:
    codes = _codes(given, options)
    if codes is None:
        return Wrong("unknown_option")
    return codes[0] if len(set(codes)) == 1 else Wrong("one_only")


def _several(given: list[str], options: tuple[Option, ...], most: int) -> Verdict:
    codes = _codes(given, options)
    if codes is None:
        return Wrong("unknown_option")
    chosen = sorted(set(codes))
    for option in options:
        if option.exclusive and option.code in chosen and len(chosen) > 1:
            return Wrong("exclusive", option=option)
    return chosen if len(chosen) <= most else Wrong("too_many", {"most": most})


def _ranking(given: list[str], options: tuple[Option, ...], top: int) -> Verdict:
    """Codes from most important; a place left open between two others closes up."""
    codes = _codes(given, options)
    if codes is None:
        return Wrong("unknown_option")
    for option in options:
        if codes.count(option.code) > 1:
            return Wrong("same_twice", option=option)
    if len(codes) > top:
        return Wrong("too_many", {"most": top})
    return codes or None


def _text(given: list[str], most: int) -> Verdict:
    text = "\n".join(given).replace("\r\n", "\n").replace("\r", "\n").strip()
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        return Wrong("unreadable")
    return text if len(text) <= most else Wrong("too_long", {"length": len(text), "most": most})


def _number(given: list[str], least: int, most: int) -> Verdict:
    if len(given) > 1 or not _NUMBER.fullmatch(given[0].strip()):
        return Wrong("not_a_number")
    number = int(given[0])
    return number if least <= number <= most else Wrong("out_of_range", {"least": least, "most": most})
