"""Which family shows which kind of question, and puts its answers in words."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from samenspraak.types.questionnaire import (
    AnswerValue,
    AnyQuestion,
    Attention,
    Consent,
    Info,
    Knowledge,
    Likert,
    Matrix,
    MaxDiff,
    Multi,
    Numeric,
    Open,
    Ranking,
    Scale,
    Single,
    Slider,
    Statement,
    VoteItem,
)

from service.pages.questions import choices, places, rows, typed
from service.pages.questions.seen import Seen
from service.pages.views import QuestionView, Section


class Family(msgspec.Struct, frozen=True):
    """How one kind is shown, and how its stored answer reads. Both take the question as its own kind."""

    view: Callable[[Any, Seen], QuestionView]
    words: Callable[[Any, AnswerValue, Seen], str | tuple[str, ...]]


def _reading(question: Info, seen: Seen) -> QuestionView:
    sections = tuple(Section(heading=seen.of(s.heading), text=seen.of(s.text)) for s in question.sections)
    return QuestionView(key=question.key, kind="reading", text=seen.of(question.text), sections=sections)


def _no_words(_question: Info, _value: AnswerValue, _seen: Seen) -> str:
    return ""


_CHOICES = Family(choices.view, choices.words)

FAMILIES: Mapping[type[AnyQuestion], Family] = {
    Single: _CHOICES,
    Likert: _CHOICES,
    Scale: _CHOICES,
    Multi: _CHOICES,
    Knowledge: _CHOICES,
    Consent: _CHOICES,
    Attention: _CHOICES,
    VoteItem: _CHOICES,
    Statement: Family(choices.statement, choices.opinion),
    Matrix: Family(rows.matrix, rows.matrix_words),
    MaxDiff: Family(rows.maxdiff, rows.maxdiff_words),
    Ranking: Family(places.view, places.words),
    Numeric: Family(typed.number, typed.number_words),
    Slider: Family(typed.slider, typed.number_words),
    Open: Family(typed.text, typed.text_words),
    Info: Family(_reading, _no_words),
}
"""Every kind of question; a test holds it against the published kinds."""


def view(question: AnyQuestion, seen: Seen) -> QuestionView:
    """One question in the form its kind asks for."""
    return FAMILIES[type(question)].view(question, seen)


def lines(question: AnyQuestion, seen: Seen) -> tuple[str, ...]:
    """The stored answer in words, a line for each part; empty when there is none."""
    value = seen.answers.get(question.key)
    if value is None or value == "" or value == [] or value == {}:
        return ()
    said = FAMILIES[type(question)].words(question, value, seen)
    found = said if isinstance(said, tuple) else (said,)
    return tuple(line for line in found if line)
