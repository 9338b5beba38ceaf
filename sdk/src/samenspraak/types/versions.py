"""What changed between two versions of a questionnaire."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from samenspraak.types.base import Answer, Language, Request
from samenspraak.types.questionnaire import Finding, Questionnaire

ChangeKind = Literal["text", "structural"]
"""`text`: words only, answers before and after mean the same if the words do. `structural`: what is asked, of whom, in
which order, or what may be answered."""


class Change(Answer, frozen=True, kw_only=True):
    kind: ChangeKind
    action: Literal["added", "removed", "changed", "moved"]
    path: str
    """JSON pointer into the version after it, or before it where something was removed. Parts of lists are named by
    their key or code: `/pages/vote/questions/VT_MAIN/options/2/label/nl`."""
    before: str = ""
    """JSON of the value; empty where something was added."""
    after: str = ""
    code_reused: bool = False
    """A code that had another label: answers of both versions must not be added up."""


class QuestionnaireDiff(Answer, frozen=True, kw_only=True):
    kind: Literal["same", "text", "structural"]
    """The heaviest of all changes."""
    changes: tuple[Change, ...]
    codes_reused: int = 0


class Comparison(Request, frozen=True, kw_only=True):
    """Two versions to compare."""

    before: Questionnaire
    after: Questionnaire


class TextCorrection(Request, frozen=True, kw_only=True):
    """One text in one language, to be replaced."""

    path: Annotated[str, Meta(min_length=1, max_length=400)]
    """As in `Change`, without the language: `/pages/vote/questions/VT_MAIN/text`."""
    language: Language
    text: Annotated[str, Meta(min_length=1, max_length=10_000)]
    """The whole new text."""


class CorrectionRequest(Request, frozen=True, kw_only=True):
    """Texts to correct in a questionnaire that people are answering: either `texts`, or the whole `questionnaire` as
    it should be."""

    reason: Annotated[str, Meta(min_length=3, max_length=500)]
    """Stands in the audit trail and in the report."""
    texts: Annotated[tuple[TextCorrection, ...], Meta(max_length=200)] = ()
    questionnaire: Questionnaire | None = None


class QuestionnaireVersion(Answer, frozen=True, kw_only=True):
    """One version of the questionnaire of an audit. Whoever began with a version answers it to the end."""

    version: int
    """1: as approved. The others differ from it in their texts only."""
    content_hash: str
    corrected_at: datetime | None = None
    reason: str = ""
    changes: tuple[Change, ...] = ()
    """From the version before."""
    began: int
    """Responses to this version."""
    completed: int


class QuestionnaireCheck(Answer, frozen=True, kw_only=True):
    """A questionnaire on the bench."""

    errors: int
    warnings: int
    minutes: float
    """Expected, when every question is shown."""
    questions: int
    flesch_douma: float
    """Reading level of the Dutch questions together; 70 is wanted."""
    findings: tuple[Finding, ...]
