"""Invitations in the field: who answers a link, who still gets mail, how far it is, and the end of the link."""

from datetime import datetime
from uuid import UUID

from panels import calling, codes, links
from panels.dispositions import DISPOSITIONS, REMINDED, STEPS, sources
from panels.errors import InvitationUnknown, LinkUnknown, QuotaFull, StepNotAllowed
from panels.models import Address, ChannelName, Disposition, FieldworkCounts, FrameRow, Invitation, Mailing, Recipient
from panels.store import Connection, external, letters, returned, waves
from panels.store import fieldwork as store

INVITATION = "invitation"
"""Name of the first wave; the others are `reminder_1`, `reminder_2`, ..."""

PENDING_ON_PAPER: tuple[Disposition, ...] = ("queued", "sent", "undeliverable", "started", "broken_off")
"""From where a form that comes back completes an invitation."""


async def by_token(conn: Connection, token: str) -> Invitation:
    """The invitation behind a link. Malformed, unknown and purged links all raise LinkUnknown."""
    found = await store.find_by_token(conn, token_hash=links.token_hash(token)) if links.well_formed(token) else None
    if found is None:
        raise LinkUnknown
    return found


async def by_code(conn: Connection, text: str, *, secret: bytes) -> Invitation:
    """The invitation behind a code as somebody typed it: case, spaces and dashes make no difference.

    Args:
        secret: the key that links and codes are derived from.

    Raises:
        CodeMistyped: a wrong length, a character that no code has, or a check digit that does not fit.
        LinkUnknown: well formed, and nobody's.
    """
    found = await store.find_by_code(conn, code_hash=codes.code_hash(secret, codes.read(text)))
    if found is None:
        raise LinkUnknown
    return found


async def by_id(conn: Connection, *, audit_id: UUID, invitation_id: UUID) -> Invitation:
    """One invitation of an audit.

    Raises:
        InvitationUnknown: this audit has no such invitation.
    """
    found = await store.find_by_id(conn, audit_id=audit_id, invitation_id=invitation_id)
    if found is None:
        raise InvitationUnknown(details={"invitation_id": str(invitation_id)})
    return found


async def mark(conn: Connection, *, invitation_id: UUID, disposition: Disposition, now: datetime) -> bool:
    """Take a step that `dispositions.STEPS` allows; False when the invitation stands there already.

    The counters of the person's cell change in the same statement, so that no completion is lost or counted twice.

    Raises:
        InvitationUnknown: no such invitation.
        QuotaFull: the person's cell is closed, and the plan lets nobody begin (or complete) in a closed cell.
        StepNotAllowed: the step cannot follow the present disposition.
    """
    step = await store.change_disposition(
        conn, invitation_id=invitation_id, disposition=disposition, sources=sources(disposition), now=now
    )
    if step is None:
        raise InvitationUnknown(details={"invitation_id": str(invitation_id)})
    if step.moved or step.present == disposition:
        return step.moved
    if disposition in STEPS[step.present]:
        raise QuotaFull
    raise StepNotAllowed(details={"present": step.present, "wanted": disposition})


async def take_paper(conn: Connection, *, invitation_id: UUID, now: datetime) -> bool:
    """Book a form on paper that came back as completed; False when the invitation stands there already.

    Nobody notes when a form is begun, so the step leads from wherever the invitation stands but a no. A form counts as
    begun when it was sent out: only a plan that refuses whoever comes into a full cell keeps it out.

    Raises:
        InvitationUnknown, QuotaFull, StepNotAllowed: as `mark`.
    """
    step = await store.change_disposition(
        conn, invitation_id=invitation_id, disposition="completed", sources=PENDING_ON_PAPER, now=now
    )
    if step is None:
        raise InvitationUnknown(details={"invitation_id": str(invitation_id)})
    if step.moved or step.present == "completed":
        return step.moved
    if step.present in PENDING_ON_PAPER:
        raise QuotaFull
    raise StepNotAllowed(details={"present": step.present, "wanted": "completed"})


