"""Average marginal effects of a fitted model, with design-based errors.

How much the expected answer differs when one variable differs and everything else stays, averaged over the population.
Errors come from the linearised effect: its own average over the sample and, by the delta method, the coefficients, both
per person, so that their covariance under the design is exact to first order."""

from collections.abc import Sequence

import msgspec
import numpy as np
from scipy import special

from analytics.arrays import BoolArray, FloatArray, IntArray, as_float
from analytics.designs.design import Design
from analytics.designs.variance import covariance
from analytics.errors import ModelUnusable
from analytics.estimates.interval import Interval, t_quantile
from analytics.models import glm, matrix
from analytics.models.glm import Fit
from analytics.models.matrix import Categorical, Numeric, Term

EVENTS_PER_COEFFICIENT = 5
"""Fewer of the rarer answer for each coefficient, and estimates lean away from zero too much (Vittinghoff and McCulloch
2007 find 5 to 9 tolerable)."""


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """The effect of one column: of a 0/1 column going from 0 to 1, of a number one unit more."""

    name: str
    value: float
    se: float
    t: float
    p: float
    interval: Interval
    df: int


def marginal(fit: Fit, design: Design, names: Sequence[str], *, level: float = 0.95) -> tuple[Effect, ...]:
    """Average marginal effects of the columns `names` (n people in the fit, weighted).

    Raises:
        ModelUnusable: a name that is not in the fit (it was dropped, or never there).
    """
    missing = [name for name in names if name not in fit.names]
    if missing:
        dropped = [name for name in missing if name in fit.dropped]
        why = f"; {', '.join(dropped)} followed from other columns" if dropped else ""
        raise ModelUnusable(f"The model has no column {', '.join(missing)}{why}.")
    w = np.where(fit.used, design.weights, 0.0)
    weight = float(w.sum())
    linear, value = np.empty((w.size, len(names))), np.empty(len(names))
    for k, name in enumerate(names):
        effect, gradient = _one(fit, fit.names.index(name))
        value[k] = float(w @ effect) / weight
        linear[:, k] = np.where(fit.used, effect - value[k], 0.0) / weight + fit.influence @ (w @ gradient / weight)
    se = np.sqrt(np.maximum(np.diag(covariance(linear, design)), 0.0))
    return tuple(_effect(name, float(v), float(s), fit.df, level) for name, v, s in zip(names, value, se, strict=True))


def _one(fit: Fit, column: int) -> tuple[FloatArray, FloatArray]:
    """Effect per person, and its gradient in the coefficients (n x p)."""
    x, beta = fit.columns, fit.coefficients
    given = x[fit.used, column]
    if np.isin(given, (0.0, 1.0)).all():
        one, zero = x.copy(), x.copy()
        one[:, column], zero[:, column] = 1.0, 0.0
        high, slope_high, _ = _curve(one @ beta, fit.family)
        low, slope_low, _ = _curve(zero @ beta, fit.family)
        return high - low, one * slope_high[:, None] - zero * slope_low[:, None]
    _, slope, bend = _curve(x @ beta, fit.family)
    gradient = x * (bend * beta[column])[:, None]
    gradient[:, column] += slope
    return slope * beta[column], gradient


def _curve(eta: FloatArray, family: glm.Family) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Expected answer, its slope and its bend in the linear predictor."""
    if family == "gaussian":
        return eta, np.ones(eta.size), np.zeros(eta.size)
    if family == "poisson":
        mean = np.exp(np.clip(eta, -700, 700))
        return mean, mean, mean
    mean = np.asarray(special.expit(eta))
    slope = mean * (1 - mean)
    return mean, slope, slope * (1 - 2 * mean)


def _effect(name: str, value: float, se: float, df: int, level: float) -> Effect:
    t = value / se if se > 0 else float(np.inf if value else 0.0)
    half = float(t_quantile(level, df)) * se
    return Effect(
        name=name,
        value=value,
        se=se,
        t=t,
        p=float(2 * special.stdtr(df, -abs(t))),
        interval=Interval(lower=value - half, upper=value + half, level=level, method="t"),
        df=df,
    )


class Drivers(msgspec.Struct, frozen=True, kw_only=True):
    """What goes together with an outcome, each with all the others held equal. Associations, not causes."""

    effects: tuple[Effect, ...]
    """Largest first."""
    n: int
    events: int
    controls: tuple[str, ...]
    left_out: tuple[str, ...]
    """Variables without variation among those who answered, or that follow from others."""
    penalised: bool


def drivers(
    outcome: FloatArray,
    variables: dict[str, FloatArray],
    controls: Sequence[Categorical | Numeric],
    design: Design,
    *,
    domain: BoolArray | None = None,
    level: float = 0.95,
) -> Drivers:
    """Average marginal effects of 0/1 `variables` on a 0/1 `outcome` in one logistic model with `controls`.

    Controls whose levels separate the answers, or that leave too few events per coefficient, do not stop it: the
    penalised fit takes over and says so.

    Raises:
        ModelUnusable: fewer than five of the rarer answer per coefficient, or nothing varies.
    """
    answers = as_float(outcome)
    varying: list[str] = []
    constant: list[str] = []
    known = np.isfinite(answers) & (True if domain is None else np.asarray(domain, dtype=bool))
    for name, values in variables.items():
        seen = values[known & np.isfinite(values)]
        (varying if seen.size and np.ptp(seen) > 0 else constant).append(name)
    terms: list[Term] = [Numeric(name=name, values=variables[name]) for name in varying]
    terms += controls
    built = matrix.build(terms, answers.size)
    used = known & built.complete
    rarer = int(min((answers[used] == 1).sum(), (answers[used] == 0).sum())) if used.any() else 0
    needed = EVENTS_PER_COEFFICIENT * (len(built.names) - 1)
    if rarer < needed:
        raise ModelUnusable(
            f"The rarer answer was given {rarer} times by people with all variables known; a model with "
            f"{len(built.names) - 1} coefficients needs {needed}. Ask more people or take variables out.",
            details={"events": rarer, "needed": needed},
        )
    found = glm.fit(answers, built, design, family="binomial", domain=domain, separation="firth")
    names = [name for name in varying if name in found.names]
    effects = sorted(marginal(found, design, names, level=level), key=lambda one: (-one.value, one.name))
    return Drivers(
        effects=tuple(effects),
        n=found.n,
        events=found.events or 0,
        controls=tuple(term.name for term in controls),
        left_out=(*constant, *(name for name in varying if name not in found.names)),
        penalised=found.penalised,
    )


def levels_of(codes: IntArray, labels: Sequence[str], name: str) -> Categorical:
    """A categorical control from positions in `labels`, -1 where unknown; the largest level is the reference."""
    sizes = [(-int((codes == i).sum()), i) for i in range(len(labels))]
    order = [i for _, i in sorted(sizes) if (codes == i).any()]
    values = [None if code < 0 else labels[int(code)] for code in codes]
    return Categorical(name=name, values=values, levels=[labels[i] for i in order])
