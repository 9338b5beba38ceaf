"""Estimates that explain themselves: value, standard error, degrees of freedom, interval and bases.

Every function takes the full design and an optional `domain` mask. People outside the domain and people without a valid
answer (NaN) stay in the design with a linearised value of zero, so that the degrees of freedom and the variance are
those of the whole sample (Binder 1983; Woodruff 1971)."""

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.designs.design import Design
from analytics.designs.variance import covariance, variances
from analytics.estimates.columns import Sums, answers, hits, linearised, mask, read
from analytics.estimates.groups import check_groups, grouped
from analytics.estimates.interval import (
    FIXED_SE,
    Interval,
    ProportionMethod,
    inflation,
    mean_limits,
    share_limits,
)

Note = Literal["", "fixed_by_margin", "one_sided", "no_answers", "no_spread", "no_weight"]
"""`fixed_by_margin`: the weighting fixes the figure, chance does not move it. `one_sided`: nobody or everybody, so one
limit is 0 or 1. `no_answers`: an empty base. `no_spread`: all answers are equal, which says nothing about how precise
their mean is: no standard error, no interval. `no_weight`: the weights of the base add up to zero or less."""

NO_SPREAD = 1e-24
"""A variance below this part of the squared mean is rounding: all answers are equal."""


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """One figure about one base."""

    value: float | None
    """None when nobody gave a valid answer."""
    se: float | None
    df: int
    interval: Interval | None
    n: int
    """People in the domain with a valid answer, unweighted."""
    n_eff: float
    """Kish: (sum w)^2 / sum w^2 over those people; never more than n."""
    deff: float | None
    """Variance over that of simple random sampling with replacement of n; below 1 when weighting explains the answer.
    None where the answers do not vary."""
    unweighted: float | None
    weight_sum: float
    spread: float | None = None
    """Weighted standard deviation of one person's answer."""
    note: Note = ""


def mean(y: ArrayLike, design: Design, *, domain: BoolArray | None = None, level: float = 0.95) -> Estimate:
    """Weighted mean with a t interval."""
    return means(np.asarray(y, dtype=np.float64)[:, None], design, domain=domain, level=level)[0]


def means(
    y: ArrayLike, design: Design, *, domain: BoolArray | None = None, level: float = 0.95
) -> tuple[Estimate, ...]:
    """`mean` for each column of `y` (n x k) at once; each column has its own base of valid answers.

    Raises:
        AnswersUnusable: columns or a domain that do not fit the design, or infinite answers.
    """
    columns = read(answers(y, design), design, mask(domain, design))
    return mean_estimates(columns.sums, variances(linearised(columns), design), df=design.df, level=level)


def total(y: ArrayLike, design: Design, *, domain: BoolArray | None = None, level: float = 0.95) -> Estimate:
    """Weighted total, in the scale of the weights, with a t interval; 0 where nobody answered."""
    return totals(np.asarray(y, dtype=np.float64)[:, None], design, domain=domain, level=level)[0]


def totals(
    y: ArrayLike, design: Design, *, domain: BoolArray | None = None, level: float = 0.95
) -> tuple[Estimate, ...]:
    """`total` for each column of `y` (n x k) at once. `unweighted` is the plain sum, `spread` that of the answers."""
    columns = read(answers(y, design), design, mask(domain, design))
    sums, variance = columns.sums, variances(columns.y, design)
    value = design.weights @ columns.y
    fixed = np.sqrt(variance) <= FIXED_SE * np.sqrt(np.abs(design.weights) @ columns.y**2 * np.abs(sums.weight))
    lower, upper = mean_limits(value, np.where(fixed, 0.0, np.sqrt(variance)), df=design.df, level=level)
    found = _assemble(
        msgspec.structs.replace(sums, value=value, unweighted=columns.y.sum(axis=0)),
        variance,
        (lower, upper),
        _notes(no_answers=sums.n == 0, fixed_by_margin=fixed),
        df=design.df,
        level=level,
        method="t",
        simple=sums.spread2 * sums.weight**2,
    )
    return tuple(
        msgspec.structs.replace(one, value=0.0, unweighted=0.0) if one.note == "no_answers" else one for one in found
    )


def proportion(
    hit: ArrayLike,
    design: Design,
    *,
    domain: BoolArray | None = None,
    level: float = 0.95,
    method: ProportionMethod = "korn_graubard",
) -> Estimate:
    """Weighted share of ones in `hit` (1.0, 0.0 or NaN)."""
    columns = np.asarray(hit, dtype=np.float64)[:, None]
    return proportions(columns, design, domain=domain, level=level, method=method)[0]


