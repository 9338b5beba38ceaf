"""Where the quota stands: what each cell needs, has, may still get, and how likely it is to miss."""

from collections.abc import Mapping

import msgspec
import numpy as np
from scipy import special

from analytics.arrays import FloatArray
from panels.inviting.curve import INSTANT, Curve
from panels.inviting.models import Fieldwork, check, check_chance, check_keys
from panels.inviting.outcome import Outlook, outlook, per_cell, tail
from panels.inviting.response import Response
from panels.inviting.sizing import goal_of

_BISECTIONS = 60


class CellForecast(msgspec.Struct, frozen=True, kw_only=True):
    """One cell, with nobody new unless asked for."""

    key: str
    need: int
    minimum: int
    have: int
    pending: int
    """People who may still complete."""
    available: int
    rate: float
    """Expected share of invitations that completes, given time."""
    rate_lower: float
    rate_upper: float
    expected: float
    """Completes at the end."""
    lower: int
    upper: int
    """Predictive interval of the completes at the end: unknown rates and chance, both."""
    miss: float
    """Chance of ending below the minimum."""


class Monitor(msgspec.Struct, frozen=True, kw_only=True):
    """The whole quota."""

    cells: tuple[CellForecast, ...]
    target: int
    have: int
    pending: int
    expected: float
    lower: int
    upper: int
    filled: float
    """Chance that every cell reaches its minimum and all together the target."""
    reached: float
    """Chance of the target alone, whatever the cells."""
    level: float
    """Of the intervals."""


def forecast(
    fieldwork: Fieldwork,
    response: Response,
    *,
    curve: Curve = INSTANT,
    invite: Mapping[str, int] | None = None,
    level: float = 0.95,
) -> Monitor:
    """How the quota is expected to end, after inviting so many more people (nobody where a cell is not named).

    Raises:
        PlanUnfit: counts that cannot be, a response of other cells, a level that is no probability.
    """
    check(fieldwork)
    check_keys("response", response.keys, fieldwork.keys)
    check_chance("level", level)
    view = outlook(fieldwork, response, curve)
    more = per_cell(fieldwork, invite or {})
    goal = goal_of(fieldwork, view)
    own = np.array([cell.minimum for cell in fieldwork.cells], dtype=np.float64)
    miss = 1 - tail(view, more, own).mean(axis=0)
    mean, variance = view.after(more)
    lower, upper = (_quantile(view, more, at) for at in ((1 - level) / 2, (1 + level) / 2))
    rates = (response.rate, *response.interval(level))
    total, spread = view.have.sum() + mean.sum(axis=1), np.sqrt(np.maximum(variance.sum(axis=1), 1e-12))
    ends = [_total_quantile(total, spread, at) for at in ((1 - level) / 2, (1 + level) / 2)]
    return Monitor(
        cells=tuple(
            CellForecast(
                key=cell.key,
                need=cell.need,
                minimum=cell.minimum,
                have=cell.have,
                pending=cell.waiting,
                available=cell.available,
                rate=float(rates[0][c]),
                rate_lower=float(rates[1][c]),
                rate_upper=float(rates[2][c]),
                expected=float(view.have[c] + mean[:, c].mean()),
                lower=int(lower[c]),
                upper=int(upper[c]),
                miss=float(miss[c]),
            )
            for c, cell in enumerate(fieldwork.cells)
        ),
        target=fieldwork.target,
        have=sum(cell.have for cell in fieldwork.cells),
        pending=sum(cell.waiting for cell in fieldwork.cells),
        expected=float(total.mean()),
        lower=ends[0],
        upper=ends[1],
        filled=goal.chance(more),
        reached=float(special.ndtr((total - fieldwork.target + 0.5) / spread).mean()),
        level=level,
    )


def _quantile(view: Outlook, invite: FloatArray, at: float) -> FloatArray:
    """C: smallest number of completes k with P(X <= k) >= at, over scenarios and chance."""
    mean, variance = view.after(invite)
    low = view.have - 1
    high = view.have + np.ceil(mean.max(axis=0) + 12 * np.sqrt(variance.max(axis=0)) + 12)
    for _ in range(_BISECTIONS):
        if (high - low <= 1).all():
            break
        middle = np.floor((low + high) / 2)
        enough = 1 - tail(view, invite, middle + 1).mean(axis=0) >= at
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.asarray(high)


def _total_quantile(mean: FloatArray, sd: FloatArray, at: float) -> int:
    """The same for the sum of all cells, which is close to normal in every scenario."""
    low, high = float((mean - 12 * sd).min()) - 1, float((mean + 12 * sd).max()) + 1
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        below = float(special.ndtr((middle - mean) / sd).mean())
        low, high = (low, middle) if below >= at else (middle, high)
    return max(0, round(high))
