"""Draws, wave by wave: whom, with which chance, out of which frame. Pure; takes seconds for 100,000 members."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from samenspraak.types.audit import Plan
from samenspraak.types.margins import MarginSet
from samenspraak.types.problem import Fault

from panels.errors import PanelTooSmall, WaveInvalid
from panels.inviting import balanced, sampling, stratified
from panels.inviting import waves as planning
from panels.inviting.allocation import stratum_shares
from panels.models import FrameMember, QuotaCell, Selected, StratumReport
from panels.waves import forecast, frame, rules
from panels.waves.forecast import Field
from panels.waves.frame import Frame, Material


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """One wave as drawn."""

    selected: tuple[Selected, ...]
    people: dict[UUID, FrameMember]
    """Those selected, as the frame knows them."""
    strata: tuple[StratumReport, ...]
    size: int
    frame_size: int
    frame_hash: str
    excluded: dict[str, int]
    otherwise: dict[UUID, float]
    """Members invited in earlier waves -> chance that they would have had in this one."""
    needs: dict[str, int] = {}
    """Completes wanted per cell at the end; of the first wave only."""

    @property
    def invited(self) -> dict[str, int]:
        return {stratum.key: stratum.drawn for stratum in self.strata if stratum.drawn}


def first(
    material: Material, field: Field, *, audit_id: UUID, plan: Plan, margins: MarginSet, seed: int, now: datetime
) -> Drawing:
    """The wave that opens the fieldwork.

    Where the plan decides on later waves, response is taken as unknown, and only as many are invited as will be needed
    anyhow. Where staff decide, the first wave must do without them: it is sized so that the target is reached with the
    assurance of the plan if the participation it expects comes true.

    Args:
        field: of an audit without invitations; only its past counts.
        seed: the committed one, 0 <= seed < 2**256.

    Raises:
        PlanUnfit: the margins lack a stratum dimension, or there are more strata than people to draw.
        PanelTooSmall: with what is missing per stratum.
    """
    found = frame.eligible(material, audit_id=audit_id, plan=plan, margins=margins, today=now.date())
    shares = stratum_shares(margins, plan.draw.strata)
    needs = rules.needs(plan.target_completes, shares, {key: len(ids) for key, ids in found.cells.items()})
    if rules.adaptive(plan):
        sizes = _planned(found, needs, field, plan=plan, seed=seed, now=now)
    else:
        sizes = _expected(found, plan=plan, margins=margins, seed=seed)
    drawn = _draw(found, {key: size.drawn for key, size in sizes.items()}, plan=plan, seed=seed, number=1)
    strata = tuple(
        msgspec.structs.replace(
            one,
            population_share=shares.get(one.key),
            wanted=sizes[one.key].wanted if one.key in sizes else 0,
            shortfall=max(0, sizes[one.key].wanted - one.frame) if one.key in sizes else 0,
        )
        for one in drawn.strata
    )
    return msgspec.structs.replace(drawn, needs=needs, strata=strata)


def further(
    material: Material,
    cells: Iterable[QuotaCell],
    invite: Mapping[str, int],
    *,
    number: int,
    audit_id: UUID,
    plan: Plan,
    margins: MarginSet,
    seed: int,
    now: datetime,
) -> Drawing:
    """A later wave of these sizes.

    Raises:
        WaveInvalid: cells that are unknown or closed, more people than there are, nobody at all; all at once.
    """
    found = frame.eligible(material, audit_id=audit_id, plan=plan, margins=margins, today=now.date())
    faults = _faults(invite, {cell.key: cell for cell in cells}, found.available)
    if faults:
        raise WaveInvalid(faults=faults)
    return _draw(found, {key: people for key, people in invite.items() if people}, plan=plan, seed=seed, number=number)


class _Size(NamedTuple):
    """People of one cell: wanted, and drawn as far as there are any."""

    wanted: int
    drawn: int


def _expected(found: Frame, *, plan: Plan, margins: MarginSet, seed: int) -> dict[str, _Size]:
    try:
        draw = sampling.draw(found.people, margins=margins, plan=plan.draw, target=plan.target_completes, seed=seed)
    except PanelTooSmall as small:
        raise PanelTooSmall(details={**small.details, "not_drawn": found.excluded}) from None
    return {stratum.key: _Size(stratum.wanted, stratum.drawn) for stratum in draw.strata}


def _planned(
    found: Frame, needs: Mapping[str, int], field: Field, *, plan: Plan, seed: int, now: datetime
) -> dict[str, _Size]:
    empty = tuple(
        QuotaCell(key=key, need=need, have=0, pending=0, closing="watch", decision=None, closed=False)
        for key, need in needs.items()
    )
    asked = forecast.of(
        msgspec.structs.replace(field, cells=empty, standings=()),
        plan=plan,
        available=found.available,
        seed=seed,
        now=now,
        people=found.composition,
    )
    proposed = planning.plan(
        asked.fieldwork,
        asked.response,
        wave=1,
        waves=rules.of(plan).most_waves,
        curve=asked.curve,
        assurance=plan.draw.assurance,
        reminder_days=plan.schedule.reminder_days,
    )
    hoped = sum(cell.available * rate for cell, rate in zip(asked.fieldwork.cells, asked.response.rate, strict=True))
    if hoped < plan.target_completes or not proposed.invited:
        raise PanelTooSmall(
            details={
                "needed": round(len(found.people) * plan.target_completes / hoped) if hoped else plan.target_completes,
                "available": len(found.people),
                "recruits": {cell.key: cell.lacking for cell in proposed.cells if cell.lacking},
                "not_drawn": found.excluded,
            }
        )
    # Nobody is left without a chance: a cell with members gets at least one invitation.
    return {
        cell.key: _Size(cell.invite + cell.lacking, max(1, cell.invite) if found.available.get(cell.key) else 0)
        for cell in proposed.cells
    }


def _draw(found: Frame, sizes: Mapping[str, int], *, plan: Plan, seed: int, number: int) -> Drawing:
    waves = rules.of(plan)
    if waves.method == "balanced":
        coded = {one.member_id: one.coded for one in found.people}
        selected = balanced.draw(
            found.cells, sizes, coded=coded, dimensions=waves.balance, seed=seed, wave=number
        ).selected
    else:
        selected = stratified.draw(found.cells, sizes, seed=seed, wave=number)
    chosen = {one.member_id for one in selected}
    strata = tuple(_report(key, found, sizes.get(key, 0)) for key in sorted({*found.cells, *sizes}))
    chances = {stratum.key: stratum.probability for stratum in strata}
    return Drawing(
        selected=selected,
        people={one.member_id: one for one in found.people if one.member_id in chosen},
        strata=strata,
        size=len(selected),
        frame_size=len(found.people),
        frame_hash=sampling.frame_hash(found.people),
        excluded=found.excluded,
        otherwise={member_id: chances[cell] for member_id, cell in found.otherwise.items() if chances.get(cell)},
    )


def _report(key: str, found: Frame, drawn: int) -> StratumReport:
    frame_size = len(found.cells.get(key, ()))
    covered = found.coverage.get(key)
    return StratumReport(
        key=key,
        population_share=None,
        frame=frame_size,
        wanted=drawn,
        drawn=drawn,
        probability=drawn / frame_size if frame_size else 0.0,
        reached=covered.eligible + covered.otherwise if covered else 0,
    )


def _faults(
    invite: Mapping[str, int], cells: Mapping[str, QuotaCell], available: Mapping[str, int]
) -> tuple[Fault, ...]:
    faults = []
    for key, people in invite.items():
        at, name = f"/invite/{key}", key[:80]
        if key not in cells:
            faults.append(Fault(pointer=at, code="unknown", detail=f"`{name}` is no cell of this audit."))
        elif people and cells[key].closed:
            faults.append(Fault(pointer=at, code="closed", detail=f"`{name}` is closed; reopen it before inviting."))
        elif people > available.get(key, 0):
            detail = f"`{name}` has {available.get(key, 0)} members who can be invited now, not {people}."
            faults.append(Fault(pointer=at, code="out_of_range", detail=detail))
    if not any(people > 0 for people in invite.values()):
        faults.append(Fault(pointer="/invite", code="empty", detail="Invite at least one person."))
    return tuple(faults)