def proportions(
    hit: ArrayLike,
    design: Design,
    *,
    domain: BoolArray | None = None,
    level: float = 0.95,
    method: ProportionMethod = "korn_graubard",
) -> tuple[Estimate, ...]:
    """`proportion` for each column of `hit` (n x k) at once; each column has its own base of valid answers.

    Raises:
        AnswersUnusable: as `means`, and for answers other than 0, 1 and NaN.
    """
    columns = read(hits(hit, design), design, mask(domain, design))
    variance = variances(linearised(columns), design)
    return share_estimates(columns.sums, variance, df=design.df, level=level, method=method, inflate=inflate(design))


def shares(
    y: ArrayLike,
    options: Sequence[int],
    design: Design,
    *,
    domain: BoolArray | None = None,
    level: float = 0.95,
    method: ProportionMethod = "korn_graubard",
) -> dict[int, Estimate]:
    """Distribution over `options`; the base is everyone whose answer is one of them (leave 98 out: no don't know)."""
    given = np.asarray(y, dtype=np.float64)[:, None] == np.asarray(options, dtype=np.float64)
    chosen = np.where(given.any(axis=1)[:, None], given.astype(np.float64), np.nan)
    found = proportions(chosen, design, domain=domain, level=level, method=method)
    return dict(zip(options, found, strict=True))


def by_group(
    y: ArrayLike,
    groups: IntArray,
    labels: Sequence[str],
    design: Design,
    *,
    kind: Literal["mean", "proportion"] = "mean",
    domain: BoolArray | None = None,
    level: float = 0.95,
    method: ProportionMethod = "korn_graubard",
) -> dict[str, Estimate]:
    """One estimate per group; `groups` holds positions in `labels`, -1 for people in none."""
    columns = np.asarray(y, dtype=np.float64)[:, None]
    found = by_groups(columns, groups, len(labels), design, kind=kind, domain=domain, level=level, method=method)
    return dict(zip(labels, found[0], strict=True))


def by_groups(
    y: ArrayLike,
    groups: IntArray,
    size: int,
    design: Design,
    *,
    kind: Literal["mean", "proportion"] = "mean",
    domain: BoolArray | None = None,
    level: float = 0.95,
    method: ProportionMethod = "korn_graubard",
) -> tuple[tuple[Estimate, ...], ...]:
    """Per column of `y` (n x k) one estimate for each of `size` groups, all columns and groups at once.

    Raises:
        AnswersUnusable: as `means` and `proportions`, and for group numbers that do not exist.
    """
    columns = answers(y, design) if kind == "mean" else hits(y, design)
    sums, variance = grouped(columns, check_groups(groups, size, design), size, design, mask(domain, design))
    flat = Sums(**{name: getattr(sums, name).reshape(-1) for name in Sums.__struct_fields__})
    if kind == "mean":
        found = mean_estimates(flat, variance.reshape(-1), df=design.df, level=level)
    else:
        found = share_estimates(
            flat, variance.reshape(-1), df=design.df, level=level, method=method, inflate=inflate(design)
        )
    return tuple(found[j * size : (j + 1) * size] for j in range(columns.shape[1]))


def variance(y: ArrayLike, design: Design, *, domain: BoolArray | None = None) -> tuple[float, float]:
    """Population variance of an answer (with n / (n - 1)) and its standard error; NaN below two answers."""
    columns = read(answers(y, design), design, mask(domain, design))
    n = float(columns.sums.n[0])
    if n < 2:
        return np.nan, np.nan
    squares = (columns.y[:, 0] - columns.sums.value[0]) ** 2 * n / (n - 1)
    found = mean(np.where(columns.valid[:, 0] > 0, squares, np.nan), design)
    return found.value or 0.0, found.se or 0.0


def influence(y: ArrayLike, design: Design, *, domain: BoolArray | None = None) -> FloatArray:
    """Linearised values of domain means, (y - m) / W in the domain and 0 elsewhere; one column per column of `y`."""
    return linearised(read(answers(y, design), design, mask(domain, design)))


