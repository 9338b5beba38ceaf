"""How far two coders agree: Cohen's kappa per code, with intervals, and over all codes together.

Kappa (Cohen 1960) with the large-sample variance of Fleiss, Cohen and Everitt (1969), here by the influence of each
answer on kappa, which is the same number and also gives the variance of the mean over codes, where the same answers
count for every code. Percent agreement stands beside it, since kappa is low where a code is rare however well people
agree (Feinstein and Cicchetti 1990).
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from samenspraak.types.problem import Fault

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.errors import TextsUnusable
from analytics.estimates.interval import Interval, mean_limits, proportion_limits


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """Two coders on one code, or on the mean over codes."""

    answers: int
    """Answers that both coded."""
    agreed: float | None
    """Share of them on which both said the same; None without answers."""
    agreed_interval: Interval | None
    """Wilson."""
    kappa: float | None
    """1 complete agreement, 0 what chance would give; None where neither coder made a difference between answers."""
    se: float | None
    interval: Interval | None
    """Within -1 and 1; None for fewer than two answers or clusters."""
    first: int
    """Answers to which the first coder gave the code; summed over codes for the mean."""
    second: int


class Agreements(msgspec.Struct, frozen=True, kw_only=True):
    """Two coders on all codes."""

    codes: dict[str, Agreement]
    overall: Agreement
    """Mean over the codes that have a kappa (macro average)."""
    undefined: tuple[str, ...]
    """Codes without a kappa, left out of the mean."""


def agreements(
    first: BoolArray,
    second: BoolArray,
    codes: Sequence[str],
    *,
    clusters: IntArray | None = None,
    level: float = 0.95,
) -> Agreements:
    """Agreement of two coders who gave any number of codes to each answer.

    Args:
        first, second: answers x codes, True where the code was given.
        clusters: number of the answer for each row, when several people coded the same one against the same other
            coder; None: every row is an answer of its own.

    Raises:
        TextsUnusable: the coders did not code the same answers with the same codes.
    """
    _check(first, second, codes, clusters)
    found = {code: _Pair(first[:, i], second[:, i]) for i, code in enumerate(codes)}
    defined = [code for code, pair in found.items() if pair.kappa is not None]
    per_code = {code: _agreement(pair, clusters, level) for code, pair in found.items()}
    return Agreements(
        codes=per_code,
        overall=_overall([found[code] for code in defined], list(found.values()), clusters, level),
        undefined=tuple(code for code in codes if code not in defined),
    )


def kappa(
    first: NDArray[Any], second: NDArray[Any], *, clusters: IntArray | None = None, level: float = 0.95
) -> Agreement:
    """Agreement of two coders who gave each answer exactly one of any number of categories. `first` and `second` of
    the result count the answers.

    Raises:
        TextsUnusable: not the same number of answers.
    """
    one, other = np.asarray(first), np.asarray(second)
    _check(one[:, None], other[:, None], ("",), clusters)
    return _agreement(_Pair(one, other), clusters, level)


class _Pair:
    """Two columns of categories: kappa and what each answer adds to it."""

    def __init__(self, first: NDArray[Any], second: NDArray[Any]) -> None:
        self.size = int(first.size)
        categories, codes = np.unique(np.concatenate([first, second]), return_inverse=True)
        one, other = codes[: self.size], codes[self.size :]
        self.first, self.second = int(np.count_nonzero(first)), int(np.count_nonzero(second))
        self.same = (one == other).astype(np.float64)
        self.kappa: float | None = None
        self.influence: FloatArray = np.zeros(self.size)
        if not self.size:
            return
        shares = [np.bincount(column, minlength=categories.size) / self.size for column in (one, other)]
        observed, chance = float(self.same.mean()), float(shares[0] @ shares[1])
        if chance >= 1 - 1e-12:
            return
        self.kappa = (observed - chance) / (1 - chance)
        by_chance = shares[1][one] + shares[0][other] - 2 * chance
        self.influence = ((self.same - observed) - by_chance * (1 - self.kappa)) / (1 - chance)


def _check(first: NDArray[Any], second: NDArray[Any], codes: Sequence[str], clusters: IntArray | None) -> None:
    faults = [
        Fault(pointer=f"/{name}", code="shape", detail=f"{name} has the shape {shape}, not {wanted}.")
        for name, shape, wanted in (
            ("second", second.shape, first.shape),
            ("codes", (len(codes),), first.shape[1:]),
            ("clusters", first.shape[:1] if clusters is None else clusters.shape, first.shape[:1]),
        )
        if shape != wanted
    ]
    if faults:
        raise TextsUnusable("Both coders must have coded the same answers with the same codes.", faults=faults)


def _agreement(pair: _Pair, clusters: IntArray | None, level: float) -> Agreement:
    agreed = float(pair.same.mean()) if pair.size else None
    se = None if pair.kappa is None else _spread(pair.influence, clusters)
    return Agreement(
        answers=pair.size,
        agreed=agreed,
        agreed_interval=None if agreed is None else _share_interval(agreed, pair.same, clusters, level),
        kappa=pair.kappa,
        se=se,
        interval=_interval(pair.kappa, se, level),
        first=pair.first,
        second=pair.second,
    )


def _overall(defined: Sequence[_Pair], every: Sequence[_Pair], clusters: IntArray | None, level: float) -> Agreement:
    """Means over codes; the influence of an answer on a mean is the mean of its influences."""
    size = every[0].size if every else 0
    same = np.mean([pair.same for pair in every], axis=0) if size else np.empty(0)
    agreed = float(same.mean()) if size else None
    value = float(np.mean([pair.kappa for pair in defined if pair.kappa is not None])) if defined else None
    se = _spread(np.mean([pair.influence for pair in defined], axis=0), clusters) if defined else None
    return Agreement(
        answers=size,
        agreed=agreed,
        agreed_interval=None if agreed is None else _share_interval(agreed, same, clusters, level),
        kappa=value,
        se=se,
        interval=_interval(value, se, level),
        first=sum(pair.first for pair in every),
        second=sum(pair.second for pair in every),
    )


def _spread(influence: FloatArray, clusters: IntArray | None) -> float | None:
    """Standard error of a mean-like figure from the influence of each answer."""
    if influence.size < 2:
        return None
    if clusters is None:
        return float(np.sqrt((influence**2).sum()) / influence.size)
    sums = np.bincount(np.unique(clusters, return_inverse=True)[1].reshape(-1), weights=influence)
    return float(np.sqrt((sums**2).sum()) / influence.size) if sums.size > 1 else None


def _interval(value: float | None, se: float | None, level: float) -> Interval | None:
    if value is None or se is None:
        return None
    lower, upper = mean_limits(np.array(value), np.array(se), df=np.inf, level=level)
    return Interval(
        lower=max(float(lower), -1.0), upper=min(float(upper), 1.0), level=level, method="fleiss_cohen_everitt"
    )


def _share_interval(agreed: float, same: FloatArray, clusters: IntArray | None, level: float) -> Interval | None:
    se = _spread(same - agreed, clusters)
    if se is None:
        return None
    limits = proportion_limits(
        np.array([agreed]),
        np.array([se**2]),
        np.array([float(same.size)]),
        np.array([float(same.size)]),
        df=max(same.size - 1, 1),
        level=level,
        method="wilson",
    )
    return Interval(lower=float(limits.lower[0]), upper=float(limits.upper[0]), level=level, method="wilson")
