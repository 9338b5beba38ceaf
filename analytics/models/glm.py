"""Regression under the sample design (Binder 1983): linear, logistic and Poisson.

Coefficients solve the weighted score equations of the population; their covariance is that of the linearised scores
under the design, so strata, clusters and calibration all count. A coefficient says what goes together, not what causes
what. Answers that a combination of variables predicts without error (separation: Albert and Anderson 1984; found by
linear programming as in Konis 2007) have no finite coefficients; they are refused by name, or fitted with the penalty
of Firth (1993) and marked."""

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from scipy import linalg, optimize, special

from analytics.arrays import BoolArray, FloatArray, as_float
from analytics.designs.design import Design, degrees
from analytics.designs.variance import covariance
from analytics.errors import ModelUnusable
from analytics.models.matrix import Matrix

Family = Literal["gaussian", "binomial", "poisson"]
OnSeparation = Literal["fail", "firth"]

_STEPS = 60
_TOLERANCE = 1e-12
_RANK = 1e-9
_SURE = 1e-6
"""Fitted this close to 0 or 1, somebody may be separated; the linear program decides."""


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """A fitted model; `coefficients`, `se`, `p` and `covariance` follow `names`."""

    family: Family
    names: tuple[str, ...]
    coefficients: FloatArray
    covariance: FloatArray
    se: FloatArray
    t: FloatArray
    p: FloatArray
    """Two-sided, t with `df`."""
    df: int
    """First-stage units that answered, minus strata, plus 1, minus coefficients."""
    n: int
    events: int | None
    """Ones among the answers of a logistic model."""
    used: BoolArray
    """People in the fit: answer and all variables known."""
    columns: FloatArray
    """Model matrix of everybody, zeros where unused."""
    fitted: FloatArray
    """Expected answer per person, NaN where unused."""
    influence: FloatArray
    """Linearised coefficients per person, for covariances with other figures."""
    iterations: int
    penalised: bool = False
    """Firth's penalty was needed."""
    dropped: tuple[str, ...] = ()
    """Columns that follow from the others and were left out."""


def fit(
    y: FloatArray,
    matrix: Matrix,
    design: Design,
    *,
    family: Family = "gaussian",
    domain: BoolArray | None = None,
    separation: OnSeparation = "fail",
) -> Fit:
    """Fit `y` (n, NaN where missing) on the columns of `matrix`; people left out stay in the design.

    Raises:
        ModelUnusable: answers outside the family's range or without variation, more coefficients than people or units,
        separation (with the columns that separate), or no convergence.
    """
    answers = as_float(y)
    used = np.isfinite(answers) & matrix.complete & (True if domain is None else np.asarray(domain, dtype=bool))
    _check(answers, used, family)
    kept = _independent(matrix.columns[used] * np.sqrt(np.maximum(design.weights[used], 0.0))[:, None])
    names = tuple(matrix.names[i] for i in kept)
    x = np.where(used[:, None], matrix.columns[:, kept], 0.0)
    w, target = np.where(used, design.weights, 0.0), np.where(used, answers, 0.0)
    df = degrees(design, used) + 1 - len(kept)
    if df < 1:
        raise ModelUnusable(
            f"{len(kept)} coefficients are too many for {int(used.sum())} people in {degrees(design, used) + 1} units; "
            "leave variables out or merge levels."
        )
    scaled = w / w[used].mean()
    beta, steps, settled = _solve(x[used], target[used], scaled[used], family)
    penalised = False
    if family == "binomial" and (not settled or _extreme(x[used] @ beta)):
        culprits = separating(x[used], target[used], names)
        if culprits and separation == "fail":
            raise ModelUnusable(
                f"The answers are predicted without error by {', '.join(f'`{name}`' for name in culprits)}; no finite "
                "coefficients exist. Merge levels, leave the variable out, or use the penalised fit.",
                details={"separating": culprits},
            )
        if culprits:
            beta, steps, settled = _firth(x[used], target[used], scaled[used])
            penalised = True
    if not settled:
        raise ModelUnusable(f"The {family} model did not converge in {_STEPS} steps; rescale or leave variables out.")
    mean, slope = _mean(x @ beta, family)
    bread = linalg.inv((x * (scaled * slope)[:, None]).T @ x)
    influence = np.where(used[:, None], (x * (target - mean)[:, None]) @ bread / w[used].mean(), 0.0)
    spread = covariance(influence, design)
    se = np.sqrt(np.diag(spread))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(se > 0, beta / se, np.nan)
    return Fit(
        family=family,
        names=names,
        coefficients=beta,
        covariance=spread,
        se=se,
        t=t,
        p=np.asarray(2 * special.stdtr(df, -np.abs(t))),
        df=df,
        n=int(used.sum()),
        events=int(answers[used].sum()) if family == "binomial" else None,
        used=np.asarray(used),
        columns=x,
        fitted=np.where(used, mean, np.nan),
        influence=influence,
        iterations=steps,
        penalised=penalised,
        dropped=tuple(name for i, name in enumerate(matrix.names) if i not in kept),
    )


