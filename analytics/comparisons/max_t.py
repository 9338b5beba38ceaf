"""Corrections that know how figures move together: the distribution of the largest of all their t values.

Where members of a family are correlated Holm corrects too much. The largest |t| under no difference is drawn instead,
from bootstrap replicates of the figures (Westfall and Young 1993) or from a multivariate t with their joint covariance
(Hothorn, Bretz and Westfall 2008). Single-step: every figure against the largest of all. Step-down: against the largest
of those not yet found, which finds at least as much and keeps the same error."""

from collections.abc import Sequence

import msgspec
import numpy as np

from analytics.arrays import BoolArray, FloatArray, as_float
from analytics.errors import ComparisonUnusable

FEWEST = 100
"""Replicates under which the tail of a maximum says nothing."""
DRAWS = 20_000
_BLOCK = 2_000
_NOTHING = 1e-20
"""A variance below this part of the largest is rounding."""


class MaxT(msgspec.Struct, frozen=True, kw_only=True):
    """Each array has one entry per figure."""

    t: FloatArray
    """Figure over its standard error; infinite or 0 for a figure without variance."""
    single_step: FloatArray
    """Adjusted p-values."""
    step_down: FloatArray
    """Adjusted p-values, never above those of the single step."""
    critical: float
    """The largest |t| stays below this with probability `level`: value +- critical x se are intervals that hold all
    together."""
    level: float
    draws: int


def from_replicates(value: FloatArray, se: FloatArray, replicates: FloatArray, *, level: float = 0.95) -> MaxT:
    """Max-t of k figures against zero, from their bootstrap replicate estimates (R x k).

    Deviations of the replicates from their mean stand for what chance does to all figures at once. No p is zero: one in
    R + 1 is the least. A jackknife's replicates are no draws; take `from_covariance` with theirs.

    Raises:
        ComparisonUnusable: shapes that do not belong together, fewer than 100 replicates, or numbers that are not
            finite.
    """
    v, s, theta = as_float(value), as_float(se), as_float(replicates)
    if theta.ndim != 2 or v.ndim != 1 or theta.shape[1] != v.size or s.shape != v.shape:
        raise ComparisonUnusable(f"{v.size} figures, {s.size} standard errors and replicates of shape {theta.shape}.")
    if theta.shape[0] < FEWEST:
        raise ComparisonUnusable(f"{theta.shape[0]} replicates are too few for the tail of a maximum; take 500.")
    _finite(figures=v, standard_errors=s, replicates=theta)
    deviation = theta - theta.mean(axis=0)
    spread = deviation.std(axis=0, ddof=1)
    free = (s > 0) & (spread > np.sqrt(_NOTHING) * spread.max(initial=0.0))
    noise = np.abs(deviation[:, free] / spread[free])
    return _compared(v, s, free, [noise], level)


def from_covariance(
    value: FloatArray,
    covariance: FloatArray,
    *,
    df: float,
    seed: int,
    draws: int = DRAWS,
    level: float = 0.95,
) -> MaxT:
    """Max-t of k figures against zero from their joint covariance (k x k) on `df` degrees of freedom.

    The covariance may be singular. The same seed gives the same p-values; their error is about
    sqrt(p (1 - p) / `draws`).

    Raises:
        ComparisonUnusable: shapes that do not belong together, numbers that are not finite, a matrix that is no
            covariance, `df` below 1, or fewer than 100 draws.
    """
    v, c = as_float(value), as_float(covariance)
    if v.ndim != 1 or c.shape != (v.size, v.size):
        raise ComparisonUnusable(f"{v.size} figures and a covariance of shape {c.shape} do not belong together.")
    if draws < FEWEST or df < 1:
        raise ComparisonUnusable(f"{draws} draws on {df:g} degrees of freedom are too few for the tail of a maximum.")
    _finite(figures=v, covariances=c)
    variance = np.diag(c)
    free = variance > _NOTHING * variance.max(initial=0.0)
    se = np.sqrt(np.where(free, variance, 0.0))
    root = _root(c[np.ix_(free, free)] / np.outer(se[free], se[free]))
    rng = np.random.default_rng(seed)
    blocks = []
    for start in range(0, draws, _BLOCK):
        size = min(_BLOCK, draws - start)
        scale = np.sqrt(rng.chisquare(df, size) / df) if np.isfinite(df) else np.ones(size)
        blocks.append(np.abs(rng.standard_normal((size, root.shape[1])) @ root.T) / scale[:, None])
    return _compared(v, se, free, blocks, level)


def _root(correlation: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(correlation) if correlation.size else (np.ones(0), np.ones((0, 0)))
    if values.size and values[0] < -1e-8 * values[-1]:
        raise ComparisonUnusable("The matrix is no covariance: a combination of figures would have negative variance.")
    kept = values > 1e-12 * values.max(initial=0.0)
    return np.asarray(vectors[:, kept] * np.sqrt(values[kept]))


def _compared(v: FloatArray, s: FloatArray, free: BoolArray, blocks: Sequence[FloatArray], level: float) -> MaxT:
    """Blocks hold draws of |t| under no difference, for the figures with variance."""
    if not 0 < level < 1:
        raise ComparisonUnusable(f"A level lies between 0 and 1, such as 0.95; {level:g} does not.")
    t = np.where(v != 0, np.copysign(np.inf, v), 0.0)
    t[free] = v[free] / s[free]
    single, stepped = np.where(v != 0, 0.0, 1.0), np.where(v != 0, 0.0, 1.0)
    draws = sum(block.shape[0] for block in blocks)
    if not free.any():
        return MaxT(t=t, single_step=single, step_down=stepped, critical=0.0, level=level, draws=draws)
    size = np.abs(t[free])
    order = np.argsort(-size, kind="stable")
    above_all, above_rest, largest = np.zeros(size.size), np.zeros(size.size), []
    for block in blocks:
        # Running maximum from the smallest |t| upward: column i holds the largest among those not larger than figure i.
        rest = np.maximum.accumulate(block[:, order[::-1]], axis=1)[:, ::-1]
        above_rest += (rest >= size[order]).sum(axis=0)
        above_all += (rest[:, :1] >= size[order]).sum(axis=0)
        largest.append(rest[:, 0])
    inner, outer = np.empty(size.size), np.empty(size.size)
    inner[order] = np.maximum.accumulate((above_rest + 1) / (draws + 1))
    outer[order] = (above_all + 1) / (draws + 1)
    stepped[free], single[free] = inner, outer
    critical = float(np.quantile(np.concatenate(largest), level, method="higher"))
    return MaxT(t=t, single_step=single, step_down=stepped, critical=critical, level=level, draws=draws)


def _finite(**arrays: FloatArray) -> None:
    wrong = [name.replace("_", " ") for name, array in arrays.items() if not np.isfinite(array).all()]
    if wrong:
        raise ComparisonUnusable(
            f"Not finite: {', '.join(wrong)}. Leave figures without answers and replicates that were not calibrated "
            "out."
        )
