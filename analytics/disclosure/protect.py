"""Which cells of one table of counts must be hidden, when it is published with its totals (secondary suppression).

Primary: counts under ten. Secondary: the smallest others, until no line of hidden cells adds up to fewer than ten and
no primary cell can be narrowed down to fewer than ten possible values (Cox 1980; Fischetti and Salazar 2001). For
everything that is released together, see `release`.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.disclosure import attack
from analytics.disclosure.thresholds import THRESHOLDS
from analytics.errors import AnalyticsError


def protect(counts: ArrayLike) -> BoolArray:
    """Cells of a one- or two-way table that must be hidden, empty cells included. Checked by `attack.table`.

    Raises:
        AnalyticsError: more than two ways, or counts that are no whole numbers from 0 on.
    """
    table = _table(counts)
    primary = table < THRESHOLDS.suppressed_under
    hidden = _cover_lines(table, primary)
    while not hidden.all():
        low, high = attack.table(table, hidden)
        narrow = primary & (high - low < THRESHOLDS.suppressed_under)
        if not narrow.any():
            break
        hidden = _widen(table, hidden, narrow)
    return hidden.reshape(np.shape(counts))


def count_rule(counts: Mapping[str, int], whole: int) -> frozenset[str]:
    """Levels of a profile table whose count may not be printed beside the whole, so that every count that a reader sees
    or works out is ten or more. People of no level count as one more cell, so that they are protected as well."""
    return _hidden(counts, whole, empty=False)


def hidden_groups(bases: Mapping[str, int], whole: int) -> frozenset[str]:
    """Groups of one dimension whose figures must be hidden when the figure of the whole is published too.

    As `count_rule`, but a group without answers may be shown: it says nothing about anybody.
    """
    return _hidden(bases, whole, empty=True)


def _hidden(counts: Mapping[str, int], whole: int, *, empty: bool) -> frozenset[str]:
    rest = whole - sum(counts.values())
    if rest < 0:
        raise AnalyticsError(f"Groups of {sum(counts.values())} people do not fit into a whole of {whole}.")
    names = [name for name, n in counts.items() if n or not empty]
    cells = [counts[name] for name in names] + ([rest] if rest else [])
    if not cells:
        return frozenset()
    mask = protect(cells)
    return frozenset(name for name, hide in zip(names, mask[: len(names)], strict=True) if hide)


def _table(counts: ArrayLike) -> IntArray:
    given = np.asarray(counts, dtype=np.float64)
    if given.ndim not in (1, 2) or not given.size:
        raise AnalyticsError("A table of counts has one or two ways and at least one cell.")
    if not np.isfinite(given).all() or (given < 0).any() or (given != np.floor(given)).any():
        raise AnalyticsError("Counts are whole numbers of people from 0 on; weighted counts are not protected here.")
    return np.atleast_2d(given.astype(np.int64))


def _cover_lines(table: IntArray, hidden: BoolArray) -> BoolArray:
    """Hide the smallest shown neighbours while the hidden cells of a line together stay under the threshold."""
    hidden = hidden.copy()
    changed = True
    while changed:
        changed = False
        for cells, mask in _lines(table, hidden):
            short = mask.any() and (mask.sum() < 2 or cells[mask].sum() < THRESHOLDS.suppressed_under)
            if short and not mask.all():
                mask[_smallest(cells, ~mask)] = True
                changed = True
    return hidden


def _lines(table: IntArray, hidden: BoolArray) -> list[tuple[IntArray, BoolArray]]:
    """Every row and column with more than one cell, as views."""
    rows = [(table[i], hidden[i]) for i in range(table.shape[0])] if table.shape[1] > 1 else []
    columns = [(table[:, j], hidden[:, j]) for j in range(table.shape[1])] if table.shape[0] > 1 else []
    return rows + columns


def _widen(table: IntArray, hidden: BoolArray, narrow: BoolArray) -> BoolArray:
    """Hide one more cell: the smallest shown one in line with a narrow cell, or anywhere if those lines are full."""
    near = np.asarray(narrow.any(axis=1))[:, None] | np.asarray(narrow.any(axis=0))[None, :]
    candidates = near & ~hidden
    candidates = candidates if candidates.any() else ~hidden
    wider = hidden.copy()
    wider[np.unravel_index(_smallest(table, candidates), table.shape)] = True
    return _cover_lines(table, wider)


def _smallest(cells: IntArray, candidates: BoolArray) -> int:
    cost: FloatArray = np.where(candidates, cells, np.inf)
    return int(np.argmin(cost))
