"""Replicate weights: the sample drawn again from itself, to see how much a figure would have moved.

- `rao_wu`: n_h - 1 units drawn with replacement from the n_h of each stratum; factors count x n_h / (n_h - 1), pulled
  towards 1 by the finite population correction (Rao and Wu 1988; Rao, Wu and Yue 1992).
- `panel`: n_h drawn from n_h, factors are the counts: for quota and panel samples, whose strata are what was filled.
- `jk1`, `jkn`: each unit left out once, in one stratum or in several (Rust 1985).
- `given`: factors made elsewhere, such as those of a published file.

Variance is scale x sum over replicates of rscale x (estimate - centre)^2; the centre is the mean of the replicates, or
the full-sample estimate (`mse`). Factors are kept as counts and handed out in blocks, so that 500 replicates of 100,000
people take 50 MB. The same seed gives the same bytes.
"""

from typing import Literal

import msgspec
import numpy as np

from analytics.arrays import BoolArray, FloatArray, IntArray, as_float
from analytics.designs.design import Design, Stage
from analytics.errors import DesignUnusable

Kind = Literal["rao_wu", "panel", "jk1", "jkn", "given"]
MOST_JACKKNIFE = 5_000
"""Units above which a jackknife takes more memory than it is worth; the bootstrap does not grow with them."""


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """Factors from draws: offset + multiplier x count, per first-stage unit."""

    counts: np.ndarray
    """Units x replicates, small unsigned integers."""
    unit_of: IntArray
    """Unit of each person."""
    offset: FloatArray
    multiplier: FloatArray

    def block(self, start: int, stop: int) -> FloatArray:
        counts = self.counts[:, start:stop] * self.multiplier[:, None] + self.offset[:, None]
        return np.asarray(counts[self.unit_of])


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """Factors of a jackknife: the unit of the replicate gets 0, the others of its stratum make up for it."""

    unit_of: IntArray
    stratum_of_unit: IntArray
    """Stratum of each unit, in the order in which units are left out."""

    def block(self, start: int, stop: int) -> FloatArray:
        left = np.arange(start, stop)
        sizes = np.bincount(self.stratum_of_unit).astype(np.float64)
        stratum = self.stratum_of_unit[left]
        mine = self.stratum_of_unit[:, None] == stratum
        factors = np.where(mine, sizes[stratum] / (sizes[stratum] - 1), 1.0)
        factors[left, np.arange(left.size)] = 0.0
        return np.asarray(factors[self.unit_of])


class Given(msgspec.Struct, frozen=True, kw_only=True):
    factors: FloatArray
    """People x replicates."""

    def block(self, start: int, stop: int) -> FloatArray:
        return self.factors[:, start:stop]


class Replicates(msgspec.Struct, frozen=True, kw_only=True):
    kind: Kind
    factors: Drawn | LeftOut | Given
    size: int
    """Number of replicates."""
    scale: float
    rscales: FloatArray
    mse: bool
    """Whether deviations are taken from the full-sample estimate instead of the mean of the replicates."""
    df: int
    """Of the design, or one less than the replicates where those are fewer."""
    seed: int | None = None

    def block(self, start: int, stop: int) -> FloatArray:
        """Factors on the base weights, people x (stop - start)."""
        return self.factors.block(start, stop)


def bootstrap(
    design: Design, size: int, *, seed: int, kind: Literal["rao_wu", "panel"] = "rao_wu", mse: bool = False
) -> Replicates:
    """`size` bootstrap replicates of the first stage of `design`; without stages everybody is a unit of one stratum.

    Raises:
        DesignUnusable: fewer than two replicates, or a stratum with a single unit (named).
    """
    if size < 2:
        raise DesignUnusable(f"{size} replicates show no variation; take at least 2, and 500 for an interval.")
    units = _Units.of(design)
    units.insist_on_two()
    rng = np.random.default_rng(seed)
    counts = np.zeros((units.stratum.size, size), dtype=np.uint16)
    for members in units.by_stratum():
        n = members.size
        draws = n - 1 if kind == "rao_wu" else n
        for r in range(size):
            counts[members, r] = np.bincount(rng.integers(0, n, size=draws), minlength=n)
    if counts.max(initial=0) < 256:
        counts = counts.astype(np.uint8)
    n_h = units.sizes()[units.stratum]
    if kind == "rao_wu":
        pull = np.sqrt(1 - units.fraction)
        offset, multiplier = 1 - pull, pull * n_h / (n_h - 1)
    else:
        offset, multiplier = np.zeros(n_h.size), np.ones(n_h.size)
    return Replicates(
        kind=kind,
        factors=Drawn(counts=counts, unit_of=units.of_person, offset=offset, multiplier=multiplier),
        size=size,
        scale=1 / size if mse else 1 / (size - 1),
        rscales=np.ones(size),
        mse=mse,
        df=min(design.df, size - 1),
        seed=seed,
    )


