"""Jobs that write to people. Each claims its effect first, in a transaction that is open while the channel takes it."""

from datetime import datetime
from uuid import UUID

import msgspec
import structlog
from samenspraak.types.base import Localised

from panels import fieldwork, links, returns
from panels.errors import MemberUnknown, StepNotAllowed
from panels.joining import membership, recruitment
from panels.models import Contact, Mailing
from service import outbox
from service.audits import cases, handover
from service.channels.channel import Notice, RecipientRefused, ways
from service.channels.opened import channels
from service.mail.compose import Letter, compose
from service.mail.texts import Kind
from service.store import Connection
from service.tasks.arguments import MailAgain, MailResult, MailWave, MemberConfirm, MemberWelcome
from service.work import Work
from surveys import applications

BATCH = 100

log = structlog.get_logger("samenspraak.mailing")


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail says about the audit it belongs to."""

    app: Localised
    org: Localised
    fielding: bool
    day_seconds: float = handover.REAL_DAY
    """Length of a day of the plan; only simulated people have shorter ones, and no night."""

    def words(self, language: str) -> dict[str, str]:
        app, org = (getattr(text, language, text.nl) for text in (self.app, self.org))
        return {"app": app, "org": org, "Org": org[:1].upper() + org[1:]}


async def confirm_member(work: Work, args: MemberConfirm) -> None:
    """Answer a sign-up: a confirmation link, or "you are already a member". Only the mailbox learns which."""
    async with work.databases.vault.transaction() as conn:
        try:
            answer = await recruitment.settle_pending(conn, member_id=args.member_id)
            contact = await membership.contact(conn, args.member_id)
        except MemberUnknown:
            return
    kind: Kind = "confirmation" if answer == "confirm" else "already_member"
    token = links.token(work.keys.link_key, "confirm", args.member_id)
    link = f"{work.settings.public_url}/join/confirm/{token}" if kind == "confirmation" else ""
    await _send(
        work,
        Letter(kind=kind, language=contact.language, to=contact.email, identity=f"{kind}|{args.member_id}", link=link),
    )


async def welcome_member(work: Work, args: MemberWelcome) -> None:
    """Claim the address for a confirmed member and send the link to the member's own page."""
    async with work.databases.vault.transaction() as conn:
        try:
            outcome = await recruitment.admit(conn, member_id=args.member_id)
            contact = await membership.contact(conn, args.member_id)
        except MemberUnknown:
            return
    kind: Kind = "welcome" if outcome == "admitted" else "already_member"
    page = own_page(work, args.member_id) if kind == "welcome" else ""
    await _send(
        work,
        Letter(
            kind=kind,
            language=contact.language,
            to=contact.email,
            identity=f"{kind}|{args.member_id}",
            link=page,
            own_page=page,
        ),
    )


async def send_wave(work: Work, args: MailWave) -> None:
    """Send one batch of invitations or reminders: to everybody who is still due, each once, the way they want it."""
    about = await describe(work, args.audit_id)
    seen: set[UUID] = set()
    asleep = False
    while about.fielding:
        async with work.databases.worker.reading() as conn:
            due = await fieldwork.due(
                conn, audit_id=args.audit_id, wave=args.wave, batch=args.batch, limit=BATCH + len(seen)
            )
        fresh = [mailing for mailing in due if mailing.invitation_id not in seen]
        if not fresh:
            break
        async with work.databases.vault.reading() as conn:
            contacts = await membership.contacts(conn, [mailing.member_id for mailing in fresh])
        for mailing in fresh:
            seen.add(mailing.invitation_id)
            contact = contacts.get(mailing.member_id)
            if contact is not None:
                notice = _notice(work, args.audit_id, args.wave, about, mailing, contact)
                asleep |= not await _reach(work, about, mailing, notice)
    if asleep:
        key = f"mail.wave:{args.audit_id}:{args.wave}:{args.batch}"
        await _wait_for_day(work, about, "mail.wave", args, key)


async def send_again(work: Work, args: MailAgain) -> None:
    """Send one invitation once more, after mail came back: by mail where it may arrive now, else another way."""
    about = await describe(work, args.audit_id)
    async with work.databases.worker.reading() as conn:
        mailing = await fieldwork.again(conn, invitation_id=args.invitation_id)
    # Mail that came back for good after this job was queued has a job of its own.
    if not about.fielding or mailing is None or mailing.returned != (args.wave == returns.OTHER):
        return
    async with work.databases.vault.reading() as conn:
        contacts = await membership.contacts(conn, [mailing.member_id])
    contact = contacts.get(mailing.member_id)
    if contact is None:
        return
    notice = _notice(work, args.audit_id, args.wave, about, mailing, contact)
    if not await _reach(work, about, mailing, notice):
        await _wait_for_day(work, about, "mail.again", args, f"mail.again:{args.invitation_id}:{args.wave}")


