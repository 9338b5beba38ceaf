"""How many of the people invited will complete: a predictive distribution over cells, updated with every wave.

The rate of cell c in this audit is Beta(m q_c, m (1 - q_c)) around a mean q_c = expit(level + offset_c). The level is
what the audit has in common (subject, season, length) and m how alike its cells are; both are unknown, and both are
learnt from all cells together, by exact sums over a grid (a beta-binomial hierarchy; Gelman et al., BDA3, 5.3). So a
cell with few invitations borrows from the others, and one with many speaks for itself.

Invitations that are still open count as failures only as far as time has told: a person of whom the curve says that a
share F of completes would be in counts as F trials, since (1 - p F) is close to (1 - p)^F.

The result is a set of *scenarios*: equally likely rates of all cells at once. What is uncertain together (a low audit
is low in every cell) stays together, so a chance over all cells is a mean over scenarios."""

from collections.abc import Sequence

import msgspec
import numpy as np
from samenspraak.types.problem import Fault
from scipy import special, stats

from analytics.arrays import FloatArray, IntArray, as_float
from panels.inviting.curve import INSTANT, Curve
from panels.inviting.models import CellState, Fieldwork, check, check_keys, refuse
from panels.inviting.prior import CONCENTRATIONS, Prior, normalised

SCENARIOS = 400
_LEVELS = 41
_REACH = 4.0
"""Standard deviations of the level that the grid reaches, to both sides."""
_EDGE = 1e-6
"""Rates are kept this far from 0 and 1."""


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """Rates of completing, had people all the time they want."""

    keys: tuple[str, ...]
    scenarios: FloatArray
    """S x C: equally likely rates of all cells together."""
    method: str
    """`cells`, `profiles` or `known`."""

    @property
    def rate(self) -> FloatArray:
        """C: expected rates."""
        return np.asarray(self.scenarios.mean(axis=0))

    def interval(self, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Equal-tailed intervals of the rates of the cells (C, C)."""
        low, high = np.quantile(self.scenarios, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return low, high


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Whether rates that were predicted came true, on invitations that the prediction did not know."""

    invited: float
    expected: float
    observed: float
    intercept: float
    """Of the logit of what happened on the logit predicted: 0 when the level was right (Cox 1958)."""
    slope: float
    """1 when differences between cells came out as large as predicted; below 1 they were exaggerated. NaN where the
    predictions do not differ."""
    chi2: float
    """Squared distance of what happened from what was predicted, against chance and the uncertainty of the rates."""
    df: int
    p: float


def predict(
    fieldwork: Fieldwork, prior: Prior, *, curve: Curve = INSTANT, seed: int = 0, scenarios: int = SCENARIOS
) -> Response:
    """Response of every cell, given the prior and what the waves so far brought.

    Raises:
        PlanUnfit: counts that cannot be, or a prior of other cells.
    """
    check(fieldwork)
    check_keys("prior", prior.keys, fieldwork.keys)
    place = {key: i for i, key in enumerate(prior.keys)}
    order = [place[key] for key in fieldwork.keys]
    offset, behind = prior.offset[order], prior.behind[order]
    hits = as_float([cell.have for cell in fieldwork.cells])
    trials = as_float([exposed(cell, curve) for cell in fieldwork.cells])
    levels = prior.level + prior.spread * np.linspace(-_REACH, _REACH, _LEVELS)
    mean = np.clip(special.expit(levels[:, None] + offset), _EDGE, 1 - _EDGE)
    alike = 1 / (1 / CONCENTRATIONS[:, None] + 1 / behind)
    weight = _posterior(hits, trials, mean, alike, prior)
    rng = np.random.default_rng([seed, 1])
    level, m = np.unravel_index(_systematic(weight.ravel(), scenarios, rng), weight.shape)
    a = mean[level] * alike[m] + hits
    b = (1 - mean[level]) * alike[m] + trials - hits
    rates = np.clip(rng.beta(a, b), _EDGE, 1 - _EDGE)
    return Response(keys=fieldwork.keys, scenarios=rates, method="cells")


def known(keys: Sequence[str], rates: Sequence[float]) -> Response:
    """Rates that are certain: for simulations, and for comparing a plan with one that knew them.

    Raises:
        PlanUnfit: rates outside (0, 1], or another number of them than of cells.
    """
    given = as_float(rates)
    if given.shape != (len(keys),) or not ((given > 0) & (given <= 1)).all():
        detail = f"Give one rate above 0 and at most 1 for each of the {len(keys)} cells."
        refuse([Fault(pointer="/rates", code="out_of_range", detail=detail)])
    return Response(keys=tuple(keys), scenarios=given[None, :], method="known")


def exposed(cell: CellState, curve: Curve) -> float:
    """Invitations whose outcome is known, open ones in part; at least the completes."""
    return cell.have + cell.out + sum(group.people * curve.at(group.age) for group in cell.pending)


def calibration(scenarios: FloatArray, trials: FloatArray, completed: FloatArray) -> Calibration:
    """Compare predicted rates (S x G, groups or cells) with later invitations (G) and their completes (G).

    A prediction that was honest about its uncertainty gives a uniform `p`; a small one says that response has changed
    or that the model is wrong. Groups without invitations do not count.

    Raises:
        PlanUnfit: nobody was invited.
    """
    used = trials > 0
    if not used.any():
        detail = "Nobody was invited since; there is nothing to compare."
        refuse([Fault(pointer="/trials", code="missing", detail=detail)])
    rates, n, y = np.clip(scenarios[:, used], _EDGE, 1 - _EDGE), trials[used], completed[used]
    p = rates.mean(axis=0)
    spread = np.diag(n * (rates * (1 - rates)).mean(axis=0))
    if len(rates) > 1:
        spread += np.atleast_2d(np.cov(rates, rowvar=False)) * np.outer(n, n)
    chi2 = float((y - n * p) @ np.linalg.solve(spread, y - n * p))
    intercept, slope = _recalibrated(special.logit(p), n, y)
    return Calibration(
        invited=float(n.sum()),
        expected=float(n @ p),
        observed=float(y.sum()),
        intercept=intercept,
        slope=slope,
        chi2=chi2,
        df=n.size,
        p=float(stats.chi2.sf(chi2, n.size)),
    )


def _posterior(hits: FloatArray, trials: FloatArray, mean: FloatArray, alike: FloatArray, prior: Prior) -> FloatArray:
    """Weight of every level and every m, from all cells together (levels x m)."""
    log_weight = np.empty((len(mean), len(alike)))
    for j, concentration in enumerate(alike):
        a, b = mean * concentration, (1 - mean) * concentration
        log_weight[:, j] = (special.betaln(a + hits, b + trials - hits) - special.betaln(a, b)).sum(axis=1)
    log_weight += -0.5 * np.linspace(-_REACH, _REACH, len(mean))[:, None] ** 2
    log_weight += np.log(np.maximum(prior.concentration, 1e-300))
    return normalised(log_weight)


def _systematic(weight: FloatArray, draws: int, rng: np.random.Generator) -> IntArray:
    """Positions drawn with probability in proportion to `weight`, evenly spread, in random order."""
    points = (np.arange(draws) + rng.random()) / draws
    found = np.minimum(np.searchsorted(np.cumsum(weight), points), weight.size - 1)
    return np.asarray(rng.permutation(found), dtype=np.int64)


def _recalibrated(logit: FloatArray, n: FloatArray, y: FloatArray) -> tuple[float, float]:
    """Intercept with slope 1, and slope, of logistic regressions of what happened on the logit predicted."""
    shift = _solve(np.ones((logit.size, 1)), logit, n, y)
    if np.ptp(logit) < 1e-9:
        return float(shift[0]), float("nan")
    both = _solve(np.column_stack([np.ones(logit.size), logit]), np.zeros(logit.size), n, y)
    return float(shift[0]), float(both[1])


def _solve(x: FloatArray, offset: FloatArray, n: FloatArray, y: FloatArray) -> FloatArray:
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        p = special.expit(offset + x @ beta)
        # A weak pull to 0 keeps the answer finite where everybody or nobody completed.
        score = x.T @ (y - n * p) - 1e-6 * beta
        step = np.linalg.solve((x * (n * p * (1 - p))[:, None]).T @ x + 1e-6 * np.eye(beta.size), score)
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            break
    return np.asarray(beta)
