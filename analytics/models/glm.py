"""Regression under the sample design (Binder 1983): linear, logistic and Poisson.

Coefficients solve the weighted score equations of the population; their covariance is that of the linearised scores
under the design, so strata, clusters and calibration all count. A coefficient says what goes together, not what causes
what. Answers that a combination of variables predicts without error have no finite coefficients (`models.separation`);
they are refused by name, or a logistic model is fitted with Firth's penalty (`models.firth`) and marked."""

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg, special

from analytics.arrays import BoolArray, FloatArray
from analytics.designs.design import Design, degrees
from analytics.designs.variance import covariance
from analytics.errors import ModelUnusable
from analytics.estimates import columns as estimates
from analytics.estimates.interval import FIXED_SE, t_quantile
from analytics.models import collinear, firth
from analytics.models.family import Family, check, curve, loss
from analytics.models.matrix import Matrix
from analytics.models.separation import described, separating

OnSeparation = Literal["fail", "firth"]

_STEPS = 60
_TOLERANCE = 1e-12
_SMALLEST_STEP = 1e-6
_SURE = 1e-6
"""Fitted this close to 0 or 1 (or to a count of 0), somebody may be separated; the linear program decides."""
_SINGULAR = 1e-14
_EXACT = 1e-24
"""Squared residuals below this part of the squared answers are rounding."""


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """A fitted model; arrays of coefficients follow `names`."""

    family: Family
    names: tuple[str, ...]
    """Columns in the model: those of the matrix without the dropped ones."""
    coefficients: FloatArray
    covariance: FloatArray
    se: FloatArray
    t: FloatArray
    p: FloatArray
    """Two-sided, t with `df`; NaN without degrees of freedom, which `notes` says."""
    lower: FloatArray
    upper: FloatArray
    level: float
    """Confidence level of `lower` and `upper`."""
    df: int
    """First-stage units that answered, minus strata, plus 1, minus coefficients."""
    n: int
    events: int | None
    """Ones among the answers of a logistic model."""
    used: BoolArray
    """People in the fit: answer and all variables known, weight above 0."""
    matrix: Matrix
    kept: tuple[int, ...]
    """Columns of `matrix` that `names` are."""
    fitted: FloatArray
    """Expected answer per person, NaN where unused."""
    influence: FloatArray
    """Linearised coefficients per person (n x p), for covariances with other figures."""
    excess: FloatArray
    """What a penalised fit adds to the covariance of `influence`; zeros otherwise."""
    iterations: int
    penalised: bool = False
    """Firth's penalty was needed."""
    dropped: tuple[str, ...] = ()
    """Columns that follow from the others and were left out."""
    notes: tuple[str, ...] = ()
    """What a reader must know about this fit, a sentence each."""

    @property
    def columns(self) -> FloatArray:
        """Columns of everybody (n x p), zeros where a variable is missing."""
        return self.matrix.columns[:, list(self.kept)]


