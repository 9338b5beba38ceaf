"""Values of an assembly: what is held, who was asked, which lotteries there were, who has a seat."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from samenspraak.types.assembly import AssemblyState, EnteredValue, Fairness, Impossibility, PoolSource, SeatState
from samenspraak.types.base import Localised, SampleKind
from samenspraak.types.lottery import Drawing, LotteryAlgorithm, LotteryQuota, PublicRandomness

from panels.assemblies.states import Event

CandidateAnswer = Literal["asked", "yes", "no", "left"]

ORIGIN = "origin"
"""The one feature that is no part of the coded profile: kept apart, and only of members who agreed to that."""
UNKNOWN = "unknown"
"""Value of a feature that a member did not tell, or that no register has. It has no minimum, so it keeps nobody out."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What is held, settled at creation."""

    title: Localised
    organiser: str
    purpose: Localised
    size: int
    pool: PoolSource
    margins_id: str | None
    one_per_household: bool
    algorithm: LotteryAlgorithm
    panels: int


class Assembly(msgspec.Struct, frozen=True, kw_only=True):
    """One assembly as it is stored. `reading.shown` makes of it what leaves the house."""

    id: UUID
    state: AssemblyState
    sample_kind: SampleKind
    terms: Terms
    quotas: tuple[LotteryQuota, ...]
    round: int = 1
    attempt: int = 0
    randomness: PublicRandomness
    seed: str
    """128 random bits as 32 hexadecimal digits, of the present round."""
    salt: bytes
    fairness: Fairness | None = None
    impossibility: Impossibility | None = None
    warnings: tuple[Localised, ...] = ()
    entered: EnteredValue | None = None
    asked: int | None = None
    volunteers: int | None = None
    declined: int | None = None
    answer_by: datetime | None = None
    reason: str | None = None
    created_at: datetime
    changed_at: datetime
    pool_closed_at: datetime | None = None
    published_at: datetime | None = None
    drawn_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def seed_commitment(self) -> str:
        """SHA-256 of the seed, as it is published long before the seed."""
        return hashlib.sha256(self.seed.encode()).hexdigest()


class NewCandidate(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is asked, or who stands on a list."""

    id: UUID
    member_id: UUID | None
    reference: str | None
    batch: int
    language: str
    token_hash: bytes | None
    answer: CandidateAnswer
    features: Mapping[str, str] | None = None
    household: str | None = None
    invited: float | None


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was asked, or who stands on a list."""

    assembly_id: UUID
    id: UUID
    member_id: UUID | None
    reference: str | None
    language: str
    answer: CandidateAnswer
    features: dict[str, str]
    """Empty until the pool closes."""
    household: str
    """Empty: nobody else of the pool is known to live there."""
    ticket: str
    """Empty until the lottery is published."""
    invited: float | None
    responded: float | None
    selected: float | None


class Frozen(msgspec.Struct, frozen=True, kw_only=True):
    """What is fixed about a volunteer when the pool closes."""

    id: UUID
    features: Mapping[str, str]
    household: str
    responded: float | None


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    candidate_id: UUID
    round: int
    state: SeatState
    chance: float
    settled_at: datetime | None


class Solution(msgspec.Struct, frozen=True, kw_only=True):
    """One lottery before it is published. Kept as JSON, apart from the figures that everybody may see."""

    people: tuple[str, ...]
    """Ids of the candidates in the pool."""
    panels: tuple[tuple[int, ...], ...]
    """Panels of equal chance, as places in `people`."""

    def chances(self) -> tuple[float, ...]:
        """Share of the panels that hold each person: exactly the chance to be drawn."""
        held = [0] * len(self.people)
        for panel in self.panels:
            for place in panel:
                held[place] += 1
        return tuple(count / len(self.panels) for count in held)


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One lottery as it is stored; `content` is what everybody can download, byte for byte."""

    assembly_id: UUID
    number: int
    solution: bytes
    content: bytes | None
    pool_table: bytes | None
    commitment: str | None
    selection: bytes | None
    """JSON of the selection report."""
    drawing: Drawing | None
    published_at: datetime | None


class Wave(msgspec.Struct, frozen=True, kw_only=True):
    """Mail that must follow a step: to everybody of these batches for whom `name` is meant."""

    name: str
    """`asked`, `ticket`, `outcome_1`, `outcome_2`, ..."""
    batches: int


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step that was made, and what must happen next in the same transaction: a line in the trail, mail, a job."""

    assembly: Assembly
    event: Event | str
    detail: dict[str, str | int | float | bool | None] = {}
    wave: Wave | None = None
    solve: bool = False


class Addressee(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of a wave who has not been mailed."""

    candidate_id: UUID
    member_id: UUID
    language: str
    ticket: str
    drawn: bool
    """Whether this person holds a seat that was drawn in the round of the wave."""


Stage = Literal[
    "asked",
    "willing",
    "unwilling",
    "missed",
    "left",
    "waiting",
    "published",
    "offered",
    "confirmed",
    "declined",
    "lapsed",
    "not_drawn",
    "drawn_again",
    "begun",
    "cancelled",
]
"""What the page of one person is about."""


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """The person behind a link, and everything that their page shows."""

    assembly: Assembly
    candidate: Candidate
    seat: Seat | None = None

    @property
    def holding(self) -> int:
        """How many panels of the first lottery hold this person."""
        return round((self.candidate.selected or 0.0) * self.assembly.terms.panels)


class Chained(msgspec.Struct, frozen=True, kw_only=True):
    """The chance of one seated person, factor by factor."""

    candidate_id: UUID
    place: int
    """In `Chain.panels`."""
    round: int
    """Lottery that drew them."""
    state: SeatState
    invited: float | None
    """Chance to be asked; None when the list of volunteers comes from elsewhere."""
    responded: float | None
    """Estimated chance to say yes for people alike; None as above."""
    selected: float
    """Chance in the first lottery, that of the whole pool."""
    conditional: float
    """Chance in the lottery that drew them, given what happened before; equal to `selected` in round 1."""


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """From the panel frame to the people who hold a seat, with the panels for pairwise chances."""

    assembly_id: UUID
    seated: tuple[Chained, ...]
    people: int
    """In the pool."""
    panels: tuple[tuple[int, ...], ...]
    """Panels of the first lottery, each with the same chance: places from 0 to `people` - 1."""
