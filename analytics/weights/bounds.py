"""Why no weights within bounds meet the totals of columns, and how wide the bounds must be.

Linear programming over the factors g: which constraints conflict (an irreducible set: without any one of them the rest
can be met; Chinneck 2008), and the smallest bounds with which all can."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from scipy import optimize, sparse

from analytics.arrays import FloatArray
from analytics.errors import Infeasible
from analytics.weights.auxiliary import Auxiliary

_FREE = 1e-9
"""Miss, in parts of a column's size, under which a total counts as met."""
_SPARSE = 0.3


class Needed(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds on g with which weights exist; None where no such bound helps."""

    upper: float | None
    """Smallest upper bound, the lower one kept."""
    lower: float | None
    """Largest lower bound, the upper one kept."""
    both: tuple[float, float] | None
    """Smallest bounds when both move away from 1 in proportion."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Rows (columns x start weight, divided by the size of each column), their totals, and limits on g per row."""

    rows: Any
    """p x n, sparse or dense."""
    totals: FloatArray
    leeway: FloatArray
    names: tuple[str, ...]
    low: FloatArray
    high: FloatArray

    def only(self, kept: Sequence[int]) -> "Problem":
        chosen = list(kept)
        return msgspec.structs.replace(
            self,
            rows=self.rows[chosen],
            totals=self.totals[chosen],
            leeway=self.leeway[chosen],
            names=tuple(self.names[i] for i in chosen),
        )


def problem_of(aux: Auxiliary, start: FloatArray, low: FloatArray, high: FloatArray) -> Problem:
    """The constraints that must hold; those with a ridge may be missed by any amount."""
    binding = np.flatnonzero(aux.ridge == 0)
    columns = (aux.columns[:, binding] * start[:, None]).T
    size = np.maximum(np.abs(columns).sum(axis=1), np.abs(aux.totals[binding]))
    size = np.where(size > 0, size, 1.0)
    rows = columns / size[:, None]
    return Problem(
        rows=sparse.csr_array(rows) if np.count_nonzero(rows) < _SPARSE * rows.size else rows,
        totals=aux.totals[binding] / size,
        leeway=aux.tolerance[binding] / size,
        names=tuple(aux.names[i] for i in binding.tolist()),
        low=low,
        high=high,
    )


def refuse(problem: Problem, bounds: tuple[float, float] | None) -> None:
    """Raise when no weights within the bounds exist; return when they do.

    Raises:
        Infeasible: `details` holds the columns in `conflict`, and the bounds `needed`.
    """
    missed, prices = _nearest(problem)
    if missed <= _FREE:
        return
    conflict = conflicting(problem, np.flatnonzero(np.abs(prices) > 1e-9).tolist())
    found = needed(problem) if bounds is not None else None
    raise Infeasible(
        _explain(problem, conflict, bounds, found),
        details={"conflict": tuple(problem.names[i] for i in conflict), "needed": found, "levels": (), "repairs": ()},
    )


def conflicting(problem: Problem, suspects: Sequence[int]) -> tuple[int, ...]:
    """An irreducible set of constraints among `suspects` that cannot be met together."""
    kept = list(suspects) or list(range(len(problem.names)))
    for one in list(kept):
        rest = [i for i in kept if i != one]
        if rest and _nearest(problem.only(rest))[0] > _FREE:
            kept = rest
    return tuple(kept)


def needed(problem: Problem) -> Needed:
    """The smallest bounds with which weights exist. Bounds of 0 or more stay so: nobody is to count negatively."""
    low, high = float(problem.low.max()), float(problem.high.min())
    floor = 0.0 if low >= 0 else -np.inf
    upper = _stretch(problem, (low, 0.0), (0.0, 1.0))
    lower = _stretch(problem, (0.0, -1.0), (high, 0.0)) if np.isfinite(high) else None
    lower = None if lower is None or -lower < floor else -lower
    both = None
    if low < 1 < high < np.inf:
        t = _stretch(problem, (1.0, low - 1.0), (1.0, high - 1.0))
        both = None if t is None else (1 - t * (1 - low), 1 + t * (high - 1))
        if both is not None and both[0] < floor:
            widest = _stretch(problem, (0.0, 0.0), (0.0, 1.0))
            both = None if widest is None else (0.0, widest)
    return Needed(upper=upper, lower=lower, both=both)


def _stretch(problem: Problem, low: tuple[float, float], high: tuple[float, float]) -> float | None:
    """The smallest t for which weights exist with g between low[0] + t low[1] and high[0] + t high[1]."""
    n, p = problem.low.size, problem.totals.size
    step, ones, none = sparse.eye_array(n), np.ones((n, 1)), sparse.csr_array((n, p))
    floor = sparse.hstack([-step, sparse.csr_array(low[1] * ones), none])
    roof = sparse.hstack([step, sparse.csr_array(-high[1] * ones), none])
    found = _solve(
        np.r_[np.zeros(n), 1.0, np.zeros(p)],
        sparse.hstack([sparse.csr_array(problem.rows), sparse.csr_array((p, 1)), sparse.eye_array(p)]),
        problem.totals,
        [*[(None, None)] * (n + 1), *zip(-problem.leeway, problem.leeway, strict=True)],
        A_ub=sparse.vstack([floor, roof]),
        b_ub=np.r_[np.full(n, -low[0]), np.full(n, high[0])],
    )
    return float(found.x[n]) if found.status == 0 else None


def _nearest(problem: Problem) -> tuple[float, FloatArray]:
    """Smallest sum of misses beyond the leeway, and the price of each constraint: 0 where it is not in the way."""
    n, p = problem.low.size, problem.totals.size
    step = sparse.eye_array(p)
    low = [None if value == -np.inf else value for value in problem.low.tolist()]
    high = [None if value == np.inf else value for value in problem.high.tolist()]
    found = _solve(
        np.r_[np.zeros(n), np.ones(2 * p), np.zeros(p)],
        sparse.hstack([sparse.csr_array(problem.rows), step, -step, step]),
        problem.totals,
        [
            *zip(low, high, strict=True),
            *[(0, None)] * (2 * p),
            *zip(-problem.leeway, problem.leeway, strict=True),
        ],
    )
    if found.status != 0:
        return 0.0, np.zeros(p)
    return float(found.fun), np.asarray(found.eqlin.marginals)


def _solve(cost: FloatArray, rows: Any, equals: FloatArray, limits: Any, **ceiling: Any) -> Any:
    return optimize.linprog(cost, A_eq=rows, b_eq=equals, bounds=limits, **ceiling)


def _explain(
    problem: Problem, conflict: Sequence[int], bounds: tuple[float, float] | None, found: Needed | None
) -> str:
    names = [f"`{problem.names[i]}`" for i in conflict]
    within = (
        "positive weights" if bounds is None else f"weights of {bounds[0]:g} to {bounds[1]:g} times the start weight"
    )
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]} together"
    parts = [f"No {within} meet the {'total' if len(names) == 1 else 'totals'} of {listed}."]
    if found is None:
        return " ".join([*parts, "Check the total, or leave a column out."])
    if found.upper is not None:
        parts.append(f"With the lower bound kept, the upper one must be above {_up(found.upper):g}.")
    if found.lower is not None:
        parts.append(f"With the upper bound kept, the lower one must be below {_down(found.lower):g}.")
    if found.both is not None:
        parts.append(f"Moving both, the narrowest are {_down(found.both[0]):g} and {_up(found.both[1]):g}.")
    if found.upper is None and found.lower is None and found.both is None:
        parts.append("No bounds help: check the total, or leave a column out.")
    return " ".join(parts)


def _up(value: float) -> float:
    """Rounded up to four decimals."""
    return float(np.ceil(value * 1e4 - 1e-6) / 1e4)


def _down(value: float) -> float:
    return -_up(-value)
