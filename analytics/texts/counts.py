"""How many people raised something in their own words: weighted, with an interval, on the full design.

People who wrote nothing stay in the design with a linearised value of zero (domain estimation), so that the variance is
that of the whole sample.
"""

import msgspec
import numpy as np

from analytics.arrays import BoolArray
from analytics.designs.design import Design
from analytics.estimates.estimate import Estimate, proportions, totals
from analytics.estimates.interval import ProportionMethod


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """One subject among those who wrote."""

    people: int
    """Unweighted."""
    share: Estimate
    """Of those in the base."""
    total: Estimate
    """Sum of the weights of the people who raised it, in the scale of the weights."""


def counts(
    raised: BoolArray,
    base: BoolArray,
    design: Design,
    *,
    level: float = 0.95,
    method: ProportionMethod = "korn_graubard",
) -> tuple[Count, ...]:
    """A count for each column.

    Args:
        raised: n x k, who raised what.
        base: n, who is asked about: everybody who wrote something, say. Nobody outside it counts.
    """
    hits = np.where(base[:, None], raised.astype(np.float64), np.nan)
    shares = proportions(hits, design, level=level, method=method)
    sums = totals(hits, design, level=level)
    people = (raised & base[:, None]).sum(axis=0)
    return tuple(
        Count(people=int(number), share=share, total=total)
        for number, share, total in zip(people, shares, sums, strict=True)
    )
