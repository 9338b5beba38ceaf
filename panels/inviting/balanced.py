"""Balanced stratified draws: fixed numbers per cell, and in every further dimension the mix of the frame.

A simple stratified draw over cells of sex and age leaves province and education to chance. Here every level of the
dimensions asked for gets its expected number, rounded up or down (`cube`), and everybody keeps the same chance as in
the simple draw: places of the cell over its members.

People of one cell with the same levels are alike to the method. So whole numbers of each such kind are settled at once,
the fractions of the kinds go through the cube, and within a kind it is a simple random draw. That makes 50,000 members
a problem of some hundreds of kinds, and leaves as much to chance as the balance allows."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
import numpy as np
from samenspraak.types.problem import Fault

from analytics.arrays import FloatArray, IntArray
from panels.inviting import cube, stratified
from panels.inviting.models import refuse
from panels.models import Coded, Selected

_ROUNDING = 1e-9


class LevelBalance(msgspec.Struct, frozen=True, kw_only=True):
    """One level of a dimension in the draw."""

    dimension: str
    code: str
    """`?` for members of whom it is not known."""
    expected: float
    """By the chances of the members."""
    drawn: int


class BalancedDraw(msgspec.Struct, frozen=True, kw_only=True):
    """A draw, and how near it is to the mix that the chances expect."""

    selected: tuple[Selected, ...]
    balance: tuple[LevelBalance, ...]
    kinds: int
    """Different combinations of cell and levels."""
    slack: int
    """0 when every level is its expectation rounded up or down; else how far bounds had to be widened, because no
    draw meets them all."""

    @property
    def largest_error(self) -> float:
        """Most people by which a level differs from its expectation."""
        return max((abs(level.drawn - level.expected) for level in self.balance), default=0.0)


class _Kinds(msgspec.Struct, frozen=True, kw_only=True):
    """Kinds of people alike, in order of cell and codes."""

    cells: tuple[str, ...]
    codes: tuple[tuple[str, ...], ...]
    members: tuple[tuple[UUID, ...], ...]


def draw(
    members: Mapping[str, Sequence[UUID]],
    sizes: Mapping[str, int],
    *,
    coded: Mapping[UUID, Coded],
    dimensions: Sequence[str],
    seed: int,
    wave: int = 1,
) -> BalancedDraw:
    """Draw `sizes` people from each cell, balanced on `dimensions`; the same whatever the order of the members.

    Args:
        members: who may be drawn, by cell; nobody twice.
        coded: level of each member in every dimension; somebody who is not named is unknown in all.
        seed: 0 <= seed < 2**256.
        wave: from 1.

    Raises:
        PlanUnfit: more people than a cell has, fewer than 0, no dimensions, or one twice; every fault is named.
    """
    faults = stratified.faults(members, sizes)
    if not dimensions or len(set(dimensions)) != len(dimensions):
        detail = f"The draw is balanced on {list(dimensions)}; name one dimension or more, each once."
        faults.append(Fault(pointer="/dimensions", code="out_of_range", detail=detail))
    refuse(faults)
    wanted = {key: size for key, size in sizes.items() if size}
    kinds = _kinds({key: members[key] for key in wanted}, coded, dimensions)
    chance = np.array([wanted[cell] / len(members[cell]) for cell in kinds.cells])
    expected = chance * np.array([len(ids) for ids in kinds.members], dtype=np.float64)
    columns, levels = _columns(kinds, dimensions)
    whole = np.floor(expected + _ROUNDING)
    landed = cube.draw(np.clip(expected - whole, 0.0, 1.0), _numbered(kinds.cells), columns, _generator(seed, wave))
    counts = whole.astype(np.int64) + landed.taken
    selected = [
        Selected(member_id=member_id, stratum=cell, probability=wanted[cell] / len(members[cell]))
        for cell, ids, count in zip(kinds.cells, kinds.members, counts.tolist(), strict=True)
        for member_id in stratified.ranked(ids, seed, wave)[:count]
    ]
    return BalancedDraw(
        selected=tuple(sorted(selected, key=lambda one: one.member_id)),
        balance=tuple(
            LevelBalance(dimension=dimension, code=code, expected=float(column @ expected), drawn=int(column @ counts))
            for (dimension, code), column in zip(levels, columns.T, strict=True)
        ),
        kinds=len(kinds.cells),
        slack=landed.slack,
    )


def variance(values: FloatArray, probability: FloatArray, columns: FloatArray) -> FloatArray:
    """Variance of the Horvitz-Thompson totals of `values` (n x k), k, from a balanced sample (Deville and Tillé 2005).

    `columns` (n x q) are what the draw was balanced on, as counted per person: a column for every cell, and those of
    the levels. Only what they do not explain varies: with c = (1 - p) n / (n - rank), the residuals of value / p on the
    columns, weighted by c, squared and weighted by c.

    It is an approximation: joint chances of a balanced draw are not known in closed form, and this treats the sample as
    one of a Poisson design of maximal entropy, conditional on the balance (Hájek 1981). The draw shuffles its units,
    which brings it near. Where exact joint chances are needed, repeat the draw with other seeds and count.

    Raises:
        PlanUnfit: shapes that do not fit, chances outside (0, 1], or no more people than columns.
    """
    y = values[:, None] if values.ndim == 1 else values
    n, rank = len(y), int(np.linalg.matrix_rank(columns))
    if not len(probability) == len(columns) == n or not ((probability > 0) & (probability <= 1)).all() or n <= rank:
        detail = f"Give values, chances in (0, 1] and columns of the same people, more than {rank} of them."
        refuse([Fault(pointer="/values", code="out_of_range", detail=detail)])
    c = (1 - probability) * n / (n - rank)
    root = np.sqrt(c)[:, None]
    z = y / probability[:, None]
    slopes = np.linalg.lstsq(columns * root, z * root, rcond=None)[0]
    return np.asarray((c[:, None] * (z - columns @ slopes) ** 2).sum(axis=0))


def _generator(seed: int, wave: int) -> np.random.Generator:
    """Randomness of the cube, apart from that of the ranks within a kind."""
    digest = hashlib.sha256(seed.to_bytes(32, "big") + wave.to_bytes(4, "big") + b"cube").digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def _kinds(members: Mapping[str, Sequence[UUID]], coded: Mapping[UUID, Coded], dimensions: Sequence[str]) -> _Kinds:
    found: dict[tuple[str, tuple[str, ...]], list[UUID]] = defaultdict(list)
    for cell, ids in members.items():
        for member_id in ids:
            known = coded.get(member_id, {})
            found[cell, tuple(known.get(name) or "?" for name in dimensions)].append(member_id)
    order = sorted(found)
    return _Kinds(
        cells=tuple(cell for cell, _ in order),
        codes=tuple(codes for _, codes in order),
        members=tuple(tuple(sorted(found[key])) for key in order),
    )


def _columns(kinds: _Kinds, dimensions: Sequence[str]) -> tuple[FloatArray, tuple[tuple[str, str], ...]]:
    """Kinds x levels of 0 and 1, and what the levels are."""
    levels = tuple(
        (name, code)
        for place, name in enumerate(dimensions)
        for code in sorted({codes[place] for codes in kinds.codes})
    )
    place = {name: i for i, name in enumerate(dimensions)}
    columns = [[float(codes[place[name]] == code) for name, code in levels] for codes in kinds.codes]
    return np.array(columns, dtype=np.float64).reshape(len(kinds.codes), len(levels)), levels


def _numbered(cells: Sequence[str]) -> IntArray:
    place = {cell: i for i, cell in enumerate(dict.fromkeys(cells))}
    return np.array([place[cell] for cell in cells], dtype=np.int64)
