"""Values of a lottery for a panel: who is in the pool, what the panel must look like, what came out.

People with the same features have the same chance, so the arithmetic runs over *types* (people alike in every way that
matters) and not over people: chances within a type are equal exactly, and identical people cost nothing."""

from collections.abc import Mapping
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from analytics.arrays import BoolArray, FloatArray, IntArray

Algorithm = Literal["leximin", "maximin", "nash", "goldilocks", "stratified"]

Panels = NDArray[np.int32]
"""m x T: people of each type in each of m panels."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """One volunteer in the pool."""

    id: str
    features: Mapping[str, str]
    """Value by feature, for every feature that has a quota."""
    household: str = ""
    """People with the same key live at one address; empty for somebody who lives alone or whose address is unknown."""


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """How many people with one value of a feature the panel holds, both bounds included."""

    feature: str
    value: str
    minimum: int
    maximum: int


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: a panel of `size` people out of the pool that meets every quota."""

    people: tuple[Person, ...]
    quotas: tuple[Quota, ...]
    size: int
    one_per_household: bool = False
    confirmed: frozenset[str] = frozenset()
    """Ids that are on the panel whatever happens (replacement of decliners); they count for quotas and households."""
    excluded: frozenset[str] = frozenset()
    """Ids that cannot be drawn: who declined. Their address is free again unless somebody confirmed lives there."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What one row of the constraints says: a quota, or that an address gives one person at most."""

    kind: Literal["quota", "household"]
    feature: str = ""
    value: str = ""


class Types(msgspec.Struct, frozen=True, kw_only=True):
    """A draft over types. A panel is an integer vector x with sum(x) = size, floor <= x <= counts and
    lower <= matrix @ x <= upper; it can always be filled with people (`lottery.seat`)."""

    counts: IntArray
    """T: people of each type who can be drawn."""
    floor: IntArray
    """T: people of each type who are confirmed: 1 for a confirmed person, who is a type of their own; else 0."""
    matrix: sparse.csr_array
    """R x T of 0 and 1: which types count in which row."""
    lower: IntArray
    upper: IntArray
    rows: tuple[Row, ...]
    size: int
    type_of: IntArray
    """n: type of each person of the draft, -1 for who is excluded."""
    group_of: IntArray
    """T: number of the kind of household (its composition) that a type belongs to, -1 where no address rule applies.
    All types of a group share one `household` row, whose upper bound is the number of such households."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Wanted chances: the best that any lottery could reach, since the relaxation holds every lottery."""

    algorithm: Algorithm
    expected: FloatArray
    """T: expected people of each type on the panel; `expected / counts` is each one's chance."""
    bound: float
    """Largest possible minimum of the chances over those who can be drawn at all, in the relaxation."""
    levels: tuple[tuple[float, int], ...] = ()
    """(chance, people fixed at it), lowest first; leximin only."""
    unreachable: BoolArray
    """T: types that no panel can contain; they are left out of `bound`."""


class Lottery(msgspec.Struct, frozen=True, kw_only=True):
    """Panels with the probability of each."""

    panels: Panels
    """m x T, every one of them checked in integers (`verify.panels`)."""
    weights: FloatArray
    """m, above 0, sums to 1."""
    exact: bool = False
    """Whether the chances are shown to be the best of all lotteries: target reached or column generation finished."""


class Chances(msgspec.Struct, frozen=True, kw_only=True):
    """How fair a lottery is, over all people of the pool who may be drawn (confirmed people left out)."""

    p: FloatArray
    """n: chance of each person of the draft, 0 for who is excluded, 1 for who is confirmed."""
    minimum: float
    """Over those who can be on some panel."""
    maximum: float
    gini: float
    geometric_mean: float
    """Over those who can be on some panel."""
    never: tuple[str, ...]
    """Ids of people that no panel can contain."""
    always: tuple[str, ...]
    """Ids of people who are on every panel, confirmed ones left out."""
    bound: float
    """Upper bound of `minimum` over all lotteries."""
    gap: float
    """`bound - minimum`, at least 0."""