def _notice(work: Work, audit_id: UUID, wave: str, about: About, mailing: Mailing, contact: Contact) -> Notice:
    token = links.token(work.keys.link_key, "invitation", mailing.invitation_id)
    return Notice(
        kind="reminder" if mailing.reminded else "invitation",
        audit_id=audit_id,
        invitation_id=mailing.invitation_id,
        wave=wave,
        language=mailing.language,
        to=contact,
        link=f"{work.settings.public_url}/s/{token}",
        own_page=own_page(work, mailing.member_id),
        words=about.words(mailing.language),
    )


async def _reach(work: Work, about: About, mailing: Mailing, notice: Notice) -> bool:
    """Send a notice the first way that takes it; False: a text message that has to wait for the day."""
    offered = channels(work)
    for name in ways(notice.to, wanted=mailing.channel, offered=offered, returned=mailing.returned):
        now = work.now()
        if name == "sms" and handover.by_day(now, day_seconds=about.day_seconds) > now:
            return False
        try:
            async with work.databases.worker.transaction() as conn:
                # Whoever else does this batch waits here and then finds it done; a failure to send undoes the claim.
                if await fieldwork.record_mail(
                    conn, invitation_id=notice.invitation_id, wave=notice.wave, channel=name, now=now
                ):
                    await offered[name].offer(notice)
            return True
        except RecipientRefused:
            log.info("recipient_refused", channel=name, wave=notice.wave, audit=str(notice.audit_id))
    async with work.databases.worker.transaction() as conn:
        await _mark_undeliverable(conn, notice.invitation_id, notice.wave, work.now())
    log.info("mail_undeliverable", wave=notice.wave, audit=str(notice.audit_id))
    return True


async def _wait_for_day(work: Work, about: About, kind: str, args: MailWave | MailAgain, key: str) -> None:
    """Do the job once more when people are awake; once per morning, however often it is done in the night."""
    morning = handover.by_day(work.now(), day_seconds=about.day_seconds)
    async with work.databases.worker.transaction() as conn:
        await outbox.put(conn, kind, args, dedup_key=f"{key}:{morning:%Y%m%dT%H%M}", run_after=morning)


async def _mark_undeliverable(conn: Connection, invitation_id: UUID, wave: str, now: datetime) -> None:
    """Whom nothing reaches gets no more; whoever answers already stays where they are in the fieldwork."""
    try:
        await fieldwork.mark(conn, invitation_id=invitation_id, disposition="undeliverable", now=now)
    except StepNotAllowed:
        await fieldwork.record_mail(conn, invitation_id=invitation_id, wave=wave, now=now)


async def send_result(work: Work, args: MailResult) -> None:
    """Tell everybody who was invited, and is still a member, that the report is public; each once."""
    about = await describe(work, args.audit_id)
    seen: set[UUID] = set()
    while True:
        async with work.databases.worker.reading() as conn:
            people = await fieldwork.participants(conn, audit_id=args.audit_id, limit=BATCH + len(seen))
        fresh = [person.member_id for person in people if person.member_id not in seen]
        if not fresh:
            return
        async with work.databases.vault.reading() as conn:
            contacts = await membership.contacts(conn, fresh)
        for member_id in fresh:
            seen.add(member_id)
            contact = contacts.get(member_id)
            if contact is not None:
                await _send_result(work, args.audit_id, about, member_id, contact)


async def _send_result(work: Work, audit_id: UUID, about: About, member_id: UUID, contact: Contact) -> None:
    letter = Letter(
        kind="result",
        language=contact.language,
        to=contact.email,
        identity=f"result|{audit_id}|{member_id}",
        link=f"{work.settings.public_url}/register/{audit_id}",
        own_page=own_page(work, member_id),
        words=about.words(contact.language),
    )
    async with work.databases.worker.transaction() as conn:
        if await fieldwork.record_result_mail(conn, audit_id=audit_id, member_id=member_id, now=work.now()):
            await _send(work, letter)


async def describe(work: Work, audit_id: UUID) -> About:
    """Names for a mail about this audit, and whether it is in the field."""
    async with work.databases.worker.reading() as conn:
        case = await cases.find(conn, audit_id=audit_id)
        stored = await applications.find(conn, organisation_id=case.organisation_id, id=case.application_id)
    application = stored.application
    org = Localised(nl=application.owner.nl, en=application.owner.en)
    days = case.plan.schedule.day_seconds if case.plan else handover.REAL_DAY
    return About(app=application.short_name, org=org, fielding=case.state == "fielding", day_seconds=days)


def own_page(work: Work, member_id: UUID) -> str:
    """Address of a member's own page."""
    return f"{work.settings.public_url}/m/{links.token(work.keys.link_key, 'member', member_id)}"


async def _send(work: Work, letter: Letter) -> None:
    """Send a mail that nobody keeps a disposition for; an address that takes no mail ends it there."""
    message = compose(letter, mail_from=work.settings.mail_from, key=work.keys.link_key, now=work.now())
    try:
        await work.mailer.send(message)
    except RecipientRefused:
        log.info("mail_undeliverable", kind=letter.kind)
