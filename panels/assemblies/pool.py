"""Who is in the lottery: asked and willing members, or a list from elsewhere; fixed when the pool closes."""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from samenspraak.types.assembly import PoolOutcome
from samenspraak.types.base import Localised
from samenspraak.types.lottery import LotteryQuota

from panels import coding
from panels.assemblies import response
from panels.assemblies.models import ORIGIN, UNKNOWN, Assembly, Candidate, Frozen, NewCandidate, Seat, Step
from panels.assemblies.recruiting import BATCH
from panels.assemblies.states import target
from panels.assemblies.steps import Beside, lock, move
from panels.assemblies.volunteer_csv import VolunteerRow, VolunteerSheet
from panels.errors import AssemblyStepRefused, PoolTooSmall, VolunteersInvalid
from panels.models import Origin, Profile
from panels.sortition.model import Draft, Person, Quota
from panels.sortition.quotas import Supply, cautions
from panels.store import Connection, profiles
from panels.store import volunteers as store
from panels.store.volunteers import Volunteer


async def load_volunteers(
    conn: Connection,
    *,
    assembly_id: UUID,
    sheet: VolunteerSheet,
    quotas: tuple[LotteryQuota, ...],
    dry_run: bool,
    beside: Beside,
    now: datetime,
    new_id: Callable[[], UUID],
) -> tuple[PoolOutcome, Step | None]:
    """Take in a list that is kept elsewhere; it replaces the one before as a whole. No step when it was only looked at.

    Args:
        sheet: the list as it was read for `quotas`.

    Raises:
        AssemblyUnknown, AssemblyStepRefused: also when the volunteers of this assembly are members, or when the quotas
            were changed while the list was read.
        VolunteersInvalid: with every fault, by row and column; nobody is taken in then.
    """
    assembly = await lock(conn, assembly_id=assembly_id)
    target(assembly.state, "load_volunteers", "staff")
    if assembly.terms.pool != "file":
        message = "The volunteers of this assembly are members of the panel; a list from elsewhere cannot be mixed in."
        raise AssemblyStepRefused(message, details={"state": assembly.state, "event": "load_volunteers"})
    if quotas != assembly.quotas:
        message = "The quotas were changed while the list was read; hand it in again."
        raise AssemblyStepRefused(message, details={"state": assembly.state, "event": "load_volunteers"})
    if sheet.faults:
        raise VolunteersInvalid(faults=sheet.faults)
    people: list[NewCandidate] = await beside(_listed, assembly, sheet.volunteers, new_id)
    outcome = PoolOutcome(rows=sheet.rows, volunteers=len(people), households=shared_addresses(people), dry_run=dry_run)
    if dry_run:
        return outcome, None
    await store.delete_listed(conn, assembly_id=assembly.id)
    await store.insert(conn, assembly_id=assembly.id, people=people, now=now)
    step = await move(
        conn, assembly, "load_volunteers", now=now, volunteers=len(people), detail={"volunteers": len(people)}
    )
    return outcome, step


async def close_pool(conn: Connection, *, assembly_id: UUID, beside: Beside, now: datetime) -> Step:
    """recruiting -> pool_closed: nobody comes or goes, and what the lottery knows of each person is fixed.

    Of members the coded profile of this moment is kept, for the features with a quota only. Whoever said yes and ended
    the membership since is not in the pool.

    Raises:
        AssemblyUnknown, AssemblyStepRefused
        PoolTooSmall: fewer volunteers than seats.
    """
    assembly = await lock(conn, assembly_id=assembly_id)
    target(assembly.state, "close_pool", "staff")
    if assembly.terms.pool == "members":
        await _freeze(conn, assembly, beside=beside, on=now.date())
    answers = await store.count_answers(conn, assembly_id=assembly.id)
    if answers.yes < assembly.terms.size:
        raise PoolTooSmall(details={"needed": assembly.terms.size, "available": answers.yes})
    values = await store.count_values(conn, assembly_id=assembly.id)
    asked = answers.asked + answers.yes + answers.no + answers.left if assembly.terms.pool == "members" else None
    quotas = with_unknown(assembly.quotas, values, size=assembly.terms.size)
    return await move(
        conn,
        assembly,
        "close_pool",
        now=now,
        quotas=quotas,
        warnings=warnings(quotas, size=assembly.terms.size, supply=values),
        asked=asked,
        volunteers=answers.yes,
        declined=answers.no,
        pool_closed_at=now,
        detail={"asked": asked, "volunteers": answers.yes, "declined": answers.no},
    )


