"""Each operation of the reference cases, carried out with the functions of `analytics`.

`OPERATIONS` maps the name of an operation in a case to a function (case, library) -> result in the shape of `expected`.
What is not in the table is not covered, and the runner says so.
"""

import csv
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import likelihood
import numpy as np

from analytics import calibrate, compare, design, estimate, interval, quality, trim
from analytics.arrays import FloatArray
from analytics.codes import Coded, code
from analytics.frame import Margin

Case = dict[str, Any]


class Library:
    """The cases and data of one folder, with the designs built so far."""

    def __init__(self, data: Path, cases: dict[str, Case]) -> None:
        self.data, self.cases = data, cases
        self._tables: dict[str, dict[str, list[str]]] = {}

    def table(self, name: str) -> dict[str, list[str]]:
        if name not in self._tables:
            with (self.data / name).open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            self._tables[name] = {column: [row[column] for row in rows] for column in rows[0]}
        return self._tables[name]

    def sample(self, case: Case) -> "Sample":
        """The data of a case under its design, after the weighting case it builds on."""
        earlier = case["design"].get("after")
        plain = Sample(self.table(case["dataset"]), case["design"], case["params"])
        return _weighted(self.cases[earlier], plain) if earlier else plain


class Sample:
    """A data set with its design."""

    def __init__(self, table: dict[str, list[str]], layout: Case, params: Any) -> None:
        self.table, self.rows = table, len(next(iter(table.values())))
        lonely = params.get("lonely_psu", "fail") if isinstance(params, dict) else "fail"
        stages = _stages(table, layout, self.rows)
        weights = self.numbers(layout["weights"]) if layout["weights"] else _inverse_fractions(stages, self.rows)
        rule: Any = "certainty" if lonely == "remove" else lonely
        self.design = design.make(weights, stages=stages, lonely=rule)

    def numbers(self, column: str) -> FloatArray:
        return np.array([float(value) if value else np.nan for value in self.table[column]])

    def levels(self, column: str) -> list[str]:
        return sorted({value for value in self.table[column] if value})

    def indicators(self, column: str) -> FloatArray:
        """One 0/1 column per level, NaN where the answer is missing."""
        levels = self.levels(column)
        codes = code([value or None for value in self.table[column]], levels)
        hits = (codes[:, None] == np.arange(len(levels))).astype(np.float64)
        return np.where((codes < 0)[:, None], np.nan, hits)

    def calibrated(self, calibration: calibrate.Calibration) -> "Sample":
        other = object.__new__(Sample)
        other.table, other.rows = self.table, self.rows
        other.design = design.make(
            calibration.weights,
            stages=self.design.stages,
            bases=[*self.design.bases, calibration.basis],
            lonely=self.design.lonely,
        )
        return other


def _stages(table: dict[str, list[str]], layout: Case, rows: int) -> list[design.Stage]:
    strata = [layout["strata"]] if layout["strata"] else [None]
    units, populations = layout["ids"] or [None], layout["fpc"] or []
    stages: list[design.Stage] = []
    for position, unit in enumerate(units):
        stratum = strata[position] if position < len(strata) else None
        population = None
        if position < len(populations):
            population = np.array([float(value) for value in table[populations[position]]])
        labels = [str(code) for code in stages[-1].units] if position else (table[stratum] if stratum else None)
        stages.append(
            design.stage(strata=labels, units=table[unit] if unit else None, population=population, rows=rows)
        )
    return stages


def _inverse_fractions(stages: list[design.Stage], rows: int) -> FloatArray:
    weights = np.ones(rows)
    for stage in stages:
        assert stage.population is not None
        for stratum in np.unique(stage.strata):
            inside = stage.strata == stratum
            weights[inside] *= stage.population[inside] / np.unique(stage.units[inside]).size
    return weights


# --- weighting -------------------------------------------------------------------------------------------------------


def _crossed(
    sample: Sample, names: list[str], cells: dict[str, list[str]], totals: list[float]
) -> tuple[Coded, Margin]:
    levels = ["|".join(parts) for parts in zip(*(cells[name] for name in names), strict=True)]
    values = ["|".join(parts) for parts in zip(*(sample.table[name] for name in names), strict=True)]
    size = sum(totals)
    margin = Margin(key="+".join(names), levels=tuple(levels), shares=tuple(t / size for t in totals))
    return Coded(codes=code(values, levels), patterns=np.eye(len(levels))), margin


def _raked(case: Case, sample: Sample) -> Sample:
    pairs = [_crossed(sample, m["vars"], m["levels"], m["totals"]) for m in case["params"]["margins"]]
    found = calibrate.rake(
        [coded for coded, _ in pairs],
        [margin for _, margin in pairs],
        sample.design.weights,
        total=float(sum(case["params"]["margins"][0]["totals"])),
        convention="unweighted_sweep",
        tolerance=1e-12,
    )
    return sample.calibrated(found)


def _calibrated(case: Case, sample: Sample) -> Sample:
    params = case["params"]
    columns = np.column_stack([_model_column(sample, name, params["formula"]) for name in params["totals"]])
    bounds = tuple(params["bounds"]) if params["bounds"] else None
    found = calibrate.calibrate(
        columns,
        np.array(list(params["totals"].values()), dtype=np.float64),
        sample.design.weights,
        distance=params["calfun"],
        bounds=bounds,
        names=list(params["totals"]),
    )
    return sample.calibrated(found)


