"""Figures from cell tables as plain numbers: rounded as in the report, with the band for who took part and the verdict
on their reliability, for thousands of figures at once."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from samenspraak.types.audit import WeightingPlan
from samenspraak.types.estimate import ReliabilityFlag
from scipy import special

from analytics.arrays import BoolArray, FloatArray
from analytics.cells.estimates import Figures, Intervals, n_eff
from analytics.disclosure.reliability import STANDARD
from analytics.estimates.estimate import Note
from analytics.representation.sensitivity import PART, BiasTerm
from service.reports.estimates import DIGITS


class Numbers(NamedTuple):
    """One figure before anything is hidden. NaN: there is none."""

    value: float
    se: float
    lower: float
    upper: float
    band_lower: float
    band_upper: float
    n: float
    n_eff: float
    deff: float
    unweighted: float
    note: Note
    reliability: ReliabilityFlag


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Many figures, measure by measure: a list per field of `Numbers` instead of an object per figure."""

    columns: tuple[list[Any], ...]
    size: int
    """Groups per measure."""

    def column(self, field: str, index: int) -> list[Any]:
        """One field of the figures of one measure, by group."""
        return self.columns[Numbers._fields.index(field)][index * self.size : (index + 1) * self.size]

    def measure(self, index: int) -> Iterator[Numbers]:
        """The figures of one measure, by group."""
        here = slice(index * self.size, (index + 1) * self.size)
        return map(Numbers._make, zip(*(column[here] for column in self.columns), strict=True))


def numbers(figures: Figures, plan: WeightingPlan, bias: BiasTerm | None) -> Block:
    """Every figure, rounded."""
    sums, limits = figures.sums, figures.intervals(level=plan.level, method=plan.interval_method)
    share = np.array([[measure.kind == "share"] for measure in figures.measures])
    one = sums.spread2 / np.maximum(sums.n, 1)
    deff = np.divide(figures.variance, one, out=np.full(one.shape, np.nan), where=one > 0)
    known = ~np.isin(limits.note, ("no_answers", "no_weight"))
    precise = known & (limits.note != "no_spread")
    value, unweighted = np.where(known, sums.value, np.nan), np.where(sums.n > 0, sums.unweighted, np.nan)
    se, lower, upper = (np.where(precise, array, np.nan) for array in (limits.se, limits.lower, limits.upper))
    band = _band(figures, limits, share, bias)
    judged = _reliability(figures, deff, (lower, upper), share, plan.level)
    columns = (value, se, lower, upper, *band, sums.n, n_eff(sums), deff, unweighted)
    rounded = [(np.round(column, DIGITS) + 0.0).ravel().tolist() for column in columns]
    words = (limits.note.ravel().tolist(), judged.ravel().tolist())
    return Block(columns=(*rounded, *words), size=len(figures.labels))


def _band(
    figures: Figures, limits: Intervals, share: BoolArray, bias: BiasTerm | None
) -> tuple[FloatArray, FloatArray]:
    """As `analytics.representation.sensitivity.band`."""
    sums = figures.sums
    if bias is None:
        return np.full(sums.n.shape, np.nan), np.full(sums.n.shape, np.nan)
    spread = np.sqrt(np.maximum(sums.spread2, 0.0))
    seen = PART * np.abs(sums.value - sums.unweighted)
    width = np.where(limits.note == "fixed_by_margin", 0.0, np.maximum(bias.standardised * spread, seen * (spread > 0)))
    exists = ~np.isin(limits.note, ("no_answers", "no_weight", "no_spread"))
    lower, upper = limits.lower - width, limits.upper + width
    lower, upper = np.where(share, np.maximum(lower, 0.0), lower), np.where(share, np.minimum(upper, 1.0), upper)
    return np.where(exists, lower, np.nan), np.where(exists, upper, np.nan)


def _reliability(
    figures: Figures, deff: FloatArray, limits: tuple[FloatArray, FloatArray], share: BoolArray, level: float
) -> NDArray[np.str_]:
    """As `analytics.disclosure.reliability.judge`."""
    sums = figures.sums
    with np.errstate(invalid="ignore", divide="ignore"):
        effective = np.minimum(np.where(deff > 0, sums.n / deff, n_eff(sums)), sums.n)
        width = (limits[1] - limits[0]) * _to_95(level)
        p = np.clip(sums.value, 0.0, 1.0)
        alike = share & ((sums.unweighted == 0.0) | (sums.unweighted == 1.0)) & ~np.isnan(width)
        judged = share & ~alike & (width > STANDARD.narrow)
        rules: dict[ReliabilityFlag, BoolArray] = {
            "few_answers": effective < STANDARD.answers,
            "wide": judged & (width >= STANDARD.wide),
            "relatively_wide": judged & (width > STANDARD.relative * p),
            "few_df": np.full(p.shape, figures.df < STANDARD.df) & (sums.n > 0),
            "zero_or_all": alike,
            "complement": judged & (width > STANDARD.relative * (1 - p)),
        }
    return np.asarray(np.select(list(rules.values()), list(rules), "ok"))


def _to_95(level: float) -> float:
    """Factor from the width of an interval of this level to that of 95 percent."""
    return 1.0 if level == 0.95 else float(special.ndtri(0.975) / special.ndtri((1 + level) / 2))
