"""The smallest sets of quotas that clash.

A side of a quota (its minimum or its maximum) is *hard* when it must be met and *soft* when missing it only costs. The
programme over types that misses as little as possible answers two questions at once: whether the hard sides can be met
together, and which soft ones are missed then. From its answers:

1. elastic filter (Chinneck and Dravnieks 1991): harden what was missed until nothing fits any more;
2. deletion filter: drop every side without which the rest still clashes; what is left is irreducible;
3. smallest: every conflict contains one of the missed sides of every answer, so a smallest hitting set of those answers
   that clashes is a smallest conflict (Ignatiev, Previti, Liffiton and Marques-Silva 2015).

First over fractions of people, which is quick and nearly always the reason; over whole people only when these fit."""

from collections.abc import Iterator

import msgspec
import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from analytics.arrays import FloatArray, IntArray
from panels.sortition.infeasible.model import Conflict, Element
from panels.sortition.infeasible.programme import Programme, UndecidedError, least, search
from panels.sortition.infeasible.relaxation import quota_rows
from panels.sortition.model import Types

MOST = 5
"""Conflicts that are looked for."""

_WORK = 400_000
_MISSED = 1e-6
_SIZE = "size"
_RULES = (_SIZE, "households", "confirmed")

Side = int
"""Position among the sides: all minima of the quotas, then all maxima."""
Sides = frozenset[Side]


def conflicts(types: Types) -> tuple[Conflict, ...]:
    """Conflicts of which no two share a side, each as small as could be found; empty when a panel exists, and when the
    search over whole people was stopped before it found one."""
    found = tuple(_disjoint(_Demands(types, whole=False)))
    return found or tuple(_disjoint(_Demands(types, whole=True)))


class _Demands:
    """Asks the programme; remembers every answer, since each narrows down what a conflict must contain."""

    def __init__(self, types: Types, *, whole: bool) -> None:
        self.types = types
        self.whole = whole
        self.quotas = quota_rows(types)
        self.sides: Sides = frozenset(_binding(types, self.quotas))
        self.rules = _rules(types)
        """Rules that every panel follows; all of them are hard while quotas are studied."""
        self.answers: list[Sides] = []
        self._matrix = _matrix(types, self.quotas)

    def missed(self, hard: Sides) -> Sides | None:
        """The soft sides that a best panel misses, or None when the hard ones clash. Sides that are not under study are
        free.

        Raises:
            UndecidedError: the node limit was reached.
        """
        found = self._asked(hard, self.rules)
        if found is None:
            return None
        slack = found[len(self.types.counts) :]
        answer = frozenset(side for side in self.sides - hard if slack[side] > _MISSED)
        self.answers.append(answer)
        return answer

    def clash(self, hard: Sides, rules: tuple[str, ...]) -> bool:
        """Whether these sides cannot be met together under these rules alone. Raises UndecidedError."""
        return self._asked(hard, rules) is None

    def can_be_met(self, hard: Sides, rules: tuple[str, ...]) -> bool:
        """Whether whole people can meet these sides under these rules; False as well when that could not be shown."""
        asked = self._programme(hard, rules)
        people = np.arange(len(asked.cost)) < len(self.types.counts)
        try:
            return least(msgspec.structs.replace(asked, cost=np.zeros(len(people)), whole=people)) is not None
        except UndecidedError:
            return False

    def under(self, rules: tuple[str, ...]) -> "_Demands":
        """The same study under fewer rules."""
        other = _Demands(self.types, whole=self.whole)
        other.sides, other.rules = self.sides, rules
        return other

    def forget(self, sides: Sides) -> None:
        """Take sides out of the study, to look for a conflict among the others."""
        self.sides -= sides
        self.answers = []

    def _asked(self, hard: Sides, rules: tuple[str, ...]) -> FloatArray | None:
        asked = self._programme(hard, rules)
        if self.whole:
            found = least(asked)
            return None if found is None else found.x
        return search(asked).x

    def _programme(self, hard: Sides, rules: tuple[str, ...]) -> Programme:
        types, quotas = self.types, len(self.quotas)
        home = np.array([row.kind == "household" for row in types.rows])
        upper = types.upper.astype(np.float64)
        upper[home & ("households" not in rules)] = np.inf
        size = (types.size, types.size) if "size" in rules else (0, np.inf)
        slack = np.full(2 * quotas, np.inf)
        slack[list(hard)] = 0
        people = len(types.counts)
        return Programme(
            cost=np.concatenate([np.zeros(people), [float(side in self.sides) for side in range(2 * quotas)]]),
            matrix=self._matrix,
            lower=np.append(types.lower, size[0]).astype(np.float64),
            upper=np.append(upper, size[1]),
            low=np.append(types.floor * float("confirmed" in rules), np.zeros(2 * quotas)),
            high=np.append(types.counts, slack).astype(np.float64),
            whole=(np.arange(people + 2 * quotas) < people) & self.whole,
            step=1.0 if self.whole else 0.0,
        )


def _matrix(types: Types, quotas: IntArray) -> sparse.csr_array:
    rows, people = types.matrix.shape
    slack = sparse.csr_array((np.ones(len(quotas)), (quotas, np.arange(len(quotas)))), shape=(rows, len(quotas)))
    seats = sparse.csr_array((np.arange(people + 2 * len(quotas)) < people).astype(np.float64)[None, :])
    return sparse.csr_array(sparse.vstack([sparse.hstack([types.matrix, slack, -slack]), seats]))


