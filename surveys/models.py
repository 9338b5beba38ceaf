"""Values of the survey domain that are not part of the published language."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct
from samenspraak.types.ballot import BallotDefinition, BallotResult
from samenspraak.types.base import Language, Mode
from samenspraak.types.problem import Fault
from samenspraak.types.questionnaire import AnswerValue, Option, Questionnaire

ResponseState = Literal["in_progress", "completed", "declined", "quota_full"]
"""`quota_full`: let go because a quota was full; nothing that was answered is kept."""
BallotState = Literal["open", "closed", "counted"]


class Respondent(Struct, frozen=True, kw_only=True):
    """What decides, beside the answers, which questions a person sees and in which order."""

    arm: str = ""
    seed: int = 0
    easy: bool = False
    """The easy mode: one question on a page, core questions only, a shorter explanation."""
    profile: Mapping[str, str] = {}
    """The fields of `ProfileField` that are known of this person."""


class Response(Struct, frozen=True, kw_only=True):
    """The answers given through one invitation, as a whole."""

    id: UUID
    audit_id: UUID
    respondent_id: UUID
    """Random id of the invitation; the only thing known here about the person."""
    state: ResponseState
    language: Language
    mode: Mode = "web"
    """How the answers come in."""
    version: int = 1
    """Version of the questionnaire that this person answers, to the end."""
    easy: bool = False
    """Whether this person chose the easy mode at the start."""
    profile: Mapping[str, str] = {}
    """What conditions may know of this person beforehand; only what the questionnaire asks for."""
    arm: str
    """Key of the random order of blocks this person gets."""
    seed: int
    """Fixes the order of options, concerns and arguments for this person, on every device."""
    revision: int
    """Rises by one with every saved page; a form that carries an older one is stale."""
    last_page: str | None
    """Page saved last: where to go on after a break."""
    started_at: datetime
    saved_at: datetime
    completed_at: datetime | None

    @property
    def printed(self) -> bool:
        """Whether there is no more of it than a form on paper that did not come back yet."""
        return self.mode == "paper" and self.state == "in_progress"

    @property
    def respondent(self) -> Respondent:
        return Respondent(arm=self.arm, seed=self.seed, easy=self.easy, profile=self.profile)


class Stored(Struct, frozen=True):
    """Every stored answer of a response."""

    values: dict[str, AnswerValue]
    off_route: frozenset[str]
    """Keys of the answers that lie on an abandoned route."""


class Standing(Struct, frozen=True, kw_only=True):
    """Where one respondent stands, all of one moment."""

    response: Response
    questionnaire: Questionnaire
    stored: Stored


class Checked(Struct, frozen=True, kw_only=True):
    """One page of a form, judged. `values` holds what is right, `faults` what is not, by question key."""

    values: dict[str, AnswerValue]
    faults: tuple[Fault, ...]


class Saved(Struct, frozen=True, kw_only=True):
    """What saving one page did. With faults nothing was stored, except in a draft save."""

    response: Response
    values: dict[str, AnswerValue]
    faults: tuple[Fault, ...]
    next: str | None
    """Key of the page that follows; None when the review page follows, or the questionnaire ended."""
    ended: bool = False
    """True when an answer ends the questionnaire (consent refused): answers are gone, the response is declined."""
    wrong: tuple[str, ...] = ()
    """Comprehension questions on this page answered wrongly for the first time: show the right answer once."""


class Submitted(Struct, frozen=True, kw_only=True):
    response: Response
    completes: int
    """Completed responses of this audit, this one included."""
    first: bool
    """False when it had been sent before: nothing changed."""


class CompletedResponse(Struct, frozen=True, kw_only=True):
    """One completed response as the analysis reads it; answers on an abandoned route are left out."""

    respondent_id: UUID
    language: str
    arm: str
    mode: Mode = "web"
    version: int = 1
    """Version of the questionnaire that was answered; versions differ in their texts only."""
    easy: bool = False
    """Answered in the easy mode, which asks less and so takes less time."""
    answers: dict[str, AnswerValue]
    page_seconds: dict[str, float]
    """Page key -> seconds between the previous commit and the commit(s) of this page, added up."""
    started_at: datetime
    completed_at: datetime


class Assessment(Struct, frozen=True, kw_only=True):
    """Quality flags of one response with the evidence for each. Nothing is removed because of them."""

    flags: tuple[str, ...]
    flagged: bool
    """At least two of speeding, attention and straight_lining."""
    evidence: dict[str, str]


class OptionsShown(Struct, frozen=True, kw_only=True):
    """Options of a question for one respondent, and how many of them may be ranked or chosen."""

    options: tuple[Option, ...]
    top: int


class Ballot(Struct, frozen=True, kw_only=True):
    """The secret ballot of one audit; what is in the box is not here."""

    audit_id: UUID
    definition: BallotDefinition
    definition_hash: str
    public_key: bytes
    state: BallotState
    opened_on: date
    closed_on: date | None
    result: BallotResult | None


class Receipt(Struct, frozen=True, kw_only=True):
    """Shown once to the voter. Its SHA-256 is in the published list; it does not say what was chosen."""

    code: str


class Opened(Struct, frozen=True, kw_only=True):
    """One ballot out of the box: nothing else travels with it."""

    cell: str
    choice: int
    receipt: str
    """SHA-256 of the receipt code, hexadecimal."""


class Recoding(Struct, frozen=True, kw_only=True):
    """What one person of staff made of one open answer."""

    respondent_id: UUID
    question: str
    coder: UUID
    """Key of the coder; who that is is not known here."""
    codes: tuple[str, ...]
    quote_approved: bool


class Voter(Struct, frozen=True, kw_only=True):
    """A line of the register of someone who voted."""

    respondent_id: UUID
    cell: str


class Retention(Struct, frozen=True, kw_only=True):
    """How long rows of a table are kept. `days` None: kept, because they hold nothing about a person."""

    table: str
    what: str
    days: int | None
    why: str


class Purged(Struct, frozen=True, kw_only=True):
    """Proof of one purge of one table."""

    table: str
    deleted: int
    kept: int
    oldest: datetime | None
    """Reference time of the oldest row that stays, if any."""
