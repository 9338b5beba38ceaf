"""Association in a two-way table under a survey design.

Pearson's statistic of the weighted table, corrected for the design: first order (Rao and Scott 1981), second order with
an F reference (Rao and Scott 1984; Thomas and Rao 1987), or the distribution of the weighted sum of chi-squares itself;
and Wald statistics on the differences from independence, plain and with the denominator corrected for few degrees of
freedom (Fellegi 1980; Thomas and Rao 1987). `second_order` is the default: it keeps its level best when there are few
clusters."""

from functools import lru_cache
from typing import Literal, get_args

import msgspec
import numpy as np
from numpy.typing import ArrayLike
from samenspraak.types.problem import Fault
from scipy import linalg, special

from analytics.arrays import BoolArray, FloatArray, IntArray, as_float
from analytics.comparisons import groups, tail
from analytics.designs.design import Design, degrees
from analytics.designs.variance import covariance
from analytics.errors import ComparisonUnusable

TableMethod = Literal["second_order", "first_order", "saddlepoint", "exact", "wald", "adjusted_wald"]
METHODS: tuple[str, ...] = get_args(TableMethod)

_INDEPENDENT = 1e-10
"""Smallest eigenvalue of a correlation matrix that still counts as of full rank."""
_NOTHING = 1e-10
"""A mean design effect below this is rounding: the weighting fixes every cell."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A weighted two-way table over the levels that occur."""

    rows: tuple[int, ...]
    """Codes of the rows, in order; levels that nobody is in are left out."""
    columns: tuple[int, ...]
    counts: FloatArray
    """Weighted, rows x columns."""
    n: IntArray
    """Unweighted, rows x columns."""


class TableTest(msgspec.Struct, frozen=True, kw_only=True):
    method: TableMethod
    pearson: float | None
    """Pearson's statistic of the weighted table scaled to the number of people; None for the Wald statistics."""
    statistic: float
    """Compared with the reference distribution: F, or Pearson's statistic itself."""
    df1: float | None
    df2: float | None
    """None where the reference is a chi-square or a weighted sum of them."""
    p: float
    deff: float | None
    """Mean generalised design effect; None for the Wald statistics."""
    table: Table
    effects: tuple[float, ...] = ()
    """Generalised design effects, largest first; empty for the Wald statistics."""


def tabulate(rows: ArrayLike, columns: ArrayLike, design: Design, *, domain: BoolArray | None = None) -> Table:
    """Weighted counts of people with both codes known (-1: unknown), over the levels that occur among them.

    A level that nobody with a weight is in, once unknown codes are left out, is dropped from the table.

    Raises:
        ComparisonUnusable: nobody has both, codes that do not fit the design, or negative weights.
    """
    a, b = groups.read(rows, design, "rows"), groups.read(columns, design, "columns")
    return _tabulate(a, b, _known(a, b, design, domain), design)


def independence(
    rows: ArrayLike,
    columns: ArrayLike,
    design: Design,
    *,
    domain: BoolArray | None = None,
    method: TableMethod = "second_order",
) -> TableTest:
    """Test whether two codings of people are independent; -1 is unknown, such people stay in the design.

    Cells may be empty as long as the others still tell interaction from main effects. With a `domain` the degrees of
    freedom are those of the first-stage units with somebody in it (as R on a subset).

    Raises:
        ComparisonUnusable: fewer than two rows or columns occur; too many empty cells, which are named; no variance to
            test against; or too few first-stage units for a Wald test.
    """
    a, b = groups.read(rows, design, "rows"), groups.read(columns, design, "columns")
    known = _known(a, b, design, domain)
    table = _tabulate(a, b, known, design)
    _check_levels(table)
    hits = _memberships(a, b, table, known)
    df = design.df if domain is None else degrees(design, np.asarray(domain, dtype=bool))
    if df < 1:
        raise ComparisonUnusable(
            "The first-stage units with people of the domain leave no degree of freedom; widen it, or do not test."
        )
    if method in ("wald", "adjusted_wald"):
        return _wald(table, hits, known, design, df, adjusted=method == "adjusted_wald")
    people = design.weights.size if domain is None else int(np.asarray(domain).sum())
    return _rao_scott(table, hits, known, design, df, people, method)


def _known(rows: IntArray, columns: IntArray, design: Design, domain: BoolArray | None) -> BoolArray:
    known = (rows >= 0) & (columns >= 0) & groups.counted(design, domain)
    if not known.any():
        raise ComparisonUnusable("Nobody has a code for both rows and columns; there is no table.")
    return np.asarray(known)


def _tabulate(rows: IntArray, columns: IntArray, known: BoolArray, design: Design) -> Table:
    a, row_of = np.unique(rows[known], return_inverse=True)
    b, column_of = np.unique(columns[known], return_inverse=True)
    place = row_of.reshape(-1) * b.size + column_of.reshape(-1)
    size = (a.size, b.size)
    return Table(
        rows=tuple(int(code) for code in a),
        columns=tuple(int(code) for code in b),
        counts=as_float(np.bincount(place, weights=design.weights[known], minlength=a.size * b.size).reshape(size)),
        n=np.bincount(place, minlength=a.size * b.size).reshape(size).astype(np.int64),
    )


def _check_levels(table: Table) -> None:
    faults = [
        Fault(pointer=f"/{name}", code="one_level", detail=f"Only one level of the {name} occurs ({levels[0]})")
        for name, levels in (("rows", table.rows), ("columns", table.columns))
        if len(levels) < 2
    ]
    if faults:
        what = "; ".join(fault.detail for fault in faults)
        raise ComparisonUnusable(f"{what}; independence needs two or more on each side.", faults=faults)


