"""The chance of answering, by logistic regression on what the frame knows (Rosenbaum and Rubin 1983)."""

from collections.abc import Sequence

import msgspec
import numpy as np
from samenspraak.types.problem import Fault
from scipy import special

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.errors import AnswersUnusable, ModelUnusable, NotConverged
from analytics.models.separation import separating
from analytics.weights.auxiliary import Auxiliary

_STEPS = 60
_SETTLED = 1e-10
_SURE = 1e-6
"""Chances this close to 0 or 1 may come from separation; the linear programme decides."""
_RANK_TOLERANCE = 1e-9


class Logistic(msgspec.Struct, frozen=True, kw_only=True):
    """Chance of answering, by iteratively reweighted least squares with step halving."""

    chance: FloatArray
    x: FloatArray
    """Intercept and scaled variables."""
    measure: FloatArray
    """Weight of each person in the regression, mean 1."""
    penalty: FloatArray
    iterations: int
    coefficients: tuple[tuple[str, float], ...]
    left_out: tuple[str, ...]

    @classmethod
    def fit(cls, aux: Auxiliary, answered: BoolArray, weights: FloatArray, ridge: float) -> "Logistic":
        """Fit answering on the columns.

        Raises:
            ModelUnusable: columns that predict it without error, or a ridge below 0.
            NotConverged: it did not settle.
        """
        if not 0 <= ridge < np.inf:
            raise ModelUnusable(f"The ridge is {ridge}; it must be a number of 0 or more.")
        measure, y = weights / weights.mean(), answered.astype(np.float64)
        centre, spread = aux.columns.mean(axis=0), aux.columns.std(axis=0)
        kept = _informative((aux.columns - centre) / np.where(spread > 0, spread, 1.0))
        scaled = (aux.columns[:, kept] - centre[kept]) / spread[kept]
        x = np.column_stack([np.ones(y.size), scaled])
        penalty = ridge * np.diag(np.r_[0.0, np.ones(kept.size)])
        names = ("(intercept)", *(aux.names[i] for i in kept.tolist()))
        beta, steps, settled = _newton(x, y, measure, penalty)
        chance = special.expit(x @ beta)
        if not ridge and (not settled or chance.min() < _SURE or chance.max() > 1 - _SURE):
            _refuse_separated(x, y, names)
        if not settled:
            raise NotConverged(f"The response propensities did not settle in {steps} steps; give a ridge.")
        slopes = beta[1:] / spread[kept]
        return cls(
            chance=chance,
            x=x,
            measure=measure,
            penalty=penalty,
            iterations=steps,
            coefficients=tuple(zip(names, [float(beta[0] - slopes @ centre[kept]), *slopes.tolist()], strict=True)),
            left_out=tuple(name for i, name in enumerate(aux.names) if i not in set(kept.tolist())),
        )


def _newton(x: FloatArray, y: FloatArray, measure: FloatArray, penalty: FloatArray) -> tuple[FloatArray, int, bool]:
    beta = np.zeros(x.shape[1])

    def loss(b: FloatArray) -> float:
        u = x @ b
        return float(measure @ (np.logaddexp(0.0, u) - y * u)) + float(b @ penalty @ b) / 2

    now = loss(beta)
    for step in range(1, _STEPS + 1):
        p = special.expit(x @ beta)
        gradient = x.T @ (measure * (y - p)) - penalty @ beta
        curvature = (x * (measure * p * (1 - p))[:, None]).T @ x + penalty
        move = np.linalg.lstsq(curvature, gradient, rcond=None)[0]
        length = 1.0
        while loss(beta + length * move) > now + 1e-12 * abs(now) and length > 1e-8:
            length /= 2
        beta = beta + length * move
        now = loss(beta)
        if float(np.abs(gradient).max()) <= _SETTLED * float(measure.sum()):
            return beta, step, True
    return beta, _STEPS, False


def _informative(scaled: FloatArray) -> IntArray:
    """Columns that vary and do not follow from earlier ones."""
    kept: list[int] = []
    basis = np.empty((len(scaled), 0))
    for i in range(scaled.shape[1]):
        rest = scaled[:, i] - basis @ (basis.T @ scaled[:, i])
        size = float(np.linalg.norm(rest))
        if size > _RANK_TOLERANCE * np.sqrt(len(scaled)) and size > 1e-7 * float(np.linalg.norm(scaled[:, i])):
            kept.append(i)
            basis = np.column_stack([basis, rest / size])
    return np.array(kept, dtype=np.int64)


def _refuse_separated(x: FloatArray, y: FloatArray, names: Sequence[str]) -> None:
    culprits = separating(x, y, names)
    if culprits:
        listed = ", ".join(f"`{name}`" for name in culprits)
        raise ModelUnusable(
            f"Who answered is predicted without error by {listed}: some people's chance of answering would be 0 or 1. "
            "Merge levels, leave the variable out, or give a ridge.",
            faults=[Fault(pointer=f"/columns/{c}", code="separation", detail=f"{c} separates.") for c in culprits],
            details={"separating": culprits},
        )


def classes(chance: FloatArray, count: int) -> IntArray:
    """Classes of about equal size by propensity, lowest first; equal chances stay together."""
    if not 1 <= count <= chance.size:
        raise AnswersUnusable(f"{count} classes for {chance.size} people; give a number between 1 and that.")
    cuts = np.quantile(chance, np.arange(1, count) / count)
    _, dense = np.unique(np.searchsorted(cuts, chance, side="right"), return_inverse=True)
    return dense.reshape(-1).astype(np.int64)
