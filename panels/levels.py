"""What one level says about another: people of 18-24 are in `18-34`, and nobody lives in Groningen and in the south."""

import itertools
from collections.abc import Mapping, Sequence

from panels import coding
from panels.coding import AGE3, AGE7, LANDSDEEL, MINORS, YOUNG
from panels.margins import areas

Facts = dict[str, frozenset[str]]


def facts(dimension: str, code: str) -> Facts:
    """What a level says in the finest terms: sex, age levels, education, urbanity, municipalities. Also for levels of a
    combination of dimensions."""
    if coding.CROSS in dimension:
        parts = zip(dimension.split(coding.CROSS), code.split(coding.SEPARATOR), strict=True)
        return _merged([facts(part, of_part) for part, of_part in parts])
    if dimension == "sex_age":
        sex, _, age7 = code.partition("_")
        return {"sex": frozenset({sex}), "age7": frozenset({age7})}
    if dimension == "age3":
        return {"age7": _ages(code)}
    if dimension == "education":
        young = frozenset({MINORS, YOUNG})
        if code == "Y":
            return {"age7": young}
        return {"age7": frozenset(name for _, name in AGE7) - young, "education3": frozenset({code})}
    if dimension == "province":
        return {"municipality": frozenset(areas.municipalities(code))}
    if dimension == "landsdeel":
        inside = [province for province, part in LANDSDEEL.items() if part == code]
        return {"municipality": frozenset(gm for province in inside for gm in areas.municipalities(province))}
    return {dimension: frozenset({code})}


def possible(cell: Mapping[str, str]) -> bool:
    """Whether one person can have all of these levels (by dimension)."""
    return all(_agree(facts(*one), facts(*other)) for one, other in itertools.combinations(cell.items(), 2))


def possible_level(dimension: str, code: str) -> bool:
    """Whether people of a level can exist; only combinations of dimensions have levels that cannot."""
    parts = dimension.split(coding.CROSS)
    return len(parts) == 1 or possible(dict(zip(parts, code.split(coding.SEPARATOR), strict=True)))


def settled(dimension: str, code: str, other: str, levels: Sequence[str]) -> str | None:
    """The level of `other` that everybody of this level has; None where that is open.

    Two margins of which one settles the other speak about the same people: collinear, which is fine as long as they
    agree, and impossible to weight to when they do not.
    """
    known = facts(dimension, code)
    for level in levels:
        wanted = facts(other, level)
        if all(key in known and known[key] <= values for key, values in wanted.items()):
            return level
    return None


def _ages(age3: str) -> frozenset[str]:
    starts = [start for start, _ in AGE3] + [1000]
    at = [name for _, name in AGE3].index(age3)
    return frozenset(name for start, name in AGE7 if starts[at] <= start < starts[at + 1])


def _merged(found: Sequence[Facts]) -> Facts:
    merged: Facts = {}
    for one in found:
        for key, values in one.items():
            merged[key] = merged[key] & values if key in merged else values
    return merged


def _agree(one: Facts, other: Facts) -> bool:
    return all(other[key] & values for key, values in one.items() if key in other)
