"""Upper tails of weighted sums of chi-squares, the distribution of a test statistic under a complex design.

Under independence Pearson's statistic of a survey table is distributed as sum a_i chi2_1 with the eigenvalues a_i of
the design-effect matrix (Rao and Scott 1984). With the variance itself estimated on `ddf` degrees of freedom the sum
stands over an independent chi2_ddf / ddf. Two ways to its tail: the saddlepoint approximation of Kuonen (1999), and
numerical inversion of the characteristic function (Imhof 1961; Davies 1980)."""

import numpy as np
from scipy import optimize, special

from analytics.arrays import FloatArray, as_float

_EDGE = 1e-5
"""Distance kept from the poles of the cumulant function."""
_CENTRE = 1e-4
"""So near to the mean the saddlepoint formula divides nearly nothing by nearly nothing."""
_ZERO = 1e-12
"""A weight below this part of the largest adds nothing to the sum."""
_DEEP = 1e-6
"""Tails below this are beyond the inversion."""
_BLOCK, _BLOCKS, _SMALL = 1 << 14, 128, 1e-11


def saddlepoint(x: float, weights: FloatArray, ddf: float = np.inf) -> float:
    """P(sum a_i chi2_1 / (chi2_ddf / ddf) > x); the Satterthwaite value where the approximation breaks down (x near
    the mean)."""
    a = as_float(weights)
    if x <= 0:
        return 1.0
    if np.isinf(ddf):
        found = above(x, a, np.ones(a.size))
    else:
        found = above(0.0, np.r_[a, -x / ddf], np.r_[np.ones(a.size), ddf])
    return satterthwaite(x, a, ddf) if found is None else found


def satterthwaite(x: float, weights: FloatArray, ddf: float = np.inf) -> float:
    """The tail of a scaled chi-square (or F) with the same first two moments."""
    a = as_float(weights)
    mean, df = float(a.mean()), float(a.sum() ** 2 / (a * a).sum())
    scale = mean * a.size / df
    if np.isinf(ddf):
        return float(special.chdtrc(df, x / scale))
    return float(special.fdtrc(df, ddf, x / (scale * df)))


def exact(x: float, weights: FloatArray, ddf: float = np.inf) -> float:
    """The same tail by inversion, to about 1e-8; below 1e-6 the saddlepoint, whose relative error stays a few percent
    where the sum of the inversion would be rounding."""
    a = as_float(weights)
    a = a[a > _ZERO * a.max()]
    if x <= 0:
        return 1.0
    if a.min() > (1 - _ZERO) * a.max():
        # One chi-square or F: the integrand of a single weight without denominator falls off too slowly to be summed.
        return satterthwaite(x, a, ddf)
    found = _invert(x, a, np.ones(a.size)) if np.isinf(ddf) else _ratio(x, a, ddf)
    return saddlepoint(x, a, ddf) if found < _DEEP else found


def _ratio(x: float, a: FloatArray, ddf: float) -> float:
    return _invert(0.0, np.r_[a, -x / ddf], np.r_[np.ones(a.size), ddf])


def above(x: float, weights: FloatArray, df: FloatArray) -> float | None:
    """Saddlepoint approximation of P(sum a_i chi2_(df_i) > x), weights of both signs allowed; None near the mean.

    Lugannani-Rice on the cumulant function -sum df_i log(1 - 2 z a_i) / 2.
    """
    top = float(weights.max())
    a, x = weights / top, x / top

    def slope(z: float) -> float:
        return float((df * a / (1 - 2 * z * a)).sum()) - x

    high = (1 - _EDGE) / 2
    if (a < 0).any():
        low = (1 - _EDGE) / (2 * float(a.min()))
    else:
        low = -0.01 if x > float((df * a).sum()) else -float(df.sum()) / (2 * x)
    if slope(low) > 0 or slope(high) < 0:
        return None
    z = float(optimize.brentq(slope, low, high, xtol=1e-14))
    if abs(z) < _CENTRE:
        return None
    cumulant = -float((df * np.log(1 - 2 * z * a)).sum()) / 2
    curvature = 2 * float((df * (a / (1 - 2 * z * a)) ** 2).sum())
    w = np.sign(z) * np.sqrt(max(2 * (z * x - cumulant), 0.0))
    v = z * np.sqrt(curvature)
    return float(special.ndtr(-(w + np.log(v / w) / w)))


def _invert(x: float, a: FloatArray, df: FloatArray) -> float:
    """P(sum a_i chi2_(df_i) > x): the inversion integral as a sum over a grid fine enough for the whole distribution,
    carried on until its terms no longer count (Davies 1980)."""
    # The sum leaves this reach with a probability of e^-25 (Laurent and Massart 2000).
    wide = float(df @ np.abs(a)) + 10 * float(np.sqrt(df @ (a * a))) + 50 * float(np.abs(a).max())
    reach = 2 * (abs(x) + wide)
    step = 2 * np.pi / reach
    total, start = 0.0, 0
    for _ in range(_BLOCKS):
        place = np.arange(start, start + _BLOCK) + 0.5
        u = 2 * a * (place * step)[:, None]
        angle = np.arctan(u) @ df / 2 - x * step * place
        terms = np.exp(-(np.log1p(u * u) @ df) / 4) / place
        total += float((np.sin(angle) * terms).sum())
        start += _BLOCK
        if terms[-1] < _SMALL:
            break
    return float(min(max(0.5 + total / np.pi, 0.0), 1.0))
