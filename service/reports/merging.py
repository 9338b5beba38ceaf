"""Levels too thin to weight on are merged before weighting: under 30 respondents, with the smallest sensible neighbour.

Sensible means: the next age group of the same sex, a province of the same part of the country, the next level of
education. What was merged is said in words in the weighting record.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
from samenspraak.types.margins import MarginSet

from analytics.weights.frame import Margin
from panels.coding import CROSS, LANDSDEEL, SEPARATOR
from service.reports.voice import dimension_name

MINIMUM_LEVEL = 30
"""Respondents a weighting level needs (margins pack, raking hygiene)."""

EDUCATION_NEIGHBOURS = {"Y": ("2",), "1": ("2",), "2": ("1", "3"), "3": ("2",)}
"""18-24 of any level sits closest to the middle level, where most of them will end."""


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    margins: tuple[Margin, ...]
    """With merged levels written `A+B`; a dimension merged into one level is left out."""
    profiles: tuple[dict[str, str | None], ...]
    remarks: tuple[str, ...]
    """In Dutch, one sentence per merged level."""


def merge_thin_levels(
    profiles: Sequence[Mapping[str, str | None]],
    margins: Sequence[Margin],
    margin_set: MarginSet,
    *,
    minimum: int = MINIMUM_LEVEL,
    coinciding: frozenset[tuple[str, str]] = frozenset(),
) -> Merged:
    """Merge until every level of every margin has `minimum` respondents or its dimension is gone.

    `coinciding` are (dimension, level) pairs that must join a neighbour however many answered: among those who did,
    they are the same people as levels of another dimension, with another target.
    """
    kept: list[Margin] = []
    renamed: dict[str, dict[str, str]] = {}
    remarks: list[str] = []
    for margin in margins:
        counts = Counter(profile.get(margin.key) for profile in profiles)
        forced = {level for key, level in coinciding if key == margin.key}
        groups = _groups(margin, {level: 0 if level in forced else n for level, n in counts.items()}, minimum)
        renamed[margin.key] = {level: "+".join(group) for group in groups for level in group}
        remarks += _remarks(margin, groups, counts, margin_set, minimum, forced)
        if len(groups) > 1:
            share = dict(zip(margin.levels, margin.shares, strict=True))
            levels = tuple("+".join(group) for group in groups)
            shares = tuple(sum(share[level] for level in group) for group in groups)
            kept.append(msgspec.structs.replace(margin, levels=levels, shares=shares))
    recoded = tuple(_recoded(profile, renamed) for profile in profiles)
    return Merged(margins=tuple(kept), profiles=recoded, remarks=tuple(remarks))


def _recoded(profile: Mapping[str, str | None], renamed: Mapping[str, Mapping[str, str]]) -> dict[str, str | None]:
    coded = dict(profile)
    for key, names in renamed.items():
        level = profile.get(key)
        if level is not None:
            coded[key] = names.get(level, level)
    return coded


def _groups(margin: Margin, counts: Mapping[str | None, int], minimum: int) -> list[tuple[str, ...]]:
    """Partition of the levels in margin order; each group big enough, or everything in one."""
    groups: list[tuple[str, ...]] = [(level,) for level in margin.levels]

    def size(group: tuple[str, ...]) -> int:
        return sum(counts.get(level, 0) for level in group)

    while len(groups) > 1:
        thinnest = min(groups, key=lambda group: (size(group), group))
        if size(thinnest) >= minimum:
            break
        partner = min(_partners(margin, thinnest, groups), key=lambda group: (size(group), group))
        rest = [group for group in groups if group not in (thinnest, partner)]
        joined = tuple(sorted(thinnest + partner, key=margin.levels.index))
        groups = sorted([*rest, joined], key=lambda group: margin.levels.index(group[0]))
    return groups


def _partners(margin: Margin, group: tuple[str, ...], groups: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The groups this one may sensibly join; all others when it has no near neighbour left."""
    others = [other for other in groups if other != group]
    near = [other for other in others if any(_near(margin, a, b) for a in group for b in other)]
    if near:
        return near
    return [other for other in others if _same_family(margin.key, group[0], other[0])] or others


def _near(margin: Margin, a: str, b: str) -> bool:
    return _neighbours(margin.key, margin.levels, a, b)


def _neighbours(key: str, levels: Sequence[str], a: str, b: str) -> bool:
    if CROSS in key:
        # Neighbours in one of the two, the same in the other.
        parts = zip(key.split(CROSS), a.split(SEPARATOR), b.split(SEPARATOR), strict=True)
        apart = [(part, one, other) for part, one, other in parts if one != other]
        return len(apart) == 1 and _neighbours(apart[0][0], _of_part(key, levels, apart[0][0]), *apart[0][1:])
    if key == "province":
        return LANDSDEEL.get(a, a) == LANDSDEEL.get(b, b)
    if key == "education":
        return b in EDUCATION_NEIGHBOURS.get(a, ())
    if key == "sex_age":
        family = [level for level in levels if level.partition("_")[0] == a.partition("_")[0]]
        return b in family and abs(family.index(a) - family.index(b)) == 1
    return abs(levels.index(a) - levels.index(b)) == 1


def _of_part(key: str, levels: Sequence[str], part: str) -> list[str]:
    place = key.split(CROSS).index(part)
    return list(dict.fromkeys(level.split(SEPARATOR)[place] for level in levels))


def _same_family(key: str, a: str, b: str) -> bool:
    return key != "sex_age" or a.partition("_")[0] == b.partition("_")[0]


def _remarks(
    margin: Margin,
    groups: Sequence[tuple[str, ...]],
    counts: Mapping[str | None, int],
    margin_set: MarginSet,
    minimum: int,
    forced: set[str],
) -> list[str]:
    labels = {
        level.code: level.label_nl
        for dimension in margin_set.dimensions
        if dimension.key == margin.key
        for level in dimension.levels
    }
    name = dimension_name(margin.key).nl
    if len(groups) == 1:
        return [f"{name}: niet gewogen, want geen enkele indeling houdt {minimum} antwoorden per groep"]
    remarks = []
    for group in groups:
        if len(group) > 1:
            thin = [labels.get(level, level) for level in group if counts.get(level, 0) < minimum]
            same = [labels.get(level, level) for level in group if level in forced and counts.get(level, 0) >= minimum]
            names = " + ".join(labels.get(level, level) for level in group)
            if same and not thin:
                why = f"{', '.join(same)} valt in deze steekproef samen met een andere groep"
            else:
                why = f"minder dan {minimum} antwoorden bij {', '.join(thin) if thin else 'de kleinste buur'}"
            remarks.append(f"{name}: {names} samengevoegd ({why})")
    return remarks
