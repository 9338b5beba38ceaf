"""Families of tests, declared before anybody answers, whose p-values are corrected together.

Confirmatory families keep the chance of even one false finding below the level (Holm 1979), exploratory ones the
expected share of false findings among those reported (Benjamini and Hochberg 1995). `max_t` uses how the figures move
together, from replicates, and finds more than Holm where they are correlated (Westfall and Young 1993)."""

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np

from analytics.arrays import FloatArray, as_float
from analytics.errors import AnalyticsError

Kind = Literal["confirmatory", "exploratory"]


class Adjusted(msgspec.Struct, frozen=True, kw_only=True):
    """One member of a family. None: not tested; it does not count for the others either."""

    name: str
    p: float | None
    p_adjusted: float | None
    stands: bool | None


class Family(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    kind: Kind
    correction: Literal["holm", "benjamini_hochberg"]
    level: float
    members: tuple[Adjusted, ...]
    interim: bool = False
    """Looked at before closing: nothing is tested, since repeated looks find differences that are not there."""


def correct(
    name: str, kind: Kind, tests: Sequence[tuple[str, float | None]], *, level: float = 0.05, interim: bool = False
) -> Family:
    """Correct the p-values of one declared family, in the order given.

    Raises:
        AnalyticsError: a member named twice, or a p-value outside [0, 1].
    """
    names = [member for member, _ in tests]
    twice = sorted({member for member in names if names.count(member) > 1})
    wrong = [f"{member} ({p})" for member, p in tests if p is not None and not 0 <= p <= 1]
    if twice or wrong:
        raise AnalyticsError(
            f"Family `{name}`: "
            + "; ".join(
                part
                for part in (
                    f"named twice: {', '.join(twice)}" if twice else "",
                    f"not a p-value: {', '.join(wrong)}" if wrong else "",
                )
                if part
            )
        )
    raw = [None if interim else p for _, p in tests]
    adjusted = holm(raw) if kind == "confirmatory" else benjamini_hochberg(raw)
    return Family(
        name=name,
        kind=kind,
        correction="holm" if kind == "confirmatory" else "benjamini_hochberg",
        level=level,
        members=tuple(
            Adjusted(name=member, p=p, p_adjusted=q, stands=None if q is None else q < level)
            for member, p, q in zip(names, raw, adjusted, strict=True)
        ),
        interim=interim,
    )


def holm(p: Sequence[float | None]) -> tuple[float | None, ...]:
    """Holm-adjusted p-values; None stays None and does not count."""
    tested = sorted((value, index) for index, value in enumerate(p) if value is not None)
    adjusted: list[float | None] = [None] * len(p)
    running = 0.0
    for place, (value, index) in enumerate(tested):
        running = max(running, min(1.0, value * (len(tested) - place)))
        adjusted[index] = running
    return tuple(adjusted)


def benjamini_hochberg(p: Sequence[float | None]) -> tuple[float | None, ...]:
    """Benjamini-Hochberg adjusted p-values; None stays None and does not count."""
    tested = sorted(((value, index) for index, value in enumerate(p) if value is not None), reverse=True)
    adjusted: list[float | None] = [None] * len(p)
    running, count = 1.0, len(tested)
    for place, (value, index) in enumerate(tested):
        running = min(running, value * count / (count - place))
        adjusted[index] = running
    return tuple(adjusted)


def max_t(value: FloatArray, se: FloatArray, replicates: FloatArray) -> FloatArray:
    """Step-down max-t adjusted p-values of k figures against zero, from their R replicate estimates (R x k).

    The deviations of the replicates from their mean stand for what chance does to all figures at once; the adjusted p
    of a figure is how often the largest standardised deviation among the figures not yet found exceeds its own, plus
    one in R + 1 so that no p is zero. Figures without variance get p = 0 where they differ from zero, else 1.

    Raises:
        AnalyticsError: shapes that do not belong together, or fewer than 100 replicates.
    """
    v, s, theta = as_float(value), as_float(se), as_float(replicates)
    if theta.ndim != 2 or theta.shape[1] != v.size or s.size != v.size:
        raise AnalyticsError(f"{v.size} figures, {s.size} standard errors and replicates of shape {theta.shape}.")
    if theta.shape[0] < 100:
        raise AnalyticsError(f"{theta.shape[0]} replicates are too few for the tail of a maximum; take 500.")
    free = s > 0
    adjusted = np.where(v != 0, 0.0, 1.0)
    t = np.abs(v[free] / s[free])
    noise = theta[:, free] - theta[:, free].mean(axis=0)
    noise = np.abs(noise / noise.std(axis=0, ddof=1))
    order = np.argsort(-t, kind="stable")
    largest = np.maximum.accumulate(noise[:, order[::-1]], axis=1)[:, ::-1]
    p = ((largest >= t[order]).sum(axis=0) + 1) / (theta.shape[0] + 1)
    stepped = np.maximum.accumulate(np.minimum(p, 1.0))
    inner = np.empty(t.size)
    inner[order] = stepped
    adjusted[free] = inner
    return np.asarray(adjusted)
