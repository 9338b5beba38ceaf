"""What a design can find, said before anybody answers: power, smallest detectable difference, people needed.

Two independent parts of one sample, compared by a two-sided test at `alpha`; a design effect divides the sample, and
several comparisons share `alpha` (Bonferroni, the first step of Holm). For shares the variance under no difference and
under the difference both count (Fleiss, Levin and Paik 2003, without continuity correction); for means the standard
deviation is the same in both parts (Cohen 1988, by the normal distribution). To plan with the largest variance that a
share can have, as rules of thumb do, take a mean with a standard deviation of one half."""

from collections.abc import Callable
from typing import Literal

import msgspec
import numpy as np
from scipy import optimize, special

from analytics.errors import ComparisonUnusable

MOST = 100_000_000
"""No survey asks more people."""


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What the plan says about the comparison of parts, before anybody answers."""

    n: int
    """People expected in all."""
    parts: int
    each: int
    """People in each part, rounded down."""
    comparisons: int
    """Tests that are corrected together."""
    alpha: float
    deff: float
    power: float
    base: float
    """Share in one part that the difference is counted from."""
    detectable: float | None
    """Smallest difference of shares found with `power`; None: not even the largest would be."""
    half_width: float
    """Half of the 95 percent interval of a share of `base` among all, in shares."""


def state(
    n: int,
    *,
    parts: int = 2,
    figures: int = 1,
    base: float = 0.5,
    power: float = 0.8,
    deff: float = 1.3,
    alpha: float = 0.05,
) -> Statement:
    """The statement for `n` people over `parts` equal parts, every pair of parts tested on `figures` figures.

    A design effect of 1.3 is that of light raking.

    Raises:
        ComparisonUnusable: fewer than two parts or figures, or numbers as in `power_of_shares`.
    """
    if parts < 2 or figures < 1:
        raise ComparisonUnusable(f"{parts} parts and {figures} figures hold no comparison; give two parts or more.")
    comparisons, each = parts * (parts - 1) // 2 * figures, n // parts
    found = detectable_share(each, each, base=base, power=power, deff=deff, alpha=alpha, comparisons=comparisons)
    return Statement(
        n=n,
        parts=parts,
        each=each,
        comparisons=comparisons,
        alpha=alpha,
        deff=deff,
        power=power,
        base=base,
        detectable=found,
        half_width=half_width(n, share=base, deff=deff),
    )


def half_width(n: float, *, share: float = 0.5, deff: float = 1.0, level: float = 0.95) -> float:
    """Half of the interval of a share among `n` people, by the normal distribution.

    Raises:
        ComparisonUnusable: nobody, a share outside [0, 1], or a level or design effect that makes no interval.
    """
    if n < 1 or not 0 <= share <= 1 or not 0 < level < 1 or not 0 < deff < np.inf:
        raise ComparisonUnusable(
            f"{n:g} people, a share of {share:g}, level {level:g} and a design effect of {deff:g} make no interval."
        )
    return float(special.ndtri((1 + level) / 2) * np.sqrt(share * (1 - share) * deff / n))


def power_of_shares(
    base: float,
    difference: float,
    first: float,
    second: float,
    *,
    deff: float = 1.0,
    alpha: float = 0.05,
    comparisons: int = 1,
) -> float:
    """Chance of finding `difference` between a share `base` and `base + difference`, with `first` and `second` people.

    Raises:
        ComparisonUnusable: shares outside (0, 1), fewer than two people on a side, or a design effect, alpha or number
            of comparisons that make no test.
    """
    other = base + difference
    _check(first, second, deff, alpha, comparisons)
    if not (0 < base < 1 and 0 < other < 1):
        raise ComparisonUnusable(f"Shares must lie between 0 and 1; {base:g} and {other:g} do not both.")
    n1, n2 = first / deff, second / deff
    pooled = (n1 * base + n2 * other) / (n1 + n2)
    under_none = np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    under_difference = np.sqrt(base * (1 - base) / n1 + other * (1 - other) / n2)
    limit = _z(alpha, comparisons) * under_none
    gap = abs(difference)
    return float(special.ndtr((gap - limit) / under_difference) + special.ndtr((-gap - limit) / under_difference))


def power_of_means(
    difference: float,
    spread: float,
    first: float,
    second: float,
    *,
    deff: float = 1.0,
    alpha: float = 0.05,
    comparisons: int = 1,
) -> float:
    """Chance of finding `difference` between two means of answers with standard deviation `spread`.

    Raises:
        ComparisonUnusable: a spread that is not above 0, or as in `power_of_shares`.
    """
    _check(first, second, deff, alpha, comparisons)
    _check_spread(spread)
    se = spread * np.sqrt(deff * (1 / first + 1 / second))
    limit = _z(alpha, comparisons)
    return float(special.ndtr(abs(difference) / se - limit) + special.ndtr(-abs(difference) / se - limit))


def detectable_share(
    first: float,
    second: float,
    *,
    base: float = 0.5,
    power: float = 0.8,
    deff: float = 1.0,
    alpha: float = 0.05,
    comparisons: int = 1,
    direction: Literal["up", "down", "wider"] = "wider",
) -> float | None:
    """Smallest difference from `base` that is found with `power`: upward, downward, or where there is more room.

    None: even the largest difference that a share allows would be missed too often.

    Raises:
        ComparisonUnusable: as `power_of_shares`, or a power that is not between alpha and 1.
    """
    _check(first, second, deff, alpha, comparisons)
    _check_power(power, alpha)
    if not 0 < base < 1:
        raise ComparisonUnusable(f"Shares must lie between 0 and 1; {base:g} does not.")
    up = direction == "up" or (direction == "wider" and 1 - base >= base)

    def short(size: float) -> float:
        moved = size if up else -size
        found = power_of_shares(base, moved, first, second, deff=deff, alpha=alpha, comparisons=comparisons)
        return found - power

    most = (1 - base if up else base) * (1 - 1e-9)
    if short(most) < 0:
        return None
    return float(optimize.brentq(short, most * 1e-9, most, xtol=1e-10))


def detectable_mean(
    spread: float,
    first: float,
    second: float,
    *,
    power: float = 0.8,
    deff: float = 1.0,
    alpha: float = 0.05,
    comparisons: int = 1,
) -> float:
    """Smallest difference of means that is found with `power`, in the units of `spread`.

    Raises:
        ComparisonUnusable: as `power_of_means`, or a power that is not between alpha and 1.
    """
    _check(first, second, deff, alpha, comparisons)
    _check_power(power, alpha)
    _check_spread(spread)
    se = spread * np.sqrt(deff * (1 / first + 1 / second))
    limit = _z(alpha, comparisons)

    def short(size: float) -> float:
        return float(special.ndtr(size - limit) + special.ndtr(-size - limit)) - power

    return float(se * optimize.brentq(short, 0.0, limit + 10.0, xtol=1e-12))


def people_needed(
    difference: float,
    *,
    base: float = 0.5,
    power: float = 0.8,
    deff: float = 1.0,
    alpha: float = 0.05,
    comparisons: int = 1,
) -> int:
    """People in each of two equal parts to find `difference` between shares with `power`.

    Raises:
        ComparisonUnusable: as `power_of_shares`, or a difference that no survey could find.
    """
    _check_power(power, alpha)

    def found(n: int) -> float:
        return power_of_shares(base, difference, n, n, deff=deff, alpha=alpha, comparisons=comparisons)

    return _least(found, power, difference)


def people_needed_for_mean(
    difference: float,
    spread: float,
    *,
    power: float = 0.8,
    deff: float = 1.0,
    alpha: float = 0.05,
    comparisons: int = 1,
) -> int:
    """People in each of two equal parts to find `difference` between means with `power`.

    Raises:
        ComparisonUnusable: as `power_of_means`, or a difference that no survey could find.
    """
    _check_power(power, alpha)

    def found(n: int) -> float:
        return power_of_means(difference, spread, n, n, deff=deff, alpha=alpha, comparisons=comparisons)

    return _least(found, power, difference)


def _least(found: Callable[[int], float], power: float, difference: float) -> int:
    """Smallest number from 2 whose power is enough; power grows with the number."""
    if found(2) >= power:
        return 2
    low, high = 2, 4
    while found(high) < power:
        low, high = high, high * 2
        if high > MOST:
            raise ComparisonUnusable(f"A difference of {difference:g} is too small to be found by any survey.")
    while high - low > 1:
        middle = (low + high) // 2
        if found(middle) < power:
            low = middle
        else:
            high = middle
    return high


def _z(alpha: float, comparisons: int) -> float:
    return float(-special.ndtri(alpha / (2 * comparisons)))


def _check(first: float, second: float, deff: float, alpha: float, comparisons: int) -> None:
    if not (first >= 2 and second >= 2):
        raise ComparisonUnusable(
            f"Two people on each side are the least for a comparison; there are {first:g} and {second:g}."
        )
    if not 0 < deff < np.inf or not 0 < alpha < 1 or comparisons < 1:
        raise ComparisonUnusable(
            f"A design effect of {deff:g}, alpha {alpha:g} and {comparisons} comparisons make no test."
        )


def _check_power(power: float, alpha: float) -> None:
    if not alpha < power < 1:
        raise ComparisonUnusable(f"A power of {power:g} cannot be planned for; take one between {alpha:g} and 1.")


def _check_spread(spread: float) -> None:
    if not 0 < spread < np.inf:
        raise ComparisonUnusable(f"A standard deviation of {spread:g} leaves nothing to compare.")
