"""The start of fieldwork: people are drawn, the ballot box opens, the first mail is queued; all of it or nothing."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from panels import invitations
from panels.external import sources
from panels.margins import sets as margin_sets
from service import keyring
from service.audits import cases, handover
from service.audits.fielding import aside
from service.audits.models import Actor, Case
from service.audits.transitions import target
from service.store import Connection
from surveys import ballots, sealing


async def open_fieldwork(
    conn: Connection,
    *,
    audit_id: UUID,
    actor: Actor,
    link_key: bytes,
    secrets_dir: Path,
    now: datetime,
    new_id: Callable[[], UUID],
    entropy: Callable[[int], bytes],
) -> Case:
    """approved -> fielding.

    The private half of the tally key is written to a file outside the database before anything is committed: a ballot
    that opens without it could never be counted. A key that stays behind after a failure is replaced by the next try.

    Raises:
        TransitionRefused: not approved.
        PanelTooSmall: with the people to recruit.
        RegisterMissing: the people come from a register whose file was not loaded.
    """
    case = await cases.lock(conn, audit_id=audit_id)
    target(case.state, "open_fieldwork", actor)
    assert case.plan is not None, "an approved audit has a plan"
    assert case.seed is not None, "an approved audit has a seed"
    margins = await margin_sets.get(conn, case.plan.margins_id)
    if sources.intake_of(case.plan) == "panel":
        opened = await invitations.open_fieldwork(
            conn,
            audit_id=audit_id,
            plan=case.plan,
            margins=margins,
            seed=int(case.seed, 16),
            link_key=link_key,
            now=now,
            new_id=new_id,
            entropy=entropy,
            compute=aside,
        )
    else:
        opened = await sources.open_fieldwork(
            conn,
            audit_id=audit_id,
            plan=case.plan,
            margins=margins,
            link_key=link_key,
            now=now,
            new_id=new_id,
            entropy=entropy,
        )
    if case.plan.ballot is not None:
        private_key, public_key = sealing.new_keypair(entropy)
        keyring.destroy_ballot_key(secrets_dir, audit_id)
        keyring.write_ballot_key(secrets_dir, audit_id, private_key)
        cells = case.plan.ballot.cell_dimensions
        await ballots.open_box(
            conn,
            audit_id=audit_id,
            definition=case.plan.ballot,
            public_key=public_key,
            voters=((respondent, ballots.cell(coded, cells)) for respondent, coded in opened.respondents),
            today=now.date(),
        )
    await handover.mail_waves(conn, audit_id=audit_id, plan=case.plan, batches=range(opened.batches), now=now)
    await handover.observe(conn, audit_id=audit_id, plan=case.plan, opened_at=now, now=now)
    await handover.close_by_date(conn, audit_id=audit_id, plan=case.plan)
    return await cases.move(
        conn,
        case,
        "open_fieldwork",
        actor=actor,
        now=now,
        opened_at=now,
        detail={"invited": opened.invited},
    )
