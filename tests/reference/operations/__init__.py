"""Each operation of the reference cases, carried out with the functions of `analytics`.

`OPERATIONS` maps the name of an operation in a case to a function (case, library) -> result in the shape of `expected`.
What is not in the table is not covered, and the runner says so.
"""

from collections.abc import Callable
from typing import Any

from operations import comparisons, estimates, models, quantiles, replicates, weighting
from operations.library import Library
from operations.sample import Case

OPERATIONS: dict[str, Callable[[Case, Library], Any]] = {
    **comparisons.OPERATIONS,
    **estimates.OPERATIONS,
    **models.OPERATIONS,
    **quantiles.OPERATIONS,
    **replicates.OPERATIONS,
    **weighting.OPERATIONS,
}
