"""From answers to codes: strict matching against declared levels, partial knowledge kept, never a silent drop."""

from collections.abc import Collection, Sequence

import msgspec
import numpy as np
from samenspraak.types.problem import Fault

from analytics.arrays import FloatArray, IntArray
from analytics.errors import ValuesUnknown

_TABLE = 1_000_000

Value = str | Collection[str] | None
"""A level, the levels a person may belong to, or None: nothing known."""


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


def code(values: Sequence[str | None], levels: Sequence[str]) -> IntArray:
    """Position of each value in `levels`; None becomes -1.

    Raises:
        ValuesUnknown: some value is no level; every such value is named once, with how often it occurs.
    """
    position = {level: index for index, level in enumerate(levels)}
    strangers = [value for value in values if value is not None and value not in position]
    if strangers:
        raise _unknown(strangers, levels)
    return np.array([-1 if value is None else position[value] for value in values], dtype=np.int64)


def code_partial(values: Sequence[Value], levels: Sequence[str], shares: Sequence[float]) -> Coded:
    """Memberships of people who may be known only in part.

    Someone known to be in one of several levels belongs to each by the population's conditional share; someone of whom
    nothing is known belongs to all levels by their population shares. So nobody is dropped and no level is favoured.

    Raises:
        ValuesUnknown: as `code`, also for an empty collection.
    """
    position = {level: index for index, level in enumerate(levels)}
    rows: dict[frozenset[str], int] = {frozenset([level]): index for index, level in enumerate(levels)}
    patterns = list(np.eye(len(levels)))
    everything = frozenset(levels)
    target = np.asarray(shares, dtype=np.float64)
    codes, strangers = np.empty(len(values), dtype=np.int64), []
    for i, value in enumerate(values):
        known = everything if value is None else frozenset([value] if isinstance(value, str) else value)
        if not known or not known <= everything:
            strangers.extend(sorted(known - everything) or ["(nothing)"])
            continue
        if known not in rows:
            inside = np.zeros(len(levels))
            chosen = [position[level] for level in known]
            inside[chosen] = target[chosen] / target[chosen].sum()
            rows[known] = len(patterns)
            patterns.append(inside)
        codes[i] = rows[known]
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


def _dense(number: IntArray, size: int) -> tuple[IntArray, int]:
    """The numbers that occur, renumbered from 0 in their order; without sorting while a table of all fits in memory."""
    if size > max(_TABLE, 4 * number.size):
        found, dense = np.unique(number, return_inverse=True)
        return dense.reshape(-1).astype(np.int64), int(found.size)
    occurs = np.bincount(number, minlength=size) > 0
    renumbered = np.cumsum(occurs) - 1
    return renumbered[number].astype(np.int64), int(occurs.sum())


def _unknown(strangers: Sequence[str], levels: Sequence[str]) -> ValuesUnknown:
    names = sorted(set(strangers))
    known = ", ".join(levels[:20]) + (", ..." if len(levels) > 20 else "")
    faults = [
        Fault(
            pointer=f"/{name}",
            code="unknown_level",
            detail=f"`{name}` occurs {strangers.count(name)} times and is not one of: {known}.",
        )
        for name in names
    ]
    return ValuesUnknown(f"Answers outside the declared levels: {', '.join(names)}.", faults=faults)
