"""What the solver promises about its weights."""

from collections.abc import Sequence

import msgspec
import numpy as np

from analytics.arrays import FloatArray
from analytics.errors import NotConverged
from analytics.weights.basis import Basis
from analytics.weights.kish import Kish


class SoftTarget(msgspec.Struct, frozen=True, kw_only=True):
    """A target that was allowed to be missed, and by how much it was."""

    name: str
    """`education=2`, or the name of the column."""
    target: float
    """In the units of the total: a share times the size for a margin."""
    reached: float
    ridge: float
    """As given; 0: none."""
    tolerance: float
    """Miss allowed, in the units of the total; 0: no limit is set by it."""

    @property
    def missed(self) -> float:
        return self.reached - self.target


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """What the solver promises about its weights."""

    method: str
    """`newton` or `ipf`, with the distance: `newton/raking`."""
    converged: bool
    iterations: int
    worst_margin_error: float
    """Largest |reached - target| over the population total, soft targets left out (they are in `soft`)."""
    g_min: float
    g_max: float
    """Range of final over start weight, both scaled to the same sum when raking."""
    negatives: int
    n: int
    """People with a weight."""
    n_eff: float
    deff: float
    n_eff_start: float
    """Kish n_eff of the start weights: the difference is what calibration cost."""
    trimmed_share: float
    """Share of people whose weight sits on a trimming limit."""
    redundant: tuple[str, ...] = ()
    """Constraints that follow from the others and were left out of the solve (they are met all the same)."""
    soft: tuple[SoftTarget, ...] = ()
    """Targets with a ridge or a tolerance, and what they missed."""
    excluded: int = 0
    """People with weight 0, because they are in a level that the population does not have."""

    @property
    def deff_start(self) -> float:
        """Kish's design effect of the start weights."""
        return self.n / self.n_eff_start if self.n_eff_start else 0.0


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Weights that meet their targets."""

    weights: FloatArray
    certificate: Certificate
    basis: Basis
    """For the variance of figures made with these weights."""


def certify(
    *,
    method: str,
    converged: bool,
    iterations: int,
    error: float,
    g: FloatArray,
    before: Kish,
    after: Kish,
    negatives: int = 0,
    trimmed_share: float = 0.0,
    redundant: Sequence[str] = (),
    soft: Sequence[SoftTarget] = (),
    excluded: int = 0,
) -> Certificate:
    """The certificate of weights with Kish figures `after`, made from weights with figures `before`.

    Raises:
        NotConverged: the targets are not met; `details` holds the certificate.
    """
    certificate = Certificate(
        method=method,
        converged=converged,
        iterations=iterations,
        worst_margin_error=error,
        g_min=float(g.min()),
        g_max=float(g.max()),
        negatives=negatives,
        n=after.n,
        n_eff=after.n_eff,
        deff=after.deff,
        n_eff_start=before.n_eff,
        trimmed_share=trimmed_share,
        redundant=tuple(redundant),
        soft=tuple(soft),
        excluded=excluded,
    )
    if converged:
        return certificate
    raise NotConverged(
        f"After {iterations} steps the weights miss a target by {error:.2e} of the total. Merge small levels, widen "
        "the limits, or allow the target a tolerance.",
        details=msgspec.structs.asdict(certificate),
    )


def soft_targets(
    names: Sequence[str],
    targets: FloatArray,
    reached: FloatArray,
    ridge: FloatArray,
    tolerance: FloatArray,
) -> tuple[SoftTarget, ...]:
    """The rows of those targets that have a ridge or a tolerance."""
    return tuple(
        SoftTarget(
            name=names[i],
            target=float(targets[i]),
            reached=float(reached[i]),
            ridge=float(ridge[i]),
            tolerance=float(tolerance[i]),
        )
        for i in np.flatnonzero((ridge > 0) | (tolerance > 0)).tolist()
    )