def jackknife(design: Design, *, mse: bool = False) -> Replicates:
    """One replicate per first-stage unit: JK1 with one stratum, JKn with more.

    Raises:
        DesignUnusable: a stratum with a single unit (named), or more units than a jackknife should have.
    """
    units = _Units.of(design)
    units.insist_on_two()
    size = units.stratum.size
    if size > MOST_JACKKNIFE:
        raise DesignUnusable(
            f"A jackknife of {size} units is too large; use the bootstrap, which needs 500 replicates."
        )
    n_h = units.sizes()[units.stratum]
    return Replicates(
        kind="jk1" if units.sizes().size == 1 else "jkn",
        factors=LeftOut(unit_of=units.of_person, stratum_of_unit=units.stratum),
        size=size,
        scale=1.0,
        rscales=(n_h - 1) / n_h * (1 - units.fraction),
        mse=mse,
        df=design.df,
    )


def given(factors: FloatArray, *, scale: float, rscales: FloatArray | None = None, mse: bool, df: int) -> Replicates:
    """Replicates from factors (people x replicates) that were made elsewhere.

    Raises:
        DesignUnusable: factors that are not finite or below zero, or rscales of another number.
    """
    f = as_float(factors)
    if f.ndim != 2 or not np.isfinite(f).all() or (f < 0).any():
        raise DesignUnusable("Factors are a table of people x replicates with finite numbers of 0 or more.")
    r = np.ones(f.shape[1]) if rscales is None else as_float(rscales)
    if r.size != f.shape[1]:
        raise DesignUnusable(f"{r.size} rscales for {f.shape[1]} replicates.")
    return Replicates(kind="given", factors=Given(factors=f), size=f.shape[1], scale=scale, rscales=r, mse=mse, df=df)


def spread(
    estimates: FloatArray, full: FloatArray, replicates: Replicates, kept: BoolArray | None = None
) -> FloatArray:
    """k x k covariance from replicate estimates (R x k) and the full-sample estimate (k).

    `kept` leaves out replicates that could not be calibrated; the others then count for them as well.
    """
    used = replicates.rscales > 0 if kept is None else (replicates.rscales > 0) & kept
    theta = as_float(estimates)[used]
    centre = as_float(full) if replicates.mse else theta.mean(axis=0)
    gaps = theta - centre
    share = 1.0 if kept is None else kept.size / max(int(kept.sum()), 1)
    return np.asarray(replicates.scale * share * (gaps * replicates.rscales[used, None]).T @ gaps)


class _Units(msgspec.Struct, frozen=True, kw_only=True):
    """First-stage units with their strata, numbered from 0."""

    of_person: IntArray
    stratum: IntArray
    fraction: FloatArray
    """Part of the stratum's units that were drawn; 0 with replacement."""
    labels: tuple[str, ...]

    @classmethod
    def of(cls, design: Design) -> "_Units":
        people = design.weights.size
        if not design.stages:
            return cls(
                of_person=np.arange(people),
                stratum=np.zeros(people, dtype=np.int64),
                fraction=np.zeros(people),
                labels=("all",),
            )
        stage = design.stages[0]
        _, first, unit = np.unique(stage.units, return_index=True, return_inverse=True)
        names, stratum = np.unique(stage.strata[first], return_inverse=True)
        sizes = np.bincount(stratum.reshape(-1)).astype(np.float64)
        population = None if stage.population is None else stage.population[first]
        fraction = np.zeros(first.size) if population is None else sizes[stratum.reshape(-1)] / population
        return cls(
            of_person=unit.reshape(-1).astype(np.int64),
            stratum=stratum.reshape(-1).astype(np.int64),
            fraction=np.asarray(fraction),
            labels=tuple(_label(stage, int(name)) for name in names),
        )

    def sizes(self) -> FloatArray:
        return np.bincount(self.stratum).astype(np.float64)

    def by_stratum(self) -> list[IntArray]:
        order = np.argsort(self.stratum, kind="stable")
        return np.split(order, np.cumsum(np.bincount(self.stratum))[:-1])

    def insist_on_two(self) -> None:
        alone = [self.labels[i] for i in np.flatnonzero(self.sizes() < 2)]
        if alone:
            raise DesignUnusable(
                f"Stratum {', '.join(alone)} has a single unit, so nothing can be drawn or left out there; merge it.",
                details={"strata": tuple(alone)},
            )


def _label(stage: Stage, code: int) -> str:
    return str(code)
