"""Beyond single figures: declared tests, what goes with voting against, variants, second opinions."""

from typing import Annotated, Literal

from msgspec import Meta

from samenspraak.types.base import Answer, Localised, Request
from samenspraak.types.estimate import Estimate, Interval

FamilyKind = Literal["confirmatory", "exploratory"]
"""Confirmatory: declared questions, Holm. Exploratory: looking around, Benjamini-Hochberg."""


class FamilyPlan(Request, frozen=True, kw_only=True):
    """One family of tests, declared before anybody answers; its p-values are corrected together."""

    name: Annotated[str, Meta(min_length=2, max_length=60)]
    kind: FamilyKind = "exploratory"
    figures: Annotated[tuple[str, ...], Meta(min_length=1, max_length=40)]
    """Question keys; those that the form lacks are left out."""
    dimensions: tuple[str, ...] = ()
    """Subgroup dimensions; empty: all subgroups of the plan."""


class FamilyTest(Answer, frozen=True, kw_only=True):
    """One test of a family: whether a figure differs between the groups of a dimension."""

    figure: str
    title: Localised
    dimension: str
    dimension_label: Localised
    statistic: float | None
    """F; None where too few answered to test."""
    df1: float | None = None
    df2: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    differs: bool | None = None
    """Whether the difference stands after correction; None: not tested."""


class Family(Answer, frozen=True, kw_only=True):
    name: str
    kind: FamilyKind
    correction: Literal["holm", "benjamini_hochberg"]
    level: float
    """Error that the family as a whole may make: any false finding (Holm), or the share of false ones (BH)."""
    tests: tuple[FamilyTest, ...]


class Driver(Answer, frozen=True, kw_only=True):
    """How much more often people vote against who worry much about this, all else in the model equal."""

    code: str
    label: Localised
    effect: Estimate
    """Average marginal effect, as a difference of shares."""
    p: float | None = None
    p_adjusted: float | None = None
    stands: bool | None = None


class Drivers(Answer, frozen=True, kw_only=True):
    """Which concerns go with voting against in the vote item. Never made from the secret ballot."""

    outcome: Localised
    n: int
    events: int
    """People who voted against, unweighted."""
    controls: tuple[str, ...]
    """Dimensions held equal."""
    rows: tuple[Driver, ...]
    method: str
    sentence: Localised
    note: Localised


class Lead(Answer, frozen=True, kw_only=True):
    """One answer against another of the same question, through their joint covariance."""

    first: Localised
    second: Localised
    difference: Estimate
    """Share of the first minus share of the second."""
    probability: float | None
    """That the first is ahead, chance alone considered; None where the figure may not be shown."""
    too_close: bool
    """Zero lies within the interval, widened by what may be wrong with who took part: no side is called ahead."""


class ArmDifference(Answer, frozen=True, kw_only=True):
    """The same figure in the two orders of the questionnaire: an effect of asking, not of opinion."""

    figure: str
    title: Localised
    first: str
    second: str
    difference: Estimate
    p: float | None = None
    p_adjusted: float | None = None


class SecondOpinion(Answer, frozen=True, kw_only=True):
    """A model's estimate for a thin group, beside the direct figure and never instead of it."""

    value: float
    interval: Interval
    method: str


class VariantDifference(Answer, frozen=True, kw_only=True):
    """One figure in two variants of the application."""

    figure: str
    title: Localised
    first: str
    second: str
    difference: Estimate
    p: float | None = None
    p_adjusted: float | None = None
    stands: bool | None = None


class VariantRow(Answer, frozen=True, kw_only=True):
    variant: str
    label: Localised
    n: int | None
    figures: dict[str, Estimate]
    """Headline of each compared figure within this variant."""


class Variants(Answer, frozen=True, kw_only=True):
    """Versions of the application that were put to people at random."""

    rows: tuple[VariantRow, ...]
    differences: tuple[VariantDifference, ...]
    detectable: float | None
    """Smallest difference of shares that this design finds with 80 percent power; stated beforehand in the plan."""
    sentence: Localised
    note: Localised
