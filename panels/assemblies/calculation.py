"""The calculation behind a lottery: from a draft to panels, or to why there is none. Pure; runs in a process apart."""

import msgspec
from samenspraak.types.assembly import Demand, Fairness, Impossibility, QuotaChange, Recruits
from samenspraak.types.base import Localised
from samenspraak.types.lottery import LotteryAlgorithm

from panels.assemblies.models import Solution
from panels.errors import DraftImpossible, DraftInvalid
from panels.sortition import draw
from panels.sortition.infeasible.model import Infeasibility
from panels.sortition.model import Chances, Draft


class Calculated(msgspec.Struct, frozen=True, kw_only=True):
    """Either `solution` (JSON) with `fairness`, or `impossibility`."""

    solution: bytes = b""
    fairness: Fairness | None = None
    impossibility: Impossibility | None = None
    warnings: tuple[Localised, ...] = ()


def calculate(draft: Draft, *, algorithm: LotteryAlgorithm, seed: str, panels: int) -> Calculated:
    """Panels of equal chance that all meet the quotas, with chances as fair as `algorithm` makes them.

    Args:
        seed: 32 hexadecimal digits; the same draft and seed give the same panels.
    """
    try:
        solved = draw.solve(draft, algorithm=algorithm, seed=int(seed, 16), panels=panels)
    except DraftInvalid as odd:
        words = tuple(Localised(nl=fault.detail, en=fault.detail) for fault in odd.faults)
        return Calculated(impossibility=Impossibility(words=words or (Localised(nl=str(odd), en=str(odd)),)))
    except DraftImpossible as odd:
        return Calculated(impossibility=explained(odd))
    place = {person.id: number for number, person in enumerate(draft.people)}
    solution = Solution(
        people=tuple(place),
        panels=tuple(tuple(sorted(place[id] for id in panel)) for panel in solved.seats),
    )
    chances = fairness(solution, solved.uniform, draft, method=f"{solved.algorithm}, {solved.solver}")
    return Calculated(
        solution=msgspec.json.encode(solution),
        fairness=chances,
        warnings=tuple(one.message for one in solved.warnings),
    )


def explained(odd: DraftImpossible) -> Impossibility:
    """The explanation of a draft without panels, as it is kept and shown."""
    found = msgspec.convert(odd.details["infeasibility"], Infeasibility)
    words = msgspec.convert(odd.details["sentences"], tuple[Localised, ...])
    return Impossibility(
        conflicts=tuple(
            tuple(
                Demand(kind=one.kind, feature=one.feature, value=one.value, limit=one.limit)
                for one in conflict.elements
            )
            for conflict in found.conflicts
        ),
        relaxation=tuple(
            QuotaChange(
                feature=one.feature,
                value=one.value,
                minimum=one.minimum,
                maximum=one.maximum,
                new_minimum=one.new_minimum,
                new_maximum=one.new_maximum,
            )
            for one in (found.cheapest.changes if found.cheapest is not None else ())
        ),
        recruits=tuple(
            Recruits(features=dict(one.features), people=one.people)
            for one in (found.recruits.cells if found.recruits is not None else ())
        ),
        words=words,
    )


def fairness(solution: Solution, chances: Chances, draft: Draft, *, method: str) -> Fairness:
    """How equal the chances are, over those who do not hold a seat already; minimum and maximum as published.

    The figures come from the panels themselves: they can be counted by anybody, whatever the solver meant.
    """
    held = solution.chances()
    open_ones = [p for p, person in zip(held, draft.people, strict=True) if person.id not in draft.confirmed]
    some = [p for p in open_ones if p > 0]
    return Fairness(
        people=len(open_ones),
        panels=len(solution.panels),
        minimum=min(some, default=0.0),
        maximum=max(some, default=0.0),
        bound=chances.bound,
        gap=max(0.0, chances.bound - min(some, default=0.0)),
        gini=chances.gini,
        geometric_mean=chances.geometric_mean,
        never=len(open_ones) - len(some),
        always=sum(1 for p in some if p == 1),
        method=method,
    )
