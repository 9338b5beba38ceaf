"""What changed between two versions of a questionnaire."""

from typing import Literal

from samenspraak.types.base import Answer, Request
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
