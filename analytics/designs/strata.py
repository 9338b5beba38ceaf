"""Strata, their units, and what to do where a stratum has a single unit.

A single unit shows no variation. The choices: `fail` (default; the stratum is named), `certainty` (no variance there),
`average` (that of the other strata), `adjust` (the squared distance of the unit's weighted linearised total from zero,
which for a mean or ratio is the distance from the whole sample; as R survey computes it) and `merge`, collapsed strata
(Hansen, Hurwitz and Madow 1953; Wolter 2007, section 2.5): the stratum counts as one with its neighbour, which is more
likely to give too much variance than too little, provided that the choice is made before the answers are seen."""

from typing import Literal

import msgspec
import numpy as np

from analytics.arrays import BoolArray, FloatArray, IntArray

LonelyRule = Literal["fail", "certainty", "average", "adjust", "merge"]
"""A stratum with a single unit: refuse; no variance; the average of the other strata; distance to zero; one stratum
with its neighbour."""

CENSUS = 1e-7
"""Part of a stratum's units not drawn below which all were: no variance, and no lonely unit."""


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One stage of selection. Strata of a later stage lie within units of the stage before."""

    strata: IntArray
    """Stratum of each person, from 0."""
    units: IntArray
    """Unit of each person, from 0, each in one stratum."""
    population: FloatArray | None = None
    """Units in the stratum, repeated per row; None or infinite: with replacement."""
    labels: tuple[str, ...] = ()
    """Names of the strata."""
    titles: tuple[str, ...] = ()
    """Names of the units; empty where people are units."""
    merged: tuple[str, ...] = ()
    """Strata made one because a single unit was drawn there."""

    def name(self, stratum: int) -> str:
        return self.labels[stratum] if self.labels else str(stratum)

    def title(self, unit: int) -> str:
        return self.titles[unit] if self.titles else str(unit)

    def first_rows(self) -> IntArray:
        """One person of each unit."""
        found = np.unique(self.units, return_index=True)[1]
        return found.astype(np.int64)

    def units_per_stratum(self, among: BoolArray | None = None) -> IntArray:
        """Units of each stratum, or those with one of the people `among`."""
        size = int(self.strata.max(initial=-1)) + 1
        rows = np.arange(self.strata.size) if among is None else np.flatnonzero(among)
        first = rows[np.unique(self.units[rows], return_index=True)[1]]
        return np.bincount(self.strata[first], minlength=size).astype(np.int64)

    def fractions(self) -> FloatArray:
        """Part of the units drawn, per stratum; 0 with replacement."""
        drawn = self.units_per_stratum().astype(np.float64)
        if self.population is None:
            return np.zeros(drawn.size)
        size = np.ones(drawn.size)
        size[self.strata] = self.population
        return np.minimum(drawn / size, 1.0)


def merged(stage: Stage, before: Stage | None, similar: FloatArray | None) -> Stage:
    """The stage with every lonely stratum made one with its neighbour, within the same unit of the stage `before`.

    A lonely stratum without a neighbour stays. Strata that were taken whole are left alone.
    """
    drawn, whole = stage.units_per_stratum(), 1 - stage.fractions() < CENSUS
    group = list(range(drawn.size))
    parent = np.zeros(drawn.size, dtype=np.int64)
    if before is not None:
        parent[stage.strata] = before.units
    centre = np.arange(drawn.size, dtype=np.float64)
    if similar is not None:
        centre = np.bincount(stage.strata, weights=similar) / np.maximum(np.bincount(stage.strata), 1)
    for lonely in np.flatnonzero((drawn == 1) & ~whole).tolist():
        if group.count(group[lonely]) > 1:
            continue
        others = np.flatnonzero((parent == parent[lonely]) & ~whole & (drawn > 0))
        others = others[others != lonely]
        if others.size:
            # Of two equally near, the later one.
            nearest = max(others.tolist(), key=lambda i: (-abs(centre[i] - centre[lonely]), i))
            group = [group[nearest] if g == group[lonely] else g for g in group]
    return stage if group == list(range(drawn.size)) else _regrouped(stage, np.array(group))


def _regrouped(stage: Stage, group: IntArray) -> Stage:
    kept, number = np.unique(group, return_inverse=True)
    number = number.reshape(-1)
    members = [np.flatnonzero(number == i).tolist() for i in range(kept.size)]
    names = [" + ".join(stage.name(i) for i in one) for one in members]
    population = None
    if stage.population is not None:
        size = np.zeros(group.size)
        size[stage.strata] = stage.population
        population = np.bincount(number, weights=size)[number[stage.strata]]
    return msgspec.structs.replace(
        stage,
        strata=number[stage.strata].astype(np.int64),
        population=population,
        labels=tuple(names),
        merged=tuple(name for name, one in zip(names, members, strict=True) if len(one) > 1),
    )
