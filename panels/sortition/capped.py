"""The smallest maximum of the chances, given a minimum."""

import msgspec
import numpy as np
from scipy import sparse

from analytics.arrays import FloatArray
from panels.errors import DraftImpossible
from panels.sortition import linear
from panels.sortition.relaxation import Relaxation


class Capped(msgspec.Struct, frozen=True, kw_only=True):
    value: float
    """The smallest maximum."""
    chance: FloatArray
    """U: chances between the minimum asked for and this maximum."""
    slope: float
    """What the maximum gains, at least, per unit by which the minimum is raised."""


def lowest_maximum(relaxed: Relaxation, minimum: float) -> Capped:
    """Lower the maximum as far as it goes while no chance is under `minimum`.

    A point inside the best face: many chances meet both limits, and one from a corner of it would put nearly
    everybody at one limit or the other for no reason.

    Raises:
        DraftImpossible: no chances reach the minimum.
    """
    types, rows = relaxed.counts.size, relaxed.lower.size
    below = sparse.hstack([-sparse.eye_array(types), sparse.csr_array(np.ones((types, 1)))], format="csr")
    quotas = sparse.hstack([relaxed.matrix, sparse.csr_array((rows, 1))], format="csr")
    found = linear.maximise(
        np.append(np.zeros(types), -1.0),
        sparse.csr_array(sparse.vstack([quotas, below], format="csr")),
        lower=np.append(relaxed.lower, np.zeros(types)),
        upper=np.append(relaxed.upper, np.full(types, np.inf)),
        least=np.append(np.full(types, minimum), 0.0),
        most=np.ones(types + 1),
        method="interior",
    )
    if found is None:
        raise DraftImpossible
    slope = float(np.maximum(found.reduced[:-1], 0.0).sum())
    return Capped(value=float(found.x[-1]), chance=found.x[:-1], slope=slope)
