"""Who can be on a panel at all, and who is on every one."""

import msgspec
import numpy as np

from analytics.arrays import BoolArray, FloatArray, IntArray
from panels.errors import DraftImpossible
from panels.sortition import integer
from panels.sortition.model import Panels, Types


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """Who can be drawn, in whole panels. Confirmed types are in neither."""

    never: BoolArray
    """T: types that no panel contains."""
    always: BoolArray
    """T: types all of whose people are on every panel."""
    panels: Panels
    """The panels that were found on the way, together with the given ones: every type that can be drawn is on one."""


def exact(types: Types, panels: Panels | None = None) -> Reach:
    """Who is on no panel, and who on every one, by integer programmes. `panels` are some that are known already: the
    more different they are, the fewer programmes are left.

    Asks for the panel with the most people of the types not seen so far, until the answer is none; likewise for the
    types that were never missing from a panel.

    Raises:
        DraftImpossible: there is no panel.
    """
    known = [] if panels is None else [panels]
    drawable = types.floor == 0
    unseen = drawable & ~np.any([(some > 0).any(axis=0) for some in known], axis=0)
    full = drawable & np.all([(some == types.counts).all(axis=0) for some in known], axis=0)
    while True:
        panel = _panel(types, unseen.astype(np.float64))
        known.append(panel[None].astype(np.int32))
        full &= panel == types.counts
        if not panel[unseen].any():
            break
        unseen &= panel == 0
    while full.any():
        panel = _panel(types, -full.astype(np.float64))
        if (panel == types.counts)[full].all():
            break
        known.append(panel[None].astype(np.int32))
        full &= panel == types.counts
    return Reach(never=unseen, always=full, panels=np.concatenate(known))


def _panel(types: Types, objective: FloatArray) -> IntArray:
    panel = integer.panel(types, objective)
    if panel is None:
        raise DraftImpossible
    return panel
