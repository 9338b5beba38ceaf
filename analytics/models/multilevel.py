"""Multilevel logistic regression of a share on the levels of several dimensions, by Laplace's approximation.

Every level of every dimension has its own deviation, normal around zero with a spread per dimension, so that levels are
drawn together as far as the data say that they do not differ (Gelman and Little 1997). For given spreads the most
likely deviations are found by Newton; the spreads have the likelihood that is left when everything else is integrated
out by Laplace's approximation, times a prior: s exp(-s^2 / 2) for a spread s (Rayleigh; like the gamma of Chung et al.
2013 it keeps s off zero, and the normal tail keeps it off odds that no survey shows). The posterior of the spreads is
then stepped through with a fixed set of weighted points around its mode, so that their uncertainty is part of every
interval (as Rue, Martino and Chopin 2009). Fixed numbers have slopes with a normal prior, standard deviation 2.5 per
standard deviation of the number (after Gelman et al. 2008).

Weights are not used: the model holds for a sample whose selection depends on its dimensions only, given those."""

from collections.abc import Mapping

import msgspec
import numpy as np
from samenspraak.types.problem import Fault
from scipy import linalg, optimize, special
from scipy.stats import qmc

from analytics.arrays import BoolArray, FloatArray, IntArray, as_float
from analytics.errors import ModelUnusable
from analytics.models.laplace import Laplace, counted, rows_of

POINTS = 48
"""Weighted points for the spreads."""
_TAILS = 5.0
"""Degrees of freedom of the distribution that the points are taken from; the posterior of a log spread has a long tail
towards zero."""
_DIFFERENCE = 0.05
_FLATTEST = 0.1
"""Least curvature that a direction of the log spreads is taken to have: about that of the prior."""
_FLAT = 0.05
"""Slope of the log posterior in any log spread, beyond which the search is not at its end."""
_BOUNDS = (-6.0, 2.0)
"""Of the log spreads: from no differences at all to odds that differ by thousands."""


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """The model at one set of spreads."""

    weight: float
    """Posterior weight; those of all points sum to 1."""
    spreads: tuple[float, ...]
    coefficients: FloatArray
    root: FloatArray
    """`root @ root.T` is the covariance of the coefficients at these spreads."""


class Multilevel(msgspec.Struct, frozen=True, kw_only=True):
    """A fitted model. Coefficients: intercept, slopes of numbers (standardised), deviations of each dimension's levels.

    Single figures hold at the most likely spreads; `points` hold the whole posterior."""

    dimensions: tuple[str, ...]
    sizes: tuple[int, ...]
    """Levels per dimension."""
    numeric: tuple[str, ...]
    centre: FloatArray
    scale: FloatArray
    """What was taken off each number and what it was then divided by."""
    coefficients: FloatArray
    covariance: FloatArray
    spreads: tuple[float, ...]
    """Standard deviation of the deviations, per dimension, on the log-odds scale: mode of its logarithm."""
    points: tuple[Point, ...]
    n: int
    iterations: int

    def predicted(self, codes: IntArray, numbers: FloatArray, coefficients: FloatArray) -> FloatArray:
        """Shares (m x draws) for rows of codes (m x dimensions, -1: unknown) and numbers (m x numeric), under several
        sets of coefficients (coefficients x draws)."""
        rows = rows_of(codes, (numbers - self.centre) / self.scale, self.sizes)
        return np.asarray(special.expit(rows.table() @ coefficients))


def fit(
    y: FloatArray,
    codes: Mapping[str, IntArray],
    sizes: Mapping[str, int],
    *,
    numeric: Mapping[str, FloatArray] | None = None,
) -> Multilevel:
    """Fit a share on the levels of several dimensions.

    Args:
        y: 1, 0 or NaN (no answer) per person.
        codes: each person's level per dimension, -1 where it is not known: the person then stands at the average level.
        sizes: number of levels per dimension.
        numeric: fixed numbers per person, such as a figure of their region.

    Raises:
        ModelUnusable: all faults at once: answers other than 0 and 1 or all the same, codes beyond the levels or of
            other people, dimensions of which only one level occurs, numbers that are missing or all the same.
    """
    answers, extra = as_float(y), dict(numeric or {})
    used = ~np.isnan(answers)
    _check(answers, used, codes, sizes, extra)
    numbers = np.column_stack([np.empty((int(used.sum()), 0)), *(as_float(v)[used] for v in extra.values())])
    centre, scale = numbers.mean(axis=0), numbers.std(axis=0)
    table = np.column_stack([codes[key][used] for key in sizes])
    levels = tuple(sizes.values())
    search = Laplace(counted(answers[used], table, (numbers - centre) / scale, levels), levels)
    start = np.full(len(sizes), -1.0)
    bounds = [_BOUNDS] * len(sizes)
    found = optimize.minimize(search.objective, start, jac=True, method="L-BFGS-B", bounds=bounds)
    if float(np.abs(found.jac).max()) > _FLAT:
        raise ModelUnusable(f"The spreads of {', '.join(sizes)} did not settle; leave a dimension out.")
    mode = search.mode(found.x)
    return Multilevel(
        dimensions=tuple(sizes),
        sizes=tuple(sizes.values()),
        numeric=tuple(extra),
        centre=centre,
        scale=scale,
        coefficients=mode.beta,
        covariance=mode.root() @ mode.root().T,
        spreads=tuple(np.exp(found.x).tolist()),
        points=_points(search, found.x),
        n=int(used.sum()),
        iterations=int(found.nit),
    )


