"""Model matrices from typed terms: numbers, levels against a reference, and products of those.

Levels are coded as differences from the first one (treatment contrasts). Within a product a variable keeps a column for
every level where the rest of the product is not a term of its own: without it, those differences would have nothing to
differ from (Chambers and Hastie 1992, section 2.3)."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import ArrayLike
from samenspraak.types.problem import Fault

from analytics.arrays import BoolArray, FloatArray, IntArray, as_float
from analytics.errors import ModelUnusable
from analytics.weights.codes import code

INTERCEPT = "(Intercept)"
LARGEST = 1e100
"""Numbers beyond this have no squares that a computer can hold."""


class Numeric(msgspec.Struct, frozen=True, kw_only=True):
    """One column of numbers."""

    name: str
    values: FloatArray
    """One per person; NaN where missing."""


class Categorical(msgspec.Struct, frozen=True, kw_only=True):
    """A column for each level but the first, which is the reference."""

    name: str
    codes: IntArray
    """Position in `levels` per person, -1 where missing."""
    levels: tuple[str, ...]


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """Every column of each variable times every column of the others, the first variable changing fastest."""

    of: "tuple[Numeric | Categorical, ...]"


Variable = Numeric | Categorical
Term = Numeric | Categorical | Product


def categorical(name: str, values: Sequence[str | None], levels: Sequence[str]) -> Categorical:
    """A categorical variable from labels; None is missing, the first level is the reference.

    Raises:
        ValuesUnknown: a value that is no level; all are named.
    """
    return Categorical(name=name, codes=code(values, levels), levels=tuple(levels))


class _Block(msgspec.Struct, frozen=True, kw_only=True):
    """The columns that one term makes."""

    variables: tuple[str, ...]
    whole: tuple[bool, ...]
    """Per variable: a column for every level, the first included."""
    start: int
    stop: int
    """Columns `start` up to `stop` of the matrix."""


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    columns: FloatArray
    """n x p with the intercept first; rows with anything missing hold zeros."""
    names: tuple[str, ...]
    complete: BoolArray
    """Rows in which nothing is missing."""
    variables: dict[str, Variable]
    blocks: tuple[_Block, ...]

    def at(self, variable: str, value: float) -> FloatArray:
        """The matrix if everybody had this number, or for a categorical variable this position in its levels."""
        found = self.columns.copy()
        for block in self._with(variable):
            parts = [
                self._row(name, whole, value) if name == variable else _columns(self.variables[name], whole=whole)
                for name, whole in zip(block.variables, block.whole, strict=True)
            ]
            found[:, block.start : block.stop] = _crossed(parts)
        return np.where(self.complete[:, None], found, 0.0)

    def slope(self, variable: str) -> FloatArray:
        """How every column changes when a numeric variable is one unit more."""
        found = np.zeros_like(self.columns)
        for block in self._with(variable):
            pairs = zip(block.variables, block.whole, strict=True)
            parts = [_columns(self.variables[name], whole=whole) for name, whole in pairs]
            # The rule for products: each place of the variable in turn is replaced by its own slope, 1.
            for place in (i for i, name in enumerate(block.variables) if name == variable):
                found[:, block.start : block.stop] += _crossed([*parts[:place], np.ones((1, 1)), *parts[place + 1 :]])
        return np.where(self.complete[:, None], found, 0.0)

    def own(self, variable: str) -> range:
        """Positions of the columns that are of this variable alone."""
        return next((range(b.start, b.stop) for b in self.blocks if b.variables == (variable,)), range(0))

    def _with(self, variable: str) -> "list[_Block]":
        return [block for block in self.blocks if variable in block.variables]

    def _row(self, name: str, whole: bool, value: float) -> FloatArray:
        variable = self.variables[name]
        if isinstance(variable, Numeric):
            return np.array([[value]])
        return np.asarray(np.arange(0 if whole else 1, len(variable.levels)) == value, dtype=np.float64)[None, :]


def build(terms: Sequence[Term], rows: int) -> Matrix:
    """The intercept and the columns of every term, for `rows` people.

    Raises:
        ModelUnusable: variables of another length, infinite numbers, codes or levels that do not exist or come twice,
            or two different variables of one name; all faults at once.
    """
    variables = check(terms, rows)
    members = [tuple(one.name for one in (term.of if isinstance(term, Product) else (term,))) for term in terms]
    present = {frozenset(names) for names in members} | {frozenset[str]()}
    titles, columns, blocks = [INTERCEPT], [np.ones((rows, 1))], []
    for names in members:
        whole = tuple(frozenset(names) - {name} not in present for name in names)
        pairs = [(variables[name], every) for name, every in zip(names, whole, strict=True)]
        start = len(titles)
        titles += _titles([_names(variable, whole=every) for variable, every in pairs])
        columns.append(_crossed([_columns(variable, whole=every) for variable, every in pairs]))
        blocks.append(_Block(variables=names, whole=whole, start=start, stop=len(titles)))
    table = np.hstack(columns)
    complete = np.asarray(~np.isnan(table).any(axis=1))
    return Matrix(
        columns=np.where(complete[:, None], table, 0.0),
        names=tuple(titles),
        complete=complete,
        variables=variables,
        blocks=tuple(blocks),
    )


def _columns(variable: Variable, *, whole: bool) -> FloatArray:
    if isinstance(variable, Numeric):
        return variable.values[:, None]
    hits = (variable.codes[:, None] == np.arange(0 if whole else 1, len(variable.levels))).astype(np.float64)
    return np.where((variable.codes < 0)[:, None], np.nan, hits)


def _crossed(parts: Sequence[FloatArray]) -> FloatArray:
    """Products of one column of each part, those of the first part changing fastest; a single row stands for all."""
    found = parts[0]
    for part in parts[1:]:
        product = part[:, :, None] * found[:, None, :]
        found = product.reshape(product.shape[0], -1)
    return found


def _names(variable: Variable, *, whole: bool) -> list[str]:
    if isinstance(variable, Numeric):
        return [variable.name]
    return [f"{variable.name}{level}" for level in variable.levels[0 if whole else 1 :]]


def _titles(parts: Sequence[Sequence[str]]) -> list[str]:
    found = list(parts[0])
    for part in parts[1:]:
        found = [f"{left}:{right}" for right in part for left in found]
    return found


def check(terms: Sequence[Term], rows: int) -> dict[str, Variable]:
    """The variables of all terms by name; raises ModelUnusable as `build`."""
    found: dict[str, Variable] = {}
    faults: list[Fault] = []
    for variable in (v for term in terms for v in (term.of if isinstance(term, Product) else (term,))):
        kept = found.setdefault(variable.name, _contiguous(variable))
        if kept is not variable and not _same(kept, variable):
            faults.append(_fault(variable, "name_taken", "is the name of two different variables"))
        elif reason := _wrong(variable, rows):
            faults.append(_fault(variable, *reason))
    unique = list({(fault.pointer, fault.code): fault for fault in faults}.values())
    if unique:
        raise ModelUnusable(" ".join(fault.detail for fault in unique), faults=unique)
    return found


def _contiguous(variable: Variable) -> Variable:
    if isinstance(variable, Numeric):
        return msgspec.structs.replace(variable, values=as_float(variable.values))
    return msgspec.structs.replace(variable, codes=np.asarray(variable.codes))


def _same(one: Variable, other: Variable) -> bool:
    if isinstance(one, Numeric) and isinstance(other, Numeric):
        return np.array_equal(one.values, as_float(other.values), equal_nan=True)
    if isinstance(one, Categorical) and isinstance(other, Categorical):
        return tuple(one.levels) == tuple(other.levels) and np.array_equal(one.codes, other.codes)
    return False


def _wrong(variable: Variable, rows: int) -> tuple[str, str] | None:
    """Code and reason of what makes a variable unusable."""
    given: ArrayLike = variable.values if isinstance(variable, Numeric) else variable.codes
    if np.shape(given) != (rows,):
        return "length", f"has values of shape {np.shape(given)} for {rows} people"
    if isinstance(variable, Numeric):
        endless = int((np.abs(as_float(variable.values)) > LARGEST).sum())
        reason = f"is infinite or beyond {LARGEST:g} for {endless} people; use NaN where it is missing"
        return ("infinite", reason) if endless else None
    if len(set(variable.levels)) < len(variable.levels):
        return "levels", "has a level that is listed twice"
    if len(variable.levels) < 2:
        return "levels", f"has {len(variable.levels)} level, which tells nobody apart; leave it out"
    codes = np.asarray(variable.codes)
    if codes.dtype.kind not in "iu" or codes.min(initial=0) < -1 or codes.max(initial=-1) >= len(variable.levels):
        return "codes", f"has codes other than the positions of its {len(variable.levels)} levels and -1"
    return None


def _fault(variable: Variable, code_: str, reason: str) -> Fault:
    return Fault(pointer=f"/{variable.name}", code=code_, detail=f"`{variable.name}` {reason}.")
