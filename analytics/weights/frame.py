"""Population margins as the weighting uses them, and the checks they must pass."""

from collections.abc import Mapping, Sequence

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


class Margin(msgspec.Struct, frozen=True, kw_only=True):
    """Targets of one dimension."""

    key: str
    levels: tuple[str, ...]
    """Level codes; a merged level is written `A + B`."""
    shares: tuple[float, ...]
    """Population shares, each above 0, together 1."""


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
        )
        for key in dimensions
    )
    return check_margins(margins)


def check_margins(margins: Sequence[Margin]) -> tuple[Margin, ...]:
    """The margins with rounding removed (shares summing to 1 exactly).

    Raises:
        MarginsUnusable: with every fault: no level, a level twice, a share of zero or less, shares that do not sum to
        1.
    """
    faults = [fault for margin in margins for fault in _faults(margin)]
    keys = [margin.key for margin in margins]
    faults += [
        Fault(pointer=f"/{key}", code="duplicate", detail=f"Dimension `{key}` is given {keys.count(key)} times.")
        for key in sorted({key for key in keys if keys.count(key) > 1})
    ]
    if faults or not margins:
        raise MarginsUnusable(faults[0].detail if faults else "Weighting needs at least one dimension.", faults=faults)
    return tuple(
        msgspec.structs.replace(margin, shares=tuple(share / sum(margin.shares) for share in margin.shares))
        for margin in margins
    )


def _faults(margin: Margin) -> list[Fault]:
    if not margin.levels or len(margin.levels) != len(margin.shares):
        detail = f"`{margin.key}` needs one share per level and at least one level."
        return [Fault(pointer=f"/{margin.key}", code="missing", detail=detail)]
    faults = []
    for level in sorted({level for level in margin.levels if margin.levels.count(level) > 1}):
        detail = f"Level `{level}` of `{margin.key}` is given {margin.levels.count(level)} times."
        faults.append(Fault(pointer=f"/{margin.key}/{level}", code="duplicate", detail=detail))
    for level, share in zip(margin.levels, margin.shares, strict=True):
        if not (np.isfinite(share) and share > 0):
            detail = (
                f"Level `{level}` of `{margin.key}` has share {share}; leave the level out or give it a share above 0."
            )
            faults.append(Fault(pointer=f"/{margin.key}/{level}", code="not_positive", detail=detail))
    total = sum(margin.shares)
    if not faults and abs(total - 1) > SUM_TOLERANCE:
        detail = f"The shares of `{margin.key}` sum to {total:.8f}; they must sum to 1."
        faults.append(Fault(pointer=f"/{margin.key}", code="sum", detail=detail))
    return faults


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
    return Margin(key=margin.key, levels=tuple(levels), shares=tuple(shares.tolist())), matrix


def code_profiles(profiles: Sequence[Mapping[str, str | None]], margin: Margin) -> Coded:
    """Memberships of everybody in one margin, using what else is known of a person the frame cannot place.

    Raises:
        ValuesUnknown: a profile holds a code that the margin lacks.
    """
    try:
        return code_partial([possible(profile, margin) for profile in profiles], margin.levels, margin.shares)
    except ValuesUnknown as error:
        message = f"Profiles hold codes that the margin `{margin.key}` lacks. {error.message}"
        raise ValuesUnknown(message, faults=error.faults, details={"dimension": margin.key}) from None


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
