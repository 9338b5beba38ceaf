"""Wald test that several coefficients are zero together: whether a variable with several levels matters at all.

As R survey's `regTermTest` by default: F with the number of coefficients and the model's degrees of freedom."""

import msgspec
import numpy as np
from scipy import linalg, special

from analytics.errors import ModelUnusable
from analytics.models.glm import Fit

_SINGULAR = 1e-12


class WaldTest(msgspec.Struct, frozen=True, kw_only=True):
    f: float
    df: int
    """Coefficients tested."""
    residual_df: int
    p: float


def test(fit: Fit, variable: str) -> WaldTest:
    """Whether any coefficient of `variable` by itself (products not counted) differs from zero.

    Raises:
        ModelUnusable: no column of that variable in the model, no degrees of freedom, or coefficients without spread.
    """
    places = [fit.kept.index(i) for i in fit.matrix.own(variable) if i in fit.kept]
    if not places:
        raise ModelUnusable(f"The model has no column of `{variable}`.")
    if fit.df < 1:
        raise ModelUnusable(f"The model leaves {fit.df} degrees of freedom; a test needs at least 1.")
    scale = fit.se[places]
    fixed = bool((scale == 0).any())
    related = fit.covariance[np.ix_(places, places)] / np.outer(scale, scale) if not fixed else np.eye(len(places))
    if fixed or linalg.eigvalsh(related)[0] < _SINGULAR:
        raise ModelUnusable(
            f"The coefficients of `{variable}` do not vary independently of each other: too few sampling units for "
            f"{len(places)} of them, or fixed by the weighting."
        )
    f = float(fit.t[places] @ linalg.solve(related, fit.t[places], assume_a="pos")) / len(places)
    return WaldTest(f=f, df=len(places), residual_df=fit.df, p=float(special.fdtrc(len(places), fit.df, f)))