class _Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What is solved: the people in the fit and independent columns."""

    family: Family
    used: BoolArray
    x: FloatArray
    """Columns as given."""
    u: FloatArray
    """The same space in orthogonal columns, solvable whatever the scales of the variables are: `x = u @ triangle`."""
    y: FloatArray
    w: FloatArray
    """Weights with mean 1."""
    mean_weight: float
    basis: collinear.Independent
    names: tuple[str, ...]


class _Solved(msgspec.Struct, frozen=True, kw_only=True):
    """Coefficients of the orthogonal columns."""

    gamma: FloatArray
    steps: int
    settled: bool
    separated_by: tuple[str, ...] = ()
    """Columns that made the penalty necessary."""


def fit(
    y: ArrayLike,
    matrix: Matrix,
    design: Design,
    *,
    family: Family = "gaussian",
    domain: BoolArray | None = None,
    separation: OnSeparation = "fail",
    level: float = 0.95,
) -> Fit:
    """Fit `y` (n, NaN where missing) on the columns of `matrix`; people left out stay in the design.

    Raises:
        AnswersUnusable: answers or a domain of other people, or infinite answers.
        ModelUnusable: negative weights, answers outside the family's range or without variation, separation (with the
            columns that separate), or no convergence.
    """
    problem = _problem(y, matrix, design, family, domain)
    solved = _newton(problem)
    if family != "gaussian" and (not solved.settled or _extreme(problem, solved)):
        solved = _separated(problem, solved, separation)
    if not solved.settled:
        raise ModelUnusable(f"The {family} model did not converge in {solved.steps} steps; leave variables out.")
    return _with_errors(problem, solved, matrix, design, level)


def _problem(y: ArrayLike, matrix: Matrix, design: Design, family: Family, domain: BoolArray | None) -> _Problem:
    answers = estimates.answers(np.ravel(y), design)[:, 0]
    used = _used(answers, matrix, design, estimates.mask(domain, design))
    target, w = answers[used], design.weights[used]
    check(target, family)
    scaled = w / w.mean()
    root = np.sqrt(scaled)[:, None]
    basis = collinear.independent(matrix.columns[used] * root)
    return _Problem(
        family=family,
        used=used,
        x=matrix.columns[used][:, list(basis.kept)],
        u=basis.orthonormal / root,
        y=target,
        w=scaled,
        mean_weight=float(w.mean()),
        basis=basis,
        names=tuple(matrix.names[i] for i in basis.kept),
    )


def _used(answers: FloatArray, matrix: Matrix, design: Design, domain: BoolArray | None) -> BoolArray:
    if matrix.complete.shape != answers.shape:
        raise ModelUnusable(f"The matrix has {matrix.complete.size} rows for {answers.size} people.")
    asked = ~np.isnan(answers) & matrix.complete & (True if domain is None else domain)
    negative = np.flatnonzero(asked & (design.weights < 0)).tolist()
    if negative:
        raise ModelUnusable(
            f"{len(negative)} people have a negative weight (rows {', '.join(map(str, negative[:20]))}); a regression "
            "needs weights of 0 or more. Calibrate with a distance that keeps them positive.",
            details={"rows": negative},
        )
    return np.asarray(asked & (design.weights > 0))


def _newton(problem: _Problem) -> _Solved:
    """Newton on the weighted score, halving steps that lose likelihood. For numbers one step is exact."""
    x, y, w, family = problem.u, problem.y, problem.w, problem.family
    if family == "gaussian":
        return _Solved(gamma=x.T @ (w * y), steps=1, settled=True)
    gamma = np.zeros(x.shape[1])
    if family == "poisson":
        gamma = x.T @ (w * np.log(float(w @ y) / float(w.sum())))
    reached = loss(x @ gamma, y, w, family)
    for step in range(1, _STEPS + 1):
        mean, slope, _ = curve(x @ gamma, family)
        move = linalg.lstsq((x * (w * slope)[:, None]).T @ x, x.T @ (w * (y - mean)), check_finite=False)[0]
        size = 1.0
        while size > _SMALLEST_STEP:
            tried = loss(x @ (gamma + size * move), y, w, family)
            if tried <= reached + 1e-12 * abs(reached):
                break
            size /= 2
        gamma, reached = gamma + size * move, tried
        if float(np.abs(size * move).max()) <= _TOLERANCE * max(1.0, float(np.abs(gamma).max())):
            return _Solved(gamma=gamma, steps=step, settled=True)
    return _Solved(gamma=gamma, steps=_STEPS, settled=False)


def _extreme(problem: _Problem, solved: _Solved) -> bool:
    """Whether somebody's answer is fitted as all but certain: 0 or 1, or a count of 0."""
    eta = problem.u @ solved.gamma
    sure = special.expit(-np.abs(eta)) if problem.family == "binomial" else curve(eta, problem.family)[0]
    return bool((sure < _SURE).any())


def _separated(problem: _Problem, solved: _Solved, wanted: OnSeparation) -> _Solved:
    """The fit as it is when the answers overlap; otherwise refused, or penalised if that was asked for."""
    culprits = separating(problem.x, problem.y, problem.names, problem.family)
    if not culprits:
        return solved
    logistic = problem.family == "binomial"
    if wanted == "fail" or not logistic:
        detail = described(problem.x, problem.y, problem.names, culprits)
        raise ModelUnusable(
            f"The answers are predicted without error by {_listed(culprits)}{f' ({detail})' if detail else ''}; no "
            f"finite coefficients exist. Merge levels{', ' if logistic else ' or '}leave it out"
            f"{', or use the penalised fit' if logistic else ''}.",
            details={"separating": culprits},
        )
    gamma, steps, settled = firth.solve(problem.u, problem.y, problem.w)
    return _Solved(gamma=gamma, steps=steps, settled=settled, separated_by=culprits)


