"""Putting variants to people at random in permuted blocks (Zelen 1974; Kernan and others 1999).

Every block holds each variant equally often, so that at any moment, and in every stratum, two variants differ by at
most `copies` people, and over whole blocks not at all. The order in a block follows from SHA-256 over seed, stratum,
block and variant: no generator, the same on every machine, and nobody who lacks the seed can tell who comes next."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence

from analytics.errors import ComparisonUnusable


def place(variants: Sequence[str], *, seed: str, stratum: str, number: int, copies: int = 2) -> str:
    """Variant of the person at this place (from 0) of a stratum; a block holds each variant `copies` times.

    Raises:
        ComparisonUnusable: no variant, a negative place, or blocks without copies.
    """
    if not variants or number < 0 or copies < 1:
        raise ComparisonUnusable(f"Place {number} in blocks of {copies} x {list(variants)} is nobody's.")
    block, at = divmod(number, copies * len(variants))
    slots = [(variant, copy) for variant in variants for copy in range(copies)]

    def key(slot: tuple[str, int]) -> bytes:
        return hashlib.sha256(f"{seed}/{stratum}/{block}/{slot[0]}/{slot[1]}".encode()).digest()

    return sorted(slots, key=key)[at][0]


def assign(variants: Sequence[str], strata: Sequence[str], *, seed: str, copies: int = 2) -> tuple[str, ...]:
    """Variants of people in the order in which they came, with the stratum of each.

    Raises:
        ComparisonUnusable: no variant, more than four, or one named twice.
    """
    if not 1 <= len(variants) <= 4 or len(set(variants)) != len(variants):
        raise ComparisonUnusable(f"One to four different variants can be compared, not {list(variants)}.")
    count: dict[str, int] = defaultdict(int)
    found = []
    for stratum in strata:
        found.append(place(variants, seed=seed, stratum=stratum, number=count[stratum], copies=copies))
        count[stratum] += 1
    return tuple(found)
