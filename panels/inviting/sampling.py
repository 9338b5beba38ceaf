"""The draw: stratified, seeded, with the chance of every member kept."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from samenspraak.types.audit import DrawPlan
from samenspraak.types.margins import MarginSet

from panels.coding import level
from panels.errors import PanelTooSmall
from panels.inviting import stratified
from panels.inviting.allocation import REST, SEPARATOR, fill, places, sample_size, stratum_shares
from panels.models import Coded, Draw, FrameMember, StratumReport


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
    members = by_stratum(frame, plan.strata, shares)
    size = sample_size(target, participation=plan.expected_participation, assurance=plan.assurance)
    available = {key: len(ids) for key, ids in members.items()}
    wanted = places(size, shares, available)
    if size > len(frame):
        raise PanelTooSmall(details=_recruits(size, wanted, available))
    weights = {**shares, REST: available.get(REST, 0) / len(frame)}
    drawn = fill(wanted, available, {key: weights[key] for key in wanted})
    return Draw(
        selected=stratified.draw(members, drawn, seed=seed),
        strata=tuple(_report(key, shares, available, wanted, drawn) for key in wanted),
        size=size,
        frame_size=len(frame),
        seed=seed,
    )


def frame_hash(frame: Sequence[FrameMember]) -> str:
    """SHA-256 over the sorted member ids: shows later that a repeated draw starts from the same frame."""
    ids = sorted(str(member.member_id) for member in frame)
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()


def by_stratum(
    frame: Sequence[FrameMember], strata: Sequence[str], shares: Mapping[str, float]
) -> dict[str, list[UUID]]:
    """Members of every stratum that has any."""
    members: dict[str, list[UUID]] = defaultdict(list)
    for member in frame:
        members[stratum_of(member.coded, strata, shares)].append(member.member_id)
    return dict(members)


def stratum_of(coded: Coded, strata: Sequence[str], shares: Mapping[str, float]) -> str:
    """The stratum of one member, `rest` where a dimension is not known."""
    codes = [level(coded, dimension) for dimension in strata]
    key = SEPARATOR.join(code for code in codes if code is not None)
    return key if None not in codes and key in shares else REST


def _recruits(size: int, wanted: Mapping[str, int], available: Mapping[str, int]) -> dict[str, object]:
    short = {key: count - available.get(key, 0) for key, count in wanted.items()}
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
    drawn: Mapping[str, int],
) -> StratumReport:
    frame = available.get(key, 0)
    return StratumReport(
        key=key,
        population_share=shares.get(key),
        frame=frame,
        wanted=wanted[key],
        drawn=drawn[key],
        probability=drawn[key] / frame if frame else 0.0,
        shortfall=max(0, wanted[key] - frame),
    )
