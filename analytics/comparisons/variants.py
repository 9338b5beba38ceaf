"""What difference a variant, or an order of questions, made among people who got it at random.

Differences are design-based, through the joint covariance of the parts; all pairs and figures of one declaration are
corrected together after Holm. Who gets which is drawn in `comparisons.blocks`."""

from collections.abc import Mapping
from itertools import combinations

import msgspec
import numpy as np
from scipy import special

from analytics.arrays import BoolArray, FloatArray, as_float
from analytics.comparisons.families import holm
from analytics.designs.design import Design
from analytics.errors import AnalyticsError
from analytics.estimates.estimate import joint
from analytics.estimates.interval import Interval, t_quantile


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One figure in one variant minus the same in another."""

    figure: str
    first: str
    second: str
    value: float
    se: float
    df: int
    interval: Interval
    n: tuple[int, int]
    """People with an answer in each."""
    p: float | None
    """None where either part has fewer answers than are asked for."""
    p_adjusted: float | None = None
    stands: bool | None = None


def compare(
    figures: Mapping[str, FloatArray],
    parts: Mapping[str, BoolArray],
    design: Design,
    *,
    level: float = 0.95,
    minimum: int = 30,
) -> tuple[Difference, ...]:
    """Every figure in every pair of parts, corrected together after Holm.

    `figures` holds answers per person (NaN: none), `parts` masks that do not overlap; a pair in which either side has
    fewer than `minimum` answers is given without a test.

    Raises:
        AnalyticsError: parts that overlap, or only one.
    """
    if len(parts) < 2:
        raise AnalyticsError(f"A comparison needs two parts or more; there are {len(parts)}.")
    inside = np.sum([np.asarray(mask, dtype=np.int64) for mask in parts.values()], axis=0)
    if (inside > 1).any():
        raise AnalyticsError(f"{int((inside > 1).sum())} people are in more than one part; each must be in one.")
    found = [difference for name, y in figures.items() for difference in _pairs(name, y, parts, design, level, minimum)]
    adjusted = holm([one.p for one in found])
    return tuple(
        msgspec.structs.replace(one, p_adjusted=p, stands=None if p is None else p < 1 - level)
        for one, p in zip(found, adjusted, strict=True)
    )


def _pairs(
    name: str, y: FloatArray, parts: Mapping[str, BoolArray], design: Design, level: float, minimum: int
) -> list[Difference]:
    keys = list(parts)
    columns = np.column_stack([np.where(parts[key], as_float(y), np.nan) for key in keys])
    value, n, spread = joint(columns, design)
    found = []
    for i, j in combinations(range(len(keys)), 2):
        if min(n[i], n[j]) < 1:
            continue
        gap = float(value[i] - value[j])
        se = float(np.sqrt(max(spread[i, i] + spread[j, j] - 2 * spread[i, j], 0.0)))
        half = float(t_quantile(level, design.df)) * se
        tested = min(n[i], n[j]) >= minimum and se > 0
        found.append(
            Difference(
                figure=name,
                first=keys[i],
                second=keys[j],
                value=gap,
                se=se,
                df=design.df,
                interval=Interval(lower=gap - half, upper=gap + half, level=level, method="t"),
                n=(int(n[i]), int(n[j])),
                p=float(2 * special.stdtr(design.df, -abs(gap / se))) if tested else None,
            )
        )
    return found
