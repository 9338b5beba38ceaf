"""Stratified draws: any number of people per cell, at random within it, the same for everybody who repeats it."""

import hashlib
from collections.abc import Mapping, Sequence
from uuid import UUID

from samenspraak.types.problem import Fault

from panels.inviting.models import refuse
from panels.models import Selected


def draw(
    members: Mapping[str, Sequence[UUID]], sizes: Mapping[str, int], *, seed: int, wave: int = 1
) -> tuple[Selected, ...]:
    """Draw `sizes` people from the eligible members of each cell, by simple random sampling within it.

    Each wave ranks anew: with the ranks of the first wave, members who became eligible since would come before the
    others. The probability of each is the one in this wave, of who is eligible in it.

    Args:
        members: who may be drawn, by cell; nobody twice.
        sizes: 0 where a cell is not named.
        seed: 0 <= seed < 2**256.
        wave: from 1.

    Raises:
        PlanUnfit: more people than a cell has, fewer than 0, or a cell that is not there; every fault is named.
    """
    refuse(faults(members, sizes))
    return tuple(
        sorted(
            (
                Selected(member_id=member_id, stratum=key, probability=size / len(members[key]))
                for key, size in sizes.items()
                if size
                for member_id in ranked(members[key], seed, wave)[:size]
            ),
            key=lambda one: one.member_id,
        )
    )


def ranked(ids: Sequence[UUID], seed: int, wave: int = 1) -> list[UUID]:
    """Members in the order of SHA-256 over the seed, the wave from the second on, and their id."""
    prefix = seed.to_bytes(32, "big") + (wave.to_bytes(4, "big") if wave > 1 else b"")
    return sorted(ids, key=lambda member_id: hashlib.sha256(prefix + member_id.bytes).digest())


def faults(members: Mapping[str, Sequence[UUID]], sizes: Mapping[str, int]) -> list[Fault]:
    """What is wrong with the numbers to be drawn."""
    found = []
    for key, size in sizes.items():
        people = len(members.get(key, ()))
        if size < 0 or size > people:
            detail = f"{size} people are to be drawn from `{key}`, which has {people} who may be; give 0 to {people}."
            found.append(Fault(pointer=f"/sizes/{key}", code="out_of_range", detail=detail))
    return found
