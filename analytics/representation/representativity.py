"""How evenly people took part: R-indicator, partial indicators and maximal bias.

From the frame's profile of everybody who was invited and from who took part, response propensities rho are estimated by
logistic regression on the profile (main effects, weighted by the draw). With S the standard deviation of rho over the
population (Schouten, Cobben and Bethlehem 2009):

    R = 1 - 2 S                  1 when everybody was equally likely to take part
    maximal bias = S / mean rho  of any mean among those who took part, in standard deviations of the answer

Partial indicators (Schouten, Shlomo and Skinner 2011) split S^2: the unconditional one of a variable is the part
between its categories, the conditional one the part that remains within the cells of all other variables. A category's
sign tells whether its people took part more or less than average.

Estimated propensities vary also when true ones do not, so S^2 is too large in small samples. Its expected excess,
tr(B V), and its variance, 4 A'V A + 2 tr(B V B V) + sampling, follow Shlomo, Skinner and Schouten (2012): V is the
covariance of the coefficients, B the covariance over people of the slopes z = rho (1 - rho) x, A that of z with rho.
(They take the slopes around zero; around their mean, as here, the chance in the average propensity, at most
1 / (4 n), stays out of the correction, as it is no part of S^2.)"""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import ArrayLike
from samenspraak.types.problem import Fault
from scipy import linalg, special

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.errors import ModelUnusable
from analytics.estimates.interval import Interval
from analytics.weights.codes import cells as unique_cells

_STEPS = 50
_SETTLED = 1e-11
_RANK = 1e-9
_SURE = 1e-8
"""A fitted propensity this close to 0 or 1 belongs to people who are predicted without error."""


class Categories(msgspec.Struct, frozen=True, kw_only=True):
    """One variable of the frame."""

    key: str
    codes: IntArray
    """Per invited person the position in `levels`. Give people of whom the frame knows nothing a level of their own."""
    levels: tuple[str, ...]


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """A standard deviation of propensities, or a part of it."""

    value: float
    """Bias-adjusted; 0 where chance explains all of it."""
    unadjusted: float
    se: float | None
    """None where the value is 0: the distribution is then far from normal, see `upper`."""
    upper: float
    """One-sided upper limit at the level asked for."""


class CategoryPart(msgspec.Struct, frozen=True, kw_only=True):
    level: str
    n: int
    taking_part: int
    mean: float
    """Mean propensity."""
    unconditional: float
    """root(N_h / N) x (mean of the category - mean of all): negative where people took part less."""
    unconditional_se: float
    conditional: Spread


