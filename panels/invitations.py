"""Opening of fieldwork: the draw becomes invitations."""

import secrets
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from samenspraak.types.audit import Plan
from samenspraak.types.margins import MarginSet

from panels import coding, links
from panels.errors import FieldworkOpened
from panels.inviting import sampling
from panels.models import Draw, FrameMember, Opened
from panels.store import Connection, members
from panels.store import invitations as store

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
) -> Opened:
    """Draw among the active members of `plan.sample_kind` and invite them; once per audit.

    Rows are written in the order of the random respondent ids, so that neither their place nor their ids tell which
    member an answer belongs to once the link is cut.

    Args:
        seed: of the draw, the one whose commitment was published.
        entropy: source of the respondent ids; not the seed, which becomes public.

    Raises:
        FieldworkOpened: the audit was drawn before.
        PlanUnfit: the margins lack a stratum dimension.
        PanelTooSmall: with what is missing per stratum.
    """
    frame = [
        FrameMember(member_id=member_id, coded=coding.coded(profile, on=now.date()), language=language)
        for member_id, profile, language in await members.frame(conn, kind=plan.sample_kind)
    ]
    drawn = sampling.draw(frame, margins=margins, plan=plan.draw, target=plan.target_completes, seed=seed)
    first = await store.insert_draw(
        conn,
        draw=store.NewDraw(
            audit_id=audit_id,
            margins_id=margins.id,
            sample_kind=plan.sample_kind,
            seed=f"{seed:x}",
            size=drawn.size,
            frame_size=drawn.frame_size,
            frame_hash=sampling.frame_hash(frame),
            strata=drawn.strata,
            drawn_at=now,
        ),
    )
    if not first:
        raise FieldworkOpened(details={"audit_id": str(audit_id)})
    invitations = _invitations(drawn, frame, link_key=link_key, new_id=new_id, entropy=entropy)
    await store.insert_invitations(conn, audit_id=audit_id, invitations=invitations, now=now)
    return Opened(
        invited=len(invitations),
        batches=-(-len(invitations) // BATCH_SIZE),
        respondents=tuple((one.respondent_id, one.profile) for one in invitations),
    )


def _invitations(
    drawn: Draw,
    frame: list[FrameMember],
    *,
    link_key: bytes,
    new_id: Callable[[], UUID],
    entropy: Callable[[int], bytes],
) -> list[store.NewInvitation]:
    known = {member.member_id: member for member in frame}
    shuffled = sorted(((UUID(bytes=entropy(16), version=4), one) for one in drawn.selected), key=lambda pair: pair[0])
    invitations = []
    for place, (respondent_id, one) in enumerate(shuffled):
        invitation_id = new_id()
        member = known[one.member_id]
        invitations.append(
            store.NewInvitation(
                id=invitation_id,
                member_id=one.member_id,
                respondent_id=respondent_id,
                batch=place // BATCH_SIZE,
                stratum=one.stratum,
                probability=one.probability,
                profile=dict(member.coded),
                language=member.language,
                token_hash=links.token_hash(links.token(link_key, "invitation", invitation_id)),
            )
        )
    return invitations
