"""Scores made of several items, and how reliable they are.

A person's score is the mean of their valid answers, for people who answered enough items; items worded the other way
round are turned first. Reliability looks at people who answered all items, through the weighted covariance matrix S:

- Cronbach's alpha = k / (k - 1) (1 - sum of variances / variance of the sum) (Cronbach 1951);
- McDonald's omega = (sum of loadings)^2 / (that + sum of unique variances) of one factor (McDonald 1999), loadings by
  unweighted least squares on the covariances between items (minres, Harman and Jones 1966).

Both are smooth functions of S, so their standard errors follow from linearised values under the design, calibration
included (delta method); the limits are made on log(1 - coefficient), as in Bonett (2002), and never pass 1."""

from collections.abc import Collection

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from analytics.arrays import BoolArray, FloatArray
from analytics.designs.design import Design
from analytics.designs.variance import variances
from analytics.errors import AnswersUnusable
from analytics.estimates.columns import answers, mask
from analytics.estimates.estimate import Estimate, mean
from analytics.estimates.interval import Interval, t_quantile

_SWEEPS = 50
_NEWTON = 50
_SETTLED = 1e-12
_FEWEST_FOR_A_FACTOR = 3


class Coefficient(msgspec.Struct, frozen=True, kw_only=True):
    """A reliability with its interval."""

    value: float
    se: float
    df: int
    interval: Interval | None
    """None where the coefficient is 1: the items say exactly the same."""


class ItemFit(msgspec.Struct, frozen=True, kw_only=True):
    """How one item (turned, where reversed) goes with the others."""

    correlation: float | None
    """With the sum of the other items; None where the item or that sum does not vary. Negative: look whether the item
    should be turned."""
    alpha_without: float | None
    """Alpha of the others alone; None with fewer than two."""
    loading: float | None
    """On the one factor, in the scale of the answers; None where no factor could be found."""


class Reliability(msgspec.Struct, frozen=True, kw_only=True):
    """Of one index, among people who answered all of its items."""

    alpha: Coefficient | None
    """None with fewer than two items or people, or where the sum of the items does not vary."""
    omega: Coefficient | None
    """None with fewer than three items, where alpha is None, or for the reason in `omega_note`."""
    items: tuple[ItemFit, ...]
    n: int
    method: str = "weighted covariances; omega of one factor by minres; delta method, limits on log(1 - coefficient)"
    omega_note: str = ""


def turned(items: ArrayLike, design: Design, *, low: float, high: float, reverse: Collection[int] = ()) -> FloatArray:
    """Items (n x k) with answers outside `low` to `high` as NaN and the columns of `reverse` mirrored.

    Raises:
        AnswersUnusable: columns in `reverse` that do not exist, or answers that do not fit the design.
    """
    columns = answers(items, design).copy()
    strange = sorted(set(reverse) - set(range(columns.shape[1])))
    if strange:
        raise AnswersUnusable(f"Columns {strange} cannot be turned; there are {columns.shape[1]}, numbered from 0.")
    columns[~((columns >= low) & (columns <= high))] = np.nan
    places = sorted(reverse)
    columns[:, places] = low + high - columns[:, places]
    return columns


