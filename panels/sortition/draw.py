"""The whole draw: from a draft to panels that anybody can check, ready for a lottery by one public number.

The lottery decides nothing here. `solve` makes the panels; which of them sits is drawn later, by a number from
outside."""

from typing import get_args

import msgspec
import numpy as np
import scipy
from samenspraak.types.problem import Fault

from panels.errors import DraftImpossible, DraftInvalid
from panels.sortition import (
    chances,
    check,
    columns,
    faces,
    infeasible,
    integer,
    leximin,
    seats,
    stratified,
    targets,
    types,
    uniform,
)
from panels.sortition.check import Caution
from panels.sortition.model import Algorithm, Chances, Draft, Lottery, Target, Types

SOLVER = f"HiGHS in scipy {scipy.__version__}, numpy {np.__version__}"
MOST = 100_000
"""Panels in a uniform lottery at most."""
_SMALL = 700
"""Types up to which column generation is tried when the relaxation promised more than panels can reach."""


class Solved(msgspec.Struct, frozen=True, kw_only=True):
    """A draw that is ready to be published. Plain values and arrays: it travels between processes as it is."""

    algorithm: Algorithm
    seed: int
    people: tuple[str, ...]
    """Ids of the pool, sorted: the order of every `p`."""
    types: int
    """Kinds of people the pool was grouped into."""
    bound: float
    """No lottery has a lowest chance above this."""
    levels: tuple[tuple[float, int], ...]
    """(chance, people) of each level of the target, lowest first; leximin only."""
    lottery: Lottery
    """Over types: the panels and weights whose chances are `chances`."""
    chances: Chances
    """Of the weighted lottery: as fair as the algorithm makes it."""
    seats: tuple[tuple[str, ...], ...]
    """The panels to draw from, each as likely as the others: ids, sorted."""
    uniform: Chances
    """Of these panels: what everybody's chance will really be."""
    warnings: tuple[Caution, ...]
    solver: str


def solve(draft: Draft, *, algorithm: Algorithm = "leximin", seed: int, panels: int = 1000) -> Solved:
    """Panels that meet the quotas, with chances as the algorithm wants them.

    The same draft and seed give the same panels, byte for byte (with one version of the solver), whatever the order
    of the people; another seed gives other panels with the same chances, give or take one panel.

    Args:
        seed: 0 or more.
        panels: how many equally likely panels, 1 to 100,000; chances are then multiples of 1 / panels.

    Raises:
        DraftInvalid: with every fault of the draft and the arguments.
        DraftImpossible: no panel meets all quotas, with the reasons.
    """
    _checked(algorithm, seed, panels)
    sorted_ = msgspec.structs.replace(draft, people=tuple(sorted(draft.people, key=lambda person: person.id)))
    grouped = types.group(sorted_)
    target = _target(sorted_, grouped, algorithm)
    first, second = np.random.default_rng(seed).spawn(2)
    lottery = faces.realise(grouped, target, first)
    lottery, target = _exact(grouped, target, lottery)
    seated = seats.seat(sorted_, grouped, uniform.uniform(grouped, lottery, panels, second), seed)
    ids = tuple(person.id for person in sorted_.people)
    return Solved(
        algorithm=algorithm,
        seed=seed,
        people=ids,
        types=grouped.counts.size,
        bound=target.bound,
        levels=target.levels,
        lottery=lottery,
        chances=chances.of(sorted_, grouped, lottery, target),
        seats=tuple(tuple(ids[i] for i in panel) for panel in seated.tolist()),
        uniform=chances.of(sorted_, grouped, seated, target),
        warnings=check.warnings(sorted_, grouped),
        solver=SOLVER,
    )


def _checked(algorithm: str, seed: int, panels: int) -> None:
    faults = []
    if algorithm not in get_args(Algorithm):
        detail = f"There is no algorithm of this name; choose one of {', '.join(get_args(Algorithm))}."
        faults.append(Fault(pointer="algorithm", code="unknown", detail=detail))
    if seed < 0:
        faults.append(Fault(pointer="seed", code="negative", detail="The seed must be 0 or more."))
    if not 1 <= panels <= MOST:
        detail = f"{panels} panels cannot be drawn from; ask for 1 to {MOST}."
        faults.append(Fault(pointer="panels", code="out_of_range", detail=detail))
    if faults:
        raise DraftInvalid(faults=tuple(faults))


def _target(draft: Draft, grouped: Types, algorithm: Algorithm) -> Target:
    """The chances wanted, once it is sure that there is a panel at all."""
    try:
        if integer.panel(grouped) is None:
            raise DraftImpossible
        if algorithm == "stratified":
            return stratified.target(grouped, targets.find(grouped, "maximin"))
        return targets.find(grouped, algorithm)
    except DraftImpossible:
        raise infeasible.impossible(draft, grouped) from None


def _exact(grouped: Types, target: Target, lottery: Lottery) -> tuple[Lottery, Target]:
    """When panels of whole people cannot have the chances that the relaxation promised, the best that they can have;
    the bound is then the lowest of these, and who has none is known to be on no panel."""
    if lottery.exact or target.algorithm not in ("leximin", "maximin") or grouped.counts.size > _SMALL:
        return lottery, target
    best = columns.solve(grouped, target.algorithm, start=lottery)
    if not best.exact:
        return best, target
    chance = (best.weights @ best.panels) / grouped.counts
    drawable = grouped.floor == 0
    never = target.unreachable | (drawable & (chance <= 0))
    bound = float(chance[drawable & ~never].min(initial=1.0))
    levels = leximin.levels(chance[drawable], grouped.counts[drawable].astype(np.float64))
    return best, msgspec.structs.replace(target, unreachable=never, bound=bound, levels=levels if target.levels else ())
