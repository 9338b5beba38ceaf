"""From answers to codes: strict matching against declared levels, partial knowledge kept, never a silent drop."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
from samenspraak.types.problem import Fault

from analytics.arrays import FloatArray, IntArray
from analytics.errors import ValuesUnknown

_TABLE = 1_000_000
_BLOCK = 16_000
"""People handled at once: 8 bytes for each stay under the size from which memory is asked of the system anew."""
_CROWDED = 0.5
"""With this part of all combinations in use, the others stay among the kinds: renumbering people would cost more."""
_NAMED = 50
"""Strangers that are named one by one; more are a wrong column and not a typing error."""

Value = str | Collection[str] | None
"""A level, the levels a person may belong to, or None: nothing known."""


class OutsideLevels(Exception):
    """A code outside its levels, not yet named (`checks.ranges` does)."""


class Coded(msgspec.Struct, frozen=True, kw_only=True):
    """One dimension of everybody's profile."""

    codes: IntArray
    """Row of `patterns` per person."""
    patterns: FloatArray
    """Membership per pattern (rows sum to 1): the first rows are the levels themselves, later ones partial knowledge.
    """


class Cells(msgspec.Struct, frozen=True, kw_only=True):
    """People who are alike in everything the weighting looks at, counted together."""

    of: IntArray
    """Cell of each person."""
    first: IntArray
    """One person of each cell."""


class Kinds(msgspec.Struct, frozen=True, kw_only=True):
    """Combinations of codes, in the order of their mixed-radix number; a few of them may be nobody's."""

    of: np.ndarray
    """Kind of each person, in the smallest integer type that holds them."""
    codes: tuple[IntArray, ...]
    """Code of each kind, per column."""
    values: FloatArray
    """Sum over each kind of the values given: 0 where it is nobody's."""

    @property
    def size(self) -> int:
        return self.values.size

    def sums(self, values: FloatArray | None = None) -> FloatArray:
        """Sums over each kind of a value per person; without values the number of people."""
        total = np.zeros(self.size)
        for rows in _blocks(self.of.size, self.size):
            total += sums_by(self.of[rows], None if values is None else values[rows], self.size)
        return total

    def spread(self, values: FloatArray, times: FloatArray | None = None) -> FloatArray:
        """A value per kind given to each person, multiplied by their own of `times`."""
        given = np.empty(self.of.size)
        for rows in _blocks(self.of.size):
            np.take(values, self.of[rows], out=given[rows], mode="clip")
            if times is not None:
                given[rows] *= times[rows]
        return given


def code(values: Sequence[object], levels: Sequence[Any]) -> IntArray:
    """Position of each value in `levels`; a missing value (None, NaN) becomes -1.

    A number is never taken for a text that looks like it, or the other way round.

    Raises:
        ValuesUnknown: some value is no level; every such value is named once, with how often it occurs.
    """
    position = {_strict(level): index for index, level in enumerate(levels)}
    seen: dict[tuple[type, object], int] = {}
    codes = np.empty(len(values), dtype=np.int64)
    for i, value in enumerate(values):
        key = (value.__class__, value if value.__hash__ is not None else repr(value))
        if key not in seen:
            seen[key] = -1 if _missing(value) else position.get(_strict(value), -2)
        codes[i] = seen[key]
    if (codes == -2).any():
        raise _unknown([values[i] for i in np.flatnonzero(codes == -2).tolist()], levels)
    return codes


def known(codes: IntArray, levels: Sequence[str], shares: Sequence[float]) -> Coded:
    """Memberships from positions in `levels`; -1 (missing) belongs to all levels by their population shares.

    Raises:
        ValuesUnknown: codes that are no integers, or outside -1 ... number of levels - 1.
    """
    given = np.asarray(codes)
    if given.ndim != 1 or given.dtype.kind not in "iu":
        raise ValuesUnknown(f"Codes must be whole numbers in one row, got {given.dtype} of shape {given.shape}.")
    strange = (given < -1) | (given >= len(levels))
    if strange.any():
        raise _unknown([int(value) for value in given[strange]], list(range(len(levels))))
    patterns = np.eye(len(levels))
    absent = given == -1
    if not absent.any():
        return Coded(codes=given.astype(np.int64, copy=False), patterns=patterns)
    target = np.asarray(shares, dtype=np.float64)
    return Coded(
        codes=np.where(absent, len(levels), given).astype(np.int64),
        patterns=np.vstack([patterns, target / target.sum()]),
    )


