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
        asked = params.get("lonely_psu") if isinstance(params, dict) else None
        lonely = asked or layout.get("lonely_psu") or "fail"
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


def kept_rows(table: dict[str, list[str]], dropped: Any) -> list[int]:
    """Positions of the rows that a case keeps: a number drops that row, counted from 1 as in R; a name drops the rows
    where that column is empty."""
    listed = dropped if isinstance(dropped, list) else [dropped] if dropped else []
    names = [one for one in listed if isinstance(one, str)]
    gone = {int(one) - 1 for one in listed if not isinstance(one, str)}
    rows = range(len(next(iter(table.values()))))
    return [row for row in rows if row not in gone and all(table[name][row] for name in names)]


def _stages(table: dict[str, list[str]], layout: Case, rows: int) -> list[design.Stage]:
    """Strata and population sizes go with the stages in order; values of at most 1 are the fractions drawn, as in R."""
    strata, units, sizes = (_listed(layout[key]) for key in ("strata", "ids", "fpc"))
    known = np.array([[float(value) for value in table[column]] for column in sizes])
    fractions = bool(known.size) and bool((known <= 1).all())
    stages: list[design.Stage] = []
    for position, unit in enumerate(units or [None]):
        size = known[position] if position < len(sizes) else None
        stages.append(
            design.stage(
                strata=table[strata[position]] if position < len(strata) else None,
                units=table[unit] if unit else None,
                population=None if fractions else size,
                fraction=size if fractions else None,
                within=stages[-1] if stages else None,
                rows=rows,
            )
        )
    return stages


def _listed(names: Any) -> list[str]:
    """Column names of the stages, which a case gives as one name, a list, or nothing."""
    return [names] if isinstance(names, str) else list(names or [])


def _inverse_fractions(stages: list[design.Stage], rows: int) -> FloatArray:
    weights = np.ones(rows)
    for stage in stages:
        weights /= stage.fractions()[stage.strata]
    return weights
