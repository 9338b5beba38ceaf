"""What must stay hidden of everything that is released together, so that no protected set can be worked out.

A release is a list of cells. A cell is a set of people and whose answers are summed over them: the headline of a
question among women, among those who understood, in one order of the questions. All forms of a report show the same
cells, so they are protected once, here. A set is protected when it holds fewer than ten people, or when all in it gave
the same answer, whether it is a cell itself, the difference of two cells, or what remains of a cell beside its parts.

`protect` hides the protected cells (primary) and then, one by one, the smallest others (secondary) until

- no protected set is a combination of shown ones (`attack.linear`), and
- where sets cross (two dimensions at once), no small hidden count lies between limits closer than ten
  (`attack.bounds`).

Then every secondary cell that can be shown after all is shown again. Cells of different variables are different sums
and cannot be subtracted; a figure that is a sum over several variables is given a cell in each of them, under one key.
Greedy cell suppression on linear relations, after Cox (1980) and Fischetti and Salazar (2001).

`compare` sets a second release about the same people beside the first.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import ArrayLike
from samenspraak.types.problem import Fault

from analytics.arrays import BoolArray, FloatArray, IntArray, as_float
from analytics.disclosure.thresholds import THRESHOLDS
from analytics.disclosure.variable import Variable
from analytics.errors import ReleaseRefused, ReleaseUnusable

BUCKETS = 512
"""Counts per trace: two sets that differ by many people differ in far more than ten of them."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A figure about one set of people, or one of the sums that it is made of."""

    key: str
    """Cells with the same key are one figure: shown or hidden together."""
    variable: str
    """What is summed; the name of a base."""
    members: BoolArray
    """Who is in the set, per row of the base. Only those with a valid answer count."""
    dimension: str = ""
    """Cells of one variable and dimension are disjoint, such as the levels of age; empty for a set by itself."""
    kept: bool = False
    """Not hidden for the sake of another cell while that can be helped, such as the headline of a question."""
    cost: float = 1.0
    """What is lost per person when the cell is hidden, beside the others."""


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """Who answered a variable, per row: one row per person, or per kind of people."""

    people: FloatArray
    """Number of people with a valid answer."""
    total: FloatArray | None = None
    """Sum of their answers; None for a mere count, to which no unanimity rule applies."""
    squares: FloatArray | None = None
    """Sum of their squared answers."""


class Protection(msgspec.Struct, frozen=True, kw_only=True):
    """Keys by what becomes of them."""

    primary: frozenset[str]
    """Hidden for what they would say themselves."""
    secondary: frozenset[str]
    """Hidden for what they would give away."""
    cells: int
    """Number of keys in the release."""

    @property
    def hidden(self) -> frozenset[str]:
        return self.primary | self.secondary


def answers(y: ArrayLike) -> Base:
    """The base of a column of answers, one per person; NaN: not in the base."""
    column = as_float(y)
    valid = ~np.isnan(column)
    given = np.where(valid, column, 0.0)
    return Base(people=valid.astype(np.float64), total=given, squares=given * given)


def counted(people: ArrayLike) -> Base:
    """The base of a profile or origin table: people, and no opinion."""
    return Base(people=as_float(people))


def protect(cells: Sequence[Cell], bases: Mapping[str, Base]) -> Protection:
    """A small set of keys that must be hidden, so that nothing protected can be worked out from the others.

    Deterministic: the order of people makes no difference.

    Raises:
        ReleaseUnusable: cells that do not fit their base, or overlap within a dimension. All faults at once.
    """
    variables = _variables(cells, bases)
    primary = frozenset(key for variable in variables for key in variable.primary())
    hidden = set(primary)
    while True:
        before = len(hidden)
        for variable in variables:
            while (key := variable.next_to_hide(hidden)) is not None:
                hidden.add(key)
        if len(hidden) == before:
            break
    _reopen(variables, hidden, primary)
    return Protection(primary=primary, secondary=frozenset(hidden) - primary, cells=len({cell.key for cell in cells}))


