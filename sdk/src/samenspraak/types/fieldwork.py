"""Fieldwork as staff steer it: cells and their forecast, the next wave, and how even participation is. Counts only."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from samenspraak.types.base import Answer, Localised, Request

CellStanding = Literal["open", "full", "stopped", "reopened"]
"""`full`: has its completes and takes no more. `stopped` and `reopened` are decisions of staff; a cell that was
reopened although it is full stays open until it is stopped."""

CellAction = Literal["full", "wait", "remind", "invite", "reopen", "short"]
"""What the next wave does with a cell. `wait`: what is open is enough. `remind`: the same, and reminders are due.
`reopen`: people are wanted in a cell that staff stopped. `short`: fewer people are left than wanted."""


class CellStatus(Answer, frozen=True, kw_only=True):
    """One cell in counts."""

    key: str
    """Level codes joined by ` x `, or `rest`."""
    standing: CellStanding
    need: int
    have: int
    """Completed responses; one that is taken back does not count any more."""
    pending: int
    """Invited, and neither done nor out."""


class CellMonitor(CellStatus, frozen=True, kw_only=True):
    """One cell with its forecast."""

    expected: float
    """Completes in the end, if nobody else is invited."""
    lower: int
    upper: int
    """Where the completes end, with the certainty of `level`: unknown response and chance, both."""
    miss: float
    """Chance that the cell ends below its need; where cells are only watched, a tenth below counts as filled."""


class RepresentativityPoint(Answer, frozen=True, kw_only=True):
    """How even participation was at one moment. `value` is None while too few took part, or too few did not."""

    day: int
    """Plan days since fieldwork opened."""
    at: datetime
    wave: int
    """Waves drawn by then."""
    invited: int
    completed: int
    value: float | None = None
    """R-indicator: 1 when all groups took part equally often."""
    lower: float | None = None
    upper: float | None = None


class FieldworkMonitor(Answer, frozen=True, kw_only=True):
    audit_id: str
    at: datetime
    waves: int
    """Waves drawn."""
    most_waves: int
    cells: tuple[CellMonitor, ...]
    expected: float
    """Completes of all cells together in the end, if nobody else is invited."""
    lower: int
    upper: int
    level: float
    """Of the intervals."""
    filled: float
    """Chance that every cell is filled, and all together have the target."""
    not_drawn: dict[str, int]
    """Members who could not be drawn in the latest wave, by reason."""
    representativity: tuple[RepresentativityPoint, ...] = ()


class ProposedCell(Answer, frozen=True, kw_only=True):
    key: str
    action: CellAction
    invite: int
    available: int
    """Members who could be invited now."""
    need: int
    expected: float
    """Completes in the end without this wave."""
    expected_after: float
    """The same with it."""
    lacking: int
    """People wanted who are not there."""


class WaveProposal(Answer, frozen=True, kw_only=True):
    """What the next wave would be, from what is known now."""

    audit_id: str
    at: datetime
    number: int
    decides: Literal["staff", "plan"]
    possible: bool
    """Whether it may go out now; `reasons` say why not."""
    reasons: tuple[str, ...] = ()
    due_at: datetime | None = None
    """Not before this moment; None when no wave is left."""
    invite: int
    chance_before: float
    """That the cells are filled without this wave."""
    chance: float
    """The same with this wave, if no other follows."""
    cells: tuple[ProposedCell, ...]
    not_drawn: dict[str, int]
    recruits: dict[str, int]
    """Cell -> people to recruit before the cell can be filled."""


class WaveRequest(Request, frozen=True, kw_only=True):
    """Accepts a proposal, as it is or changed."""

    number: Annotated[int, Meta(ge=2, le=10)]
    """Number of the proposal; a wave is drawn once."""
    invite: Annotated[dict[str, Annotated[int, Meta(ge=0, le=100_000)]], Meta(min_length=1, max_length=2000)]
    """Cell -> people to invite."""


class DrawnStratum(Answer, frozen=True, kw_only=True):
    key: str
    frame: int
    """Members who could be drawn."""
    drawn: int
    probability: float
    """Of each of them, in this wave."""


class Wave(Answer, frozen=True, kw_only=True):
    """One draw. With the seed, which the report publishes, and the frame anybody can repeat it."""

    number: int
    drawn_at: datetime
    decided_by: Literal["opening", "staff", "plan"]
    method: Literal["stratified", "balanced"]
    invited: int
    frame: int
    frame_hash: str
    """SHA-256 over the sorted ids of the members who could be drawn."""
    not_drawn: dict[str, int]
    strata: tuple[DrawnStratum, ...]


class PageDropOff(Answer, frozen=True, kw_only=True):
    """One page of the questionnaire, over everybody who began."""

    page: str
    block: str
    saved: int
    """Responses that saved this page at least once."""
    left_here: int
    """Not sent, and this is the page saved last: whatever came after it was not answered."""
    median_seconds: float | None = None
    """Between the commit before and the commit of this page; None while fewer than five people saved it."""
    returned: int
    """Responses that saved it more than once: went back, or changed an answer."""


class QuotaStatus(Answer, frozen=True, kw_only=True):
    """One quota of the questionnaire in counts."""

    key: str
    label: Localised
    full: Literal["report", "end"]
    limit: int
    have: int
    """Completed responses that count; one that is taken back does not."""
    reserved: int
    """On the way, with a place kept; given back when they stop, or save nothing for 24 hours."""
    turned_away: int
    """Came when it was full and were let go."""


class QuestionnaireProgress(Answer, frozen=True, kw_only=True):
    """How the questionnaire itself does in the field: the way in, where people stop, and how long it takes."""

    invited: int
    reached: int
    """Invited, less those whom no message could be delivered to."""
    channels: dict[str, int] = {}
    """Messages sent, reminders included, by `email`, `sms` and `letter`."""
    returned: dict[str, int] = {}
    """Reports on mail that did not arrive: `permanent` for good (also after three attempts), `transient` for now."""
    began: int
    completed: int
    declined: int
    """Said no, took their answers back, or refused consent."""
    broken_off: int
    """Began, did not send, and the audit has closed."""
    under_way: int
    """Began and did not send, while the audit is open."""
    median_minutes: float | None = None
    """Of completed responses, with at most ten minutes a page; None while fewer than five."""
    pages: tuple[PageDropOff, ...]
    """In the order of the questionnaire."""
    languages: dict[str, int]
    """Completed responses by the language they ended in."""
    easy: int
    """Completed responses in the easy mode."""
    flags: dict[str, int]
    """Completed responses by quality flag; one response may have several."""
    flagged: int
    """Completed responses that the rule of the plan counts as flagged."""
    turned_away: int = 0
    """Let go because a quota of the questionnaire was full. No refusal, and not broken off."""
    quotas: tuple[QuotaStatus, ...] = ()
    """In the order of the questionnaire."""


class BounceOutcome(Answer, frozen=True, kw_only=True):
    """What a message that came back was taken for."""

    kind: Literal["permanent", "transient", "delivered", "none"]
    """`none`: not a delivery report."""
    status: str
    """Enhanced status code, such as `5.1.1`; empty where there is none."""
    known: bool
    """Whether the return address names an invitation of ours, with a signature that holds."""
    marked: bool
    """Whether the invitation was marked as undeliverable by this message."""
    then: Literal["nothing", "again", "other_channel", "undeliverable"] = "nothing"
    """What follows: mail once more after some days, a text message or letter instead, or no more mail."""
