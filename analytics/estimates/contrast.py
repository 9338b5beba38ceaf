"""Differences, linear contrasts and smooth functions of several figures, through their joint covariance.

Figures of one sample are never independent: they share people, weights and calibration. `of_means`, `of_groups` and
`of_totals` give the figures with the covariance between all of them on the full design; `contrast` and `function` make
new figures from them. Linear combinations are exact; a smooth function is linearised (delta method, Binder 1983) with a
gradient by complex step (Squire and Trapp 1998), which is exact to rounding."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.designs.design import Design
from analytics.designs.variance import covariance
from analytics.errors import AnalyticsError
from analytics.estimates.columns import answers, linearised, mask, read
from analytics.estimates.estimate import without_spread
from analytics.estimates.groups import check_groups
from analytics.estimates.interval import FIXED_SE, Interval, t_quantile

_STEP = 1e-30
_NOTHING = 1e-20
"""A variance below this part of the variances it is made of is rounding."""


class Joint(msgspec.Struct, frozen=True, kw_only=True):
    """Several figures of one sample."""

    names: tuple[str, ...]
    value: FloatArray
    """k; NaN for a figure without answers."""
    covariance: FloatArray
    """k x k."""
    n: FloatArray
    """People behind each figure."""
    alike: BoolArray
    """Figures whose answers are all equal, so that nothing is known of their precision."""
    spread2: FloatArray
    """Variance of one answer (times the squared weight of all, for a total): what a variance is small beside."""
    df: int


class Contrast(msgspec.Struct, frozen=True, kw_only=True):
    """A figure made of other figures."""

    value: float
    se: float | None
    df: int
    interval: Interval | None
    """Student's t."""
    n: int
    """People behind the smallest of the figures that count in it."""
    note: Literal["", "fixed", "no_spread"] = ""
    """`fixed`: the variance is zero, because the weighting fixes the contrast or the figures are one and the same.
    `no_spread`: the answers behind one of the figures are all equal; nothing is known of its precision, no interval."""


def of_means(
    y: ArrayLike, names: Sequence[str], design: Design, *, domain: BoolArray | None = None, total: bool = False
) -> Joint:
    """Means (or weighted totals) of the columns of `y` (n x k, NaN where not answered), each over its own base."""
    columns = read(answers(y, design), design, mask(domain, design))
    _check_names(names, columns.y.shape[1])
    if total:
        value, z = design.weights @ columns.y, columns.y
    else:
        value, z = np.where(columns.sums.weight > 0, columns.sums.value, np.nan), linearised(columns)
    sums = columns.sums
    return Joint(
        names=tuple(names),
        value=value,
        covariance=covariance(z, design),
        n=sums.n,
        alike=np.zeros(value.size, dtype=bool) if total else without_spread(sums),
        spread2=np.abs(sums.spread2) * (sums.weight**2 if total else 1.0),
        df=design.df,
    )


def of_groups(
    y: ArrayLike, groups: IntArray, labels: Sequence[str], design: Design, *, domain: BoolArray | None = None
) -> Joint:
    """Means of one answer in each group, on the full design; `groups` holds positions in `labels`, -1 for none."""
    codes = check_groups(groups, len(labels), design)
    column = answers(y, design)
    return of_means(np.where(codes[:, None] == np.arange(len(labels)), column, np.nan), labels, design, domain=domain)


def contrast(figures: Joint, coefficients: Mapping[str, float], *, level: float = 0.95) -> Contrast:
    """Sum of coefficient x figure: `{"north": 1, "south": -1}` is a difference.

    Raises:
        AnalyticsError: names that are no figure, or a figure without answers.
    """
    a = np.zeros(len(figures.names))
    a[_positions(figures, list(coefficients))] = list(coefficients.values())
    return _made(figures, float(a @ np.where(a != 0, figures.value, 0.0)), a, level)


def difference(figures: Joint, first: str, second: str, *, level: float = 0.95) -> Contrast:
    """First minus second."""
    return contrast(figures, {first: 1.0, second: -1.0}, level=level)


def function(
    figures: Joint, names: Sequence[str], of: Callable[..., float | complex], *, level: float = 0.95
) -> Contrast:
    """A smooth function of the named figures, such as `lambda a, b: a / b`.

    `of` must be made of operations that also work on complex numbers (arithmetic, numpy.exp, numpy.log, ...): its
    gradient is taken along the imaginary axis. Absolute values and comparisons have no gradient.

    Raises:
        AnalyticsError: as `contrast`; also where the function is no finite number, or has no gradient there.
    """
    places = _positions(figures, names)
    at = figures.value[places]
    with np.errstate(all="ignore"):
        try:
            value = float(np.real(of(*at.tolist())))
            slopes = [np.imag(of(*(at + 1j * _STEP * unit).tolist())) / _STEP for unit in np.eye(at.size)]
        except (ZeroDivisionError, ValueError, TypeError, OverflowError) as error:
            raise AnalyticsError(f"The function cannot be computed at {at.tolist()}: {error}.") from None
    if not (np.isfinite(value) and np.isfinite(slopes).all()):
        raise AnalyticsError(f"The function is no finite number, or has no gradient, at {at.tolist()}.")
    a = np.zeros(len(figures.names))
    np.add.at(a, places, slopes)
    return _made(figures, value, a, level)


def ratio(figures: Joint, first: str, second: str, *, level: float = 0.95) -> Contrast:
    """First over second, with limits from the log scale where both have the same sign (so that they keep it).

    Raises:
        AnalyticsError: as `function`; a second figure of zero.
    """
    found = function(figures, [first, second], lambda a, b: a / b, level=level)
    if found.note or found.value <= 0:
        return found
    reach = float(np.exp(t_quantile(level, figures.df) * (found.se or 0.0) / found.value))
    limits = Interval(lower=found.value / reach, upper=found.value * reach, level=level, method="t+log")
    return msgspec.structs.replace(found, interval=limits)


def _made(figures: Joint, value: float, a: FloatArray, level: float) -> Contrast:
    used = a != 0
    parts = np.abs(a * np.sqrt(np.maximum(np.diag(figures.covariance), 0.0)))
    variance = float(a @ figures.covariance @ a)
    small = max(_NOTHING * float(parts.sum()) ** 2, FIXED_SE**2 * float((a * a) @ figures.spread2))
    fixed = variance <= small
    unknown = bool(figures.alike[used].any())
    se = 0.0 if fixed else float(np.sqrt(variance))
    half = float(t_quantile(level, figures.df)) * se
    return Contrast(
        value=value,
        se=None if unknown else se,
        df=figures.df,
        interval=None if unknown else Interval(lower=value - half, upper=value + half, level=level, method="t"),
        n=int(figures.n[used].min(initial=figures.n.max(initial=0.0))),
        note="no_spread" if unknown else "fixed" if fixed else "",
    )


def _positions(figures: Joint, names: Sequence[str]) -> list[int]:
    unknown = [name for name in names if name not in figures.names]
    if unknown:
        raise AnalyticsError(f"{', '.join(unknown)} are no figures; there are {', '.join(figures.names)}.")
    places = [figures.names.index(name) for name in names]
    empty = [name for name, place in zip(names, places, strict=True) if np.isnan(figures.value[place])]
    if empty:
        raise AnalyticsError(f"Nobody answered for {', '.join(empty)}; leave them out of the contrast.")
    return places


def _check_names(names: Sequence[str], columns: int) -> None:
    if len(names) != columns or len(set(names)) != len(names):
        raise AnalyticsError(f"{columns} figures need as many different names; {len(names)} were given: {names}.")
