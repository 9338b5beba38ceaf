"""Linear programmes, solved by HiGHS through scipy. This is the one place that calls it for them."""

import warnings
from typing import Any, Literal

import msgspec
import numpy as np
from scipy import sparse
from scipy.optimize import OptimizeWarning, linprog

from analytics.arrays import FloatArray
from panels.errors import PanelError

Method = Literal["vertex", "interior"]
"""`vertex`: simplex, exact to rounding. `interior`: a point inside the best face, good to about 1e-9, whose duals are
positive wherever those of any best solution are; that is what tells which chances are settled."""

_INFEASIBLE = 2


class Optimum(msgspec.Struct, frozen=True, kw_only=True):
    x: FloatArray
    value: float
    price: FloatArray
    """Per row: what the value gains when both bounds of the row rise by 1; 0 for a row that does not bind."""
    reduced: FloatArray
    """Per variable: what the value loses when the variable is raised by 1 from a lower bound that binds (above 0), or
    gains when an upper bound that binds is raised by 1 (below 0)."""


def maximise(
    gain: FloatArray,
    matrix: sparse.csr_array,
    *,
    lower: FloatArray,
    upper: FloatArray,
    least: FloatArray,
    most: FloatArray,
    method: Method = "vertex",
) -> Optimum | None:
    """Maximise `gain @ x` with lower <= matrix @ x <= upper and least <= x <= most; None when no x is allowed.

    Raises:
        PanelError: the solver gave up for a numerical reason (never seen; better than a wrong answer).
    """
    equal = lower == upper
    below, above = ~equal & np.isfinite(lower), ~equal & np.isfinite(upper)
    inequalities = sparse.vstack([-matrix[below], matrix[above]], format="csr")
    limits = np.concatenate([-lower[below], upper[above]])
    bounds = np.column_stack([least, most])
    found = _solve(-gain, inequalities, limits, matrix[equal], lower[equal], bounds, method)
    if found.status == _INFEASIBLE:
        return None
    if found.status != 0:
        raise PanelError(f"The solver stopped without an answer: {found.message}")
    price = np.zeros(lower.size)
    at_lower, at_upper = np.split(-found.ineqlin.marginals, [int(below.sum())])
    price[below] -= at_lower
    price[above] += at_upper
    price[equal] = -found.eqlin.marginals
    reduced = np.asarray(matrix.T @ price - gain)
    return Optimum(x=np.clip(found.x, least, most), value=-float(found.fun), price=price, reduced=reduced)


def _solve(
    cost: FloatArray,
    inequalities: sparse.csr_array,
    limits: FloatArray,
    equalities: sparse.csr_array,
    values: FloatArray,
    bounds: FloatArray,
    method: Method,
) -> Any:
    """linprog by the wanted method, and by the others when that one stops without an answer."""
    problem: dict[str, Any] = {
        "c": cost,
        "A_ub": inequalities,
        "b_ub": limits,
        "A_eq": equalities,
        "b_eq": values,
        "bounds": bounds,
    }
    if method == "interior":
        with warnings.catch_warnings():
            # scipy hands an option it does not know on to HiGHS, and warns that it does.
            warnings.simplefilter("ignore", OptimizeWarning)
            options: Any = {"run_crossover": "off"}
            found = linprog(**problem, method="highs-ipm", options=options)
        if found.status == 0:
            return found
    found = linprog(**problem, method="highs-ds")
    return found if found.status in (0, _INFEASIBLE) else linprog(**problem, method="highs-ipm")
