"""The sample design that a variance needs: weights, stages of selection, calibration bases.

Degrees of freedom are first-stage units minus strata (merged strata count once), for the whole sample and for every
domain in it alike; units whose weights are all zero do not count. A domain keeps the full design: its other units stay
with a value of zero. A stratum in which a domain has people in one unit only is therefore no lonely unit and needs no
rule (`thin_strata` names it; R survey does the same unless `survey.adjust.domain.lonely` is set)."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import ArrayLike
from samenspraak.types.problem import Fault

from analytics.arrays import BoolArray, FloatArray, IntArray, as_float
from analytics.designs import pairwise as pairs
from analytics.designs.explained import explained
from analytics.designs.strata import LonelyRule, Stage, merged
from analytics.errors import DesignUnusable
from analytics.weights.basis import Basis

__all__ = ["Design", "LonelyRule", "Stage", "base_weights", "degrees", "make", "stage", "thin_strata"]

_NAMED = 20
"""Rows named in one message."""


class Design(msgspec.Struct, frozen=True, kw_only=True):
    weights: FloatArray
    """Final weights."""
    stages: tuple[Stage, ...]
    """Empty: one stratum of independent people, drawn with replacement. Lonely strata are merged already, by rule."""
    df: int
    """First-stage units minus strata."""
    bases: tuple[Basis, ...] = ()
    """What each calibration explained, in order; empty when the weights are not calibrated."""
    explained: tuple[FloatArray, ...] = ()
    """Per basis the columns that the residuals of `designs.variance` are made with. Convention `start_weights`:
    orthonormal columns that span sqrt(d) x auxiliary columns. `unweighted_sweep`: what ten sweeps take out of a value
    z is these columns times (auxiliary columns' z)."""
    lonely: LonelyRule = "fail"
    pairwise: FloatArray | None = None
    """People x people: the variance of a total is u'Qu with u the weighted values; None: from the stages."""

    @property
    def merged(self) -> tuple[str, ...]:
        """Strata that were merged because they had a single unit: `north + north-east`."""
        return tuple(name for stage in self.stages for name in stage.merged)

    @property
    def conventions(self) -> tuple[str, ...]:
        """Per calibration, the convention of its residuals; part of every published variance."""
        return tuple(basis.convention for basis in self.bases)


def make(
    weights: ArrayLike,
    *,
    stages: Sequence[Stage] = (),
    bases: Sequence[Basis] = (),
    lonely: LonelyRule = "fail",
    similar: ArrayLike | None = None,
    pairwise: ArrayLike | None = None,
    method: pairs.Method = "yates_grundy",
) -> Design:
    """A design from final weights. Without `stages`, everybody is their own unit in one stratum.

    Args:
        similar: for `lonely="merge"`: a value per person, known before the answers; a lonely stratum merges with the
            stratum whose mean is nearest. Default: the next stratum in the order of their labels, or the last but one.
        pairwise: people x people probabilities that both were selected, each person's own on the diagonal; instead of
            stages.

    Raises:
        DesignUnusable: weights that are not finite, stages or bases of other people, fewer than two units, or pairwise
            probabilities that are impossible (`pairwise.quadratic`).
    """
    w = as_float(weights)
    _check(w, stages, bases)
    layers = _merged(stages, similar, w.size) if lonely == "merge" else tuple(stages)
    df = _degrees(layers[0], w) if layers else int(np.count_nonzero(w)) - 1
    if df < 1:
        raise DesignUnusable(
            "A variance needs at least two first-stage units in some stratum; here are "
            f"{df + 1 if not layers else int(np.unique(layers[0].units).size)} in all."
        )
    form = None
    if pairwise is not None:
        if stages:
            raise DesignUnusable("Give either stages or pairwise probabilities; the probabilities hold the stages.")
        form = pairs.quadratic(as_float(pairwise), w.size, method)
    return Design(
        weights=w,
        stages=layers,
        df=df,
        bases=tuple(bases),
        explained=tuple(explained(basis) for basis in bases),
        lonely=lonely,
        pairwise=form,
    )


def stage(
    *,
    strata: ArrayLike | Sequence[object] | None,
    units: ArrayLike | Sequence[object] | None,
    population: ArrayLike | None = None,
    fraction: ArrayLike | None = None,
    within: Stage | None = None,
    rows: int,
) -> Stage:
    """One stage of selection from a label per person.

    Args:
        strata: None: one stratum.
        units: None: everybody is a unit. The same label in another stratum is another unit.
        population: units in the person's stratum of the population; infinite where drawn with replacement.
        fraction: instead of `population`, the part of the stratum's units that was drawn, in (0, 1].
        within: the stage before; strata are then counted within its units.

    Raises:
        DesignUnusable: all faults at once: labels that are missing or of another number; sizes or fractions that are
            impossible, that differ within a stratum, or are smaller than the number of units drawn.
    """
    of_stratum, names = _numbered(strata, rows, "strata") if strata is not None else (_zeros(rows), ("all",))
    if within is not None:
        of_stratum, names = _crossed(within, of_stratum, names if strata is not None else None)
    of_unit, unit_names = _numbered(units, rows, "units") if units is not None else (np.arange(rows), ())
    pair = of_stratum * (int(of_unit.max(initial=0)) + 1) + of_unit
    _, first, dense = np.unique(pair, return_index=True, return_inverse=True)
    in_units = dense.reshape(-1).astype(np.int64)
    size = _population(population, fraction, of_stratum, of_stratum[first], names)
    return Stage(
        strata=of_stratum,
        units=in_units,
        population=size,
        labels=names,
        titles=_titles(names, of_stratum[first], unit_names, of_unit[first]),
    )


def base_weights(probabilities: ArrayLike) -> FloatArray:
    """1 / selection probability, from the probabilities that the draw recorded.

    Raises:
        DesignUnusable: probabilities that are not numbers in (0, 1]; every such row is a fault.
    """
    p = as_float(probabilities)
    wrong = np.flatnonzero(~((p > 0) & (p <= 1)))
    if wrong.size or not p.size:
        faults = [
            Fault(pointer=f"/{i}", code="not_a_probability", detail=f"Person {i} has probability {p[i]}.")
            for i in wrong.tolist()
        ]
        raise DesignUnusable(
            f"Selection probabilities lie above 0 and at most at 1; {wrong.size} of {p.size} do not"
            f"{_listed(wrong)}. Somebody who could not be drawn cannot be weighted by the draw.",
            faults=faults,
        )
    return 1.0 / p


def degrees(design: Design, domain: BoolArray) -> int:
    """Degrees of freedom of a test among part of the people: first-stage units with somebody in it, minus strata."""
    if not design.stages:
        return int(domain.sum()) - 1
    first = design.stages[0]
    return int(np.unique(first.units[domain]).size - np.unique(first.strata[domain]).size)


def thin_strata(design: Design, domain: BoolArray) -> tuple[str, ...]:
    """First-stage strata of several units in which the domain has people in exactly one: its variance rests there on
    one unit and zeros."""
    if not design.stages:
        return ()
    first = design.stages[0]
    inside = first.units_per_stratum(np.asarray(domain, dtype=bool))
    return tuple(first.name(i) for i in np.flatnonzero((inside == 1) & (first.units_per_stratum() > 1)).tolist())


def _check(w: FloatArray, stages: Sequence[Stage], bases: Sequence[Basis]) -> None:
    if w.ndim != 1 or not w.size:
        raise DesignUnusable(f"Weights are one number per person; got an array of shape {w.shape}.")
    wrong = np.flatnonzero(~np.isfinite(w))
    if wrong.size:
        raise DesignUnusable(
            f"Every weight must be a finite number; {wrong.size} are not{_listed(wrong)}.",
            faults=[Fault(pointer=f"/{i}", code="not_finite", detail=f"Weight {i} is {w[i]}.") for i in wrong.tolist()],
        )
    lengths = {f"stage {i + 1}": one.strata.size for i, one in enumerate(stages)}
    lengths |= {f"calibration {i + 1}": one.start_weights.size for i, one in enumerate(bases)}
    other = [f"{name} has {length}" for name, length in lengths.items() if length != w.size]
    if other:
        raise DesignUnusable(f"There are weights for {w.size} people, but {', '.join(other)}.")


def _merged(stages: Sequence[Stage], similar: ArrayLike | None, rows: int) -> tuple[Stage, ...]:
    value = None if similar is None else as_float(similar)
    if value is not None and (value.shape != (rows,) or not np.isfinite(value).all()):
        raise DesignUnusable(f"`similar` needs a finite number for each of the {rows} people.")
    before: Stage | None = None
    found = []
    for one in stages:
        before = merged(one, before, value)
        found.append(before)
    return tuple(found)


def _degrees(first: Stage, w: FloatArray) -> int:
    there = w != 0
    return int(np.unique(first.units[there]).size - np.unique(first.strata[there]).size)


def _zeros(rows: int) -> IntArray:
    return np.zeros(rows, dtype=np.int64)


def _numbered(labels: Any, rows: int, what: str) -> tuple[IntArray, tuple[str, ...]]:
    """Numbers in the order of the labels (numbers by size, text by alphabet), and the labels as text."""
    given = np.asarray(labels) if isinstance(labels, np.ndarray) else np.array(list(labels), dtype=object)
    if given.shape != (rows,):
        raise DesignUnusable(f"{len(given)} labels of {what} for {rows} people.")
    if given.dtype.kind in "iub":
        found, numbers = np.unique(given, return_inverse=True)
        return numbers.reshape(-1).astype(np.int64), tuple(str(one) for one in found.tolist())
    missing = [i for i, one in enumerate(given.tolist()) if one is None or one == "" or one != one]
    if missing:
        raise DesignUnusable(
            f"{len(missing)} people have no label for {what}{_listed(missing)}; everybody belongs somewhere.",
            faults=[Fault(pointer=f"/{what}/{i}", code="missing", detail=f"Person {i} has none.") for i in missing],
        )
    names = [_text(one) for one in given.tolist()]
    distinct = sorted(set(names), key=_order)
    place = {name: i for i, name in enumerate(distinct)}
    return np.array([place[name] for name in names], dtype=np.int64), tuple(distinct)


def _text(label: object) -> str:
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)


