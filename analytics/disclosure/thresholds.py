"""How many people a figure must be about before it may leave: one table for the whole service.

Base rule: what is shown of an opinion depends on the unweighted number of people behind it. Unanimity rule: nothing
where all of them gave the same answer. Count rule: in a table of profiles or origins every count is ten or more. The
minimum of ten and the protection of what stays hidden follow Hundepool et al. (2012), Statistical Disclosure Control.
"""

import msgspec
from samenspraak.types import estimate as published


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """By unweighted base. One table for the whole service."""

    suppressed_under: int = 10
    """Nothing is shown, and the cell is protected by secondary suppression. Also the least count of a profile table."""
    too_few_under: int = 30
    """`Too few answers`: the base, but no percentage."""
    exploratory_under: int = 100
    """Flagged, never in a headline."""
    comparison_from: int = 200
    """A comparison with other figures may be drawn."""


THRESHOLDS = Thresholds()


def flag(n: int) -> published.Flag:
    """`suppressed`, `too_few`, `exploratory` or `ok`; `no_answers` for an empty base."""
    if n == 0:
        return "no_answers"
    if n < THRESHOLDS.suppressed_under:
        return "suppressed"
    if n < THRESHOLDS.too_few_under:
        return "too_few"
    return "exploratory" if n < THRESHOLDS.exploratory_under else "ok"


def few(n: int) -> bool:
    """Whether a number of people is so small that nothing may be known about them, but not nobody."""
    return 0 < n < THRESHOLDS.suppressed_under


def complement_safe(whole: int, part: int) -> bool:
    """Whether a figure about `part` beside the figure about `whole` betrays nobody: the rest is empty or large enough.

    Two figures that differ by a few people are a figure about those few.
    """
    return not few(abs(whole - part))


def countable(count: int, whole: int) -> bool:
    """The count rule for one count beside the whole: ten or more, and nobody or ten or more on the other side."""
    return count >= THRESHOLDS.suppressed_under and complement_safe(whole, count)


def unanimous(share: float | None) -> bool:
    """Whether everybody in a base gave the same answer, or nobody did: then the figure says what each of them thinks.

    `share` is unweighted.
    """
    return share is not None and share in (0.0, 1.0)
