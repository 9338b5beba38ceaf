"""The questionnaire: an immutable, content-hashed definition of pages, questions, routing and arms."""

from typing import Annotated, Literal

from msgspec import Meta

from samenspraak.types.base import Answer, Localised, Request

ItemStatus = Literal["draft", "cognitively_tested", "piloted", "validated"]
Form = Literal["short", "standard", "long"]
ReportTag = Literal[
    "",
    "value",
    "concern",
    "trust",
    "use",
    "acceptability",
    "vote",
    "conditions",
    "comprehension",
    "general",
    "background",
    "quality",
]


class Option(Request, frozen=True, kw_only=True):
    code: int
    label: Localised
    missing: bool = False
    """A non-substantive answer (don't know 98, prefer not to say 99): shown, counted, outside the base of a mean."""
    exclusive: bool = False
    """In a multiple choice: cannot be combined with other options."""
    ends: bool = False
    """Choosing it ends the questionnaire politely (consent refused)."""
    pinned: bool = False
    """Keeps its place at the end when the order of options is random ("something else")."""


class Condition(Request, frozen=True, kw_only=True):
    """Shown only when the answer to `question` has one of `codes`. A missing answer is never a match."""

    question: str
    codes: tuple[int, ...]


class Question(Request, tag_field="kind", frozen=True, kw_only=True):
    key: Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_]{1,39}$")]
    text: Localised
    stem: Localised | None = None
    hint: Localised | None = None
    required: bool = True
    show_if: Condition | None = None
    construct: str = ""
    report: ReportTag = ""
    status: ItemStatus = "draft"
    seconds: int = 8
    """Expected time to answer."""


class Single(Question, tag="single", frozen=True, kw_only=True):
    """One of a list. Stored: the code."""

    options: tuple[Option, ...]
    randomise: bool = False


class Likert(Question, tag="likert", frozen=True, kw_only=True):
    """One of a fully labelled ordered scale, low to high, with don't know apart. Stored: the code."""

    options: tuple[Option, ...]
    reversed: bool = False


class Scale(Question, tag="scale", frozen=True, kw_only=True):
    """0 to 10 with labelled ends. Stored: the code."""

    options: tuple[Option, ...]


class Multi(Question, tag="multi", frozen=True, kw_only=True):
    """Any number of a list. Stored: list of codes in ascending order."""

    options: tuple[Option, ...]
    minimum: int = 0
    maximum: int | None = None
    randomise: bool = False


class Ranking(Question, tag="ranking", frozen=True, kw_only=True):
    """The most important `top` of a list, by a select per place. Stored: list of codes, most important first."""

    options: tuple[Option, ...]
    top: int = 3
    options_from: str | None = None
    """Question key whose chosen codes limit the options (or `concerns`: concern items answered 3 or higher)."""


class Numeric(Question, tag="numeric", frozen=True, kw_only=True):
    minimum: int
    maximum: int


class Open(Question, tag="open", frozen=True, kw_only=True):
    """Free text. Stored: string. Leaves the service in counts, and as a quote that a person of staff approved."""

    max_chars: int = 1000
    quotable: bool = False
    """Whether people are told beside the question that what they write may be quoted without their name."""


class Knowledge(Question, tag="knowledge", frozen=True, kw_only=True):
    """A comprehension question with one right answer; after a wrong answer the right one is shown once."""

    options: tuple[Option, ...]
    correct: int
    explain: Localised
    randomise: bool = True


class Consent(Question, tag="consent", frozen=True, kw_only=True):
    options: tuple[Option, ...]
    notice_version: str


class Attention(Question, tag="attention", frozen=True, kw_only=True):
    options: tuple[Option, ...]
    expected: int


class VoteItem(Question, tag="vote", frozen=True, kw_only=True):
    """The vote asked inside the questionnaire: confidential like every answer, linkable to the response."""

    options: tuple[Option, ...]
    arguments_for: tuple[Localised, ...]
    arguments_against: tuple[Localised, ...]


class InfoSection(Request, frozen=True, kw_only=True):
    heading: Localised
    text: Localised


class Info(Question, tag="info", frozen=True, kw_only=True):
    """Something to read, no answer."""

    sections: tuple[InfoSection, ...]


AnyQuestion = (
    Single | Likert | Scale | Multi | Ranking | Numeric | Open | Knowledge | Consent | Attention | VoteItem | Info
)


class Page(Request, frozen=True, kw_only=True):
    key: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    block: str
    questions: tuple[AnyQuestion, ...]


class Arm(Request, frozen=True, kw_only=True):
    """A random part of the respondents gets these blocks in this order, about this variant of the application."""

    key: str
    block_order: tuple[str, ...]
    order: str = ""
    """Name of the order (`value_first`, `concerns_first`); arms of several variants share it. Empty: the key."""
    variant: str = ""
    """Key of the variant; empty where everybody is asked about the same."""


class QuestionVariant(Request, frozen=True, kw_only=True):
    """The questions that read otherwise in one variant of the application; each replaces the one with its key."""

    key: str
    label: Localised
    questions: tuple[AnyQuestion, ...] = ()


class Questionnaire(Request, frozen=True, kw_only=True):
    id: str
    version: int
    form: Form
    languages: tuple[str, ...]
    pages: tuple[Page, ...]
    arms: tuple[Arm, ...]
    shuffled_blocks: tuple[str, ...] = ("concerns",)
    """Blocks whose pages come in a seeded random order per respondent."""
    estimated_minutes: float = 0.0
    variants: tuple[QuestionVariant, ...] = ()
    """Empty, or two to four; the first is the application as its main text describes it."""


class Finding(Answer, frozen=True, kw_only=True):
    """What the lint has to say about one place of a questionnaire."""

    severity: Literal["error", "warning"]
    code: str
    path: str
    """JSON pointer into the questionnaire."""
    message: str


AnswerValue = int | str | list[int] | None
"""Stored answer: code, text, codes, or None for `skipped`."""
