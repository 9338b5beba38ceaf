"""The start of fieldwork: people are drawn, the ballot box opens, the first mail is queued; all of it or nothing."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from samenspraak.types.audit import Plan
from samenspraak.types.ballot import BallotDefinition

from panels import invitations
from panels.external import sources
from panels.margins import sets as margin_sets
from panels.models import Opened
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
    opened = await _invited(
        conn,
        case.plan,
        audit_id=audit_id,
        seed=int(case.seed, 16),
        link_key=link_key,
        now=now,
        new_id=new_id,
        entropy=entropy,
    )
    if case.plan.ballot is not None:
        await _open_box(
            conn, case.plan.ballot, opened, audit_id=audit_id, secrets_dir=secrets_dir, now=now, entropy=entropy
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


async def _invited(
    conn: Connection,
    plan: Plan,
    *,
    audit_id: UUID,
    seed: int,
    link_key: bytes,
    now: datetime,
    new_id: Callable[[], UUID],
    entropy: Callable[[int], bytes],
) -> Opened:
    """The people of the first day: drawn from the panel, taken from a register, or still to come through a link."""
    margins = await margin_sets.get(conn, plan.margins_id)
    if sources.intake_of(plan) != "panel":
        return await sources.open_fieldwork(
            conn,
            audit_id=audit_id,
            plan=plan,
            margins=margins,
            link_key=link_key,
            now=now,
            new_id=new_id,
            entropy=entropy,
        )
    return await invitations.open_fieldwork(
        conn,
        audit_id=audit_id,
        plan=plan,
        margins=margins,
        seed=seed,
        link_key=link_key,
        now=now,
        new_id=new_id,
        entropy=entropy,
        compute=aside,
    )


async def _open_box(
    conn: Connection,
    ballot: BallotDefinition,
    opened: Opened,
    *,
    audit_id: UUID,
    secrets_dir: Path,
    now: datetime,
    entropy: Callable[[int], bytes],
) -> None:
    private_key, public_key = sealing.new_keypair(entropy)
    keyring.destroy_ballot_key(secrets_dir, audit_id)
    keyring.write_ballot_key(secrets_dir, audit_id, private_key)
    await ballots.open_box(
        conn,
        audit_id=audit_id,
        definition=ballot,
        public_key=public_key,
        voters=((respondent, ballots.cell(coded, ballot.cell_dimensions)) for respondent, coded in opened.respondents),
        today=now.date(),
    )
