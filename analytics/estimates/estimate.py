"""Estimates that explain themselves: value, standard error, degrees of freedom, interval and bases.

Every function takes the full design and an optional `domain` mask. People outside the domain and people without a valid
answer (NaN) stay in the design with a linearised value of zero, so that the degrees of freedom and the variance are
those of the whole sample (Binder 1983; Woodruff 1971)."""

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np

from analytics.arrays import BoolArray, FloatArray, IntArray, as_float
from analytics.designs.design import Design
from analytics.designs.variance import covariance, variances
from analytics.estimates.interval import FIXED_SE, Interval, ProportionMethod, mean_limits, proportion_limits

Note = Literal["", "fixed_by_margin", "one_sided", "no_answers"]


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


class _Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Per column of answers: who counts, and the plain sums everything else is made of."""

    y: FloatArray
    """Answers, zero where not valid."""
    valid: FloatArray
    n: FloatArray
    weight: FloatArray
    value: FloatArray
    unweighted: FloatArray
    n_eff: FloatArray
    spread2: FloatArray
    """Weighted variance of the answers with n / (n - 1)."""


def mean(y: FloatArray, design: Design, *, domain: BoolArray | None = None, level: float = 0.95) -> Estimate:
    """Weighted mean with a t interval."""
    return means(as_float(y)[:, None], design, domain=domain, level=level)[0]


def means(
    y: FloatArray, design: Design, *, domain: BoolArray | None = None, level: float = 0.95
) -> tuple[Estimate, ...]:
    """`mean` for each column of `y` (n x k) at once; each column has its own base of valid answers."""
    columns = _columns(y, design, domain)
    variance = variances(_linearised(columns), design)
    se = np.sqrt(variance)
    fixed = (se <= FIXED_SE * np.sqrt(np.maximum(columns.spread2, 0))) & (columns.spread2 > 0)
    lower, upper = mean_limits(columns.value, np.where(fixed, 0.0, se), df=design.df, level=level)
    notes: list[Note] = ["fixed_by_margin" if f else "" for f in fixed]
    return _estimates(columns, variance, lower, upper, notes, design.df, level, "t")


def total(y: FloatArray, design: Design, *, domain: BoolArray | None = None, level: float = 0.95) -> Estimate:
    """Weighted total, in the scale of the weights, with a t interval."""
    columns = _columns(as_float(y)[:, None], design, domain)
    sums = columns.value * columns.weight
    variance = variances(columns.y, design)
    lower, upper = mean_limits(sums, np.sqrt(variance), df=design.df, level=level)
    relative = msgspec.structs.replace(columns, spread2=columns.spread2 * columns.weight**2)
    found = _estimates(relative, variance, lower, upper, [""], design.df, level, "t")[0]
    value = float(sums[0]) if columns.n[0] else 0.0
    unweighted = float(columns.y.sum())
    return msgspec.structs.replace(found, value=value, unweighted=unweighted)


def proportion(
    hit: FloatArray,
    design: Design,
    *,
    domain: BoolArray | None = None,
    level: float = 0.95,
    method: ProportionMethod = "korn_graubard",
) -> Estimate:
    """Weighted share of ones in `hit` (1.0, 0.0 or NaN)."""
    return proportions(as_float(hit)[:, None], design, domain=domain, level=level, method=method)[0]


def proportions(
    hits: FloatArray,
    design: Design,
    *,
    domain: BoolArray | None = None,
    level: float = 0.95,
    method: ProportionMethod = "korn_graubard",
) -> tuple[Estimate, ...]:
    """`proportion` for each column of `hits` (n x k) at once; each column has its own base of valid answers."""
    columns = _columns(hits, design, domain)
    hit_count = columns.y.sum(axis=0)
    value = np.where(hit_count == 0, 0.0, np.where(hit_count == columns.n, 1.0, columns.value))
    columns = msgspec.structs.replace(columns, value=value)
    variance = variances(_linearised(columns), design)
    limits = proportion_limits(value, variance, columns.n, columns.n_eff, df=design.df, level=level, method=method)
    notes: list[Note] = [
        "fixed_by_margin" if fixed else "one_sided" if one_sided else ""
        for fixed, one_sided in zip(limits.fixed, limits.one_sided, strict=True)
    ]
    return _estimates(columns, variance, limits.lower, limits.upper, notes, design.df, level, method)


def shares(
    answers: FloatArray,
    options: Sequence[int],
    design: Design,
    *,
    domain: BoolArray | None = None,
    level: float = 0.95,
    method: ProportionMethod = "korn_graubard",
) -> dict[int, Estimate]:
    """Distribution over `options`; the base is everyone whose answer is one of them (leave 98 out: no don't know)."""
    given = as_float(answers)[:, None] == np.asarray(options, dtype=np.float64)
    hits = np.where(given.any(axis=1)[:, None], given.astype(np.float64), np.nan)
    found = proportions(hits, design, domain=domain, level=level, method=method)
    return dict(zip(options, found, strict=True))


def by_group(
    y: FloatArray,
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
    member = np.asarray(groups)[:, None] == np.arange(len(labels))
    columns = np.where(member, as_float(y)[:, None], np.nan)
    if kind == "mean":
        found = means(columns, design, domain=domain, level=level)
    else:
        found = proportions(columns, design, domain=domain, level=level, method=method)
    return dict(zip(labels, found, strict=True))


def ratio(
    numerator: FloatArray, denominator: FloatArray, design: Design, *, domain: BoolArray | None = None
) -> tuple[float, float]:
    """Ratio of two totals and its standard error, over people who answered both."""
    y, x = as_float(numerator), as_float(denominator)
    both = ~np.isnan(y) & ~np.isnan(x) & (True if domain is None else domain)
    y, x = np.where(both, y, 0.0), np.where(both, x, 0.0)
    below = float(design.weights @ x)
    value = float(design.weights @ y) / below
    z = (y - value * x) / below
    return value, float(np.sqrt(variances(z[:, None], design)[0]))


def variance(y: FloatArray, design: Design, *, domain: BoolArray | None = None) -> tuple[float, float]:
    """Population variance of an answer (with n / (n - 1)) and its standard error."""
    columns = _columns(as_float(y)[:, None], design, domain)
    n = float(columns.n[0])
    squares = (columns.y[:, 0] - columns.value[0]) ** 2 * n / (n - 1)
    found = mean(np.where(columns.valid[:, 0] > 0, squares, np.nan), design)
    return found.value or 0.0, found.se or 0.0


def influence(y: FloatArray, design: Design, *, domain: BoolArray | None = None) -> FloatArray:
    """Linearised values of domain means, (y - m) / W in the domain and 0 elsewhere; one column per column of `y`."""
    return _linearised(_columns(y, design, domain))


def joint(
    y: FloatArray, design: Design, *, domain: BoolArray | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Means of the columns of `y` (n x k), their bases, and their k x k covariance, for contrasts between them."""
    columns = _columns(y, design, domain)
    return columns.value, columns.n, covariance(_linearised(columns), design)


def _columns(y: FloatArray, design: Design, domain: BoolArray | None) -> _Columns:
    valid = ~np.isnan(y)
    if domain is not None:
        valid &= domain[:, None]
    answers, mask, w = np.where(valid, y, 0.0), valid.astype(np.float64), design.weights
    n, weight = mask.sum(axis=0), w @ mask
    some = np.where(weight > 0, weight, 1.0)
    value = (w @ answers) / some
    distance = (answers - value) * mask
    squares = (w * w) @ mask
    inflate = np.where(n > 1, n / np.maximum(n - 1, 1), 1.0)
    return _Columns(
        y=answers,
        valid=mask,
        n=n,
        weight=weight,
        value=value,
        unweighted=answers.sum(axis=0) / np.maximum(n, 1),
        n_eff=weight * weight / np.where(squares > 0, squares, 1.0),
        spread2=(w @ (distance * distance)) / some * inflate,
    )


def _linearised(columns: _Columns) -> FloatArray:
    some = np.where(columns.weight > 0, columns.weight, 1.0)
    return np.asarray((columns.y - columns.value * columns.valid) / some)


def _estimates(
    columns: _Columns,
    variance: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    notes: Sequence[Note],
    df: int,
    level: float,
    method: str,
) -> tuple[Estimate, ...]:
    simple = columns.spread2 / np.maximum(columns.n, 1)
    found = []
    for j, note in enumerate(notes):
        empty = columns.n[j] == 0
        exact = note == "fixed_by_margin"
        limits = Interval(lower=float(lower[j]), upper=float(upper[j]), level=level, method=method)
        found.append(
            Estimate(
                value=None if empty else float(columns.value[j]),
                se=None if empty else 0.0 if exact else float(np.sqrt(variance[j])),
                df=df,
                interval=None if empty else limits,
                n=int(columns.n[j]),
                n_eff=float(columns.n_eff[j]),
                deff=float(variance[j] / simple[j]) if simple[j] > 0 else None,
                unweighted=None if empty else float(columns.unweighted[j]),
                weight_sum=float(columns.weight[j]),
                spread=None if empty else float(np.sqrt(max(columns.spread2[j], 0.0))),
                note="no_answers" if empty else note,
            )
        )
    return tuple(found)
