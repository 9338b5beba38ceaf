"""The sums that every figure and its variance are made of, for all answers and groups at once.

A figure's linearised value z is constant within (answer, group), and what calibration explains of it is u = fitted_c b
with b linear in z. So sum of w^2 (z - u)^2 = sum z^2 [w^2] - 2 b' sum z [w^2 fitted] + b' [w^2 fitted fitted'] b, where
each bracket is a sum over the people of an answer and group that does not depend on the figure. One pass over the cell
table gives all brackets; a figure then costs a few hundred multiplications whatever the number of people."""

import msgspec
import numpy as np
from scipy import sparse

from analytics.arrays import FloatArray, IntArray
from analytics.cells.design import CellDesign
from analytics.cells.table import CellTable, tally


class Moments(msgspec.Struct, frozen=True, kw_only=True):
    """K columns of answers by G groups. The columns of the table come first; then, for each answer of each list, the
    people who were asked and did not choose it."""

    n: FloatArray
    """K x G people."""
    weight: FloatArray
    """K x G x strata: sums of final weights."""
    square: FloatArray
    """K x G: sums of squared final weights."""
    inflated: FloatArray
    """K x G: the same, times n / (n - 1) of the stratum."""
    seen: FloatArray
    """K x G x r: sums of `CellDesign.seen`, over base weights or people as the convention wants."""
    fitted: FloatArray
    """K x G x r: sums of `CellDesign.fitted` over inflated squared weights."""


def moments(table: CellTable, design: CellDesign, groups: IntArray, size: int) -> Moments:
    """One pass over the entries of the table. `groups` holds a group below `size` per cell, -1 for cells left out."""
    answers = table.answers
    inside = groups[answers.cell] >= 0
    every = bool(inside.all())
    cell = answers.cell if every else answers.cell[inside]
    rows = (answers.column if every else answers.column[inside]) * size + groups[cell]
    shape = (answers.codes.size * size, table.size)
    sums = [part if every else part[inside] for part in (answers.n, answers.d, answers.d2)]
    factor, inflate = design.factor[:, None], design.inflate[:, None]
    strata = np.eye(design.units.size)[design.strata]
    by_people = [np.ones((table.size, 1))]
    by_weight = [factor * strata]
    by_square = [factor**2, factor**2 * inflate, factor**2 * inflate * design.fitted]
    (by_people if design.convention == "unweighted_sweep" else by_weight).append(design.seen)
    parts = [np.hstack(by_people), np.hstack(by_weight), np.hstack(by_square)]
    if table.one_weight_per_cell:
        unit = (table.d / table.n)[:, None]
        together = np.hstack([parts[0], parts[1] * unit, parts[2] * unit**2])
        found = _sum(sums[0], rows, cell, shape, together)
    else:
        found = np.hstack([_sum(s, rows, cell, shape, part) for s, part in zip(sums, parts, strict=True)])
    return _split(found.reshape(answers.codes.size, size, -1), table, design)


def counts(table: CellTable, groups: IntArray, size: int) -> FloatArray:
    """`Moments.n` alone."""
    answers = table.answers
    group = groups[answers.cell]
    inside = group >= 0
    keys = (answers.column * size + group)[inside]
    found = tally(keys, answers.n[inside], answers.codes.size * size).reshape(answers.codes.size, size)
    base, chosen = complements(table)
    return np.concatenate([found, found[base] - found[chosen]])


def _sum(data: FloatArray, rows: IntArray, cell: IntArray, shape: tuple[int, int], per_cell: FloatArray) -> FloatArray:
    return np.asarray(sparse.coo_array((data, (rows, cell)), shape=shape) @ per_cell)


def _split(found: FloatArray, table: CellTable, design: CellDesign) -> Moments:
    base, chosen = complements(table)
    found = np.concatenate([found, found[base] - found[chosen]]) if base.size else found
    strata, r = design.units.size, design.seen.shape[1]
    sweep = design.convention == "unweighted_sweep"
    widths = [1, r, strata, 0, 1, 1, r] if sweep else [1, 0, strata, r, 1, 1, r]
    n, seen_n, weight, seen_d, square, inflated, fitted = np.split(found, np.cumsum(widths)[:-1], axis=2)
    return Moments(
        n=n[:, :, 0],
        weight=weight,
        square=square[:, :, 0],
        inflated=inflated[:, :, 0],
        seen=seen_n if sweep else seen_d,
        fitted=fitted,
    )


def complements(table: CellTable) -> tuple[IntArray, IntArray]:
    """Base column and answer column of every answer of every list, in the order of the columns that `Moments` adds."""
    lists = [q for q in table.answers.questions.values() if q.kind == "list"]
    base = [q.start for q in lists for _ in range(q.start + 1, q.stop)]
    chosen = [column for q in lists for column in range(q.start + 1, q.stop)]
    return np.array(base, dtype=np.int64), np.array(chosen, dtype=np.int64)
