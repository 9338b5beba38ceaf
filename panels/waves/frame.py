"""Who may be drawn for an audit now, in which cell, and why others may not."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
from samenspraak.types.audit import Plan
from samenspraak.types.margins import MarginSet

from panels import coding
from panels.inviting import eligibility
from panels.inviting.allocation import stratum_shares
from panels.inviting.eligibility import Candidate, CellCoverage, Judged
from panels.inviting.profile import Composition
from panels.inviting.sampling import stratum_of
from panels.margins import areas
from panels.models import FrameMember, Profile, WaveRecord
from panels.store import Connection, members
from panels.store import waves as store
from panels.waves import expectation, rules

Invitations = Mapping[UUID, tuple[tuple[UUID, date], ...]]
"""By member: audit and day of every invitation that may count."""


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """What a frame is made of, as read in one transaction."""

    profiles: tuple[tuple[UUID, Profile, str], ...]
    invitations: Invitations
    undrawable: dict[str, int]
    """Members of the kind who can be drawn for nothing at present, by reason."""


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """Members who may be drawn now."""

    people: tuple[FrameMember, ...]
    """In order of id."""
    cells: Mapping[str, tuple[UUID, ...]]
    """Their ids by cell, `rest` among them."""
    coverage: Mapping[str, CellCoverage]
    otherwise: dict[UUID, str]
    """Invited in an earlier wave, and eligible apart from that -> cell: this wave could have drawn them as well."""
    excluded: dict[str, int]
    """Members who may not be drawn, by reason; one with two reasons counts in both."""

    @property
    def available(self) -> dict[str, int]:
        return {key: len(ids) for key, ids in self.cells.items() if ids}

    @property
    def composition(self) -> tuple[Composition, ...]:
        """Who they are, those alike taken together."""
        own = {member_id: cell for cell, ids in self.cells.items() for member_id in ids}
        return expectation.composed((own[one.member_id], one.coded) for one in self.people)


async def read(
    conn: Connection, *, audit_id: UUID, plan: Plan, today: date, drawn: Sequence[WaveRecord] = ()
) -> Material:
    """Everybody of the sample kind, and invitations as far back as the rules look, also from earlier waves."""
    earliest = min((wave.drawn_at.date() for wave in drawn), default=today)
    since = earliest - timedelta(days=max(rules.MONTH_DAYS, rules.of(plan).rest_days))
    return Material(
        profiles=tuple(await members.frame(conn, kind=plan.sample_kind)),
        invitations=await store.invited(conn, audit_id=audit_id, since=since),
        undrawable=await store.undrawable(conn, kind=plan.sample_kind),
    )


def eligible(material: Material, *, audit_id: UUID, plan: Plan, margins: MarginSet, today: date) -> Frame:
    """Apply population, rules of rest and earlier waves. Takes seconds for 100,000 members."""
    shares = stratum_shares(margins, plan.draw.strata)
    everybody = [
        FrameMember(member_id=member_id, coded=coding.coded(profile, on=today), language=language)
        for member_id, profile, language in material.profiles
    ]
    cells = {one.member_id: stratum_of(one.coded, plan.draw.strata, shares) for one in everybody}
    outside = {one.member_id for one in everybody if not areas.inside(margins, one.coded)}
    candidates = [
        Candidate(
            member_id=one.member_id,
            cell=cells[one.member_id],
            language=one.language,
            excluded=one.member_id in outside,
            invited=until(material.invitations.get(one.member_id, ()), today),
        )
        for one in everybody
    ]
    judged = eligibility.judge(candidates, rules=rules.eligibility(plan), audit_id=audit_id, today=today)
    allowed = {member_id for ids in judged.eligible.values() for member_id in ids}
    return Frame(
        people=tuple(one for one in everybody if one.member_id in allowed),
        cells=judged.eligible,
        coverage=judged.cells,
        otherwise={member_id: cells[member_id] for member_id in judged.otherwise},
        excluded=_excluded(material, judged),
    )


def earlier_chances(
    material: Material,
    drawn: Sequence[WaveRecord],
    people: Iterable[tuple[UUID, str, datetime]],
    *,
    audit_id: UUID,
    plan: Plan,
) -> dict[UUID, list[float]]:
    """Chance of each person (member, cell, joined) in every earlier wave, none of which drew them.

    0 in a wave before they joined, and in one in which they rested.
    """
    limits = rules.eligibility(plan)
    chances = [{stratum.key: stratum.probability for stratum in wave.strata} for wave in drawn]
    found: dict[UUID, list[float]] = {}
    for member_id, cell, joined in people:
        own = material.invitations.get(member_id, ())
        found[member_id] = [
            chance.get(cell, 0.0)
            if joined <= wave.drawn_at and _rested(member_id, cell, own, wave, limits, audit_id)
            else 0.0
            for wave, chance in zip(drawn, chances, strict=True)
        ]
    return found


def until(invited: Iterable[tuple[UUID, date]], day: date) -> tuple[tuple[UUID, date], ...]:
    """Invitations up to a day, that day included."""
    return tuple((audit, on) for audit, on in invited if on <= day)


def _rested(
    member_id: UUID,
    cell: str,
    invited: Iterable[tuple[UUID, date]],
    wave: WaveRecord,
    limits: eligibility.Rules,
    audit_id: UUID,
) -> bool:
    day = wave.drawn_at.date()
    then = Candidate(member_id=member_id, cell=cell, invited=until(invited, day))
    return not eligibility.reasons_of(then, rules=limits, audit_id=audit_id, today=day)


def _excluded(material: Material, judged: Judged) -> dict[str, int]:
    reasons: Counter[str] = Counter(material.undrawable)
    reasons.update(judged.reasons)
    return {reason: people for reason, people in sorted(reasons.items()) if people}
