"""The questionnaire: an immutable, content-hashed definition of pages, questions, routing and arms.

Fields with their default value are left out of the JSON, so that a field that is added later changes no hash.
"""

from typing import Annotated, Literal

from msgspec import Meta

from samenspraak.types.base import Answer, Language, Localised, Request
from samenspraak.types.expressions import AnyCondition, QuestionKey

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
    "own",
]
"""Part of the report a question belongs to; `own`: asked by the owner of the application beside the battery."""


class Definition(Request, frozen=True, kw_only=True, omit_defaults=True):
    """Base of every part of a questionnaire."""


class Option(Definition, frozen=True, kw_only=True):
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
    write_in: bool = False
    """Whoever chooses it may say what in a few words, at most 200 characters. Stored as `KEY.CODE`."""


class Question(Definition, tag_field="kind", frozen=True, kw_only=True):
    key: QuestionKey
    text: Localised
    """May pipe in the label of an earlier answer as `{Q_KEY}`; never what somebody typed."""
    stem: Localised | None = None
    hint: Localised | None = None
    required: bool | Literal["soft"] = True
    """`soft`: asked for once; who leaves it open a second time goes on."""
    show_if: AnyCondition | None = None
    construct: str = ""
    report: ReportTag = ""
    status: ItemStatus = "draft"
    seconds: int = 8
    """Expected time to answer."""


class Single(Question, tag="single", frozen=True, kw_only=True):
    """One of a list. Stored: the code."""

    options: tuple[Option, ...]
    randomise: bool = False
    options_from: QuestionKey | None = None
    """Only those options are offered that were chosen in this earlier question, beside the pinned and missing ones."""


class Likert(Question, tag="likert", frozen=True, kw_only=True):
    """One of a fully labelled ordered scale, low to high, with don't know apart. Stored: the code."""

    options: tuple[Option, ...]
    reversed: bool = False


class Scale(Question, tag="scale", frozen=True, kw_only=True):
    """0 to 10 with labelled ends. Stored: the code."""

    options: tuple[Option, ...]


class Slider(Question, tag="slider", frozen=True, kw_only=True):
    """A whole number on a line with labelled ends, typed in or set; no place on it is an answer beforehand.

    Stored: the number. `options` holds only non-substantive answers, with codes outside the line.
    """

    minimum: int = 0
    maximum: int = 100
    step: Annotated[int, Meta(ge=1)] = 1
    low: Localised
    high: Localised
    unit: Localised | None = None
    options: tuple[Option, ...] = ()


class Multi(Question, tag="multi", frozen=True, kw_only=True):
    """Any number of a list. Stored: list of codes in ascending order."""

    options: tuple[Option, ...]
    minimum: int = 0
    maximum: int | None = None
    randomise: bool = False
    options_from: QuestionKey | None = None
    """As in `Single`."""


class Row(Definition, frozen=True, kw_only=True):
    key: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    text: Localised
    reversed: bool = False


class Matrix(Question, tag="matrix", frozen=True, kw_only=True):
    """The same scale for several rows, each a group of its own on the page. Stored: row key -> code."""

    rows: tuple[Row, ...]
    options: tuple[Option, ...]
    shuffle_rows: bool = False


class Ranking(Question, tag="ranking", frozen=True, kw_only=True):
    """The most important `top` of a list, by a select per place. Stored: list of codes, most important first."""

    options: tuple[Option, ...]
    top: int = 3
    options_from: str | None = None
    """Question key whose chosen codes limit the options (or `concerns`: concern items answered 3 or higher)."""


class MaxDiff(Question, tag="maxdiff", frozen=True, kw_only=True):
    """Best-worst scaling: of each of `sets` small sets, what matters most and least.

    Every respondent gets a balanced design of their own, drawn by seed. Stored: `1.best` -> code, `1.worst` -> code,
    and so on.
    """

    options: tuple[Option, ...]
    """The items; each with its code."""
    set_size: Annotated[int, Meta(ge=3, le=6)] = 4
    sets: Annotated[int, Meta(ge=1, le=20)]
    best: Localised
    """What is asked: `most important`."""
    worst: Localised


class Numeric(Question, tag="numeric", frozen=True, kw_only=True):
    """A number typed in. Stored: the number."""

    minimum: int
    maximum: int
    decimals: Annotated[int, Meta(ge=0, le=3)] = 0
    unit: Localised | None = None
    """Stands behind the field: `euros a month`."""
    format: Literal["", "year"] = ""
    options: tuple[Option, ...] = ()
    """Non-substantive answers beside the field, with codes outside its range."""


