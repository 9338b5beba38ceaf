"""Diagnostics of weights."""

import msgspec
import numpy as np

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
    return kish_of_sums(
        int(weights.size),
        float(weights.sum()),
        float(np.einsum("i,i->", weights, weights)),
        lowest=float(weights.min()) if weights.size else 0.0,
        highest=float(weights.max()) if weights.size else 0.0,
    )


def kish_of_sums(n: int, total: float, squares: float, *, lowest: float = 0.0, highest: float = 0.0) -> Kish:
    """The same from the number of people, the sum of their weights and of the squares."""
    n_eff = total * total / squares if squares else 0.0
    deff = n / n_eff if n_eff else 0.0
    centre = total / n if n and total else 1.0
    return Kish(
        n=n,
        sum_w=total,
        n_eff=n_eff,
        deff=deff,
        cv2=deff - 1,
        min_over_mean=lowest / centre,
        max_over_mean=highest / centre,
    )