def separating(x: FloatArray, y: FloatArray, names: Sequence[str]) -> tuple[str, ...]:
    """Columns of a direction along which ones and zeros lie on different sides; empty when they overlap.

    The linear program pushes x'b up for ones and down for zeros with |b| <= 1; it moves exactly when a direction
    separates them, if only in part (Konis 2007).
    """
    signed = np.where(y[:, None] > 0.5, x, -x)
    found = optimize.linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(y.size), bounds=(-1, 1))
    if found.status != 0 or found.x is None or float((signed @ found.x).sum()) < 1e-7:
        return ()
    return tuple(name for name, b in zip(names, found.x.tolist(), strict=True) if abs(b) > 1e-7)


def _check(y: FloatArray, used: BoolArray, family: Family) -> None:
    if used.sum() < 2:
        raise ModelUnusable(f"{int(used.sum())} people have an answer and all variables; a model needs more.")
    given = y[used]
    if np.ptp(given) == 0:
        raise ModelUnusable(f"All answers are {given[0]:g}; there is nothing to explain.")
    if family == "binomial" and not np.isin(given, (0.0, 1.0)).all():
        raise ModelUnusable("A logistic model needs answers of 0 and 1.")
    if family == "poisson" and (given < 0).any():
        raise ModelUnusable("A Poisson model needs counts of 0 or more.")


def _independent(weighted: FloatArray) -> list[int]:
    """Columns to keep, in their order; among dependent ones the first stay."""
    kept: list[int] = []
    basis = np.empty((weighted.shape[0], 0))
    for i in range(weighted.shape[1]):
        column = weighted[:, i]
        rest = column - basis @ (basis.T @ column)
        rest = rest - basis @ (basis.T @ rest)
        size, whole = float(np.linalg.norm(rest)), float(np.linalg.norm(column))
        if whole > 0 and size > _RANK * whole:
            kept.append(i)
            basis = np.column_stack([basis, rest / size])
    return kept


def _mean(eta: FloatArray, family: Family) -> tuple[FloatArray, FloatArray]:
    """Expected answer and its slope in the linear predictor."""
    if family == "gaussian":
        return eta, np.ones(eta.size)
    if family == "binomial":
        mean = special.expit(eta)
        return np.asarray(mean), np.asarray(mean * (1 - mean))
    mean = np.exp(np.clip(eta, -700, 700))
    return mean, mean


def _solve(x: FloatArray, y: FloatArray, w: FloatArray, family: Family) -> tuple[FloatArray, int, bool]:
    """Newton on the weighted score, halving steps that lose likelihood."""
    beta = np.zeros(x.shape[1])
    if family == "poisson":
        beta[0] = np.log(max(float(w @ y) / float(w.sum()), 1e-12))
    fit_now = _loss(x @ beta, y, w, family)
    for step in range(1, _STEPS + 1):
        mean, slope = _mean(x @ beta, family)
        score = x.T @ (w * (y - mean))
        move = linalg.lstsq((x * (w * slope)[:, None]).T @ x, score, check_finite=False)[0]
        size = 1.0
        while size > 1e-6:
            trial = beta + size * move
            fit_then = _loss(x @ trial, y, w, family)
            if fit_then <= fit_now + 1e-12 * abs(fit_now):
                break
            size /= 2
        change = float(np.abs(size * move).max())
        beta, fit_now = beta + size * move, fit_then
        if change <= _TOLERANCE * max(1.0, float(np.abs(beta).max())):
            return beta, step, True
    return beta, _STEPS, False


def _loss(eta: FloatArray, y: FloatArray, w: FloatArray, family: Family) -> float:
    """Minus the weighted log likelihood, constants left out."""
    if family == "gaussian":
        return float(w @ (y - eta) ** 2) / 2
    if family == "binomial":
        return float(w @ (np.logaddexp(0.0, eta) - y * eta))
    return float(w @ (np.exp(np.clip(eta, -700, 700)) - y * eta))


def _extreme(eta: FloatArray) -> bool:
    return bool((special.expit(-np.abs(eta)) < _SURE).any())


def _firth(x: FloatArray, y: FloatArray, w: FloatArray) -> tuple[FloatArray, int, bool]:
    """Logistic fit with Firth's penalty, which keeps every coefficient finite."""
    beta = np.zeros(x.shape[1])
    for step in range(1, 4 * _STEPS):
        mean, slope = _mean(x @ beta, "binomial")
        root = x * np.sqrt(w * slope)[:, None]
        information = root.T @ root
        inverse = linalg.pinvh(information)
        leverage = np.einsum("ij,jk,ik->i", root, inverse, root)
        move = inverse @ (x.T @ (w * (y - mean) + leverage * (0.5 - mean)))
        longest = float(np.abs(move).max())
        move = move if longest <= 2 else move * (2 / longest)
        beta = beta + move
        if longest < 1e-10:
            return beta, step, True
    return beta, 4 * _STEPS, False
