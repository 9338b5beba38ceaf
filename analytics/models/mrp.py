"""Multilevel regression and post-stratification: a second opinion for groups with few answers.

A logistic model gives every level of every dimension its own deviation, drawn towards zero as far as the data say that
levels differ (Gelman and Little 1997; Park, Gelman and Bafumi 2004); predictions for the cells of the population are
then added up. The spreads s of the deviations maximise the marginal likelihood by Laplace's approximation, with a prior
s exp(-s^2 / 2) that keeps them off zero (as Chung et al. 2013) and off odds that no survey shows. Intervals draw the
deviations from their normal approximation at those spreads; the uncertainty of the spreads themselves is not in them.
The model sees no combination of levels, so the figure stands beside the direct estimate and never replaces it."""

from collections.abc import Mapping

import msgspec
import numpy as np
from scipy import linalg, optimize, special

from analytics.arrays import BoolArray, FloatArray, IntArray, as_float
from analytics.errors import ModelUnusable
from analytics.estimates.interval import Interval
from analytics.models.joint_frame import JointFrame

DRAWS = 2000
_STEPS = 60
_BOUNDS = (-6.0, 2.0)
"""Of the log spreads: from no differences at all to odds that differ by thousands."""


class Multilevel(msgspec.Struct, frozen=True, kw_only=True):
    """A fitted model. Coefficients: intercept, then the deviations of each dimension's levels in order."""

    dimensions: tuple[str, ...]
    sizes: tuple[int, ...]
    """Levels per dimension."""
    coefficients: FloatArray
    covariance: FloatArray
    """Of the coefficients, at the spreads found."""
    spreads: tuple[float, ...]
    """Standard deviation of the deviations, per dimension, on the log-odds scale."""
    n: int
    iterations: int


class ModelEstimate(msgspec.Struct, frozen=True, kw_only=True):
    value: float
    interval: Interval
    n: int
    """Answers that the model was fitted on."""
    share: float
    """Part of the population that the group is."""


class _Cells(msgspec.Struct, frozen=True, kw_only=True):
    """People alike in every dimension, counted together."""

    x: FloatArray
    n: FloatArray
    hits: FloatArray


def fit(y: FloatArray, codes: Mapping[str, IntArray], sizes: Mapping[str, int]) -> Multilevel:
    """Fit a share on the levels of several dimensions.

    `y` is 1, 0 or NaN (no answer); `codes` gives each person's level per dimension, -1 where it is not known: that
    dimension then says nothing about the person.

    Raises:
        ModelUnusable: answers other than 0 and 1, everybody the same, codes beyond the levels, or no dimension.
    """
    answers = as_float(y)
    used = ~np.isnan(answers)
    _check(answers[used], {key: codes[key][used] for key in codes}, sizes)
    cells = _cells(answers[used], [codes[key][used] for key in sizes], list(sizes.values()))
    blocks = np.repeat(np.arange(len(sizes)), list(sizes.values()))
    state = _State(cells=cells, block=blocks)
    start = np.full(len(sizes), -1.0)
    found = optimize.minimize(
        state.objective, start, method="L-BFGS-B", bounds=[_BOUNDS] * len(sizes), options={"maxiter": 60, "ftol": 1e-9}
    )
    beta, hessian, _ = state.mode(found.x)
    return Multilevel(
        dimensions=tuple(sizes),
        sizes=tuple(sizes.values()),
        coefficients=beta,
        covariance=linalg.inv(hessian),
        spreads=tuple(np.exp(found.x).tolist()),
        n=int(used.sum()),
        iterations=int(found.nit),
    )


def poststratify(
    model: Multilevel, frame: JointFrame, groups: Mapping[str, BoolArray], *, seed: int, level: float = 0.95
) -> dict[str, ModelEstimate]:
    """The share in every group of the population; `groups` are masks over the cells of `frame`.

    Raises:
        ModelUnusable: a frame over other dimensions, or a group that holds nobody.
    """
    if set(frame.dimensions) != set(model.dimensions):
        raise ModelUnusable(
            f"The model has {', '.join(model.dimensions)}; the frame has {', '.join(frame.dimensions)}."
        )
    empty = sorted(name for name, mask in groups.items() if not mask.any())
    if empty:
        raise ModelUnusable(f"Nobody of the population is in {', '.join(empty)}.")
    order = [frame.dimensions.index(key) for key in model.dimensions]
    x = _design(frame.codes[:, order], list(model.sizes))
    rng = np.random.default_rng(seed)
    root = np.linalg.cholesky(model.covariance + 1e-12 * np.eye(model.coefficients.size))
    draws = model.coefficients[:, None] + root @ rng.standard_normal((model.coefficients.size, DRAWS))
    mode, drawn = special.expit(x @ model.coefficients), special.expit(x @ draws)
    tail = (1 - level) / 2
    found = {}
    for name, mask in groups.items():
        w = frame.shares[mask] / frame.shares[mask].sum()
        value, spread = float(w @ mode[mask]), w @ drawn[mask]
        lower, upper = np.quantile(spread, [tail, 1 - tail])
        found[name] = ModelEstimate(
            value=value,
            interval=Interval(
                lower=min(float(lower), value), upper=max(float(upper), value), level=level, method="mrp+laplace"
            ),
            n=model.n,
            share=float(frame.shares[mask].sum()),
        )
    return found


