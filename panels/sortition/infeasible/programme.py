"""Least-cost integer programmes over types, made quick by their linear relaxation.

The relaxation of such a programme has at most as many fractional entries as rows, and rounding is nearly always
possible among the columns whose reduced cost is nearly zero. So: solve the relaxation; solve the integers with all
other columns fixed at their bounds; when the result meets the bound of the relaxation it is optimal, and only otherwise
is the whole programme solved."""

import msgspec
import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from analytics.arrays import BoolArray, FloatArray
from panels.sortition import linear

CLOSE = 1e-4
"""Relative distance from the bound within which a cost counts as least."""
NODES = 2_000
"""Branch-and-bound nodes of one programme: a count, so that the result does not depend on the speed of the machine."""

_FREE = 300
_WHOLE = 1e-6
_LIMIT = 1


class Programme(msgspec.Struct, frozen=True, kw_only=True):
    """Minimise cost @ x with lower <= matrix @ x <= upper and low <= x <= high; `whole` entries are integers."""

    cost: FloatArray
    matrix: sparse.csr_array
    """R x C."""
    lower: FloatArray
    upper: FloatArray
    low: FloatArray
    high: FloatArray
    whole: BoolArray
    step: float = 0.0
    """Every possible value of the objective is a multiple of this; 0 where nothing is known."""


class Least(msgspec.Struct, frozen=True, kw_only=True):
    x: FloatArray
    """C; `whole` entries exactly whole."""
    value: float
    bound: float
    """No solution costs less."""
    proven: bool
    """`value` is `bound`, up to `CLOSE`; exactly where the objective has a step."""


class Search(msgspec.Struct, frozen=True, kw_only=True):
    x: FloatArray | None
    """None: there is no solution, or none was found."""
    bound: float
    undecided: bool
    """The node limit was reached without a solution."""


class UndecidedError(Exception):
    """The node limit was reached without an answer."""


def least(programme: Programme) -> Least | None:
    """A least-cost solution, or None when there is none.

    `proven` is False when the node limit stopped the search with a solution in hand.

    Raises:
        UndecidedError: the node limit stopped the search before any solution was found.
    """
    relaxed = _relaxation(programme)
    if relaxed is None:
        return None
    x, value, reduced = relaxed
    bound = _up(programme, value)
    near = search(_restricted(programme, x, reduced))
    if near.x is not None and _reached(programme, near.x, bound):
        return _least(programme, near.x, bound)
    whole = search(programme)
    found = [one for one in (near.x, whole.x) if one is not None]
    if not found:
        if whole.undecided:
            raise UndecidedError
        return None
    best = min(found, key=lambda one: float(programme.cost @ one))
    return _least(programme, best, max(bound, _up(programme, whole.bound)))


def search(programme: Programme, *, nodes: int = NODES) -> Search:
    """Solve as it stands, integers by branch and bound."""
    result = milp(
        programme.cost,
        constraints=LinearConstraint(programme.matrix, programme.lower, programme.upper),
        bounds=Bounds(programme.low, programme.high),
        integrality=programme.whole.astype(np.int64),
        options={"node_limit": nodes, "mip_rel_gap": 0.0 if programme.step else CLOSE},
    )
    bound = getattr(result, "mip_dual_bound", None)
    return Search(
        x=None if result.x is None else np.where(programme.whole, np.rint(result.x), result.x),
        bound=-np.inf if bound is None else float(bound),
        undecided=result.x is None and result.status == _LIMIT,
    )


def _relaxation(programme: Programme) -> tuple[FloatArray, float, FloatArray] | None:
    """x, value, reduced costs."""
    found = linear.maximise(
        -programme.cost,
        programme.matrix,
        lower=programme.lower,
        upper=programme.upper,
        least=programme.low,
        most=programme.high,
    )
    return None if found is None else (found.x, -found.value, found.reduced)


def _restricted(programme: Programme, x: FloatArray, reduced: FloatArray) -> Programme:
    """The same with all whole entries fixed that stand at a bound and are dear to move."""
    free = ~programme.whole | ((x > programme.low + _WHOLE) & (x < programme.high - _WHOLE))
    rank = np.argsort(np.where(free, -1.0, np.abs(reduced)), kind="stable")
    free[rank[: int(free.sum()) + _FREE]] = True
    at = np.where(x >= programme.high - _WHOLE, programme.high, programme.low)
    low, high = np.where(free, programme.low, at), np.where(free, programme.high, at)
    return msgspec.structs.replace(programme, low=low, high=high)


def _reached(programme: Programme, x: FloatArray, bound: float) -> bool:
    slip = _WHOLE if programme.step else CLOSE
    return float(programme.cost @ x) <= bound + slip * max(1.0, abs(bound))


def _least(programme: Programme, x: FloatArray, bound: float) -> Least:
    return Least(x=x, value=float(programme.cost @ x), bound=bound, proven=_reached(programme, x, bound))


def _up(programme: Programme, value: float) -> float:
    if not programme.step or not np.isfinite(value):
        return value
    return float(np.ceil(value / programme.step - _WHOLE) * programme.step)
