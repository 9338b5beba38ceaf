"""How the cells of an audit stand and how they are expected to end, and what the next wave would be."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from samenspraak.types.audit import Plan
from samenspraak.types.fieldwork import (
    CellMonitor,
    FieldworkMonitor,
    ProposedCell,
    RepresentativityPoint,
    WaveProposal,
)
from samenspraak.types.margins import MarginSet

from panels.errors import WaveRefused
from panels.inviting import monitor as monitors
from panels.inviting import recruits, waves
from panels.inviting.monitor import Monitor
from panels.inviting.recruits import Recruits
from panels.inviting.waves import WavePlan
from panels.models import Observation, QuotaCell, WaveRecord
from panels.store import Connection
from panels.store import waves as store
from panels.waves import forecast, frame, rules
from panels.waves.cells import standing
from panels.waves.computing import Compute, in_place
from panels.waves.forecast import Field
from panels.waves.frame import Frame, Material

DIGITS = 4


async def monitor(
    conn: Connection, *, audit_id: UUID, plan: Plan, seed: int, now: datetime, compute: Compute = in_place
) -> FieldworkMonitor:
    """Every cell with its forecast if nobody else is invited, and how even participation was day by day.

    Args:
        seed: of the scenarios of response; the same field and seed give the same forecast.

    Raises:
        WaveRefused: the audit has no cells; it was opened before they were counted.
    """
    field = await forecast.read(conn, audit_id=audit_id, plan=plan)
    _counted(field.cells)
    drawn = await store.waves(conn, audit_id=audit_id)
    points = await store.observations(conn, audit_id=audit_id)
    found = await compute(partial(_forecast, field, plan=plan, seed=seed, now=now))
    by_key = {cell.key: cell for cell in field.cells}
    return FieldworkMonitor(
        audit_id=str(audit_id),
        at=now,
        waves=len(drawn),
        most_waves=rules.of(plan).most_waves,
        cells=tuple(
            CellMonitor(
                key=cell.key,
                standing=standing(by_key[cell.key]),
                need=cell.need,
                have=cell.have,
                pending=by_key[cell.key].pending,
                expected=round(cell.expected, DIGITS),
                lower=cell.lower,
                upper=cell.upper,
                miss=round(cell.miss, DIGITS),
            )
            for cell in found.cells
        ),
        expected=round(found.expected, DIGITS),
        lower=found.lower,
        upper=found.upper,
        level=found.level,
        filled=round(found.filled, DIGITS),
        not_drawn=drawn[-1].excluded if drawn else {},
        representativity=tuple(_point(one) for one in points),
    )


async def propose(
    conn: Connection,
    *,
    audit_id: UUID,
    plan: Plan,
    margins: MarginSet,
    seed: int,
    now: datetime,
    compute: Compute = in_place,
) -> WaveProposal:
    """What the next wave would be, from who has answered so far and who could be invited now.

    Raises:
        WaveRefused: the audit has no cells; it was opened before they were counted.
    """
    drawn = await store.waves(conn, audit_id=audit_id)
    field = await forecast.read(conn, audit_id=audit_id, plan=plan)
    _counted(field.cells)
    material = await frame.read(conn, audit_id=audit_id, plan=plan, today=now.date(), drawn=drawn)
    found, planned, lacking = await compute(
        partial(
            _planned,
            material,
            field,
            number=len(drawn) + 1,
            audit_id=audit_id,
            plan=plan,
            margins=margins,
            seed=seed,
            now=now,
        )
    )
    return _proposal(audit_id, plan, drawn, field.cells, found, planned, lacking, now)


async def automatic(
    conn: Connection,
    *,
    audit_id: UUID,
    plan: Plan,
    margins: MarginSet,
    seed: int,
    now: datetime,
    compute: Compute = in_place,
) -> tuple[int, dict[str, int]] | None:
    """Number and sizes of the wave that the plan itself sends now; None where it sends none.

    Cells that staff have stopped stay so, whatever is wanted of them.
    """
    if not rules.adaptive(plan) or rules.obstacles(plan, await store.waves(conn, audit_id=audit_id), now=now):
        return None
    proposal = await propose(conn, audit_id=audit_id, plan=plan, margins=margins, seed=seed, now=now, compute=compute)
    closed = {cell.key for cell in await store.cells(conn, audit_id=audit_id) if cell.closed}
    invite = {cell.key: cell.invite for cell in proposal.cells if cell.invite and cell.key not in closed}
    return (proposal.number, invite) if proposal.possible and invite else None


def _forecast(field: Field, *, plan: Plan, seed: int, now: datetime) -> Monitor:
    found = forecast.of(field, plan=plan, available={}, seed=seed, now=now)
    return monitors.forecast(found.fieldwork, found.response, curve=found.curve, level=plan.weighting.level)


def _planned(
    material: Material,
    field: Field,
    *,
    number: int,
    audit_id: UUID,
    plan: Plan,
    margins: MarginSet,
    seed: int,
    now: datetime,
) -> tuple[Frame, WavePlan, Recruits]:
    found = frame.eligible(material, audit_id=audit_id, plan=plan, margins=margins, today=now.date())
    asked = forecast.of(field, plan=plan, available=found.available, seed=seed, now=now, people=found.composition)
    proposed = waves.plan(
        asked.fieldwork,
        asked.response,
        wave=number,
        waves=rules.of(plan).most_waves,
        curve=asked.curve,
        assurance=plan.draw.assurance,
        reminder_days=plan.schedule.reminder_days,
        stopped=frozenset(cell.key for cell in field.cells if cell.decision == "stopped"),
    )
    lacking = recruits.needed(asked.fieldwork, asked.response, curve=asked.curve, assurance=plan.draw.assurance)
    return found, proposed, lacking


def _proposal(
    audit_id: UUID,
    plan: Plan,
    drawn: Sequence[WaveRecord],
    cells: Sequence[QuotaCell],
    found: Frame,
    planned: WavePlan,
    lacking: Recruits,
    now: datetime,
) -> WaveProposal:
    reasons = rules.obstacles(plan, drawn, now=now)
    if not reasons and not planned.invited:
        reasons = ("No cell wants anybody new now.",)
    need = {cell.key: cell.need for cell in cells}
    return WaveProposal(
        audit_id=str(audit_id),
        at=now,
        number=planned.wave,
        decides=rules.of(plan).adaptive,
        possible=not reasons,
        reasons=reasons,
        due_at=rules.due_at(plan, drawn),
        invite=planned.invited,
        chance_before=round(planned.chance_before, DIGITS),
        chance=round(planned.chance, DIGITS),
        cells=tuple(
            ProposedCell(
                key=cell.key,
                action=cell.action,
                invite=cell.invite,
                available=found.available.get(cell.key, 0),
                need=need[cell.key],
                expected=round(cell.expected, DIGITS),
                expected_after=round(cell.expected_after, DIGITS),
                lacking=cell.lacking,
            )
            for cell in planned.cells
        ),
        not_drawn=found.excluded,
        recruits=dict(lacking.cells),
    )


def _counted(cells: Sequence[QuotaCell]) -> None:
    if not cells:
        raise WaveRefused("This audit was opened before cells were counted; it has one wave and no forecast.")


def _point(one: Observation) -> RepresentativityPoint:
    return RepresentativityPoint(
        day=one.day,
        at=one.at,
        wave=one.wave,
        invited=one.invited,
        completed=one.completed,
        value=one.r,
        lower=one.lower,
        upper=one.upper,
    )
