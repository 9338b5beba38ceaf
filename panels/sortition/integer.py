"""Whole panels by integer programming: HiGHS through scipy, its answer rounded and then checked in integers.

A solver works with tolerances: 0.9999 of a person is a person to it. So no answer leaves this module before its size,
counts and rows have been recomputed in integers."""

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from analytics.arrays import FloatArray, IntArray
from panels.errors import PanelError
from panels.sortition.model import Types

_SCALE = 1000.0
"""The largest coefficient of an objective is brought to this: HiGHS stops at an absolute gap of 1e-6 as well."""
_GAP = 1e-9
_INFEASIBLE = 2
_LIMIT = 1


def panel(
    types: Types, objective: FloatArray | None = None, *, lower: IntArray | None = None, upper: IntArray | None = None
) -> IntArray | None:
    """The panel with the largest `objective @ x` (any panel without one), or None when there is none.

    Args:
        objective: T numbers of either sign.
        lower: T, more people of a type than its floor; `upper`: fewer than its count.
    """
    least = types.floor if lower is None else np.maximum(types.floor, lower)
    most = types.counts if upper is None else np.minimum(types.counts, upper)
    matrix, low, high = rows(types)
    gain = np.zeros(types.counts.size) if objective is None else objective
    return solve(gain, matrix, lower=low, upper=high, least=least, most=most)


def rows(types: Types, times: int = 1) -> tuple[sparse.csr_array, IntArray, IntArray]:
    """The rows of a panel, or of `times` panels together, with the size as the last row: matrix, lower, upper."""
    ones = sparse.csr_array(np.ones((1, types.counts.size), dtype=np.int64))
    matrix = sparse.csr_array(sparse.vstack([types.matrix, ones], format="csr"))
    lower = times * np.append(types.lower, types.size)
    return matrix, lower, times * np.append(types.upper, types.size)


def solve(
    gain: FloatArray,
    matrix: sparse.csr_array,
    *,
    lower: IntArray,
    upper: IntArray,
    least: IntArray,
    most: IntArray,
    nodes: int | None = None,
) -> IntArray | None:
    """Maximise `gain @ x` over integers with lower <= matrix @ x <= upper and least <= x <= most; None when there are
    none, or none were found within `nodes` branches (a count, not a time: the answer depends on the input only).

    Raises:
        PanelError: the solver stopped without an answer, or its answer does not pass the check in integers.
    """
    if (least > most).any() or (lower > upper).any():
        return None
    free = np.flatnonzero(most > least)
    found = least.astype(np.int64).copy()
    certain = matrix @ found
    if free.size:
        step = _steps(gain[free], matrix[:, free], lower - certain, upper - certain, (most - least)[free], nodes)
        if step is None:
            return None
        found[free] += step
    reached = matrix @ found
    if ((reached >= lower) & (reached <= upper)).all() and ((found >= least) & (found <= most)).all():
        return found
    if not free.size:
        return None
    raise PanelError("The solver gave a panel that does not meet the quotas when counted in whole people.")


def _steps(
    gain: FloatArray,
    matrix: sparse.csr_array,
    lower: IntArray,
    upper: IntArray,
    room: IntArray,
    nodes: int | None,
) -> IntArray | None:
    """The best whole numbers between 0 and `room`."""
    largest = float(np.abs(gain).max(initial=0.0))
    found = milp(
        -gain * (_SCALE / largest) if largest > 0 else np.zeros(gain.size),
        constraints=LinearConstraint(matrix.astype(np.float64), lower.astype(np.float64), upper.astype(np.float64)),
        bounds=Bounds(0.0, room.astype(np.float64)),
        integrality=np.ones(gain.size, dtype=np.int64),
        options={"mip_rel_gap": _GAP} if nodes is None else {"mip_rel_gap": _GAP, "node_limit": nodes},
    )
    if found.x is not None:
        return np.rint(found.x).astype(np.int64)
    if found.status == _INFEASIBLE or (found.status == _LIMIT and nodes is not None):
        return None
    raise PanelError(f"The solver stopped without an answer: {found.message}")
