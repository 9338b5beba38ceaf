"""letters.print: the letters that wait for members of an audit, as one PDF."""

from uuid import UUID

import structlog

from panels.fieldwork import INVITATION
from panels.store import letters as waiting
from service.audits import cases
from service.letters import batch as letters
from service.letters import pdf
from service.store import letters as store
from service.tasks.arguments import LettersPrint
from service.work import Work
from surveys import applications

MOST = 500
"""Letters of one batch: a file that a printer takes, made in a few seconds."""

log = structlog.get_logger("samenspraak.letters")


async def print_batch(work: Work, args: LettersPrint) -> None:
    """Print once. Run again after a crash it prints the same letters, or only clears away what was printed."""
    async with work.databases.worker.reading() as conn:
        batch = await store.find(conn, id=args.batch_id)
    if batch is None:
        return
    if batch.state == "making":
        async with work.databases.vault.transaction() as conn:
            taken = await waiting.take(conn, audit_id=batch.audit_id, batch_id=batch.id, most=MOST)
        async with work.databases.worker.reading() as conn:
            due = await waiting.still_waiting(
                conn, audit_id=batch.audit_id, invitation_ids=[invitation for invitation, _, _ in taken]
            )
        key, url = work.keys.link_key, work.settings.public_url
        sheets = [
            letters.sheet(id, lines, link_key=key, public_url=url, first=wave == INVITATION)
            for id, wave, lines in taken
            if id in due
        ]
        about = await about_audit(work, batch.audit_id)
        made = await work.compute(pdf.render, sheets, about, made_at=work.now()) if sheets else None
        async with work.databases.worker.transaction() as conn:
            await store.save(conn, id=batch.id, people=len(sheets), pdf=made)
        log.info("letters_printed", batch_id=str(batch.id), people=len(sheets))
    async with work.databases.vault.transaction() as conn:
        await waiting.printed(conn, audit_id=batch.audit_id, batch_id=batch.id)


async def about_audit(work: Work, audit_id: UUID) -> pdf.About:
    """What all letters about an audit say."""
    async with work.databases.worker.reading() as conn:
        case = await cases.find(conn, audit_id=audit_id)
        stored = await applications.find(conn, organisation_id=case.organisation_id, id=case.application_id)
    return letters.about(case, stored.application, work.settings)
