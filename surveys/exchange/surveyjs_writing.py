"""Writes a questionnaire as SurveyJS JSON (https://surveyjs.io), for a preview there, with what it cannot say beside.

What `surveyjs.read` reads comes back the same: questions, options, and who is asked what. Whatever does not is named.
"""

import html
from collections.abc import Sequence
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace
from samenspraak.types.base import Localised
from samenspraak.types.exchange import ExportedForm, ImportNote
from samenspraak.types.questionnaire import (
    AnyQuestion,
    Info,
    Likert,
    Matrix,
    MaxDiff,
    Multi,
    Numeric,
    Open,
    Option,
    Page,
    Questionnaire,
    Ranking,
    Scale,
    Slider,
    Statement,
)

from surveys.exchange import surveyjs_lost as lost
from surveys.exchange.columns import AGREE
from surveys.exchange.drafts import LANGUAGES, NOT_SUBSTANTIVE
from surveys.exchange.surveyjs_conditions import Names, joined, visible_if

Json = dict[str, Any]


def write(q: Questionnaire) -> ExportedForm:
    """The form, in Dutch first, and what it does not say."""
    names = _names(q)
    form: Json = {"locale": "nl", "pages": [_page(q, page, names) for page in q.pages]}
    notes = tuple(ImportNote(pointer=place, detail=detail) for place, detail in lost.named(q, form))
    return ExportedForm(form=form, notes=notes)


def _names(q: Questionnaire) -> dict[tuple[str, int], str]:
    """What SurveyJS calls its own last choices."""
    return {
        (question.key, code): name
        for page in q.pages
        for question in page.questions
        if not isinstance(question, Ranking | Likert | Scale | Matrix)
        for code, name in _special(getattr(question, "options", ()), several=isinstance(question, Multi)).items()
    }


def _page(q: Questionnaire, page: Page, names: Names) -> Json:
    made: Json = {"name": page.key}
    if page.title is not None:
        made["title"] = _text(page.title)
    shown = [visible_if(page.show_if, names)] if page.show_if is not None else []
    shown += _jumped_over(q, page, names)
    if shown:
        made["visibleIf"] = joined(shown, "and")
    made["elements"] = [_element(question, names) for question in page.questions]
    return made


def _jumped_over(q: Questionnaire, page: Page, names: Names) -> list[str]:
    """For each earlier page that may jump past this one, that it does not."""
    place = {one.key: number for number, one in enumerate(q.pages)}
    found: list[str] = []
    for before in q.pages[: place[page.key]]:
        earlier: list[str] = []
        for jump in before.next:
            when = visible_if(jump.when, names) if jump.when is not None else "true = true"
            if jump.to == "end" or place.get(jump.to, 0) > place[page.key]:
                taken = [when, *(f"!({other})" for other in earlier)]
                if before.show_if is not None:
                    taken.append(visible_if(before.show_if, names))
                found.append(f"!({joined(taken, 'and')})")
            earlier.append(when)
    return found


def _element(question: AnyQuestion, names: Names) -> Json:
    common: Json = {"name": question.key, "title": _text(question.text)}
    if question.hint is not None or question.stem is not None:
        common["description"] = _text(question.hint or question.stem or question.text)
    if question.required is True and not isinstance(question, Info | MaxDiff):
        common["isRequired"] = True
    if question.show_if is not None:
        common["visibleIf"] = visible_if(question.show_if, names)
    if isinstance(question, Info | MaxDiff):
        del common["title"]
        common.pop("description", None)
    return {**_own(question), **common}


