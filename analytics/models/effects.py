"""Average marginal effects of a fitted model, with design-based errors.

How much the expected answer differs when one variable differs and everything else stays, averaged over the population
(Bartus 2005). A variable is changed wherever it stands, in products too: a level is compared with the reference level,
a 0/1 number goes from 0 to 1, any other number has its slope. Errors come from the linearised effect: its own average
over the sample and, by the delta method, the coefficients, both per person, so that their covariance under the design
is exact to first order."""

from collections.abc import Sequence

import msgspec
import numpy as np
from samenspraak.types.problem import Fault
from scipy import special

from analytics.arrays import FloatArray
from analytics.designs.design import Design
from analytics.designs.variance import covariance
from analytics.errors import ModelUnusable
from analytics.estimates.interval import Interval, t_quantile
from analytics.models.family import curve
from analytics.models.glm import Fit
from analytics.models.matrix import LARGEST, Categorical


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """One effect: a difference in the expected answer, for shares in parts of 1."""

    name: str
    """The variable, followed by its level if it has levels."""
    variable: str
    level: str | None
    """Level that is compared with the reference; None for a number."""
    value: float
    se: float
    t: float
    p: float
    """Two-sided, not corrected for other effects."""
    interval: Interval
    df: int


class Effects(msgspec.Struct, frozen=True, kw_only=True):
    """Effects of one model, with their covariance for contrasts and families."""

    effects: tuple[Effect, ...]
    covariance: FloatArray


class _Change(msgspec.Struct, frozen=True, kw_only=True):
    """What one effect is about."""

    variable: str
    level: str | None
    low: float = 0.0
    high: float = 1.0
    slope: bool = False


def marginal(fit: Fit, design: Design, variables: Sequence[str], *, level: float = 0.95) -> Effects:
    """Average marginal effects of `variables` over the people in the fit, weighted; one effect per level but the first.

    Raises:
        ModelUnusable: a name that is no variable of the model, or whose column was left out; all are named. A fit
            without degrees of freedom.
    """
    if fit.df < 1:
        raise ModelUnusable(f"The model leaves {fit.df} degrees of freedom; an effect needs at least 1.")
    _check(fit, variables)
    changes = [change for name in variables for change in _changes(fit, name)]
    w = np.where(fit.used, design.weights, 0.0)
    weight = float(w.sum())
    linear, value = np.empty((w.size, len(changes))), np.empty(len(changes))
    gradients = np.empty((len(fit.names), len(changes)))
    for k, change in enumerate(changes):
        with np.errstate(over="ignore", invalid="ignore"):
            effect, gradients[:, k] = _one(fit, change, w / weight)
            value[k] = float(w @ effect) / weight
        if not max(abs(value[k]), float(np.abs(gradients[:, k]).max())) < LARGEST:
            raise ModelUnusable(f"The effect of `{change.variable}` is beyond what numbers hold; rescale it.")
        linear[:, k] = np.where(fit.used, effect - value[k], 0.0) / weight
    linear += fit.influence @ gradients
    spread = covariance(linear, design) + gradients.T @ fit.excess @ gradients
    se = np.sqrt(np.maximum(np.diag(spread), 0.0))
    found = [_effect(change, float(v), float(s), fit, level) for change, v, s in zip(changes, value, se, strict=True)]
    return Effects(effects=tuple(found), covariance=spread)


def _check(fit: Fit, variables: Sequence[str]) -> None:
    faults = []
    for name in variables:
        gone = [fit.matrix.names[i] for i in fit.matrix.own(name) if i not in fit.kept]
        if name not in fit.matrix.variables:
            detail = f"The model has no variable `{name}`."
            faults.append(Fault(pointer=f"/{name}", code="unknown_variable", detail=detail))
        elif gone:
            detail = f"`{name}` has no effect of its own: {', '.join(gone)} followed from other columns."
            faults.append(Fault(pointer=f"/{name}", code="collinear", detail=detail))
    if faults:
        raise ModelUnusable(" ".join(fault.detail for fault in faults), faults=faults)


def _changes(fit: Fit, name: str) -> list[_Change]:
    variable = fit.matrix.variables[name]
    if isinstance(variable, Categorical):
        places = range(1, len(variable.levels))
        return [_Change(variable=name, level=variable.levels[i], low=0.0, high=float(i)) for i in places]
    binary = bool(np.isin(variable.values[fit.used], (0.0, 1.0)).all())
    return [_Change(variable=name, level=None, slope=not binary)]


def _one(fit: Fit, change: _Change, share: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Effect per person, and the gradient of its mean in the coefficients; `share` are weights that sum to 1."""
    kept, beta, matrix = list(fit.kept), fit.coefficients, fit.matrix
    if change.slope:
        x, along = fit.columns, matrix.slope(change.variable)[:, kept]
        _, slope, bend = curve(x @ beta, fit.family)
        rise = along @ beta
        return slope * rise, (share * bend * rise) @ x + (share * slope) @ along
    one, zero = matrix.at(change.variable, change.high)[:, kept], matrix.at(change.variable, change.low)[:, kept]
    high, slope_high, _ = curve(one @ beta, fit.family)
    low, slope_low, _ = curve(zero @ beta, fit.family)
    return high - low, (share * slope_high) @ one - (share * slope_low) @ zero


def _effect(change: _Change, value: float, se: float, fit: Fit, level: float) -> Effect:
    t = value / se if se > 0 else float(np.copysign(np.inf, value) if value else 0.0)
    half = float(t_quantile(level, fit.df)) * se
    lower, upper = value - half, value + half
    if fit.family == "binomial" and not change.slope:
        # A difference between two shares.
        lower, upper = max(lower, -1.0), min(upper, 1.0)
    return Effect(
        name=f"{change.variable}{change.level or ''}",
        variable=change.variable,
        level=change.level,
        value=value,
        se=se,
        t=t,
        p=float(2 * special.stdtr(fit.df, -abs(t))),
        interval=Interval(lower=lower, upper=upper, level=level, method="t"),
        df=fit.df,
    )
