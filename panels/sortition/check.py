"""What is wrong with a draft, or looks wrong, found before anything is computed."""

import re
from collections import Counter
from collections.abc import Iterator

import msgspec
import numpy as np
from samenspraak.types.base import Localised
from samenspraak.types.problem import Fault
from scipy import sparse

from analytics.arrays import IntArray
from panels.sortition.model import Draft, Quota, Types

LARGEST = 1_000_000_000
"""No bound of a quota and no panel size goes above this."""
MOST_FAULTS = 200
"""More faults than this are counted, not listed."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SHOWN = 40


class Caution(msgspec.Struct, frozen=True, kw_only=True):
    """Something to look at before the draw. It does not stop the draw."""

    code: str
    feature: str = ""
    value: str = ""
    message: Localised


def faults(draft: Draft) -> tuple[Fault, ...]:
    """Everything that makes a draft unusable, in the order of its fields; empty when it can be computed with.

    That no panel meets the quotas is no fault of this kind: it takes a computation to see it. At most `MOST_FAULTS` are
    listed; one more, with an empty pointer, then says how many there are in all.
    """
    values, unlisted = _values(draft)
    found = [*_people(draft), *values, *_quotas(draft.quotas), *_size(draft), *_named(draft)]
    total = len(found) + unlisted
    if total <= MOST_FAULTS:
        return tuple(found)
    rest = f"{total} faults in all; the first {MOST_FAULTS} are listed. Repair these and send the draft again."
    return (*found[:MOST_FAULTS], Fault(pointer="", code="more_faults", detail=rest))


def warnings(draft: Draft, types: Types) -> tuple[Caution, ...]:
    """What makes the quotas impossible, or gives somebody a chance of 0 or 1, as far as one feature can tell.

    Codes: `minima_above_size`, `maxima_below_size`, `everybody_the_same` for a feature; `minimum_above_supply`,
    `nobody_has_value`, `everybody_drawn`, `nobody_drawn` for a value. Conflicts between features need a computation and
    are not among them.
    """
    people, possible, drawable = _supply(types, len(draft.quotas))
    found: list[Caution] = []
    for feature in features(draft):
        at = [i for i, quota in enumerate(draft.quotas) if quota.feature == feature]
        quotas = [draft.quotas[i] for i in at]
        found += _feature_cautions(feature, quotas, people[at], draft.size)
        for i, quota in zip(at, quotas, strict=True):
            bounds = _bounds_of(quota, quotas, draft.size)
            found += _value_cautions(quota, bounds, int(possible[i]), int(drawable[i]))
    return tuple(found)


def features(draft: Draft) -> dict[str, dict[str, int]]:
    """Place of every value that has a quota, by feature; both in the order in which the quotas name them."""
    known: dict[str, dict[str, int]] = {}
    for quota in draft.quotas:
        values = known.setdefault(quota.feature, {})
        values.setdefault(quota.value, len(values))
    return known


def _supply(types: Types, quotas: int) -> tuple[IntArray, IntArray, IntArray]:
    """By quota: people with the value, how many of them one panel can hold, how many can be drawn (not confirmed)."""
    rows = types.matrix[:quotas]
    shared = np.flatnonzero(types.group_of >= 0)
    groups = types.matrix.shape[0] - quotas
    members = sparse.csr_array((types.counts[shared], (shared, types.group_of[shared])), shape=(rows.shape[1], groups))
    together = sparse.coo_array(rows @ members)
    seats = np.minimum(together.data, types.upper[quotas + together.col])
    alone = rows @ np.where(types.group_of < 0, types.counts, 0)
    possible = alone + np.bincount(together.row, seats, minlength=quotas).astype(np.int64)
    return rows @ types.counts, possible, rows @ (types.counts - types.floor)


def _bounds_of(quota: Quota, quotas: list[Quota], size: int) -> tuple[int, int]:
    """The bounds of a quota with what the others of its feature leave."""
    other_minima = sum(other.minimum for other in quotas) - quota.minimum
    other_maxima = sum(other.maximum for other in quotas) - quota.maximum
    return max(quota.minimum, size - other_maxima), min(quota.maximum, size - other_minima)


def _feature_cautions(feature: str, quotas: list[Quota], people: IntArray, size: int) -> Iterator[Caution]:
    minima, maxima = sum(quota.minimum for quota in quotas), sum(quota.maximum for quota in quotas)
    name = _shown(feature)
    if minima > size:
        yield Caution(
            code="minima_above_size",
            feature=feature,
            message=Localised(
                nl=f"De minima van {name} zijn samen {minima}. Het panel heeft {size} plaatsen. Verlaag een minimum.",
                en=f"The minima of {name} add up to {minima}. The panel has {size} seats. Lower a minimum.",
            ),
        )
    if maxima < size:
        yield Caution(
            code="maxima_below_size",
            feature=feature,
            message=Localised(
                nl=f"De maxima van {name} zijn samen {maxima}. Het panel heeft {size} plaatsen. Verhoog een maximum.",
                en=f"The maxima of {name} add up to {maxima}. The panel has {size} seats. Raise a maximum.",
            ),
        )
    if (people > 0).sum() == 1:
        value = quotas[int(np.argmax(people))].value
        yield Caution(
            code="everybody_the_same",
            feature=feature,
            value=value,
            message=Localised(
                nl=f"Iedereen heeft bij {name} dezelfde waarde: {_shown(value)}. Dit kenmerk verandert de loting niet.",
                en=f"Everybody has the same value for {name}: {_shown(value)}. This feature does not change the draw.",
            ),
        )


def _value_cautions(quota: Quota, bounds: tuple[int, int], possible: int, drawable: int) -> Iterator[Caution]:
    """At most one per quota: the gravest."""
    minimum, maximum = bounds
    about = _about(quota)
    if minimum > possible:
        code = "minimum_above_supply"
        nl = f"Voor {about} zijn {minimum} mensen nodig. Het panel kan er hoogstens {possible} krijgen uit deze groep."
        en = f"{minimum} people are needed for {about}. At most {possible} can be on the panel out of this pool."
    elif possible == 0 and quota.maximum > 0:
        code = "nobody_has_value"
        nl = f"Niemand heeft {about}. Dit deel van de bevolking komt niet in het panel."
        en = f"Nobody has {about}. This part of the population will not be on the panel."
    elif drawable and minimum >= possible:
        code = "everybody_drawn"
        nl = f"Iedereen met {about} die mee kan doen, is nodig. Deze mensen weten vooraf dat zij worden gekozen."
        en = f"Everybody with {about} who can take part is needed. These people know beforehand that they are chosen."
    elif drawable and maximum <= 0:
        code = "nobody_drawn"
        nl = f"Er is geen plaats voor mensen met {about}. Zij kunnen niet worden gekozen."
        en = f"There is no seat for people with {about}. They cannot be chosen."
    else:
        return
    yield Caution(code=code, feature=quota.feature, value=quota.value, message=Localised(nl=nl, en=en))


def _people(draft: Draft) -> Iterator[Fault]:
    if not draft.people:
        yield Fault(pointer="people", code="empty", detail="Nobody is in the pool; add the people who volunteered.")
    yield from _ids(draft)
    yield from _households(draft)


def _values(draft: Draft) -> tuple[list[Fault], int]:
    """Faults in the values of features, as many as are ever listed, and the number of the others: a file with the wrong
    columns has millions."""
    found: list[Fault] = []
    total = 0
    for feature, values in features(draft).items():
        wrong = [i for i, person in enumerate(draft.people) if person.features.get(feature) not in values]
        total += len(wrong)
        listed = wrong[: MOST_FAULTS + 1 - len(found)]
        found += [_value_fault(i, feature, draft.people[i].features.get(feature)) for i in listed]
    return found, total - len(found)


def _value_fault(i: int, feature: str, value: str | None) -> Fault:
    pointer = f"people/{i}/features/{_escaped(feature)}"
    if not value:
        detail = f"Feature {_shown(feature)} is missing; give it a value that has a quota, or leave this person out."
        return Fault(pointer=pointer, code="missing", detail=detail)
    detail = (
        f"Value {_shown(value)} of feature {_shown(feature)} has no quota; add a quota for it or correct the value."
    )
    return Fault(pointer=pointer, code="value_without_quota", detail=detail)


def _ids(draft: Draft) -> Iterator[Fault]:
    ids = [person.id for person in draft.people]
    if len(set(ids)) == len(ids) and all(ids) and not _CONTROL.search("".join(ids)):
        return
    first: dict[str, int] = {}
    for i, one in enumerate(ids):
        pointer = f"people/{i}/id"
        if not one:
            yield Fault(
                pointer=pointer, code="missing", detail="The id is empty; give every person an id of their own."
            )
        elif first.setdefault(one, i) != i:
            detail = f"Id {_shown(one)} is also that of people/{first[one]}; every person needs an id of their own."
            yield Fault(pointer=pointer, code="duplicate", detail=detail)
        elif _CONTROL.search(one):
            yield _control(pointer, "The id")


def _households(draft: Draft) -> Iterator[Fault]:
    if _CONTROL.search("".join(person.household for person in draft.people)):
        for i, person in enumerate(draft.people):
            if _CONTROL.search(person.household):
                yield _control(f"people/{i}/household", "The household key")


def _quotas(quotas: tuple[Quota, ...]) -> Iterator[Fault]:
    first: dict[tuple[str, str], int] = {}
    for i, quota in enumerate(quotas):
        for name in ("feature", "value"):
            text = getattr(quota, name)
            if not text:
                yield Fault(
                    pointer=f"quotas/{i}/{name}", code="missing", detail=f"The {name} of a quota is empty; name it."
                )
            elif _CONTROL.search(text):
                yield _control(f"quotas/{i}/{name}", f"The {name} of a quota")
        earlier = first.setdefault((quota.feature, quota.value), i)
        if earlier != i:
            detail = f"{_about(quota)} has a quota already, quotas/{earlier}; keep one of the two."
            yield Fault(pointer=f"quotas/{i}", code="duplicate", detail=detail)
        yield from _bounds(i, quota)


def _bounds(i: int, quota: Quota) -> Iterator[Fault]:
    for name, bound in (("minimum", quota.minimum), ("maximum", quota.maximum)):
        if bound < 0:
            detail = f"The {name} for {_about(quota)} is {bound}; it must be 0 or more."
            yield Fault(pointer=f"quotas/{i}/{name}", code="negative", detail=detail)
        if bound > LARGEST:
            detail = f"The {name} for {_about(quota)} is above {LARGEST}; use the size of the panel for no limit."
            yield Fault(pointer=f"quotas/{i}/{name}", code="too_large", detail=detail)
    if quota.minimum > quota.maximum:
        detail = f"The minimum for {_about(quota)}, {quota.minimum}, is above the maximum, {quota.maximum}; change one."
        yield Fault(pointer=f"quotas/{i}", code="minimum_above_maximum", detail=detail)


def _size(draft: Draft) -> Iterator[Fault]:
    left = len(draft.people) - len(draft.excluded & {person.id for person in draft.people})
    if draft.size < 1:
        yield Fault(
            pointer="size", code="too_small", detail=f"A panel of {draft.size} is no panel; the size is 1 or more."
        )
    elif draft.people and draft.size > left:
        detail = f"A panel of {draft.size} cannot be drawn from {left} people; lower the size or find more volunteers."
        yield Fault(pointer="size", code="above_pool", detail=detail)


def _named(draft: Draft) -> Iterator[Fault]:
    """Faults in who is confirmed or excluded."""
    homes = {person.id: person.household for person in draft.people}
    for name, ids in (("confirmed", draft.confirmed), ("excluded", draft.excluded)):
        for one in sorted(ids - homes.keys()):
            detail = f"{_shown(one)} is {name} but not in the pool; correct the id or add the person."
            yield Fault(pointer=name, code="unknown_person", detail=detail)
    for one in sorted(draft.confirmed & draft.excluded):
        detail = f"{_shown(one)} is both confirmed and excluded; keep one of the two."
        yield Fault(pointer="confirmed", code="contradiction", detail=detail)
    if draft.size >= 1 and len(draft.confirmed) > draft.size:
        detail = f"{len(draft.confirmed)} people are confirmed for {draft.size} seats; raise the size or confirm fewer."
        yield Fault(pointer="confirmed", code="more_than_seats", detail=detail)
    if draft.one_per_household:
        shared = Counter(homes.get(one, "") for one in draft.confirmed)
        for home, count in sorted(shared.items()):
            if home and count > 1:
                detail = f"{count} people of household {_shown(home)} are confirmed; at most one can be."
                yield Fault(pointer="confirmed", code="same_household", detail=detail)


def _control(pointer: str, what: str) -> Fault:
    return Fault(pointer=pointer, code="control_characters", detail=f"{what} holds control characters; remove them.")


def _about(quota: Quota) -> str:
    return f"{_shown(quota.feature)} = {_shown(quota.value)}"


def _shown(text: str) -> str:
    """A text from outside as it may stand in a message: short, and without characters that steer a terminal."""
    clean = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    return f"'{clean if len(clean) <= _SHOWN else clean[:_SHOWN] + '...'}'"


def _escaped(name: str) -> str:
    """A name as one step of a JSON pointer (RFC 6901)."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", name.replace("~", "~0").replace("/", "~1"))
