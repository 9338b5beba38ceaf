"""Small drafts, and everything about them by trying every panel."""

import itertools
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from panels.sortition.infeasible.model import Element
from panels.sortition.model import Draft, Person, Quota

VALUES = {"sex": ("M", "V"), "area": ("town", "land"), "age": ("young", "middle", "old")}


def draft_of(
    people: Sequence[dict[str, str]], quotas: dict[tuple[str, str], tuple[int, int]], **fields: object
) -> Draft:
    homes = [person.get("home", "") for person in people]
    return Draft(
        people=tuple(
            Person(id=f"p{i}", features={k: v for k, v in person.items() if k != "home"}, household=homes[i])
            for i, person in enumerate(people)
        ),
        quotas=tuple(
            Quota(feature=feature, value=value, minimum=low, maximum=high)
            for (feature, value), (low, high) in quotas.items()
        ),
        **fields,  # type: ignore[arg-type]
    )


def random_draft(seed: int) -> Draft:
    """8 people, two or three features, quotas that often clash; every third with an address rule, every fourth with
    confirmed people."""
    rng = np.random.default_rng(seed)
    features = list(VALUES)[: 2 + seed % 2]
    people = [{feature: str(rng.choice(VALUES[feature])) for feature in features} for _ in range(8)]
    if seed % 3 == 0:
        people = [{**person, "home": f"h{rng.integers(6)}"} for person in people]
    quotas = {}
    for feature in features:
        for value in VALUES[feature]:
            low = int(rng.integers(0, 4))
            quotas[feature, value] = (low, low + int(rng.integers(0, 2)))
    draft = draft_of(people, quotas, size=4, one_per_household=seed % 3 == 0)
    if seed % 4 == 0:
        draft = msgspec.structs.replace(draft, confirmed=frozenset({"p0"}), excluded=frozenset({"p7"}))
    return draft


def panels(
    draft: Draft, *, size: bool = True, households: bool = True, confirmed: bool = True
) -> Iterator[tuple[Person, ...]]:
    """Every set of people who can be drawn that follows the rules named, whatever the quotas say."""
    taken = {person.household for person in draft.people if person.id in draft.confirmed and draft.one_per_household}
    pool = [
        person
        for person in draft.people
        if person.id in draft.confirmed
        or (person.id not in draft.excluded and (not person.household or person.household not in taken))
    ]
    for number in [draft.size] if size else range(len(pool) + 1):
        for panel in itertools.combinations(pool, number):
            homes = [person.household for person in panel if person.household]
            if households and draft.one_per_household and len(set(homes)) < len(homes):
                continue
            if confirmed and not draft.confirmed <= {person.id for person in panel}:
                continue
            yield panel


def seats(panel: Sequence[Person], quota: Quota) -> int:
    return sum(person.features[quota.feature] == quota.value for person in panel)


def units(draft: Draft, panel: Sequence[Person]) -> int:
    return sum(
        max(quota.minimum - seats(panel, quota), 0) + max(seats(panel, quota) - quota.maximum, 0)
        for quota in draft.quotas
    )


def cost(draft: Draft, panel: Sequence[Person]) -> float:
    return sum(
        max(quota.minimum - seats(panel, quota), 0) * (1 + 2 / max(quota.minimum, 1))
        + max(seats(panel, quota) - quota.maximum, 0)
        for quota in draft.quotas
    )


def meets(panel: Sequence[Person], elements: Sequence[Element]) -> bool:
    for element in elements:
        if element.kind in ("minimum", "maximum"):
            number = sum(person.features[element.feature] == element.value for person in panel)
            if number < element.limit if element.kind == "minimum" else number > element.limit:
                return False
    return True


def can_be_met(draft: Draft, elements: Sequence[Element]) -> bool:
    kinds = {element.kind for element in elements}
    rules = {"size": "size" in kinds, "households": "households" in kinds, "confirmed": "confirmed" in kinds}
    return any(meets(panel, elements) for panel in panels(draft, **rules))


def sides(draft: Draft) -> list[Element]:
    return [
        Element(kind=kind, feature=quota.feature, value=quota.value, limit=getattr(quota, kind))
        for quota in draft.quotas
        for kind in ("minimum", "maximum")
    ]


def joint() -> Draft:
    """All women live in towns: 5 of them and at most 3 people of towns cannot be."""
    people = [{"sex": "V", "area": "town"}] * 12 + [{"sex": "M", "area": "land"}] * 18
    quotas = {("sex", "V"): (5, 5), ("sex", "M"): (5, 5), ("area", "town"): (3, 3), ("area", "land"): (7, 7)}
    return draft_of(people, quotas, size=10)


def triangle() -> Draft:
    """Three kinds of people, each with two of three marks: one person of each mark takes half of each kind."""
    people = [{"a": "1", "b": "1", "c": "0"}, {"a": "1", "b": "0", "c": "1"}, {"a": "0", "b": "1", "c": "1"}]
    filler = [{"a": "0", "b": "0", "c": "0"}] * 4
    exactly_one = {(mark, "1"): (1, 1) for mark in "abc"} | {(mark, "0"): (0, 9) for mark in "abc"}
    return draft_of(people + filler, exactly_one, size=3)


def _clashes(seed: int) -> bool:
    draft = random_draft(seed)
    every = list(panels(draft))
    return bool(every) and all(units(draft, panel) for panel in every)


IMPOSSIBLE = [seed for seed in range(60) if _clashes(seed)]
"""Seeds of random drafts in which the quotas alone stand in the way."""