def code_partial(values: Sequence[Value], levels: Sequence[str], shares: Sequence[float]) -> Coded:
    """Memberships of people who may be known only in part.

    Someone known to be in one of several levels belongs to each by the population's conditional share; someone of whom
    nothing is known belongs to all levels by their population shares. So nobody is dropped and no level is favoured.

    Raises:
        ValuesUnknown: as `code`, also for an empty collection.
    """
    position = {_strict(level): index for index, level in enumerate(levels)}
    rows: dict[tuple[int, ...], int] = {(index,): index for index in range(len(levels))}
    patterns = list(np.eye(len(levels)))
    everything = tuple(range(len(levels)))
    target = np.asarray(shares, dtype=np.float64)
    codes, strangers = np.empty(len(values), dtype=np.int64), []
    for i, value in enumerate(values):
        options = _options(value)
        places = everything if options is None else tuple(sorted({position.get(_strict(o), -1) for o in options}))
        if not places or places[0] < 0:
            strangers += [o for o in options or () if _strict(o) not in position] or ["(nothing)"]
            continue
        if places not in rows:
            rows[places] = len(patterns)
            patterns.append(_conditional(list(places), target))
        codes[i] = rows[places]
    if strangers:
        raise _unknown(strangers, levels)
    return Coded(codes=codes, patterns=np.array(patterns).reshape(len(patterns), len(levels)))


def cells(*columns: IntArray) -> Cells:
    """Unique combinations of integer columns, numbered in sorted order: the order of people does not matter."""
    number, size = np.zeros(columns[0].size, dtype=np.int64), 1
    for column in columns:
        low, high = int(column.min(initial=0)), int(column.max(initial=0))
        number, size = _dense(number * (high - low + 1) + (column - low), size * (high - low + 1))
    first = np.empty(size, dtype=np.int64)
    first[number[::-1]] = np.arange(number.size - 1, -1, -1)
    return Cells(of=number, first=first)


def kinds(columns: Sequence[IntArray], sizes: Sequence[int], values: FloatArray) -> Kinds:
    """Combinations of columns with codes 0 ... size - 1, without sorting while a table of all fits in memory; `values`,
    which are above 0, are summed over each.

    Raises:
        OutsideLevels: a code lies outside its range. Looked at here, while the codes are at hand anyway.
    """
    table = float(np.prod([float(size) for size in sizes]))
    if table > max(_TABLE, 4 * columns[0].size):
        return _sorted_kinds(columns, sizes, values)
    sums = np.zeros(int(table))
    number = np.empty(columns[0].size, dtype=np.min_scalar_type(int(table) - 1))
    room = np.empty(min(number.size, max(_BLOCK, int(table))), dtype=np.int64)
    for rows in _blocks(number.size, int(table)):
        part = room[: rows.stop - rows.start]
        for i, (column, size) in enumerate(zip(columns, sizes, strict=True)):
            here = column[rows]
            if not inside(here, size):
                raise OutsideLevels
            if i:
                part *= size
                part += here
            else:
                part[:] = here
        sums += np.bincount(part, weights=values[rows], minlength=sums.size)
        number[rows] = part
    used = np.flatnonzero(sums)
    if used.size < _CROWDED * sums.size:
        renumbered = (np.cumsum(sums > 0) - 1).astype(number.dtype)
        for rows in _blocks(number.size):
            number[rows] = renumbered.take(number[rows])
    else:
        used = np.arange(sums.size)
    codes, left = [], used
    for size in reversed(sizes):
        left, code_of = np.divmod(left, size)
        codes.append(code_of)
    return Kinds(of=number, codes=tuple(reversed(codes)), values=sums[used])


def sums_by(of: np.ndarray, values: FloatArray | None, size: int) -> FloatArray:
    """Sums of values over the groups 0 ... size - 1 that `of` names; without values how often each is named."""
    return np.asarray(np.bincount(of, weights=values, minlength=size), dtype=np.float64)


def inside(codes: IntArray, size: int) -> bool:
    """Whether all codes lie in 0 ... size - 1. Read as unsigned, a negative code is a huge one: one look, not two."""
    if not codes.size:
        return True
    if codes.dtype == np.int64 and codes.flags.c_contiguous:
        return int(codes.view(np.uint64).max()) < size
    return int(codes.min()) >= 0 and int(codes.max()) < size


