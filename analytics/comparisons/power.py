"""What a design can find, said before anybody answers: power, smallest detectable difference, people needed.

Two independent parts of one sample, compared by a two-sided test at `alpha`; a design effect divides the sample, and
several comparisons share `alpha` (Bonferroni, the first step of Holm). For shares the variance under no difference and
under the difference both count (Fleiss, Levin and Paik 2003, without continuity correction)."""

import numpy as np
from scipy import optimize, special

from analytics.errors import AnalyticsError


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
        AnalyticsError: shares outside (0, 1) or fewer than two people on a side.
    """
    other = base + difference
    _check(first, second, deff, alpha, comparisons)
    if not (0 < base < 1 and 0 < other < 1):
        raise AnalyticsError(f"Shares must lie between 0 and 1; {base:g} and {other:g} do not both.")
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
    """Chance of finding `difference` between two means of answers with standard deviation `spread`."""
    _check(first, second, deff, alpha, comparisons)
    if spread <= 0:
        raise AnalyticsError(f"A standard deviation of {spread:g} leaves nothing to compare.")
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
) -> float | None:
    """Smallest difference, up from `base` or down where that has more room, that is found with `power`.

    None: even the largest difference that a share allows would be missed too often.
    """
    up = 1 - base >= base

    def gap(size: float) -> float:
        moved = size if up else -size
        found = power_of_shares(base, moved, first, second, deff=deff, alpha=alpha, comparisons=comparisons)
        return found - power

    most = max(base, 1 - base) - 1e-9
    if gap(most) < 0:
        return None
    return float(optimize.brentq(gap, 1e-9, most, xtol=1e-10))


def people_needed(
    difference: float,
    *,
    base: float = 0.5,
    power: float = 0.8,
    deff: float = 1.0,
    alpha: float = 0.05,
    comparisons: int = 1,
) -> int:
    """People in each of two equal parts to find `difference` between shares with `power`."""
    low, high = 2, 4
    while _power(base, difference, high, deff, alpha, comparisons) < power:
        low, high = high, high * 2
        if high > 100_000_000:
            raise AnalyticsError(f"A difference of {difference:g} is too small to be found by any survey.")
    while high - low > 1:
        middle = (low + high) // 2
        if _power(base, difference, middle, deff, alpha, comparisons) < power:
            low = middle
        else:
            high = middle
    return high


def _power(base: float, difference: float, n: int, deff: float, alpha: float, comparisons: int) -> float:
    return power_of_shares(base, difference, n, n, deff=deff, alpha=alpha, comparisons=comparisons)


def _z(alpha: float, comparisons: int) -> float:
    return float(special.ndtri(1 - alpha / (2 * comparisons)))


def _check(first: float, second: float, deff: float, alpha: float, comparisons: int) -> None:
    if min(first, second) < 2:
        raise AnalyticsError(
            f"Two people on each side are the least for a comparison; there are {first:g} and {second:g}."
        )
    if deff <= 0 or not 0 < alpha < 1 or comparisons < 1:
        raise AnalyticsError(
            f"A design effect of {deff:g}, alpha {alpha:g} and {comparisons} comparisons make no test."
        )