def _binding(types: Types, quotas: IntArray) -> Iterator[Side]:
    """Sides that can be missed at all."""
    for place, row in enumerate(quotas):
        if types.lower[row] > 0:
            yield place
        if types.upper[row] < types.size:
            yield len(quotas) + place


def _rules(types: Types) -> tuple[str, ...]:
    """Rules that every panel follows; always hard while quotas are studied."""
    there = (True, any(row.kind == "household" for row in types.rows), bool(types.floor.any()))
    return tuple(rule for rule, used in zip(_RULES, there, strict=True) if used)


def _disjoint(demands: _Demands) -> Iterator[Conflict]:
    for _ in range(MOST):
        found = _studied(demands)
        if found is None:
            return
        if _SIZE in found.rules and len(_features(demands, found.sides)) > 1:
            # The same told without the panel size is easier to follow: "5 women, who all live in a town". Within one
            # feature the size is the point: its minima or maxima do not add up to it.
            plain = _studied(demands.under(tuple(rule for rule in demands.rules if rule != _SIZE)))
            if plain is not None and len(plain.sides) <= len(found.sides):
                smallest = found.smallest or (plain.smallest and len(plain.sides) < len(found.sides))
                found = msgspec.structs.replace(plain, smallest=smallest)
        yield _described(demands, found, irreducible=_every_one_needed(demands, found))
        if not found.sides:
            return
        demands.forget(found.sides)


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    sides: Sides
    rules: tuple[str, ...]
    smallest: bool


def _studied(demands: _Demands) -> _Found | None:
    """One conflict under the rules of `demands`; None when there is none, or none that could be shown."""
    try:
        core = _filtered(demands)
    except UndecidedError:
        return None
    if core is None:
        return None
    sides, smallest = _smallest(demands, _deleted(demands, core))
    return _Found(sides=sides, rules=_needed_rules(demands, sides), smallest=smallest)


def _every_one_needed(demands: _Demands, found: _Found) -> bool:
    """Whether dropping any one element leaves what whole people can meet."""
    return all(demands.can_be_met(found.sides - {side}, found.rules) for side in sorted(found.sides)) and all(
        demands.can_be_met(found.sides, tuple(other for other in found.rules if other != rule)) for rule in found.rules
    )


def _filtered(demands: _Demands) -> Sides | None:
    """Elastic filter: a set of sides that clash, or None when all can be met."""
    hard: Sides = frozenset()
    while (missed := demands.missed(hard)) is not None:
        if not missed:
            return None
        hard |= missed
    return hard


def _deleted(demands: _Demands, core: Sides) -> Sides:
    """Deletion filter; a side stays where the question was not decided."""
    for side in sorted(core):
        try:
            clash = demands.missed(core - {side}) is None
        except UndecidedError:
            clash = False
        if clash:
            core -= {side}
    return core


def _smallest(demands: _Demands, core: Sides) -> tuple[Sides, bool]:
    """A smallest conflict, or `core` when the search was stopped; whether it was shown to be smallest."""
    for _ in range(max(_WORK // max(len(demands.types.counts), 1), 10)):
        hit = _hitting(demands.answers)
        if len(hit) >= len(core):
            return core, True
        try:
            if demands.missed(hit) is None:
                return hit, True
        except UndecidedError:
            break
    return core, False


def _hitting(answers: list[Sides]) -> Sides:
    """A smallest set with a member of every answer."""
    if not answers:
        return frozenset()
    sides = sorted(frozenset().union(*answers))
    at = {side: column for column, side in enumerate(sides)}
    matrix = np.zeros((len(answers), len(sides)))
    for row, answer in enumerate(answers):
        matrix[row, [at[side] for side in answer]] = 1
    one = np.ones(len(sides))
    whole = np.ones(len(sides), dtype=np.int64)
    result = milp(one, constraints=LinearConstraint(matrix, 1, np.inf), bounds=Bounds(0, 1), integrality=whole)
    return frozenset(side for side, column in at.items() if result.x is not None and result.x[column] > 0.5)


def _needed_rules(demands: _Demands, sides: Sides) -> tuple[str, ...]:
    """Rules without which the sides would not clash; a rule stays where the question was not decided."""
    rules = demands.rules
    for rule in demands.rules:
        fewer = tuple(one for one in rules if one != rule)
        try:
            clash = demands.clash(sides, fewer)
        except UndecidedError:
            clash = False
        if clash:
            rules = fewer
    return rules


def _features(demands: _Demands, sides: Sides) -> set[str]:
    rows = [demands.quotas[side % len(demands.quotas)] for side in sides]
    return {demands.types.rows[row].feature for row in rows}


def _described(demands: _Demands, found: _Found, *, irreducible: bool) -> Conflict:
    elements = [_element(demands, side) for side in sorted(found.sides)]
    for rule in found.rules:
        limit = demands.types.size if rule == _SIZE else 0
        elements.append(msgspec.convert({"kind": rule, "limit": limit}, Element))
    return Conflict(
        elements=tuple(elements),
        fractional=not demands.whole,
        irreducible=irreducible,
        smallest=found.smallest,
    )


def _element(demands: _Demands, side: Side) -> Element:
    quotas = len(demands.quotas)
    row = demands.quotas[side % quotas]
    kind, bounds = ("minimum", demands.types.lower) if side < quotas else ("maximum", demands.types.upper)
    place = demands.types.rows[row]
    return msgspec.convert(
        {"kind": kind, "feature": place.feature, "value": place.value, "limit": int(bounds[row])}, Element
    )
