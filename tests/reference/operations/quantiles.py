"""Quantiles with Woodruff intervals."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from analytics.arrays import FloatArray
from analytics.designs.design import degrees
from analytics.estimates import quantile
from analytics.estimates.interval import t_quantile
from operations.library import Library
from operations.sample import Case

_RULES = {"math": "hf1", "school": "hf2"}
_METHODS = {"mean": "wald", "xlogit": "logit", "beta": "korn_graubard", "asin": "asin"}


def quantiles(case: Case, library: Library) -> Any:
    """R leaves out people without an answer before it counts degrees of freedom, keeps weights as 1 / (1 / w), and lets
    rounding decide whether a share is reached exactly."""
    sample, params = library.sample(case), case["params"]
    rule: Any = _RULES.get(params["qrule"], params["qrule"])
    method: Any = _METHODS[params["interval"]]
    y, design = sample.numbers(params["y"]), sample.design
    weights = 1 / (1 / design.weights)
    found = quantile.quantiles(
        y,
        params["p"],
        msgspec.structs.replace(design, weights=weights),
        rule=rule,
        method=method,
        level=params["level"],
        df=degrees(design, ~np.isnan(y)),
        exact=0.0,
    )
    known = ~np.isnan(y) & (weights > 0)
    order = np.argsort(y[known], kind="stable")
    read = [_as_r_reads(one, y[known][order], weights[known][order], method) for one in found]
    return {key: [one[key] for one in read] for key in ("estimate", "ci_lower", "ci_upper", "se")}


def _as_r_reads(found: quantile.Quantile, x: FloatArray, w: FloatArray, method: str) -> dict[str, float | None]:
    """What R prints at both ends of the answers.

    Before the first answer's share its hf1, hf2 and hf4 rules read from the first two answers: they give the second,
    or go on along the line through both. At the largest answer the share is 1 without variance: the limits are that
    answer, or nothing where the sum of the weights rounds to above 1 or the method has no value there.
    """
    value, lower, upper, se = found.value, found.lower, found.upper, found.se
    share = found.share or (1.0, 1.0)
    changed = value is not None and _before(found.p, x, w, found.rule) is not None
    value = _before(found.p, x, w, found.rule) if changed else value
    if lower is not None and (first := _before(share[0], x, w, found.rule)) is not None:
        lower, changed = first, True
    if found.value == x[-1]:
        whole = float((w / float(w.astype(np.longdouble).sum())).astype(np.longdouble).sum())
        flat = method == "wald" and whole <= 1
        lower, upper = (lower, lower) if flat else (lower if method == "wald" else None, None)
        se = 0.0 if flat else None
    elif changed and lower is not None and upper is not None:
        se = (upper - lower) / (2 * float(t_quantile(found.level, found.df)))
    return {"estimate": value, "ci_lower": lower, "ci_upper": upper, "se": se}


def _before(p: float, x: FloatArray, w: FloatArray, rule: str) -> float | None:
    reached = np.cumsum(w)[:2] / w.sum()
    if rule not in ("hf1", "hf2", "hf4") or x.size < 2 or not 0 <= p < reached[0]:
        return None
    along = (p - reached[0]) / (reached[1] - reached[0]) if rule == "hf4" else 1.0
    return float(x[0] * (1 - along) + x[1] * along)


OPERATIONS: dict[str, Callable[[Case, Library], Any]] = {"quantile": quantiles}
