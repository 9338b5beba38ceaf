"""Who may be invited now: rules of rest decide about eligibility, never about weights.

A member who rests has no chance in this wave; everybody else in a cell has the same. That keeps each chance exact,
where weighting the tired down would make it depend on a history that the estimate never sees. What it costs is said:
the wave represents the members who are eligible, and `coverage` is their part of the members of a cell. Members who
rest now come back, and later waves of the same audit reach them (`waves.cumulative`)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from samenspraak.types.problem import Fault

from panels.inviting.models import refuse

Reason = Literal["invited_before", "month_full", "resting", "paused", "language", "excluded"]
"""`invited_before`: for this audit. `month_full`: as many invitations of late as a member may get. `resting`: too soon
after the last one. `paused`: asked for a pause, or has left. `language`: the audit is not held in a language of theirs.
`excluded`: outside the population of the audit, or kept out for another stated reason."""

REASONS: tuple[Reason, ...] = ("invited_before", "month_full", "resting", "paused", "language", "excluded")


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """How much may be asked of one member."""

    per_month: int = 2
    """Invitations within any `month_days` days."""
    month_days: int = 30
    rest_days: int = 7
    """Days between one invitation and the next; 0 for none."""
    languages: frozenset[str] | None = None
    """Languages the audit is held in; None when it is held in all."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A member of the panel, as far as eligibility looks."""

    member_id: UUID
    cell: str
    language: str = "nl"
    paused: bool = False
    excluded: bool = False
    invited: tuple[tuple[UUID, date], ...] = ()
    """(audit, day) of the invitations that still may count: those of the last `month_days` days, and any for this
    audit."""


class CellCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of the frame of a wave."""

    members: int
    eligible: int
    otherwise: int
    """Invited for this audit before, and eligible apart from that."""

    @property
    def coverage(self) -> float:
        """Part of the cell's members who have or had a chance in this audit as the frame stands now."""
        return (self.eligible + self.otherwise) / self.members if self.members else 0.0


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """The frame of a wave."""

    eligible: Mapping[str, tuple[UUID, ...]]
    """Members who may be drawn now, by cell, in order of id."""
    otherwise: frozenset[UUID]
    """Members who were invited for this audit and would be eligible had they not been: for them too this wave counts in
    the cumulative chance."""
    reasons: Mapping[Reason, int]
    """Members held back by each rule; a member with two reasons counts in both."""
    held_back: int
    """Members held back by any rule."""
    cells: Mapping[str, CellCoverage]


def judge(candidates: Sequence[Candidate], *, rules: Rules, audit_id: UUID, today: date) -> Judged:
    """Apply the rules to everybody.

    Invitations for this audit never count as tiring: whoever was invited for it is out because of that alone.

    Raises:
        PlanUnfit: rules below 0 or without any invitation allowed, a member given twice, an invitation in the future.
    """
    refuse(_faults(candidates, rules, today))
    eligible: dict[str, list[UUID]] = {one.cell: [] for one in candidates}
    members, otherwise, reasons, held_back = Counter[str](), dict[UUID, str](), Counter[Reason](), 0
    for one in candidates:
        members[one.cell] += 1
        found = reasons_of(one, rules=rules, audit_id=audit_id, today=today)
        reasons.update(found)
        held_back += bool(found)
        if not found:
            eligible[one.cell].append(one.member_id)
        elif found == ("invited_before",):
            otherwise[one.member_id] = one.cell
    before = Counter(otherwise.values())
    return Judged(
        eligible={cell: tuple(sorted(ids)) for cell, ids in sorted(eligible.items())},
        otherwise=frozenset(otherwise),
        reasons={reason: reasons[reason] for reason in REASONS},
        held_back=held_back,
        cells={
            cell: CellCoverage(members=members[cell], eligible=len(ids), otherwise=before[cell])
            for cell, ids in sorted(eligible.items())
        },
    )


def reasons_of(one: Candidate, *, rules: Rules, audit_id: UUID, today: date) -> tuple[Reason, ...]:
    """Everything that keeps a member from being invited today; empty for who is eligible."""
    others = [day for audit, day in one.invited if audit != audit_id]
    recent = sum(1 for day in others if day > today - timedelta(days=rules.month_days))
    found: dict[Reason, bool] = {
        "invited_before": any(audit == audit_id for audit, _ in one.invited),
        "month_full": recent >= rules.per_month,
        "resting": any(day > today - timedelta(days=rules.rest_days) for day in others),
        "paused": one.paused,
        "language": rules.languages is not None and one.language not in rules.languages,
        "excluded": one.excluded,
    }
    return tuple(reason for reason in REASONS if found[reason])


def _faults(candidates: Sequence[Candidate], rules: Rules, today: date) -> list[Fault]:
    faults = [
        Fault(pointer=f"/rules/{name}", code="out_of_range", detail=f"`{name}` is {value}; give {least} or more.")
        for name, value, least in (
            ("per_month", rules.per_month, 1),
            ("month_days", rules.month_days, 1),
            ("rest_days", rules.rest_days, 0),
        )
        if value < least
    ]
    twice = [member for member, times in Counter(one.member_id for one in candidates).items() if times > 1]
    faults += [
        Fault(pointer=f"/candidates/{member}", code="repeated", detail=f"Member {member} is there twice; give one row.")
        for member in twice
    ]
    faults += [
        Fault(
            pointer=f"/candidates/{one.member_id}/invited",
            code="in_the_future",
            detail=f"Member {one.member_id} has an invitation after {today}; check the day of the wave.",
        )
        for one in candidates
        if any(day > today for _, day in one.invited)
    ]
    return faults
