"""What the field looks like to the planner: counts of every cell, what response is expected, and how fast it comes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from samenspraak.types.audit import Plan

from panels.dispositions import PENDING
from panels.inviting import curve as curves
from panels.inviting.curve import Curve
from panels.inviting.models import CellState, Fieldwork, Pending
from panels.inviting.profile import Composition
from panels.inviting.response import Response
from panels.models import QuotaCell
from panels.store import Connection
from panels.store import waves as store
from panels.store.waves import PastProfile, Standing
from panels.waves import expectation, rules

PAST_AUDITS = 12
"""The latest audits of the same sample kind that are looked at."""
PAST_PEOPLE = 2000
"""Their completes from which the pace is learnt; more would not change the curve."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One audit in the field, as read in one transaction."""

    cells: tuple[QuotaCell, ...]
    standings: tuple[Standing, ...]
    past: tuple[PastProfile, ...]
    ages: tuple[float, ...] = ()
    """Days from invitation to completion in audits before; none where days were not real ones."""


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What the pure planner takes."""

    fieldwork: Fieldwork
    response: Response
    curve: Curve


async def read(conn: Connection, *, audit_id: UUID, plan: Plan) -> Field:
    return Field(
        cells=await store.cells(conn, audit_id=audit_id),
        standings=await store.standings(conn, audit_id=audit_id),
        past=await store.past(conn, audit_id=audit_id, kind=plan.sample_kind, audits=PAST_AUDITS),
        ages=await _ages(conn, audit_id=audit_id, plan=plan),
    )


async def _ages(conn: Connection, *, audit_id: UUID, plan: Plan) -> tuple[float, ...]:
    """Only real people answer in days that last alike in every audit."""
    if plan.sample_kind == "simulated":
        return ()
    seconds = await store.past_seconds(
        conn, audit_id=audit_id, kind=plan.sample_kind, audits=PAST_AUDITS, people=PAST_PEOPLE
    )
    return tuple(one / plan.schedule.day_seconds for one in seconds)


def of(
    field: Field,
    *,
    plan: Plan,
    available: Mapping[str, int],
    seed: int,
    now: datetime,
    people: Iterable[Composition] = (),
) -> Forecast:
    """Counts, expected response and its pace, for planning and for the monitor.

    Args:
        available: members who could be invited now, by cell; none where only a forecast is wanted.
        seed: of the scenarios of response, so that the same field gives the same forecast.
        people: who they are; without them the response is that of the people invited.
    """
    pace = curves.fitted(field.ages, prior=curves.assumed(plan.schedule.reminder_days))
    standings: defaultdict[str, list[Standing]] = defaultdict(list)
    for one in field.standings:
        standings[one.stratum].append(one)
    fieldwork = Fieldwork(
        cells=tuple(_state(cell, standings[cell.key], plan, pace, available, now) for cell in field.cells),
        days_left=rules.days_left(plan, now),
    )
    response = expectation.expected(
        fieldwork, field.standings, field.past, people, plan=plan, pace=pace, seed=seed, now=now
    )
    return Forecast(fieldwork=fieldwork, response=response, curve=pace)


def _state(
    cell: QuotaCell,
    standings: Sequence[Standing],
    plan: Plan,
    pace: Curve,
    available: Mapping[str, int],
    now: datetime,
) -> CellState:
    """One cell. In a closed one nobody begins any more, so at most those who have begun are still expected; of the
    others it is known only as far as time had told that they would not have come."""
    expected = _expected(cell)
    pending: defaultdict[float, int] = defaultdict(int)
    out = 0.0
    for one in standings:
        age = rules.plan_days(plan, one.invited_at, now)
        if one.disposition in expected:
            pending[age] += one.people
        elif one.disposition != "completed":
            out += expectation.known(one, pace, age)
    full = cell.closed and cell.decision is None
    return CellState(
        key=cell.key,
        need=cell.need,
        have=cell.have,
        out=round(out),
        pending=tuple(Pending(age=age, people=people) for age, people in sorted(pending.items())),
        # A cell that staff stopped may be proposed for reopening.
        available=0 if full else available.get(cell.key, 0),
        slack=rules.slack(plan, cell.need),
    )


def _expected(cell: QuotaCell) -> tuple[str, ...]:
    if not cell.closed:
        return PENDING
    return () if cell.closing == "refuse" else ("started",)