def _model_column(sample: Sample, name: str, formula: str) -> FloatArray:
    """A column of the model matrix by its name: `(Intercept)`, a variable, a level's dummy, or a product of those."""
    if name == "(Intercept)":
        return np.ones(sample.rows)
    product = np.ones(sample.rows)
    variables = sorted(set(formula.replace("~", " ").replace("*", " ").replace("+", " ").replace(":", " ").split()))
    for part in name.split(":"):
        variable = next(v for v in sorted(variables, key=len, reverse=True) if part.startswith(v))
        level = part[len(variable) :]
        column = sample.numbers(variable) if not level else np.array([v == level for v in sample.table[variable]])
        product = product * column
    return product


def _poststratified(case: Case, sample: Sample) -> Sample:
    targets = case["params"]["targets"]
    coded, _ = _crossed(sample, case["params"]["vars"], targets["levels"], targets["totals"])
    found = calibrate.poststratify(coded, np.array(targets["totals"], dtype=np.float64), sample.design.weights)
    return sample.calibrated(found)


_WEIGHTINGS = {"rake": _raked, "calibrate": _calibrated, "poststratify": _poststratified}


def _weighted(case: Case, sample: Sample) -> Sample:
    return _WEIGHTINGS[case["operation"]](case, sample)


def weighting(case: Case, library: Library) -> Any:
    sample = _weighted(case, library.sample(case))
    return {key: _summary(sample, key) for key in case["expected"]}


def _summary(sample: Sample, key: str) -> Any:
    kind, _, rest = key.partition(":")
    variable, _, by = rest.partition("|")
    if kind in ("weights", "kish", "df", "n_negative"):
        negatives = int((sample.design.weights < 0).sum())
        plain = {"weights": sample.design.weights, "df": sample.design.df, "n_negative": negatives}
        return _kish(sample) if kind == "kish" else plain[kind]
    if kind == "domain_mean":
        return {k: v for k, v in _domains(sample, variable, by).items() if k in ("estimate", "se")}
    if kind == "ciprop_beta":
        limits = _proportion(sample, variable, "beta", 0.95)
        return {"ci_lower": limits["ci_lower"], "ci_upper": limits["ci_upper"]}
    function = estimate.mean if kind == "mean" else estimate.total
    found = function(sample.numbers(variable), sample.design)
    return {"estimate": found.value, "se": found.se}


# --- estimates -------------------------------------------------------------------------------------------------------


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
    limits = found.interval
    assert limits is not None
    return {
        "estimate": {name: found.value},
        "se": {name: found.se},
        "df": found.df,
        "ci_lower": {name: limits.lower},
        "ci_upper": {name: limits.upper},
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
    return _domains(library.sample(case), case["params"]["y"], case["params"]["by"])


def _domains(sample: Sample, y: str, by: str) -> dict[str, Any]:
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
    return _proportion(library.sample(case), params["y"], params["method"], params["level"])


_METHODS = {"beta": "korn_graubard", "mean": "wald", "xlogit": "logit"}


def _proportion(sample: Sample, y: str, method: str, level: float) -> dict[str, Any]:
    ours: Any = _METHODS.get(method, method)
    if ours not in interval.METHODS:
        raise ValueError(f"interval method {method} is unknown here")
    found = estimate.proportion(sample.numbers(y), sample.design, level=level, method=ours)
    assert found.se is not None
    assert found.interval is not None
    lower, upper = found.interval.lower, found.interval.upper
    if method == "likelihood":
        off = likelihood.reading_error(found.value or 0.0, found.se**2, found.n, found.df, level)
        lower, upper = lower + off[0], upper + off[1]
    return {"estimate": found.value, "var": found.se**2, "ci_lower": lower, "ci_upper": upper}


def ratio(case: Case, library: Library) -> Any:
    sample, params = library.sample(case), case["params"]
    value, se = estimate.ratio(sample.numbers(params["num"]), sample.numbers(params["den"]), sample.design)
    return {"estimate": value, "se": se}


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


# --- design and weights ----------------------------------------------------------------------------------------------


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
    weights = _weighted(start, library.sample(start)).design.weights
    found = trim.trim(weights, low=params["lower"], high=params["upper"], strict=params["strict"])
    return {"weights": found, "sum_w": float(found.sum()), "kish": _spell_kish(found)}


OPERATIONS: dict[str, Callable[[Case, Library], Any]] = {
    "calibrate": weighting,
    "design_df": design_df,
    "domain_difference": domain_difference,
    "domain_mean": domain_mean,
    "domain_total": domain_total,
    "kish": kish,
    "mean": mean,
    "mean_total_lonely_psu": lonely,
    "poststratify": weighting,
    "proportion_ci": proportion_ci,
    "proportions": proportions,
    "rake": weighting,
    "ratio": ratio,
    "total": total,
    "totals_by_level": totals_by_level,
    "trim": trimmed,
    "variance": spread,
}