def with_unknown(
    quotas: Sequence[LotteryQuota], values: Mapping[str, Collection[str]], *, size: int
) -> tuple[LotteryQuota, ...]:
    """Quotas with one more for each feature that somebody in the pool did not tell: from nobody to everybody."""
    named = {(quota.feature, quota.value) for quota in quotas}
    more = [
        LotteryQuota(feature=feature, value=UNKNOWN, minimum=0, maximum=size)
        for feature in dict.fromkeys(quota.feature for quota in quotas)
        if UNKNOWN in values.get(feature, ()) and (feature, UNKNOWN) not in named
    ]
    return (*quotas, *more)


def warnings(quotas: Sequence[LotteryQuota], *, size: int, supply: Supply | None = None) -> tuple[Localised, ...]:
    """What staff should know about quotas, beside the people of each value once these are known."""
    return tuple(one.message for one in cautions(_bounds(quotas), size=size, supply=supply or None))


def draft(assembly: Assembly, people: Sequence[Candidate], seats: Sequence[Seat]) -> Draft:
    """What is asked of the lottery of the present round.

    Whoever holds a seat is on every panel; whoever gave one back, or left since the pool closed, is on none. Those are
    left out altogether: they have no ticket in this lottery.
    """
    standing = {seat.candidate_id: seat.state for seat in seats}
    features = tuple(dict.fromkeys(quota.feature for quota in assembly.quotas))
    inside = [one for one in people if one.answer == "yes" and standing.get(one.id) != "declined"]
    return Draft(
        people=tuple(
            Person(
                id=str(one.id),
                features={feature: one.features.get(feature, UNKNOWN) for feature in features},
                household=one.household,
            )
            for one in inside
        ),
        quotas=_bounds(assembly.quotas),
        size=assembly.terms.size,
        one_per_household=assembly.terms.one_per_household,
        confirmed=frozenset(str(one.id) for one in inside if one.id in standing),
    )


def features_of(
    profile: Profile, quotas: Sequence[LotteryQuota], *, on: date, origin: str | None = None
) -> dict[str, str]:
    """The values that a member has for the features with a quota; `UNKNOWN` where no quota is meant for them."""
    coded = {**coding.coded(profile, on=on), ORIGIN: origin}
    named = {(quota.feature, quota.value) for quota in quotas}
    return {
        feature: level if (level := coding.level(coded, feature) or UNKNOWN) and (feature, level) in named else UNKNOWN
        for feature in dict.fromkeys(quota.feature for quota in quotas)
    }


def shared_addresses(people: Sequence[NewCandidate]) -> int:
    """Addresses with more than one volunteer."""
    homes = Counter(one.household for one in people if one.household)
    return sum(1 for count in homes.values() if count > 1)


def _bounds(quotas: Sequence[LotteryQuota]) -> tuple[Quota, ...]:
    return tuple(
        Quota(feature=one.feature, value=one.value, minimum=one.minimum, maximum=one.maximum) for one in quotas
    )


async def _freeze(conn: Connection, assembly: Assembly, *, beside: Beside, on: date) -> None:
    asked = await store.asked(conn, assembly_id=assembly.id)
    origins: dict[UUID, Origin] = {}
    if ORIGIN in {quota.feature for quota in assembly.quotas}:
        origins = await profiles.origins(conn, member_ids=[one.member_id for one in asked if one.member_id])
    people: list[Frozen] = await beside(frozen, assembly, asked, origins, on)
    await store.freeze(conn, assembly_id=assembly.id, people=people)


def frozen(assembly: Assembly, asked: Sequence[Volunteer], origins: Mapping[UUID, Origin], on: date) -> list[Frozen]:
    """Features, address and estimated chance to say yes of everybody who said yes and is still a member. Of two links
    of one person, after two memberships became one, the one with a yes counts."""
    known: dict[UUID, tuple[Volunteer, dict[str, str]]] = {}
    for one in sorted(asked, key=lambda one: one.answer != "yes"):
        if one.member_id is not None and one.profile is not None and one.member_id not in known:
            origin = origins.get(one.member_id)
            known[one.member_id] = one, features_of(one.profile, assembly.quotas, on=on, origin=origin)
    rates = response.rates([(features, one.answer == "yes") for one, features in known.values()])
    return [
        Frozen(id=one.id, features=features, household=_household(one.household_key, assembly), responded=rate)
        for (one, features), rate in zip(known.values(), rates, strict=True)
        if one.answer == "yes"
    ]


def _household(key: str | None, assembly: Assembly) -> str:
    """A key of this assembly only, so that two assemblies cannot be laid side by side."""
    return hashlib.sha256(assembly.salt + key.encode()).hexdigest() if key else ""


def _listed(assembly: Assembly, rows: Sequence[VolunteerRow], new_id: Callable[[], UUID]) -> list[NewCandidate]:
    return [
        NewCandidate(
            id=new_id(),
            member_id=None,
            reference=row.reference,
            batch=number // BATCH,
            language="nl",
            token_hash=None,
            answer="yes",
            features=row.features,
            household=_household(row.household, assembly),
            invited=None,
        )
        for number, row in enumerate(rows)
    ]
