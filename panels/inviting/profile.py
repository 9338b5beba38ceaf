"""Response by profile: ridge logistic regression on what the panel knows of its members.

    logit p = intercept + audit + sum of levels of the profile + cell

Levels that a person shares with others (age, province, education) carry what one cell learns to the next, which matters
where cells are many and small. All effects but the intercept are shrunk, with one penalty for audits, one for levels
and one for cells. The penalties follow from how probable they make the data (empirical Bayes on the Laplace
approximation, in the working linear model of each step: Breslow and Clayton 1993), so that no part of scarce data has
to be held back to choose them. Uncertainty is the normal posterior of all coefficients together."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np
from samenspraak.types.problem import Fault
from scipy import linalg, sparse, special

from analytics.arrays import FloatArray, IntArray, as_float
from panels.inviting.models import check_chance, refuse
from panels.inviting.prior import AUDIT_SPREAD, STAFF_SPREAD, normalised
from panels.inviting.response import SCENARIOS, Calibration, Response, calibration
from panels.models import Coded

Block = Literal["audit", "level", "cell"]

BLOCKS: tuple[Block, ...] = ("audit", "level", "cell")
_START: Mapping[Block, float] = {"audit": AUDIT_SPREAD**-2, "level": 8.0, "cell": 20.0}
_START_SPREAD = 1.5
"""Log-sd of each penalty around its start."""
_FEWEST = 3
"""Effects of a block from which its penalty can be learnt."""
_PENALTIES: FloatArray = np.geomspace(1.0, 1000.0, 13)
"""A penalty is one over the variance of the effects: from a standard deviation of 1 down to 0.03 on the logit scale."""
_STEPS = 60
_ROUNDS = 3
_SETTLED = 1e-9
_SHORTEST = 1e-8
_GROUPS = 10


class ProfileTrials(msgspec.Struct, frozen=True, kw_only=True):
    """Invitations of one audit to people alike."""

    audit: str
    cell: str
    coded: Coded
    invited: float
    """Invitations whose outcome is known; an open one counts as the share of the response curve at its age."""
    completed: float


class Composition(msgspec.Struct, frozen=True, kw_only=True):
    """Members alike who can be invited."""

    cell: str
    coded: Coded
    people: int


class ProfileModel(msgspec.Struct, frozen=True, kw_only=True):
    """A fitted regression; arrays follow `names`."""

    dimensions: tuple[str, ...]
    names: tuple[str, ...]
    """`(intercept)`, then `audit NAME`, `cell KEY` and `DIMENSION=CODE`."""
    coefficients: FloatArray
    se: FloatArray
    """Posterior standard deviations."""
    root: FloatArray
    """Cholesky factor of the posterior precision."""
    penalties: Mapping[Block, float]
    invited: float
    completed: float
    steps: int
    converged: bool


def fit(rows: Sequence[ProfileTrials], *, dimensions: Sequence[str], expected: float = 0.5) -> ProfileModel:
    """Fit on past audits and on the waves of this one so far; without rows, what staff expect is left.

    Raises:
        PlanUnfit: no dimensions, one twice, more completes than invitations (each row named), an expectation that is no
            probability.
    """
    _check(rows, dimensions)
    check_chance("expected_participation", expected, below=1.0 + 1e-9)
    names = _names(rows, dimensions)
    x = _matrix([(row.audit, row.cell, row.coded) for row in rows], names, dimensions)
    n, y = as_float([row.invited for row in rows]), as_float([row.completed for row in rows])
    centre = np.zeros(len(names))
    centre[0] = special.logit(min(expected, 0.995))
    block = [_block(name) for name in names]
    penalties = dict(_START)
    beta, steps, converged = centre.copy(), 0, False
    for turn in range(_ROUNDS + 1):
        precision = _precision(block, penalties)
        beta, used, converged = _newton(x, n, y, beta, centre, precision)
        steps += used
        if turn < _ROUNDS and n.sum() > 0:
            penalties = _likeliest(x, n, y, beta, centre, block, penalties)
    root = linalg.cholesky(_information(x, n, beta) + np.diag(precision))
    inverse = linalg.solve_triangular(root, np.eye(beta.size))
    return ProfileModel(
        dimensions=tuple(dimensions),
        names=names,
        coefficients=beta,
        se=np.sqrt((inverse**2).sum(axis=1)),
        root=root,
        penalties=penalties,
        invited=float(n.sum()),
        completed=float(y.sum()),
        steps=steps,
        converged=converged,
    )


def predict(
    model: ProfileModel,
    members: Sequence[Composition],
    *,
    keys: Sequence[str],
    audit: str,
    seed: int = 0,
    scenarios: int = SCENARIOS,
) -> Response:
    """Response of the cells `keys`, averaged over the members who can be invited.

    An audit, a cell or a level that the model has not seen takes an effect drawn from what such effects are like. A
    cell without members is predicted from its own effect.

    Raises:
        PlanUnfit: members of other cells.
    """
    known = set(keys)
    strange = sorted({one.cell for one in members} - known)
    refuse([Fault(pointer=f"/members/{key}", code="unknown", detail=f"`{key}` is no cell.") for key in strange])
    there = {one.cell for one in members if one.people > 0}
    people = [(one.cell, one.coded, one.people) for one in members if one.people > 0]
    people += [(key, {}, 1) for key in keys if key not in there]
    rows = [(audit, cell, coded) for cell, coded, _ in people]
    names = tuple(dict.fromkeys([*model.names, *_wanted(rows, model.dimensions)]))
    beta = _drawn(model, names, np.random.default_rng([seed, 2]), scenarios)
    p = special.expit(_matrix(rows, names, model.dimensions) @ beta)
    place = {key: i for i, key in enumerate(keys)}
    weight = as_float([count for *_, count in people])
    share = np.zeros((len(keys), len(people)))
    share[[place[cell] for cell, *_ in people], np.arange(len(people))] = weight
    rates = (share @ p) / share.sum(axis=1)[:, None]
    return Response(keys=tuple(keys), scenarios=np.ascontiguousarray(rates.T), method="profiles")


def calibrate(model: ProfileModel, later: Sequence[ProfileTrials], *, seed: int = 0) -> Calibration:
    """Whether the model's predictions came true in rows that it has not seen, in ten groups by predicted response.

    Raises:
        PlanUnfit: rows that cannot be, or nobody invited in them.
    """
    _check(later, model.dimensions)
    rows = [(row.audit, row.cell, row.coded) for row in later]
    names = tuple(dict.fromkeys([*model.names, *_wanted(rows, model.dimensions)]))
    beta = _drawn(model, names, np.random.default_rng([seed, 3]), SCENARIOS)
    p = special.expit(_matrix(rows, names, model.dimensions) @ beta)
    n, y = as_float([row.invited for row in later]), as_float([row.completed for row in later])
    order = np.argsort(p.mean(axis=1), kind="stable")
    group = np.empty(n.size, dtype=np.int64)
    # By the middle of each row among all invitations, so that groups are equally large.
    group[order] = np.minimum(_GROUPS * (np.cumsum(n[order]) - n[order] / 2) / max(float(n.sum()), 1e-9), _GROUPS - 1)
    of_group = np.equal.outer(np.arange(_GROUPS), group).astype(np.float64)
    trials = of_group @ n
    return calibration(((of_group @ (n[:, None] * p)) / np.maximum(trials, 1e-12)[:, None]).T, trials, of_group @ y)


def _newton(
    x: sparse.csr_array, n: FloatArray, y: FloatArray, beta: FloatArray, centre: FloatArray, precision: FloatArray
) -> tuple[FloatArray, int, bool]:
    """Posterior mode, by Newton with step halving; the penalty makes the problem strictly convex."""

    def loss(b: FloatArray) -> float:
        u = x @ b
        return float((n * np.logaddexp(0.0, u) - y * u).sum() + precision @ (b - centre) ** 2 / 2)

    reached = loss(beta)
    for step in range(1, _STEPS + 1):
        gradient = x.T @ (y - n * special.expit(x @ beta)) - precision * (beta - centre)
        move = linalg.solve(_information(x, n, beta) + np.diag(precision), gradient, assume_a="pos")
        if float(np.abs(move).max()) < _SETTLED:
            return beta + move, step, True
        length = 1.0
        while (tried := loss(beta + length * move)) > reached + 1e-12 * abs(reached) and length > _SHORTEST:
            length /= 2
        beta, reached = beta + length * move, tried
    return beta, _STEPS, False


def _likeliest(
    x: sparse.csr_array,
    n: FloatArray,
    y: FloatArray,
    beta: FloatArray,
    centre: FloatArray,
    block: Sequence[str],
    penalties: Mapping[Block, float],
) -> dict[Block, float]:
    """Penalties given the working responses of this step, one block after the other: posterior means of their logs."""
    information = _information(x, n, beta)
    score = information @ (beta - centre) + x.T @ (y - n * special.expit(x @ beta))
    found = dict(penalties)
    for name in BLOCKS * 2:
        if block.count(name) < _FEWEST:
            continue
        tried = [_evidence(information, score, _precision(block, {**found, name: at})) for at in _PENALTIES.tolist()]
        logs = np.log(_PENALTIES)
        weight = normalised(np.array(tried) - 0.5 * ((logs - np.log(_START[name])) / _START_SPREAD) ** 2)
        found[name] = float(np.exp(weight @ logs))
    return found


def _evidence(information: FloatArray, score: FloatArray, precision: FloatArray) -> float:
    root = linalg.cholesky(information + np.diag(precision), lower=True)
    half = linalg.solve_triangular(root, score, lower=True)
    return float(half @ half / 2 + np.log(precision).sum() / 2 - np.log(np.diag(root)).sum())


def _information(x: sparse.csr_array, n: FloatArray, beta: FloatArray) -> FloatArray:
    p = special.expit(x @ beta)
    return np.asarray((x.T @ sparse.diags_array(n * p * (1 - p)) @ x).toarray())


def _precision(block: Sequence[str], penalties: Mapping[Block, float]) -> FloatArray:
    known = {"intercept": STAFF_SPREAD**-2} | {str(name): value for name, value in penalties.items()}
    return np.array([known[name] for name in block])


def _drawn(model: ProfileModel, names: tuple[str, ...], rng: np.random.Generator, scenarios: int) -> FloatArray:
    """Coefficients x S: from the posterior, and from the prior for effects that the model has not seen."""
    seen = linalg.solve_triangular(model.root, rng.standard_normal((model.coefficients.size, scenarios)))
    new = _precision([_block(name) for name in names[model.coefficients.size :]], model.penalties)
    unseen = rng.standard_normal((new.size, scenarios)) / np.sqrt(new)[:, None]
    return np.vstack([model.coefficients[:, None] + seen, unseen])


def _names(rows: Sequence[ProfileTrials], dimensions: Sequence[str]) -> tuple[str, ...]:
    wanted = _wanted([(row.audit, row.cell, row.coded) for row in rows], dimensions)
    return ("(intercept)", *sorted(set(wanted)))


def _wanted(rows: Sequence[tuple[str, str, Coded]], dimensions: Sequence[str]) -> Iterable[str]:
    return (name for audit, cell, coded in rows for name in _effects(audit, cell, coded, dimensions))


def _effects(audit: str, cell: str, coded: Coded, dimensions: Sequence[str]) -> list[str]:
    """Columns in which a row has a 1, the intercept left out; an answer that is not known is a level of its own."""
    levels = [f"{name}={coded[name] or '?'}" for name in dimensions if name in coded]
    return [f"audit {audit}", f"cell {cell}", *levels]


def _block(name: str) -> str:
    if name == "(intercept)":
        return "intercept"
    return next((block for block in ("audit", "cell") if name.startswith(f"{block} ")), "level")


def _matrix(
    rows: Sequence[tuple[str, str, Coded]], names: Sequence[str], dimensions: Sequence[str]
) -> sparse.csr_array:
    """Rows x names of 0 and 1; effects that have no name are left out."""
    place = {name: i for i, name in enumerate(names)}
    at: list[IntArray] = [
        np.array([0, *(place[name] for name in _effects(*row, dimensions) if name in place)]) for row in rows
    ]
    columns = np.concatenate(at) if at else np.zeros(0, dtype=np.int64)
    starts = np.r_[0, np.cumsum([one.size for one in at])].astype(np.int64)
    return sparse.csr_array((np.ones(columns.size), columns, starts), shape=(len(rows), len(names)))


def _check(rows: Sequence[ProfileTrials], dimensions: Sequence[str]) -> None:
    faults = []
    if not dimensions or len(set(dimensions)) != len(dimensions):
        detail = f"Response is modelled by {list(dimensions)}; name one dimension or more, each once."
        faults.append(Fault(pointer="/dimensions", code="out_of_range", detail=detail))
    faults += [
        Fault(
            pointer=f"/rows/{i}",
            code="out_of_range",
            detail=f"Row {i} has {row.completed:g} completes of {row.invited:g} invitations; give 0 to all of them.",
        )
        for i, row in enumerate(rows)
        if not 0 <= row.completed <= row.invited < np.inf
    ]
    refuse(faults)
