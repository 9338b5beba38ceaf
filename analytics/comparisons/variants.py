"""What difference a variant of the application made among people who got it at random.

Differences are design-based, through the joint covariance of the parts (`comparisons.compare`); all pairs and figures
of one declaration are corrected together after Holm. Where everybody in one part gave the same answer to a yes-or-no
figure, its mean shows no variance and a t value would be too large: there the table of answer by part is tested (Rao
and Scott 1984). Who gets which is drawn in `comparisons.blocks`; what can be found is said beforehand with
`comparisons.power`."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Literal

import msgspec
import numpy as np
from samenspraak.types.problem import Fault

from analytics.arrays import BoolArray, FloatArray
from analytics.comparisons import families, tables
from analytics.comparisons.compare import Pair, pairwise
from analytics.comparisons.families import Declared, Kind
from analytics.designs.design import Design
from analytics.errors import ComparisonUnusable
from analytics.estimates import contrast
from analytics.estimates.columns import answers
from analytics.estimates.interval import Interval


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One figure in one variant minus the same in another."""

    figure: str
    first: str
    second: str
    value: float
    se: float
    df: int
    interval: Interval
    """Student's t; within [-1, 1] for shares."""
    n: tuple[int, int]
    """People with an answer in each."""
    p: float | None
    """None where either part has fewer answers than are asked for, where nothing varies, and before closing."""
    p_adjusted: float | None = None
    stands: bool | None = None
    test: Literal["t", "rao_scott", ""] = ""
    """What p comes from; empty where nothing was tested."""
    note: Literal["", "fixed", "no_spread", "few_answers", "interim"] = ""
    """`no_spread`: everybody in one part answered the same, so that `se` and `interval` are too confident."""


def declare(figures: Sequence[str], parts: Sequence[str], *, name: str = "variants", level: float = 0.05) -> Declared:
    """The confirmatory family that `compare` judges: every figure in every pair of parts. Its number of members is what
    `comparisons.power` takes as `comparisons`."""
    members = tuple(_member(figure, one, other) for figure in figures for one, other in combinations(parts, 2))
    return Declared(name=name, kind="confirmatory", members=members, level=level)


def compare(
    figures: Mapping[str, FloatArray],
    parts: Mapping[str, BoolArray],
    design: Design,
    *,
    kind: Kind = "confirmatory",
    level: float = 0.95,
    minimum: int = 30,
    interim: bool = False,
) -> tuple[Difference, ...]:
    """Every figure in every pair of parts, corrected together: after Holm, or after Benjamini and Hochberg where `kind`
    is exploratory.

    `figures` holds answers per person (NaN: none), `parts` masks that do not overlap; a pair in which either side has
    fewer than `minimum` answers is given without a test, one in which a side has none is left out. With `interim`
    nothing is tested.

    Raises:
        ComparisonUnusable: fewer than two parts, parts that overlap, or masks that do not fit the design; all faults at
            once.
        AnswersUnusable: answers that do not fit the design.
    """
    _check(parts, design)
    found = [one for name, y in figures.items() for one in _pairs(name, y, parts, design, level, minimum)]
    members = [_member(one.figure, one.first, one.second) for one in found]
    judged = families.correct(
        "parts", kind, list(zip(members, [one.p for one in found], strict=True)), level=1 - level, interim=interim
    )
    return tuple(
        msgspec.structs.replace(
            one,
            p=member.p,
            p_adjusted=member.p_adjusted,
            stands=member.stands,
            test="" if interim else one.test,
            note="interim" if interim else one.note,
        )
        for one, member in zip(found, judged.members, strict=True)
    )


def _pairs(
    figure: str, y: FloatArray, parts: Mapping[str, BoolArray], design: Design, level: float, minimum: int
) -> list[Difference]:
    column = answers(y, design)
    if column.shape[1] != 1:
        raise ComparisonUnusable(f"Figure `{figure}` has {column.shape[1]} columns; give one.")
    member = np.column_stack([np.asarray(mask) for mask in parts.values()])
    figures = contrast.of_means(np.where(member, column, np.nan), list(parts), design)
    given = column[~np.isnan(column)]
    share = bool(np.isin(given, (0.0, 1.0)).all())
    return [
        _judged(figure, pair, column[:, 0], parts, design, share=share, minimum=minimum)
        for pair in pairwise(figures, minimum=1, level=level)
    ]


def _judged(
    figure: str,
    pair: Pair,
    y: FloatArray,
    parts: Mapping[str, BoolArray],
    design: Design,
    *,
    share: bool,
    minimum: int,
) -> Difference:
    found = pair.difference
    limits = found.interval
    made = Difference(
        figure=figure,
        first=pair.first,
        second=pair.second,
        value=found.value,
        se=found.se,
        df=found.df,
        interval=msgspec.structs.replace(limits, lower=max(limits.lower, -1.0), upper=min(limits.upper, 1.0))
        if share
        else limits,
        n=pair.n,
        p=found.p,
        test="t",
        note=found.note,
    )
    if min(pair.n) < minimum:
        return msgspec.structs.replace(made, p=None, test="", note="few_answers")
    if not found.note:
        return made
    p = _by_table(y, parts[pair.first], parts[pair.second], design) if share and found.note == "no_spread" else None
    return msgspec.structs.replace(made, p=p, test="rao_scott" if p is not None else "")


def _by_table(y: FloatArray, first: BoolArray, second: BoolArray, design: Design) -> float | None:
    part = np.where(first, 0, np.where(second, 1, -1))
    answer = np.where(np.isnan(y), -1, np.nan_to_num(y)).astype(np.int64)
    try:
        return tables.independence(part, answer, design).p
    except ComparisonUnusable:
        # Both parts answered with one voice, the same or the opposite one: the design shows no variance at all.
        return None


def _check(parts: Mapping[str, BoolArray], design: Design) -> None:
    people = design.weights.size
    faults = [
        Fault(pointer=f"/{name}", code="mask", detail=f"part `{name}` needs True or False for each of {people} people")
        for name, part in parts.items()
        if np.asarray(part).shape != (people,) or np.asarray(part).dtype != np.bool_
    ]
    if not faults:
        twice = int((np.sum([np.asarray(part, dtype=np.int64) for part in parts.values()], axis=0) > 1).sum())
        if twice:
            detail = f"{twice} people are in more than one part; each must be in one"
            faults.append(Fault(pointer="", code="overlap", detail=detail))
    if len(parts) < 2:
        detail = f"a comparison needs two parts or more; there are {len(parts)}"
        faults.append(Fault(pointer="", code="one_part", detail=detail))
    if faults:
        what = "; ".join(fault.detail for fault in faults)
        raise ComparisonUnusable(f"{what[0].upper()}{what[1:]}.", faults=faults)


def _member(figure: str, first: str, second: str) -> str:
    return f"{figure}: {first} - {second}"