class Open(Question, tag="open", frozen=True, kw_only=True):
    """Free text. Stored: string. Leaves the service in counts, and as a quote that a person of staff approved."""

    max_chars: int = 1000
    format: Literal["", "postcode", "postcode4"] = ""
    """A Dutch postcode, `1234 AB`, or its four digits; empty: any text."""
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


class Statement(Question, tag="statement", frozen=True, kw_only=True):
    """A short opinion to agree with, disagree with, or pass. Stored: 1, -1 or 0."""


class InfoSection(Definition, frozen=True, kw_only=True):
    heading: Localised
    text: Localised


class Info(Question, tag="info", frozen=True, kw_only=True):
    """Something to read, no answer."""

    sections: tuple[InfoSection, ...]


AnyQuestion = (
    Single
    | Likert
    | Scale
    | Slider
    | Multi
    | Matrix
    | Ranking
    | MaxDiff
    | Numeric
    | Open
    | Knowledge
    | Consent
    | Attention
    | VoteItem
    | Statement
    | Info
)

PageKey = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Jump(Definition, frozen=True, kw_only=True):
    """Where to go after a page. Forward only; the pages in between are not asked."""

    when: AnyCondition | None = None
    """None: always."""
    to: PageKey
    """A later page, or `end` for the review."""


class Page(Definition, frozen=True, kw_only=True):
    key: PageKey
    block: str
    questions: tuple[AnyQuestion, ...]
    title: Localised | None = None
    """Heading of the page; without it the heading of the block."""
    show_if: AnyCondition | None = None
    next: tuple[Jump, ...] = ()
    """The first whose condition is true is followed; none: the page that comes next."""


class Arm(Definition, frozen=True, kw_only=True):
    """A random part of the respondents gets these blocks in this order, about this variant of the application."""

    key: str
    block_order: tuple[str, ...]
    order: str = ""
    """Name of the order (`value_first`, `concerns_first`); arms of several variants share it. Empty: the key."""
    variant: str = ""
    """Key of the variant; empty where everybody is asked about the same."""


class QuestionVariant(Definition, frozen=True, kw_only=True):
    """The questions that read otherwise in one variant of the application; each replaces the one with its key."""

    key: str
    label: Localised
    questions: tuple[AnyQuestion, ...] = ()


class EasyForm(Definition, frozen=True, kw_only=True):
    """The easy mode: one question on a page, only these questions, and a shorter explanation."""

    asked: tuple[QuestionKey, ...]
    questions: tuple[AnyQuestion, ...] = ()
    """Each replaces the one with its key."""


class Quota(Definition, frozen=True, kw_only=True):
    """No more than `limit` completed responses of people for whom `when` is true.

    Lint and simulation judge it before anybody is asked. It stands beside the cells of the plan, which close by
    themselves. Answers on a route that was left do not count, and a condition that is unknown is not true.
    """

    key: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    label: Localised
    when: AnyCondition
    limit: Annotated[int, Meta(ge=1)]
    full: Literal["report", "end"] = "report"
    """`report`: only shown to staff. `end`: who would come on top is thanked and let go; a place is kept for whoever
    is on the way."""


class Policy(Definition, frozen=True, kw_only=True):
    back: bool = True
    """Whether people may go back to earlier pages."""
    review: bool = True
    """Whether all answers are shown once more before sending."""


class Questionnaire(Definition, frozen=True, kw_only=True):
    id: str
    version: int
    form: Form
    languages: tuple[Language, ...]
    """Reviewed by people: may be fielded."""
    pages: tuple[Page, ...]
    arms: tuple[Arm, ...] = ()
    shuffled_blocks: tuple[str, ...] = ("concerns",)
    """Blocks whose pages come in a seeded random order per respondent."""
    estimated_minutes: float = 0.0
    variants: tuple[QuestionVariant, ...] = ()
    """Empty, or two to four; the first is the application as its main text describes it."""
    unreviewed: tuple[Language, ...] = ()
    """Translated and not reviewed: may be looked at in a preview, never fielded."""
    quotas: Annotated[tuple[Quota, ...], Meta(max_length=50)] = ()
    easy: EasyForm | None = None
    policy: Policy = Policy()


class Finding(Answer, frozen=True, kw_only=True):
    """What the lint has to say about one place of a questionnaire."""

    severity: Literal["error", "warning"]
    code: str
    path: str
    """JSON pointer into the questionnaire."""
    message: str


AnswerValue = int | float | str | list[int] | dict[str, int] | None
"""Stored answer: a code or number, text, codes, codes by row or set, or None for `skipped`."""
