"""The check that every panel passes before anybody sees it: whole people, counted, with no solver in sight."""

import numpy as np

from panels.errors import PanelRefused
from panels.sortition.model import Panels, Row, Types

_AT_ONCE = 256
"""Panels checked together: what bounds the memory."""


def panels(types: Types, drawn: Panels) -> None:
    """Size, people there are, confirmed people, quotas and addresses, for every panel, in integers.

    Args:
        drawn: m x T.

    Raises:
        PanelRefused: names the first panel that breaks a rule, and the rule.
    """
    if not np.issubdtype(drawn.dtype, np.integer) or drawn.ndim != 2 or drawn.shape[1] != types.counts.size:
        raise PanelRefused(f"Panels are whole numbers of people, {types.counts.size} types each.")
    for start in range(0, len(drawn), _AT_ONCE):
        _check(types, drawn[start : start + _AT_ONCE].astype(np.int64), start)


def _check(types: Types, drawn: np.ndarray, start: int) -> None:
    size = np.full(1, types.size)
    _bounds("size", drawn.sum(axis=1, keepdims=True), size, size, start, names=("its size",))
    _bounds("type", drawn, types.floor, types.counts, start)
    reached = np.asarray((types.matrix @ drawn.T).T)
    _bounds("row", reached, types.lower, types.upper, start, names=tuple(_said(row) for row in types.rows))


def _bounds(
    kind: str,
    found: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    start: int,
    names: tuple[str, ...] = (),
) -> None:
    broken = np.argwhere((found < lower) | (found > upper))
    if not broken.size:
        return
    panel, at = (int(i) for i in broken[0])
    name = names[at] if names else f"{kind} {at}"
    details: dict[str, object] = {
        "panel": start + panel,
        "rule": name,
        "found": int(found[panel, at]),
        "minimum": int(lower[at]),
        "maximum": int(upper[at]),
    }
    bounds = f"{lower[at]} to {upper[at]}" if lower[at] != upper[at] else f"{lower[at]}"
    raise PanelRefused(
        f"Panel {start + panel} breaks {name}: {found[panel, at]} people where {bounds} are allowed.", details=details
    )


def _said(row: Row) -> str:
    return f"the quota of {row.feature} = {row.value}" if row.kind == "quota" else "one person per address"
