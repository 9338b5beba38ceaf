"""The auxiliary variables of a calibration, kept for the residuals of its variance.

People alike in every auxiliary variable share one row, so that a million people weighted on five margins take a few
thousand rows."""

from typing import Literal

import msgspec
import numpy as np
from scipy import linalg

from analytics.arrays import FloatArray, IntArray
from analytics.weights.codes import sums_by

SeConvention = Literal["start_weights", "unweighted_sweep"]

_RANK_TOLERANCE = 1e-9


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """What a calibration explains."""

    kinds: FloatArray
    """Memberships or auxiliary values, one row per kind of person (u x p)."""
    kind_of: IntArray | None = None
    """Kind of each person (n); None: everybody is a kind of their own."""
    start_weights: FloatArray
    """Weights before calibration (n)."""
    blocks: tuple[tuple[int, int], ...]
    """Column range of each margin, in order."""
    convention: SeConvention = "start_weights"
    ridge: FloatArray | None = None
    """Ridge of each column in a soft calibration, in the units of x'Dx; None: every column is met."""

    @property
    def columns(self) -> FloatArray:
        """The same for every person (n x p), built when asked for."""
        return self.kinds if self.kind_of is None else self.kinds[self.kind_of]

    def span(self) -> FloatArray:
        """S (n x rank) such that S S' sqrt(D) z is the part of sqrt(D) z that the calibration explains.

        Orthonormal columns that span sqrt(D) X, rank revealed. Under a ridge they are the upper rows of the factor of
        sqrt(D) X with sqrt(ridge) beneath it, which makes S S' the shrinking matrix of ridge regression.
        """
        kinds, root = self.kinds, np.sqrt(self.start_weights)
        if self.kind_of is not None:
            of_kind = np.sqrt(sums_by(self.kind_of, self.start_weights, len(kinds)))
            upper = _upper(kinds * of_kind[:, None], self.ridge)
            return np.asarray(upper / np.where(of_kind > 0, of_kind, 1.0)[:, None])[self.kind_of] * root[:, None]
        return _upper(kinds * root[:, None], self.ridge)


def _upper(weighted: FloatArray, ridge: FloatArray | None) -> FloatArray:
    """Orthonormal columns for the rows of `weighted`, the ridge taken in as rows of its own."""
    rows = len(weighted)
    stacked = weighted if ridge is None else np.vstack([weighted, np.diag(np.sqrt(ridge))])
    norms = np.sqrt(np.einsum("ij,ij->j", stacked, stacked))
    q, r, _ = linalg.qr(stacked / np.where(norms > 0, norms, 1.0), mode="economic", pivoting=True)
    diagonal = np.abs(np.diag(r))
    rank = int((diagonal > _RANK_TOLERANCE * diagonal[0]).sum()) if diagonal.size else 0
    return np.ascontiguousarray(q[:rows, :rank])