def told(cells: Sequence[Cell], bases: Mapping[str, Base], hidden: Iterable[str] = ()) -> tuple[str, ...]:
    """Protected sets that follow from the cells that are not hidden, each as `variable: what`."""
    gone = frozenset(hidden)
    names = zip(_by_variable(cells), _variables(cells, bases), strict=True)
    return tuple(f"{name}: {one}" for name, variable in names for one in variable.told(gone))


def _reopen(variables: Sequence[Variable], hidden: set[str], primary: frozenset[str]) -> None:
    """Show again, the greatest loss first, what was hidden for others and need not be."""
    loss: dict[str, float] = {}
    for variable in variables:
        for key, one in zip(variable.keys, variable.loss.tolist(), strict=True):
            loss[key] = max(loss.get(key, 0.0), one)
    for key in sorted(hidden - primary, key=lambda key: (-loss[key], key)):
        trial = frozenset(hidden - {key})
        if all(variable.next_to_hide(trial) is None for variable in variables if key in variable.place):
            hidden.discard(key)


def _by_variable(cells: Sequence[Cell]) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.variable, []).append(cell)
    return found


def _variables(cells: Sequence[Cell], bases: Mapping[str, Base]) -> list[Variable]:
    faults, found = [], []
    for name, own in _by_variable(cells).items():
        wrong = _faults(name, own, bases.get(name))
        faults += wrong
        if not wrong:
            found.append(_variable(own, bases[name]))
    if faults:
        raise ReleaseUnusable(f"{len(faults)} cells of this release cannot be protected as given.", faults=faults)
    return found


def _variable(cells: Sequence[Cell], base: Base) -> Variable:
    opinion = () if base.total is None or base.squares is None else (base.total, base.squares)
    return Variable(
        keys=[cell.key for cell in cells],
        members=np.array([cell.members for cell in cells], dtype=bool),
        groups=[cell.dimension or f"{position} by itself" for position, cell in enumerate(cells)],
        kept=np.array([cell.kept for cell in cells], dtype=bool),
        cost=np.array([cell.cost for cell in cells], dtype=np.float64),
        sums=np.array([base.people, *opinion], dtype=np.float64),
    )


def _faults(name: str, cells: Sequence[Cell], base: Base | None) -> list[Fault]:
    if base is None:
        return [Fault(pointer=f"/{name}", code="unknown_base", detail=f"Give the base of `{name}`.")]
    rows = np.shape(base.people)
    columns = [one for one in (base.people, base.total, base.squares) if one is not None]
    if any(np.shape(one) != rows or len(rows) != 1 or not np.isfinite(one).all() for one in columns):
        text = f"The base of `{name}` must have finite numbers, one per row in every column."
        return [Fault(pointer=f"/{name}", code="base_unusable", detail=text)]
    if (base.people < 0).any():
        return [Fault(pointer=f"/{name}", code="base_unusable", detail=f"`{name}` has rows of fewer than 0 people.")]
    found = []
    seen: dict[str, FloatArray] = {}
    for cell in cells:
        if np.shape(cell.members) != rows:
            text = f"Cell `{cell.key}` has {np.size(cell.members)} rows, the base of `{name}` has {rows[0]}."
            found.append(Fault(pointer=f"/{name}/{cell.key}", code="length", detail=text))
        elif cell.dimension:
            mine = np.where(cell.members, base.people, 0.0)
            if (seen.setdefault(cell.dimension, np.zeros(rows)) * mine).any():
                text = f"Cell `{cell.key}` holds people of another level of `{cell.dimension}`; levels must be apart."
                found.append(Fault(pointer=f"/{name}/{cell.key}", code="overlap", detail=text))
            seen[cell.dimension] = seen[cell.dimension] + mine
    return found


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """Enough of a released set to tell later whether another differs from it by few people, and nobody's id."""

    key: str
    variable: str
    people: int
    buckets: tuple[int, ...]
    """Members by keyed hash of their id."""
    sum: int
    """Sum of the keyed hashes, modulo 2^64: equal for equal sets."""


