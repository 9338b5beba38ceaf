"""A citizens' assembly, council or other small panel that is drawn by lottery: what staff ask, and where it stands."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from samenspraak.types.base import Answer, Localised, Request, SampleKind
from samenspraak.types.lottery import Drawing, LotteryAlgorithm, LotteryQuota, PublicRandomness

AssemblyState = Literal[
    "draft",
    "recruiting",
    "pool_closed",
    "solving",
    "impossible",
    "solved",
    "published",
    "drawn",
    "seated",
    "ended",
    "cancelled",
]

PoolSource = Literal["members", "file"]
"""Where volunteers come from: members of the panel who say yes on their own page, or a list kept elsewhere."""

SeatState = Literal["offered", "confirmed", "declined"]

Name = Annotated[str, Meta(min_length=1, max_length=60)]


class FeatureRequest(Request, frozen=True, kw_only=True):
    """A feature whose quotas follow from the margins."""

    feature: Name
    """A dimension of the margin set: `sex_age`, `province`, ..."""
    slack: Annotated[float, Meta(ge=0, le=1)] = 0.05
    """How far the number of people with a value may lie from its share, as a share of the panel: 0.05 of a panel of 40
    is two people more or less."""


class QuotaRequest(Request, frozen=True, kw_only=True):
    """How many people with one value of a feature the panel holds, both bounds included."""

    feature: Name
    value: Name
    minimum: Annotated[int, Meta(ge=0, le=2000)]
    maximum: Annotated[int, Meta(ge=0, le=2000)]


class RandomnessRequest(Request, frozen=True, kw_only=True):
    """The public number that will decide, named before anybody can know it."""

    source: Annotated[str, Meta(min_length=3, max_length=300)]
    """So precise that everybody finds the same number: `Lotto of 28 November 2026, the six numbers in ascending order,
    separated by hyphens`."""
    address: Annotated[str, Meta(max_length=300)] = ""
    """Where it can be read: an https address."""
    known_from: datetime
    """When it becomes known. The lottery must be published before, the number is entered after."""


class AssemblyRequest(Request, frozen=True, kw_only=True):
    """What staff settle at the start. Quotas and public number can be changed until the lottery is published."""

    title: Localised
    organiser: Annotated[str, Meta(min_length=2, max_length=200)]
    """Who calls the assembly, as citizens know them."""
    purpose: Localised
    """What it will talk about and what happens with the outcome, in plain words: it stands in the invitation."""
    size: Annotated[int, Meta(ge=2, le=2000)]
    """People on the panel."""
    sample_kind: SampleKind = "opt_in_panel"
    pool: PoolSource = "members"
    margins_id: Annotated[str, Meta(max_length=60)] | None = None
    features: Annotated[tuple[FeatureRequest, ...], Meta(max_length=10)] = ()
    """Quotas from the margins; needs `margins_id`."""
    quotas: Annotated[tuple[QuotaRequest, ...], Meta(max_length=300)] = ()
    """Quotas as numbers, for features that are not in `features`."""
    accept_recalled_margins: Annotated[str, Meta(max_length=500)] = ""
    """Why quotas may follow from figures that were recalled; stands in the audit trail."""
    accept_outdated_margins: Annotated[str, Meta(max_length=500)] = ""
    """The same for a margin set that was marked as outdated."""
    one_per_household: bool = False
    algorithm: LotteryAlgorithm = "leximin"
    panels: Annotated[int, Meta(ge=100, le=10_000)] = 1000
    """Panels in the lottery, each with the same chance."""
    randomness: RandomnessRequest


class RecruitRequest(Request, frozen=True, kw_only=True):
    """Asks members whether they want to be in the lottery."""

    sample: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    """Ask so many members, drawn at random; None asks everybody of the sample kind."""
    answer_by: datetime | None = None
    """The day that the invitation names; staff close the pool."""


class QuotasRequest(Request, frozen=True, kw_only=True):
    """Replaces all quotas."""

    quotas: Annotated[tuple[QuotaRequest, ...], Meta(max_length=300)]
    why: Annotated[str, Meta(min_length=3, max_length=1000)]
    """Stands in the audit trail."""


class RelaxRequest(Request, frozen=True, kw_only=True):
    why: Annotated[str, Meta(min_length=3, max_length=1000)]


class DrawnValueRequest(Request, frozen=True, kw_only=True):
    """The public number as it was read."""

    value: Annotated[str, Meta(min_length=1, max_length=300)]


class DeclineRequest(Request, frozen=True, kw_only=True):
    """Staff record that somebody gives the seat back."""

    why: Annotated[str, Meta(min_length=3, max_length=300)]
    """How it is known (`by telephone`), without a name."""


class ReplacementRequest(Request, frozen=True, kw_only=True):
    """A new lottery for the seats that were given back, with a public number of its own."""

    randomness: RandomnessRequest


class SeatingRequest(Request, frozen=True, kw_only=True):
    accept_fewer: Annotated[str, Meta(max_length=1000)] = ""
    """Why the assembly begins with fewer people than planned; stands in the audit trail."""


class PoolOutcome(Answer, frozen=True, kw_only=True):
    """What a list of volunteers did to the pool, or would do (`dry_run`)."""

    rows: int
    volunteers: int
    """People in the pool afterwards."""
    households: int
    """Addresses with more than one volunteer."""
    dry_run: bool


class QuotaChange(Answer, frozen=True, kw_only=True):
    """One quota as it is, and as it would have to be."""

    feature: str
    value: str
    minimum: int
    maximum: int
    new_minimum: int
    new_maximum: int


class Demand(Answer, frozen=True, kw_only=True):
    """One side of a quota, or one of the rules that every panel follows."""

    kind: str
    """minimum, maximum, size, households, confirmed"""
    feature: str = ""
    value: str = ""
    limit: int = 0


class Recruits(Answer, frozen=True, kw_only=True):
    """Volunteers to find: so many more people with these features."""

    features: dict[str, str]
    people: int


class Impossibility(Answer, frozen=True, kw_only=True):
    """Why no panel meets the quotas, and what would help."""

    conflicts: tuple[tuple[Demand, ...], ...] = ()
    """Each a set of demands that cannot all be met, given who is in the pool; the smallest first."""
    relaxation: tuple[QuotaChange, ...] = ()
    """Cheapest change of the quotas after which a panel exists; empty when no change helps."""
    recruits: tuple[Recruits, ...] = ()
    """Fewest extra volunteers with whom the quotas can stay as they are."""
    words: tuple[Localised, ...] = ()
    """The same in sentences."""


class Fairness(Answer, frozen=True, kw_only=True):
    """How equal the chances are. Everybody's own chance stands with their ticket."""

    people: int
    """In the pool, without those who hold a seat already."""
    panels: int
    minimum: float
    """Lowest chance of those who can be on some panel."""
    maximum: float
    bound: float
    """No lottery gives everybody a higher chance than this."""
    gap: float
    """`bound - minimum`."""
    gini: float
    geometric_mean: float
    never: int
    """People that no panel can contain."""
    always: int
    """People who are on every panel."""
    method: str
    """Algorithm, solver and version."""


