"""A joint table of the population over several dimensions, for post-stratifying a model.

Where only margins are published the joint is raked from them (Deming and Stephan 1940), starting from a table of what
can occur. Such a frame knows the levels, not how they go together; what comes of it holds effects of levels only."""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.errors import MarginsUnusable, ValuesUnknown
from analytics.weights.frame import Margin, check_margins

_SWEEPS = 500
_TOLERANCE = 1e-10
MOST_CELLS = 200_000


class JointFrame(msgspec.Struct, frozen=True, kw_only=True):
    """Cells of the population with people in them."""

    dimensions: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    codes: IntArray
    """Cells x dimensions: level of each cell."""
    shares: FloatArray
    """Share of the population in each cell, together 1."""
    source: Literal["published", "raked"]

    def within(self, dimension: str, levels: Sequence[str]) -> BoolArray:
        """Cells whose level of `dimension` is one of `levels`.

        Raises:
            ValuesUnknown: a dimension or level that the frame does not have.
        """
        return np.isin(self.codes[:, self.place(dimension)], self.positions(dimension, levels))

    def place(self, dimension: str) -> int:
        """Column of `codes` that holds a dimension."""
        if dimension not in self.dimensions:
            raise ValuesUnknown(f"The frame has no `{dimension}`; it has {', '.join(self.dimensions)}.")
        return self.dimensions.index(dimension)

    def positions(self, dimension: str, levels: Sequence[str]) -> list[int]:
        """Positions of `levels` among those of a dimension."""
        known = self.levels[self.place(dimension)]
        strange = [level for level in levels if level not in known]
        if strange:
            raise ValuesUnknown(f"`{dimension}` has no {', '.join(map(repr, strange))}; it has {', '.join(known)}.")
        return [known.index(level) for level in levels]


def published(dimensions: Sequence[str], levels: Sequence[Sequence[str]], shares: FloatArray) -> JointFrame:
    """A frame from a published joint table, one axis per dimension.

    Raises:
        MarginsUnusable: shares below zero, not finite, or all zero, or a shape that is not that of the levels.
    """
    table = np.asarray(shares, dtype=np.float64)
    if table.shape != tuple(len(one) for one in levels) or not np.isfinite(table).all() or (table < 0).any():
        raise MarginsUnusable(
            f"A joint table over {', '.join(dimensions)} needs finite shares of 0 or more in the shape of its levels."
        )
    if table.sum() <= 0:
        raise MarginsUnusable("The joint table holds nobody.")
    return _frame(dimensions, levels, table, "published")


def raked(margins: Sequence[Margin], *, possible: Mapping[tuple[str, str], BoolArray] | None = None) -> JointFrame:
    """A frame raked from margins, every combination as likely as its levels allow.

    `possible` says for a pair of dimensions which levels can occur together (levels x levels): nobody under 18 has a
    university degree, say.

    Raises:
        MarginsUnusable: margins that contradict each other or `possible`, pairs that are no margins or have another
            shape, or more cells than can be handled.
    """
    checked = check_margins(margins)
    keys = tuple(margin.key for margin in checked)
    cells = math.prod(len(margin.levels) for margin in checked)
    if not checked or len(set(keys)) < len(keys):
        raise MarginsUnusable(f"A frame needs margins of different dimensions; got {', '.join(keys) or 'none'}.")
    if cells > MOST_CELLS:
        raise MarginsUnusable(f"{cells} combinations are too many (at most {MOST_CELLS}); leave a dimension out.")
    table = _swept(checked, _start(checked, possible or {}))
    return _frame(keys, [margin.levels for margin in checked], table, "raked")


def _start(margins: Sequence[Margin], possible: Mapping[tuple[str, str], BoolArray]) -> FloatArray:
    """Ones where combinations can occur."""
    keys, shape = [margin.key for margin in margins], tuple(len(margin.levels) for margin in margins)
    table = np.ones(shape)
    for (first, second), given in possible.items():
        if first not in keys or second not in keys or first == second:
            raise MarginsUnusable(f"`{first}` and `{second}` are no two of the margins {', '.join(keys)}.")
        a, b, allowed = keys.index(first), keys.index(second), np.asarray(given, dtype=np.float64)
        if allowed.shape != (shape[a], shape[b]):
            raise MarginsUnusable(
                f"What can occur of `{first}` and `{second}` needs {shape[a]} x {shape[b]} values, got {allowed.shape}."
            )
        spread = [shape[axis] if axis in (a, b) else 1 for axis in range(len(shape))]
        table = table * (allowed if a < b else allowed.T).reshape(spread)
    return table


def _swept(margins: Sequence[Margin], table: FloatArray) -> FloatArray:
    """The table with the margins' shares, by scaling to each in turn."""
    for _ in range(_SWEEPS):
        worst = 0.0
        for d, margin in enumerate(margins):
            target = np.asarray(margin.shares)
            reached = table.sum(axis=tuple(axis for axis in range(table.ndim) if axis != d))
            missing = np.flatnonzero((reached <= 0) & (target > 0))
            if missing.size:
                level = margin.levels[int(missing[0])]
                raise MarginsUnusable(f"No combination that can occur holds `{level}` of `{margin.key}`.")
            worst = max(worst, float(np.abs(reached - target).max()))
            factor = np.where(reached > 0, target / np.where(reached > 0, reached, 1.0), 0.0)
            table = table * factor.reshape([-1 if axis == d else 1 for axis in range(table.ndim)])
        if worst <= _TOLERANCE:
            return table
    names = ", ".join(margin.key for margin in margins)
    raise MarginsUnusable(f"The margins of {names} contradict each other or what can occur together.")


def _frame(
    dimensions: Sequence[str],
    levels: Sequence[Sequence[str]],
    table: FloatArray,
    source: Literal["published", "raked"],
) -> JointFrame:
    kept = table > 0
    return JointFrame(
        dimensions=tuple(dimensions),
        levels=tuple(tuple(one) for one in levels),
        codes=np.argwhere(kept).astype(np.int64),
        shares=table[kept] / table.sum(),
        source=source,
    )
