"""Many panels at once: the people of all panels together are split in two, and every half again, until each part is one
panel.

If Y people of each type are to be spread over N panels, half the panels get Y / 2 of them, rounded up or down, in
such a way that both halves can still be spread: every row of a part of n panels lies within n times its bounds. At
the end each type is on exactly as many panels as was asked. It is the bisection by which matrices are rounded with
small discrepancy (Lovasz, Spencer and Vesztergombi 1986, Discrepancy of set-systems and matrices), with a search by
exchanges for each split (`exchange`) and an integer program where that fails."""

import math

import msgspec
import numpy as np

from analytics.arrays import BoolArray, FloatArray, IntArray
from panels.sortition import exchange, integer
from panels.sortition.exchange import Rows
from panels.sortition.model import Panels, Types

_CELLS = 2**18
"""Numbers in one batch of splits: what fits in a processor's cache."""
_STEPS = 400
_BAND = 1.0
"""A row of a part stays this near to its share of the whole, though its bounds would allow more: parts that keep near
the middle are easier to split."""
_ROUNDS = 25
"""Times that parts are put together with others and split anew, at most, ..."""
_FEWER = 0.98
"""... and as long as the panels still missing become fewer by this factor each time."""
_PROGRAMS = 100
"""Parts that an integer program is tried for in the end."""
_NODES = 500
_WHOLE = 1e-6
"""Nearer than this, a number of people over all panels is taken for whole."""
_DIGITS = 6
"""Fractions are compared to so many digits, so that the last bits of a target decide nothing."""
_TIGHT = 1e-6
"""Nearer than this to its bound, a row is taken to be at it."""


def totals(types: Types, expected: FloatArray, panels: int) -> IntArray | None:
    """Whole numbers near `panels * expected`, rounded up or down within what so many panels can hold; None if that
    fails.

    Among these it prefers to round up where the fraction is largest. A type never gets less than its number rounded
    down, so the lowest chance over all panels is at least floor(panels * lowest) / panels. Rows that `expected` meets
    with equality are met with equality (a row that is full in the mean is full in every panel), and where it can be no
    others: a type or row that is at its bound in all panels could not be moved off it by any weights.
    """
    wanted = np.clip(expected * panels, panels * types.floor, panels * types.counts)
    near = np.rint(wanted)
    wanted = np.where(np.abs(wanted - near) < _WHOLE, near, wanted)
    base, ceiling = np.floor(wanted).astype(np.int64), np.ceil(wanted).astype(np.int64)
    matrix, lower, upper = integer.rows(types, panels)
    held = panels * np.append(types.matrix @ expected, types.size)
    room = panels * _TIGHT
    empty, full = held <= lower + room, held >= upper - room
    gain = np.round(wanted - base, _DIGITS)
    off = (base < ceiling).astype(np.int64)
    for strict in (1, 0):
        low = np.where(full, upper, lower + strict * ~empty)
        high = np.where(empty, lower, upper - strict * ~full)
        least = base + strict * off * (base == panels * types.floor)
        most = ceiling - strict * off * (ceiling == panels * types.counts)
        found = integer.solve(gain, matrix, lower=low, upper=high, least=least, most=most, nodes=_NODES)
        if found is not None:
            return found
    return None


def spread(types: Types, together: IntArray, panels: int, rng: np.random.Generator) -> Panels:
    """`panels` panels that hold `together` people of each type. Fewer where a part could not be split at all; those
    that are returned keep all rows.

    A part that the search cannot split is put together with as many panels that are ready, and split anew: what two
    panels cannot share out, four often can. Only what is left after some rounds goes to an integer program.

    Args:
        together: T, within `panels` times the bounds of one panel (`totals`).
    """
    ready = _Ready(panels, together.size)
    rows = exchange.rows_of(types, rng)
    parts = [_Part(size=panels, people=together.astype(np.int64))]
    before = math.inf
    for _ in range(_ROUNDS):
        parts = _split_all(rows, parts, ready, rng)
        missing = panels - ready.count
        if not parts or missing > _FEWER * before:
            break
        before = missing
        parts = [ready.join(part, rng) for part in parts]
    parts = [ready.give_back(part) for part in parts]
    for part in parts[:_PROGRAMS]:
        _finish(types, part, ready, rng)
    return ready.panels[: ready.count]


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """People to be spread over some panels."""

    size: int
    people: IntArray
    joined: IntArray | None = None
    """Ready panels that were put together with them, included in both."""


