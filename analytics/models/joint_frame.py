"""A joint table of the population over several dimensions, for post-stratifying a model.

Where only margins are published the joint is raked from them (Deming and Stephan 1940), starting from a table of what
can occur. Such a frame knows the levels, not how they go together; what comes of it holds effects of levels only."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.errors import MarginsUnusable
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
        """Cells whose level of `dimension` is one of `levels`."""
        d = self.dimensions.index(dimension)
        wanted = [self.levels[d].index(level) for level in levels]
        return np.isin(self.codes[:, d], wanted)


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


def raked(margins: Sequence[Margin], *, possible: Mapping[tuple[str, str], BoolArray] = {}) -> JointFrame:
    """A frame raked from margins, every combination as likely as its levels allow.

    `possible` says for a pair of dimensions which levels can occur together (levels x levels); nobody of 18 to 24 with
    a finished education of an older person, say.

    Raises:
        MarginsUnusable: margins that contradict each other or `possible`, or more cells than can be handled.
    """
    checked = check_margins(margins)
    keys = tuple(margin.key for margin in checked)
    shape = tuple(len(margin.levels) for margin in checked)
    if int(np.prod(shape)) > MOST_CELLS:
        raise MarginsUnusable(f"{int(np.prod(shape))} combinations are too many; leave a dimension out.")
    table = np.ones(shape)
    for (first, second), allowed in possible.items():
        a, b = keys.index(first), keys.index(second)
        view = np.asarray(allowed, dtype=np.float64)
        view = view if a < b else view.T
        low, high = min(a, b), max(a, b)
        spread = [1] * len(shape)
        spread[low], spread[high] = shape[low], shape[high]
        table = table * view.reshape(spread)
    targets = [np.asarray(margin.shares) for margin in checked]
    for _ in range(_SWEEPS):
        worst = 0.0
        for d, target in enumerate(targets):
            axes = tuple(axis for axis in range(len(shape)) if axis != d)
            reached = table.sum(axis=axes)
            if (reached[target > 0] <= 0).any():
                level = checked[d].levels[int(np.flatnonzero((reached <= 0) & (target > 0))[0])]
                raise MarginsUnusable(f"No combination that can occur holds `{level}` of `{keys[d]}`.")
            worst = max(worst, float(np.abs(reached - target).max()))
            factor = np.where(reached > 0, target / np.where(reached > 0, reached, 1.0), 0.0)
            table = table * factor.reshape([-1 if axis == d else 1 for axis in range(len(shape))])
        if worst <= _TOLERANCE:
            break
    else:
        raise MarginsUnusable(f"The margins of {', '.join(keys)} contradict each other or what can occur together.")
    return _frame(keys, [margin.levels for margin in checked], table, "raked")


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