def scores(items: FloatArray, *, minimum: int) -> FloatArray:
    """Mean of the valid answers of each person; NaN with fewer than `minimum` of them.

    Raises:
        AnswersUnusable: `minimum` is not between 1 and the number of items.
    """
    if not 1 <= minimum <= items.shape[1]:
        raise AnswersUnusable(f"A minimum of {minimum} valid answers does not fit {items.shape[1]} items.")
    valid = ~np.isnan(items)
    count = valid.sum(axis=1)
    return np.where(count >= minimum, np.where(valid, items, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)


def index(
    items: ArrayLike,
    design: Design,
    *,
    low: float,
    high: float,
    minimum: int,
    reverse: Collection[int] = (),
    domain: BoolArray | None = None,
    level: float = 0.95,
) -> Estimate:
    """Mean score over people with at least `minimum` valid answers."""
    score = scores(turned(items, design, low=low, high=high, reverse=reverse), minimum=minimum)
    return mean(score, design, domain=domain, level=level)


def reliability(
    items: ArrayLike,
    design: Design,
    *,
    low: float,
    high: float,
    reverse: Collection[int] = (),
    domain: BoolArray | None = None,
    level: float = 0.95,
) -> Reliability:
    """Alpha, omega and item-total correlations of the index that `index` makes of these items."""
    x = turned(items, design, low=low, high=high, reverse=reverse)
    inside, k = mask(domain, design), x.shape[1]
    complete: BoolArray = np.asarray(~np.isnan(x).any(axis=1))
    complete = complete if inside is None else complete & inside
    n, w = int(complete.sum()), np.where(complete, design.weights, 0.0)
    nothing = Reliability(
        alpha=None, omega=None, items=(ItemFit(correlation=None, alpha_without=None, loading=None),) * k, n=n
    )
    if k < 2 or n < 2 or w.sum() <= 0:
        return nothing
    x = np.where(complete[:, None], x, 0.0)
    centred = np.where(complete[:, None], x - w @ x / w.sum(), 0.0)
    s = (centred * w[:, None]).T @ centred / w.sum()
    if _alpha(s) is None:
        return nothing
    loadings, why = _loadings(s)
    found = None if loadings is None or why else _omega(s, loadings)
    why = why or ("" if found else "The items do not tell one factor from none.")
    task = _Delta(centred=centred, complete=complete, weight_sum=float(w.sum()), design=design, level=level)
    return Reliability(
        alpha=task.coefficient(_alpha(s) or 0.0, _alpha_gradient(s), s),
        omega=None if found is None else task.coefficient(*found, s),
        items=tuple(_item(s, j, None if loadings is None else float(loadings[j])) for j in range(k)),
        n=n,
        omega_note=why,
    )


class _Delta(msgspec.Struct, frozen=True, kw_only=True):
    """What a standard error of a function of the covariance matrix needs."""

    centred: FloatArray
    """n x k, 0 for people left out."""
    complete: BoolArray
    weight_sum: float
    design: Design
    level: float

    def coefficient(self, value: float, gradient: FloatArray, s: FloatArray) -> Coefficient:
        """`gradient` (k x k, symmetric) in the entries of S. A person's part in S is c c' - S."""
        inside = np.einsum("ij,jl,il->i", self.centred, gradient, self.centred)
        z = np.where(self.complete, inside - float((gradient * s).sum()), 0.0) / self.weight_sum
        se = float(np.sqrt(variances(z[:, None], self.design)[0]))
        interval = None
        if value < 1 - _SETTLED:
            half = float(t_quantile(self.level, self.design.df)) * se / (1 - value)
            limits = 1 - (1 - value) * np.exp([half, -half])
            interval = Interval(lower=float(limits[0]), upper=float(limits[1]), level=self.level, method="t+log")
        return Coefficient(value=value, se=se, df=self.design.df, interval=interval)


def _alpha(s: FloatArray) -> float | None:
    k, whole = s.shape[0], float(s.sum())
    if k < 2 or whole <= _SETTLED * float(np.abs(s).sum()):
        return None
    return float(k / (k - 1) * (1 - np.trace(s) / whole))


def _alpha_gradient(s: FloatArray) -> FloatArray:
    k, whole, parts = s.shape[0], float(s.sum()), float(np.trace(s))
    return np.asarray(-k / (k - 1) * (np.eye(k) / whole - parts / whole**2))


def _loadings(s: FloatArray) -> tuple[FloatArray | None, str]:
    """Loadings of one factor that minimise the squared differences off the diagonal, and what is wrong with them."""
    if s.shape[0] < _FEWEST_FOR_A_FACTOR:
        return None, "One factor needs three items or more."
    off = s - np.diag(np.diag(s))
    scale = float(np.sqrt(np.trace(s) / s.shape[0]))
    loadings = _descend(off / scale**2)
    if loadings is None:
        return None, "The items have no one factor in common."
    loadings = scale * loadings * (1.0 if loadings.sum() >= 0 else -1.0)
    beyond = np.flatnonzero(loadings**2 > np.diag(s) * (1 + 1e-9)).tolist()
    return loadings, f"The factor explains more than all of item {', '.join(map(str, beyond))}." if beyond else ""


def _descend(off: FloatArray) -> FloatArray | None:
    """Each loading in turn at its best, then Newton; None where this does not settle."""
    values, vectors = np.linalg.eigh(off)
    loadings = vectors[:, -1] * np.sqrt(max(values[-1], 0.0))
    for _ in range(_SWEEPS):
        for j in range(loadings.size):
            others = float(loadings @ loadings - loadings[j] ** 2)
            if others <= _SETTLED:
                return None
            loadings[j] = off[j] @ loadings / others
    for _ in range(_NEWTON):
        slope, curve = _slope(off, loadings)
        try:
            step = np.linalg.solve(curve, -slope)
        except np.linalg.LinAlgError:
            return None
        loadings = loadings + step
        if np.abs(step).max() <= _SETTLED:
            return np.asarray(loadings)
    return None


def _slope(off: FloatArray, loadings: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The equations that the loadings solve, sum over l of (s_jl - a_j a_l) a_l = 0, and their derivatives."""
    squares = float(loadings @ loadings) - loadings**2
    curve = off - 2 * np.outer(loadings, loadings)
    np.fill_diagonal(curve, -squares)
    return np.asarray(off @ loadings - loadings * squares), curve


def _omega(s: FloatArray, loadings: FloatArray) -> tuple[float, FloatArray] | None:
    """Omega and its gradient in S, through the equations of the loadings; None where those have no one solution."""
    common, whole = float(loadings.sum()) ** 2, float(loadings.sum()) ** 2 + float(np.trace(s) - loadings @ loadings)
    root = float(loadings.sum())
    by_loading = 2 * root / whole - common / whole**2 * (2 * root - 2 * loadings)
    _, curve = _slope(s - np.diag(np.diag(s)), loadings)
    try:
        through = -np.linalg.solve(curve, by_loading)
    except np.linalg.LinAlgError:
        return None
    gradient = (np.outer(through, loadings) + np.outer(loadings, through)) / 2
    np.fill_diagonal(gradient, -common / whole**2)
    return common / whole, np.asarray(gradient)


def _item(s: FloatArray, j: int, loading: float | None) -> ItemFit:
    with_others = float(s[j].sum() - s[j, j])
    rest = float(s.sum() - 2 * s[j].sum() + s[j, j])
    both = s[j, j] * rest
    others = np.delete(np.delete(s, j, axis=0), j, axis=1)
    return ItemFit(
        correlation=with_others / float(np.sqrt(both)) if both > 0 else None,
        alpha_without=_alpha(others),
        loading=loading,
    )
