"""The best of all lotteries, exactly: column generation over whole panels.

The relaxation can promise more than any lottery keeps, when whole people cannot be combined as fractions can (three
people who exclude one another in pairs). Here the chances are those of panels that exist. The lottery over the panels
known so far is improved by the panel that its dual weights ask for, found by an integer programme, until no panel helps
(Flanigan, Goelz, Gupta, Hennig and Procaccia 2021, Nature 596, supplement; Desaulniers, Desrosiers and Solomon 2005,
Column generation). The last integer programme is the certificate: its optimum is a bound that every lottery obeys."""

from typing import Literal

import msgspec
import numpy as np
from scipy import sparse

from analytics.arrays import FloatArray, IntArray
from panels.errors import DraftImpossible, PanelError
from panels.sortition import integer, linear, reach, verify
from panels.sortition.linear import Method
from panels.sortition.model import Lottery, Panels, Types

Solvable = Literal["leximin", "maximin"]

ROUNDS = 3000
"""Panels asked for before the search is given up; the lottery then is not marked as exact."""
_GAP = 1e-7
"""A level is reached when its bound is at most this part above it."""
_HELD = 1e-3
"""A type is settled at a level when its dual weight is this part of the largest one."""
_DUST = 1e-9


class _Known(msgspec.Struct, kw_only=True):
    """The lottery so far."""

    types: Types
    open: IntArray
    """U: types whose chances are to be made as good as they can be."""
    panels: Panels
    settled: FloatArray
    """U: chances that are settled; NaN for those still to be raised."""
    rounds: int = 0


class _Master(msgspec.Struct, frozen=True, kw_only=True):
    """The best lottery over the panels known."""

    value: float
    """Lowest chance that is not settled."""
    weights: FloatArray
    """m: probability of each panel."""
    duals: FloatArray
    """U: a panel that holds every type's people in full gains this much for the type; they sum to 1 over the types that
    are not settled."""


def solve(types: Types, algorithm: Solvable, start: Lottery | None = None) -> Lottery:
    """The lottery with the best chances of all. Starts from the panels of `start`.

    People that no panel can contain get 0 and are left out of what is optimised. Maximin stops at the first level.

    Returns:
        `exact` is True when an integer programme showed for each level that no panel improves it by more than 1e-7 of
        its value; False when `ROUNDS` panels were not enough or rounding stood in the way, and then the lottery is the
        best one found.

    Raises:
        DraftImpossible: there is no panel.
        PanelError: a programme was not solved.
    """
    found = reach.exact(types, None if start is None else start.panels)
    opened = np.flatnonzero((types.floor == 0) & ~found.never)
    known = _Known(
        types=types,
        open=opened,
        panels=np.unique(found.panels, axis=0),
        settled=np.full(opened.size, np.nan),
    )
    exact = True
    while exact and np.isnan(known.settled).any():
        exact = _raise_level(known)
        if algorithm == "maximin":
            break
    return _lottery(known, exact, spread=algorithm == "maximin")


def _raise_level(known: _Known) -> bool:
    """Raise the lowest chance that is not settled, by new panels, and settle who cannot go higher; False when the
    search was given up."""
    method: Method = "interior"
    while known.rounds < ROUNDS:
        known.rounds += 1
        master = _master(known, method)
        panel = _best(known, master.duals)
        gap = _ceiling(known, master.duals, panel) - master.value
        if gap <= _GAP * max(master.value, _DUST):
            _settle(known, master)
            return True
        if (known.panels == panel).all(axis=1).any():
            if method == "vertex":  # a panel in the lottery cannot improve it: rounding allows no more
                return False
            method = "vertex"
        else:
            known.panels = np.vstack([known.panels, panel.astype(np.int32)])
            method = "interior"
    return False


def _master(known: _Known, method: Method) -> _Master:
    """Maximise z with every chance that is not settled at z or more, and the settled ones where they are."""
    chances = sparse.csr_array(_chances(known))
    active = np.isnan(known.settled)
    panels = len(known.panels)
    rows = sparse.vstack(
        [
            sparse.hstack([chances, sparse.csr_array(-active.astype(np.float64)[:, None])], format="csr"),
            sparse.csr_array(np.append(np.ones(panels), 0.0)[None]),
        ],
        format="csr",
    )
    found = linear.maximise(
        np.append(np.zeros(panels), 1.0),
        sparse.csr_array(rows),
        lower=np.append(np.where(active, 0.0, known.settled - _DUST), 1.0),
        upper=np.append(np.full(active.size, np.inf), 1.0),
        least=np.zeros(panels + 1),
        most=np.ones(panels + 1),
        method=method,
    )
    if found is None:
        raise PanelError("The settled chances of a lottery could not be kept because of rounding.")
    duals = np.maximum(-found.price[:-1], 0.0)
    total = duals[active].sum()
    return _Master(value=float(found.x[-1]), weights=found.x[:-1], duals=duals / total if total > 0 else duals)


def _chances(known: _Known) -> FloatArray:
    """U x m: the part of each type that each panel holds."""
    return known.panels.T[known.open] / known.types.counts[known.open][:, None]


def _best(known: _Known, duals: FloatArray) -> IntArray:
    objective = np.zeros(known.types.counts.size)
    objective[known.open] = duals / known.types.counts[known.open]
    panel = integer.panel(known.types, objective)
    if panel is None:
        raise DraftImpossible
    return panel


def _ceiling(known: _Known, duals: FloatArray, panel: IntArray) -> float:
    """What the level cannot be above in any lottery that keeps the settled chances.

    In every lottery the duals weigh the chances to at most what the best panel gives.
    """
    active = np.isnan(known.settled)
    most = duals @ (panel[known.open] / known.types.counts[known.open])
    total = duals[active].sum()
    if total <= 0:  # nothing holds the level down but that a chance ends at 1
        return 1.0
    return float(min((most - duals[~active] @ known.settled[~active]) / total, 1.0))


def _settle(known: _Known, master: _Master) -> None:
    active = np.isnan(known.settled)
    least = 0.0 if master.value >= 1.0 - _DUST else _HELD * master.duals[active].max()
    known.settled[active & (master.duals >= least)] = min(master.value, 1.0)


def _lottery(known: _Known, exact: bool, *, spread: bool) -> Lottery:
    """The lottery with the settled chances; the others as even as the inside of the best face is, if `spread`."""
    weights = _master(known, "interior" if spread else "vertex").weights
    used = weights > _DUST
    panels = known.panels[used]
    verify.panels(known.types, panels)
    return Lottery(panels=panels, weights=weights[used] / weights[used].sum(), exact=exact)
