"""Means, totals, shares, ratios and differences."""

import math
from collections.abc import Callable
from typing import Any

import likelihood
import numpy as np

from analytics.comparisons import compare
from analytics.estimates import estimate, interval
from analytics.estimates import ratio as ratios
from analytics.weights.codes import code
from operations.library import Library
from operations.sample import Case, Sample


def mean(case: Case, library: Library) -> Any:
    sample, y = library.sample(case), case["params"]["y"]
    found = estimate.mean(sample.numbers(y), sample.design, level=case["params"]["level"])
    result = _spelled(y, found)
    result["deff_replace"] = {y: found.deff}
    result["deff"] = {y: _without_replacement(found, sample)}
    result["cv"] = {y: (found.se or math.nan) / (found.value or math.nan)}
    return result


def total(case: Case, library: Library) -> Any:
    sample, y = library.sample(case), case["params"]["y"]
    found = estimate.total(sample.numbers(y), sample.design, level=case["params"]["level"])
    return {**_spelled(y, found), "deff": {y: _without_replacement(found, sample)}}


def _spelled(name: str, found: estimate.Estimate) -> dict[str, Any]:
    """Where all answers are equal R gives a standard error of zero; ours says that nothing is known of it."""
    alike, limits = found.note == "no_spread", found.interval
    return {
        "estimate": {name: found.value},
        "se": {name: 0.0 if alike else found.se},
        "df": found.df,
        "ci_lower": {name: found.value if alike else limits.lower if limits else None},
        "ci_upper": {name: found.value if alike else limits.upper if limits else None},
    }


def _without_replacement(found: estimate.Estimate, sample: Sample) -> float:
    size = float(sample.design.weights.sum())
    return (found.deff or math.nan) * size / (size - found.n)


def spread(case: Case, library: Library) -> Any:
    sample = library.sample(case)
    value, se = estimate.variance(sample.numbers(case["params"]["y"]), sample.design)
    return {"estimate": value, "se": se}


def proportions(case: Case, library: Library) -> Any:
    sample, y = library.sample(case), case["params"]["y"]
    names = [y + level for level in sample.levels(y)]
    found = estimate.means(sample.indicators(y), sample.design, level=case["params"]["level"])
    _, _, vcov = estimate.joint(sample.indicators(y), sample.design)
    return {**_merged([_spelled(name, one) for name, one in zip(names, found, strict=True)]), "vcov": vcov}


def totals_by_level(case: Case, library: Library) -> Any:
    sample, y = library.sample(case), case["params"]["y"]
    columns, names = sample.indicators(y), [y + level for level in sample.levels(y)]
    found = [estimate.total(columns[:, j], sample.design) for j in range(len(names))]
    return _merged([_spelled(name, one) for name, one in zip(names, found, strict=True)])


def _merged(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {key: {k: v for part in parts for k, v in part[key].items()} for key in parts[0] if key != "df"} | {
        "df": parts[0]["df"]
    }


def domain_mean(case: Case, library: Library) -> Any:
    return domains(library.sample(case), case["params"]["y"], case["params"]["by"])


def domains(sample: Sample, y: str, by: str) -> dict[str, Any]:
    levels = sample.levels(by)
    groups = code([value or None for value in sample.table[by]], levels)
    found = estimate.by_group(sample.numbers(y), groups, levels, sample.design)
    columns = np.where(groups[:, None] == np.arange(len(levels)), sample.numbers(y)[:, None], np.nan)
    _, _, vcov = estimate.joint(columns, sample.design)
    return {**_merged([_spelled(level, found[level]) for level in levels]), "vcov": vcov}


def domain_total(case: Case, library: Library) -> Any:
    sample, by = library.sample(case), case["params"]["by"]
    parts = []
    for level in sample.levels(by):
        inside = np.array([value == level for value in sample.table[by]])
        found = estimate.total(sample.numbers(case["params"]["y"]), sample.design, domain=inside)
        parts.append(_spelled(level, found))
    return _merged(parts)


def proportion_ci(case: Case, library: Library) -> Any:
    params = case["params"]
    return limits_of(library.sample(case), params["y"], params["method"], params["level"])


_METHODS = {"beta": "korn_graubard", "mean": "wald", "xlogit": "logit"}


def limits_of(sample: Sample, y: str, method: str, level: float) -> dict[str, Any]:
    ours: Any = _METHODS.get(method, method)
    if ours not in interval.METHODS:
        raise ValueError(f"interval method {method} is unknown here")
    found = estimate.proportion(sample.numbers(y), sample.design)
    assert found.value is not None
    assert found.se is not None
    # With missing answers R counts people in two ways: everybody in the degrees of freedom of `beta`, and in the mean
    # weight that scales those who answered in `likelihood`.
    weights, variance = sample.design.weights, found.se**2
    scaled = found.weight_sum / float(weights.mean())
    people = sample.rows if ours == "korn_graubard" else found.n
    limits = interval.proportion_limits(
        np.array([found.value]),
        np.array([variance * scaled / found.n if method == "likelihood" else variance]),
        np.array([float(people)]),
        np.array([found.n_eff]),
        df=found.df,
        level=level,
        method=ours,
    )
    lower, upper = float(limits.lower[0]), float(limits.upper[0])
    if method == "likelihood":
        off = likelihood.reading_error(found.value, variance, found.n, scaled, found.df, level)
        lower, upper = lower + off[0], upper + off[1]
    return {"estimate": found.value, "var": variance, "ci_lower": lower, "ci_upper": upper}


def ratio(case: Case, library: Library) -> Any:
    sample, params = library.sample(case), case["params"]
    found = ratios.ratio(sample.numbers(params["num"]), sample.numbers(params["den"]), sample.design)
    return {"estimate": found.value, "se": found.se}


def domain_difference(case: Case, library: Library) -> Any:
    sample, params = library.sample(case), case["params"]
    levels = sample.levels(params["by"])
    groups = code([value or None for value in sample.table[params["by"]]], levels)
    first, second = levels.index(params["a"]), levels.index(params["b"])
    found = compare.difference(sample.numbers(params["y"]), groups, first, second, sample.design)
    return {"estimate": found.value, "se": found.se, "t": found.t}


def lonely(case: Case, library: Library) -> Any:
    sample, y = library.sample(case), case["params"]["y"]
    average = estimate.mean(sample.numbers(y), sample.design)
    sums = estimate.total(sample.numbers(y), sample.design)
    return {
        "mean": average.value,
        "se_mean": average.se,
        "total": sums.value,
        "se_total": sums.se,
        "df": sample.design.df,
    }


OPERATIONS: dict[str, Callable[[Case, Library], Any]] = {
    "domain_difference": domain_difference,
    "domain_mean": domain_mean,
    "domain_total": domain_total,
    "mean": mean,
    "mean_total_lonely_psu": lonely,
    "proportion_ci": proportion_ci,
    "proportions": proportions,
    "ratio": ratio,
    "total": total,
    "totals_by_level": totals_by_level,
    "variance": spread,
}
