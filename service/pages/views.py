"""What the templates see: plain values, already in the reader's language."""

from typing import Literal

import msgspec

QuestionKind = Literal[
    "radios",
    "scale",
    "checks",
    "statement",
    "rows",
    "sets",
    "ranks",
    "number",
    "line",
    "text",
    "reading",
    "settled",
]


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all views."""


class FieldError(View, frozen=True, kw_only=True):
    """One line of the error summary, linked to its field."""

    field: str
    """Id of the element to go to."""
    text: str


class WriteIn(View, frozen=True, kw_only=True):
    """The text field beside an option: something else, namely."""

    id: str
    name: str
    label: str
    value: str = ""
    error: str = ""


class Choice(View, frozen=True, kw_only=True):
    id: str
    name: str
    value: str
    label: str
    checked: bool = False
    apart: bool = False
    """Set apart from the list: don't know, prefer not to say, none of these."""
    write: WriteIn | None = None


class Place(View, frozen=True, kw_only=True):
    """One select of a ranking."""

    id: str
    name: str
    label: str
    choices: tuple[Choice, ...]


class Part(View, frozen=True, kw_only=True):
    """One group of radios of a question that has several: a row, or best or worst of a set."""

    id: str
    name: str
    text: str
    choices: tuple[Choice, ...]
    heading: str = ""
    """Of the set that begins here."""
    open: bool = False
    """Left open in a question that came back: marked, and led to."""


class Ends(View, frozen=True, kw_only=True):
    """The two ends of a line, in words."""

    minimum: str
    low: str
    maximum: str
    high: str


class Section(View, frozen=True, kw_only=True):
    heading: str
    text: str


class ArgumentsView(View, frozen=True, kw_only=True):
    """The balanced pair, in the order this reader gets."""

    heading: str
    points: tuple[str, ...]


class QuestionView(View, frozen=True, kw_only=True):
    key: str
    kind: QuestionKind
    text: str
    hint: str = ""
    error: str = ""
    choices: tuple[Choice, ...] = ()
    places: tuple[Place, ...] = ()
    sections: tuple[Section, ...] = ()
    parts: tuple[Part, ...] = ()
    arguments: tuple[ArgumentsView, ...] = ()
    value: str = ""
    maximum: int = 0
    """Most characters of a field."""
    inputmode: str = ""
    autocomplete: str = "off"
    unit: str = ""
    ends: Ends | None = None
    explanation: str = ""

    @property
    def first_field(self) -> str:
        """Id of the element an error message leads to."""
        if self.kind in ("number", "line", "text"):
            return self.key
        if self.choices:
            return self.choices[0].id
        if self.parts:
            return next((part for part in self.parts if part.open), self.parts[0]).choices[0].id
        return self.places[0].id if self.places else self.key

    @property
    def errors(self) -> tuple[FieldError, ...]:
        """Everything that is wrong here, each with the field to go to."""
        own = (FieldError(field=self.first_field, text=self.error),) if self.error else ()
        written = (choice.write for choice in self.choices if choice.write is not None)
        return (*own, *(FieldError(field=one.id, text=one.error) for one in written if one.error))

    @property
    def described_by(self) -> str:
        """Ids of hint, unit, the ends of a line and error, for aria-describedby."""
        told = (("hint", self.hint), ("ends", self.ends), ("unit", self.unit), ("error", self.error))
        return " ".join(f"{self.key}-{name}" for name, there in told if there)


class Group(View, frozen=True, kw_only=True):
    """Questions that share one introduction."""

    id: str
    stem: str
    questions: tuple[QuestionView, ...]


class PageView(View, frozen=True, kw_only=True):
    """One page of the questionnaire."""

    action: str
    heading: str
    progress: str
    revision: int
    groups: tuple[Group, ...]
    errors: tuple[FieldError, ...] = ()
    message: str = ""
    """Why the page came back although nothing is wrong in it: answered later in another tab."""
    asked: tuple[str, ...] = ()
    """Questions that were asked for once and may be left open now."""
    back: bool = True
    next_label: str = ""
    read_aloud: QuestionView | None = None
    """Confirmed by whoever fills in for another: the text of the consent was read aloud."""


class Answered(View, frozen=True, kw_only=True):
    """One line of the review page."""

    question: str
    answer: tuple[str, ...]
    """A line for each row, place or set."""
    change: str


class ReviewView(View, frozen=True, kw_only=True):
    action: str
    blocks: tuple[tuple[str, tuple[Answered, ...]], ...]
    back: bool = True


class FeedbackView(View, frozen=True, kw_only=True):
    action: str
    progress: str
    items: tuple[QuestionView, ...]
    back: bool = True


class StartView(View, frozen=True, kw_only=True):
    action: str
    name: str
    owner: str
    minutes: int
    begun: bool
    call: str
    """Where to ask to be called."""
    easy_minutes: int = 0
    """Of the easy mode; 0: there is none, or the choice was made."""
    open_until: str = ""
    notice: str = "/notice"


class PreviewChoice(View, frozen=True, kw_only=True):
    """Another language, arm, mode or page to look at."""

    name: str
    link: str
    """Empty: this is what is shown now."""
    lang: str = ""
    dir: str = ""


class PreviewView(View, frozen=True, kw_only=True):
    """One page of a questionnaire that counts for nothing."""

    heading: str
    place: str
    unreviewed: bool
    languages: tuple[PreviewChoice, ...]
    arms: tuple[PreviewChoice, ...]
    modes: tuple[PreviewChoice, ...]
    pages: tuple[PreviewChoice, ...]
    groups: tuple[Group, ...]
    conditions: tuple[tuple[str, str, str], ...]
    """Message, what it is about, and the condition in its text form."""
    earlier: str
    later: str


