"""Who sits in each panel: people of a type take turns, so that they get the same number of seats, give or take one."""

import hashlib
from collections.abc import Sequence

import numpy as np

from analytics.arrays import IntArray
from panels.sortition import rotation
from panels.sortition.model import Draft, Panels, Types


def seat(draft: Draft, types: Types, panels: Panels, seed: int) -> IntArray:
    """Positions in `draft.people` of the members of each panel: m x size, ascending within a panel.

    Within a type everybody gets the type's seats over all panels divided by its people, rounded up or down. People take
    turns in an order by SHA-256 over seed and id: the same on every machine and for every order of the pool. Under the
    address rule whole households take turns (`rotation`), and the people alike within a household.

    Args:
        panels: m x T, checked by `verify.panels`, with the types of this draft.
        seed: 0 or more.
    """
    ranks = _ranks(draft, seed)
    seated: list[tuple[IntArray, IntArray]] = []
    for type_ in np.flatnonzero((types.group_of < 0) & panels.any(axis=0)):
        people = _ordered(np.flatnonzero(types.type_of == type_), ranks)
        seated.append(_turns(people, panels[:, type_].astype(np.int64)))
    for kind in np.unique(types.group_of[types.group_of >= 0]):
        seated += _by_household(draft, types, panels, int(kind), ranks)
    return _table(seated, panels, types.size)


def _ranks(draft: Draft, seed: int) -> IntArray:
    """Place of each person in the seeded order."""
    prefix = seed.to_bytes(max(32, (seed.bit_length() + 7) // 8), "big")
    digests = [hashlib.sha256(prefix + person.id.encode()).digest() for person in draft.people]
    ranks = np.empty(len(digests), dtype=np.int64)
    ranks[sorted(range(len(digests)), key=digests.__getitem__)] = np.arange(len(digests))
    return ranks


def _ordered(people: IntArray, ranks: IntArray) -> IntArray:
    return people[np.argsort(ranks[people])]


def _turns(people: IntArray, seats: IntArray) -> tuple[IntArray, IntArray]:
    """(panel, person) of each seat: the next people in line, as many as the panel has seats (no more than there
    are)."""
    panel = np.repeat(np.arange(seats.size), seats)
    return panel, people[np.arange(panel.size) % people.size]


def _by_household(
    draft: Draft, types: Types, panels: Panels, kind: int, ranks: IntArray
) -> list[tuple[IntArray, IntArray]]:
    """Seats of all types that live in one kind of household: first which household, then who of those alike in it."""
    members = np.flatnonzero(types.group_of == kind)
    homes: dict[str, list[int]] = {}
    for person in _ordered(np.flatnonzero(np.isin(types.type_of, members)), ranks):
        homes.setdefault(draft.people[int(person)].household, []).append(int(person))
    at = rotation.rotate(panels[:, members].astype(np.int64), len(homes))
    seated = []
    for place, people in enumerate(homes.values()):
        for j, type_ in enumerate(members):
            alike = np.array([one for one in people if types.type_of[one] == type_], dtype=np.int64)
            panel = np.flatnonzero(at[:, place] == j)
            seated.append((panel, alike[np.arange(panel.size) % alike.size]))
    return seated


def _table(seated: Sequence[tuple[IntArray, IntArray]], panels: Panels, size: int) -> IntArray:
    panel = np.concatenate([one for one, _ in seated])
    person = np.concatenate([one for _, one in seated])
    order = np.lexsort((person, panel))
    return person[order].reshape(len(panels), size)