def _own(question: AnyQuestion) -> Json:
    """What is proper to the kind of question."""
    match question:
        case Info():
            return {"type": "html", "html": _passages(question)}
        case MaxDiff():
            return {"type": "html", "html": _passages_of([question.text, *(item.label for item in question.options)])}
        case Open():
            kind = "text" if question.format else "comment"
            return {"type": kind, "maxLength": question.max_chars}
        case Numeric():
            made: Json = {"type": "text", "inputType": "number", "min": question.minimum, "max": question.maximum}
            return {**made, "step": 10**-question.decimals} if question.decimals else made
        case Slider():
            ends = ((question.minimum, question.low), (question.maximum, question.high))
            labels = [{"value": number, "text": _text(label)} for number, label in ends]
            line: Json = {"min": question.minimum, "max": question.maximum, "step": question.step}
            return {"type": "slider", **line, "customLabels": labels}
        case Statement():
            return {"type": "radiogroup", "choices": [{"value": code, "text": _text(label)} for code, label in AGREE]}
        case Matrix():
            rows = [{"value": row.key, "text": _text(row.text)} for row in question.rows]
            order = {"rowsOrder": "random"} if question.shuffle_rows else {}
            every = {"eachRowRequired": True} if question.required is True else {}
            return {"type": "matrix", "columns": _items(question.options), "rows": rows, **order, **every}
        case Scale() if _plain_scale(question.options):
            return _rate(question.options)
        case Likert() | Scale():
            return {"type": "rating", "rateValues": _items(question.options)}
        case Ranking():
            top = {"selectToRankEnabled": True, "maxSelectedChoices": question.top}
            whole = question.top == len(question.options)
            return {"type": "ranking", "choices": _items(question.options), **({} if whole else top)}
        case Multi():
            bounds: Json = {"minSelectedChoices": question.minimum} if question.minimum else {}
            if question.maximum is not None:
                bounds["maxSelectedChoices"] = question.maximum
            return {"type": "checkbox", **_choices(question.options, several=True), **bounds, **_order(question)}
        case _:
            return {"type": "radiogroup", **_choices(question.options, several=False), **_order(question)}


def _order(question: AnyQuestion) -> Json:
    return {"choicesOrder": "random"} if getattr(question, "randomise", False) else {}


def _choices(options: Sequence[Option], *, several: bool) -> Json:
    """Choices, with "other" and "none" as SurveyJS knows them where they stand at the end with the codes it gives."""
    special = _special(options, several=several)
    made: Json = {"choices": _items([option for option in options if option.code not in special])}
    for option in options:
        if special.get(option.code) == "other":
            made |= {"showOtherItem": True, "otherText": _text(option.label)}
        elif special.get(option.code) == "none":
            made |= {"showNoneItem": True, "noneText": _text(option.label)}
    return made


def _special(options: Sequence[Option], *, several: bool) -> dict[int, str]:
    """Codes that `surveyjs.read` gives to "other" and "none": they close the list, with the next higher codes."""
    rest, found = list(options), dict[int, str]()
    if several and rest and _as_read(rest, Option(code=0, label=rest[-1].label, exclusive=True, pinned=True)):
        found[rest.pop().code] = "none"
    if rest and _as_read(rest, Option(code=0, label=rest[-1].label, write_in=True, pinned=True)):
        found[rest.pop().code] = "other"
    return found


def _as_read(options: Sequence[Option], wanted: Option) -> bool:
    """Whether the last option is the one that would be read, its code included."""
    before = [option.code for option in options[:-1] if option.code not in NOT_SUBSTANTIVE]
    code = max(before, default=0) + 1
    code = code if code not in NOT_SUBSTANTIVE else max(NOT_SUBSTANTIVE) + 1
    return len(options) > 1 and options[-1] == replace(wanted, code=code)


def _plain_scale(options: Sequence[Option]) -> bool:
    """Whether a scale is numbers in a row, with words at the ends only."""
    codes = [option.code for option in options]
    inner = all(option.label.nl == option.label.en == str(option.code) for option in options[1:-1])
    return len(codes) > 1 and codes == list(range(codes[0], codes[-1] + 1)) and inner


def _rate(options: Sequence[Option]) -> Json:
    low, high = options[0], options[-1]
    ends = {"minRateDescription": _text(low.label), "maxRateDescription": _text(high.label)}
    return {"type": "rating", "rateMin": low.code, "rateMax": high.code, **ends}


def _items(options: Sequence[Option]) -> list[Json]:
    return [{"value": option.code, "text": _text(option.label)} for option in options]


def _text(text: Localised) -> dict[str, str]:
    """`default` is what SurveyJS shows where a language has no text: Dutch, the locale of the form."""
    texts = {language: getattr(text, language) for language in LANGUAGES}
    said: dict[str, str] = {lang: words for lang, words in texts.items() if words is not UNSET and lang != "nl"}
    return {"default": text.nl, **said}


def _passages(info: Info) -> dict[str, str]:
    parts = [part for section in info.sections for part in (section.heading, section.text)]
    return _passages_of([info.text, *parts])


def _passages_of(texts: Sequence[Localised]) -> dict[str, str]:
    """Texts below each other as inert HTML."""
    return {
        language: "<br>".join(
            html.escape(words) for text in texts if isinstance(words := _text(text).get(language), str)
        )
        for language in _text(texts[0])
    }
