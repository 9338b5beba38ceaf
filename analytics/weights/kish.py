"""Diagnostics of weights."""

import msgspec

from analytics.arrays import FloatArray


class Kish(msgspec.Struct, frozen=True, kw_only=True):
    n: int
    sum_w: float
    n_eff: float
    deff: float
    cv2: float
    min_over_mean: float
    max_over_mean: float


def kish(weights: FloatArray) -> Kish:
    """n_eff = (sum w)^2 / sum w^2 and deff = n / n_eff (Kish 1965, 1992)."""
    n = int(weights.size)
    total = float(weights.sum())
    squares = float((weights * weights).sum())
    n_eff = total * total / squares if squares else 0.0
    deff = n / n_eff if n_eff else 0.0
    centre = total / n if n else 1.0
    return Kish(
        n=n,
        sum_w=total,
        n_eff=n_eff,
        deff=deff,
        cv2=deff - 1,
        min_over_mean=float(weights.min()) / centre if n else 0.0,
        max_over_mean=float(weights.max()) / centre if n else 0.0,
    )
