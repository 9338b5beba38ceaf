"""Invitations: the draw that opens fieldwork and the waves that follow become invitations with their chances."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from uuid import UUID

from samenspraak.types.audit import Plan
from samenspraak.types.margins import MarginSet

from panels import codes, links
from panels.errors import FieldworkOpened, WaveRefused
from panels.inviting.waves import cumulative
from panels.models import DecidedBy, Opened, WaveRecord
from panels.store import Connection
from panels.store import invitations as store
from panels.store import waves as wave_store
from panels.waves import drawing, forecast, frame, rules
from panels.waves.computing import Compute, in_place
from panels.waves.drawing import Drawing

BATCH_SIZE = 100
"""Invitations of one mail job."""


async def open_fieldwork(
    conn: Connection,
    *,
    audit_id: UUID,
    plan: Plan,
    margins: MarginSet,
    seed: int,
    link_key: bytes,
    now: datetime,
    new_id: Callable[[], UUID],
    entropy: Callable[[int], bytes] = secrets.token_bytes,
    compute: Compute = in_place,
) -> Opened:
    """Draw the first wave among the members who may be drawn, and invite them; once per audit.

    Rows are written in the order of the random respondent ids, so that neither their place nor their ids tell which
    member an answer belongs to once the link is cut.

    Args:
        seed: the one whose commitment was published.
        entropy: source of the respondent ids; not the seed, which becomes public.
        compute: runs the draw, which takes seconds for 100,000 members.

    Raises:
        FieldworkOpened: the audit was drawn before.
        PlanUnfit: the margins lack a stratum dimension.
        PanelTooSmall: with what is missing per stratum.
    """
    await wave_store.take_turn(conn, kind=plan.sample_kind, now=now)
    if await wave_store.waves(conn, audit_id=audit_id):
        raise FieldworkOpened(details={"audit_id": str(audit_id)})
    drawn = await compute(
        partial(
            drawing.first,
            await frame.read(conn, audit_id=audit_id, plan=plan, today=now.date()),
            await forecast.read(conn, audit_id=audit_id, plan=plan),
            audit_id=audit_id,
            plan=plan,
            margins=margins,
            seed=seed,
            now=now,
        )
    )
    first = await store.insert_draw(
        conn,
        draw=store.NewDraw(
            audit_id=audit_id,
            margins_id=margins.id,
            sample_kind=plan.sample_kind,
            seed=f"{seed:x}",
            size=drawn.size,
            frame_size=drawn.frame_size,
            frame_hash=drawn.frame_hash,
            strata=drawn.strata,
            drawn_at=now,
        ),
    )
    if not first:
        raise FieldworkOpened(details={"audit_id": str(audit_id)})
    closing = rules.of(plan).full_cells
    await wave_store.insert_cells(conn, audit_id=audit_id, needs=drawn.needs, closing=closing)
    invitations = _invitations(drawn, {}, number=1, first_batch=0, link_key=link_key, new_id=new_id, entropy=entropy)
    return await _write(
        conn, audit_id, plan, drawn, invitations, number=1, first_batch=0, decided_by="opening", now=now
    )


async def next_wave(
    conn: Connection,
    *,
    audit_id: UUID,
    plan: Plan,
    margins: MarginSet,
    seed: int,
    number: int,
    invite: Mapping[str, int],
    decided_by: DecidedBy,
    link_key: bytes,
    now: datetime,
    new_id: Callable[[], UUID],
    entropy: Callable[[int], bytes] = secrets.token_bytes,
    compute: Compute = in_place,
) -> Opened:
    """Draw a further wave of these sizes and invite its people; each number once.

    Everybody's chance to be invited grows with it: those of earlier waves could have been drawn now, and those drawn
    now could have been drawn before, as far as they were members then and did not rest.

    Raises:
        WaveRefused: not the next number, or the plan has no further wave, or not yet, or it decides itself.
        WaveInvalid: cells that are unknown or closed, or more people than there are; every fault is named.
    """
    await wave_store.take_turn(conn, kind=plan.sample_kind, now=now)
    before = await wave_store.waves(conn, audit_id=audit_id)
    refuse_wave(plan, before, number=number, decided_by=decided_by, now=now)
    material = await frame.read(conn, audit_id=audit_id, plan=plan, today=now.date(), drawn=before)
    drawn = await compute(
        partial(
            drawing.further,
            material,
            await wave_store.cells(conn, audit_id=audit_id),
            invite,
            number=number,
            audit_id=audit_id,
            plan=plan,
            margins=margins,
            seed=seed,
            now=now,
        )
    )
    joined = await wave_store.joined(conn, member_ids=[one.member_id for one in drawn.selected])
    chances = frame.earlier_chances(
        material,
        before,
        ((one.member_id, one.stratum, joined[one.member_id]) for one in drawn.selected),
        audit_id=audit_id,
        plan=plan,
    )
    first_batch = before[-1].first_batch + before[-1].batches
    invitations = _invitations(
        drawn, chances, number=number, first_batch=first_batch, link_key=link_key, new_id=new_id, entropy=entropy
    )
    await wave_store.raise_probability(conn, audit_id=audit_id, chances=drawn.otherwise)
    return await _write(
        conn, audit_id, plan, drawn, invitations, number=number, first_batch=first_batch, decided_by=decided_by, now=now
    )


def refuse_wave(
    plan: Plan, drawn: tuple[WaveRecord, ...], *, number: int, decided_by: DecidedBy, now: datetime
) -> None:
    """Refuse a wave that the plan does not have now.

    Raises:
        WaveRefused: with the reason in words.
    """
    reasons = rules.obstacles(plan, drawn, now=now)
    if decided_by == "staff" and rules.adaptive(plan):
        reasons = ("The plan of this audit decides on its waves; they go by themselves when they are due.",)
    if not reasons and number != len(drawn) + 1:
        reasons = (f"The next wave is number {len(drawn) + 1}, not {number}; look at the proposal again.",)
    if reasons:
        raise WaveRefused(" ".join(reasons), details={"drawn": len(drawn), "most": rules.of(plan).most_waves})


async def _write(
    conn: Connection,
    audit_id: UUID,
    plan: Plan,
    drawn: Drawing,
    invitations: list[store.NewInvitation],
    *,
    number: int,
    first_batch: int,
    decided_by: DecidedBy,
    now: datetime,
) -> Opened:
    """Book a wave and its invitations. Rows of people come before the counters, as in every other statement."""
    batches = -(-len(invitations) // BATCH_SIZE)
    await wave_store.insert_wave(
        conn,
        audit_id=audit_id,
        wave=WaveRecord(
            number=number,
            decided_by=decided_by,
            method=rules.of(plan).method,
            size=drawn.size,
            frame_size=drawn.frame_size,
            frame_hash=drawn.frame_hash,
            strata=drawn.strata,
            excluded=drawn.excluded,
            first_batch=first_batch,
            batches=batches,
            drawn_at=now,
        ),
    )
    await store.insert_invitations(conn, audit_id=audit_id, invitations=invitations, now=now)
    await wave_store.add_pending(conn, audit_id=audit_id, invited=drawn.invited)
    return Opened(
        invited=len(invitations),
        batches=batches,
        first_batch=first_batch,
        respondents=tuple((one.respondent_id, one.profile) for one in invitations),
    )


def _invitations(
    drawn: Drawing,
    earlier: Mapping[UUID, list[float]],
    *,
    number: int,
    first_batch: int,
    link_key: bytes,
    new_id: Callable[[], UUID],
    entropy: Callable[[int], bytes],
) -> list[store.NewInvitation]:
    """Invitations in the order of their random respondent ids; `earlier`: chances in the waves before."""
    shuffled = sorted(((UUID(bytes=entropy(16), version=4), one) for one in drawn.selected), key=lambda pair: pair[0])
    chances = [[*earlier.get(one.member_id, ()), one.probability] for _, one in shuffled]
    probabilities = cumulative(chances).tolist() if number > 1 else [one.probability for _, one in shuffled]
    invitations = []
    for place, ((respondent_id, one), probability) in enumerate(zip(shuffled, probabilities, strict=True)):
        invitation_id = new_id()
        member = drawn.people[one.member_id]
        invitations.append(
            store.NewInvitation(
                id=invitation_id,
                member_id=one.member_id,
                respondent_id=respondent_id,
                batch=first_batch + place // BATCH_SIZE,
                stratum=one.stratum,
                probability=probability,
                wave=number,
                wave_probability=one.probability,
                profile=dict(member.coded),
                language=member.language,
                token_hash=links.token_hash(links.token(link_key, "invitation", invitation_id)),
                code_hash=codes.hash_of(link_key, invitation_id),
            )
        )
    return invitations
