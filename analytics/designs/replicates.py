"""Replicate factors: the sample drawn again from itself, to see how much a figure would have moved.

- `bootstrap(kind="rao_wu")`: n_h - 1 units drawn with replacement from the n_h of each stratum; factors count x
  n_h / (n_h - 1), pulled towards 1 by the root of 1 - f_h (Rao and Wu 1988; Rao, Wu and Yue 1992);
- `bootstrap(kind="panel")`: n_h drawn from n_h, factors are the counts: for quota and panel samples, whose strata are
  what was filled;
- `jackknife`: each unit left out once; JK1 in one stratum, JKn in several (Rust 1985; Wolter 2007, chapter 4);
- `given`: factors made elsewhere, such as balanced repeated replication from a published file.

Variance is scale x sum over replicates of rscale x (estimate - centre)^2; the centre is the mean of the replicates, or
the full-sample estimate (`mse`). Factors are kept as counts of units, one byte each, and handed out in blocks: 500
replicates of 100,000 people take 50 MB. The same seed gives the same bytes.

**Finite populations.** Only first-stage units are drawn again. With one stage that is all, and the correction is made.
With several stages a correction by 1 - f would leave out f times what later stages vary, so by default none is made and
the variance errs upwards; `fpc=True` asks for it all the same (as R does in jackknives). First-stage units that were
taken whole do not vary: there the units of the next stage are drawn, in strata of their own.

**Lonely units** follow the design: refused by name, fixed (`certainty`), left to the other strata (`average`), or
merged. For `adjust` a jackknife leaves the unit out and lets the other strata make up for it (as R); a bootstrap
cannot."""

from collections.abc import Callable, Iterator
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from analytics.arrays import BoolArray, FloatArray, IntArray, as_float
from analytics.designs.design import Design
from analytics.designs.units import Units
from analytics.errors import DesignUnusable

Kind = Literal["rao_wu", "panel", "jk1", "jkn", "given"]
Centre = Literal["mean of the replicates", "full-sample estimate"]
MOST_JACKKNIFE = 5_000
"""Units above which a jackknife takes more memory than it is worth; the bootstrap does not grow with them."""
_LARGEST_COUNT = 255


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """Factors from draws: offset + multiplier x count, per unit."""

    counts: np.ndarray
    """Replicates x units, small unsigned integers."""
    offset: FloatArray
    multiplier: FloatArray

    @property
    def units(self) -> int:
        return int(self.counts.shape[1])

    def rows(self, start: int, stop: int) -> FloatArray:
        factors = self.counts[start:stop] * self.multiplier
        factors += self.offset
        return np.asarray(factors)


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """Factors of a jackknife: the unit of the replicate gets 0, and others make up for it."""

    left: IntArray
    """Unit of each replicate."""
    stratum: IntArray
    """Stratum of each unit."""
    alone: BoolArray
    """Per replicate: a lonely unit, for which the other strata make up."""
    strata: int

    @property
    def units(self) -> int:
        return int(self.stratum.size)

    def rows(self, start: int, stop: int) -> FloatArray:
        left, sizes = self.left[start:stop], np.bincount(self.stratum).astype(np.float64)
        mine = self.stratum == self.stratum[left][:, None]
        n = sizes[self.stratum[left]][:, None]
        factors = np.where(mine, n / np.maximum(n - 1, 1), 1.0)
        alone = self.alone[start:stop]
        if alone.any():
            factors[alone] = np.where(mine[alone], 0.0, self.strata / (self.strata - 1))
        factors[np.arange(left.size), left] = 0.0
        return np.asarray(factors)


class Given(msgspec.Struct, frozen=True, kw_only=True):
    factors: np.ndarray
    """Replicates x people, in single precision where that loses nothing."""

    @property
    def units(self) -> int:
        return int(self.factors.shape[1])

    def rows(self, start: int, stop: int) -> FloatArray:
        return np.asarray(self.factors[start:stop], dtype=np.float64)


