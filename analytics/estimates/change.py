"""Change between two waves in which some of the same people answered.

V(change) = V1 + V2 - 2 cov. The variance of each wave is a sum, over its first-stage units, of squared contributions:
the unit's weighted residual (linearised value less what that wave's own calibration explains), centred in its stratum.
The covariance is the sum of products of the contributions of units that are in both waves, found by their id. So it
uses the weights, domain and calibration of each wave, is zero without overlap, and can never make the whole negative
(Kish 1965, section 12.4; Qualite and Tille 2008; Berger and Priam 2016, who fit the same residuals by regression).
Who stays and who is new is taken as it came: those who took part once count in V1 or V2 alone."""

from collections.abc import Hashable, Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import ArrayLike
from samenspraak.types.problem import Fault

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.designs.design import Design
from analytics.designs.variance import residuals
from analytics.errors import AnswersUnusable, DesignUnusable
from analytics.estimates.columns import answers, hits, linearised, mask, read
from analytics.estimates.estimate import Estimate, means, proportions
from analytics.estimates.interval import Interval, ProportionMethod, t_quantile

_NOTHING = 1e-14
"""A variance below this part of the two it is made of is rounding."""


class Wave(msgspec.Struct, frozen=True, kw_only=True):
    """One wave: everybody of its design, in the order of its rows."""

    y: ArrayLike
    """n or n x k; NaN where not answered."""
    design: Design
    ids: Sequence[Hashable]
    """Per row the id of the first-stage unit, the same in both waves: the person, or the cluster they were drawn in."""
    domain: BoolArray | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Second minus first."""

    value: float | None
    """None where a wave has no answers."""
    se: float | None
    df: int
    """The smaller of the two waves'."""
    interval: Interval | None
    first: Estimate
    second: Estimate
    overlap: int
    """First-stage units in both waves."""
    covariance: float
    """Of the two figures; 0 without overlap."""
    note: Literal["", "fixed", "no_answers", "no_spread", "one_sided"] = ""
    """`fixed`: weighting fixes both figures. `no_spread`: all answers of a wave are equal, no standard error.
    `one_sided`: nobody or everybody in a wave; limits from those of the two shares (Newcombe 1998), without overlap."""


def changes(
    first: Wave,
    second: Wave,
    *,
    kind: Literal["mean", "proportion"] = "mean",
    level: float = 0.95,
    method: ProportionMethod = "korn_graubard",
) -> tuple[Change, ...]:
    """Change of the mean, or share, of every column, with a t interval; shares change by -1 to 1.

    Raises:
        AnswersUnusable: different numbers of columns, ids that do not fit the rows, or one id for several units.
        DesignUnusable: a design of pairwise probabilities, whose variance is no sum over units.
    """
    waves = [_read(wave, kind, level, method) for wave in (first, second)]
    if waves[0].parts.shape[1] != waves[1].parts.shape[1]:
        counts = " and ".join(str(one.parts.shape[1]) for one in waves)
        raise AnswersUnusable(f"The waves have {counts} columns of answers; give the same ones in the same order.")
    place = {unit: row for row, unit in enumerate(waves[0].units)}
    pairs = np.array(
        [(place[unit], row) for row, unit in enumerate(waves[1].units) if unit in place], dtype=np.int64
    ).reshape(-1, 2)
    together = (waves[0].parts[pairs[:, 0]] * waves[1].parts[pairs[:, 1]]).sum(axis=0).tolist()
    return tuple(
        _change(a, b, covariance, len(pairs), share=kind == "proportion", level=level)
        for a, b, covariance in zip(waves[0].estimates, waves[1].estimates, together, strict=True)
    )


def change(
    first: Wave,
    second: Wave,
    *,
    kind: Literal["mean", "proportion"] = "mean",
    level: float = 0.95,
    method: ProportionMethod = "korn_graubard",
) -> Change:
    """`changes` of a single column."""
    return changes(first, second, kind=kind, level=level, method=method)[0]


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    estimates: tuple[Estimate, ...]
    units: tuple[Hashable, ...]
    parts: FloatArray
    """Units x k contributions; their squares add up to the variance of one stage."""


def _read(wave: Wave, kind: str, level: float, method: ProportionMethod) -> _Read:
    design = wave.design
    if design.pairwise is not None:
        raise DesignUnusable("Change between waves needs designs with strata and units, not pairwise probabilities.")
    y = answers(wave.y, design) if kind == "mean" else hits(wave.y, design)
    if kind == "mean":
        estimates = means(y, design, domain=wave.domain, level=level)
    else:
        estimates = proportions(y, design, domain=wave.domain, level=level, method=method)
    z = linearised(read(y, design, mask(wave.domain, design)))
    numbers = np.arange(len(design.weights)) if not design.stages else design.stages[0].units
    first = np.unique(numbers, return_index=True)[1]
    return _Read(estimates=estimates, units=_units(wave.ids, numbers, first), parts=_contributions(z, design))


