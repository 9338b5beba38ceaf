"""A lottery that anybody can follow: m numbered panels, each as likely as the next, so that one number draws the
panel."""

import numpy as np

from analytics.arrays import FloatArray, IntArray
from panels.sortition import faces, halving, verify, weighting
from panels.sortition.model import Lottery, Panels, Types

_DUST = 1e-6
_EXCHANGES = 2_000
"""Exchanges at most."""


def uniform(types: Types, lottery: Lottery, m: int, rng: np.random.Generator) -> Panels:
    """m equally likely panels with the chances of a lottery, as nearly as m panels can have them.

    Every type gets its expected people times m, rounded up or down, and so everybody's chance is at least the old one
    rounded down to 1/m: the lowest chance is floor(m x lowest) / m, the best that m panels can do for a lottery that
    has the largest minimum. The panels are new ones (`halving`). Where the pool leaves no such division, the
    lottery's own panels are taken about as often as their weights say, with others to fill up (`_apportioned`).

    Panels can be the same; their order is random. Same arguments, same panels.

    Args:
        m: 1 or more.
    """
    expected = faces.settle(types, weighting.mean(lottery.weights, lottery.panels))
    together = halving.totals(types, expected, m)
    panels = halving.spread(types, together, m, rng) if together is not None else lottery.panels[:0]
    if len(panels) < m:
        known = np.concatenate([panels, lottery.panels]) if len(panels) else lottery.panels
        panels = known[_apportioned(types, lottery, m, known)]
    verify.panels(types, panels)
    return panels[rng.permutation(m)]


def _apportioned(types: Types, lottery: Lottery, m: int, known: Panels) -> IntArray:
    """Which of the known panels are taken, m of them in all: those of the lottery, which come last, m times their
    weight, rounded down, and then those that help who lags most. After that one panel is exchanged for another as
    long as it makes the seats that people lack fewer."""
    first = len(known) - len(lottery.panels)
    times = np.zeros(len(known), dtype=np.int64)
    times[first:] = np.floor(lottery.weights * m + _DUST)
    wanted = np.floor(m * (weighting.mean(lottery.weights, lottery.panels)) + _DUST)
    held = (times @ known).astype(np.float64)
    for _ in range(m - int(times.sum())):
        _take(times, held, known, int(np.argmin(_lack(known, wanted - held, +1))), +1)
    best, least = times.copy(), np.inf
    resting = np.zeros(len(known), dtype=np.int64)
    for step in range(_EXCHANGES):
        lack = float((np.maximum(wanted - held, 0.0) ** 2).sum())
        if lack < least:
            best, least = times.copy(), lack
        if lack == 0:
            break
        for sign in (-1, +1):
            allowed = (resting <= step) & ((times > 0) | (sign > 0))
            chosen = int(np.argmin(np.where(allowed, _lack(known, wanted - held, sign), np.inf)))
            _take(times, held, known, chosen, sign)
            resting[chosen] = step + 2 + (7 * step + chosen) % 11
    return np.repeat(np.arange(best.size), best)


def _take(times: IntArray, held: FloatArray, known: Panels, panel: int, sign: int) -> None:
    times[panel] += sign
    held += sign * known[panel]


def _lack(known: Panels, lag: FloatArray, sign: int) -> FloatArray:
    """For each panel, the squares of what types lack when it is added (taken away), less what they lack now."""
    after = np.maximum(lag[None] - sign * known, 0.0) ** 2
    return np.asarray(after.sum(axis=1) - (np.maximum(lag, 0.0) ** 2).sum())