class Replicates(msgspec.Struct, frozen=True, kw_only=True):
    kind: Kind
    factors: Drawn | LeftOut | Given
    unit_of: IntArray | None
    """Unit of each person; None where people are units, in order."""
    size: int
    """Number of replicates."""
    scale: float
    rscales: FloatArray
    mse: bool
    """Whether deviations are taken from the full-sample estimate instead of the mean of the replicates."""
    df: int
    """Of the design, or one less than the replicates where those are fewer."""
    fpc: bool = False
    """Whether a finite population correction is in the factors or scales."""
    seed: int | None = None

    @property
    def people(self) -> int:
        return self.factors.units if self.unit_of is None else int(self.unit_of.size)

    @property
    def centre(self) -> Centre:
        return "full-sample estimate" if self.mse else "mean of the replicates"

    def rows(self, start: int, stop: int) -> FloatArray:
        """Factors on the base weights of a few replicates, replicates x people."""
        factors = self.factors.rows(start, stop)
        return factors if self.unit_of is None else np.take(factors, self.unit_of, axis=1)

    def weights(self, base: FloatArray, start: int, stop: int) -> FloatArray:
        """Base weights times factors, replicates x people."""
        if isinstance(self.factors, Drawn) and self.unit_of is None:
            # With people as units one product does it.
            drawn = self.factors
            weights = drawn.counts[start:stop] * (base * drawn.multiplier)
            if drawn.offset.any():
                weights += base * drawn.offset
            return np.asarray(weights)
        return self.rows(start, stop) * base

    def block(self, start: int, stop: int) -> FloatArray:
        """As `rows`, people x replicates."""
        return self.rows(start, stop).T

    def export(self) -> "Exported":
        """Everything that a file beside the data needs, in its smallest form."""
        factors = self.factors
        drawn = isinstance(factors, Drawn)
        people = np.vstack([self.rows(i, i + 1).astype(np.float32) for i in range(self.size)]) if not drawn else None
        counts = factors.counts if isinstance(factors, Drawn) else people
        assert counts is not None
        return Exported(
            kind=self.kind,
            table=np.ascontiguousarray(counts.T),
            unit_of=self.unit_of if drawn else None,
            offset=factors.offset if isinstance(factors, Drawn) else None,
            multiplier=factors.multiplier if isinstance(factors, Drawn) else None,
            scale=self.scale,
            rscales=tuple(self.rscales.tolist()),
            mse=self.mse,
            centre=self.centre,
            df=self.df,
            fpc=self.fpc,
            seed=self.seed,
        )


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """Replicate factors for a file. The factor of person i in replicate r is `table[i, r]`, or for draws
    `offset[u] + multiplier[u] x table[u, r]` with u the person's unit."""

    kind: Kind
    table: np.ndarray
    """People (draws: units) x replicates; single precision (draws: counts of one byte)."""
    unit_of: IntArray | None
    """Draws: unit of each person; None where people are units, in order."""
    offset: FloatArray | None
    multiplier: FloatArray | None
    scale: float
    rscales: tuple[float, ...]
    mse: bool
    centre: Centre
    """What the deviations are taken from."""
    df: int
    fpc: bool
    seed: int | None

    def factors(self) -> FloatArray:
        """People x replicates."""
        if self.offset is None or self.multiplier is None:
            return self.table.astype(np.float64)
        by_unit = self.table * self.multiplier[:, None] + self.offset[:, None]
        return np.asarray(by_unit if self.unit_of is None else by_unit[self.unit_of])


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """What replicates say about k figures."""

    covariance: FloatArray
    """k x k."""
    used: IntArray
    """Replicates behind each figure; the others could not be calibrated or hold nobody of its base."""
    centre: Centre
    df: int

    @property
    def se(self) -> FloatArray:
        return np.sqrt(np.diag(self.covariance))


