"""What is expected of response before an audit has one: from staff, or from past audits.

Past audits speak twice. Their overall rates give the level of the next one and how far it may lie from it (a random
effect per audit on the logit scale; variance after DerSimonian and Laird 1986). Their cells give how a cell differs
from the rest, shrunk towards no difference by beta-binomial empirical Bayes (Skellam 1948; Efron and Morris 1975)."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from samenspraak.types.problem import Fault
from scipy import special

from analytics.arrays import FloatArray, as_float
from panels.inviting.models import Trials, check_chance, refuse

STAFF_SPREAD = 0.5
"""Standard deviation, on the logit scale, of an audit's response around what staff expect: with 0.5 expected, 95 times
in 100 it lies between 0.27 and 0.73."""

AUDIT_SPREAD = 0.3
"""The same of one audit around another, before the past has shown it; counts as two audits."""

CONCENTRATIONS: FloatArray = np.geomspace(6.0, 1500.0, 9)
"""How alike cells are: the rate of a cell is Beta(m mean, m (1 - mean)); m as large as 1,500 leaves no difference."""

_CELLS_STAFF = (25.0, 0.8)
_CELLS_PAST = (150.0, 1.0)
"""Median and log-sd of m beforehand: where nothing is known of the cells, and around what their past says."""


class Prior(msgspec.Struct, frozen=True, kw_only=True):
    """Response of the cells beforehand, on the logit scale."""

    keys: tuple[str, ...]
    level: float
    """Logit of the overall rate."""
    spread: float
    """Standard deviation of this audit's level around it."""
    offset: FloatArray
    """C: how the logit of each cell differs from the level."""
    behind: FloatArray
    """C: invitations that the offset is worth; infinite where it is none."""
    concentration: FloatArray
    """Probability of each of `CONCENTRATIONS`."""


def from_staff(keys: Sequence[str], expected: float = 0.5) -> Prior:
    """All cells alike around what staff expect, and not sure of it.

    Raises:
        PlanUnfit: an expectation that is not strictly between 0 and 1; 1 itself is read as 0.995.
    """
    check_chance("expected_participation", expected, below=1.0 + 1e-9)
    return Prior(
        keys=tuple(keys),
        level=float(special.logit(min(expected, 0.995))),
        spread=STAFF_SPREAD,
        offset=np.zeros(len(keys)),
        behind=np.full(len(keys), np.inf),
        concentration=_log_normal(*_CELLS_STAFF),
    )


def from_history(keys: Sequence[str], past: Sequence[Mapping[str, Trials]], *, expected: float = 0.5) -> Prior:
    """What past audits of the same kind say, each a table of cells.

    Staff's expectation counts beside them as one uncertain audit. Cells that the past does not know take the level.

    Raises:
        PlanUnfit: counts that cannot be (named), or an expectation that is no probability.
    """
    before = from_staff(keys, expected)
    _check(past)
    invited = np.array([[_of(audit, key).invited for key in keys] for audit in past], dtype=np.float64)
    completed = np.array([[_of(audit, key).completed for key in keys] for audit in past], dtype=np.float64)
    told = [i for i in range(len(past)) if invited[i].sum() > 0]
    if not told:
        return before
    invited, completed = invited[told], completed[told]
    rates = (completed.sum(axis=1) + 0.5) / (invited.sum(axis=1) + 1)
    noise = 1 / (invited.sum(axis=1) * rates * (1 - rates))
    level, spread = _audits(special.logit(rates), noise, before.level)
    offset, behind = _offsets(invited, completed, rates)
    mean = special.expit(special.logit(rates)[:, None] + offset)
    residual = likelihood(invited, completed, mean, CONCENTRATIONS).sum(axis=(0, 1))
    return Prior(
        keys=tuple(keys),
        level=level,
        spread=spread,
        offset=offset,
        behind=behind,
        concentration=normalised(np.log(_log_normal(*_CELLS_PAST)) + residual),
    )


def likelihood(trials: FloatArray, hits: FloatArray, mean: FloatArray, concentration: FloatArray) -> FloatArray:
    """Log of the beta-binomial probability of `hits`, without the constant, with a last axis for the concentration."""
    a = mean[..., None] * concentration
    b = (1 - mean)[..., None] * concentration
    r, f = hits[..., None], (trials - hits)[..., None]
    found: FloatArray = special.betaln(a + r, b + f) - special.betaln(a, b)
    return found


def normalised(log_weight: FloatArray) -> FloatArray:
    """Weights that sum to 1, from their logarithms."""
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum())


def _audits(logits: FloatArray, noise: FloatArray, staff: float) -> tuple[float, float]:
    """Level of the next audit and its standard deviation, from those of the past and staff's expectation."""
    fixed = 1 / noise
    centre = float(fixed @ logits / fixed.sum())
    scale = float(fixed.sum() - (fixed @ fixed) / fixed.sum())
    excess = float(fixed @ (logits - centre) ** 2) - (logits.size - 1)
    between = max(0.0, excess / scale) if scale > 0 else 0.0
    known = max(logits.size - 1, 0)
    variance = (2 * AUDIT_SPREAD**2 + known * between) / (2 + known)
    precision = np.append(1 / (variance + noise), 1 / STAFF_SPREAD**2)
    level = float(precision @ np.append(logits, staff) / precision.sum())
    return level, float(np.sqrt(variance + 1 / precision.sum()))


def _offsets(invited: FloatArray, completed: FloatArray, rates: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Shrunken difference of each cell from its audits, and the invitations that it is worth."""
    trials, hits = invited.sum(axis=0), completed.sum(axis=0)
    plain = np.divide(rates @ invited, trials, out=np.full(trials.size, float(rates.mean())), where=trials > 0)
    fit = np.log(_log_normal(*_CELLS_STAFF)) + likelihood(trials, hits, plain, CONCENTRATIONS).sum(axis=0)
    m = float(np.exp(normalised(fit) @ np.log(CONCENTRATIONS)))
    shrunken = (hits + m * plain) / (trials + m)
    return np.asarray(special.logit(shrunken) - special.logit(plain)), trials + m


def _log_normal(median: float, sd: float) -> FloatArray:
    return normalised(-0.5 * ((np.log(CONCENTRATIONS) - np.log(median)) / sd) ** 2)


def _of(audit: Mapping[str, Trials], key: str) -> Trials:
    return audit.get(key, Trials(invited=0, completed=0))


def _check(past: Sequence[Mapping[str, Trials]]) -> None:
    refuse(
        [
            Fault(
                pointer=f"/past/{i}/{key}",
                code="out_of_range",
                detail=f"Past audit {i} has {cell.completed} completes of {cell.invited} invitations in `{key}`.",
            )
            for i, audit in enumerate(past)
            for key, cell in audit.items()
            if not 0 <= cell.completed <= as_float(cell.invited)
        ]
    )
