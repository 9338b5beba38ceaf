"""Once a day: ask members whose profile is more than a year old whether it is still right."""

from uuid import UUID

import structlog

from panels.joining import membership, profile
from panels.models import Contact
from service.channels.channel import RecipientRefused
from service.mail.compose import Letter, compose
from service.tasks.arguments import MembersRefresh
from service.tasks.mailing import own_page
from service.work import Work

BATCH = 100

log = structlog.get_logger("samenspraak.refreshing")


async def ask_members(work: Work, args: MembersRefresh) -> int:
    """Mail everybody who is due, each once a year; returns how many were asked. Running it twice asks nobody twice."""
    asked, seen = 0, set[UUID]()
    while True:
        async with work.databases.worker.reading() as conn:
            due = await profile.due(conn, now=work.now(), limit=BATCH + len(seen))
        fresh = [person.member_id for person in due if person.member_id not in seen]
        if not fresh:
            break
        async with work.databases.vault.reading() as conn:
            contacts = await membership.contacts(conn, fresh)
        for member_id in fresh:
            seen.add(member_id)
            if member_id in contacts:
                asked += await _ask(work, member_id, contacts[member_id])
    log.info("members_asked", day=str(args.day), asked=asked)
    return asked


async def _ask(work: Work, member_id: UUID, contact: Contact) -> bool:
    page = own_page(work, member_id)
    letter = Letter(
        kind="refresh",
        language=contact.language,
        to=contact.email,
        identity=f"refresh|{member_id}|{work.now():%Y-%m-%d}",
        link=f"{page}/profile",
        own_page=page,
    )
    async with work.databases.worker.transaction() as conn:
        # Whoever else does this member waits here and finds it done; a mail server that is away undoes the claim.
        if not await profile.record_question(conn, member_id=member_id, now=work.now()):
            return False
        try:
            message = compose(letter, mail_from=work.settings.mail_from, key=work.keys.link_key, now=work.now())
            await work.mailer.send(message)
        except RecipientRefused:
            log.info("mail_undeliverable", kind=letter.kind)
    return True
