"""Filling the seats of members who decline: by a new draw among the whole pool, or out of the alternates.

The new draw keeps everybody who confirmed, leaves out everybody who declined, and gives the others chances as equal as
the quotas then allow. It is a lottery of its own: same rules, a new seed, published anew."""

from collections.abc import Collection, Iterator, Sequence

import msgspec
import numpy as np
from samenspraak.types.problem import Fault

from panels.errors import ReplacementInvalid
from panels.sortition import draw, filling
from panels.sortition.draw import Solved
from panels.sortition.model import Algorithm, Draft


class Replacement(msgspec.Struct, frozen=True, kw_only=True):
    open_seats: int
    solved: Solved
    """Whole panels, the confirmed people on each; `chances` and `uniform` hold the new chances of everybody, 1 for who
    is confirmed and 0 for who declined."""


class Miss(msgspec.Struct, frozen=True, kw_only=True):
    """A quota that the panel does not meet."""

    feature: str
    value: str
    seats: int
    minimum: int
    maximum: int


class Substitutes(msgspec.Struct, frozen=True, kw_only=True):
    chosen: tuple[str, ...]
    """Ids of the alternates to seat, in the order of the list."""
    before: int
    """Deviation of the panel without them: seats by which quotas are missed, plus empty seats."""
    after: int
    empty: int
    """Seats that stay empty, for want of alternates or because filling them would break more quotas than it helps."""
    misses: tuple[Miss, ...]
    """Quotas that the panel still does not meet."""


def conditional(draft: Draft, *, panel: Sequence[str], declined: Collection[str]) -> Draft:
    """The draft of a new draw after some people declined: the other members are confirmed, who declined is excluded.

    Raises:
        ReplacementInvalid: members or decliners who are not in the pool.
    """
    _refuse([*_strangers(draft, "panel", panel), *_strangers(draft, "declined", declined)])
    gone = draft.excluded | frozenset(declined)
    return msgspec.structs.replace(draft, confirmed=(draft.confirmed | frozenset(panel)) - gone, excluded=gone)


def replace(draft: Draft, *, algorithm: Algorithm = "leximin", seed: int, panels: int = 1000) -> Replacement:
    """Draw the open seats of a draft that has confirmed people, such as `conditional` makes.

    Raises:
        ReplacementInvalid: every seat is taken.
        DraftInvalid: with every fault of the draft.
        DraftImpossible: the confirmed people and the rest of the pool cannot meet the quotas; with the explanation.
    """
    seats = draft.size - len(draft.confirmed)
    if seats == 0:
        detail = f"All {draft.size} seats are confirmed; there is nobody to replace."
        _refuse([Fault(pointer="confirmed", code="no_open_seat", detail=detail)])
    return Replacement(open_seats=seats, solved=draw.solve(draft, algorithm=algorithm, seed=seed, panels=panels))


def substitutes(draft: Draft, *, panel: Sequence[str], alternates: Sequence[str], gone: Collection[str]) -> Substitutes:
    """Which alternates take the seats of members who are gone, for a panel as close to its quotas as can be.

    Of equal choices those first in the list are taken. Under the address rule, alternates who share an address with a
    member who is still there, or with an alternate earlier in the list, are passed over.

    Args:
        gone: members who declined or stayed away, and alternates who cannot come.

    Raises:
        ReplacementInvalid: people who are not in the pool, alternates who are members.
    """
    faults = [*_strangers(draft, "panel", panel), *_strangers(draft, "alternates", alternates)]
    for number in [number for number, one in enumerate(alternates) if one in set(panel)]:
        detail = f"{alternates[number]!r} is a member of the panel; take the name off the list of alternates."
        faults.append(Fault(pointer=f"alternates/{number}", code="is_member", detail=detail))
    _refuse(faults)
    out = frozenset(gone)
    rules = filling.rules(draft)
    there = filling.positions(draft, [one for one in dict.fromkeys(panel) if one not in out])
    listed = list(_usable(draft, there.tolist(), [one for one in dict.fromkeys(alternates) if one not in out]))
    counted = rules.member[there].sum(axis=0)
    people = rules.member[np.array(listed, dtype=np.int64)]
    seated = filling.exactly(rules, counted, people)
    filled = counted + people[seated].sum(axis=0)
    return Substitutes(
        chosen=tuple(draft.people[listed[place]].id for place in seated),
        before=int(filling.deviation(rules, counted[None, :])[0]),
        after=int(filling.deviation(rules, filled[None, :])[0]),
        empty=draft.size - int(filled[-1]),
        misses=tuple(
            Miss(
                feature=quota.feature,
                value=quota.value,
                seats=int(number),
                minimum=quota.minimum,
                maximum=quota.maximum,
            )
            for quota, number in zip(draft.quotas, filled, strict=False)
            if not quota.minimum <= number <= quota.maximum
        ),
    )


def _usable(draft: Draft, there: Sequence[int], alternates: Sequence[str]) -> Iterator[int]:
    homes = {draft.people[person].household for person in there} - {""}
    for person in filling.positions(draft, alternates).tolist():
        home = draft.people[person].household
        if draft.one_per_household and home in homes:
            continue
        homes |= {home} - {""}
        yield person


def _strangers(draft: Draft, name: str, ids: Collection[str]) -> Iterator[Fault]:
    known = {person.id for person in draft.people}
    for number, one in enumerate(ids):
        if one not in known:
            detail = f"{one!r} is not in the pool; correct the id."
            yield Fault(pointer=f"{name}/{number}", code="unknown_person", detail=detail)


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise ReplacementInvalid(faults=tuple(faults))