class _State:
    """The inner mode for given spreads, each search starting from the last."""

    def __init__(self, *, cells: _Cells, block: IntArray) -> None:
        self.cells, self.block = cells, block
        self.beta = np.zeros(cells.x.shape[1])
        self.beta[0] = special.logit((cells.hits.sum() + 0.5) / (cells.n.sum() + 1))

    def objective(self, log_spread: FloatArray) -> float:
        """Minus the log of the approximate marginal likelihood and the prior."""
        beta, hessian, loss = self.mode(log_spread)
        self.beta = beta
        penalty = float(log_spread[self.block].sum())
        log_det = 2 * float(np.log(np.diag(linalg.cholesky(hessian, lower=True))).sum())
        prior = float(log_spread.sum() - np.exp(2 * log_spread).sum() / 2)
        return loss + penalty + log_det / 2 - prior

    def mode(self, log_spread: FloatArray) -> tuple[FloatArray, FloatArray, float]:
        """Coefficients at the mode, the curvature there, and the penalised loss."""
        x, n, hits = self.cells.x, self.cells.n, self.cells.hits
        precision = np.r_[0.0, np.exp(-2 * log_spread)[self.block]]
        beta = self.beta.copy()
        loss = _loss(x @ beta, n, hits) + float(precision @ beta**2) / 2
        for _ in range(_STEPS):
            mean = special.expit(x @ beta)
            hessian = (x * (n * mean * (1 - mean))[:, None]).T @ x
            hessian[np.diag_indices_from(hessian)] += precision
            move = linalg.solve(hessian, x.T @ (hits - n * mean) - precision * beta, assume_a="pos")
            size = 1.0
            while size > 1e-4:
                trial = beta + size * move
                reached = _loss(x @ trial, n, hits) + float(precision @ trial**2) / 2
                if reached <= loss + 1e-12:
                    break
                size /= 2
            beta, loss = trial, reached
            if float(np.abs(size * move).max()) < 1e-9:
                break
        mean = special.expit(x @ beta)
        hessian = (x * (n * mean * (1 - mean))[:, None]).T @ x
        hessian[np.diag_indices_from(hessian)] += precision
        return beta, hessian, loss


def _loss(eta: FloatArray, n: FloatArray, hits: FloatArray) -> float:
    return float(n @ np.logaddexp(0.0, eta) - hits @ eta)


def _check(y: FloatArray, codes: Mapping[str, IntArray], sizes: Mapping[str, int]) -> None:
    if not sizes or set(sizes) != set(codes):
        raise ModelUnusable(f"Levels are given for {sorted(sizes)} and codes for {sorted(codes)}.")
    if not np.isin(y, (0.0, 1.0)).all():
        raise ModelUnusable("A share is modelled from answers of 0 and 1.")
    if y.size < 2 or np.ptp(y) == 0:
        raise ModelUnusable(f"{y.size} answers, all the same: there is nothing to model.")
    beyond = [f"`{key}` (up to {int(codes[key].max())})" for key in sizes if codes[key].max(initial=-1) >= sizes[key]]
    if beyond:
        raise ModelUnusable(f"Codes beyond the levels of {', '.join(beyond)}.")


def _cells(y: FloatArray, codes: list[IntArray], sizes: list[int]) -> _Cells:
    table = np.column_stack(codes)
    unique, of = np.unique(table, axis=0, return_inverse=True)
    of = of.reshape(-1)
    return _Cells(
        x=_design(unique, sizes),
        n=np.bincount(of).astype(np.float64),
        hits=as_float(np.bincount(of, weights=y)),
    )


def _design(codes: IntArray, sizes: list[int]) -> FloatArray:
    """Intercept and one column per level; all zeros in a dimension where the level is unknown."""
    blocks = [np.ones((codes.shape[0], 1))]
    blocks += [(codes[:, d][:, None] == np.arange(size)).astype(np.float64) for d, size in enumerate(sizes)]
    return np.hstack(blocks)
