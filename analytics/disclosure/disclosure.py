"""What may leave: thresholds by unweighted base, secondary suppression, and the attack that checks it."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from samenspraak.types import estimate as published
from samenspraak.types.base import SampleKind
from scipy import optimize

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.estimates.estimate import Estimate
from analytics.estimates.interval import Interval


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """By unweighted base. One table for the whole service."""

    suppressed_under: int = 10
    """Nothing is shown, and the cell is protected by secondary suppression."""
    too_few_under: int = 30
    """`Too few answers`: the base, but no percentage."""
    exploratory_under: int = 100
    """Flagged, never in a headline."""
    comparison_from: int = 200
    """A comparison with other figures may be drawn."""


THRESHOLDS = Thresholds()
_EXACT = 1e-6


def flag(n: int) -> published.Flag:
    """`suppressed`, `too_few`, `exploratory` or `ok`; `no_answers` for an empty base."""
    if n == 0:
        return "no_answers"
    if n < THRESHOLDS.suppressed_under:
        return "suppressed"
    if n < THRESHOLDS.too_few_under:
        return "too_few"
    return "exploratory" if n < THRESHOLDS.exploratory_under else "ok"


def complement_safe(whole: int, part: int) -> bool:
    """Whether a figure about `part` beside the figure about `whole` betrays nobody: the rest is empty or large enough.

    Two figures that differ by a few people are a figure about those few.
    """
    return whole == part or whole - part >= THRESHOLDS.suppressed_under


def unanimous(counts: IntArray) -> bool:
    """Whether everybody in a base gave the same answer: then the figure says what each of them thinks."""
    return int((np.asarray(counts) > 0).sum()) == 1


def protect(counts: IntArray) -> BoolArray:
    """Cells of a one- or two-way table of counts, published with its totals, that must be hidden.

    Primary: counts under 10, empty cells included. Secondary: the smallest others, until no hidden cell can be computed
    from totals and neighbours and no row, column or sum of hidden cells stays under 10. Checked by `attack`.
    """
    table = np.atleast_2d(np.asarray(counts, dtype=np.int64))
    hidden = table < THRESHOLDS.suppressed_under
    hidden = _cover_lines(table, hidden)
    while True:
        exposed = recovered(table, hidden)
        if not exposed.any():
            break
        if hidden.all():
            break
        hidden = _widen(table, hidden, exposed)
    return hidden.reshape(np.asarray(counts).shape)


def attack(counts: IntArray, hidden: BoolArray) -> tuple[FloatArray, FloatArray]:
    """What a reader can work out: the smallest and largest value each hidden cell can have.

    The reader knows every shown cell, all row and column totals, and that counts are not negative. Linear programming.
    """
    table = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    mask = np.atleast_2d(hidden)
    low, high = table.copy(), table.copy()
    cells = np.argwhere(mask)
    if not len(cells):
        return low.reshape(np.shape(counts)), high.reshape(np.shape(counts))
    lines, sums = _equations(table, mask, cells)
    for position, (i, j) in enumerate(cells):
        cost = np.zeros(len(cells))
        cost[position] = 1.0
        low[i, j], high[i, j] = _extreme(cost, lines, sums), -_extreme(-cost, lines, sums)
    return low.reshape(np.shape(counts)), high.reshape(np.shape(counts))


def recovered(counts: IntArray, hidden: BoolArray) -> BoolArray:
    """Hidden cells that the attack knows exactly: none after `protect`, unless everything is hidden."""
    low, high = attack(counts, hidden)
    return np.asarray(hidden & (high - low < _EXACT))


def hidden_groups(bases: Mapping[str, int], whole: int) -> frozenset[str]:
    """Groups of one dimension whose figures must be hidden when the figure of the whole is published too.

    People in no group count as one more hidden cell, so that they are protected as well.
    """
    rest = whole - sum(bases.values())
    names = [*bases, None] if rest > 0 else list(bases)
    table = np.array([*bases.values(), rest] if rest > 0 else list(bases.values()), dtype=np.int64)
    if not table.size:
        return frozenset()
    mask = protect(np.where(table == 0, THRESHOLDS.suppressed_under, table))
    return frozenset(name for name, hide in zip(names, mask, strict=True) if hide and name is not None and bases[name])


def publish(
    estimate: Estimate,
    *,
    base: str,
    sample_kind: SampleKind,
    hidden: bool = False,
    sensitivity: Interval | None = None,
) -> published.Estimate:
    """The published figure: nothing that its base does not allow. `hidden` enforces secondary suppression."""
    verdict = flag(estimate.n)
    if verdict == "suppressed" or (hidden and estimate.n):
        return published.Estimate(value=None, base=base, flag="suppressed", sample_kind=sample_kind)
    if verdict in ("no_answers", "too_few"):
        return published.Estimate(value=None, n=estimate.n, base=base, flag=verdict, sample_kind=sample_kind)
    fixed = estimate.note == "fixed_by_margin"
    return published.Estimate(
        value=estimate.value,
        se=estimate.se,
        interval=_published(estimate.interval),
        n=estimate.n,
        n_eff=estimate.n_eff,
        deff=estimate.deff,
        base=base,
        flag="fixed_by_margin" if fixed else verdict,
        sample_kind=sample_kind,
        unweighted=estimate.unweighted,
        sensitivity=_published(sensitivity),
    )


def _published(interval: Interval | None) -> published.Interval | None:
    if interval is None:
        return None
    return published.Interval(lower=interval.lower, upper=interval.upper, level=interval.level, method=interval.method)


def _cover_lines(table: IntArray, hidden: BoolArray) -> BoolArray:
    """Hide the smallest shown neighbours while the hidden cells of a line together stay under the threshold."""
    hidden = hidden.copy()
    changed = True
    while changed:
        changed = False
        for cells, mask in _lines(table, hidden):
            short = mask.any() and (mask.sum() < 2 or cells[mask].sum() < THRESHOLDS.suppressed_under)
            if short and not mask.all():
                shown = np.where(mask, np.iinfo(np.int64).max, cells)
                mask[int(np.argmin(shown))] = True
                changed = True
    return hidden


def _lines(table: IntArray, hidden: BoolArray) -> list[tuple[IntArray, BoolArray]]:
    """Every row and column with more than one cell, as views."""
    rows = [(table[i], hidden[i]) for i in range(table.shape[0])] if table.shape[1] > 1 else []
    columns = [(table[:, j], hidden[:, j]) for j in range(table.shape[1])] if table.shape[0] > 1 else []
    return rows + columns


def _widen(table: IntArray, hidden: BoolArray, exposed: BoolArray) -> BoolArray:
    """Hide one more cell: the smallest shown one in line with an exposed cell, or anywhere if those lines are full."""
    near = np.zeros_like(hidden)
    for i, j in np.argwhere(np.atleast_2d(exposed)):
        near[i], near[:, j] = True, True
    candidates = near & ~hidden
    candidates = candidates if candidates.any() else ~hidden
    cost = np.where(candidates, table, np.iinfo(np.int64).max)
    wider = hidden.copy()
    wider[np.unravel_index(int(np.argmin(cost)), cost.shape)] = True
    return _cover_lines(table, wider)


def _equations(table: FloatArray, mask: BoolArray, cells: IntArray) -> tuple[FloatArray, FloatArray]:
    rows, columns = table.shape
    lines = np.zeros((rows + columns, len(cells)))
    for position, (i, j) in enumerate(cells):
        lines[i, position] = 1.0
        lines[rows + j, position] = 1.0
    left = np.where(mask, table, 0.0)
    sums = np.concatenate([left.sum(axis=1), left.sum(axis=0)])
    # A one-way table has one total only; the "totals" of its single-cell columns are the cells themselves.
    if rows == 1:
        return lines[:1], sums[:1]
    return (lines[rows:], sums[rows:]) if columns == 1 else (lines, sums)


def _extreme(cost: FloatArray, lines: FloatArray, sums: FloatArray) -> float:
    options: Any = {"bounds": (0, None)}
    return float(optimize.linprog(cost, A_eq=lines, b_eq=sums, **options).fun)