def _sorted_kinds(columns: Sequence[IntArray], sizes: Sequence[int], values: FloatArray) -> Kinds:
    if not all(inside(column, size) for column, size in zip(columns, sizes, strict=True)):
        raise OutsideLevels
    found = cells(*columns)
    count = found.first.size
    return Kinds(
        of=found.of,
        codes=tuple(column[found.first] for column in columns),
        values=sums_by(found.of, values, count),
    )


def _blocks(people: int, table: int = 0) -> Iterator[slice]:
    """Rows a block at a time: what a step needs stays close to the processor, and no step asks for much memory."""
    step = max(_BLOCK, table)
    for start in range(0, people, step):
        yield slice(start, min(start + step, people))


def _dense(number: IntArray, size: int) -> tuple[IntArray, int]:
    """The numbers that occur, renumbered from 0 in their order; without sorting while a table of all fits in memory."""
    if size > max(_TABLE, 4 * number.size):
        found, dense = np.unique(number, return_inverse=True)
        return dense.reshape(-1).astype(np.int64), int(found.size)
    occurs = np.bincount(number, minlength=size) > 0
    renumbered = np.cumsum(occurs) - 1
    return renumbered[number].astype(np.int64), int(occurs.sum())


def _missing(value: object) -> bool:
    return value is None or (isinstance(value, (float, np.floating)) and bool(np.isnan(value)))


def _options(value: Any) -> Collection[Any] | None:
    """What a value leaves open; None: everything."""
    if _missing(value):
        return None
    return (value,) if isinstance(value, (str, bytes)) or not isinstance(value, Collection) else value


def _conditional(places: list[int], target: FloatArray) -> FloatArray:
    """Membership of somebody in one of several levels; equal parts where the population has nobody in any of them."""
    inside = np.zeros(target.size)
    mass = target[places].sum()
    inside[places] = target[places] / mass if mass > 0 else 1 / len(places)
    return inside


def _strict(value: Any) -> tuple[str, Any]:
    """A value with its type, so that 1, 1.0, True and "1" are four different things."""
    return _type(value), value if value.__hash__ is not None else repr(value)


def _type(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "truth value"
    if isinstance(value, (int, np.integer)):
        return "whole number"
    if isinstance(value, (float, np.floating)):
        return "decimal number"
    return "text" if isinstance(value, str) else type(value).__name__


def _unknown(strangers: Sequence[Any], levels: Sequence[Any]) -> ValuesUnknown:
    counts: dict[tuple[str, Any], int] = {}
    for value in strangers:
        counts[_strict(value)] = counts.get(_strict(value), 0) + 1
    ordered = sorted(counts, key=lambda one: (str(one[1]), one[0]))[:_NAMED]
    faults = [_stranger(kind, value, counts[kind, value], levels) for kind, value in ordered]
    names = ", ".join(str(value) for _, value in ordered) + (" ..." if len(counts) > _NAMED else "")
    mixed = " Some are of another type than the levels." if any(f.code == "wrong_type" for f in faults) else ""
    return ValuesUnknown(f"Answers outside the declared levels: {names}.{mixed}", faults=faults)


def _stranger(kind: str, value: Any, count: int, levels: Sequence[Any]) -> Fault:
    twin = _twin(value, kind, levels)
    if twin is not None:
        detail = f"`{value}` occurs {count} times as {kind}, but the level `{value}` is {twin}: give all as {twin}."
        return Fault(pointer=f"/{value}", code="wrong_type", detail=detail)
    listed = ", ".join(str(level) for level in levels[:20]) + (", ..." if len(levels) > 20 else "")
    detail = f"`{value}` occurs {count} times and is not one of: {listed}."
    return Fault(pointer=f"/{value}", code="unknown_level", detail=detail)


def _twin(value: Any, kind: str, levels: Sequence[Any]) -> str | None:
    """The type of a level that reads the same but is of another type."""
    alike = [_type(level) for level in levels if _type(level) != kind and _reads(level) == _reads(value)]
    return alike[0] if alike else None


def _reads(value: Any) -> str:
    text = str(value).strip()
    return text[:-2] if text.endswith(".0") and not isinstance(value, str) else text
