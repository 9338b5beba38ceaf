"""Association in a two-way table under a survey design.

Pearson's statistic of the weighted table, corrected for the design: first order (Rao and Scott 1981), second order with
an F reference (Rao and Scott 1984; Thomas and Rao 1987), or the distribution of the weighted sum of chi-squares itself;
and Wald statistics on the differences from independence, plain and with the denominator corrected for few degrees of
freedom (Fellegi 1980; Thomas and Rao 1987). `second_order` is the default: it keeps its level best when there are few
clusters."""

from collections.abc import Sequence
from typing import Literal, get_args

import msgspec
import numpy as np
from scipy import special

from analytics.arrays import BoolArray, FloatArray, IntArray, as_float
from analytics.comparisons import tail
from analytics.designs.design import Design
from analytics.designs.variance import covariance
from analytics.errors import AnalyticsError

TableMethod = Literal["second_order", "first_order", "saddlepoint", "exact", "wald", "adjusted_wald"]
METHODS: tuple[str, ...] = get_args(TableMethod)


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


def tabulate(rows: IntArray, columns: IntArray, design: Design, *, domain: BoolArray | None = None) -> Table:
    """Weighted counts of people with both codes known (-1: unknown), over the levels that occur.

    Raises:
        AnalyticsError: nobody has both.
    """
    known = _known(rows, columns, design, domain)
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


def independence(
    rows: IntArray,
    columns: IntArray,
    design: Design,
    *,
    domain: BoolArray | None = None,
    method: TableMethod = "second_order",
) -> TableTest:
    """Test whether two codings of people are independent; -1 is unknown, such people stay in the design.

    Raises:
        AnalyticsError: fewer than two rows or columns occur, or the table has no variance to test against.
    """
    table = tabulate(rows, columns, design, domain=domain)
    for name, levels in (("rows", table.rows), ("columns", table.columns)):
        if len(levels) < 2:
            what = f"Only one level of the {name} occurs ({levels[0]})"
            raise AnalyticsError(f"{what}; independence needs two or more on each side.", details={"axis": name})
    known = _known(rows, columns, design, domain)
    hits = _memberships(rows, columns, table, known)
    if method in ("wald", "adjusted_wald"):
        return _wald(table, hits, known, design, adjusted=method == "adjusted_wald")
    return _rao_scott(table, hits, known, design, method)


def _known(rows: IntArray, columns: IntArray, design: Design, domain: BoolArray | None) -> BoolArray:
    if rows.shape != design.weights.shape or columns.shape != design.weights.shape:
        raise AnalyticsError(f"{rows.size} and {columns.size} codes for a design of {design.weights.size} people.")
    known = (rows >= 0) & (columns >= 0) & (True if domain is None else np.asarray(domain, dtype=bool))
    if not known.any():
        raise AnalyticsError("Nobody has a code for both rows and columns; there is no table.")
    return np.asarray(known)


def _memberships(rows: IntArray, columns: IntArray, table: Table, known: BoolArray) -> FloatArray:
    """People x cells, row by row."""
    place = np.searchsorted(table.rows, rows) * len(table.columns) + np.searchsorted(table.columns, columns)
    hits = (place[:, None] == np.arange(table.counts.size)) & known[:, None]
    return as_float(hits)


def _rao_scott(table: Table, hits: FloatArray, known: BoolArray, design: Design, method: TableMethod) -> TableTest:
    p = table.counts.reshape(-1) / table.counts.sum()
    n = design.weights.size
    expected = np.outer(p.reshape(table.counts.shape).sum(axis=1), p.reshape(table.counts.shape).sum(axis=0))
    pearson = float(n * ((p - expected.reshape(-1)) ** 2 / expected.reshape(-1)).sum())
    z = np.where(known[:, None], hits - p, 0.0) / table.counts.sum()
    effects = _design_effects(p, covariance(z, design), table, n)
    total, squares = float(effects.sum()), float((effects * effects).sum())
    if total <= 0:
        raise AnalyticsError("The cells of the table do not vary under this design; there is nothing to test.")
    count, d0 = effects.size, total * total / squares
    ddf = d0 * design.df
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
        effects=tuple(sorted(effects.tolist(), reverse=True)),
        table=table,
    )


def _design_effects(p: FloatArray, spread: FloatArray, table: Table, n: int) -> FloatArray:
    """Generalised design effects: eigenvalues of the interactions' covariance over that of simple random sampling."""
    r, c = table.counts.shape
    row, column = np.divmod(np.arange(r * c), c)
    main = np.column_stack(
        [np.ones(r * c), *(row == i for i in range(1, r)), *(column == j for j in range(1, c))]
    ).astype(np.float64)
    crossed = np.column_stack([(row == i) & (column == j) for i in range(1, r) for j in range(1, c)]).astype(np.float64)
    contrast = crossed - main @ np.linalg.lstsq(main, crossed, rcond=None)[0]
    inverse = np.where(p > 0, 1 / np.where(p > 0, p, 1.0), 0.0)
    simple = (contrast * inverse[:, None]).T @ contrast / n
    scaled = contrast * inverse[:, None]
    if np.linalg.matrix_rank(simple) < simple.shape[0]:
        empty = [(table.rows[i], table.columns[j]) for i, j in np.argwhere(table.counts == 0)]
        raise AnalyticsError(f"Too many empty cells to test independence: {empty}.", details={"empty": empty})
    return np.asarray(np.linalg.eigvals(np.linalg.solve(simple, scaled.T @ spread @ scaled)).real)


def _wald(table: Table, hits: FloatArray, known: BoolArray, design: Design, *, adjusted: bool) -> TableTest:
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
    gap, spread = gaps[1:, 1:].reshape(-1), covariance(linear[:, 1:, 1:].reshape(-1, q), design)
    if np.linalg.matrix_rank(spread) < q:
        raise AnalyticsError("The covariance of the table is singular: too few units or empty cells for a Wald test.")
    wald = float(gap @ np.linalg.solve(spread, gap)) / q
    df2 = design.df - q + 1 if adjusted else design.df
    if df2 <= 0:
        raise AnalyticsError(f"{design.df} degrees of freedom are too few for a table with {q} of its own.")
    statistic = wald * df2 / design.df if adjusted else wald
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


def _f_tail(f: float, df1: float, df2: float) -> float:
    return float(special.fdtrc(df1, df2, f))


def codes(values: Sequence[object]) -> IntArray:
    """Codes 0, 1, ... of values in sorted order; None is -1."""
    levels = sorted({str(value) for value in values if value is not None})
    position = {level: number for number, level in enumerate(levels)}
    return np.array([-1 if value is None else position[str(value)] for value in values], dtype=np.int64)
