"""Questionnaires that come from or go to other survey software."""

from typing import Any, Literal

from samenspraak.types.base import Answer
from samenspraak.types.questionnaire import AnyQuestion, Page

QuestionnaireFormat = Literal["ddi", "triple_s", "codebook"]
"""DDI-Codebook 2.5 XML, Triple-S 3.0 XML, or a codebook as CSV."""


class ImportNote(Answer, frozen=True, kw_only=True):
    """Something that reads otherwise here than in the file, or that was not needed."""

    pointer: str
    """`survey/row/3/column/appearance`."""
    detail: str


class ImportedQuestions(Answer, frozen=True, kw_only=True):
    """What a file asks, in our own terms. Nothing is stored: look at it, and send it on as questions of your own."""

    questions: tuple[AnyQuestion, ...]
    """All questions in order."""
    pages: tuple[Page, ...]
    """The same questions on their pages."""
    notes: tuple[ImportNote, ...] = ()


class ExportedForm(Answer, frozen=True, kw_only=True):
    """A questionnaire in the JSON of SurveyJS, to look at there."""

    form: dict[str, Any]
    notes: tuple[ImportNote, ...] = ()
    """What the form does not say, by JSON pointer into the questionnaire."""