def bootstrap(
    design: Design,
    size: int,
    *,
    seed: int,
    kind: Literal["rao_wu", "panel"] = "rao_wu",
    mse: bool = False,
    fpc: bool | None = None,
) -> Replicates:
    """`size` bootstrap replicates; without stages everybody is a unit of one stratum.

    Args:
        fpc: None: corrected where the design has one stage. The panel bootstrap never corrects.

    Raises:
        DesignUnusable: fewer than two replicates, a stratum with a single unit that no rule covers (named), or draws
            with pairwise probabilities.
    """
    if size < 2:
        raise DesignUnusable(f"{size} replicates show no variation; take at least 2, and 500 for an interval.")
    units = Units.of(design, fpc=kind == "rao_wu" and _corrected(design, fpc))
    if design.lonely == "adjust" and units.alone.any():
        raise DesignUnusable(
            f"A bootstrap has no rule `adjust` for a single unit ({units.listed(units.alone)}). Choose certainty, "
            "average or merge, or a jackknife.",
            details={"strata": units.named(units.alone)},
        )
    n = units.sizes[units.stratum]
    varies = units.varies[units.stratum]
    draws = np.where(units.varies, units.sizes - (kind == "rao_wu"), 0).astype(np.int64)
    multiplier, offset = np.ones(n.size), np.zeros(n.size)
    if kind == "rao_wu":
        pull = np.sqrt(1 - units.fraction)[units.stratum]
        multiplier, offset = pull * n / np.maximum(n - 1, 1), 1 - pull
    multiplier, offset = np.where(varies, multiplier, 0.0), np.where(varies, offset, 1.0)
    return Replicates(
        kind=kind,
        factors=Drawn(counts=_draw(units.sizes, draws, size, seed), offset=offset, multiplier=multiplier),
        unit_of=units.of_person,
        size=size,
        scale=units.standing_in(design.lonely) / (size if mse else size - 1),
        rscales=np.ones(size),
        mse=mse,
        df=min(design.df, size - 1),
        fpc=bool((units.fraction > 0).any()),
        seed=seed,
    )


def jackknife(design: Design, *, mse: bool = False, fpc: bool | None = None) -> Replicates:
    """One replicate per unit: JK1 with one stratum, JKn with more.

    Args:
        fpc: None: corrected where the design has one stage.

    Raises:
        DesignUnusable: a stratum with a single unit that no rule covers (named), more units than a jackknife should
            have, nothing that varies, or draws with pairwise probabilities.
    """
    units = Units.of(design, fpc=_corrected(design, fpc))
    alone = units.alone if design.lonely == "adjust" and units.sizes.size > 1 else np.zeros_like(units.alone)
    left = np.flatnonzero((units.varies | alone)[units.stratum])
    if left.size > MOST_JACKKNIFE:
        raise DesignUnusable(
            f"A jackknife of {left.size} units is too large; use the bootstrap, which needs 500 replicates."
        )
    if not left.size:
        raise DesignUnusable("Every stratum was taken whole or has a single unit: nothing varies.")
    stratum, strata = units.stratum[left], units.sizes.size
    n = units.sizes[stratum]
    rscales = np.where(alone[stratum], (strata - 1) / strata, (n - 1) / n * (1 - units.fraction[stratum]))
    # R lets the replicates stand in for units, and not strata for strata.
    scale = units.stratum.size / left.size if design.lonely == "average" and units.alone.any() else 1.0
    if strata == 1:
        scale, rscales = scale * float(rscales[0]), np.ones(left.size)
    return Replicates(
        kind="jk1" if strata == 1 else "jkn",
        factors=LeftOut(left=left, stratum=units.stratum, alone=alone[stratum], strata=strata),
        unit_of=units.of_person,
        size=left.size,
        scale=scale,
        rscales=rscales,
        mse=mse,
        df=design.df,
        fpc=bool((units.fraction > 0).any()),
    )


def given(
    factors: ArrayLike, *, scale: float, rscales: ArrayLike | None = None, mse: bool = False, df: int | None = None
) -> Replicates:
    """Replicates from factors (people x replicates) on the base weight that were made elsewhere.

    Args:
        df: default one less than the replicates.

    Raises:
        DesignUnusable: factors that are not finite or below zero, fewer than two replicates, or scales that are not
            finite, below zero or of another number.
    """
    f = as_float(factors)
    if f.ndim != 2 or f.shape[1] < 2 or not np.isfinite(f).all() or (f < 0).any():
        raise DesignUnusable(
            f"Factors are a table of people x replicates (at least 2) of finite numbers, 0 or more; got {f.shape}."
        )
    r = np.ones(f.shape[1]) if rscales is None else as_float(rscales)
    if r.shape != (f.shape[1],):
        raise DesignUnusable(f"{r.size} rscales for {f.shape[1]} replicates.")
    if not (np.isfinite(r).all() and (r >= 0).all() and np.isfinite(scale) and scale > 0):
        raise DesignUnusable("The scale is a finite number above 0, and rscales are finite and 0 or more.")
    single = f.astype(np.float32)
    exact = bool((single == f).all())
    return Replicates(
        kind="given",
        factors=Given(factors=np.ascontiguousarray((single if exact else f).T)),
        unit_of=None,
        size=f.shape[1],
        scale=float(scale),
        rscales=r,
        mse=mse,
        df=f.shape[1] - 1 if df is None else df,
    )


