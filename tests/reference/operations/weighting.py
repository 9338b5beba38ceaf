"""Weighting, trimming, and what a design looks like."""

from collections.abc import Callable
from typing import Any

from analytics.arrays import FloatArray
from analytics.estimates import estimate
from analytics.weights import kish as quality
from analytics.weights import trim
from operations import estimates
from operations.library import Library, weighted
from operations.sample import Case, Sample


def weighting(case: Case, library: Library) -> Any:
    sample = weighted(case, library.sample(case))
    return {key: _summary(sample, key) for key in case["expected"]}


def _summary(sample: Sample, key: str) -> Any:
    kind, _, rest = key.partition(":")
    variable, _, by = rest.partition("|")
    if kind in ("weights", "kish", "df", "n_negative"):
        negatives = int((sample.design.weights < 0).sum())
        plain = {"weights": sample.design.weights, "df": sample.design.df, "n_negative": negatives}
        return _kish(sample) if kind == "kish" else plain[kind]
    if kind == "domain_mean":
        return {k: v for k, v in estimates.domains(sample, variable, by).items() if k in ("estimate", "se")}
    if kind == "ciprop_beta":
        limits = estimates.limits_of(sample, variable, "beta", 0.95)
        return {"ci_lower": limits["ci_lower"], "ci_upper": limits["ci_upper"]}
    function = estimate.mean if kind == "mean" else estimate.total
    found = function(sample.numbers(variable), sample.design)
    return {"estimate": found.value, "se": found.se}


def design_df(case: Case, library: Library) -> Any:
    sample = library.sample(case)
    return {"df": sample.design.df, "n": sample.rows, "sum_w": float(sample.design.weights.sum())}


def kish(case: Case, library: Library) -> Any:
    return _kish(library.sample(case))


def _kish(sample: Sample) -> dict[str, Any]:
    return _spell_kish(sample.design.weights)


def _spell_kish(weights: FloatArray) -> dict[str, Any]:
    found = quality.kish(weights)
    return {
        "n": found.n,
        "sum_w": found.sum_w,
        "n_eff": found.n_eff,
        "deff_kish": found.deff,
        "cv2_w": found.cv2,
        "min_over_mean": found.min_over_mean,
        "max_over_mean": found.max_over_mean,
    }


def trimmed(case: Case, library: Library) -> Any:
    params = case["params"]
    start = library.cases[params["start_weights_case"]]
    weights = weighted(start, library.sample(start)).design.weights
    found = trim.trim(weights, low=params["lower"], high=params["upper"], strict=params["strict"])
    return {"weights": found, "sum_w": float(found.sum()), "kish": _spell_kish(found)}


OPERATIONS: dict[str, Callable[[Case, Library], Any]] = {
    "calibrate": weighting,
    "design_df": design_df,
    "kish": kish,
    "poststratify": weighting,
    "rake": weighting,
    "trim": trimmed,
}
