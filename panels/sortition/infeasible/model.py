"""Why no panel exists, and what would help: values that can be stored, sent and put into words."""

from collections.abc import Mapping
from typing import Literal

import msgspec


class Flex(msgspec.Struct, frozen=True, kw_only=True):
    """How far staff are willing to go with one quota."""

    minimum: int
    """The minimum does not go below this."""
    maximum: int
    """The maximum does not go above this."""


class Shortage(msgspec.Struct, frozen=True, kw_only=True):
    """A minimum that nobody's presence can meet, whatever the other quotas say."""

    feature: str
    value: str
    minimum: int
    available: int
    """People of this value who could be on one panel at the same time (address rule and free seats counted)."""
    missing: int
    reason: Literal["people", "seats"]
    """`people`: too few in the pool; `seats`: confirmed people leave too few free seats."""


class Excess(msgspec.Struct, frozen=True, kw_only=True):
    """A maximum that the confirmed people alone exceed."""

    feature: str
    value: str
    maximum: int
    confirmed: int


class SumGap(msgspec.Struct, frozen=True, kw_only=True):
    """The quotas of one feature cannot fill a panel: their minima sum above its size, or their maxima below it."""

    feature: str
    side: Literal["minima", "maxima"]
    total: int
    """Sum of the minima, or of the maxima."""
    gap: int


class Supply(msgspec.Struct, frozen=True, kw_only=True):
    """What can be seen without a solver, each quota by itself."""

    size: int
    available: int
    """People who could be on one panel at the same time if there were no quotas."""
    missing: int
    """`size - available` where that is above 0."""
    confirmed: int
    shortages: tuple[Shortage, ...] = ()
    excesses: tuple[Excess, ...] = ()
    sums: tuple[SumGap, ...] = ()


class Element(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a quota, or one of the rules that every panel follows."""

    kind: Literal["minimum", "maximum", "size", "households", "confirmed"]
    feature: str = ""
    value: str = ""
    limit: int = 0
    """The bound; the panel size for `size`; 0 for the rules about addresses and confirmed people."""


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Demands that cannot all be met, given who can be drawn (nobody at the address of a confirmed person can)."""

    elements: tuple[Element, ...]
    fractional: bool
    """True: not even with fractions of people. False: only because people are whole."""
    irreducible: bool
    """Shown: when any one of the elements is dropped, whole people can meet the others."""
    smallest: bool
    """Shown: no conflict has fewer quotas."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One quota before and after."""

    feature: str
    value: str
    minimum: int
    maximum: int
    new_minimum: int
    new_maximum: int


class Relaxation(msgspec.Struct, frozen=True, kw_only=True):
    """Changes of quotas after which a panel exists."""

    changes: tuple[Change, ...]
    units: int
    """Sum of what minima go down and maxima go up."""
    cost: float
    """Sum of the costs: 1 for a place that a maximum goes up, 1 + 2 / minimum for one that a minimum goes down."""
    proven: bool
    """Shown: nothing is smaller (units), or cheaper by more than a ten-thousandth (cost)."""
    within_flex: bool = True
    """False: the flex bounds allow no panel, and these changes go beyond them."""


class Recruit(msgspec.Struct, frozen=True, kw_only=True):
    """Volunteers to find."""

    features: Mapping[str, str]
    people: int
    seen: bool
    """Whether the pool has somebody like that; if not, the combination was put together from what is missing."""


class Recruits(msgspec.Struct, frozen=True, kw_only=True):
    """The fewest extra volunteers with whom the quotas can be met as they are; each at an address of their own."""

    total: int
    cells: tuple[Recruit, ...]
    """One choice among those with this total."""
    proven: bool
    """Shown: fewer volunteers are not enough."""


class Infeasibility(msgspec.Struct, frozen=True, kw_only=True):
    """The whole explanation."""

    possible: bool
    """True: a panel exists after all, and the rest is empty."""
    supply: Supply
    conflicts: tuple[Conflict, ...] = ()
    """No two share a quota; the smallest first. Meeting one still leaves the others."""
    cheapest: Relaxation | None = None
    """Least cost; None when no change of quotas helps (too few people, confirmed people who live together)."""
    smallest: Relaxation | None = None
    """Fewest units."""
    recruits: Recruits | None = None
    """None when no number of volunteers helps."""
    undecided: bool = False
    """True: a search was stopped at its limit without an answer, and what is None here may exist after all."""
