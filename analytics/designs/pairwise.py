"""Variance from the probabilities that two people are both selected.

For draws such as citizens' lotteries, in which neither strata nor units describe the chances. With u the weighted value
of a person and D_ij = 1 - p_i p_j / p_ij:

- Yates and Grundy (1953), Sen (1953): -1/2 sum over pairs of D_ij (u_i - u_j)^2, for draws of a fixed size;
- Horvitz and Thompson (1952): sum over all i, j of D_ij u_i u_j, for draws of any size.

Both are a quadratic form u'Qu, unbiased where every pair can be drawn."""

from typing import Literal

import numpy as np
from samenspraak.types.problem import Fault

from analytics.arrays import FloatArray
from analytics.errors import DesignUnusable

Method = Literal["yates_grundy", "horvitz_thompson"]
_ROUNDING = 1e-9
_NAMED = 20


def quadratic(joint: FloatArray, people: int, method: Method) -> FloatArray:
    """Q for `joint`, people x people, with each person's own probability on the diagonal.

    Raises:
        DesignUnusable: another shape, not symmetric, or probabilities that no draw has: outside (0, 1], or above that
            of one of the two. A pair that cannot be drawn together is named: its share of the variance is unknown.
    """
    if joint.shape != (people, people):
        raise DesignUnusable(f"Pairwise probabilities need {people} x {people} numbers; got {joint.shape}.")
    if people < 2:
        raise DesignUnusable("Pairwise probabilities of a single person give no variance.")
    own = np.diag(joint)
    limit = np.minimum(own[:, None], own)
    wrong = ~((joint > 0) & (joint <= limit * (1 + _ROUNDING)) & (own <= 1 + _ROUNDING)[:, None])
    wrong |= ~np.isclose(joint, joint.T, rtol=1e-9, atol=0)
    if wrong.any():
        raise _impossible(joint, wrong)
    form: FloatArray = 1.0 - np.outer(own, own) / joint
    if method == "yates_grundy":
        np.fill_diagonal(form, 0.0)
        np.fill_diagonal(form, -form.sum(axis=1))
    return form


def covariance(u: FloatArray, form: FloatArray) -> FloatArray:
    """k x k covariance of totals with weighted values `u` (people x k).

    Raises:
        DesignUnusable: an estimate below zero, which these estimators can give; the columns are named.
    """
    found = u.T @ (form @ u)
    variance = np.diag(found)
    scale = np.einsum("ij,ij->j", u, np.abs(form) @ np.abs(u))
    below = np.flatnonzero(variance < -_ROUNDING * scale)
    if below.size:
        raise DesignUnusable(
            f"The pairwise probabilities give a negative variance for columns {below.tolist()[:_NAMED]}: the draw is "
            "too uneven for them. Use the strata and units of the draw instead.",
            details={"columns": tuple(below.tolist())},
        )
    np.fill_diagonal(found, np.maximum(variance, 0.0))
    return np.asarray(found)


def _impossible(joint: FloatArray, wrong: np.ndarray) -> DesignUnusable:
    rows, columns = np.nonzero(np.triu(wrong | wrong.T))
    faults = [
        Fault(
            pointer=f"/{i}/{j}",
            code="not_a_probability",
            detail=f"People {i} and {j}: {joint[i, j]:g}; their own are {joint[i, i]:g} and {joint[j, j]:g}.",
        )
        for i, j in zip(rows[:_NAMED].tolist(), columns[:_NAMED].tolist(), strict=True)
    ]
    return DesignUnusable(
        f"{rows.size} pairwise probabilities are impossible. Each is symmetric, above 0 and at most each person's own: "
        f"a pair that can never be drawn together leaves the variance unknown. First: {faults[0].detail}",
        faults=faults,
    )
