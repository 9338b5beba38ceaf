"""What a weighting is given, looked at before anything is computed; every fault is named at once."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from samenspraak.types.problem import Fault

from analytics.arrays import BoolArray, FloatArray, as_float
from analytics.errors import AnalyticsError, MarginsUnusable, ValuesUnknown, WeightsUnusable
from analytics.weights.codes import Coded, inside
from analytics.weights.frame import Margin, ZeroTargets

_NAMED = 20
"""Rows that are named one by one."""
_WIDEST = 1e9
"""Largest over smallest start weight: beyond it, double precision no longer holds the small ones beside the large."""


def together(*checks: Callable[[], Any], otherwise: Callable[[], Any] | None = None) -> tuple[Any, ...]:
    """What the checks return; when some fail, raise once: the first failure's class, everybody's faults.

    `otherwise` is a check that the work itself makes, and that only runs here when something else failed.

    Raises:
        AnalyticsError: one of the checks failed.
    """
    found, failed = [], []
    for check in checks:
        try:
            found.append(check())
        except AnalyticsError as error:
            failed.append(error)
    if failed and otherwise is not None:
        return together(*checks, otherwise)
    if len(failed) == 1:
        raise failed[0]
    if failed:
        raise type(failed[0])(
            " ".join(error.message for error in failed),
            faults=[fault for error in failed for fault in error.faults],
            details={key: value for error in reversed(failed) for key, value in error.details.items()},
        )
    return tuple(found)


def weights(values: Any, people: int | None = None) -> FloatArray:
    """Start weights as numbers.

    Raises:
        WeightsUnusable: no numbers, none at all, another number of them than people, values that are not finite and
        above 0 (the first rows are named), or values too far apart to be added.
    """
    return positive(values, people, "start weights", widest=_WIDEST)


def positive(values: Any, expected: int | None, what: str, *, widest: float = np.inf) -> FloatArray:
    """Finite numbers above 0, one per person or cell, the largest at most `widest` x the smallest. `what` names them.

    Raises:
        WeightsUnusable: they are not.
    """
    try:
        d = as_float(values)
    except (TypeError, ValueError):
        raise WeightsUnusable(f"Give {what} as numbers; got text or nested values.") from None
    if d.ndim != 1 or not d.size:
        raise WeightsUnusable(f"Weighting needs at least one person; got {what} of shape {d.shape}.")
    if expected is not None and d.size != expected:
        raise WeightsUnusable(f"{d.size} {what} for profiles of {expected} people.")
    lowest, highest = float(d.min()), float(d.max())
    if not (lowest > 0 and highest < np.inf):
        raise _bad_rows(d, what)
    if highest > widest * lowest:
        raise _too_far_apart(d, what)
    return d


def coded(parts: Sequence[Coded], margins: Sequence[Margin]) -> None:
    """That codes and margins fit each other.

    Raises:
        MarginsUnusable: another number of dimensions or levels than the margins have, or of people.
        ValuesUnknown: codes that are no whole numbers.
    """
    if len(parts) != len(margins):
        raise MarginsUnusable(f"{len(parts)} coded dimensions for {len(margins)} margins; give one for each.")
    if len({part.codes.size for part in parts}) > 1:
        listed = ", ".join(f"`{m.key}` {part.codes.size}" for part, m in zip(parts, margins, strict=True))
        raise MarginsUnusable(f"The dimensions are coded for different numbers of people: {listed}.")
    together(*(functools.partial(_fits, part, margin) for part, margin in zip(parts, margins, strict=True)))


def ranges(parts: Sequence[Coded], margins: Sequence[Margin]) -> None:
    """That every code has a pattern.

    Raises:
        ValuesUnknown: every dimension with codes that have none.
    """
    together(*(functools.partial(_range, part, margin) for part, margin in zip(parts, margins, strict=False)))


def zero_levels(
    memberships: Sequence[FloatArray],
    margins: Sequence[Margin],
    counted: Callable[[], FloatArray],
    rule: ZeroTargets,
) -> BoolArray:
    """Which kinds of people are in a level that the population does not have; `counted` gives the people per kind.

    Raises:
        MarginsUnusable: somebody is, and the rule is to refuse; every such level is named.
    """
    inside, faults = np.zeros(len(memberships[0]), dtype=bool), []
    if all(min(margin.shares) > 0 for margin in margins):
        return inside
    people = counted()
    for membership, margin in zip(memberships, margins, strict=True):
        for i, (level, share) in enumerate(zip(margin.levels, margin.shares, strict=True)):
            there = (membership[:, i] > 0) & (people > 0)
            if share > 0 or not there.any():
                continue
            inside |= there
            count = int(people[there].sum())
            detail = (
                f"{count} people are in `{level}` of `{margin.key}`, whose target is 0. Correct the target, merge the "
                "level, or ask for these people to be excluded."
            )
            faults.append(Fault(pointer=f"/{margin.key}/{level}", code="zero_target", detail=detail))
    if faults and rule == "refuse":
        raise MarginsUnusable(" ".join(fault.detail for fault in faults), faults=faults)
    if inside[people > 0].all():
        raise MarginsUnusable("Everybody is in a level whose target is 0; there is nobody left to weight.")
    return inside


def _fits(part: Coded, margin: Margin) -> None:
    if part.patterns.ndim != 2 or part.patterns.shape[1] != len(margin.levels):
        raise MarginsUnusable(
            f"`{margin.key}` has {len(margin.levels)} targets but is coded in {part.patterns.shape[-1]} levels."
        )
    if part.codes.dtype.kind not in "iu" or part.codes.dtype == np.uint64:
        raise ValuesUnknown(f"The codes of `{margin.key}` are {part.codes.dtype}; codes are whole numbers.")


def _range(part: Coded, margin: Margin) -> None:
    if part.codes.dtype.kind not in "iu" or inside(part.codes, len(part.patterns)):
        return
    strange = (part.codes < 0) | (part.codes >= len(part.patterns))
    detail = (
        f"{int(strange.sum())} codes of `{margin.key}` lie outside 0 ... {len(part.patterns) - 1}, such as "
        f"{int(part.codes[strange][0])}; code missing answers with `codes.known`."
    )
    raise ValuesUnknown(detail, faults=[Fault(pointer=f"/{margin.key}", code="unknown_level", detail=detail)])


def _bad_rows(d: FloatArray, what: str) -> WeightsUnusable:
    bad = np.flatnonzero(~(np.isfinite(d) & (d > 0)))
    pointer = what.replace(" ", "_")
    faults = [
        Fault(
            pointer=f"/{pointer}/{row}",
            code="not_positive",
            detail=f"Number {row + 1} of the {what} is {d[row]:g}; it must be a finite number above 0.",
        )
        for row in bad[:_NAMED].tolist()
    ]
    more = f" and {bad.size - _NAMED} more" if bad.size > _NAMED else ""
    listed = ", ".join(f"number {row + 1}: {d[row]:g}" for row in bad[:_NAMED].tolist())
    return WeightsUnusable(
        f"The {what} must all be finite numbers above 0; {bad.size} of {d.size} are not ({listed}{more}). Leave people "
        "who could not be drawn out of the sample.",
        faults=faults,
        details={"rows": tuple(bad.tolist())},
    )


def _too_far_apart(d: FloatArray, what: str) -> WeightsUnusable:
    small, large = int(d.argmin()), int(d.argmax())
    rows = f"number {small + 1} is {d[small]:g}, number {large + 1} is {d[large]:g}"
    pointer = what.replace(" ", "_")
    return WeightsUnusable(
        f"The {what} are too far apart to be used together: {rows}. Check the selection probabilities.",
        faults=[Fault(pointer=f"/{pointer}/{large}", code="too_far_apart", detail=rows)],
        details={"rows": (small, large)},
    )