def _memberships(rows: IntArray, columns: IntArray, table: Table, known: BoolArray) -> FloatArray:
    """People x cells, row by row."""
    place = np.searchsorted(table.rows, rows) * len(table.columns) + np.searchsorted(table.columns, columns)
    hits = np.zeros((rows.size, table.counts.size))
    hits[np.flatnonzero(known), place[known]] = 1.0
    return hits


def _rao_scott(
    table: Table,
    hits: FloatArray,
    known: BoolArray,
    design: Design,
    df: int,
    people: int,
    method: TableMethod,
) -> TableTest:
    shares = table.counts / table.counts.sum()
    p = shares.reshape(-1)
    expected = np.outer(shares.sum(axis=1), shares.sum(axis=0)).reshape(-1)
    pearson = float(people * ((p - expected) ** 2 / expected).sum())
    z = np.where(known[:, None], hits - p, 0.0) / table.counts.sum()
    effects = _design_effects(p, covariance(z, design), table, people)
    total, squares = float(effects.sum()), float((effects * effects).sum())
    if total <= _NOTHING * effects.size:
        raise ComparisonUnusable("The weighting fixes every cell of this table; there is nothing to test.")
    count, d0 = effects.size, total * total / squares
    ddf = d0 * df
    statistic, df1, df2 = pearson, None, None
    if method == "second_order":
        statistic, df1, df2 = pearson / total, d0, ddf
        p_value = _f_tail(statistic, df1, df2)
    elif method == "first_order":
        df1 = float(count)
        p_value = float(special.chdtrc(count, pearson * count / total))
    else:
        p_value = (tail.exact if method == "exact" else tail.saddlepoint)(pearson, effects, ddf)
    return TableTest(
        method=method,
        pearson=pearson,
        statistic=statistic,
        df1=df1,
        df2=df2,
        p=p_value,
        deff=total / count,
        effects=tuple(effects.tolist()),
        table=table,
    )


def _design_effects(p: FloatArray, spread: FloatArray, table: Table, people: int) -> FloatArray:
    """Generalised design effects: eigenvalues of the interactions' covariance over that of simple random sampling,
    largest first."""
    contrast = _interactions(*table.counts.shape)
    scaled = contrast * np.where(p > 0, 1 / np.where(p > 0, p, 1.0), 0.0)[:, None]
    simple = scaled.T @ contrast / people
    if not _of_full_rank(simple):
        empty = [(table.rows[i], table.columns[j]) for i, j in np.argwhere(table.counts == 0)]
        raise ComparisonUnusable(
            f"Too many empty cells (row, column) to test independence: {empty}. Merge rows or columns.",
            details={"empty": empty},
        )
    effects = linalg.eigh(scaled.T @ spread @ scaled, simple, eigvals_only=True)
    return np.asarray(np.maximum(effects[::-1], 0.0))


@lru_cache(maxsize=64)
def _interactions(r: int, c: int) -> FloatArray:
    """Contrasts of cells, row by row, that row and column shares leave free; cells x (r - 1)(c - 1)."""
    row, column = np.divmod(np.arange(r * c), c)
    main = np.column_stack([np.ones(r * c), *(row == i for i in range(1, r)), *(column == j for j in range(1, c))])
    crossed = np.column_stack([(row == i) & (column == j) for i in range(1, r) for j in range(1, c)]).astype(np.float64)
    contrast = np.asarray(crossed - main @ np.linalg.lstsq(main, crossed, rcond=None)[0])
    contrast.flags.writeable = False
    return contrast


def _wald(table: Table, hits: FloatArray, known: BoolArray, design: Design, df: int, *, adjusted: bool) -> TableTest:
    """Differences cell - row x column / total of the weighted counts, without the first row and column."""
    r, c = table.counts.shape
    rows, columns, total = table.counts.sum(axis=1), table.counts.sum(axis=0), table.counts.sum()
    gaps = table.counts - np.outer(rows, columns) / total
    cells = hits.reshape(-1, r, c)
    in_row, in_column = cells.sum(axis=2), cells.sum(axis=1)
    share = np.outer(rows, columns) / total**2
    linear = (
        cells
        - in_row[:, :, None] * (columns / total)
        - (rows / total)[:, None] * in_column[:, None, :]
        + share * known[:, None, None]
    )
    q = (r - 1) * (c - 1)
    df2 = df - q + 1 if adjusted else df
    if df2 < 1:
        raise ComparisonUnusable(
            f"{df} degrees of freedom are too few for a Wald test of a table with {q} of its own; merge levels or take "
            "`second_order`."
        )
    gap, spread = gaps[1:, 1:].reshape(-1), covariance(linear[:, 1:, 1:].reshape(-1, q), design)
    if not _of_full_rank(spread):
        raise ComparisonUnusable(
            "The covariance of the table is singular: too few first-stage units, or empty or fixed cells. Merge levels "
            "or take `second_order`."
        )
    wald = float(gap @ np.linalg.solve(spread, gap)) / q
    statistic = wald * df2 / df if adjusted else wald
    return TableTest(
        method="adjusted_wald" if adjusted else "wald",
        pearson=None,
        statistic=statistic,
        df1=float(q),
        df2=float(df2),
        p=_f_tail(statistic, q, df2),
        deff=None,
        table=table,
    )


def _of_full_rank(matrix: FloatArray) -> bool:
    """On the scale of correlations, so that rare levels do not pass for dependent ones."""
    size = np.diag(matrix)
    if (size <= 0).any():
        return False
    root = np.sqrt(size)
    return bool(np.linalg.eigvalsh(matrix / np.outer(root, root))[0] > _INDEPENDENT)


def _f_tail(f: float, df1: float, df2: float) -> float:
    return float(special.fdtrc(df1, df2, f))