def joint(
    y: ArrayLike, design: Design, *, domain: BoolArray | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Means of the columns of `y` (n x k), their bases, and their k x k covariance, for contrasts between them."""
    columns = read(answers(y, design), design, mask(domain, design))
    return columns.sums.value, columns.sums.n, covariance(linearised(columns), design)


def mean_estimates(sums: Sums, variance: FloatArray, *, df: int, level: float) -> tuple[Estimate, ...]:
    """Means with t intervals from their sums and variances (flat arrays)."""
    se = np.sqrt(variance)
    fixed = (se <= FIXED_SE * np.sqrt(np.maximum(sums.spread2, 0.0))) & (sums.spread2 > 0)
    alike = without_spread(sums)
    notes = _notes(no_answers=sums.n == 0, no_weight=sums.weight <= 0, no_spread=alike, fixed_by_margin=fixed)
    limits = mean_limits(sums.value, np.where(fixed, 0.0, se), df=df, level=level)
    sums = msgspec.structs.replace(sums, spread2=np.where(alike, 0.0, sums.spread2))
    return _assemble(sums, variance, limits, notes, df=df, level=level, method="t")


def inflate(design: Design) -> float:
    """What the limits of shares add to the variance for what the calibrations explain (`interval.share_limits`)."""
    return inflation(design.weights.size, sum(span.shape[1] for span in design.explained))


def share_estimates(
    sums: Sums, variance: FloatArray, *, df: int, level: float, method: ProportionMethod, inflate: float = 1.0
) -> tuple[Estimate, ...]:
    """Shares with intervals from their sums and variances (flat arrays)."""
    value = np.where(sums.unweighted == 0, 0.0, np.where(sums.unweighted == 1, 1.0, sums.value))
    n_eff = _n_eff(sums)
    limits = share_limits(value, variance, sums.n, n_eff, df=df, level=level, method=method, inflate=inflate)
    notes = _notes(
        no_answers=sums.n == 0, no_weight=sums.weight <= 0, fixed_by_margin=limits.fixed, one_sided=limits.one_sided
    )
    sums = msgspec.structs.replace(sums, value=value)
    return _assemble(sums, variance, (limits.lower, limits.upper), notes, df=df, level=level, method=method)


def without_spread(sums: Sums) -> BoolArray:
    """Figures whose answers are all equal. (Negative weights can make a variance negative; those answers do vary.)"""
    return np.asarray(np.abs(sums.spread2) <= NO_SPREAD * sums.value**2)


def _notes(**reasons: BoolArray) -> list[Note]:
    """The first reason that holds, per figure."""
    names: list[Note] = ["", *reasons]  # type: ignore[list-item]
    first = np.select(list(reasons.values()), range(1, len(names)), 0)
    return [names[i] for i in first.tolist()]


def _n_eff(sums: Sums) -> FloatArray:
    return np.asarray(sums.weight**2 / np.where(sums.squares > 0, sums.squares, 1.0))


def _assemble(
    sums: Sums,
    variance: FloatArray,
    limits: tuple[FloatArray, FloatArray],
    notes: Sequence[Note],
    *,
    df: int,
    level: float,
    method: str,
    simple: FloatArray | None = None,
) -> tuple[Estimate, ...]:
    """Structs from arrays. `simple` is the variance of one answer that the design effect compares with."""
    one = (sums.spread2 if simple is None else simple) / np.maximum(sums.n, 1)
    deff = np.divide(variance, one, out=np.full(one.shape, np.nan), where=one > 0)
    spread = np.sqrt(np.maximum(sums.spread2, 0.0))
    arrays = (sums.value, np.sqrt(variance), *limits, sums.n, _n_eff(sums), deff, sums.unweighted, sums.weight, spread)
    return tuple(
        _estimate(row, note, df, level, method)
        for row, note in zip(zip(*(array.tolist() for array in arrays), strict=True), notes, strict=True)
    )


def _estimate(row: tuple[float, ...], note: Note, df: int, level: float, method: str) -> Estimate:
    value, se, lower, upper, n, n_eff, deff, unweighted, weight, spread = row
    known = note not in ("no_answers", "no_weight")
    precise = known and note != "no_spread"
    return Estimate(
        value=value if known else None,
        se=None if not precise else 0.0 if note == "fixed_by_margin" else se,
        df=df,
        interval=Interval(lower=lower, upper=upper, level=level, method=method) if precise else None,
        n=int(n),
        n_eff=n_eff,
        deff=deff if deff == deff else None,
        unweighted=unweighted if n else None,
        weight_sum=weight,
        spread=spread if known else None,
        note=note,
    )