class _Ready:
    """Panels that are finished, at least for now."""

    def __init__(self, most: int, types: int) -> None:
        self.panels = np.zeros((most, types), dtype=np.int32)
        self.count = 0

    def add(self, panels: IntArray) -> None:
        self.panels[self.count : self.count + len(panels)] = panels
        self.count += len(panels)

    def join(self, part: _Part, rng: np.random.Generator) -> _Part:
        """A part together with as many ready panels as it has itself, or as there are; others than those last time."""
        own = self.give_back(part)
        taken = []
        for _ in range(min(own.size, self.count)):
            i = int(rng.integers(self.count))
            self.count -= 1
            taken.append(self.panels[i].astype(np.int64))
            self.panels[i] = self.panels[self.count]
        if not taken:
            return own
        joined = np.stack(taken)
        return _Part(size=own.size + len(joined), people=own.people + joined.sum(axis=0), joined=joined)

    def give_back(self, part: _Part) -> _Part:
        """The part as it was before; the panels it was joined with are ready again."""
        if part.joined is None:
            return part
        self.add(part.joined)
        return _Part(size=part.size - len(part.joined), people=part.people - part.joined.sum(axis=0))


def _split_all(rows: Rows, parts: list[_Part], ready: _Ready, rng: np.random.Generator) -> list[_Part]:
    """Split parts, and their halves, down to single panels; the parts for which that failed."""
    batch = max(1, _CELLS // max(1, rows.exact.shape[1]))
    failed: list[_Part] = []
    sizes, people = np.array([part.size for part in parts]), np.stack([part.people for part in parts])
    waiting = [(sizes, people, np.arange(sizes.size))]
    while waiting:
        sizes, people, whole = waiting.pop()
        if sizes.size > batch:
            cuts = range(0, sizes.size, batch)
            waiting += [(sizes[i : i + batch], people[i : i + batch], whole[i : i + batch]) for i in cuts]
            continue
        single = sizes == 1
        ready.add(people[single])
        sizes, people, whole = sizes[~single], people[~single], whole[~single]
        if not sizes.size:
            continue
        half, solved = _halve(rows, sizes, people, rng)
        failed += [
            parts[whole[i]] if whole[i] >= 0 else _Part(size=int(sizes[i]), people=people[i])
            for i in np.flatnonzero(~solved)
        ]
        if solved.any():
            waiting.append(_both(sizes[solved], half[solved], people[solved]))
    return failed


def _finish(types: Types, part: _Part, ready: _Ready, rng: np.random.Generator) -> None:
    """Split one part by integer programs as far as that goes."""
    waiting = [(part.size, part.people)]
    while waiting:
        size, people = waiting.pop()
        if size == 1:
            ready.add(people[None])
            continue
        half = _program(types, people, size, rng)
        if half is not None:
            waiting += [(size // 2, half), (size - size // 2, people - half)]


def _halve(rows: Rows, sizes: IntArray, people: IntArray, rng: np.random.Generator) -> tuple[IntArray, BoolArray]:
    """The first half of every part, and whether it and the rest can be split on."""
    first = sizes // 2
    many = people * first[:, None]
    base = many // sizes[:, None]
    rest = many - base * sizes[:, None]
    held = exchange.sums(rows, people)
    here, there = first[:, None], (sizes - first)[:, None]
    middle = held * (first / sizes)[:, None]
    # The first half must keep its bounds, and so must what it leaves.
    lower = np.maximum(np.maximum(here * rows.lower, held - there * rows.upper), np.floor(middle) - _BAND)
    upper = np.minimum(np.minimum(here * rows.upper, held - there * rows.lower), np.ceil(middle) + _BAND)
    chosen, solved = exchange.search(
        rows, base, rest > 0, rest / sizes[:, None], lower=lower, upper=upper, rng=rng, steps=_STEPS
    )
    return base + chosen, solved


def _both(sizes: IntArray, half: IntArray, people: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Both halves: panels, people, and that neither is a whole part."""
    first = sizes // 2
    counts = np.concatenate([first, sizes - first])
    return counts, np.concatenate([half, people - half]), np.full(counts.size, -1)


def _program(types: Types, part: IntArray, size: int, rng: np.random.Generator) -> IntArray | None:
    """One split by an integer program, with every type rounded up or down."""
    here, there = size // 2, size - size // 2
    matrix, low, high = integer.rows(types)
    held = matrix @ part
    base = part * here // size
    return integer.solve(
        rng.random(part.size),
        matrix,
        lower=np.maximum(here * low, held - there * high),
        upper=np.minimum(here * high, held - there * low),
        least=base,
        most=base + (part * here % size > 0),
        nodes=_NODES,
    )
