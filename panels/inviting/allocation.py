"""How many people to invite, and how many of each stratum."""

import itertools
import math
from collections.abc import Mapping, Sequence

from samenspraak.types.margins import MarginSet
from scipy import special

from panels.coding import AGE3, AGE7, LANDSDEEL, YOUNG
from panels.errors import PlanUnfit

SEPARATOR = " x "

REST = "rest"
"""Stratum of the members for whom a stratum dimension is not known, or who gave a sex no register has."""

_SWEEPS = 200


def sample_size(target: int, *, participation: float, assurance: float) -> int:
    """Smallest n for which Binomial(n, participation) reaches `target` with probability `assurance` or more.

    Sizing by the expectation alone (target / participation) would miss the target half of the time.
    """

    def enough(n: int) -> bool:
        return bool(special.bdtrc(target - 1, n, participation) >= assurance)

    low, high = target - 1, target
    while not enough(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def stratum_shares(margins: MarginSet, strata: Sequence[str]) -> dict[str, float]:
    """Population share of every stratum: the crossing of the dimensions of the plan.

    One dimension takes its margin as it is. More than one are taken as independent, except for combinations that cannot
    exist (education `Y` outside 18-24, a province outside its part of the country), by iterative proportional fitting
    over the combinations that can.

    Raises:
        PlanUnfit: the margins lack a dimension, or the plan names one twice.
    """
    known = {dimension.key: dimension for dimension in margins.dimensions}
    missing = [key for key in strata if key not in known]
    if missing or not strata or len(set(strata)) != len(strata):
        raise PlanUnfit(details={"strata": list(strata), "missing": missing, "known": sorted(known)})
    targets = [{level.code: level.share for level in known[key].levels} for key in strata]
    cells = [cell for cell in itertools.product(*targets) if _possible(dict(zip(strata, cell, strict=True)))]
    shares = dict.fromkeys(cells, 1.0)
    for _ in range(_SWEEPS if len(strata) > 1 else 1):
        for place, target in enumerate(targets):
            _fit(shares, place, target)
    return {SEPARATOR.join(cell): share for cell, share in shares.items()}


def allocate(total: int, shares: Mapping[str, float]) -> dict[str, int]:
    """Divide `total` in proportion to `shares` by largest remainders; equal remainders go in order of the key."""
    whole = sum(shares.values())
    if not shares or whole <= 0:
        return dict.fromkeys(shares, 0)
    exact = {key: total * share / whole for key, share in shares.items()}
    given = {key: math.floor(value) for key, value in exact.items()}
    # Rounded, so that a remainder does not depend on the order of a floating-point sum.
    order = sorted(exact, key=lambda key: (-round(exact[key] - given[key], 9), key))
    for key in order[: total - sum(given.values())]:
        given[key] += 1
    return given


def places(total: int, shares: Mapping[str, float], members: Mapping[str, int]) -> dict[str, int]:
    """Places of every stratum, of `total`: invitations of a draw, or completes that an audit needs.

    In proportion to the population; `rest` by its part of the members. Every stratum with members has a place, so that
    nobody is without a chance.

    Args:
        members: of every stratum; those without any may be left out.

    Raises:
        PlanUnfit: more strata with members than places.
    """
    rest, everybody = members.get(REST, 0), max(1, sum(members.values()))
    rest_places = round(total * rest / everybody) if rest else 0
    found = allocate(total - rest_places, shares)
    if rest:
        found[REST] = rest_places
    empty = [key for key in found if not found[key] and members.get(key)]
    if total < sum(1 for key in found if members.get(key)):
        raise PlanUnfit("The plan has more strata than people to draw.", details={"strata": len(found), "size": total})
    for key in empty:
        # The largest stratum gives a place away: there it is felt least.
        found[max(found, key=lambda other: (found[other], other))] -= 1
        found[key] = 1
    return found


def fill(wanted: Mapping[str, int], available: Mapping[str, int], shares: Mapping[str, float]) -> dict[str, int]:
    """Places per stratum that can be filled: what one stratum lacks is spread over those with people left.

    The caller has checked that enough people are there in total.
    """
    filled = {key: min(count, available.get(key, 0)) for key, count in wanted.items()}
    lacking = sum(wanted.values()) - sum(filled.values())
    while lacking > 0:
        room = {key: available.get(key, 0) - filled[key] for key in filled}
        open_shares = {key: max(shares[key], 1e-12) for key, left in room.items() if left > 0}
        extra = allocate(lacking, open_shares)
        for key, count in extra.items():
            added = min(count, room[key])
            filled[key] += added
            lacking -= added
    return filled


def _fit(shares: dict[tuple[str, ...], float], place: int, target: Mapping[str, float]) -> None:
    sums: dict[str, float] = dict.fromkeys(target, 0.0)
    for cell, share in shares.items():
        sums[cell[place]] += share
    for cell in shares:
        if sums[cell[place]] > 0:
            shares[cell] *= target[cell[place]] / sums[cell[place]]


def _possible(cell: Mapping[str, str]) -> bool:
    return all(_agree(one, other) for one, other in itertools.combinations(cell.items(), 2))


def _agree(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two levels can be true of one person: what one says about the other's dimension has to match."""
    facts, others = _facts(*one), _facts(*other)
    return all(others[key] & values for key, values in facts.items() if key in others)


def _facts(dimension: str, code: str) -> dict[str, frozenset[str]]:
    """What a level says, in the finest terms: sex, age levels of `age7`, provinces."""
    ages = tuple(name for _, name in AGE7)
    if dimension == "sex":
        return {"sex": frozenset({code})}
    if dimension == "age7":
        return {"age7": frozenset({code})}
    if dimension == "sex_age":
        sex, _, age7 = code.partition("_")
        return {"sex": frozenset({sex}), "age7": frozenset({age7})}
    if dimension == "age3":
        starts = [start for start, _ in AGE3] + [1000]
        at = [name for _, name in AGE3].index(code)
        return {"age7": frozenset(name for start, name in AGE7 if starts[at] <= start < starts[at + 1])}
    if dimension == "education":
        if code == "Y":
            return {"age7": frozenset({YOUNG})}
        return {"age7": frozenset(ages) - {YOUNG}, "education3": frozenset({code})}
    if dimension == "education3":
        return {"education3": frozenset({code})}
    if dimension == "province":
        return {"province": frozenset({code})}
    if dimension == "landsdeel":
        return {"province": frozenset(name for name, part in LANDSDEEL.items() if part == code)}
    return {}
