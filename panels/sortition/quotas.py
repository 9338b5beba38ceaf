"""Quotas of a panel from the shares of the population.

Seats of a value = population share x panel size, in general no whole number. The bounds are this number with the slack
on both sides, rounded *outward*: the minimum down, the maximum up, both kept within 0 and the size.

Sum rule: within a feature the minima then never sum above the size and the maxima never below it, with any slack, zero
included. For the shares sum to 1, so dividing the seats by largest remainders gives whole numbers that sum to the size,
and each of them is the seats rounded down or up, which lies within the bounds. Rounding to the nearest, as is often
done, does not have this property: three values of a third each on a panel of 10 would get 3 + 3 + 3."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

import msgspec
from samenspraak.types.base import Localised
from samenspraak.types.margins import MarginDimension, MarginSet
from samenspraak.types.problem import Fault

from panels.errors import QuotasInvalid
from panels.sortition.check import Caution
from panels.sortition.model import Person, Quota

UNEVEN = 3.0
"""From this ratio on, staff are warned that the quotas force unequal chances."""

Supply = Mapping[str, Mapping[str, int]]
"""People in the pool, by feature and value."""

_DIGITS = 9
"""Seats are rounded to this many digits first, so that 0.07 x 100 is 7 seats and not a little more."""


class Slack(msgspec.Struct, frozen=True, kw_only=True):
    """How far the panel may be from the population, on each side."""

    kind: Literal["people", "points", "relative"]
    """`people`: an absolute number of seats; `points`: a part of the panel size (0.03: three percentage points);
    `relative`: a part of the seats of the value itself (0.1: a tenth more or less)."""
    amount: float

    def seats(self, exact: float, size: int) -> float:
        """Seats more or less for a value that has `exact` seats."""
        return self.amount * {"people": 1.0, "points": float(size), "relative": exact}[self.kind]


NONE = Slack(kind="people", amount=0.0)


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    """A feature of the pool, and where its shares come from."""

    name: str
    dimension: str
    """Key of a dimension of the margins."""
    merged: Mapping[str, str] = MappingProxyType({})
    """Value of the pool by level of the margins, to take levels together (a small panel has no seat for every
    province); a level that is not named is a value of its own."""
    open: tuple[str, ...] = ()
    """Values that the margins do not know, such as `X` for sex: no minimum and no maximum."""
    slack: Slack | None = None
    """In place of the slack of all features."""


def from_margins(
    margins: MarginSet, features: Sequence[Feature], *, size: int, slack: Slack = NONE, supply: Supply | None = None
) -> tuple[Quota, ...]:
    """One quota for each value of each feature, in the order of the margins.

    Raises:
        QuotasInvalid: with every fault: unknown dimensions and levels, values in `supply` that no level gives, two
            features of one name, a size below 1, a slack below 0.
    """
    known = {dimension.key: dimension for dimension in margins.dimensions}
    faults = [*_size_faults(size), *_slack_faults("slack", slack), *_feature_faults(features, known)]
    if not faults:
        faults = list(_supply_faults(features, known, supply or {}))
    if faults:
        raise QuotasInvalid(faults=tuple(faults))
    return tuple(
        quota
        for feature in features
        for quota in _quotas(feature, known[feature.dimension], size, feature.slack or slack)
    )


def counted(people: Sequence[Person], features: Sequence[str]) -> Supply:
    """People of each value, for some features; whoever lacks a feature is left out there."""
    return {
        feature: dict(Counter(person.features[feature] for person in people if feature in person.features))
        for feature in features
    }


def cautions(quotas: Sequence[Quota], *, size: int, supply: Supply | None = None) -> tuple[Caution, ...]:
    """What staff should know before a draw with these quotas, whoever set them:

    - `minima_above_size`, `maxima_below_size`: no panel can meet the quotas of a feature together;
    - `no_supply`, `short_supply`: nobody, or fewer people than the minimum, in the pool;
    - `all_needed`: the minimum takes everybody there is, who then are on every panel;
    - `shut_out`: people in the pool whose value has a maximum of 0;
    - `uneven`: within a feature, one value's chance must be at least `UNEVEN` times that of another.
    """
    by_feature: dict[str, list[Quota]] = defaultdict(list)
    for quota in quotas:
        by_feature[quota.feature].append(quota)
    found: list[Caution] = []
    for feature, of_feature in by_feature.items():
        found += _sums(feature, of_feature, size)
        if supply is not None:
            people = supply.get(feature, {})
            for quota in of_feature:
                found += _scarce(quota, people.get(quota.value, 0))
            found += _uneven(feature, of_feature, size, people)
    return tuple(found)


def _quotas(feature: Feature, dimension: MarginDimension, size: int, slack: Slack) -> Iterator[Quota]:
    shares: dict[str, float] = defaultdict(float)
    for level in dimension.levels:
        shares[feature.merged.get(level.code, level.code)] += level.share
    whole = math.fsum(shares.values())
    for value, share in shares.items():
        seats = share / whole * size
        room = slack.seats(seats, size)
        yield Quota(
            feature=feature.name,
            value=value,
            minimum=max(math.floor(round(seats - room, _DIGITS)), 0),
            maximum=min(math.ceil(round(seats + room, _DIGITS)), size),
        )
    for value in feature.open:
        yield Quota(feature=feature.name, value=value, minimum=0, maximum=size)


def _size_faults(size: int) -> Iterator[Fault]:
    if size < 1:
        yield Fault(pointer="size", code="too_small", detail=f"A panel of {size} is no panel; the size is 1 or more.")


def _slack_faults(pointer: str, slack: Slack) -> Iterator[Fault]:
    if not (math.isfinite(slack.amount) and slack.amount >= 0):
        detail = f"The slack is {slack.amount}; it must be a number of 0 or more."
        yield Fault(pointer=f"{pointer}/amount", code="out_of_range", detail=detail)


def _feature_faults(features: Sequence[Feature], known: Mapping[str, MarginDimension]) -> Iterator[Fault]:
    if not features:
        yield Fault(pointer="features", code="empty", detail="No feature is named; name one at least.")
    first: dict[str, int] = {}
    for number, feature in enumerate(features):
        earlier = first.setdefault(feature.name, number)
        if earlier != number:
            detail = f"Feature {feature.name!r} is also features/{earlier}; keep one of the two."
            yield Fault(pointer=f"features/{number}/name", code="duplicate", detail=detail)
        if feature.slack is not None:
            yield from _slack_faults(f"features/{number}/slack", feature.slack)
        dimension = known.get(feature.dimension)
        if dimension is None:
            detail = f"The margins have no dimension {feature.dimension!r}; they have {', '.join(known)}."
            yield Fault(pointer=f"features/{number}/dimension", code="unknown_dimension", detail=detail)
        else:
            yield from _level_faults(number, feature, dimension)


def _level_faults(number: int, feature: Feature, dimension: MarginDimension) -> Iterator[Fault]:
    codes = [level.code for level in dimension.levels]
    for level in feature.merged.keys() - set(codes):
        detail = f"{level!r} is not a level of {dimension.key}; its levels are {', '.join(codes)}."
        yield Fault(pointer=f"features/{number}/merged/{level}", code="unknown_level", detail=detail)
    given = {feature.merged.get(code, code) for code in codes}
    for value in feature.open:
        if value in given:
            detail = f"{value!r} has a share in the margins; take it out of the open values of {feature.name!r}."
            yield Fault(pointer=f"features/{number}/open", code="has_share", detail=detail)


def _supply_faults(
    features: Sequence[Feature], known: Mapping[str, MarginDimension], supply: Supply
) -> Iterator[Fault]:
    for feature in features:
        levels = known[feature.dimension].levels
        values = {feature.merged.get(level.code, level.code) for level in levels} | set(feature.open)
        for value in sorted(supply.get(feature.name, {}).keys() - values):
            detail = (
                f"The pool has {feature.name!r} = {value!r}, which no level of {feature.dimension} gives; correct it, "
                "merge levels into it, or make it an open value."
            )
            yield Fault(pointer=f"supply/{feature.name}/{value}", code="unknown_level", detail=detail)


def _sums(feature: str, quotas: Sequence[Quota], size: int) -> Iterator[Caution]:
    minima, maxima = sum(quota.minimum for quota in quotas), sum(quota.maximum for quota in quotas)
    if minima > size:
        yield Caution(
            code="minima_above_size",
            feature=feature,
            value="",
            message=Localised(
                nl=f"De minima voor ‘{feature}’ tellen op tot {minima}. Het panel heeft {size} plaatsen.",
                en=f"The minima for ‘{feature}’ add up to {minima}. The panel has {size} places.",
            ),
        )
    if maxima < size:
        yield Caution(
            code="maxima_below_size",
            feature=feature,
            value="",
            message=Localised(
                nl=f"De maxima voor ‘{feature}’ tellen op tot {maxima}. Het panel heeft {size} plaatsen.",
                en=f"The maxima for ‘{feature}’ add up to {maxima}. The panel has {size} places.",
            ),
        )


def _scarce(quota: Quota, people: int) -> Iterator[Caution]:
    name, least = f"‘{quota.feature}: {quota.value}’", quota.minimum
    if not people:
        code, nl, en = "no_supply", f"Er is niemand met {name} in de pool.", f"Nobody in the pool has {name}."
    elif people < least:
        code = "short_supply"
        nl = f"Er zijn {people} mensen met {name} in de pool. Het minimum is {least}."
        en = f"The pool has {people} people with {name}. The minimum is {least}."
    elif people == least:
        code = "all_needed"
        nl = f"Voor {name} is iedereen in de pool nodig. Deze {people} mensen komen zeker in het panel."
        en = f"Everybody with {name} is needed. These {people} people are certain to be on the panel."
    elif quota.maximum <= 0:
        code = "shut_out"
        nl = f"Het maximum voor {name} is 0. Deze {people} mensen kunnen niet meedoen."
        en = f"The maximum for {name} is 0. These {people} people cannot take part."
    else:
        return
    yield Caution(code=code, feature=quota.feature, value=quota.value, message=Localised(nl=nl, en=en))


def _uneven(feature: str, quotas: Sequence[Quota], size: int, people: Mapping[str, int]) -> Iterator[Caution]:
    """Average chance of a value = its seats / its people: the lowest possible of one against the highest of another.

    What the other values leave over narrows the seats further than the bounds of the value itself.
    """
    minima, maxima = sum(quota.minimum for quota in quotas), sum(quota.maximum for quota in quotas)
    lowest: dict[str, float] = {}
    highest: dict[str, float] = {}
    for quota in quotas:
        there = people.get(quota.value, 0)
        most = min(quota.maximum, size - (minima - quota.minimum), there)
        if there and most > 0:
            lowest[quota.value] = max(quota.minimum, size - (maxima - quota.maximum)) / there
            highest[quota.value] = most / there
    if not lowest:
        return
    favoured = max(lowest, key=lambda value: lowest[value])
    other = min(highest, key=lambda value: highest[value])
    ratio = min(lowest[favoured], 1.0) / highest[other]
    if favoured != other and ratio >= UNEVEN:
        times = f"{math.floor(ratio * 10) / 10:.1f}"
        yield Caution(
            code="uneven",
            feature=feature,
            value=favoured,
            message=Localised(
                nl=f"Mensen met ‘{feature}: {favoured}’ krijgen minstens {times.replace('.', ',')} keer zoveel kans "
                f"als mensen met ‘{feature}: {other}’. Werf meer mensen met ‘{favoured}’ of verruim de quota.",
                en=f"People with ‘{feature}: {favoured}’ get at least {times} times the chance of people with "
                f"‘{feature}: {other}’. Recruit more people with ‘{favoured}’ or widen the quotas.",
            ),
        )
