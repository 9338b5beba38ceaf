"""Families of tests, declared before anybody answers, whose p-values are corrected together.

Confirmatory families keep the chance of even one false finding below the level (Holm 1979, or max-t with the step-down
of Westfall and Young 1993 where the plan says so); exploratory ones keep the expected share of false findings among
those reported (Benjamini and Hochberg 1995)."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
from samenspraak.types.problem import Fault

from analytics.errors import ComparisonUnusable

Kind = Literal["confirmatory", "exploratory"]
Correction = Literal["holm", "benjamini_hochberg", "max_t"]

INTERIM = "interim: no tests"


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """A family as the plan states it."""

    name: str
    kind: Kind
    members: tuple[str, ...]
    """What is tested, in order."""
    level: float = 0.05
    """Error that the family as a whole may make: any false finding (confirmatory), or the expected share of false ones
    among those found (exploratory)."""
    max_t: bool = False
    """Correct a confirmatory family by max-t instead of Holm: finds more where its members move together."""

    @property
    def correction(self) -> Correction:
        if self.kind == "exploratory":
            return "benjamini_hochberg"
        return "max_t" if self.max_t else "holm"


class Adjusted(msgspec.Struct, frozen=True, kw_only=True):
    """One member of a family. None: not tested; it does not count for the others either."""

    name: str
    p: float | None
    p_adjusted: float | None
    stands: bool | None
    """Whether the finding holds after correction."""


class Family(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    kind: Kind
    correction: Correction
    level: float
    members: tuple[Adjusted, ...]
    interim: bool = False
    """Looked at before closing: nothing is tested, since repeated looks find differences that are not there."""
    note: str = ""
    """`interim: no tests`, where that is so."""


def judge(
    declared: Declared,
    p: Mapping[str, float | None],
    *,
    joint: Mapping[str, float] | None = None,
    interim: bool = False,
) -> Family:
    """Correct the p-values of a declared family.

    `p` holds one entry per member, None where it could not be tested for a reason that does not depend on the answers'
    direction (too few people). `joint` holds the max-t p-values (`comparisons.max_t`) of a family that asks for them.

    Raises:
        ComparisonUnusable: tests that were not declared, members without an entry, a member named twice, numbers that
            are no p-values, a level outside (0, 1), max-t for an exploratory family, or max-t without `joint`; all
            faults at once.
    """
    faults = [*_plan_faults(declared), *_entry_faults(declared, p, joint, interim)]
    _refuse(declared.name, faults)
    raw = [None if interim else p[member] for member in declared.members]
    if declared.correction == "max_t":
        adjusted: Sequence[float | None] = [
            None if value is None else (joint or {})[member]
            for member, value in zip(declared.members, raw, strict=True)
        ]
    else:
        adjusted = holm(raw) if declared.correction == "holm" else benjamini_hochberg(raw)
    return Family(
        name=declared.name,
        kind=declared.kind,
        correction=declared.correction,
        level=declared.level,
        members=tuple(
            Adjusted(name=member, p=value, p_adjusted=q, stands=None if q is None else q <= declared.level)
            for member, value, q in zip(declared.members, raw, adjusted, strict=True)
        ),
        interim=interim,
        note=INTERIM if interim else "",
    )


def correct(
    name: str, kind: Kind, tests: Sequence[tuple[str, float | None]], *, level: float = 0.05, interim: bool = False
) -> Family:
    """`judge` for a family whose members are the tests given, in their order.

    Raises:
        ComparisonUnusable: as `judge`.
    """
    declared = Declared(name=name, kind=kind, members=tuple(member for member, _ in tests), level=level)
    return judge(declared, dict(tests), interim=interim)


def holm(p: Sequence[float | None]) -> tuple[float | None, ...]:
    """Holm-adjusted p-values; None stays None and does not count."""
    tested = sorted((value, index) for index, value in enumerate(p) if value is not None)
    adjusted: list[float | None] = [None] * len(p)
    running = 0.0
    for place, (value, index) in enumerate(tested):
        running = max(running, min(1.0, value * (len(tested) - place)))
        adjusted[index] = running
    return tuple(adjusted)


def benjamini_hochberg(p: Sequence[float | None]) -> tuple[float | None, ...]:
    """Benjamini-Hochberg adjusted p-values; None stays None and does not count."""
    tested = sorted(((value, index) for index, value in enumerate(p) if value is not None), reverse=True)
    adjusted: list[float | None] = [None] * len(p)
    running, count = 1.0, len(tested)
    for place, (value, index) in enumerate(tested):
        running = min(running, value * count / (count - place))
        adjusted[index] = running
    return tuple(adjusted)


def _plan_faults(declared: Declared) -> list[Fault]:
    names = declared.members
    twice = sorted({member for member in names if names.count(member) > 1})
    found = [Fault(pointer="/members", code="twice", detail=f"named twice: {', '.join(twice)}")] if twice else []
    if not 0 < declared.level < 1:
        found.append(Fault(pointer="/level", code="level", detail=f"a level of {declared.level:g} is not in (0, 1)"))
    if declared.max_t and declared.kind == "exploratory":
        detail = "max-t keeps the error of a confirmatory family; an exploratory one takes Benjamini-Hochberg"
        found.append(Fault(pointer="/max_t", code="kind", detail=detail))
    return found


def _entry_faults(
    declared: Declared, p: Mapping[str, float | None], joint: Mapping[str, float] | None, interim: bool
) -> list[Fault]:
    strange = sorted(set(p) - set(declared.members))
    missing = [member for member in declared.members if member not in p]
    wrong = [f"{name} ({value})" for name, value in p.items() if value is not None and not 0 <= value <= 1]
    found = []
    if strange:
        found.append(Fault(pointer="/members", code="undeclared", detail=f"not declared: {', '.join(strange)}"))
    if missing and not interim:
        found.append(
            Fault(pointer="/members", code="missing", detail=f"no result (give None if untested): {', '.join(missing)}")
        )
    if wrong:
        found.append(Fault(pointer="/members", code="not_p", detail=f"not a p-value: {', '.join(wrong)}"))
    if declared.correction == "max_t" and not interim:
        lacking = [name for name in declared.members if p.get(name) is not None and name not in (joint or {})]
        wrong = [f"{name} ({value})" for name, value in (joint or {}).items() if not 0 <= value <= 1]
        if lacking:
            found.append(Fault(pointer="/max_t", code="missing", detail=f"no max-t p-value: {', '.join(lacking)}"))
        if wrong:
            found.append(Fault(pointer="/max_t", code="not_p", detail=f"not a p-value: {', '.join(wrong)}"))
    return found


def _refuse(name: str, faults: Sequence[Fault]) -> None:
    if faults:
        raise ComparisonUnusable(f"Family `{name}`: {'; '.join(fault.detail for fault in faults)}.", faults=faults)
