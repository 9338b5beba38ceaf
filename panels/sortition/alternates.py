"""Alternates: a short list of people who are asked to stand by when members of a panel drop out.

Chosen so that the expected deviation of the panel from its quotas, after drop-out and with the best use of the
alternates, is as small as possible. The expectation is taken over sampled scenarios of who drops out, the same for
every choice that is compared (common random numbers). The search adds whoever lowers the expectation most, then
exchanges as long as an exchange helps. The problem, and learning drop-out from the past, are those of Assos, Baharav,
Flanigan and Procaccia (2025), "Alternates, assemble! Selecting optimal alternates for citizens' assemblies"."""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from samenspraak.types.problem import Fault

from analytics.arrays import BoolArray, FloatArray, IntArray
from panels.errors import ReplacementInvalid
from panels.sortition import filling
from panels.sortition.model import Draft

SCENARIOS = 400

_TRIED = 6
"""People who are tried out in full at each step; the others are told apart by a bound on what they could bring."""
_ROUNDS = 3
_BETTER = 1e-9


class Alternates(msgspec.Struct, frozen=True, kw_only=True):
    chosen: tuple[str, ...]
    """Ids, most useful first."""
    without: float
    """Expected deviation of the panel when nobody replaces who drops out."""
    expected: float
    """Expected deviation when the alternates fill the seats in the best way."""
    error: float
    """Standard error of `expected` over the scenarios."""
    scenarios: int


def choose(
    draft: Draft, panel: Sequence[str], count: int, dropout: FloatArray, *, seed: int, scenarios: int = SCENARIOS
) -> Alternates:
    """Choose `count` alternates for a panel.

    An alternate shares no address with a member or another alternate where the draft has the address rule, so that any
    of them can take any seat. Alternates drop out too, with their own chance.

    Args:
        panel: ids of the members.
        dropout: chance of each person of the draft (n) to drop out, such as `dropout.predict` gives.

    Raises:
        ReplacementInvalid: unknown members, chances outside 0 to 1, more alternates than people who can stand by.
    """
    faults = tuple(_faults(draft, panel, count, dropout, scenarios))
    if faults:
        raise ReplacementInvalid(faults=faults)
    search = _Search(draft, filling.positions(draft, panel), dropout, seed=seed, scenarios=scenarios)
    for _ in range(count):
        search.add()
    for _ in range(_ROUNDS):
        if not search.exchange():
            break
    chosen = search.ordered()
    if len(chosen) < count:
        raise ReplacementInvalid(faults=(_too_many(count, len(chosen)),))
    with_them = search.exact(chosen)
    return Alternates(
        chosen=tuple(draft.people[person].id for person in chosen),
        without=float(filling.deviation(search.rules, search.counted).mean()),
        expected=float(with_them.mean()),
        error=float(with_them.std() / np.sqrt(scenarios)),
        scenarios=scenarios,
    )


