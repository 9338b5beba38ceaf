"""Who counts in each column of answers, and the plain sums that figures are made of.

Answers come as an n x k array with one column per figure and NaN where somebody gave no valid answer. Nobody is
dropped: who does not count in a figure stays in the design with a linearised value of zero (Binder 1983)."""

import msgspec
import numpy as np
from numpy.typing import ArrayLike
from samenspraak.types.problem import Fault

from analytics.arrays import BoolArray, FloatArray
from analytics.designs.design import Design
from analytics.errors import AnswersUnusable

_LARGEST = 1e100
"""Squares of larger numbers, added up over people, leave the range of numbers."""


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """Per figure; arrays of one shape."""

    n: FloatArray
    """People with a valid answer."""
    weight: FloatArray
    squares: FloatArray
    """Sum of the squared weights."""
    value: FloatArray
    """Weighted mean; 0 without answers."""
    unweighted: FloatArray
    spread2: FloatArray
    """Weighted variance of the answers with n / (n - 1)."""


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Answers ready for estimation."""

    y: FloatArray
    """n x k answers, zero where not valid."""
    valid: FloatArray
    """n x k, one where the person counts."""
    sums: Sums


def answers(y: ArrayLike, design: Design) -> FloatArray:
    """`y` as n x k numbers for the people of the design; one column stays one column.

    Raises:
        AnswersUnusable: another number of people than the design has, or an infinite answer; all columns are named.
    """
    columns = np.asarray(y, dtype=np.float64)
    columns = columns[:, None] if columns.ndim == 1 else columns
    if columns.ndim != 2 or columns.shape[0] != design.weights.size:
        raise AnswersUnusable(
            f"Answers of shape {np.shape(y)} do not fit a design of {design.weights.size} people; give one row each."
        )
    _refuse(np.abs(columns) > _LARGEST, "infinite", "{} answers are infinite or above 1e100; use NaN for no answer.")
    return columns


def hits(y: ArrayLike, design: Design) -> FloatArray:
    """As `answers`, for columns of ones, zeros and NaN.

    Raises:
        AnswersUnusable: also for any other number.
    """
    columns = answers(y, design)
    # 0 and 1 are their own squares, and NaN compares as different from everything.
    other = columns * columns != columns
    if other.any():
        other &= ~np.isnan(columns)
    _refuse(other, "not_zero_or_one", "{} answers are neither 0 nor 1; a share needs hits.")
    return columns


def mask(domain: ArrayLike | None, design: Design) -> BoolArray | None:
    """`domain` as a mask over the people of the design.

    Raises:
        AnswersUnusable: another length, or values that are not True or False.
    """
    if domain is None:
        return None
    inside = np.asarray(domain)
    if inside.shape != design.weights.shape or inside.dtype != np.bool_:
        raise AnswersUnusable(f"A domain needs True or False for each of the {design.weights.size} people.")
    return inside


def read(y: FloatArray, design: Design, domain: BoolArray | None = None) -> Columns:
    """The sums of checked answers (n x k)."""
    valid = ~np.isnan(y)
    if domain is not None:
        valid &= domain[:, None]
    given, counts, w = np.where(valid, y, 0.0), valid.astype(np.float64), design.weights
    n, weight = counts.sum(axis=0), w @ counts
    some = np.where(weight > 0, weight, 1.0)
    value = (w @ given) / some
    distance = (given - value) * counts
    return Columns(
        y=given,
        valid=counts,
        sums=Sums(
            n=n,
            weight=weight,
            squares=(w * w) @ counts,
            value=value,
            unweighted=given.sum(axis=0) / np.maximum(n, 1),
            spread2=(w @ (distance * distance)) / some * np.where(n > 1, n / np.maximum(n - 1, 1), 1.0),
        ),
    )


def linearised(columns: Columns) -> FloatArray:
    """Linearised means, (y - m) / W for those who count and 0 elsewhere; n x k."""
    sums = columns.sums
    some = np.where(sums.weight > 0, sums.weight, 1.0)
    return np.asarray((columns.y - sums.value * columns.valid) / some)


def _refuse(wrong: BoolArray, code: str, detail: str) -> None:
    if not wrong.any():
        return
    counts = wrong.sum(axis=0)
    faults = [
        Fault(pointer=f"/{j}", code=code, detail=detail.format(int(counts[j]))) for j in np.flatnonzero(counts).tolist()
    ]
    others = f" {len(faults) - 1} more columns as well." if len(faults) > 1 else ""
    raise AnswersUnusable(f"Column {faults[0].pointer[1:]}: {faults[0].detail}{others}", faults=faults)
