"""From codes and start weights to raking factors, for people or for cells of people.

Raking only depends on the sum of the start weights of people alike in every margin, so they are counted together
first. With limits on the final weight those of one start weight are."""

import functools
import itertools
from collections.abc import Sequence

import msgspec
import numpy as np

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.errors import AnalyticsError, MarginsUnusable
from analytics.weights import checks, codes, crossed, limits
from analytics.weights.basis import Basis, SeConvention
from analytics.weights.certificate import Certificate, certify
from analytics.weights.codes import Coded, Kinds
from analytics.weights.frame import Margin, ZeroTargets
from analytics.weights.kish import Kish
from analytics.weights.limits import Groups
from analytics.weights.raking_problem import Problem, Raked


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """How to rake, as `calibrate.rake` explains."""

    total: float | None = None
    trim_low: float | None = None
    trim_high: float | None = None
    zero_targets: ZeroTargets = "refuse"
    convention: SeConvention = "start_weights"
    tolerance: float = 1e-10

    def check(self) -> None:
        """That the rules make sense by themselves.

        Raises:
            AnalyticsError: a total or limits that leave no weights.
        """
        if self.total is not None and not 0 < self.total < np.inf:
            raise AnalyticsError(f"Weights cannot sum to {self.total}; give a finite number above 0.")
        low, high = self.trim_low or 0.0, np.inf if self.trim_high is None else self.trim_high
        if not (0 <= low <= 1 <= high) or low == high:
            raise AnalyticsError(
                f"Limits on weights are in mean weights and lie around 1; got {self.trim_low} and {self.trim_high}."
            )


class Factors(msgspec.Struct, frozen=True, kw_only=True):
    """A raking carried back to the people or cells it was asked for."""

    raked: Raked
    kinds: Kinds
    of_kind: FloatArray | None
    """Final over start weight per kind; None where limits make people of one kind differ."""
    of_entry: FloatArray | None
    """The same per person or cell, where it is not per kind."""
    columns: FloatArray
    """Memberships per kind, margins side by side."""
    blocks: tuple[tuple[int, int], ...]
    ridge: FloatArray | None
    """Per column, in parts of the sum of the start weights."""
    excluded: BoolArray | None
    """People or cells with weight 0, where there are any."""

    def per_entry(self, times: FloatArray | None = None) -> FloatArray:
        """Final over start weight of each person or cell, multiplied by `times`."""
        if self.of_kind is not None:
            return self.kinds.spread(self.of_kind, times)
        assert self.of_entry is not None
        return self.of_entry if times is None else self.of_entry * times

    def certify(self, before: Kish, after: Kish, excluded: int = 0) -> Certificate:
        raked = self.raked
        return certify(
            method=raked.method,
            converged=raked.converged,
            iterations=raked.iterations,
            error=raked.error,
            g=raked.g if raked.used.all() else raked.g[raked.used],
            before=before,
            after=after,
            trimmed_share=raked.at_limit,
            redundant=raked.redundant,
            soft=raked.soft,
            excluded=excluded,
        )

    def basis(self, start: FloatArray, convention: SeConvention) -> Basis:
        return Basis(
            kinds=self.columns,
            kind_of=self.kinds.of,
            start_weights=start,
            blocks=self.blocks,
            convention=convention,
            ridge=None if self.ridge is None else self.ridge * float(start.sum()),
        )


def factors(
    coded: Sequence[Coded], margins: Sequence[Margin], start: FloatArray, people: FloatArray | None, rules: Rules
) -> Factors:
    """Rake entries with codes `coded`; `start` is the start weight of each entry and `people` how many it stands for
    (None: every entry is one person).

    Raises:
        As `calibrate.rake`.
    """
    kinds = _kinds(coded, margins, start)
    columns, blocks = _side_by_side(coded, kinds)
    counted = functools.partial(kinds.sums, people)
    outside = checks.zero_levels([columns[:, a:b] for a, b in blocks], margins, counted, rules.zero_targets)
    inside = np.flatnonzero(~outside)
    whole = float(kinds.values[inside].sum())
    size = whole if rules.total is None else rules.total
    groups, of_group, mean = _groups(kinds, inside, start, people, rules)
    present = np.concatenate([margin.shares for margin in margins]) > 0
    everything = inside.size == kinds.size and bool(present.all())
    problem = Problem(
        columns=columns if everything else columns.T[np.ix_(present, inside)].T,
        crossed=crossed.cross(kinds.codes, [part.patterns for part in coded]) if everything else None,
        margins=tuple(_positive(margin) for margin in margins),
        groups=msgspec.structs.replace(groups, unit=groups.unit * (size / whole)),
        people=lambda: counted()[inside],
        size=size,
        low=(rules.trim_low or 0.0) * mean * (size / whole),
        high=np.inf if rules.trim_high is None else rules.trim_high * mean * (size / whole),
    )
    raked = problem.solve(rules.tolerance)
    g = raked.g * (size / whole)
    of_kind = of_entry = None
    if of_group is None:
        of_kind = np.zeros(kinds.size)
        of_kind[inside] = g
    else:
        of_entry = np.where(of_group >= 0, g[of_group], 0.0)
    columns, blocks, ridge = _explains(columns, blocks, margins, outside, raked, rules)
    return Factors(
        raked=raked,
        kinds=kinds,
        of_kind=of_kind,
        of_entry=of_entry,
        columns=columns,
        blocks=blocks,
        ridge=ridge,
        excluded=outside[kinds.of] if outside.any() else None,
    )