def _with_errors(problem: _Problem, solved: _Solved, matrix: Matrix, design: Design, level: float) -> Fit:
    """A solution with its errors, on the scale of the columns as they were given."""
    mean, slope, _ = curve(problem.u @ solved.gamma, problem.family)
    exact = _exact(problem, mean)
    unit = _inverse((problem.u * (problem.w * slope)[:, None]).T @ problem.u, problem)
    back = linalg.solve_triangular(problem.basis.triangle, np.eye(len(problem.names)))
    influence = np.zeros((problem.used.size, len(problem.names)))
    if not exact:
        scores = problem.u * (problem.y - mean)[:, None]
        influence[problem.used] = scores @ unit @ back.T / problem.mean_weight
    spread = covariance(influence, design)
    excess = np.zeros_like(spread)
    if solved.separated_by:
        people = float(problem.w.sum() ** 2 / (problem.w @ problem.w))
        turned = problem.basis.triangle @ spread @ problem.basis.triangle.T
        excess = back @ (firth.at_least(turned, unit * (problem.w.sum() / people)) - turned) @ back.T
    fixed = _fixed(spread, influence, design)
    beta = back @ solved.gamma
    se = np.where(fixed, 0.0, np.sqrt(np.maximum(np.diag(spread + excess), 0.0)))
    df = degrees(design, problem.used) + 1 - len(problem.names)
    t = np.divide(beta, se, out=np.where(beta == 0, 0.0, np.copysign(np.inf, beta)), where=se > 0)
    half = se * (t_quantile(level, df) if df > 0 else np.nan)
    fitted = np.full(problem.used.size, np.nan)
    fitted[problem.used] = mean
    return Fit(
        family=problem.family,
        names=problem.names,
        coefficients=beta,
        covariance=spread + excess,
        se=se,
        t=t,
        p=np.asarray(2 * special.stdtr(df, -np.abs(t))) if df > 0 else np.full(se.size, np.nan),
        lower=beta - half,
        upper=beta + half,
        level=level,
        df=df,
        n=int(problem.used.sum()),
        events=int(problem.y.sum()) if problem.family == "binomial" else None,
        used=problem.used,
        matrix=matrix,
        kept=problem.basis.kept,
        fitted=fitted,
        influence=influence,
        excess=excess,
        iterations=solved.steps,
        penalised=bool(solved.separated_by),
        dropped=tuple(matrix.names[i] for i in problem.basis.follows),
        notes=_notes(problem, solved, matrix, df, exact, fixed),
    )


def _inverse(information: FloatArray, problem: _Problem) -> FloatArray:
    values, vectors = linalg.eigh(information)
    if values[0] <= _SINGULAR * values[-1]:
        loose = np.abs(linalg.solve_triangular(problem.basis.triangle, vectors[:, 0]))
        most = problem.names[int(np.argmax(loose * np.linalg.norm(problem.basis.triangle, axis=0)))]
        raise ModelUnusable(f"The answers all but determine the model: `{most}` has no coefficient. Leave it out.")
    return np.asarray((vectors / values) @ vectors.T)


def _exact(problem: _Problem, mean: FloatArray) -> bool:
    """Whether the columns reproduce every answer, so that residuals are rounding."""
    centred = problem.y - problem.w @ problem.y / problem.w.sum()
    return bool(problem.w @ (problem.y - mean) ** 2 <= _EXACT * (problem.w @ centred**2))


def _fixed(spread: FloatArray, influence: FloatArray, design: Design) -> BoolArray:
    """Coefficients that the calibration fixes: what is left of their error is rounding."""
    plain = np.sqrt(((influence * design.weights[:, None]) ** 2).sum(axis=0))
    return np.asarray((np.sqrt(np.maximum(np.diag(spread), 0.0)) <= FIXED_SE * plain) & (plain > 0))


def _notes(
    problem: _Problem, solved: _Solved, matrix: Matrix, df: int, exact: bool, fixed: BoolArray
) -> tuple[str, ...]:
    found = []
    for i, sources in problem.basis.follows.items():
        named = _listed([matrix.names[j] for j in sources])
        found.append(f"`{matrix.names[i]}` was left out: " + (f"it follows from {named}." if sources else "all zeros."))
    if solved.separated_by:
        found.append(
            f"{_listed(solved.separated_by)} predicted the answers without error; the fit is penalised (Firth 1993), "
            "with errors at least those of the model."
        )
    if exact:
        found.append("The columns reproduce every answer: errors of 0 say nothing about other people.")
    if fixed.any():
        names = [name for name, one in zip(problem.names, fixed.tolist(), strict=True) if one]
        found.append(f"The weighting fixes {_listed(names)}; chance does not move it.")
    if df <= 0:
        found.append(
            f"{len(problem.names)} coefficients leave no degrees of freedom in this design ({df}): there are no "
            "p-values or intervals. Leave variables out or merge levels."
        )
    return tuple(found)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
