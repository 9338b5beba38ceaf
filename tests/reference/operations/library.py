"""The cases of one folder, with the weighting that a case builds on."""

import csv
from pathlib import Path
from typing import Any

import numpy as np

from analytics.arrays import FloatArray
from analytics.weights import calibrate
from analytics.weights.codes import Coded, code
from analytics.weights.frame import Margin
from operations.sample import Case, Sample, kept_rows


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
        table = _without(self.table(case["dataset"]), case["design"].get("drop_rows"))
        plain = Sample(table, case["design"], case["params"])
        return weighted(self.cases[earlier], plain) if earlier else plain


def _without(table: dict[str, list[str]], dropped: Any) -> dict[str, list[str]]:
    if not dropped:
        return table
    kept = kept_rows(table, dropped)
    return {column: [values[row] for row in kept] for column, values in table.items()}


def crossed(sample: Sample, names: list[str], cells: dict[str, list[str]], totals: list[float]) -> tuple[Coded, Margin]:
    """Everybody's level of one variable or of several crossed, and the margin that it is weighted to."""
    levels = ["|".join(parts) for parts in zip(*(cells[name] for name in names), strict=True)]
    values = ["|".join(parts) for parts in zip(*(sample.table[name] for name in names), strict=True)]
    size = sum(totals)
    margin = Margin(key="+".join(names), levels=tuple(levels), shares=tuple(t / size for t in totals))
    return Coded(codes=code(values, levels), patterns=np.eye(len(levels))), margin


def _raked(case: Case, sample: Sample) -> Sample:
    pairs = [crossed(sample, m["vars"], m["levels"], m["totals"]) for m in case["params"]["margins"]]
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
    coded, _ = crossed(sample, case["params"]["vars"], targets["levels"], targets["totals"])
    found = calibrate.poststratify(coded, np.array(targets["totals"], dtype=np.float64), sample.design.weights)
    return sample.calibrated(found)


_WEIGHTINGS = {"rake": _raked, "calibrate": _calibrated, "poststratify": _poststratified}


def weighted(case: Case, sample: Sample) -> Sample:
    return _WEIGHTINGS[case["operation"]](case, sample)
