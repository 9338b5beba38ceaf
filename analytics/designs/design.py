"""The sample design that a variance needs: weights, strata, units, finite population correction, calibration basis."""

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from scipy import linalg

from analytics.arrays import BoolArray, FloatArray, IntArray, as_float
from analytics.errors import DesignUnusable
from analytics.weights.calibrate import Basis

LonelyRule = Literal["fail", "certainty", "average", "adjust"]
"""A stratum with a single unit: refuse; no variance; the average of the other strata; distance to zero."""

_RANK_TOLERANCE = 1e-9


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One stage of selection."""

    strata: IntArray
    units: IntArray
    population: FloatArray | None = None
    """Units in the stratum, repeated per row; None: with replacement."""


class Design(msgspec.Struct, frozen=True, kw_only=True):
    weights: FloatArray
    """Final weights."""
    stages: tuple[Stage, ...]
    """Empty: one stratum of independent people, drawn with replacement."""
    df: int
    """First-stage units minus strata."""
    bases: tuple[Basis, ...] = ()
    """What each calibration explained, in order; empty when the weights are not calibrated."""
    explained: tuple[FloatArray, ...] = ()
    """Per basis, orthonormal columns that span it in start-weight metric, for the residuals of `designs.variance`."""
    lonely: LonelyRule = "fail"


def make(
    weights: FloatArray,
    *,
    stages: Sequence[Stage] = (),
    bases: Sequence[Basis] = (),
    lonely: LonelyRule = "fail",
) -> Design:
    """A design from final weights. Without `stages`, everybody is their own unit in one stratum.

    Raises:
        DesignUnusable: weights that are not finite, or a single unit in all.
    """
    w = as_float(weights)
    if not np.isfinite(w).all():
        raise DesignUnusable("Every weight must be a finite number.")
    df = _degrees(stages[0]) if stages else w.size - 1
    if df < 1:
        raise DesignUnusable("A variance needs at least two first-stage units.")
    explained = tuple(_span(basis) for basis in bases)
    return Design(weights=w, stages=tuple(stages), df=df, bases=tuple(bases), explained=explained, lonely=lonely)


def stage(
    *,
    strata: Sequence[object] | None,
    units: Sequence[object] | None,
    population: FloatArray | None = None,
    rows: int,
) -> Stage:
    """One stage from labels. Units are numbered within strata, so that the same label may recur in another stratum."""
    strata_codes = _numbered(strata, rows) if strata is not None else np.zeros(rows, dtype=np.int64)
    unit_codes = np.arange(rows) if units is None else _numbered(units, rows)
    combined = strata_codes * (int(unit_codes.max()) + 1) + unit_codes
    _, dense = np.unique(combined, return_inverse=True)
    return Stage(strata=strata_codes, units=dense.reshape(-1).astype(np.int64), population=population)


def _numbered(labels: Sequence[object], rows: int) -> IntArray:
    if len(labels) != rows:
        raise DesignUnusable(f"{len(labels)} labels for {rows} people.")
    _, codes = np.unique(np.asarray([str(label) for label in labels]), return_inverse=True)
    return codes.reshape(-1).astype(np.int64)


def degrees(design: Design, domain: BoolArray) -> int:
    """Degrees of freedom of a test among part of the people: first-stage units with somebody in it, minus strata."""
    if not design.stages:
        return int(domain.sum()) - 1
    first = design.stages[0]
    return int(np.unique(first.units[domain]).size - np.unique(first.strata[domain]).size)


def _degrees(first: Stage) -> int:
    return int(np.unique(first.units).size - np.unique(first.strata).size)


def _span(basis: Basis) -> FloatArray:
    """Orthonormal basis of sqrt(d) X, rank revealed; empty where the convention is the sweep."""
    if basis.convention == "unweighted_sweep":
        return np.empty((basis.columns.shape[0], 0))
    weighted = basis.columns * np.sqrt(basis.start_weights)[:, None]
    norms = np.linalg.norm(weighted, axis=0)
    q, r, _ = linalg.qr(weighted / np.where(norms > 0, norms, 1.0), mode="economic", pivoting=True)
    diagonal = np.abs(np.diag(r))
    rank = int((diagonal > _RANK_TOLERANCE * diagonal[0]).sum()) if diagonal.size else 0
    return np.ascontiguousarray(q[:, :rank])
