"""Auxiliary variables and their population totals: level indicators, continuous variables, or any columns."""

import itertools
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from samenspraak.types.problem import Fault

from analytics.arrays import FloatArray, as_float
from analytics.errors import MarginsUnusable
from analytics.weights.codes import Coded
from analytics.weights.frame import Margin

_NAMED = 20


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    """A continuous variable with its population total."""

    name: str
    values: FloatArray
    """One per person; NaN where it is not known."""
    total: float
    ridge: float = 0.0
    """As `Margin.ridge`."""
    tolerance: float = 0.0
    """Miss allowed, in the units of the total."""
    missing: bool = False
    """People without a value count with the population mean (total over the sum of the weights): they keep their place
    and do not move it. False: they are refused."""


class Auxiliary(msgspec.Struct, frozen=True, kw_only=True):
    """Columns side by side with what they must sum to."""

    columns: FloatArray
    """n x p."""
    totals: FloatArray
    names: tuple[str, ...]
    ridge: FloatArray
    tolerance: FloatArray
    blocks: tuple[tuple[int, int], ...]
    """Column range of each margin or variable."""


def of_columns(columns: Any, totals: Any, names: Sequence[str], ridge: Any = 0.0, tolerance: Any = 0.0) -> Auxiliary:
    """Any columns; `ridge` and `tolerance` are one number for all, or one for each.

    Raises:
        MarginsUnusable: every column that holds something else than finite numbers, a total that is not finite, a
        length that does not fit, a ridge or tolerance below 0.
    """
    x, t = _numbers(columns, "Columns"), np.atleast_1d(_numbers(totals, "Totals"))
    if x.ndim != 2 or not x.size or t.shape != (x.shape[1],):
        raise MarginsUnusable(f"Columns of shape {x.shape} need as many totals; got {t.shape}.")
    labels = tuple(names) or tuple(f"column {i + 1}" for i in range(x.shape[1]))
    if len(labels) != x.shape[1]:
        raise MarginsUnusable(f"{len(labels)} names for {x.shape[1]} columns.")
    soft = [np.broadcast_to(_numbers(v, "Ridge and tolerance"), t.shape).copy() for v in (ridge, tolerance)]
    faults = [_fault(name, x[:, i]) for i, name in enumerate(labels)]
    faults += [
        Fault(pointer=f"/totals/{name}", code="not_finite", detail=f"The total of `{name}` is {t[i]}; give a number.")
        if not np.isfinite(t[i])
        else None
        for i, name in enumerate(labels)
    ]
    faults += [
        Fault(pointer=f"/{what}/{name}", code="negative", detail=f"The {what} of `{name}` is {values[i]}; not below 0.")
        for what, values in zip(("ridge", "tolerance"), soft, strict=True)
        for i, name in enumerate(labels)
        if not (np.isfinite(values[i]) and values[i] >= 0)
    ]
    found = [fault for fault in faults if fault is not None]
    if found:
        raise MarginsUnusable(" ".join(fault.detail for fault in found), faults=found)
    return Auxiliary(columns=x, totals=t, names=labels, ridge=soft[0], tolerance=soft[1], blocks=((0, x.shape[1]),))


def mixed(
    coded: Sequence[Coded], margins: Sequence[Margin], variables: Sequence[Variable], size: float, people: int
) -> Auxiliary:
    """Margins and continuous variables together; `size` is what the weights sum to.

    Raises:
        MarginsUnusable: as `of_columns`; also a variable with another number of values than there are people.
    """
    for v in variables:
        if np.shape(v.values) != (people,):
            raise MarginsUnusable(f"`{v.name}` has values of shape {np.shape(v.values)} for {people} people.")
    parts = [c.patterns[c.codes] for c in coded] + [_filled(v, size)[:, None] for v in variables]
    totals = [size * np.asarray(m.shares) for m in margins] + [np.array([v.total]) for v in variables]
    lengths = [t.size for t in totals]
    together = of_columns(
        np.hstack(parts) if parts else np.empty((people, 0)),
        np.concatenate(totals) if totals else np.empty(0),
        [f"{m.key}={level}" for m in margins for level in m.levels] + [v.name for v in variables],
        np.repeat([*(m.ridge for m in margins), *(v.ridge for v in variables)], lengths),
        np.repeat([*(m.tolerance * size for m in margins), *(v.tolerance for v in variables)], lengths),
    )
    edges = np.cumsum([0, *lengths]).tolist()
    return msgspec.structs.replace(together, blocks=tuple(itertools.pairwise(edges)))


def _filled(variable: Variable, size: float) -> FloatArray:
    values = _numbers(variable.values, f"The values of `{variable.name}`")
    return np.where(np.isnan(values), variable.total / size, values) if variable.missing else values


def _fault(name: str, values: FloatArray) -> Fault | None:
    bad = np.flatnonzero(~np.isfinite(values))
    if not bad.size:
        return None
    rows = ", ".join(str(row + 1) for row in bad[:_NAMED].tolist()) + (", ..." if bad.size > _NAMED else "")
    detail = (
        f"`{name}` has no finite value for {bad.size} people (number {rows}). Impute it, or let them count with the "
        "population mean (`Variable.missing`)."
    )
    return Fault(pointer=f"/columns/{name}", code="not_finite", detail=detail)


def _numbers(values: Any, what: str) -> FloatArray:
    try:
        return as_float(values)
    except (TypeError, ValueError):
        raise MarginsUnusable(f"{what} must be numbers; got text or rows of different length.") from None


def totals_of_cells(totals: Any) -> FloatArray:
    """Totals of post-stratification cells.

    Raises:
        MarginsUnusable: totals that are not all finite and 0 or more, or nothing but zeros.
    """
    target = np.atleast_1d(_numbers(totals, "Totals"))
    bad = np.flatnonzero(~(np.isfinite(target) & (target >= 0)))
    faults = [
        Fault(
            pointer=f"/totals/{i}",
            code="not_positive",
            detail=f"Cell {i} has total {target[i]:g}; a total is a finite number of 0 or more.",
        )
        for i in bad.tolist()
    ]
    if not faults and target.sum() <= 0:
        faults = [Fault(pointer="/totals", code="missing", detail="Every cell has total 0; one must be above it.")]
    if faults:
        raise MarginsUnusable(" ".join(fault.detail for fault in faults), faults=faults)
    return target
