"""The questionnaire on paper: forms for the printer, what two typists keyed, and where they differ."""

from typing import Annotated, Literal

from msgspec import Meta

from samenspraak.types.base import Answer, Lang, Language, Request

PaperTurn = Literal["first", "second"]
PaperStanding = Literal["printed", "keyed_once", "differing", "completed", "without_consent", "turned_away"]
"""`printed`: nothing keyed. `keyed_once`: waits for the second typist. `differing`: waits for a third look.
`completed`: the answers count. `without_consent`: consent was refused or not given, so nothing was kept.
`turned_away`: the group of this person was full, and the plan lets nobody in then."""

MOST_FORMS = 100
FieldName = Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,2}([a-z]{1,2}[+-]?|\.[0-9]{1,4})?$")]
"""As printed: `12`, `12b`, `12b+`, `12.7`."""
Keyed = Annotated[str, Meta(max_length=10_000)]


class PaperFormsRequest(Request, frozen=True, kw_only=True):
    """Whose forms to print: by code, or the people of a register in order of its references."""

    codes: Annotated[tuple[Annotated[str, Meta(max_length=40)], ...], Meta(max_length=MOST_FORMS)] = ()
    source_id: str | None = None
    skip: Annotated[int, Meta(ge=0)] = 0
    """Of a register: how many people to pass over, since a file holds at most 100 forms."""
    language: Lang | None = None
    """None: each in the language of the person."""
    easy: bool = False
    large: bool = False
    """Letters of 16 points."""


class PaperEntry(Request, frozen=True, kw_only=True):
    """What one typist read on a form, by the numbers and codes that are printed on it.

    `{"1": "1", "4": "2 5", "4.5": "de bus", "7a": "3", "9.2": "1", "10a+": "4", "12": "?"}`. Two ticks where one was
    asked for: both codes. Unreadable: `?`. What was left open is left out.
    """

    answers: Annotated[dict[FieldName, Keyed], Meta(max_length=2000)]


class PaperSettlement(Request, frozen=True, kw_only=True):
    """The right value of every field on which two typists differ, after a third look at the form."""

    answers: dict[FieldName, Keyed]
    """An empty text: nothing stands there."""
    reason: Annotated[str, Meta(min_length=5, max_length=500)]


class PaperDifference(Answer, frozen=True, kw_only=True):
    field: str
    question: str
    first: str
    second: str


class PaperFault(Answer, frozen=True, kw_only=True):
    """Something on the form that a page would have asked about; what is stored is None, or for `off_route` the answer
    beside the route."""

    field: str
    question: str
    code: str
    found: str
    """As keyed; empty for text."""


class PaperState(Answer, frozen=True, kw_only=True):
    """How far one form is."""

    audit_id: str
    state: PaperStanding
    language: Language
    easy: bool
    fields: int
    """On which the two entries were compared: those that at least one of them filled."""
    differences: tuple[PaperDifference, ...] = ()
    """Only once both are in and until they are settled."""
    faults: tuple[PaperFault, ...] = ()
    """Once the answers count."""
    settled: str | None = None
    """Reason of the third look."""


class KeyingErrors(Answer, frozen=True, kw_only=True):
    """How often two typists keyed the same form differently, over all forms of an audit that both have keyed."""

    forms: int
    fields: int
    """Boxes and numbers compared; texts are counted apart."""
    differing: int
    share: float | None
    """`differing` in `fields`; None without forms. With independent typists each errs about half as often."""
    text_fields: int
    text_differing: int
    waiting: int
    """Forms keyed once."""
    unsettled: int
    """Forms that wait for a third look."""


__all__ = [
    "MOST_FORMS",
    "KeyingErrors",
    "PaperDifference",
    "PaperEntry",
    "PaperFault",
    "PaperFormsRequest",
    "PaperSettlement",
    "PaperStanding",
    "PaperState",
    "PaperTurn",
]
