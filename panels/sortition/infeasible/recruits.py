"""The fewest extra volunteers with whom the quotas can be met as they are.

An extra volunteer may have any combination of values and lives at an address where nobody else of the pool lives, so
only the number z of recruits by value matters: any such numbers that have the same sum y in every feature can be dealt
out over y people. First programme: minimise y. Second programme, with y kept: as many as possible of the y like
somebody who is in the pool, or like somebody with one value changed into one that the pool lacks, since such people are
likely to exist; only what is left is dealt out freely."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from scipy import sparse

from analytics.arrays import IntArray
from panels.sortition import check
from panels.sortition.infeasible.model import Recruit, Recruits
from panels.sortition.infeasible.programme import Least, Programme, least
from panels.sortition.infeasible.supply import supply
from panels.sortition.model import Draft, Types

Profile = tuple[str, ...]
"""A value for each feature of `_Plan.features`."""


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    features: tuple[str, ...]
    values: tuple[tuple[int, str], ...]
    """Z: number of the feature, value; every value that a recruit may have."""
    in_row: sparse.csr_array
    """R x Z: which values count in which row."""
    of_feature: sparse.csr_array
    """F x Z."""
    types: Types


def recruits(draft: Draft, types: Types) -> Recruits | None:
    """Who to find; None when no number of volunteers helps (confirmed people break a rule, quotas that cannot add up).

    Raises:
        UndecidedError: the search was stopped at its limit.
    """
    if not draft.quotas:
        lacking = supply(types).missing
        return Recruits(total=lacking, cells=(Recruit(features={}, people=lacking, seen=True),), proven=True)
    plan = _plan(draft, types)
    fewest = least(_free(plan))
    if fewest is None:
        return None
    people = len(types.counts)
    total = int(np.rint(fewest.x[people:].sum() / len(plan.features)))
    known = _pool(draft)
    candidates = _candidates(plan, known)
    dealt = least(_alike(plan, candidates, total)) if total else None
    cells = _cells(plan, candidates, dealt, total)
    found = sorted(cells.items())
    return Recruits(
        total=total,
        cells=tuple(
            Recruit(features=dict(zip(plan.features, cell, strict=True)), people=number, seen=cell in known)
            for cell, number in found
        ),
        proven=fewest.proven,
    )


def _plan(draft: Draft, types: Types) -> _Plan:
    known = check.features(draft)
    features = tuple(known)
    values = tuple((number, value) for number, feature in enumerate(features) for value in known[feature])
    at = {(features[number], value): column for column, (number, value) in enumerate(values)}
    rows = [row for row, place in enumerate(types.rows) if place.kind == "quota"]
    columns = [at[types.rows[row].feature, types.rows[row].value] for row in rows]
    shape = (len(types.rows), len(values))
    owners = [number for number, _ in values]
    return _Plan(
        features=features,
        values=values,
        in_row=sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape),
        of_feature=sparse.csr_array(
            (np.ones(len(values)), (owners, np.arange(len(values)))), shape=(len(features), len(values))
        ),
        types=types,
    )


def _free(plan: _Plan) -> Programme:
    """x people of each type, z recruits of each value; minimise the recruits, counted once in every feature."""
    types, number = plan.types, len(plan.values)
    people, features = len(types.counts), len(plan.features)
    seats = sparse.csr_array(np.ones((features, people)))
    return Programme(
        cost=np.concatenate([np.zeros(people), plan.of_feature[[0]].toarray().ravel()]),
        matrix=sparse.csr_array(sparse.block_array([[types.matrix, plan.in_row], [seats, plan.of_feature]])),
        lower=np.concatenate([types.lower, np.full(features, types.size)]).astype(np.float64),
        upper=np.concatenate([types.upper, np.full(features, types.size)]).astype(np.float64),
        low=np.concatenate([types.floor, np.zeros(number)]).astype(np.float64),
        high=np.concatenate([types.counts, np.full(number, types.size)]).astype(np.float64),
        whole=np.ones(people + number, dtype=bool),
        step=1.0,
    )


def _alike(plan: _Plan, candidates: Sequence[Profile], total: int) -> Programme:
    """The same with `total` recruits, and e of each candidate profile among them; minimise the recruits z that are left
    to be dealt out freely."""
    types, free = plan.types, _free(plan)
    likes, places = _values_of(plan, candidates), len(candidates)
    people, features = len(types.counts), len(plan.features)
    profiles = sparse.vstack([plan.in_row @ likes, sparse.csr_array(np.ones((features, places)))])
    pool = sparse.csr_array((np.arange(len(free.cost)) < people).astype(np.float64)[None, :])
    matrix = sparse.block_array([[free.matrix, profiles], [pool, None]])
    seats = float(types.size - total)
    return Programme(
        cost=np.concatenate([free.cost, np.zeros(places)]),
        matrix=sparse.csr_array(matrix),
        lower=np.append(free.lower, seats),
        upper=np.append(free.upper, seats),
        low=np.append(free.low, np.zeros(places)),
        high=np.append(free.high, np.full(places, float(total))),
        whole=np.ones(len(free.cost) + places, dtype=bool),
        step=1.0,
    )


def _values_of(plan: _Plan, candidates: Sequence[Profile]) -> sparse.csr_array:
    """Z x candidates: 1 where a profile has a value."""
    at = {value: row for row, value in enumerate(plan.values)}
    pairs = [
        (at.get((number, value)), column) for column, cell in enumerate(candidates) for number, value in enumerate(cell)
    ]
    there = [(row, column) for row, column in pairs if row is not None]
    rows, columns = zip(*there, strict=True) if there else ((), ())
    return sparse.csr_array((np.ones(len(there)), (rows, columns)), shape=(len(plan.values), len(candidates)))


def _pool(draft: Draft) -> dict[Profile, None]:
    """Every combination in the pool, in order of first appearance."""
    features = check.features(draft)
    return dict.fromkeys(tuple(person.features[feature] for feature in features) for person in draft.people)


def _candidates(plan: _Plan, known: Mapping[Profile, None]) -> list[Profile]:
    """Profiles of the pool, and those with one value replaced by one that the pool lacks."""
    found = dict(known)
    for number, value in plan.values:
        if not any(cell[number] == value for cell in known):
            found.update(dict.fromkeys((*cell[:number], value, *cell[number + 1 :]) for cell in known))
    return list(found)


def _cells(plan: _Plan, candidates: Sequence[Profile], dealt: Least | None, total: int) -> dict[Profile, int]:
    cells: dict[Profile, int] = defaultdict(int)
    if dealt is None:
        return cells
    people, number = len(plan.types.counts), len(plan.values)
    x: IntArray = np.rint(dealt.x).astype(np.int64)
    for cell, times in zip(candidates, x[people + number :], strict=True):
        if times:
            cells[cell] += int(times)
    lists: list[list[str]] = [[] for _ in plan.features]
    for (feature, value), times in zip(plan.values, x[people : people + number], strict=True):
        lists[feature] += [value] * int(times)
    for cell, times in Counter(zip(*lists, strict=True)).items():
        cells[cell] += times
    return cells
