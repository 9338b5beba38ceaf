"""The beginning of an assembly, what may change before its lottery is public, and its two ends."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import msgspec
from samenspraak.types.assembly import AssemblyRequest, QuotaRequest, RandomnessRequest
from samenspraak.types.lottery import LotteryQuota

from panels.assemblies import pool, terms
from panels.assemblies.models import Assembly, Step
from panels.assemblies.states import target
from panels.assemblies.steps import lock, margins, move
from panels.errors import AssemblyInvalid, AssemblyStepRefused
from panels.store import Connection, volunteers
from panels.store import assemblies as store


async def create(
    conn: Connection,
    *,
    request: AssemblyRequest,
    now: datetime,
    new_id: Callable[[], UUID],
    entropy: Callable[[int], bytes],
) -> Step:
    """A new assembly as a draft, with the commitment to the seed of its lottery.

    Raises:
        AssemblyInvalid: with every fault of the request.
    """
    known = await margins(conn, request.margins_id)
    quotas, faults = terms.check(request, margins=known, now=now)
    if faults:
        raise AssemblyInvalid(faults=faults)
    assembly = Assembly(
        id=new_id(),
        state="draft",
        sample_kind=request.sample_kind,
        terms=terms.settle(request),
        quotas=quotas,
        randomness=terms.as_randomness(request.randomness),
        seed=entropy(16).hex(),
        salt=entropy(32),
        warnings=pool.warnings(quotas, size=request.size),
        created_at=now,
        changed_at=now,
    )
    await store.insert(conn, assembly=assembly)
    detail: dict[str, str | int | float | bool | None] = {
        "size": request.size,
        "sample_kind": request.sample_kind,
        "seed_commitment": assembly.seed_commitment,
    }
    for name in ("accept_recalled_margins", "accept_outdated_margins"):
        if said := getattr(request, name).strip():
            detail[name] = said
    return Step(assembly=assembly, event="create", detail=detail)


async def change_quotas(
    conn: Connection,
    *,
    assembly_id: UUID,
    quotas: tuple[QuotaRequest, ...],
    why: str,
    now: datetime,
) -> Step:
    """Replace all quotas; what was calculated with the old ones is forgotten.

    Raises:
        AssemblyUnknown, AssemblyStepRefused, LotteryPublished
        AssemblyInvalid: with every fault of the quotas, also features that were not asked of the people in the pool.
    """
    assembly = await lock(conn, assembly_id=assembly_id)
    target(assembly.state, "change_quotas", "staff")
    known = await margins(conn, assembly.terms.margins_id)
    faults = terms.check_quotas(quotas, size=assembly.terms.size, pool=assembly.terms.pool, margins=known)
    values = await volunteers.count_values(conn, assembly_id=assembly.id)
    faults += terms.check_against_pool(quotas, values)
    if faults:
        raise AssemblyInvalid(faults=tuple(faults))
    wanted = pool.with_unknown(terms.as_quotas(quotas), values, size=assembly.terms.size)
    return await _replace_quotas(conn, assembly, wanted, why=why, now=now)


async def relax(conn: Connection, *, assembly_id: UUID, why: str, now: datetime) -> Step:
    """Adopt the cheapest change of quotas that the calculation found.

    Raises:
        AssemblyUnknown, AssemblyStepRefused, LotteryPublished: also when nothing was proposed.
    """
    assembly = await lock(conn, assembly_id=assembly_id)
    target(assembly.state, "change_quotas", "staff")
    proposed = assembly.impossibility.relaxation if assembly.impossibility is not None else ()
    if not proposed:
        message = "There is no change of the quotas to adopt: change them yourself, or find more volunteers."
        raise AssemblyStepRefused(message, details={"state": assembly.state, "event": "change_quotas"})
    changed = {(one.feature, one.value): one for one in proposed}
    quotas = tuple(
        msgspec.structs.replace(quota, minimum=to.new_minimum, maximum=to.new_maximum)
        if (to := changed.get((quota.feature, quota.value))) is not None
        else quota
        for quota in assembly.quotas
    )
    return await _replace_quotas(conn, assembly, quotas, why=why, now=now)


async def _replace_quotas(
    conn: Connection, assembly: Assembly, quotas: tuple[LotteryQuota, ...], *, why: str, now: datetime
) -> Step:
    supply = await volunteers.count_values(conn, assembly_id=assembly.id)
    before = {(quota.feature, quota.value): quota for quota in assembly.quotas}
    changed = [
        f"{quota.feature} {quota.value}: {quota.minimum}-{quota.maximum}"
        for quota in quotas
        if before.get((quota.feature, quota.value)) != quota
    ]
    return await move(
        conn,
        assembly,
        "change_quotas",
        now=now,
        quotas=quotas,
        fairness=None,
        impossibility=None,
        warnings=pool.warnings(quotas, size=assembly.terms.size, supply=supply),
        detail={"why": why, "changed": "; ".join(changed)},
    )


async def name_randomness(conn: Connection, *, assembly_id: UUID, randomness: RandomnessRequest, now: datetime) -> Step:
    """Name another public number, before anything is published.

    Raises:
        AssemblyUnknown, AssemblyStepRefused, LotteryPublished
        AssemblyInvalid: a number that is known already, or an address that is not https.
    """
    assembly = await lock(conn, assembly_id=assembly_id)
    target(assembly.state, "name_randomness", "staff")
    faults = terms.check_randomness(randomness, now=now)
    if faults:
        raise AssemblyInvalid(faults=tuple(faults))
    return await move(
        conn,
        assembly,
        "name_randomness",
        now=now,
        randomness=terms.as_randomness(randomness),
        detail={"source": randomness.source, "known_from": randomness.known_from.isoformat()},
    )


async def cancel(conn: Connection, *, assembly_id: UUID, reason: str, now: datetime) -> Step:
    """End an assembly before its drawing, with a public reason.

    Raises:
        AssemblyUnknown
        AssemblyStepRefused: it was drawn; also when a replacement is under way, since people hold seats by then.
    """
    assembly = await lock(conn, assembly_id=assembly_id)
    if assembly.drawn_at is not None and assembly.state not in ("ended", "cancelled"):
        message = "People were drawn already: an assembly can be cancelled before its drawing only."
        raise AssemblyStepRefused(message, details={"state": assembly.state, "event": "cancel"})
    return await move(conn, assembly, "cancel", now=now, reason=reason, ended_at=now, detail={"reason": reason})


async def end(conn: Connection, *, assembly_id: UUID, now: datetime) -> Step:
    """seated -> ended: from here on runs the time after which it is forgotten who sat in it."""
    assembly = await lock(conn, assembly_id=assembly_id)
    return await move(conn, assembly, "end", now=now, ended_at=now)
