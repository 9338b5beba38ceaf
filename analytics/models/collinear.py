"""Columns that follow from other columns: found, named, and left out.

Columns are made orthogonal in their order (Gram and Schmidt, done twice for accuracy); one that has nothing left is a
combination of those before it. So of several that say the same the first stays, as in R."""

from collections.abc import Sequence

import msgspec
import numpy as np
from scipy import linalg

from analytics.arrays import FloatArray

_RANK = 1e-9
"""Part of a column's length that must be left for it to say something new."""
_SHARE = 1e-6
"""Part of a column's length that another must explain to be named."""


class Independent(msgspec.Struct, frozen=True, kw_only=True):
    """The columns that say something new: `columns[:, kept] = orthonormal @ triangle`."""

    kept: tuple[int, ...]
    orthonormal: FloatArray
    """n x r."""
    triangle: FloatArray
    """r x r, upper triangular."""
    follows: dict[int, tuple[int, ...]]
    """Columns left out, each with those that it follows from; none for a column of zeros."""


def independent(columns: FloatArray) -> Independent:
    """Split the columns (n x p) in those to keep and those that follow from them."""
    rows, wide = columns.shape
    q, r = np.zeros((rows, min(rows, wide))), np.zeros((min(rows, wide), wide))
    kept: list[int] = []
    follows: dict[int, tuple[int, ...]] = {}
    for i in range(wide):
        column, size = columns[:, i], len(kept)
        basis = q[:, :size]
        part = basis.T @ column
        rest = column - basis @ part
        again = basis.T @ rest
        rest -= basis @ again
        part += again
        length, left = float(np.linalg.norm(column)), float(np.linalg.norm(rest))
        if size < q.shape[1] and left > _RANK * length:
            q[:, size] = rest / left
            r[:size, size], r[size, size] = part, left
            kept.append(i)
        else:
            follows[i] = _sources(part, r[:size, :size], kept, length)
    size = len(kept)
    return Independent(kept=tuple(kept), orthonormal=q[:, :size], triangle=r[:size, :size], follows=follows)


def _sources(part: FloatArray, triangle: FloatArray, kept: Sequence[int], length: float) -> tuple[int, ...]:
    """Which kept columns a dependent one is made of."""
    if length == 0 or not kept:
        return ()
    mixture = linalg.solve_triangular(triangle, part)
    weight = np.abs(mixture) * np.linalg.norm(triangle, axis=0)
    return tuple(kept[j] for j in np.flatnonzero(weight > _SHARE * length).tolist())


def correlations(columns: FloatArray, weights: FloatArray) -> FloatArray:
    """Weighted correlations of the columns (n x p -> p x p); none of them may be constant."""
    centred = columns - weights @ columns / weights.sum()
    moments = centred.T @ (centred * weights[:, None])
    scale = np.sqrt(np.diag(moments))
    return np.asarray(moments / np.outer(scale, scale))


def inflation(columns: FloatArray, weights: FloatArray) -> FloatArray:
    """How many times the variance of each coefficient is larger because the other columns move along (n x p -> p).

    Diagonal of the inverse of the correlations (Marquardt 1970); the columns must be independent, without intercept."""
    return np.diag(linalg.inv(correlations(columns, weights))).copy()