def _order(label: str) -> tuple[int, float, str]:
    try:
        return 0, float(label), label
    except ValueError:
        return 1, 0.0, label


def _titles(
    strata: tuple[str, ...], of_stratum: IntArray, units: tuple[str, ...], of_unit: IntArray
) -> tuple[str, ...]:
    """Names of units that are told apart between strata: `north/12`."""
    if len(strata) == 1 or not units:
        return tuple(units[i] for i in of_unit.tolist()) if units else ()
    pairs_of = zip(of_stratum.tolist(), of_unit.tolist(), strict=True)
    return tuple(f"{strata[stratum]}/{units[unit]}" for stratum, unit in pairs_of)


def _crossed(before: Stage, strata: IntArray, names: tuple[str, ...] | None) -> tuple[IntArray, tuple[str, ...]]:
    """Strata counted within the units of the stage before, named after both."""
    width = int(strata.max(initial=0)) + 1
    _, first, dense = np.unique(before.units * width + strata, return_index=True, return_inverse=True)
    titles = [before.title(int(before.units[i])) for i in first]
    if names is not None:
        titles = [f"{names[strata[i]]} in {title}" for i, title in zip(first, titles, strict=True)]
    return dense.reshape(-1).astype(np.int64), tuple(titles)


def _population(
    population: ArrayLike | None,
    fraction: ArrayLike | None,
    of_person: IntArray,
    of_unit: IntArray,
    names: tuple[str, ...],
) -> FloatArray | None:
    """Units in the population of each person's stratum, checked."""
    if population is None and fraction is None:
        return None
    if population is not None and fraction is not None:
        raise DesignUnusable("Give the population's units or the fraction drawn, not both.")
    value = as_float(population if population is not None else fraction)
    if value.shape != of_person.shape:
        raise DesignUnusable(f"{value.size} population sizes for {of_person.size} people.")
    drawn = np.bincount(of_unit, minlength=len(names)).astype(np.float64)
    low, high = np.full(len(names), np.inf), np.full(len(names), -np.inf)
    known = ~np.isnan(value)
    np.minimum.at(low, of_person[known], value[known])
    np.maximum.at(high, of_person[known], value[known])
    missing = np.bincount(of_person[~known], minlength=len(names)) > 0
    faults = []
    for i, name in enumerate(names):
        reason = "a population size is missing" if missing[i] else ""
        reason = reason or _impossible(low[i], high[i], drawn[i], sizes=population is not None)
        if reason:
            faults.append(Fault(pointer=f"/{name}", code="population", detail=f"Stratum `{name}`: {reason}."))
    if faults:
        raise DesignUnusable(" ".join(fault.detail for fault in faults[:_NAMED]), faults=faults)
    return value if population is not None else drawn[of_person] / value


def _impossible(low: float, high: float, drawn: float, *, sizes: bool) -> str:
    if low != high and not np.isclose(low, high, rtol=1e-9):
        return f"population sizes or fractions differ within it, from {low:g} to {high:g}"
    if sizes and low < drawn * (1 - 1e-9):
        return f"{drawn:.0f} units were drawn from a population of {low:g}"
    if not sizes and not 0 < low <= 1:
        return f"the fraction drawn is {low:g}; it lies above 0 and at most at 1"
    return ""


def _listed(rows: Sequence[int] | IntArray) -> str:
    if not len(rows):
        return ""
    shown = ", ".join(str(int(i)) for i in rows[:_NAMED])
    return f" (rows {shown}{', ...' if len(rows) > _NAMED else ''})"