async def due(conn: Connection, *, audit_id: UUID, wave: str, batch: int, limit: int = 100) -> list[Mailing]:
    """Who of a batch (from 0) must still get the mail of a wave.

    The invitation goes to everybody queued. A reminder goes to those who were mailed and neither finished nor declined,
    withdrew or proved unreachable. Both only to members who are active now, in cells that are open, and once per wave.
    """
    dispositions: tuple[Disposition, ...] = ("queued",) if wave == INVITATION else REMINDED
    return await store.due(conn, audit_id=audit_id, batch=batch, dispositions=dispositions, wave=wave, limit=limit)


async def again(conn: Connection, *, invitation_id: UUID) -> Mailing | None:
    """An invitation that has to be sent once more, after it came back; None where that has no use any more."""
    return await store.again(conn, invitation_id=invitation_id)


async def record_mail(
    conn: Connection, *, invitation_id: UUID, wave: str, now: datetime, channel: ChannelName = "email"
) -> bool:
    """Claim one message of one wave; False when it was claimed before or the cell has closed: then nothing may be sent.

    Claim and send inside one transaction: a second worker waits for it, and a refused mail undoes the claim.
    """
    claimed = await store.insert_mailing(conn, invitation_id=invitation_id, wave=wave, channel=channel, now=now)
    if claimed:
        await store.book_sent(conn, invitation_id=invitation_id, now=now)
    return claimed


async def state(conn: Connection, audit_id: UUID) -> FieldworkCounts:
    """How far the fieldwork is, in counts only; all 0 for an audit that was never drawn."""
    counted = await store.count_dispositions(conn, audit_id=audit_id)
    return FieldworkCounts(
        invited=sum(counted.values()),
        dispositions={key: counted.get(key, 0) for key in DISPOSITIONS},
        reminders_sent=await store.count_reminders(conn, audit_id=audit_id),
        channels=await store.count_channels(conn, audit_id=audit_id),
        returned=await returned.count(conn, audit_id=audit_id),
    )


async def frame(conn: Connection, audit_id: UUID) -> list[FrameRow]:
    """Every invited person with draw probability, stratum and coded profile, in order of respondent id."""
    return await store.frame(conn, audit_id=audit_id)


async def waiting_batches(conn: Connection, audit_id: UUID) -> tuple[int, ...]:
    """Batches in which somebody waits for the invitation and may have it, as after a cell has opened again."""
    return await waves.waiting_batches(conn, audit_id=audit_id)


async def break_off(conn: Connection, *, audit_id: UUID, now: datetime) -> int:
    """Settle an audit that has closed: whoever started and did not send broke off. Returns how many; may run twice."""
    return await store.break_off_started(conn, audit_id=audit_id, now=now)


async def unlink(conn: Connection, *, audit_id: UUID, now: datetime) -> int:
    """Destroy the link between members and respondents of an audit; returns how many were cut. May run twice.

    The invitation link in somebody's mailbox keeps working, for the result; who holds it is not known any more.
    """
    await external.forget(conn, audit_id=audit_id)
    await calling.forget(conn, audit_id=audit_id)
    return await store.unlink(conn, audit_id=audit_id, now=now)


async def queue_letter(
    vault_conn: Connection,
    *,
    audit_id: UUID,
    invitation_id: UUID,
    wave: str,
    address: Address,
    language: str,
    now: datetime,
) -> None:
    """Put a letter down to be printed (vault role); the same one again adds nothing."""
    await letters.add(
        vault_conn,
        audit_id=audit_id,
        invitation_id=invitation_id,
        wave=wave,
        lines=address.lines,
        language=language,
        now=now,
    )


async def forget_letters(vault_conn: Connection, *, audit_id: UUID) -> None:
    """Forget the letters of an audit (vault role), before `unlink`: beside an invitation an address says who it was."""
    await letters.forget_audit(vault_conn, audit_id=audit_id)


async def participants(conn: Connection, *, audit_id: UUID, limit: int = 100) -> list[Recipient]:
    """Members who were invited, are still active and have not heard the result; works after `unlink`."""
    return await store.untold(conn, audit_id=audit_id, limit=limit)


async def record_result_mail(conn: Connection, *, audit_id: UUID, member_id: UUID, now: datetime) -> bool:
    """Claim the news about the result for one member; False when it was claimed before."""
    return await store.mark_told(conn, audit_id=audit_id, member_id=member_id, on=now.date())
