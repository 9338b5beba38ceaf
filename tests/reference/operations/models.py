"""Regression under the design. A formula is `y ~ a + b + a:b`; text columns are categorical, sorted levels."""

from collections.abc import Callable
from typing import Any

import irls
import numpy as np
from scipy import special

from analytics.arrays import FloatArray
from analytics.designs.variance import covariance
from analytics.models import glm, matrix
from analytics.models.family import Family
from operations.library import Library
from operations.sample import Case, Sample

_FAMILIES: dict[str, Family] = {
    "gaussian": "gaussian",
    "binomial": "binomial",
    "quasibinomial": "binomial",
    "poisson": "poisson",
    "quasipoisson": "poisson",
}


def fitted(case: Case, library: Library) -> Any:
    sample, params = library.sample(case), case["params"]
    left, _, right = params["formula"].replace(" ", "").partition("~")
    parts = [part.split(":") for part in right.split("+") if part not in ("", "1")]
    # R puts terms of one variable before products, and the variables of a product in their order in the formula.
    order = [name for part in parts for name in part]
    terms = [_term(sample, sorted(set(part), key=order.index)) for part in sorted(parts, key=len)]
    family = _FAMILIES[params["family"]]
    y = _answers(sample, left)
    found = glm.fit(y, matrix.build(terms, sample.rows), sample.design, family=family)

    spread = found.covariance if family == "gaussian" else _printed(found, y, sample, family)
    se = np.sqrt(np.diag(spread))
    t = found.coefficients / se
    p = 2 * special.stdtr(found.df, -np.abs(t)) if found.df > 0 else np.full(t.size, np.nan)

    def named(values: Any) -> dict[str, float]:
        return dict.fromkeys(found.dropped, np.nan) | dict(zip(found.names, values.tolist(), strict=True))

    return {
        "coef": named(found.coefficients),
        "se": named(se),
        "vcov": spread.tolist(),
        "df_resid": found.df,
        "p_value": named(p),
        "t": named(t),
    }


def _printed(found: glm.Fit, y: FloatArray, sample: Sample, family: Family) -> FloatArray:
    """The covariance as R prints it, after checking that ours differs from it by R's stopping rule only."""
    influence = np.zeros_like(found.influence)
    used, w = found.used, sample.design.weights
    influence[used] = irls.influence(found.columns[used], y[used], w[used], float(w[w != 0].mean()), family)
    spread = covariance(influence, sample.design)
    assert np.allclose(spread, found.covariance, rtol=1e-2, atol=1e-9)
    return spread


def _answers(sample: Sample, name: str) -> FloatArray:
    """Numbers, or for a text column whether it is another than the first level."""
    try:
        return sample.numbers(name)
    except ValueError:
        return np.asarray(1.0 - sample.indicators(name)[:, 0])


def _term(sample: Sample, names: list[str]) -> matrix.Term:
    variables = tuple(_single(sample, name) for name in names)
    return variables[0] if len(variables) == 1 else matrix.Product(of=variables)


def _single(sample: Sample, name: str) -> matrix.Variable:
    try:
        return matrix.Numeric(name=name, values=sample.numbers(name))
    except ValueError:
        return matrix.categorical(name, [value or None for value in sample.table[name]], sample.levels(name))


OPERATIONS: dict[str, Callable[[Case, Library], Any]] = {"glm": fitted}