class Overlap(msgspec.Struct, frozen=True, kw_only=True):
    """Two cells of two releases that differ by a few people."""

    variable: str
    earlier: str
    later: str
    people: int
    """By how many, as far as the traces tell."""


def trace(key: str, variable: str, ids: Iterable[str], *, secret: bytes) -> Trace:
    """The trace of a released set. Keep it with the release; `secret` (16 to 64 bytes) is the same for both releases.

    Raises:
        ReleaseUnusable: an id that stands twice, or a secret that is too short or too long.
    """
    if not 16 <= len(secret) <= 64:
        raise ReleaseUnusable(f"The secret of traces has 16 to 64 bytes, not {len(secret)}.")
    people = list(ids)
    if len(set(people)) != len(people):
        raise ReleaseUnusable(f"Cell `{key}` of `{variable}` names somebody twice; give every id once.")
    digests = (hashlib.blake2b(one.encode(), key=secret, digest_size=8).digest() for one in people)
    hashes = np.frombuffer(b"".join(digests), dtype="<u8")
    buckets = np.bincount((hashes % np.uint64(BUCKETS)).astype(np.int64), minlength=BUCKETS)
    with np.errstate(over="ignore"):
        total = int(hashes.sum(dtype=np.uint64))
    return Trace(key=key, variable=variable, people=len(people), buckets=tuple(buckets.tolist()), sum=total)


def compare(earlier: Sequence[Trace], later: Sequence[Trace]) -> tuple[Overlap, ...]:
    """Pairs of cells, one of each release and of the same variable, whose people differ by 1 to 9: the difference of
    their figures is about those few. Equal sets are no such pair.

    Two traces show at most the true number of people by which they differ, so no pair is missed; some pairs
    that differ by a little more are named as well.
    """
    found = []
    for name, firsts, seconds in _shared(earlier, later):
        a, b = _buckets(firsts), _buckets(seconds)
        for i, one in enumerate(firsts):
            apart = np.abs(b - a[i]).sum(axis=1)
            for j in np.flatnonzero(apart < THRESHOLDS.suppressed_under).tolist():
                if (one.people, one.sum) != (seconds[j].people, seconds[j].sum):
                    people = max(int(apart[j]), 1)
                    found.append(Overlap(variable=name, earlier=one.key, later=seconds[j].key, people=people))
    return tuple(found)


def check_apart(earlier: Sequence[Trace], later: Sequence[Trace]) -> None:
    """Refuse a second release about the same people that gives a few of them away beside the first.

    Raises:
        ReleaseRefused: `faults` name every pair of cells.
    """
    found = compare(earlier, later)
    if found:
        raise ReleaseRefused(
            f"{len(found)} cells differ from an earlier release by fewer than {THRESHOLDS.suppressed_under} people. "
            "Release on the same people as before, or wait until ten or more have joined or left.",
            faults=[
                Fault(
                    pointer=f"/{one.variable}/{one.later}",
                    code="few_apart",
                    detail=f"`{one.later}` of `{one.variable}` differs from `{one.earlier}`, released before, by "
                    f"{one.people} people.",
                )
                for one in found
            ],
        )


def _shared(earlier: Sequence[Trace], later: Sequence[Trace]) -> Iterable[tuple[str, list[Trace], list[Trace]]]:
    for name in dict.fromkeys(one.variable for one in later):
        firsts = [one for one in earlier if one.variable == name]
        if firsts:
            yield name, firsts, [one for one in later if one.variable == name]


def _buckets(traces: Sequence[Trace]) -> IntArray:
    return np.array([one.buckets for one in traces], dtype=np.int64)
