"""The design of a best-worst question (MaxDiff, case 1): which items stand together in which set.

Every respondent gets a design of their own, drawn by seed. Two properties are wanted of it (Louviere, Flynn & Marley,
Best-Worst Scaling, 2015, chapter 2): every item is shown equally often, and every pair of items stands together equally
often. With any number of items and sets the first can be had up to a difference of one and the second nearly.

Method: sets are filled one after the other. Each place goes to an item that was shown least often so far and is not
in the set yet; among those to the one that stood least often with the items already in the set; among those by lot.
Taking the least shown keeps the difference at one. Of `TRIES` such designs, each with its own lots, the one with the
most even pairs is used. Sets and the items in each set are put in a random order at the end.

Lots are SHA-256 of the seed and what is drawn, as everywhere in the routing; since lots alone tell items apart, every
item has the same chance of every place.
"""

from functools import lru_cache
from itertools import combinations

from samenspraak.types.questionnaire import MaxDiff, Option

from surveys.models import Respondent
from surveys.routing.order import shuffle

TRIES = 6

Design = tuple[tuple[int, ...], ...]


def sets_shown(question: MaxDiff, who: Respondent) -> tuple[tuple[Option, ...], ...]:
    """The sets in this respondent's order, each with its items in the order to show them.

    With fewer items than the size of a set, every set holds all of them.
    """
    by_code = {option.code: option for option in question.options}
    drawn = design(tuple(by_code), size=question.set_size, sets=question.sets, seed=who.seed, purpose=question.key)
    return tuple(tuple(by_code[code] for code in codes) for codes in drawn)


@lru_cache(maxsize=1024)
def design(codes: tuple[int, ...], *, size: int, sets: int, seed: int, purpose: str) -> Design:
    """The sets of one respondent, as codes; see the module for how they are made."""
    tries = (_drawn(codes, min(size, len(codes)), sets, seed, f"{purpose}/{number}") for number in range(TRIES))
    best = min(tries, key=lambda made: sum(times * times for times in pairs(made).values()))
    inner = [tuple(shuffle(one, seed, f"places/{purpose}/{n}", key=str)) for n, one in enumerate(best)]
    return tuple(shuffle(inner, seed, f"sets/{purpose}", key=str))


def pairs(made: Design) -> dict[tuple[int, int], int]:
    """How often two items stand in one set, for each pair that does; the lower code first."""
    together: dict[tuple[int, int], int] = {}
    for one in made:
        for pair in combinations(sorted(one), 2):
            together[pair] = together.get(pair, 0) + 1
    return together


def _drawn(codes: tuple[int, ...], size: int, sets: int, seed: int, purpose: str) -> Design:
    shown = dict.fromkeys(codes, 0)
    together: dict[tuple[int, int], int] = {}
    made: list[tuple[int, ...]] = []
    for number in range(sets):
        one: list[int] = []
        lots = shuffle(codes, seed, f"lots/{purpose}/{number}", key=str)
        for _ in range(size):
            free = [code for code in lots if code not in one]
            # `min` takes the first of equals, and `lots` is the order of the lots.
            one.append(min(free, key=lambda code: (shown[code], _met(together, code, one))))
        for code in one:
            shown[code] += 1
        for pair in combinations(sorted(one), 2):
            together[pair] = together.get(pair, 0) + 1
        made.append(tuple(one))
    return tuple(made)


def _met(together: dict[tuple[int, int], int], code: int, others: list[int]) -> int:
    return sum(together.get((min(code, other), max(code, other)), 0) for other in others)