class _Search:
    """The list so far, and what happens to the panel in each scenario."""

    def __init__(self, draft: Draft, panel: IntArray, dropout: FloatArray, *, seed: int, scenarios: int) -> None:
        self.draft, self.dropout, self.seed, self.scenarios = draft, dropout, seed, scenarios
        self.rules = filling.rules(draft)
        rng = np.random.default_rng([seed, 0])
        there = rng.random((scenarios, len(panel))) >= dropout[panel]
        self.counted: FloatArray = there.astype(np.float64) @ self.rules.member[panel]
        """S x R: the members who are still there."""
        self.list: list[int] = []
        taken = np.zeros(len(draft.people), dtype=np.bool_)
        taken[panel] = True
        taken[[person.id in draft.excluded for person in draft.people]] = True
        self._homes = _homes(draft)
        self._open = ~taken & ~np.isin(self._homes, self._homes[panel][self._homes[panel] >= 0])
        self._kinds = _kinds(self.rules.member, dropout)
        self._order = rng.permutation(len(draft.people))
        self._comes: dict[int, BoolArray] = {}

    def candidates(self, listed: Sequence[int]) -> IntArray:
        """One person of each kind, drawn at random, who could join a list."""
        inside = np.array(listed, dtype=np.int64)
        free = self._open & ~np.isin(self._homes, self._homes[inside][self._homes[inside] >= 0])
        free[inside] = False
        order = self._order[free[self._order]]
        _, first = np.unique(self._kinds[order], return_index=True)
        return order[first]

    def add(self) -> None:
        """Put the best person on the list, if anybody is left."""
        best = self._best(self.list)
        if best is not None:
            self.list.append(best[0])

    def exchange(self) -> bool:
        """Try to exchange each person on the list for a better one; whether anything changed."""
        changed = False
        for place, leaving in enumerate(tuple(self.list)):
            rest = [person for person in self.list if person != leaving]
            best = self._best(rest)
            if best is not None and best[0] != leaving and best[1] < self._value(self.list) - _BETTER:
                self.list[place] = best[0]
                changed = True
        return changed

    def ordered(self) -> list[int]:
        """The list, in the order in which each is worth most beside those before."""
        left, ranked = list(self.list), list[int]()
        while left:
            best = min(left, key=lambda person: self._value([*ranked, person]))
            ranked.append(best)
            left.remove(best)
        return ranked

    def exact(self, listed: Sequence[int]) -> FloatArray:
        """Deviation in each scenario with the best use of the list."""
        rows = self.counted.shape[1]
        # Small panels come into the same state in many scenarios.
        states, which = np.unique(np.hstack([self.counted, self._free(listed)]), axis=0, return_inverse=True)
        found = states[:, :rows].copy()
        people = np.array(listed, dtype=np.int64)
        for number, comes in enumerate(states[:, rows:] > 0):
            those = self.rules.member[people[comes]]
            seated = filling.exactly(self.rules, found[number], those)
            found[number] += those[seated].sum(axis=0)
        return filling.deviation(self.rules, found)[which.ravel()]

    def _best(self, listed: list[int]) -> tuple[int, float] | None:
        """Whom to add to a list, and the expected deviation then."""
        people = self.candidates(listed)
        if not people.size:
            return None
        counted = self._filled(listed)
        member = self.rules.member[people]
        gain = (counted < self.rules.lower) @ member.T - (counted >= self.rules.upper) @ member.T
        worth = np.maximum(gain, 0).mean(axis=0) * (1 - self.dropout[people])
        tried = people[np.argsort(-worth, kind="stable")[:_TRIED]]
        values = [self._value([*listed, int(person)]) for person in tried]
        best = int(np.argmin(values))
        return int(tried[best]), values[best]

    def _value(self, listed: Sequence[int]) -> float:
        return float(filling.deviation(self.rules, self._filled(listed)).mean())

    def _filled(self, listed: Sequence[int]) -> FloatArray:
        if not listed:
            return self.counted
        members = self.rules.member[np.array(listed, dtype=np.int64)]
        return filling.quickly(self.rules, self.counted, members, self._free(listed))

    def _free(self, listed: Sequence[int]) -> BoolArray:
        """S x k: who of the list comes, in each scenario; a person's own numbers, whoever else is on the list."""
        for person in listed:
            if person not in self._comes:
                rng = np.random.default_rng([self.seed, 1, person])
                self._comes[person] = rng.random(self.scenarios) >= self.dropout[person]
        columns = [self._comes[person] for person in listed]
        return np.column_stack(columns) if columns else np.zeros((self.scenarios, 0), dtype=np.bool_)


def _homes(draft: Draft) -> IntArray:
    """Number of each person's address, -1 where no address rule applies."""
    numbers: dict[str, int] = {}
    return np.array(
        [
            numbers.setdefault(person.household, len(numbers)) if draft.one_per_household and person.household else -1
            for person in draft.people
        ],
        dtype=np.int64,
    )


def _kinds(member: FloatArray, dropout: FloatArray) -> IntArray:
    """People are of one kind when they count in the same rows and drop out with the same chance."""
    columns = np.column_stack([member, np.round(dropout, 9)])
    _, kinds = np.unique(columns, axis=0, return_inverse=True)
    return kinds.ravel().astype(np.int64)


def _too_many(count: int, most: int) -> Fault:
    detail = f"{count} alternates are asked for and {most} people can stand by; lower the number."
    return Fault(pointer="count", code="above_pool", detail=detail)


def _faults(draft: Draft, panel: Sequence[str], count: int, dropout: FloatArray, scenarios: int) -> Iterator[Fault]:
    known = {person.id for person in draft.people}
    for number, member in enumerate(panel):
        if member not in known:
            detail = f"{member!r} is a member of the panel but not in the pool; correct the id."
            yield Fault(pointer=f"panel/{number}", code="unknown_person", detail=detail)
    if len(set(panel)) < len(panel):
        yield Fault(pointer="panel", code="duplicate", detail="Somebody is on the panel twice; name everybody once.")
    if dropout.shape != (len(draft.people),) or not bool(np.all((dropout >= 0) & (dropout <= 1))):
        detail = f"dropout must hold a chance in 0 to 1 for each of the {len(draft.people)} people of the pool."
        yield Fault(pointer="dropout", code="out_of_range", detail=detail)
    left = len(known) - len(set(panel) & known) - len((draft.excluded & known) - set(panel))
    if count < 1:
        yield Fault(pointer="count", code="too_small", detail=f"{count} alternates are none; ask for 1 or more.")
    elif count > left:
        yield _too_many(count, left)
    if scenarios < 1:
        yield Fault(pointer="scenarios", code="too_small", detail="The number of scenarios must be 1 or more.")
