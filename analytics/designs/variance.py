"""Linearised variance on calibration residuals.

A figure is linearised (Binder 1983), what calibration explains is taken out, and the residuals, times the final
weights, vary between the units of each stratum. Two conventions for the same weights differ by up to a percent or so:

- `start_weights`: residuals of a regression weighted by the weights before calibration (as R `survey::calibrate`);
- `unweighted_sweep`: the linearised variable centred over each margin in turn with unweighted means, ten sweeps (as R
  `survey::rake`).

After several calibrations each takes out its part in turn, in the metric of the weights that it left behind (as R).
Several stages follow the recursion of Bellhouse (1985): between-unit variance at this stage, plus, times this stage's
sampling fraction, the variance of the next stage within each unit. A next stage counts only where the population of
the stage before is known; otherwise the first stage stands for all (ultimate clusters). Draws with known pairwise
probabilities use those instead (`designs.pairwise`). Lonely units follow the design's rule (`designs.strata`).

Columns are worked on a few at a time, so that the memory added does not grow with their number."""

from collections.abc import Iterator

import msgspec
import numpy as np
from samenspraak.types.problem import Fault
from scipy import sparse

from analytics.arrays import FloatArray, IntArray
from analytics.designs import pairwise
from analytics.designs.design import Design
from analytics.designs.strata import CENSUS, LonelyRule, Stage
from analytics.errors import DesignUnusable

_BLOCK = 1 << 21
"""Numbers worked on at once: 16 MB."""
_HELD = 1 << 24
"""Numbers held at once for a covariance: 128 MB; beyond it blocks are made again for every pair."""


class _Stratum(msgspec.Struct, frozen=True, kw_only=True):
    """What one stage adds: sum over strata of coefficient x squared distances of unit totals."""

    unit_of: IntArray | None
    """Unit of each person; None where everybody is a unit, in order."""
    units: int
    strata: IntArray
    """Stratum of each unit."""
    coefficient: FloatArray
    """Per stratum: fractions of the stages before x (1 - f) n / (n - 1)."""
    divisor: FloatArray
    """Per stratum: units; infinite where distances are taken from zero."""


def residuals(z: FloatArray, design: Design) -> FloatArray:
    """What the calibrations leave of the linearised values `z` (n or n x k)."""
    table = z[:, None] if z.ndim == 1 else z
    return _residuals(design).of(table).reshape(z.shape)


def covariance(z: FloatArray, design: Design) -> FloatArray:
    """k x k covariance of the figures with linearised values `z` (n x k), unweighted.

    Raises:
        DesignUnusable: a stratum with a single unit and no rule for it (all are named), or no stratum that shows
            variation.
    """
    rest, columns = _residuals(design), z.shape[1]
    if design.pairwise is not None:
        return pairwise.covariance(rest.of(z) * design.weights[:, None], design.pairwise)
    layers = _layers(design)
    blocks = list(_blocks(z))
    held = columns * sum(layer.units for layer in layers) <= _HELD
    made = [_distances(z[:, block], rest, design, layers) for block in blocks] if held else None
    found = np.empty((columns, columns))
    for i, block in enumerate(blocks):
        first = made[i] if made else _distances(z[:, block], rest, design, layers)
        for j, other in enumerate(blocks[: i + 1]):
            second = made[j] if made else first if i == j else _distances(z[:, other], rest, design, layers)
            part = sum(a.T @ b for a, b in zip(first, second, strict=True))
            found[block, other], found[other, block] = part, np.transpose(part)
    return found


def variances(z: FloatArray, design: Design) -> FloatArray:
    """The diagonal of `covariance`, without its cost."""
    if design.pairwise is not None:
        return np.diag(covariance(z, design)).copy()
    rest, layers = _residuals(design), _layers(design)
    found = np.zeros(z.shape[1])
    for block in _blocks(z):
        for part in _distances(z[:, block], rest, design, layers):
            found[block] += np.einsum("ij,ij->j", part, part)
    return found


_LAST: list[tuple[Design, "_Residuals"]] = []
"""What was worked out for the design used last: a report asks for hundreds of variances under one design."""


def _residuals(design: Design) -> "_Residuals":
    kept = _LAST[0] if _LAST else None
    if kept is not None and kept[0] is design:
        return kept[1]
    made = _Residuals(design)
    _LAST[:] = [(design, made)]
    return made


class _Residuals:
    """z minus what each calibration takes out of it: z - left @ (right' z)."""

    def __init__(self, design: Design) -> None:
        self.parts: list[tuple[FloatArray, FloatArray, FloatArray | None]] = []
        afterwards = [*(basis.start_weights for basis in design.bases), design.weights][1:]
        for basis, span, after in zip(design.bases, design.explained, afterwards, strict=True):
            if basis.convention == "unweighted_sweep":
                left, right = span, basis.columns
            else:
                root = np.sqrt(basis.start_weights)[:, None]
                left, right = span / root, span * root
            metric = None if after is design.weights else _ratio(design.weights, after)
            self.parts.append((left, right, metric))

    def of(self, z: FloatArray) -> FloatArray:
        for left, right, metric in self.parts:
            if metric is None:
                z = z - left @ (right.T @ z)
            else:
                scaled = z * metric
                z = (scaled - left @ (right.T @ scaled)) / metric
        return z