class VariablePart(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    unconditional: Spread
    conditional: Spread
    """Too low where the cells of the other variables are thin."""
    people_per_cell: float
    """Of the other variables, on average over the cells."""
    categories: tuple[CategoryPart, ...]


class Representativity(msgspec.Struct, frozen=True, kw_only=True):
    r: float
    """Bias-adjusted R-indicator."""
    se: float | None
    """None where no unevenness is left after adjustment."""
    interval: Interval
    """From normal limits of S^2; within 0 and 1."""
    r_unadjusted: float
    spread: Spread
    """S."""
    mean: float
    """Mean propensity: the weighted response."""
    maximal_bias: float
    """S over mean rho, with the adjusted S."""
    n: int
    taking_part: int
    parts: tuple[VariablePart, ...]
    without_error: tuple[str, ...]
    """`key=level` of categories of which all or none took part; their propensity is exactly that."""
    dropped: tuple[str, ...]
    """`key=level` columns that follow from the others."""


def representativity(
    variables: Sequence[Categories],
    took_part: ArrayLike,
    *,
    base_weights: FloatArray | None = None,
    population: float | None = None,
    level: float = 0.95,
) -> Representativity:
    """Indicators for everybody who was invited.

    `took_part` is True or 1 per person; `base_weights` are inverse draw probabilities (default: all equal).
    `population` is the number of people drawn from: with it, sampling variance shrinks with the part that was drawn;
    without, draws count as with replacement.

    Raises:
        ModelUnusable: nothing to model (no variables, nobody or everybody took part), input that does not fit, or a
        model that does not converge; all faults are named.
    """
    r, d = _checked(variables, took_part, base_weights)
    frame = _Frame(
        d=d / d.sum(),
        codes=[np.asarray(one.codes, dtype=np.int64) for one in variables],
        fraction=0.0 if population is None else min(r.size / population, 1.0),
        z=float(special.ndtri((1 + level) / 2)),
        z_upper=float(special.ndtri(level)),
    )
    model = _fit(variables, frame, r)
    whole = frame.within(model, np.zeros(r.size, dtype=np.int64))
    spread = whole.spread(frame)
    mean = float(frame.d @ model.rho)
    square = whole.value - whole.bias + frame.z * whole.sd * np.array([-1.0, 1.0])
    limits = np.clip(1 - 2 * np.sqrt(np.maximum(square, 0.0)), 0.0, 1.0)
    return Representativity(
        r=1 - 2 * spread.value,
        se=None if spread.se is None else 2 * spread.se,
        interval=Interval(lower=float(limits[1]), upper=float(limits[0]), level=level, method="normal on S^2"),
        r_unadjusted=1 - 2 * spread.unadjusted,
        spread=spread,
        mean=mean,
        maximal_bias=spread.value / mean,
        n=r.size,
        taking_part=int(r.sum()),
        parts=tuple(_part(variables, k, frame, model, whole, r) for k in range(len(variables))),
        without_error=model.without_error,
        dropped=model.dropped,
    )


class _Model(msgspec.Struct, frozen=True, kw_only=True):
    rho: FloatArray
    slopes: FloatArray
    """n x p: rho (1 - rho) x."""
    covariance: FloatArray
    """p x p, of the coefficients."""
    without_error: tuple[str, ...]
    dropped: tuple[str, ...]


class _Square(msgspec.Struct, frozen=True, kw_only=True):
    """A part of S^2, with what chance adds to it and how much it varies."""

    value: float
    bias: float
    variance: float

    @property
    def adjusted(self) -> float:
        return max(self.value - self.bias, 0.0)

    @property
    def sd(self) -> float:
        return float(np.sqrt(max(self.variance, 0.0)))

    def spread(self, frame: "_Frame") -> Spread:
        root = float(np.sqrt(self.adjusted))
        return Spread(
            value=root,
            unadjusted=float(np.sqrt(max(self.value, 0.0))),
            se=self.sd / (2 * root) if root > 0 else None,
            upper=float(np.sqrt(max(self.value - self.bias + frame.z_upper * self.sd, 0.0))),
        )


class _Frame(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody invited."""

    d: FloatArray
    """Base weights, adding up to 1."""
    codes: list[IntArray]
    fraction: float
    """Part of the population that was drawn."""
    z: float
    z_upper: float

    def means(self, values: FloatArray, cell: IntArray) -> FloatArray:
        """The mean of each person's cell; values n or n x p."""
        columns = values.reshape(values.shape[0], -1)
        if not columns.shape[1]:
            return values  # Every category is without error, so the model has no coefficients.
        size = int(cell.max()) + 1
        weight = np.bincount(cell, weights=self.d, minlength=size)
        sums = np.column_stack([np.bincount(cell, weights=self.d * column, minlength=size) for column in columns.T])
        return np.asarray((sums / np.where(weight > 0, weight, 1.0)[:, None])[cell].reshape(values.shape))

    def within(self, model: _Model, cell: IntArray, inside: BoolArray | None = None) -> _Square:
        """The part of S^2 within cells, among the people `inside`."""
        rho, slopes = model.rho - self.means(model.rho, cell), model.slopes - self.means(model.slopes, cell)
        weights = self.d if inside is None else np.where(inside, self.d, 0.0)
        return self.square(weights, rho, slopes, model)

    def square(self, weights: FloatArray, rho: FloatArray, slopes: FloatArray, model: _Model) -> _Square:
        """Sum of weights x rho^2 for centred propensities with their slopes."""
        a, b = (slopes * weights[:, None]).T @ rho, (slopes * weights[:, None]).T @ slopes
        chance = b @ model.covariance
        value = float(weights @ (rho * rho))
        return _Square(
            value=value,
            bias=float(np.trace(chance)),
            variance=4 * float(a @ model.covariance @ a)
            + 2 * float(np.trace(chance @ chance))
            + self.sampling(np.where(weights > 0, rho * rho, 0.0) - value),
        )

    def sampling(self, values: FloatArray) -> float:
        """Variance of a weighted mean over the draw, of values that are its linearised parts."""
        u, n = self.d * values, values.size
        return (1 - self.fraction) * n / (n - 1) * float(((u - u.mean()) ** 2).sum())


def _part(
    variables: Sequence[Categories], k: int, frame: _Frame, model: _Model, whole: _Square, r: FloatArray
) -> VariablePart:
    own = frame.codes[k]
    others = [codes for j, codes in enumerate(frame.codes) if j != k]
    cell = unique_cells(*others).of if others else np.zeros(own.size, dtype=np.int64)
    rho, slopes = frame.means(model.rho, own), frame.means(model.slopes, own)
    between = frame.square(frame.d, rho - frame.d @ model.rho, slopes - frame.d @ model.slopes, model)
    return VariablePart(
        key=variables[k].key,
        unconditional=between.spread(frame),
        conditional=frame.within(model, cell).spread(frame),
        people_per_cell=own.size / (int(cell.max()) + 1),
        categories=tuple(
            _category(frame, model, own == code, cell, level, r)
            for code, level in enumerate(variables[k].levels)
            if (own == code).any()
        ),
    )


def _category(
    frame: _Frame, model: _Model, inside: BoolArray, cell: IntArray, level: str, r: FloatArray
) -> CategoryPart:
    share, mean = float(frame.d @ inside), float(frame.d @ model.rho)
    own = float(frame.d @ (inside * model.rho)) / share
    slope = (frame.d * inside) @ model.slopes / share - frame.d @ model.slopes
    root = np.sqrt(share)
    # How the share of the category, its mean and the mean of all move with the draw.
    drawn = (inside - share) * (own - mean) / (2 * root) + root * (
        inside * (model.rho - own) / share - (model.rho - mean)
    )
    variance = share * float(slope @ model.covariance @ slope) + frame.sampling(drawn)
    return CategoryPart(
        level=level,
        n=int(inside.sum()),
        taking_part=int(r[inside].sum()),
        mean=own,
        unconditional=float(root * (own - mean)),
        unconditional_se=float(np.sqrt(variance)),
        conditional=frame.within(model, cell, inside).spread(frame),
    )


def _fit(variables: Sequence[Categories], frame: _Frame, r: FloatArray) -> _Model:
    """Logistic propensities. Categories of which all or none took part have exactly that propensity, the limit of the
    fit, and leave the regression; their slopes are zero."""
    sure = np.zeros(r.size, dtype=bool)
    without_error: dict[str, None] = {}
    while True:
        found = [
            (f"{one.key}={one.levels[code]}", inside)
            for one, codes in zip(variables, frame.codes, strict=True)
            for code in range(len(one.levels))
            if (inside := (codes == code) & ~sure).any() and np.ptp(r[inside]) == 0
        ]
        if not found or sure.all():
            break
        for name, inside in found:
            without_error[name] = None
            sure |= inside
    x, dropped = _columns(variables, frame, ~sure)
    rho, slopes, spread = r.copy(), np.zeros((r.size, x.shape[1])), np.zeros((x.shape[1], x.shape[1]))
    if not sure.all():
        w = frame.d[~sure] / frame.d[~sure].mean()
        fitted, spread = _solve(x[~sure], r[~sure], w)
        rho[~sure] = fitted
        slopes[~sure] = x[~sure] * (fitted * (1 - fitted))[:, None]
    return _Model(rho=rho, slopes=slopes, covariance=spread, without_error=tuple(without_error), dropped=dropped)


def _columns(variables: Sequence[Categories], frame: _Frame, used: BoolArray) -> tuple[FloatArray, tuple[str, ...]]:
    """Intercept and categories of the people used, without what follows from earlier columns."""
    columns, names = [np.ones(used.size)], [""]
    for one, codes in zip(variables, frame.codes, strict=True):
        present = [code for code in range(len(one.levels)) if (codes[used] == code).any()]
        columns += [(codes == code).astype(np.float64) for code in present[1:]]
        names += [f"{one.key}={one.levels[code]}" for code in present[1:]]
    x = np.column_stack(columns)
    kept: list[int] = []
    basis = np.empty((int(used.sum()), 0))
    for j in range(x.shape[1]):
        column = x[used, j]
        rest = column - basis @ (basis.T @ column)
        rest = rest - basis @ (basis.T @ rest)
        size = float(np.linalg.norm(rest))
        if size > _RANK * max(float(np.linalg.norm(column)), 1.0):
            kept.append(j)
            basis = np.column_stack([basis, rest / size])
    return x[:, kept], tuple(names[j] for j in range(x.shape[1]) if j not in kept)


def _solve(x: FloatArray, r: FloatArray, w: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Fitted propensities and the covariance of the coefficients, for responses that are independent given x."""
    beta = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        rho = special.expit(x @ beta)
        information = (x * (w * rho * (1 - rho))[:, None]).T @ x
        step = linalg.lstsq(information, x.T @ (w * (r - rho)), check_finite=False)[0]
        longest = float(np.abs(step).max())
        beta = beta + step * min(1.0, 4.0 / longest if longest > 0 else 1.0)
        if longest <= _SETTLED:
            break
    rho = np.asarray(special.expit(x @ beta))
    if longest > _SETTLED or (np.minimum(rho, 1 - rho) < _SURE).any():
        raise ModelUnusable(
            "A combination of categories predicts without error who took part; merge levels, or leave a variable out."
        )
    bread = linalg.inv(information)
    meat = (x * (w * w * rho * (1 - rho))[:, None]).T @ x
    return rho, np.asarray(bread @ meat @ bread)


def _checked(
    variables: Sequence[Categories], took_part: ArrayLike, base_weights: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    r = np.asarray(took_part, dtype=np.float64)
    d = np.ones(r.size) if base_weights is None else np.asarray(base_weights, dtype=np.float64)
    faults = [] if variables else [Fault(pointer="", code="missing", detail="No variable of the frame was given.")]
    if not np.isin(r, (0.0, 1.0)).all() or r.ndim != 1:
        faults.append(Fault(pointer="/took_part", code="no_mask", detail="Who took part must be True or False."))
    elif r.size < 2 or r.min() == r.max():
        who = "Nobody was invited" if not r.size else "Everybody took part" if r[0] else "Nobody took part"
        detail = f"{who} of {r.size}; unevenness needs both people who did and people who did not."
        faults.append(Fault(pointer="/took_part", code="no_variation", detail=detail))
    if d.shape != r.shape or not (np.isfinite(d).all() and (d > 0).all()):
        detail = f"Base weights must be finite and above 0, one for each of the {r.size} people invited."
        faults.append(Fault(pointer="/base_weights", code="not_positive", detail=detail))
    for one in variables:
        codes = np.asarray(one.codes)
        fits = codes.shape == r.shape and np.issubdtype(codes.dtype, np.integer)
        if not fits or (codes.size and not (codes.min() >= 0 and codes.max() < len(one.levels))):
            detail = f"`{one.key}` needs one of its {len(one.levels)} levels for each of the {r.size} people invited."
            faults.append(Fault(pointer=f"/{one.key}", code="unknown_level", detail=detail))
    if faults:
        raise ModelUnusable(" ".join(fault.detail for fault in faults), faults=faults)
    return r, d


def categories_of(profiles: Sequence[Mapping[str, str | None]], key: str, *, unknown: str = "?") -> Categories:
    """One variable from coded profiles; people without a value form a level of their own, `unknown`."""
    values = [profile.get(key) or unknown for profile in profiles]
    levels = tuple(sorted(set(values)))
    place = {level: code for code, level in enumerate(levels)}
    return Categories(key=key, codes=np.array([place[value] for value in values], dtype=np.int64), levels=levels)
