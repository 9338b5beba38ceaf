"""Numbers as they stand in a sentence: whole percents, one decimal on a scale, Dutch commas, lists with `and`."""

import math
from collections.abc import Sequence

from samenspraak.types.estimate import Estimate, Interval


def percent(share: float) -> int:
    """Share in [0, 1] as a whole percent, halves up (so that 0.125 reads 13 in both languages)."""
    return math.floor(share * 100 + 0.5)


def decimal_nl(value: float, digits: int = 1) -> str:
    return f"{value:.{digits}f}".replace(".", ",")


def decimal_en(value: float, digits: int = 1) -> str:
    return f"{value:.{digits}f}"


def widest(estimate: Estimate) -> Interval | None:
    """The interval a careful reader should use: the sensitivity band where there is one."""
    return estimate.sensitivity or estimate.interval


def half_width(estimate: Estimate) -> float:
    """The larger side of the plain interval around the value, in the unit of the value; 0 where there is none."""
    if estimate.value is None or estimate.interval is None:
        return 0.0
    return max(estimate.interval.upper - estimate.value, estimate.value - estimate.interval.lower)


def margin_points(estimate: Estimate) -> int:
    """Half width in whole percentage points, rounded up and never below 1: precision is not overstated."""
    return max(1, math.ceil(half_width(estimate) * 100 - 1e-9))


def crosses_half(estimate: Estimate) -> bool:
    interval = widest(estimate)
    return interval is not None and interval.lower <= 0.5 <= interval.upper


def above_half(estimate: Estimate) -> bool:
    interval = widest(estimate)
    return interval is not None and interval.lower > 0.5


def listed_nl(parts: Sequence[str]) -> str:
    return _listed(parts, "en")


def listed_en(parts: Sequence[str]) -> str:
    return _listed(parts, "and")


def either_nl(parts: Sequence[str]) -> str:
    return _listed(parts, "of")


def either_en(parts: Sequence[str]) -> str:
    return _listed(parts, "or")


def _listed(parts: Sequence[str], word: str) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + f" {word} {parts[-1]}"