def _ratio(final: FloatArray, after: FloatArray) -> FloatArray:
    """Final weight over the weight after one of several calibrations; 1 for people whose weight ended at zero."""
    there = (final != 0) & (after != 0)
    return np.asarray(np.divide(final, after, out=np.ones_like(final), where=there)[:, None])


def _blocks(z: FloatArray) -> Iterator[slice]:
    width = max(1, _BLOCK // max(z.shape[0], 1))
    for start in range(0, z.shape[1], width):
        yield slice(start, min(start + width, z.shape[1]))


def _distances(z: FloatArray, rest: _Residuals, design: Design, layers: list[_Stratum]) -> list[FloatArray]:
    """Per layer, units x k: distances from the stratum's mean, times the root of the stratum's coefficient."""
    u = rest.of(z) * design.weights[:, None]
    return [_layer_distances(u, layer) for layer in layers]


def _layer_distances(u: FloatArray, layer: _Stratum) -> FloatArray:
    totals = u if layer.unit_of is None else _summed(u, layer.unit_of, layer.units)
    if layer.coefficient.size == 1:
        centred = totals - totals.sum(axis=0) / layer.divisor[0]
        centred *= np.sqrt(layer.coefficient[0])
        return np.asarray(centred)
    means = _summed(totals, layer.strata, layer.coefficient.size) / layer.divisor[:, None]
    centred = totals - means[layer.strata]
    centred *= np.sqrt(layer.coefficient[layer.strata])[:, None]
    return np.asarray(centred)


def _summed(u: FloatArray, group: IntArray, size: int) -> FloatArray:
    """Sums of the rows of each group."""
    chooser = sparse.csr_array((np.ones(group.size), (group, np.arange(group.size))), shape=(size, group.size))
    return np.asarray(chooser @ u)


def _layers(design: Design) -> list[_Stratum]:
    if not design.stages:
        n = design.weights.size
        ratio, one = np.array([n / (n - 1)]), np.array([float(n)])
        return [_Stratum(unit_of=None, units=n, strata=np.zeros(n, dtype=np.int64), coefficient=ratio, divisor=one)]
    layers, lonely = [], []
    fraction, parent = np.ones(design.weights.size), np.zeros(design.weights.size, dtype=np.int64)
    for number, stage in enumerate(design.stages):
        layer, alone = _stage_layer(stage, fraction, parent, design.lonely)
        layers.append(layer)
        lonely += [(number + 1, name) for name in alone]
        if stage.population is None:
            break
        fraction, parent = fraction * stage.fractions()[stage.strata], stage.units
        if not fraction.any():
            break
    if lonely:
        raise _alone(lonely, several=len(design.stages) > 1)
    return layers


def _stage_layer(
    stage: Stage, fraction: FloatArray, parent: IntArray, rule: LonelyRule
) -> tuple[_Stratum, tuple[str, ...]]:
    """The layer of one stage, and its lonely strata where no rule says what to do."""
    first = stage.first_rows()
    n = np.bincount(stage.strata[first]).astype(np.float64)
    before, group = np.zeros(n.size), np.zeros(n.size, dtype=np.int64)
    before[stage.strata], group[stage.strata] = fraction, parent
    rest = 1.0 - stage.fractions()
    whole = (rest < CENSUS) | (before == 0)
    alone = (n == 1) & ~whole
    coefficient = before * np.where(whole, 0.0, rest) * np.where(n > 1, n / np.maximum(n - 1, 1), 1.0)
    divisor = np.maximum(n, 1.0)
    unruled: tuple[str, ...] = ()
    if alone.any():
        if rule == "adjust":
            divisor[alone] = np.inf
        else:
            coefficient[alone] = 0.0
        if rule == "average":
            coefficient = coefficient * _standing_in(stage, group, alone, n > 0)
        if rule in ("fail", "merge"):
            unruled = tuple(stage.name(i) for i in np.flatnonzero(alone).tolist())
    everyone = first.size == stage.units.size and bool((stage.units == np.arange(first.size)).all())
    return _Stratum(
        unit_of=None if everyone else stage.units,
        units=first.size,
        strata=stage.strata[first],
        coefficient=coefficient,
        divisor=divisor,
    ), unruled


def _standing_in(stage: Stage, group: IntArray, alone: np.ndarray, there: np.ndarray) -> FloatArray:
    """Per stratum: strata over strata that show variation, within the same unit of the stage before."""
    strata = np.bincount(group, weights=there)
    showing = np.bincount(group, weights=there & ~alone)
    silent = (showing == 0) & (strata > 0)
    if silent.any():
        names = [stage.name(i) for i in np.flatnonzero(silent[group] & there).tolist()]
        raise DesignUnusable(
            f"No stratum can stand in for {', '.join(names[:20])}: all there have a single unit. Choose certainty, "
            "adjust or merge.",
            details={"strata": tuple(names)},
        )
    return np.asarray((strata / np.maximum(showing, 1.0))[group])


def _alone(lonely: list[tuple[int, str]], *, several: bool) -> DesignUnusable:
    faults = [
        Fault(
            pointer=f"/stages/{number}/{name}",
            code="single_unit",
            detail=f"Stratum `{name}`{f' of stage {number}' if several else ''} has a single unit.",
        )
        for number, name in lonely
    ]
    listed = " ".join(fault.detail for fault in faults[:20])
    return DesignUnusable(
        f"{listed} One unit shows no variation: choose a rule for lonely units (certainty, average, adjust, merge).",
        faults=faults,
        details={"strata": tuple(name for _, name in lonely)},
    )
