"""A lottery for a citizens' assembly as it is published: enough to check the draw with nothing but this file.

Nobody is named. Each volunteer has a ticket number that only they know to be theirs; panels are lists of tickets."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from samenspraak.types.base import Answer, SampleKind

LotteryAlgorithm = Literal["leximin", "maximin", "nash", "goldilocks", "stratified"]


class LotteryQuota(Answer, frozen=True, kw_only=True):
    """How many people with one value of a feature every panel holds, both bounds included."""

    feature: str
    value: str
    minimum: int
    maximum: int


class LotteryRules(Answer, frozen=True, kw_only=True):
    """What every panel of the lottery meets."""

    size: int
    """People on the panel."""
    quotas: tuple[LotteryQuota, ...]
    one_per_household: bool
    algorithm: LotteryAlgorithm
    panels: int = 1000
    """Panels in the lottery, each of equal chance."""
    seed_commitment: str
    """SHA-256 of the text of the seed that the panels were computed with; the seed follows with the drawing."""


class PublicRandomness(Answer, frozen=True, kw_only=True):
    """A public number that nobody knows yet when the panels are published, and nobody can steer."""

    source: Annotated[str, Meta(min_length=3, max_length=300)]
    """Which number, so precise that everybody finds the same one: `Lotto of 28 November 2026, the six numbers in
    ascending order, separated by hyphens`."""
    address: Annotated[str, Meta(max_length=300)] = ""
    """Where it can be read."""
    known_from: datetime
    """When it becomes known; the drawing may not be entered earlier."""


class PublishedLottery(Answer, frozen=True, kw_only=True):
    """Published before the drawing. `commitment` fixes every field above it."""

    format: Literal["samenspraak-lottery-1"] = "samenspraak-lottery-1"
    assembly_id: str
    title: str
    sample_kind: SampleKind
    rules: LotteryRules
    randomness: PublicRandomness
    tickets: tuple[str, ...]
    """The pool in ascending order: SHA-256 over a secret salt and the volunteer, shortened to a number people can
    compare."""
    pool_hash: str
    """SHA-256 of the confidential table of the features of each ticket: it cannot be changed later, and an auditor who
    is shown the table can check the quotas of every panel."""
    panels: tuple[tuple[int, ...], ...]
    """Panels of equal chance, numbered from 1: places in `tickets` (from 0), ascending."""
    published_at: datetime
    commitment: str
    """SHA-256 of the canonical JSON of this object without `commitment`."""


class Drawing(Answer, frozen=True, kw_only=True):
    """How the panel was picked among those published.

    `number` is 1 + (SHA-256 of `commitment|value`, read as a big-endian integer) modulo the number of panels.
    """

    value: str
    """The public number as it was entered, spaces at both ends removed."""
    entered_at: datetime
    entered_by: str
    """Role and key id, never a name."""
    confirmed_at: datetime
    confirmed_by: str
    """Somebody else, who looked the value up independently."""
    seed: str
    """Hexadecimal; the SHA-256 of this text is `rules.seed_commitment`."""
    number: int
    """The panel that was drawn, from 1."""


class LotteryFile(Answer, frozen=True, kw_only=True):
    """What the public downloads; `drawing` is None until the public number is known and confirmed."""

    lottery: PublishedLottery
    drawing: Drawing | None = None


class PoolRow(Answer, frozen=True, kw_only=True):
    """What the quotas look at of one volunteer."""

    ticket: str
    features: dict[str, str]
    """Value by feature, for every feature that has a quota."""
    household: int = 0
    """The same number for everybody at one address, from 1; 0 for who shares an address with nobody in the pool."""


class PoolTable(Answer, frozen=True, kw_only=True):
    """Which features belong to which ticket. Confidential: shown to an auditor, never published."""

    format: Literal["samenspraak-pool-1"] = "samenspraak-pool-1"
    assembly_id: str
    salt: str
    """Random text, so that nobody can guess the table and compare the hash."""
    rows: tuple[PoolRow, ...]
    """By ticket, ascending."""
