"""Groups of people, checked before anything is compared."""

import numpy as np
from numpy.typing import ArrayLike

from analytics.arrays import BoolArray, IntArray
from analytics.designs.design import Design
from analytics.errors import ComparisonUnusable
from analytics.estimates.columns import mask


def read(codes: ArrayLike, design: Design, name: str = "groups") -> IntArray:
    """Whole numbers from 0, one per person of the design; -1: in no group.

    Raises:
        ComparisonUnusable: another number of people, other than whole numbers, or codes below -1.
    """
    given = np.asarray(codes)
    people = design.weights.size
    if given.shape != (people,):
        raise ComparisonUnusable(f"The {name} have {given.size} codes for a design of {people} people; give one each.")
    if not np.issubdtype(given.dtype, np.integer):
        raise ComparisonUnusable(f"The {name} must be whole numbers, with -1 where unknown, not {given.dtype}.")
    if (given < -1).any():
        raise ComparisonUnusable(f"The {name} hold the code {int(given.min())}; codes count from 0 and -1 is unknown.")
    return given.astype(np.int64)


def counted(design: Design, domain: BoolArray | None) -> BoolArray:
    """People of the domain who stand for somebody: a weight of zero takes nobody into a table or a ranking.

    Raises:
        ComparisonUnusable: a negative weight; such weights order nobody and fill no table.
        AnswersUnusable: a domain that does not fit the design.
    """
    negative = int((design.weights < 0).sum())
    if negative:
        raise ComparisonUnusable(
            f"{negative} weights are negative; weigh with the raking or a bounded distance for this test."
        )
    inside = mask(domain, design)
    positive = design.weights > 0
    return positive if inside is None else positive & inside
