"""Quantiles with Woodruff intervals."""

from collections.abc import Callable
from typing import Any

from analytics.estimates import quantile
from operations.library import Library
from operations.sample import Case

_RULES = {"math": "hf1", "school": "hf2"}
_METHODS = {"mean": "wald", "xlogit": "logit", "beta": "korn_graubard", "asin": "asin"}


def quantiles(case: Case, library: Library) -> Any:
    sample, params = library.sample(case), case["params"]
    rule: Any = _RULES.get(params["qrule"], params["qrule"])
    method: Any = _METHODS[params["interval"]]
    found = quantile.quantiles(
        sample.numbers(params["y"]), params["p"], sample.design, rule=rule, method=method, level=params["level"]
    )
    return {
        "estimate": [one.value for one in found],
        "ci_lower": [one.lower for one in found],
        "ci_upper": [one.upper for one in found],
        "se": [one.se for one in found],
    }


OPERATIONS: dict[str, Callable[[Case, Library], Any]] = {"quantile": quantiles}
