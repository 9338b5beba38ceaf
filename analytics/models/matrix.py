"""Model matrices from typed terms: numbers, levels against a reference, and their products."""

from collections.abc import Sequence

import msgspec
import numpy as np

from analytics.arrays import BoolArray, FloatArray, as_float
from analytics.errors import AnalyticsError
from analytics.weights.codes import code

INTERCEPT = "(Intercept)"


class Numeric(msgspec.Struct, frozen=True, kw_only=True):
    """One column of numbers; NaN where missing."""

    name: str
    values: FloatArray


class Categorical(msgspec.Struct, frozen=True, kw_only=True):
    """A column for each level but the first, which is the reference; None where missing."""

    name: str
    values: Sequence[str | None]
    levels: Sequence[str]


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """Every column of one term times every column of the other, the first changing fastest."""

    left: "Numeric | Categorical"
    right: "Numeric | Categorical"


Term = Numeric | Categorical | Product


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    columns: FloatArray
    """n x p with the intercept first; rows with anything missing hold zeros."""
    names: tuple[str, ...]
    complete: BoolArray
    """Rows in which nothing is missing."""


def build(terms: Sequence[Term], rows: int) -> Matrix:
    """The intercept and the columns of every term.

    Raises:
        AnalyticsError: a term of another length. ValuesUnknown: a value that is no level.
    """
    names, columns = [INTERCEPT], [np.ones((rows, 1))]
    for term in terms:
        name, column = _columns(term, rows)
        names += name
        columns.append(column)
    whole = np.hstack(columns)
    complete = np.asarray(np.isfinite(whole).all(axis=1))
    return Matrix(columns=np.where(complete[:, None], whole, 0.0), names=tuple(names), complete=complete)


def _columns(term: Term, rows: int) -> tuple[list[str], FloatArray]:
    if isinstance(term, Product):
        first, a = _columns(term.left, rows)
        second, b = _columns(term.right, rows)
        names = [f"{left}:{right}" for right in second for left in first]
        return names, np.column_stack([a[:, i] * b[:, j] for j in range(b.shape[1]) for i in range(a.shape[1])])
    if len(term.values) != rows:
        raise AnalyticsError(f"Term `{term.name}` has {len(term.values)} values for {rows} people.")
    if isinstance(term, Numeric):
        return [term.name], as_float(term.values)[:, None]
    codes = code(term.values, term.levels)
    hits = (codes[:, None] == np.arange(1, len(term.levels))).astype(np.float64)
    return [f"{term.name}{level}" for level in term.levels[1:]], np.where((codes < 0)[:, None], np.nan, hits)