def spread(estimates: FloatArray, full: ArrayLike, replicates: Replicates, kept: BoolArray | None = None) -> Spread:
    """Covariance of k figures from replicate estimates (R x k) and full-sample estimates (k).

    A replicate that is not `kept`, or without the figure (NaN), is left out for that figure, and those that are used
    count for it as well: the scale of a bootstrap is 1 over the replicates used (less one when centred on their mean).
    A figure with fewer than two replicates has no variance: NaN, with `used` telling why.
    """
    theta = as_float(estimates)
    theta = theta[:, None] if theta.ndim == 1 else theta
    if theta.shape[0] != replicates.size:
        raise DesignUnusable(f"Estimates of {theta.shape[0]} replicates where there are {replicates.size}.")
    counts = replicates.rscales > 0
    there = np.isfinite(theta) & (counts if kept is None else counts & kept)[:, None]
    used = there.sum(axis=0)
    rows = np.where(there, theta, 0.0)
    centre = as_float(full) if replicates.mse else rows.sum(axis=0) / np.maximum(used, 1)
    gaps = np.where(there, theta - centre, 0.0) * np.sqrt(replicates.rscales)[:, None]
    less = 0 if replicates.mse or replicates.kind not in ("rao_wu", "panel") else 1
    share = np.sqrt((int(counts.sum()) - less) / np.where(used > 1, np.maximum(used - less, 1), np.nan))
    gaps *= share
    return Spread(
        covariance=np.asarray(replicates.scale * gaps.T @ gaps),
        used=used.astype(np.int64),
        centre=replicates.centre,
        df=replicates.df,
    )


def _corrected(design: Design, fpc: bool | None) -> bool:
    return len(design.stages) == 1 if fpc is None else fpc


def _draw(sizes: FloatArray, draws: IntArray, replicates: int, seed: int) -> np.ndarray:
    """Replicates x units: how often each unit of a stratum is drawn in `draws` draws with replacement.

    Units are numbered by stratum: a number below the size, plus the units before, names a unit."""
    rng, units = np.random.default_rng(seed), int(sizes.sum())
    counts = np.zeros((replicates, units), dtype=np.uint8)
    places = _places(rng, sizes, draws)
    for r in range(replicates):
        found = np.bincount(places(), minlength=units)
        if found.max(initial=0) > _LARGEST_COUNT:
            counts = counts.astype(np.uint32)
        counts[r] = found
    return counts


def _places(rng: np.random.Generator, sizes: FloatArray, draws: IntArray) -> Callable[[], IntArray]:
    """The units drawn in one replicate, anew with each call."""
    total = int(draws.sum())
    if sizes.size == 1:
        return lambda: rng.integers(0, int(sizes[0]), size=total)
    size, start = np.repeat(sizes, draws), np.repeat(np.cumsum(sizes) - sizes, draws)
    position, whole = np.empty(total), np.empty(total, dtype=np.int64)

    def places() -> IntArray:
        rng.random(out=position)
        np.floor(np.multiply(position, size, out=position), out=position)
        # A product may round up to the size itself.
        np.minimum(position, size - 1, out=position)
        np.copyto(whole, np.add(position, start, out=position), casting="unsafe")
        return whole

    return places


def blocks(size: int, people: int, numbers: int = 1 << 21) -> Iterator[tuple[int, int]]:
    """Ranges of replicates of which `numbers` numbers (16 MB) are in memory at once."""
    step = min(max(1, numbers // max(people, 1)), size)
    for start in range(0, size, step):
        yield start, min(start + step, size)