def _units(ids: Sequence[Hashable], numbers: IntArray, first: IntArray) -> tuple[Hashable, ...]:
    """The id of each unit, in the order of unit numbers."""
    if len(ids) != numbers.size:
        raise AnswersUnusable(f"{len(ids)} ids for {numbers.size} rows; give the id of each row's unit.")
    units = tuple(ids[row] for row in first.tolist())
    dense = np.searchsorted(numbers[first], numbers).tolist()
    mixed = {number for own, number in zip(ids, dense, strict=True) if own != units[number]}
    seen: dict[Hashable, int] = {}
    for unit in units:
        seen[unit] = seen.get(unit, 0) + 1
    faults = [
        Fault(pointer=f"/{unit}", code="repeated", detail=f"Id {unit} stands for {count} units; ids must be unique.")
        for unit, count in seen.items()
        if count > 1
    ]
    faults += [
        Fault(pointer=f"/{units[number]}", code="mixed", detail=f"The rows of unit {units[number]} have several ids.")
        for number in sorted(mixed)
    ]
    if faults:
        raise AnswersUnusable(faults[0].detail, faults=faults)
    return units


def _contributions(z: FloatArray, design: Design) -> FloatArray:
    """Per first-stage unit its weighted residual, centred and scaled within its stratum."""
    u = residuals(z, design) * design.weights[:, None]
    if not design.stages:
        n = u.shape[0]
        return np.asarray((u - u.mean(axis=0)) * np.sqrt(n / (n - 1)))
    stage = design.stages[0]
    _, first, dense = np.unique(stage.units, return_index=True, return_inverse=True)
    totals = np.zeros((first.size, u.shape[1]))
    np.add.at(totals, dense.reshape(-1), u)
    _, strata = np.unique(stage.strata[first], return_inverse=True)
    size = np.bincount(strata.reshape(-1)).astype(np.float64)
    sums = np.zeros((size.size, u.shape[1]))
    np.add.at(sums, strata.reshape(-1), totals)
    fraction = np.zeros(first.size) if stage.population is None else size[strata] / stage.population[first]
    # A unit alone in its stratum is left to the rule of its own wave; it brings no covariance.
    scale = np.where(size[strata] > 1, size[strata] / np.maximum(size[strata] - 1, 1), 0.0)
    centred = totals - (sums / size[:, None])[strata]
    return np.asarray(centred * np.sqrt(scale * np.maximum(1 - fraction, 0.0))[:, None])


def _change(first: Estimate, second: Estimate, covariance: float, overlap: int, *, share: bool, level: float) -> Change:
    notes = {first.note, second.note}
    found = Change(
        value=None,
        se=None,
        df=min(first.df, second.df),
        interval=None,
        first=first,
        second=second,
        overlap=overlap,
        covariance=0.0 if "fixed_by_margin" in notes else covariance,
        note="no_answers",
    )
    if first.value is None or second.value is None:
        return found
    value = second.value - first.value
    if first.se is None or second.se is None:
        return msgspec.structs.replace(found, value=value, note="no_spread")
    apart = first.se**2 + second.se**2
    variance = apart - 2 * found.covariance
    se = float(np.sqrt(variance)) if variance > _NOTHING * apart else 0.0
    half, edge = float(t_quantile(level, found.df)) * se, 1.0 if share else np.inf
    interval = Interval(lower=max(value - half, -edge), upper=min(value + half, edge), level=level, method="t")
    note: Literal["", "fixed", "one_sided"] = "fixed" if notes == {"fixed_by_margin"} else ""
    if "one_sided" in notes:
        note, interval = "one_sided", _newcombe(first, second, level)
    return msgspec.structs.replace(found, value=value, se=se, interval=interval, note=note)


def _newcombe(first: Estimate, second: Estimate, level: float) -> Interval:
    """Limits of a difference from the limits of its two shares."""
    a, b = first.interval, second.interval
    p, q = first.value, second.value
    assert a is not None
    assert b is not None
    assert p is not None
    assert q is not None
    lower = q - p - float(np.hypot(q - b.lower, a.upper - p))
    upper = q - p + float(np.hypot(b.upper - q, p - a.lower))
    return Interval(lower=max(lower, -1.0), upper=min(upper, 1.0), level=level, method="newcombe")
