"""From people to types: who is alike in every way that a panel can tell."""

from collections.abc import Iterable, Mapping

import numpy as np
from scipy import sparse

from analytics.arrays import BoolArray, IntArray
from panels.errors import DraftInvalid
from panels.sortition import check
from panels.sortition.model import Draft, Row, Types


def group(draft: Draft) -> Types:
    """Group the people of a draft into types, with one row for each quota and, under the address rule, one for each
    kind of household.

    Without the address rule people with the same features are one type. With it, people are alike when their own
    features and those of everybody at their address agree: a *composition*. Households of one composition can stand in
    for one another, so each composition with two members or more needs a single row: at most as many of its people as
    there are such households. People whose household is empty or has nobody else to draw live alone. A confirmed person
    is a type of their own with floor 1; under the address rule nobody else of that address can be drawn.

    Cost: O(people x features). Types are in ascending order of household and features, as the quotas list them, so the
    outcome does not depend on the order of the pool except where confirmed people come last, in the order of the pool.

    Raises:
        DraftInvalid: every fault of the draft at once.
    """
    faults = check.faults(draft)
    if faults:
        raise DraftInvalid(faults=faults)
    known = check.features(draft)
    profile, profiles = _profiles(draft, known)
    confirmed = _among(draft, draft.confirmed)
    drawable = ~confirmed & ~_among(draft, draft.excluded)
    household = _households(draft) if draft.one_per_household else np.full(len(draft.people), -1)
    drawable &= ~np.isin(household, household[confirmed & (household >= 0)])
    composition, limits = _compositions(household, profile, drawable)
    type_of, kinds = _dense(composition[drawable], profile[drawable])
    every = np.full(len(draft.people), -1)
    every[drawable] = type_of
    every[confirmed] = len(kinds) + np.arange(confirmed.sum())
    group_of = np.concatenate([kinds[:, 0], np.full(confirmed.sum(), -1)])
    own = np.concatenate([kinds[:, 1], profile[confirmed]])
    quota_rows = _quota_rows(draft, known, profiles[own])
    house_rows = _house_rows(group_of, limits.size)
    return Types(
        counts=np.bincount(every[every >= 0], minlength=own.size),
        floor=(np.arange(own.size) >= len(kinds)).astype(np.int64),
        matrix=sparse.csr_array(sparse.vstack([quota_rows, house_rows], format="csr")),
        lower=np.array([*(q.minimum for q in draft.quotas), *(0 for _ in limits)], dtype=np.int64),
        upper=np.array([*(q.maximum for q in draft.quotas), *limits.tolist()], dtype=np.int64),
        rows=(
            *(Row(kind="quota", feature=q.feature, value=q.value) for q in draft.quotas),
            *(Row(kind="household") for _ in limits),
        ),
        size=draft.size,
        type_of=every,
        group_of=group_of,
    )


def _profiles(draft: Draft, known: Mapping[str, Mapping[str, int]]) -> tuple[IntArray, IntArray]:
    """Number of each person's profile, and the code of each feature by profile (profiles x features)."""
    codes = np.zeros((len(draft.people), len(known)), dtype=np.int64)
    for j, (feature, values) in enumerate(known.items()):
        codes[:, j] = [values[person.features[feature]] for person in draft.people]
    return _dense(*codes.T) if known else (np.zeros(len(draft.people), dtype=np.int64), codes[:1])


def _dense(*columns: IntArray) -> tuple[IntArray, IntArray]:
    """Number the distinct combinations of some columns in ascending order: number by row, columns by number.

    Numbers are made dense after every column, so that they never outgrow 64 bits however many columns there are.
    """
    number = np.zeros(columns[0].size, dtype=np.int64)
    for column in columns:
        width = int(column.max(initial=0)) + 2  # codes start at -1
        number = np.unique(number * width + column + 1, return_inverse=True)[1].astype(np.int64)
    first = np.unique(number, return_index=True)[1]
    return number, np.column_stack([column[first] for column in columns])


def _among(draft: Draft, ids: Iterable[str]) -> BoolArray:
    named = frozenset(ids)
    if not named:
        return np.zeros(len(draft.people), dtype=np.bool_)
    return np.fromiter((person.id in named for person in draft.people), dtype=np.bool_, count=len(draft.people))


def _households(draft: Draft) -> IntArray:
    """Number of each person's household, -1 for who has no known address."""
    numbers: dict[str, int] = {}
    return np.array(
        [numbers.setdefault(p.household, len(numbers)) if p.household else -1 for p in draft.people], dtype=np.int64
    )


def _compositions(household: IntArray, profile: IntArray, drawable: BoolArray) -> tuple[IntArray, IntArray]:
    """Composition of each person's household (-1 when nobody else there can be drawn), and households of each."""
    composition = np.full(household.size, -1)
    people = np.flatnonzero(drawable & (household >= 0))
    sizes = np.bincount(household[people], minlength=int(household.max(initial=-1)) + 1)
    people = people[sizes[household[people]] > 1]
    if not people.size:
        return composition, np.zeros(0, dtype=np.int64)
    people = people[np.lexsort((profile[people], household[people]))]
    starts = np.flatnonzero(np.diff(household[people], prepend=-1))
    members = np.split(profile[people], starts[1:])
    keys = [tuple(m.tolist()) for m in members]
    order = {key: i for i, key in enumerate(sorted(set(keys)))}
    of_house = np.array([order[key] for key in keys], dtype=np.int64)
    composition[people] = np.repeat(of_house, [m.size for m in members])
    return composition, np.bincount(of_house)


def _quota_rows(draft: Draft, known: Mapping[str, Mapping[str, int]], profiles: IntArray) -> sparse.csr_array:
    """Quotas x types: 1 where the type has the value. `profiles` holds the codes of each type."""
    place = {(q.feature, q.value): i for i, q in enumerate(draft.quotas)}
    rows, columns = [], []
    for j, (feature, values) in enumerate(known.items()):
        row_of = np.array([place[feature, value] for value in values], dtype=np.int64)
        rows.append(row_of[profiles[:, j]])
        columns.append(np.arange(len(profiles)))
    shape = (len(draft.quotas), len(profiles))
    if not rows:
        return sparse.csr_array(shape, dtype=np.int64)
    at = (np.concatenate(rows), np.concatenate(columns))
    return sparse.csr_array((np.ones(at[0].size, dtype=np.int64), at), shape=shape)


def _house_rows(group_of: IntArray, groups: int) -> sparse.csr_array:
    """Compositions x types: 1 where somebody of the type lives in such a household."""
    types = np.flatnonzero(group_of >= 0)
    at = (group_of[types], types)
    return sparse.csr_array((np.ones(types.size, dtype=np.int64), at), shape=(groups, group_of.size))