class EnteredValue(Answer, frozen=True, kw_only=True):
    """The public number as the first of two people entered it."""

    value: str
    at: datetime
    by: str


class Assembly(Answer, frozen=True, kw_only=True):
    """One assembly as staff see it: counts, never a person."""

    id: str
    title: Localised
    organiser: str
    purpose: Localised
    state: AssemblyState
    size: int
    sample_kind: SampleKind
    pool: PoolSource
    margins_id: str | None
    quotas: tuple[LotteryQuota, ...]
    one_per_household: bool
    algorithm: LotteryAlgorithm
    panels: int
    round: int
    """1 is the first lottery; every replacement of decliners is a further one."""
    randomness: PublicRandomness
    """Of the present round."""
    seed_commitment: str
    """SHA-256 of the seed of the present round; the seed follows with its drawing."""
    asked: int
    """People who were asked; 0 when the list of volunteers comes from elsewhere."""
    volunteers: int
    """People who said yes, or who stand on the list."""
    declined: int
    """People who were asked and said no."""
    warnings: tuple[Localised, ...] = ()
    """What staff should know about these quotas and this pool."""
    fairness: Fairness | None = None
    impossibility: Impossibility | None = None
    commitment: str | None = None
    entered: EnteredValue | None = None
    drawing: Drawing | None = None
    seats: dict[SeatState, int] = {}
    reason: str | None = None
    """Public reason of a cancellation."""
    created_at: datetime
    pool_closed_at: datetime | None = None
    published_at: datetime | None = None
    drawn_at: datetime | None = None
    ended_at: datetime | None = None


class Seat(Answer, frozen=True, kw_only=True):
    """One seat, for staff. A ticket is not a name; `reference` is the id of the list that staff handed in."""

    id: str
    ticket: str
    reference: str | None = None
    state: SeatState
    round: int
    """Lottery in which it was drawn."""
    chance: float
    """Chance that this person had in that lottery."""
    features: dict[str, str] = {}
    settled_at: datetime | None = None


class SeatWeight(Answer, frozen=True, kw_only=True):
    """What one member of the panel stands for. The chances are those of the whole way there, each apart."""

    ticket: str
    round: int
    """Lottery that drew this person; the chance is always that in the first, which the whole pool faced."""
    invited: float | None
    """Chance to be asked; None for a list of volunteers from elsewhere."""
    responded: float | None
    """Estimated chance to say yes; None as above."""
    selected: float
    weight: float
    """1 / (invited x responded x selected), factors that are not known left out."""


class AssemblyWeights(Answer, frozen=True, kw_only=True):
    """Base weights of the members of a panel, and their joint chances for variances."""

    seats: tuple[SeatWeight, ...]
    """In order of ticket."""
    joint: tuple[tuple[float, ...], ...]
    """Chance that two of them are both there, each one's own on the diagonal, in the order of `seats`."""
    joint_method: str
    """`lottery list`: read off the panels; `hajek`: approximated from each one's own chance."""


class ReservePerson(Answer, frozen=True, kw_only=True):
    """Somebody to ask to keep the dates free. `reference` is the id of the list that staff handed in."""

    id: str
    ticket: str
    reference: str | None = None
    features: dict[str, str] = {}


class Reserve(Answer, frozen=True, kw_only=True):
    """Whom to ask to stand by, most useful first."""

    people: tuple[ReservePerson, ...]
    without: float
    """Expected number of seats by which quotas are missed, or that stay empty, when nobody replaces who drops out."""
    expected: float
    """The same when these people fill the seats in the best way."""
    error: float
    """Standard error of `expected`."""
    scenarios: int


class StandInRequest(Request, frozen=True, kw_only=True):
    """People who stood by take the free seats."""

    people: Annotated[tuple[Annotated[str, Meta(max_length=60)], ...], Meta(min_length=1, max_length=200)]
    """Ids of those who can come, as `Reserve` gives them; not more of them are seated than there are free seats."""
    why: Annotated[str, Meta(min_length=3, max_length=300)]
    """Why there is no further lottery; stands in the audit trail."""
