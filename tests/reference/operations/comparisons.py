"""Tables, t tests and rank tests."""

from collections.abc import Callable
from typing import Any

import numpy as np

from analytics.comparisons import ranks, tables, tail, ttest
from analytics.weights.codes import code
from operations.library import Library
from operations.sample import Case, Sample

_STATISTICS = {
    "F": "second_order",
    "Chisq": "first_order",
    # Where R lacks its package for exact inversion it falls back to the saddlepoint; the printed values are those.
    "lincom": "saddlepoint",
    "saddlepoint": "saddlepoint",
    "Wald": "wald",
    "adjWald": "adjusted_wald",
}
_SCORES = {"wilcoxon": "wilcoxon", "KruskalWallis": "wilcoxon", "vanderWaerden": "van_der_waerden", "median": "median"}


def chisq(case: Case, library: Library) -> Any:
    sample, params = library.sample(case), case["params"]
    method: Any = _STATISTICS[params["statistic"]]
    found = tables.independence(
        _codes(sample, params["row"]), _codes(sample, params["col"]), sample.design, method=method
    )
    if params["statistic"] in ("lincom", "saddlepoint"):
        return {"statistic": found.statistic, "df": [], "p_value": _whole_denominator(found, sample.design.df)}
    degrees = [df for df in (found.df1, found.df2) if df is not None]
    return {"statistic": found.statistic, "df": degrees, "p_value": found.p}


def _whole_denominator(found: tables.TableTest, df: int) -> float:
    """R repeats the chi-square under the sum a whole number of times, cutting its fraction of a degree off; ours keeps
    the fraction. This is R's value, from the same design effects."""
    effects = np.array(found.effects)
    ddf = effects.sum() ** 2 / (effects * effects).sum() * df
    weights = np.r_[effects, np.full(int(ddf), -found.statistic / ddf)]
    below = tail.above(0.0, weights, np.ones(weights.size))
    return tail.satterthwaite(found.statistic, effects, ddf) if below is None else below


def table(case: Case, library: Library) -> Any:
    sample, params = library.sample(case), case["params"]
    found = tables.tabulate(_codes(sample, params["row"]), _codes(sample, params["col"]), sample.design)
    rows, columns = _levels(sample, params["row"]), _levels(sample, params["col"])
    return {
        "rows": [rows[code] for code in found.rows],
        "cols": [columns[code] for code in found.columns],
        "counts": found.counts.tolist(),
    }


def t_test(case: Case, library: Library) -> Any:
    sample, params = library.sample(case), case["params"]
    groups = _codes(sample, params["group"]) if params.get("group") else None
    found = ttest.t_test(sample.numbers(params["y"]), sample.design, groups=groups, level=params.get("level", 0.95))
    return {
        "estimate": found.value,
        "t": found.t,
        "df": found.df,
        "p_value": found.p,
        "ci": [found.interval.lower, found.interval.upper],
    }


def ranktest(case: Case, library: Library) -> Any:
    sample, params = library.sample(case), case["params"]
    score: Any = _SCORES[params["test"]]
    found = ranks.rank_test(sample.numbers(params["y"]), _codes(sample, params["group"]), sample.design, score=score)
    if found.difference is None:
        return {
            "chisq": found.statistic,
            "statistic": found.statistic,
            "df": found.df1,
            "ddf": found.df2,
            "p_value": found.p,
        }
    return {"estimate": found.difference, "statistic": found.statistic, "df": found.df2, "p_value": found.p}


def _codes(sample: Sample, column: str) -> Any:
    return code([value or None for value in sample.table[column]], _levels(sample, column))


def _levels(sample: Sample, column: str) -> list[str]:
    """In the order of an R factor: numbers by size, text by the alphabet."""
    levels = sample.levels(column)
    try:
        return sorted(levels, key=float)
    except ValueError:
        return levels


OPERATIONS: dict[str, Callable[[Case, Library], Any]] = {
    "chisq": chisq,
    "ranktest": ranktest,
    "table": table,
    "ttest": t_test,
}