def _points(search: Laplace, centre: FloatArray) -> tuple[Point, ...]:
    """Even points around the mode of the log spreads, each weighted by its posterior over the density it came from."""
    d = centre.size
    step = _DIFFERENCE * np.eye(d)
    curvature = np.array([search.objective(centre + e)[1] - search.objective(centre - e)[1] for e in step])
    curvature = (curvature + curvature.T) / (4 * _DIFFERENCE)
    values, vectors = linalg.eigh(curvature)
    root = vectors / np.sqrt(np.maximum(values, _FLATTEST))
    # Powers of two keep the sequence even; the first point, the corner, is left out.
    even = qmc.Sobol(d + 1, scramble=False).random_base2(int(np.ceil(np.log2(POINTS + 1))))[1 : POINTS + 1]
    wide = np.sqrt(_TAILS / special.chdtri(_TAILS, even[:, -1]))
    z = special.ndtri(even[:, :d]) * wide[:, None]
    places = np.clip(centre + z @ root.T, *_BOUNDS)
    modes = [search.mode(place) for place in places]
    density = -(_TAILS + d) / 2 * np.log1p((z**2).sum(axis=1) / _TAILS)
    value = np.array([search.value(place, mode) for place, mode in zip(places, modes, strict=True)])
    weight = special.softmax(-value - density)
    return tuple(
        Point(
            weight=float(w),
            spreads=tuple(np.exp(place).tolist()),
            coefficients=mode.beta,
            root=mode.root(),
        )
        for w, place, mode in zip(weight, places, modes, strict=True)
    )


def _check(
    y: FloatArray,
    used: BoolArray,
    codes: Mapping[str, IntArray],
    sizes: Mapping[str, int],
    numeric: Mapping[str, FloatArray],
) -> None:
    if not sizes or set(sizes) != set(codes):
        raise ModelUnusable(f"Levels are given for {sorted(sizes)} and codes for {sorted(codes)}.")
    given = y[used]
    if not np.isin(given, (0.0, 1.0)).all():
        raise ModelUnusable("A share is modelled from answers of 0 and 1.")
    if given.size < 2 or np.ptp(given) == 0:
        raise ModelUnusable(f"{given.size} answers, all the same: there is nothing to model.")
    faults = [fault for key in sizes if (fault := _wrong_codes(key, np.asarray(codes[key]), sizes[key], used))]
    faults += [fault for key, values in numeric.items() if (fault := _wrong_numbers(key, np.asarray(values), used))]
    if faults:
        raise ModelUnusable(" ".join(fault.detail for fault in faults), faults=faults)


def _wrong_codes(key: str, codes: IntArray, size: int, used: BoolArray) -> Fault | None:
    if codes.shape != used.shape or codes.dtype.kind not in "iu":
        return Fault(pointer=f"/{key}", code="codes", detail=f"`{key}` needs a whole number for {used.size} people.")
    given = codes[used]
    if given.max(initial=-1) >= size or given.min(initial=0) < -1:
        detail = f"`{key}` has codes from {given.min()} to {given.max()}; it has {size} levels, and -1 for unknown."
        return Fault(pointer=f"/{key}", code="codes", detail=detail)
    if np.unique(given[given >= 0]).size < 2:
        detail = f"All who answered are in one level of `{key}`, or in none; leave it out."
        return Fault(pointer=f"/{key}", code="one_level", detail=detail)
    return None


def _wrong_numbers(key: str, values: FloatArray, used: BoolArray) -> Fault | None:
    if values.shape != used.shape:
        detail = f"`{key}` has values of shape {values.shape} for {used.size} people."
        return Fault(pointer=f"/{key}", code="length", detail=detail)
    if not np.isfinite(as_float(values)[used]).all():
        detail = f"`{key}` is missing or infinite for some who answered; fill it in or leave it out."
        return Fault(pointer=f"/{key}", code="missing", detail=detail)
    if np.ptp(as_float(values)[used]) == 0:
        return Fault(pointer=f"/{key}", code="constant", detail=f"`{key}` is the same for everybody; leave it out.")
    return None
