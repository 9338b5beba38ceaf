"""Replicate variances: jackknife and bootstrap, plain and weighted again."""

import csv
from collections.abc import Callable
from typing import Any

import numpy as np

from analytics.arrays import FloatArray
from analytics.designs import replicates, reweigh
from analytics.designs.replicates import Replicates
from analytics.designs.reweigh import ReplicateWeights
from analytics.estimates import estimate
from analytics.weights import calibrate
from operations.library import Library, crossed
from operations.sample import Case, Sample, kept_rows


def variances(case: Case, library: Library) -> Any:
    sample, params = library.sample(case), case["params"]
    drawn = _drawn(case, library, sample)
    weights, margins = reweigh.plain(sample.design.weights, drawn), params.get("reraked_margins")
    if margins:
        pairs = [crossed(sample, m["vars"], m["levels"], m["totals"]) for m in margins]
        coded, margin = [one for one, _ in pairs], [one for _, one in pairs]
        total = float(sum(margins[0]["totals"]))
        start = sample.design.weights
        weights = reweigh.rake(drawn, coded, margin, start, total=total, tolerance=1e-12)
        sample = sample.calibrated(calibrate.rake(coded, margin, start, total=total, tolerance=1e-12))
    return {key: _measure(key, sample, weights) for key in case["expected"]}


def _drawn(case: Case, library: Library, sample: Sample) -> Replicates:
    made, mse = case["design"]["replicates"], case["params"]["mse"]
    if not made["file"]:
        # R corrects for the first stage's population, whatever comes after it.
        return replicates.jackknife(sample.design, mse=mse, fpc=True)
    with (library.data / made["file"]).open(newline="", encoding="utf-8") as file:
        factors = np.array([[float(value) for value in row] for row in list(csv.reader(file))[1:]])
    factors = factors[kept_rows(library.table(case["dataset"]), case["design"].get("drop_rows"))]
    rscales = made.get("rscales")
    return replicates.given(
        factors,
        scale=made["scale"],
        rscales=None if rscales is None else np.array(rscales),
        mse=mse,
        df=min(sample.design.df, factors.shape[1] - 1),
    )


def _measure(key: str, sample: Sample, weights: ReplicateWeights) -> Any:
    kind, _, rest = key.partition(":")
    variable, _, by = rest.partition("|")
    if kind == "df":
        # R takes one less than the rank of the replicate weights.
        return int(np.linalg.matrix_rank(np.hstack(list(weights.blocks())), rtol=1e-7)) - 1
    y = sample.numbers(variable)
    if kind == "total":
        full = estimate.total(y, sample.design).value
        return {"estimate": full, "se": _se(weights, reweigh.totals(weights, y[:, None]), np.array([full]))[0]}
    if kind == "mean":
        full = estimate.mean(y, sample.design).value
        return {"estimate": full, "se": _se(weights, reweigh.means(weights, y[:, None]), np.array([full]))[0]}
    levels = sample.levels(by)
    columns = np.where(sample.indicators(by) == 1, y[:, None], np.nan)
    values = np.array([one.value for one in estimate.means(columns, sample.design)], dtype=np.float64)
    errors = _se(weights, reweigh.means(weights, columns), values)
    return {
        "estimate": dict(zip(levels, values.tolist(), strict=True)),
        "se": dict(zip(levels, errors.tolist(), strict=True)),
    }


def _se(weights: ReplicateWeights, estimates: FloatArray, full: FloatArray) -> FloatArray:
    return np.sqrt(np.diag(reweigh.covariance(weights, estimates, full)))


OPERATIONS: dict[str, Callable[[Case, Library], Any]] = {"replicate_variance": variances}