def _kinds(coded: Sequence[Coded], margins: Sequence[Margin], start: FloatArray) -> Kinds:
    try:
        return codes.kinds([part.codes for part in coded], [len(part.patterns) for part in coded], start)
    except codes.OutsideLevels:
        checks.ranges(coded, margins)
        raise


def _groups(
    kinds: Kinds, inside: IntArray, start: FloatArray, people: FloatArray | None, rules: Rules
) -> tuple[Groups, IntArray | None, float]:
    """People counted together; the group of each entry (-1: excluded; None: groups are the kinds inside); the mean
    start weight. Without limits only sums matter, and everybody of a kind is taken for one person."""
    values = kinds.values[inside]
    used = values > 0
    row = np.arange(inside.size)
    if rules.trim_low is None and rules.trim_high is None:
        return Groups(row=row, unit=np.where(used, values, 1.0), count=used.astype(np.float64)), None, 1.0
    unit, count = start if people is None else start / people, kinds.sums(people)[inside]
    mean = float(values.sum() / count.sum())
    if float(unit.min()) == float(unit.max()):
        return Groups(row=row, unit=np.full(row.size, float(unit[0])), count=count), None, mean
    place = np.full(kinds.size, -1, dtype=np.int64)
    place[inside] = row
    of_row = place[kinds.of]
    counted = np.flatnonzero(of_row >= 0)
    each = np.ones(counted.size) if people is None else people[counted]
    groups, of = limits.grouped(of_row[counted], unit[counted], each)
    of_group = np.full(of_row.size, -1, dtype=np.int64)
    of_group[counted] = of
    return groups, of_group, mean


def _side_by_side(coded: Sequence[Coded], kinds: Kinds) -> tuple[FloatArray, tuple[tuple[int, int], ...]]:
    """Memberships of every kind (kinds x levels of all margins, stored by column), and the columns of each margin."""
    edges = np.cumsum([0, *(part.patterns.shape[1] for part in coded)]).tolist()
    blocks = tuple(itertools.pairwise(edges))
    rows = np.empty((edges[-1], kinds.size))
    for part, code, (a, b) in zip(coded, kinds.codes, blocks, strict=True):
        np.take(part.patterns.T, code, axis=1, out=rows[a:b], mode="clip")
    return rows.T, blocks


def _positive(margin: Margin) -> Margin:
    """The margin without the levels that the population does not have."""
    if min(margin.shares) > 0:
        return margin
    pairs = [(level, share) for level, share in zip(margin.levels, margin.shares, strict=True) if share > 0]
    levels, shares = zip(*pairs, strict=True)
    return msgspec.structs.replace(margin, levels=levels, shares=shares)


def _explains(
    columns: FloatArray,
    blocks: tuple[tuple[int, int], ...],
    margins: Sequence[Margin],
    outside: BoolArray,
    raked: Raked,
    rules: Rules,
) -> tuple[FloatArray, tuple[tuple[int, int], ...], FloatArray | None]:
    """What the calibration explains: columns, their blocks, and the ridge of soft ones. Excluded people have zeros, and
    levels that ended inside their tolerance asked nothing, so that neither takes anything out of a residual."""
    if outside.any():
        columns = np.where(outside[:, None], 0.0, columns)
    if not raked.soft:
        return columns, blocks, None
    if rules.convention == "unweighted_sweep":
        raise MarginsUnusable("Soft margins have no sweep: use the convention `start_weights`.")
    shares = np.concatenate([m.shares for m in margins])
    active = np.ones(shares.size, dtype=bool)
    active[shares > 0] = raked.active[: int((shares > 0).sum())]
    columns = np.where(active, columns, 0.0)
    ridge = np.repeat([m.ridge for m in margins], [len(m.levels) for m in margins]) * shares
    if all(m.ridge or m.tolerance for m in margins):
        columns = np.hstack([columns, np.ones((len(columns), 1))])
        return columns, (*blocks, (shares.size, shares.size + 1)), np.r_[ridge, 0.0]
    return columns, blocks, ridge
