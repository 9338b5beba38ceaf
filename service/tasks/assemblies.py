"""Jobs of assemblies: the calculation of a lottery, and mail to people who were asked, take part, or were drawn."""

from typing import Literal
from uuid import UUID

import structlog

from panels import links
from panels.assemblies import mailings, solving, steps
from panels.assemblies.calculation import calculate
from panels.assemblies.models import Addressee, Assembly
from panels.joining import membership
from panels.models import Contact
from service import assemblies
from service.audits.models import SYSTEM
from service.channels.channel import RecipientRefused
from service.mail.compose import Letter, compose
from service.mail.texts import Kind
from service.tasks.arguments import AssemblyMail, AssemblySolve
from service.tasks.mailing import own_page
from service.work import Work

BATCH = 100

log = structlog.get_logger("samenspraak.assemblies")


async def solve(work: Work, args: AssemblySolve) -> None:
    """Calculate the panels in a process apart and keep what came out; one answer per attempt, however often it runs."""
    async with work.databases.worker.reading() as conn:
        found = await solving.material(conn, assembly_id=args.assembly_id, attempt=args.attempt)
    if found is None:
        return
    assembly, draft = found
    calculated = await work.compute(
        calculate, draft, algorithm=assembly.terms.algorithm, seed=assembly.seed, panels=assembly.terms.panels
    )
    async with work.databases.worker.transaction() as conn:
        step = await solving.keep(
            conn, assembly_id=args.assembly_id, attempt=args.attempt, calculated=calculated, now=work.now()
        )
        if step is not None:
            await assemblies.carry_out(conn, step, actor=SYSTEM, now=work.now())
            log.info("assembly_solved", assembly=str(args.assembly_id), state=step.assembly.state)


async def send_wave(work: Work, args: AssemblyMail) -> None:
    """Send one batch of a wave: to everybody for whom it is still meant, each once."""
    seen: set[UUID] = set()
    while True:
        async with work.databases.worker.reading() as conn:
            assembly = await steps.find(conn, assembly_id=args.assembly_id)
            due = await mailings.due(conn, assembly, wave=args.wave, batch=args.batch, limit=BATCH + len(seen))
        fresh = [one for one in due if one.candidate_id not in seen]
        if not fresh:
            return
        async with work.databases.vault.reading() as conn:
            contacts = await membership.contacts(conn, [one.member_id for one in fresh])
        for one in fresh:
            seen.add(one.candidate_id)
            contact = contacts.get(one.member_id)
            if contact is not None:
                await _send(work, assembly, args.wave, one, contact)


async def _send(work: Work, assembly: Assembly, wave: str, one: Addressee, contact: Contact) -> None:
    token = links.token(work.keys.link_key, "assembly", one.candidate_id)
    letter = Letter(
        kind=_kind(wave, one),
        language=one.language,
        to=contact.email,
        identity=f"assembly|{wave}|{one.candidate_id}",
        link=f"{work.settings.public_url}/a/{token}",
        own_page=own_page(work, one.member_id),
        words=_words(assembly, one),
    )
    message = compose(letter, mail_from=work.settings.mail_from, key=work.keys.link_key, now=work.now())
    async with work.databases.worker.transaction() as conn:
        # Whoever else does this batch waits here and then finds it done; a failure to send undoes the claim.
        if await mailings.record(conn, assembly, candidate_id=one.candidate_id, wave=wave, now=work.now()):
            try:
                await work.mailer.send(message)
            except RecipientRefused:
                log.info("mail_undeliverable", wave=wave, assembly=str(assembly.id))


def _kind(wave: str, one: Addressee) -> Kind:
    first: dict[str, Literal["assembly_asked", "assembly_ticket"]] = {
        "asked": "assembly_asked",
        "ticket": "assembly_ticket",
    }
    return first.get(wave) or ("assembly_drawn" if one.drawn else "assembly_not_drawn")


def _words(assembly: Assembly, one: Addressee) -> dict[str, str]:
    terms = assembly.terms
    title = getattr(terms.title, one.language, terms.title.nl)
    return {
        "title": title,
        "organiser": terms.organiser,
        "size": str(terms.size),
        "panels": str(terms.panels),
        "ticket": one.ticket,
        "source": assembly.randomness.source,
    }
