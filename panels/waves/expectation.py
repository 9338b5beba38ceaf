"""What response is expected of every cell: by the cells themselves, or by profiles where cells are many and thin."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from samenspraak.types.audit import Plan

from panels.dispositions import PENDING
from panels.inviting import prior as priors
from panels.inviting import profile
from panels.inviting import response as responses
from panels.inviting.curve import Curve
from panels.inviting.models import Fieldwork, Trials
from panels.inviting.profile import Composition, ProfileTrials
from panels.inviting.response import Response
from panels.inviting.sampling import stratum_of
from panels.models import Coded
from panels.store.waves import PastProfile, Standing
from panels.waves import rules

DIMENSIONS = ("age7", "sex", "education3", "province")
"""What a profile is told by."""
MANY = 40
"""With more cells than this, each has few people, and what they share with others says more than they do themselves."""


def expected(
    fieldwork: Fieldwork,
    standings: Sequence[Standing],
    past: Sequence[PastProfile],
    people: Iterable[Composition],
    *,
    plan: Plan,
    pace: Curve,
    seed: int,
    now: datetime,
) -> Response:
    """Learnt from what staff expect, from earlier audits of the same kind, and from this field as far as time has told.

    Args:
        people: those whose response is asked for; without any, those invited.
        seed: of the scenarios, so that the same field gives the same response.
    """
    # A seed of scenarios must fit the generator, not the lottery.
    seed %= 2**63
    keys = fieldwork.keys
    if len(keys) <= MANY:
        return responses.predict(fieldwork, by_cells(keys, past, plan), curve=pace, seed=seed)
    rows = [*_told(standings, plan, pace, now), *_before(keys, past, plan)]
    model = profile.fit(rows, dimensions=DIMENSIONS, expected=plan.draw.expected_participation)
    members = tuple(people) or invited(standings)
    return profile.predict(model, members, keys=keys, audit=plan.audit_id, seed=seed)


def by_cells(keys: Sequence[str], past: Sequence[PastProfile], plan: Plan) -> priors.Prior:
    """What is expected of the cells before this audit has told."""
    audits: defaultdict[UUID, dict[str, list[int]]] = defaultdict(dict)
    for one, cell in _in_cells(keys, past, plan):
        counts = audits[one.audit_id].setdefault(cell, [0, 0])
        counts[0] += one.invited
        counts[1] += one.completed
    history = [
        {cell: Trials(invited=people, completed=completed) for cell, (people, completed) in audits[audit].items()}
        for audit in sorted(audits)
    ]
    return priors.from_history(keys, history, expected=plan.draw.expected_participation)


def composed(people: Iterable[tuple[str, Coded]]) -> tuple[Composition, ...]:
    """People by cell and profile, those alike taken together."""
    counted: defaultdict[tuple[str, tuple[str | None, ...]], int] = defaultdict(int)
    for cell, coded in people:
        counted[cell, tuple(coded.get(name) for name in DIMENSIONS)] += 1
    return tuple(Composition(cell=cell, coded=_coded(codes), people=many) for (cell, codes), many in counted.items())


def invited(standings: Iterable[Standing]) -> tuple[Composition, ...]:
    """Those invited so far, as a composition."""
    return tuple(Composition(cell=one.stratum, coded=one.coded, people=one.people) for one in standings)


def known(one: Standing, pace: Curve, age: float) -> float:
    """Invitations whose outcome is known: all that are settled, and open ones as far as time has told."""
    return one.people * (pace.at(age) if one.disposition in PENDING else 1.0)


def _told(standings: Iterable[Standing], plan: Plan, pace: Curve, now: datetime) -> list[ProfileTrials]:
    """This field, by cell and profile."""
    rows: defaultdict[tuple[str, tuple[str | None, ...]], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for one in standings:
        counts = rows[one.stratum, tuple(one.coded.get(name) for name in DIMENSIONS)]
        counts[0] += known(one, pace, rules.plan_days(plan, one.invited_at, now))
        counts[1] += one.people if one.disposition == "completed" else 0
    return _trials(((plan.audit_id, *key), counts) for key, counts in rows.items())


def _before(keys: Sequence[str], past: Sequence[PastProfile], plan: Plan) -> list[ProfileTrials]:
    rows: defaultdict[tuple[str, str, tuple[str | None, ...]], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for one, cell in _in_cells(keys, past, plan):
        counts = rows[str(one.audit_id), cell, tuple(one.coded.get(name) for name in DIMENSIONS)]
        counts[0] += one.invited
        counts[1] += one.completed
    return _trials(rows.items())


def _trials(
    rows: Iterable[tuple[tuple[str, str, tuple[str | None, ...]], Sequence[float]]],
) -> list[ProfileTrials]:
    """In an order of their own, so that a sum does not depend on that of the database."""
    found = [
        ProfileTrials(audit=audit, cell=cell, coded=_coded(codes), invited=invited, completed=completed)
        for (audit, cell, codes), (invited, completed) in rows
    ]
    return sorted(found, key=lambda row: (row.audit, row.cell, [code or "" for code in row.coded.values()]))


def _in_cells(keys: Sequence[str], past: Iterable[PastProfile], plan: Plan) -> Iterable[tuple[PastProfile, str]]:
    """People of earlier audits in the cells of this one."""
    cells: Mapping[str, float] = dict.fromkeys(keys, 0.0)
    for one in past:
        cell = stratum_of(one.coded, plan.draw.strata, cells)
        if cell in cells:
            yield one, cell


def _coded(codes: Iterable[str | None]) -> dict[str, str | None]:
    return dict(zip(DIMENSIONS, codes, strict=True))
