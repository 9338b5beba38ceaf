"""What one respondent brings to the questions of a page: language, seed, stored answers, and a form that came back."""

from collections.abc import Collection, Mapping, Sequence

import msgspec
from babel.numbers import format_decimal
from samenspraak.types.base import Localised
from samenspraak.types.questionnaire import AnswerValue, AnyQuestion, Info, Option, Questionnaire

from service.pages.marked import Marked, foreign, joined
from service.pages.texts import DEFAULT, Texts
from surveys import routing
from surveys.models import Respondent
from surveys.piping import between, pieces, piped

Given = Mapping[str, AnswerValue]
Sent = Mapping[str, Sequence[str]]
"""A form as it was sent, shown again when it has faults."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One respondent in front of a page."""

    questionnaire: Questionnaire
    texts: Texts
    who: Respondent
    answers: Given
    sent: Sent | None = None
    errors: Mapping[str, str] = {}
    """What is wrong, by question key; in what was written in, by `KEY.CODE`."""

    def of(self, text: Localised) -> str:
        """A text of the questionnaire in the reader's language, with labels of earlier answers piped in."""
        words = self.texts.of(text)
        if "{" not in words:
            return words
        if isinstance(words, Marked):
            return foreign(piped(words, self.questionnaire, self.who, self.answers, DEFAULT), DEFAULT)
        lang = self.texts.lang
        found = pieces(words, self.questionnaire, self.who, self.answers, self.texts.of)
        return joined("", [joined(between(lang), piece) for piece in found])

    def options(self, question: AnyQuestion) -> tuple[Option, ...]:
        """The options of a question in this reader's order."""
        return routing.options_shown(question, self.who, self.answers, self.questionnaire).options

    def hint(self, question: AnyQuestion, *told: str) -> str:
        """The question's own hint, what its kind adds, and whether it may be left open."""
        parts = [self.of(question.hint)] if question.hint else []
        parts += [part for part in told if part]
        if question.required is False and not isinstance(question, Info):
            parts.append(self.texts("page.optional"))
        return joined(" ", parts)

    def error(self, key: str, parts: Collection[str] = ()) -> str:
        """What is wrong with a question as a whole; faults of its `parts` stand there."""
        own = (text for field, text in self.errors.items() if field.split(".")[0] == key and field not in parts)
        return next(own, "")

    def field(self, name: str, stored: str) -> str:
        """The value of a field: as it was sent when the form came back, else as it is stored."""
        return stored if self.sent is None else next(iter(self.sent.get(name, ())), "")

    def ticked(self, name: str, stored: Collection[str]) -> Collection[str]:
        """The values that are chosen under one name."""
        return stored if self.sent is None else set(self.sent.get(name, ()))

    def number(self, value: float) -> str:
        """A number as people write it in this language, without marks between the thousands."""
        return format_decimal(value, format="0.###", locale=self.texts.lang)
