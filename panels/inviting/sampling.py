"""The draw: stratified, seeded, with the chance of every member kept."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from samenspraak.types.audit import DrawPlan
from samenspraak.types.margins import MarginSet

from panels.errors import PanelTooSmall, PlanUnfit
from panels.inviting.allocation import SEPARATOR, allocate, fill, sample_size, stratum_shares
from panels.models import Draw, FrameMember, Selected, StratumReport

REST = "rest"
"""Stratum of the members for whom a stratum dimension is not known, or who gave a sex no register has."""


def draw(frame: Sequence[FrameMember], *, margins: MarginSet, plan: DrawPlan, target: int, seed: int) -> Draw:
    """Draw members so that `target` of them take part with probability `plan.assurance`.

    Strata are the crossing of `plan.strata`, with places in proportion to the population (largest remainders). Members
    who fit no stratum form `rest`, with places in proportion to their part of the panel. Every stratum with members has
    at least one place: nobody is without a chance. Within a stratum it is a simple random draw: members are ranked by
    SHA-256 over seed and id, and the first ones are taken. That makes the draw the same on every machine and for every
    order of the frame. The probability of a member is places over members of the stratum.

    Args:
        frame: members who may be drawn, each once.
        seed: 0 <= seed < 2**256.

    Raises:
        PlanUnfit: the margins lack a stratum dimension, or there are more strata than people to draw.
        PanelTooSmall: the frame has fewer people than the draw needs.
    """
    shares = stratum_shares(margins, plan.strata)
    members = _by_stratum(frame, plan.strata, shares)
    size = sample_size(target, participation=plan.expected_participation, assurance=plan.assurance)
    available = {key: len(ids) for key, ids in members.items()}
    wanted = _places(size, available, shares, frame_size=max(1, len(frame)))
    if size > len(frame):
        raise PanelTooSmall(details=_recruits(size, wanted, available))
    weights = {**shares, REST: available.get(REST, 0) / len(frame)}
    places = fill(wanted, available, {key: weights[key] for key in wanted})
    selected = [
        Selected(member_id=member_id, stratum=key, probability=places[key] / available[key])
        for key in places
        if places[key]
        for member_id in _ranked(members[key], seed)[: places[key]]
    ]
    return Draw(
        selected=tuple(sorted(selected, key=lambda one: one.member_id)),
        strata=tuple(_report(key, shares, available, wanted, places) for key in wanted),
        size=size,
        frame_size=len(frame),
        seed=seed,
    )


def frame_hash(frame: Sequence[FrameMember]) -> str:
    """SHA-256 over the sorted member ids: shows later that a repeated draw starts from the same frame."""
    ids = sorted(str(member.member_id) for member in frame)
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()


def _by_stratum(
    frame: Sequence[FrameMember], strata: Sequence[str], shares: Mapping[str, float]
) -> dict[str, list[UUID]]:
    members: dict[str, list[UUID]] = defaultdict(list)
    for member in frame:
        codes = [member.coded.get(dimension) for dimension in strata]
        key = SEPARATOR.join(code for code in codes if code is not None)
        members[key if None not in codes and key in shares else REST].append(member.member_id)
    return dict(members)


def _places(size: int, available: Mapping[str, int], shares: Mapping[str, float], *, frame_size: int) -> dict[str, int]:
    rest = available.get(REST, 0)
    rest_places = round(size * rest / frame_size) if rest else 0
    places = allocate(size - rest_places, shares)
    if rest:
        places[REST] = rest_places
    empty = [key for key in places if not places[key] and available.get(key)]
    if size < sum(1 for key in places if available.get(key)):
        raise PlanUnfit("The plan has more strata than people to draw.", details={"strata": len(places), "size": size})
    for key in empty:
        # The largest stratum gives a place away: there it is felt least.
        places[max(places, key=lambda other: (places[other], other))] -= 1
        places[key] = 1
    return places


def _ranked(ids: Sequence[UUID], seed: int) -> list[UUID]:
    prefix = seed.to_bytes(32, "big")
    return sorted(ids, key=lambda member_id: hashlib.sha256(prefix + member_id.bytes).digest())


def _recruits(size: int, wanted: Mapping[str, int], available: Mapping[str, int]) -> dict[str, object]:
    short = {key: places - available.get(key, 0) for key, places in wanted.items()}
    return {
        "needed": size,
        "available": sum(available.values()),
        "recruits": {key: people for key, people in short.items() if people > 0},
    }


def _report(
    key: str,
    shares: Mapping[str, float],
    available: Mapping[str, int],
    wanted: Mapping[str, int],
    places: Mapping[str, int],
) -> StratumReport:
    frame = available.get(key, 0)
    return StratumReport(
        key=key,
        population_share=shares.get(key),
        frame=frame,
        wanted=wanted[key],
        drawn=places[key],
        probability=places[key] / frame if frame else 0.0,
        shortfall=max(0, wanted[key] - frame),
    )