class LaterView(View, frozen=True, kw_only=True):
    """Stopping for now: the way back, also on another device."""

    until: str
    here: str
    link: str
    """The whole address, to read and to copy; empty where others use the computer too, or fill in."""
    code: str
    """The modules of its QR code as the path of a drawing."""
    typed: str
    """The code to type, as printed."""
    typed_at: str
    """Where to type it."""
    size: int
    """Of the drawing, in modules; the quiet zone around it included."""


class CodeView(View, frozen=True, kw_only=True):
    """Typing the code of a letter."""

    action: str
    value: str
    error: str
    errors: tuple[FieldError, ...]


class CallView(View, frozen=True, kw_only=True):
    """Asking to be called."""

    action: str
    here: str
    """Where this person goes on without a call."""
    asked: str
    """What was asked for and is still to happen; empty: nothing."""
    questions: tuple[QuestionView, ...]
    errors: tuple[FieldError, ...]
    notice: str


class StopView(View, frozen=True, kw_only=True):
    action: str


class OwnersAnswer(View, frozen=True, kw_only=True):
    """The owner's answer, beside the report."""

    summary: str
    measures: tuple[tuple[str, str, str, str], ...]
    """Finding, decision in words, why, by when."""
    contact: str
    received: str


class ArrivalView(View, frozen=True, kw_only=True):
    """The door for people whom somebody else sends."""

    action: str
    name: str
    sender: str
    questions: tuple[QuestionView, ...]
    errors: tuple[FieldError, ...]
    notice: str


class DoneView(View, frozen=True, kw_only=True):
    name: str
    owner: str
    contact: str = ""
    """Where the owner can be reached, as the owner wrote it."""
    back: str = ""
    """Where whoever sent this person waits for them."""
    sender: str = ""
    vote: str = ""
    """Address of the secret vote while it is open to this reader."""
    voted: bool = False
    alone: bool = False
    """There is a vote, and it is not for a session in which somebody else fills in."""
    report: str = ""
    register: str = ""
    response: OwnersAnswer | None = None
    unanswered: bool = False
    """The report is public and the owner gave no answer."""
    closed: bool = False
    waiting: str = ""
    """The report is made and the owner still has time to answer."""


class VoteView(View, frozen=True, kw_only=True):
    action: str
    proposition: str
    arguments: tuple[ArgumentsView, ...]
    question: QuestionView
    definition_hash: str
    cells: str
    errors: tuple[FieldError, ...] = ()


class CheckView(View, frozen=True, kw_only=True):
    cast: str
    change: str
    proposition: str
    choice: str
    label: str


class ReceiptView(View, frozen=True, kw_only=True):
    code: str
    register: str
    done: str


class KioskView(CodeView, frozen=True, kw_only=True):
    """The page of a public computer between two visitors."""

    left: bool
    """Somebody has just ended their session."""


class StillThereView(View, frozen=True, kw_only=True):
    action: str


class Message(View, frozen=True, kw_only=True):
    """A short page: what happened and what to do now."""

    heading: str
    paragraphs: tuple[str, ...]
    link: str = ""
    link_text: str = ""


class JoinView(View, frozen=True, kw_only=True):
    action: str
    questions: tuple[QuestionView, ...]
    consent: Choice
    consent_error: str = ""
    notice: str
    notice_version: str
    stamp: str = ""
    errors: tuple[FieldError, ...] = ()


class ProfileView(View, frozen=True, kw_only=True):
    """A member's own profile, to be changed or confirmed."""

    action: str
    back: str
    questions: tuple[QuestionView, ...]
    errors: tuple[FieldError, ...] = ()


class ReachView(View, frozen=True, kw_only=True):
    """How a member wants to be invited."""

    action: str
    back: str
    channel: QuestionView
    phone: QuestionView | None
    """None where no text messages are sent."""
    home: tuple[QuestionView, ...]
    home_hint: str
    remove_phone: str = ""
    remove_address: str = ""
    """Where a removal is posted; empty where there is nothing to remove."""
    errors: tuple[FieldError, ...] = ()


class NoticeView(View, frozen=True, kw_only=True):
    title: str
    version: str
    sections: tuple[Section, ...]
    back: str = ""
    """To the survey, where this was opened from inside it."""


class MemberView(View, frozen=True, kw_only=True):
    base: str
    """`/m/{token}`; the forms add the act."""
    status: Literal["pending", "active", "paused", "withdrawn", "duplicate"]
    joined: str
    consent_version: str
    profile: tuple[tuple[str, str], ...]
    message: str = ""
    suffix: str = ""
    stale: bool = False
    """The profile is more than a year old."""


class AssemblyView(View, frozen=True, kw_only=True):
    """One person and one assembly."""

    action: str
    name: str
    headline: str
    text: str = ""
    message: str = ""
    """Why an answer was not kept."""
    facts: tuple[tuple[str, str], ...] = ()
    buttons: tuple[tuple[str, str], ...] = ()
    """Value of `action`, and words."""
    give_back: str = ""
    ticket: str = ""
    standing: tuple[tuple[str, str], ...] = ()
    """Label and words, beside the ticket."""
    register: str = ""


class ConfirmView(View, frozen=True, kw_only=True):
    """Asks once more before something that cannot be undone."""

    action: str
    heading: str
    paragraphs: tuple[str, ...]
    button: str
    back: str
    danger: bool = False
