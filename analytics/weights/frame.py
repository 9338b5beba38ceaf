"""Population margins as the weighting uses them, and the checks they must pass."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np
from samenspraak.types.margins import MarginSet
from samenspraak.types.problem import Fault

from analytics.arrays import FloatArray
from analytics.errors import MarginsUnusable, ValuesUnknown
from analytics.weights.codes import Coded, Value, code_partial

SUM_TOLERANCE = 1e-6
"""Published shares are rounded; anything beyond this is a mistake and not rounding."""

YOUNGEST = "18-24"
"""Age level that the education margin keeps apart as `Y`: many are still in education."""

ZeroTargets = Literal["refuse", "exclude"]
"""People in a level that the population does not have: refuse the weighting, or give them weight 0."""

_LARGEST_UNIT = 1_000_000


class Margin(msgspec.Struct, frozen=True, kw_only=True):
    """Targets of one dimension."""

    key: str
    levels: tuple[str, ...]
    """Level codes; a merged level is written `A + B`."""
    shares: tuple[float, ...]
    """Population shares, each 0 or more, together 1."""
    population: float | None = None
    """People in the population, where known: weights can be made to sum to it."""
    rounding: float = 0.0
    """How far the population may be off because counts were rounded."""
    source: str = ""
    reference_date: str = ""
    version: str = ""
    """Edition that the targets are from: the content hash of a margin set."""
    ridge: float = 0.0
    """0: met exactly. Otherwise the margin is soft (Chambers 1996): by itself, the share ridge / (1 + ridge) of the
    distance between sample and population would remain."""
    tolerance: float = 0.0
    """Miss allowed per level, in shares of the population (Rao and Singh 1997); 0: none."""


def margins_of(margin_set: MarginSet, dimensions: Sequence[str]) -> tuple[Margin, ...]:
    """The chosen dimensions of a published margin set.

    Raises:
        MarginsUnusable: a dimension is not in the set, or its shares fail `check_margins`.
    """
    known = {dimension.key: dimension for dimension in margin_set.dimensions}
    missing = [
        Fault(
            pointer=f"/dimensions/{key}",
            code="unknown_dimension",
            detail=f"Margin set `{margin_set.name}` has no `{key}`; it has: {', '.join(sorted(known))}.",
        )
        for key in dimensions
        if key not in known
    ]
    if missing:
        raise MarginsUnusable("The margin set lacks a dimension that the plan weights on.", faults=missing)
    margins = tuple(
        Margin(
            key=key,
            levels=tuple(level.code for level in known[key].levels),
            shares=tuple(level.share for level in known[key].levels),
            population=float(margin_set.population),
            source="; ".join(dict.fromkeys(level.source for level in known[key].levels)),
            reference_date="; ".join(dict.fromkeys(level.reference_date for level in known[key].levels)),
            version=margin_set.content_hash,
        )
        for key in dimensions
    )
    return check_margins(margins)


def counted(
    key: str,
    counts: Mapping[str, float],
    *,
    source: str = "",
    reference_date: str = "",
    version: str = "",
    ridge: float = 0.0,
    tolerance: float = 0.0,
) -> Margin:
    """A margin from population counts by level. Its total is kept: margins of one population must agree on it, up to
    the rounding that the counts show (counts in hundreds may be 50 off per level).

    Raises:
        MarginsUnusable: no level, a count that is negative or no number, or nothing but zeros.
    """
    faults = [
        Fault(
            pointer=f"/{key}/{level}",
            code="not_positive",
            detail=f"Level `{level}` of `{key}` has count {count}; counts are numbers of 0 or more.",
        )
        for level, count in counts.items()
        if not (np.isfinite(count) and count >= 0)
    ]
    total = float(sum(counts.values())) if not faults else 0.0
    if not faults and total <= 0:
        faults = [Fault(pointer=f"/{key}", code="missing", detail=f"`{key}` counts nobody; it needs a level above 0.")]
    if faults:
        raise MarginsUnusable(faults[0].detail, faults=faults)
    return Margin(
        key=key,
        levels=tuple(counts),
        shares=tuple(float(count) / total for count in counts.values()),
        population=total,
        rounding=_rounding(list(counts.values())),
        source=source,
        reference_date=reference_date,
        version=version,
        ridge=ridge,
        tolerance=tolerance,
    )


def check_margins(margins: Sequence[Margin]) -> tuple[Margin, ...]:
    """The margins with rounding removed (shares summing to 1 exactly).

    Raises:
        MarginsUnusable: with every fault: no level, a level twice, a share that is negative or no number, shares that
        do not sum to 1, a negative ridge or tolerance, populations that differ beyond rounding.
    """
    faults = [fault for margin in margins for fault in _faults(margin)]
    keys = [margin.key for margin in margins]
    faults += [
        Fault(pointer=f"/{key}", code="duplicate", detail=f"Dimension `{key}` is given {keys.count(key)} times.")
        for key in sorted({key for key in keys if keys.count(key) > 1})
    ]
    faults += _different_totals(margins)
    if faults or not margins:
        raise MarginsUnusable(faults[0].detail if faults else "Weighting needs at least one dimension.", faults=faults)
    return tuple(msgspec.structs.replace(margin, shares=_exact(margin.shares)) for margin in margins)


def check_levels(margins: Sequence[Margin], declared: Mapping[str, Collection[str]]) -> None:
    """That every margin has exactly the levels `declared` for its dimension (by a questionnaire, or seen in the data).

    Dimensions that are not declared are not looked at.

    Raises:
        MarginsUnusable: with every level that is missing from a margin, or in it without being declared.
    """
    faults = []
    for margin in margins:
        expected = declared.get(margin.key)
        if expected is None:
            continue
        for level in sorted(set(expected) - set(margin.levels)):
            detail = f"`{margin.key}` has no target for level `{level}`; add one, or merge the level into another."
            faults.append(Fault(pointer=f"/{margin.key}/{level}", code="missing_level", detail=detail))
        for level in margin.levels:
            if level not in expected:
                detail = (
                    f"`{margin.key}` has a target for `{level}`, which is no level of it: leave it out or merge it."
                )
                faults.append(Fault(pointer=f"/{margin.key}/{level}", code="extra_level", detail=detail))
    if faults:
        raise MarginsUnusable(" ".join(fault.detail for fault in faults), faults=faults)


def population_of(margins: Sequence[Margin]) -> float | None:
    """People in the population, as the margins that came as counts have it; None where all came as shares."""
    return next((margin.population for margin in margins if margin.population is not None), None)


def _exact(shares: Sequence[float]) -> tuple[float, ...]:
    total = sum(shares)
    return tuple(share / total for share in shares)


def _faults(margin: Margin) -> list[Fault]:
    if not margin.levels or len(margin.levels) != len(margin.shares):
        detail = f"`{margin.key}` needs one share per level and at least one level."
        return [Fault(pointer=f"/{margin.key}", code="missing", detail=detail)]
    faults = []
    for level in sorted({level for level in margin.levels if margin.levels.count(level) > 1}):
        detail = f"Level `{level}` of `{margin.key}` is given {margin.levels.count(level)} times."
        faults.append(Fault(pointer=f"/{margin.key}/{level}", code="duplicate", detail=detail))
    for level, share in zip(margin.levels, margin.shares, strict=True):
        if not 0 <= share < np.inf:
            detail = f"Level `{level}` of `{margin.key}` has share {share}; a share is a number of 0 or more."
            faults.append(Fault(pointer=f"/{margin.key}/{level}", code="not_positive", detail=detail))
    total = sum(margin.shares)
    if not faults and abs(total - 1) > SUM_TOLERANCE:
        detail = f"The shares of `{margin.key}` sum to {total:.8f}; they must sum to 1."
        faults.append(Fault(pointer=f"/{margin.key}", code="sum", detail=detail))
    for name, value in (("ridge", margin.ridge), ("tolerance", margin.tolerance)):
        if not 0 <= value < np.inf:
            detail = f"The {name} of `{margin.key}` is {value}; it must be a number of 0 or more."
            faults.append(Fault(pointer=f"/{margin.key}/{name}", code="not_positive", detail=detail))
    return faults


def _different_totals(margins: Sequence[Margin]) -> list[Fault]:
    """One fault for each margin whose population is not that of all others, up to rounding."""
    known = [(margin, margin.population) for margin in margins if margin.population is not None]
    if all(_same_total(a, b) for a, _ in known for b, _ in known):
        return []
    listed = ", ".join(f"`{margin.key}` {total:,.0f}" for margin, total in known)
    return [
        Fault(
            pointer=f"/{margin.key}",
            code="total",
            detail=f"`{margin.key}` counts {total:,.0f} people, but the margins do not agree: {listed}. Use counts of "
            "one population and date, or give shares.",
        )
        for margin, total in known
        if not all(_same_total(margin, other) for other, _ in known)
    ]


def _same_total(a: Margin, b: Margin) -> bool:
    if a.population is None or b.population is None:
        return True
    allowed = a.rounding + b.rounding + 1e-9 * max(a.population, b.population)
    return abs(a.population - b.population) <= allowed


def _rounding(counts: Sequence[float]) -> float:
    """Half the unit that all counts are whole multiples of (1, 10, 100, ...), once per level; 0 for fractions."""
    if any(count != round(count) for count in counts):
        return 0.0
    unit = 1
    while unit < _LARGEST_UNIT and all(round(count) % (unit * 10) == 0 for count in counts):
        unit *= 10
    return unit / 2 * len(counts)


def merge(margin: Margin, first: str, second: str) -> tuple[Margin, FloatArray]:
    """The margin with two levels made one, and the matrix (old levels x new levels) that maps memberships along."""
    a, b = margin.levels.index(first), margin.levels.index(second)
    kept, gone = min(a, b), max(a, b)
    matrix = np.eye(len(margin.levels))
    matrix[gone, kept] = 1.0
    matrix = np.delete(matrix, gone, axis=1)
    levels = [level for i, level in enumerate(margin.levels) if i != gone]
    levels[kept] = f"{margin.levels[kept]} + {margin.levels[gone]}"
    shares = np.asarray(margin.shares) @ matrix
    merged = msgspec.structs.replace(margin, levels=tuple(levels), shares=tuple(shares.tolist()))
    return merged, matrix


def code_profiles(profiles: Sequence[Mapping[str, str | None]], margin: Margin) -> Coded:
    """Memberships of everybody in one margin, using what else is known of a person the frame cannot place.

    Raises:
        ValuesUnknown: a profile holds a code that the margin lacks.
    """
    return code_all(profiles, [margin])[0]


def code_all(profiles: Sequence[Mapping[str, str | None]], margins: Sequence[Margin]) -> tuple[Coded, ...]:
    """`code_profiles` for every margin.

    Raises:
        ValuesUnknown: every code that its margin lacks, of all margins at once.
    """
    coded, faults, messages = [], [], []
    for margin in margins:
        try:
            values = [possible(profile, margin) for profile in profiles]
            coded.append(code_partial(values, margin.levels, margin.shares))
        except ValuesUnknown as error:
            messages.append(f"Profiles hold codes that the margin `{margin.key}` lacks. {error.message}")
            faults += [msgspec.structs.replace(f, pointer=f"/{margin.key}{f.pointer}") for f in error.faults]
    if faults:
        dimensions = tuple(dict.fromkeys(fault.pointer.split("/")[1] for fault in faults))
        raise ValuesUnknown(" ".join(messages), faults=faults, details={"dimensions": dimensions})
    return tuple(coded)


def possible(profile: Mapping[str, str | None], margin: Margin) -> Value:
    """The level of one person, or the levels that what is known leaves open.

    Sex outside the frame's two: both sexes of the person's age group. Education unknown: every level that fits the age
    (`Y` is the youngest age group exactly). Otherwise nothing is known, and all levels stay open. A merged level holds
    the codes of its parts.
    """
    exact = profile.get(margin.key)
    if exact is not None:
        return exact
    age, sex = profile.get("age7"), profile.get("sex")
    open_levels = list(margin.levels)
    if margin.key == "sex_age":
        open_levels = [level for level in open_levels if f"_{age}" in level] or open_levels
        open_levels = [level for level in open_levels if f"{sex}_" in level] or open_levels
    elif margin.key == "education" and age is not None:
        young = age == YOUNGEST
        fits = [level for level in open_levels if ("Y" in level if young else level != "Y")]
        open_levels = fits or open_levels
    return tuple(open_levels)
