"""What a calibration takes out of a linearised value, prepared once for all figures."""

import numpy as np

from analytics.arrays import FloatArray
from analytics.weights.basis import Basis

SWEEPS = 10


def explained(basis: Basis) -> FloatArray:
    """Columns for the residuals of `variance`, by the convention of the basis; people x rank."""
    if basis.convention == "start_weights":
        return basis.span()
    of_kind = basis.kinds @ _sweeps(basis)
    return np.asarray(of_kind if basis.kind_of is None else of_kind[basis.kind_of])


def _sweeps(basis: Basis) -> FloatArray:
    """M such that ten sweeps of centring over the margins take columns @ M @ (columns' z) out of z.

    Group means for whole members, least squares where membership is fractional."""
    x = basis.kinds
    people = None if basis.kind_of is None else np.bincount(basis.kind_of, minlength=len(x))
    moments = x.T @ (x if people is None else x * people[:, None])
    taken = np.zeros_like(moments)
    inverses = [np.linalg.pinv(moments[a:b, a:b], hermitian=True) for a, b in basis.blocks]
    for _ in range(SWEEPS):
        for (a, b), inverse in zip(basis.blocks, inverses, strict=True):
            left = -moments[a:b] @ taken
            left[:, a:b] += np.eye(b - a)
            taken[a:b] += inverse @ left
    return taken
