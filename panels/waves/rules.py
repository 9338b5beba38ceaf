"""What a plan says about waves, and what follows from it: pure rules."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import UNSET
from samenspraak.types.audit import Plan, WavePlan

from panels.errors import PlanUnfit
from panels.inviting.allocation import REST, allocate, places
from panels.inviting.eligibility import Rules
from panels.models import WaveRecord

BEFORE_WAVES = WavePlan(most_invitations=31, rest_days=0, most_waves=1)
"""How plans without waves were meant: one draw, no limits."""

MONTH_DAYS = 30

SLACK = 0.1
"""Part of its need that a cell may lack where cells are only watched: weighting mends that, more invitations cost."""


def of(plan: Plan) -> WavePlan:
    return BEFORE_WAVES if plan.waves is UNSET else plan.waves


def adaptive(plan: Plan) -> bool:
    """Whether the plan itself decides on later waves."""
    waves = of(plan)
    return waves.adaptive == "plan" and waves.most_waves > 1


def eligibility(plan: Plan) -> Rules:
    """How often a member may be asked."""
    waves = of(plan)
    return Rules(per_month=waves.most_invitations, month_days=MONTH_DAYS, rest_days=waves.rest_days)


def needs(target: int, shares: Mapping[str, float], members: Mapping[str, int]) -> dict[str, int]:
    """Completes that each cell needs, of `target`; every cell with members needs one, unless there are more cells."""
    try:
        return places(target, shares, members)
    except PlanUnfit:
        found = allocate(target, shares)
        return {**found, REST: 0} if members.get(REST) else found


def due_at(plan: Plan, drawn: Sequence[WaveRecord]) -> datetime | None:
    """Before this moment the next wave may not go; None where the plan has no further wave, or none was drawn yet."""
    waves = of(plan)
    if not drawn or len(drawn) >= waves.most_waves:
        return None
    return drawn[-1].drawn_at + timedelta(seconds=waves.wave_days * plan.schedule.day_seconds)


def obstacles(plan: Plan, drawn: Sequence[WaveRecord], *, now: datetime) -> tuple[str, ...]:
    """Why no further wave may be drawn now, in words; empty where one may."""
    if isinstance(plan.intake, str):
        return ("The people of this audit do not come from the panel, so there are no waves to draw.",)
    most, due = of(plan).most_waves, due_at(plan, drawn)
    if not drawn:
        return ("The first wave opens the fieldwork; this audit has none yet.",)
    if len(drawn) >= most:
        return (f"The plan has {most} wave{'s' if most > 1 else ''} at most, and {len(drawn)} went out.",)
    if due is not None and now < due:
        return (f"The plan lets the next wave go from {due:%Y-%m-%dT%H:%M:%SZ} on.",)
    return ()


def plan_days(plan: Plan, earlier: datetime, later: datetime) -> float:
    """Plan days from one moment to another, 0 where they are the wrong way round."""
    return max(0.0, (later - earlier).total_seconds() / plan.schedule.day_seconds)


def days_left(plan: Plan, now: datetime) -> float | None:
    """Plan days until the closing date; None where the audit stays open until it has its completes."""
    return None if plan.closing.at is None else plan_days(plan, now, plan.closing.at)


def slack(plan: Plan, need: int) -> int:
    """How many a cell may lack and still count as filled."""
    return int(SLACK * need) if of(plan).full_cells == "watch" else 0
