"""The cells of one variable, reduced to kinds of people: those who are in the same cells.

Knows which sets are protected (few people, or of one mind), which of them follow from what is shown, and which shown
cell to give up next. `release` puts the variables of a release together.
"""

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from analytics.arrays import BoolArray, FloatArray, IntArray, as_float
from analytics.disclosure import attack
from analytics.disclosure.thresholds import THRESHOLDS

_SAME = 1e-9
"""Relative variance of answers under which they are all the same."""
_NEARLY_ALL = 0.75
"""Part of the levels of one dimension that must lie within levels of another for the two to be linked."""


class Targets(msgspec.Struct, frozen=True, kw_only=True):
    """Protected sets, as sums and differences of cells."""

    rows: FloatArray
    """t x kinds; entries -1, 0 and 1."""
    few: BoolArray
    """t: protected because it is small; the others because they are of one mind."""
    names: tuple[str, ...]


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """Dimensions whose sets lie within each other, such as provinces within parts of the country."""

    cells: BoolArray
    nested: bool
    """More than one dimension."""
    crossing: bool
    """Some sets overlap without one lying within the other."""


class Variable:
    """Cells in the order given. Nothing changes after the making."""

    def __init__(
        self,
        *,
        keys: Sequence[str],
        members: BoolArray,
        groups: Sequence[str],
        kept: BoolArray,
        cost: FloatArray,
        sums: FloatArray,
    ) -> None:
        """`members` cells x rows; `sums` 1 or 3 x rows: people, and their answers and squared answers."""
        self.keys = tuple(keys)
        self.kept = kept
        self.place: dict[str, list[int]] = {}
        for position, key in enumerate(keys):
            self.place.setdefault(key, []).append(position)
        there = sums[0] > 0
        kinds, of = kinds_of(members[:, there])
        self.sets: FloatArray = kinds.astype(np.float64)
        """cells x kinds"""
        self.sums = np.array([np.bincount(of, one[there], kinds.shape[1]) for one in sums])
        """1 or 3 x kinds"""
        self.people = self.sums[0]
        self.own = self.sets @ self.sums.T
        """cells x 1 or 3"""
        self.size = self.own[:, 0]
        self.loss = self.size * cost
        self.common = (self.sets * self.people) @ self.sets.T
        """People in both of two cells."""
        self.inside = (self.common >= self.size) & (self.size < self.size[:, None]) & (self.size > 0)
        """Row holds all of column, and more."""
        self.group = np.unique(np.array(groups, dtype=object).astype(str), return_inverse=True)[1].reshape(-1)
        self.top = self.size >= self.people.sum()
        self.components = self._components()
        self._lasting = self._cells_and_pairs()

    def protected(self, sums: FloatArray) -> BoolArray:
        """Whether sets with these sums (... x 1 or 3) hold few people, or people of one mind."""
        return self.few(sums) | self._of_one_mind(sums)

    def few(self, sums: FloatArray) -> BoolArray:
        return np.asarray((sums[..., 0] > 0) & (sums[..., 0] < THRESHOLDS.suppressed_under))

    def _of_one_mind(self, sums: FloatArray) -> BoolArray:
        if sums.shape[-1] == 1:
            return np.zeros(sums.shape[:-1], dtype=bool)
        spread = sums[..., 0] * sums[..., 2] - sums[..., 1] ** 2
        return np.asarray((sums[..., 0] > 0) & (spread <= _SAME * sums[..., 0] * np.abs(sums[..., 2])))

    def primary(self) -> list[str]:
        """Keys of cells that are protected themselves."""
        return [key for key, gone in zip(self.keys, self.protected(self.own), strict=True) if gone]

    def next_to_hide(self, hidden: Iterable[str]) -> str | None:
        """The key of the cell to give up next; None when nothing protected is known to a reader of the others."""
        shown = self._shown(hidden)
        targets = self._targets(shown)
        if not targets.names:
            return None
        known = attack.solve(self.sets[shown], targets.rows)
        if known.recovered.any():
            return self._cheapest(np.flatnonzero(shown), known)
        return self._narrowed(targets, shown)

    def told(self, hidden: Iterable[str]) -> tuple[str, ...]:
        """Protected sets whose sums follow from the cells that are not hidden."""
        shown = self._shown(hidden)
        targets = self._targets(shown)
        known = attack.solve(self.sets[shown], targets.rows).recovered
        return tuple(name for name, one in zip(targets.names, known.tolist(), strict=True) if one)

    def _shown(self, hidden: Iterable[str]) -> BoolArray:
        shown = np.ones(len(self.keys), dtype=bool)
        for key in hidden:
            shown[self.place.get(key, [])] = False
        return shown

    def _cheapest(self, places: IntArray, known: attack.Known) -> str:
        """Of the cells that a recovery rests on: the one that ends most of them, then the least loss.

        A kept cell only where no other is left.
        """
        ends, helps = known.needed.sum(axis=0).tolist(), known.used.sum(axis=0).tolist()
        able = [
            (bool(self.kept[i]), -ends[at], -helps[at] if not ends[at] else 0, float(self.loss[i]), self.keys[i])
            for at, i in enumerate(places.tolist())
            if ends[at] or helps[at]
        ]
        return str(min(able)[-1])

    def _narrowed(self, targets: Targets, shown: BoolArray) -> str | None:
        """The smallest cell that holds a small set between limits closer than ten, where sets cross."""
        for component in self.components:
            if component.crossing:
                held = np.flatnonzero((component.cells | self.top) & shown)
                found = self._binding(targets.rows[targets.few], component, held)
                if found:
                    return min((float(self.loss[i]), self.keys[i]) for i in found)[-1]
        return None

    def _binding(self, rows: FloatArray, component: Component, held: IntArray) -> list[int]:
        """Cells that narrow down the first of `rows` that is narrow; of `rows` only those that this component tells
        apart. Other dimensions cross it freely and limit nothing."""
        _, first, of = np.unique(self.sets[component.cells | self.top], axis=1, return_index=True, return_inverse=True)
        of = of.reshape(-1)
        people = as_float(np.bincount(of, self.people))
        for row in rows:
            if not (row == row[first][of]).all():
                continue
            width, binding = attack.binding(row[first], self.sets[held][:, first], people)
            able = [i for i in held[binding].tolist() if not self.kept[i]]
            if width < THRESHOLDS.suppressed_under and able:
                return able
        return []

    def _targets(self, shown: BoolArray) -> Targets:
        """Protected cells and pairs, and what remains of a cell beside the shown parts of one or several dimensions."""
        parts = self.inside & shown
        found = [*self._lasting, *self._beside_a_dimension(parts), *self._beside_components(parts)]
        if not found:
            nothing = np.zeros((0, self.people.size))
            return Targets(rows=nothing, few=np.zeros(0, dtype=bool), names=())
        rows = np.array([row for _, row in found])
        sums = np.abs(rows) @ self.people
        return Targets(rows=rows, few=sums < THRESHOLDS.suppressed_under, names=tuple(name for name, _ in found))

    def _cells_and_pairs(self) -> list[tuple[str, FloatArray]]:
        """Protected whatever is shown: cells themselves, and pairs that differ by few people or people of one mind."""
        found = [(self.keys[i], self.sets[i]) for i in np.flatnonzero(self.protected(self.own)).tolist()]
        apart = self.size[:, None] + self.size - 2 * self.common
        close = np.triu((apart > 0) & (apart < THRESHOLDS.suppressed_under), 1)
        rest = self.inside & self._of_one_mind(self.own[:, None, :] - self.own[None, :, :])
        for i, j in np.argwhere(close | rest).tolist():
            found.append((f"{self.keys[i]} - {self.keys[j]}", self.sets[i] - self.sets[j]))
        return found

    def _beside_a_dimension(self, parts: BoolArray) -> list[tuple[str, FloatArray]]:
        """Cells without those of their parts that are levels of one dimension."""
        if not parts.any():
            return []
        level = (self.group[:, None] == np.arange(self.group.max() + 1)).astype(np.float64)
        several = parts @ level > 1
        left = np.stack([self.own[:, k, None] - (parts * self.own[:, k]) @ level for k in range(self.own.shape[1])], -1)
        found = []
        for i, g in np.argwhere(several & self.protected(left)).tolist():
            mine = parts[i] & (self.group == g)
            found.append((f"{self.keys[i]} - its parts", self.sets[i] - self.sets[mine].sum(axis=0)))
        return found

    def _beside_components(self, parts: BoolArray) -> list[tuple[str, FloatArray]]:
        """Cells without everybody in a part of any of the dimensions that lie within each other."""
        found = []
        for component in self.components:
            if component.nested:
                for i in np.flatnonzero((parts & component.cells).any(axis=1)).tolist():
                    row = self.sets[i] * (1 - self.sets[parts[i] & component.cells].max(axis=0))
                    if self.protected(row @ self.sums.T):
                        found.append((f"{self.keys[i]} - all its parts", row))
        return found

    def _components(self) -> tuple[Component, ...]:
        """Groups of dimensions of which one lies within the other, nearly level by level; the whole links nothing, and
        neither do a few people who happen to lie within another set, for no reader knows that."""
        telling = (self.size >= THRESHOLDS.suppressed_under) & ~self.top
        level = (self.group[:, None] == np.arange(self.group.max() + 1)) & telling[:, None]
        within = (self.inside & ~self.top[:, None]).astype(np.float64)
        # holders[A, B]: levels of A that lie within a level of B
        holders = level.T.astype(np.float64) @ (within.T @ level > 0)
        links = (holders >= _NEARLY_ALL * level.sum(axis=0)[:, None]) & (level.sum(axis=0) > 1)[:, None]
        number = self.group.copy()
        for a, b in np.argwhere(links & ~np.eye(len(links), dtype=bool)).tolist():
            first, second = number[self.group == a][0], number[self.group == b][0]
            number[number == second] = first
        overlap = (self.common > 0) & (self.common < np.minimum(self.size, self.size[:, None]))
        found = []
        for one in np.unique(number[~self.top]).tolist():
            cells = (number == one) & ~self.top
            found.append(
                Component(
                    cells=cells,
                    nested=np.unique(self.group[cells]).size > 1,
                    crossing=bool(overlap[np.ix_(cells, cells)].any()),
                )
            )
        return tuple(found)


def kinds_of(members: BoolArray) -> tuple[BoolArray, IntArray]:
    """Distinct columns of `members` (cells x kinds), and the kind of each column."""
    packed = np.ascontiguousarray(np.packbits(members, axis=0).T)
    names = packed.view(np.dtype((np.void, packed.shape[1]))).reshape(-1)
    _, first, of = np.unique(names, return_index=True, return_inverse=True)
    return members[:, first], of.reshape(-1)
