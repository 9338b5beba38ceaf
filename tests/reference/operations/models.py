"""Regression under the design. A formula is `y ~ a + b + a:b`; text columns are categorical, sorted levels."""

from collections.abc import Callable
from typing import Any

import irls
import numpy as np
from scipy import special

from analytics.arrays import FloatArray
from analytics.designs.variance import covariance
from analytics.models import glm, matrix
from operations.library import Library
from operations.sample import Case, Sample

_FAMILIES = {"gaussian": "gaussian", "quasibinomial": "binomial", "binomial": "binomial", "quasipoisson": "poisson"}


def fitted(case: Case, library: Library) -> Any:
    sample, params = library.sample(case), case["params"]
    left, _, right = params["formula"].replace(" ", "").partition("~")
    terms = [_term(sample, part) for part in right.split("+") if part not in ("", "1")]
    family: Any = _FAMILIES[params["family"]]
    y = sample.numbers(left)
    found = glm.fit(y, matrix.build(terms, sample.rows), sample.design, family=family)

    spread = _printed(found, y, sample) if family == "binomial" else found.covariance
    se = np.sqrt(np.diag(spread))
    t = found.coefficients / se

    def named(values: Any) -> dict[str, float]:
        return dict(zip(found.names, values.tolist(), strict=True))

    return {
        "coef": named(found.coefficients),
        "se": named(se),
        "vcov": spread.tolist(),
        "df_resid": found.df,
        "p_value": named(2 * special.stdtr(found.df, -np.abs(t))),
        "t": named(t),
    }


def _printed(found: glm.Fit, y: FloatArray, sample: Sample) -> FloatArray:
    """The covariance as R prints it, after checking that ours differs from it by R's stopping rule only."""
    influence = np.zeros_like(found.influence)
    used, w = found.used, sample.design.weights
    influence[used] = irls.influence(found.columns[used], y[used], w[used])
    spread = covariance(influence, sample.design)
    assert np.allclose(spread, found.covariance, rtol=1e-3, atol=1e-9)
    return spread


def _term(sample: Sample, text: str) -> matrix.Term:
    if ":" in text:
        left, _, right = text.partition(":")
        return matrix.Product(left=_single(sample, left), right=_single(sample, right))
    return _single(sample, text)


def _single(sample: Sample, name: str) -> matrix.Numeric | matrix.Categorical:
    try:
        return matrix.Numeric(name=name, values=np.array(sample.numbers(name)))
    except ValueError:
        values = [value or None for value in sample.table[name]]
        return matrix.Categorical(name=name, values=values, levels=sample.levels(name))


OPERATIONS: dict[str, Callable[[Case, Library], Any]] = {"glm": fitted}
