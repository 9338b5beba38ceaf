"""A data set of the reference cases under its design."""

from typing import Any

import numpy as np

from analytics.arrays import FloatArray
from analytics.designs import design
from analytics.weights import calibrate
from analytics.weights.codes import code

Case = dict[str, Any]


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
