"""The whole explanation of a draft without a panel, and the failure that carries it."""

from collections.abc import Callable
from typing import TypeVar

import msgspec
from samenspraak.types.problem import Fault

from panels.errors import DraftImpossible
from panels.sortition.infeasible.conflict import conflicts
from panels.sortition.infeasible.model import Element, Infeasibility
from panels.sortition.infeasible.programme import UndecidedError
from panels.sortition.infeasible.recruits import recruits
from panels.sortition.infeasible.relaxation import Flexes, cheapest, smallest
from panels.sortition.infeasible.supply import supply
from panels.sortition.infeasible.words import element_words, sentences
from panels.sortition.model import Draft, Types

_Found = TypeVar("_Found")


def explain(draft: Draft, types: Types, flex: Flexes | None = None) -> Infeasibility:
    """Why no panel meets the quotas of `draft`, the least changes of quotas that help, and whom to recruit instead.

    Args:
        types: `types.group(draft)`.
        flex: how far each quota may be changed; quotas that are not named may change freely. Where these bounds allow
            no panel, the changes go beyond them and say so.
    """
    seen = supply(types)
    fewest, sure = _decided(lambda: smallest(types, flex))
    if fewest is not None and not fewest.units:
        return Infeasibility(possible=True, supply=seen, cheapest=fewest, smallest=fewest)
    clashes = conflicts(types)
    changes, certain = _decided(lambda: cheapest(types, flex))
    needed, known = _decided(lambda: recruits(draft, types))
    return Infeasibility(
        possible=False,
        supply=seen,
        conflicts=tuple(sorted(clashes, key=lambda one: len(one.elements))),
        cheapest=changes,
        smallest=fewest,
        recruits=needed,
        undecided=not (sure and certain and known),
    )


def _decided(search: Callable[[], _Found | None]) -> tuple[_Found | None, bool]:
    """What a search found, and whether it came to an end."""
    try:
        return search(), True
    except UndecidedError:
        return None, False


def impossible(draft: Draft, types: Types, flex: Flexes | None = None) -> DraftImpossible:
    """The failure to raise, with the explanation as data, in words, and as one fault per quota in a conflict."""
    found = explain(draft, types, flex)
    at = {(quota.feature, quota.value): number for number, quota in enumerate(draft.quotas)}
    elements = dict.fromkeys(element for conflict in found.conflicts for element in conflict.elements)
    return DraftImpossible(
        faults=tuple(_fault(element, at) for element in elements),
        details={
            "infeasibility": msgspec.to_builtins(found),
            "sentences": [msgspec.to_builtins(sentence) for sentence in sentences(found)],
        },
    )


_RULES = {"size": "size", "households": "one_per_household", "confirmed": "confirmed"}
"""Field of the draft by kind of element."""


def _fault(element: Element, at: dict[tuple[str, str], int]) -> Fault:
    number = at.get((element.feature, element.value))
    words = element_words(element).en
    return Fault(
        pointer=_RULES.get(element.kind, f"quotas/{number}/{element.kind}"),
        code="conflict",
        detail=f"{words[:1].upper()}{words[1:]}: cannot be met together with the other demands.",
    )
